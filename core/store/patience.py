"""Wait for a store that is away: what may pass is tried again for a while, what will not is told at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
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

from core.errors import StoreError

logger = logging.getLogger(__name__)

LONGEST = 60.0  # seconds for which a store is waited for
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between two tries; the last is repeated
PASSING = {ErrorCode.Name(code) for code in (TEMPORARILY_UNAVAILABLE, REQUEST_LIMIT_EXCEEDED, DEADLINE_EXCEEDED)}
# A run that is not there, or was deleted; a model that cannot be saved
NOT_THERE = {ErrorCode.Name(code) for code in (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)}
SERVER_ERROR = 500

Result = TypeVar("Result")


def patiently(do: Callable[[], Result]) -> Result:
    """Do something with a store, again and again for about a minute where the store is away or busy.

    Raises:
        MlflowException: the store refused, or did not answer in all that time; also ``OSError`` and ``StoreError``.
    """
    pauses = chain(PAUSES, repeat(PAUSES[-1]))
    end: float | None = None  # a minute from the first time that it failed
    while True:
        try:
            return do()
        except (MlflowException, OSError, StoreError) as error:
            end = end or time.monotonic() + LONGEST
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
    return any(map(_passes, _chain(error)))


def is_of_store(error: BaseException) -> bool:
    """Tell whether something went wrong with a store or its files, and not with a run that is not there."""
    if isinstance(error, MlflowException):
        return error.error_code not in NOT_THERE
    return isinstance(error, OSError)


def _passes(error: BaseException) -> bool:
    if isinstance(error, MlflowException):
        is_server = isinstance(error, RestException) and error.get_http_status_code() >= SERVER_ERROR
        return is_server or error.error_code in PASSING
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    # What goes wrong on the way to a server is an OSError without a number, by requests; what does on a disk has one
    answer = getattr(getattr(error, "response", None), "status_code", SERVER_ERROR)
    return type(error).__module__.startswith("requests.") and isinstance(error, OSError) and answer >= SERVER_ERROR


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
