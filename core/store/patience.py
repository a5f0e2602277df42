"""Wait for a store that is away: what may pass is tried again for a while, what will not is told at once."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from itertools import chain as one_after_the_other
from itertools import repeat
from typing import TypeVar

from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import (
    DEADLINE_EXCEEDED,
    INVALID_PARAMETER_VALUE,
    REQUEST_LIMIT_EXCEEDED,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
    ErrorCode,
)
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from core.errors import StoreError
from core.store.refusals import chain, is_away, is_lost, is_of_place, missing_package, refusal_of

logger = logging.getLogger(__name__)

LONGEST = 60.0  # seconds for which a store is waited for
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between two tries; the last is repeated
PASSING = {ErrorCode.Name(code) for code in (TEMPORARILY_UNAVAILABLE, REQUEST_LIMIT_EXCEEDED, DEADLINE_EXCEEDED)}
# A run that is not there, or was deleted; a model that cannot be saved
NOT_THERE = {ErrorCode.Name(code) for code in (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)}
SERVER_ERROR = 500
# By SQLAlchemy, of a database that is away or busy, which MLflow calls a bad request where a driver has its own word
LOST = re.compile(r"sqlalche\.me/e/\w+/(e3q8|rvf5)\b")

Result = TypeVar("Result")


def patiently(do: Callable[[], Result], longest: float | None = None) -> Result:
    """Do something with a store, again and again for ``longest`` seconds, a minute, where the store is away or busy.

    Raises:
        MlflowException: the store refused, or did not answer in all that time; also ``OSError`` and ``StoreError``.
    """
    pauses = one_after_the_other(PAUSES, repeat(PAUSES[-1]))
    end: float | None = None  # a minute from the first time that it failed
    while True:
        try:
            return do()
        except Exception as error:
            if not (isinstance(error, StoreError) or is_of_store(error)):
                raise
            end = end or time.monotonic() + (LONGEST if longest is None else longest)
            pause = next(pauses)
            if not may_pass(error) or time.monotonic() + pause > end:
                raise
            logger.warning("The store is away or busy and will be asked again: %s", error)
        time.sleep(pause)


def may_pass(error: BaseException) -> bool:
    """Tell whether a store that failed so may soon answer again: it is away, it is locked, or it has too much to do.

    >>> may_pass(MlflowException("No.")), may_pass(ConnectionRefusedError()), may_pass(NotADirectoryError())
    (False, True, False)
    """
    return not refusal_of(error) and any(map(_passes, chain(error)))


def is_of_store(error: BaseException) -> bool:
    """Tell whether something went wrong with a store or its files, and not with a run that is not there."""
    if isinstance(error, MlflowException):
        return error.error_code not in NOT_THERE
    return isinstance(error, OSError | SQLAlchemyError) or is_of_place(error) or bool(missing_package(error))


def _passes(error: BaseException) -> bool:
    if isinstance(error, MlflowException):
        if LOST.search(str(error)) or is_lost(error):
            return True
        is_server = isinstance(error, RestException) and error.get_http_status_code() >= SERVER_ERROR
        return is_server or error.error_code in PASSING
    if is_away(error) or is_lost(error) or isinstance(error, OperationalError | InterfaceError):
        return True
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):  # of S3
        return bool(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_ERROR)
    return bool(getattr(answer, "status_code", 0) >= SERVER_ERROR)
