"""Why a store, or a place of files, does not do what it is asked, in our words, whatever MLflow and drivers raise.

A server that does not know our account answers 401, one that does not let it do something 403; databases and places of
files have codes of their own. The classes of their errors are known by name: nobody need have those packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import CUSTOMER_UNAUTHORIZED, PERMISSION_DENIED, UNAUTHENTICATED, ErrorCode
from sqlalchemy.exc import DBAPIError

from core.errors import Said
from core.i18n import N_

Refusal = Literal["", "stranger", "forbidden"]

MAY_NOT = N_("Pizarra’s account may not do this there ({said}).")
UNKNOWN = N_("Pizarra’s account is not known there ({said}).")
ASK_FOR_RIGHT = N_("Ask whoever looks after the store to give that account the right to it (READ is to look, EDIT to "
                   "change, MANAGE to delete), then try again.")  # fmt: skip
CHECK_ACCOUNT = N_("Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, then start "
                   "Pizarra again.")  # fmt: skip
AWAY = N_("The store does not answer, or was lost on the way.")
CHECK_IT_RUNS = N_("Check that it is running, then try again.")
CHECK_ADDRESS = N_("Check the user name and the password in MLFLOW_TRACKING_URI, then start Pizarra again.")

_BY_MLFLOW: dict[str, Refusal] = {
    ErrorCode.Name(UNAUTHENTICATED): "stranger", ErrorCode.Name(CUSTOMER_UNAUTHORIZED): "stranger",
    ErrorCode.Name(PERMISSION_DENIED): "forbidden",
}  # fmt: skip
_BY_STATUS: dict[object, Refusal] = {401: "stranger", 403: "forbidden"}
_BY_S3: dict[object, Refusal] = {
    "InvalidAccessKeyId": "stranger", "SignatureDoesNotMatch": "stranger", "ExpiredToken": "stranger",
    "InvalidToken": "stranger", "401": "stranger", "AccessDenied": "forbidden", "AllAccessDisabled": "forbidden",
    "403": "forbidden",
}  # fmt: skip
# PostgreSQL's states and MariaDB's numbers
_BY_DATABASE: dict[object, Refusal] = {
    "28000": "stranger", "28P01": "stranger", 1045: "stranger", 1698: "stranger",
    "42501": "forbidden", 1044: "forbidden", 1142: "forbidden", 1143: "forbidden", 1370: "forbidden",
}  # fmt: skip
_POSTGRESQL = {"password authentication failed": "28P01", "no pg_hba.conf entry": "28000"}  # told without a state
# PostgreSQL's states and MariaDB's numbers of a database that is not there, ends, or has ended a connection
_GONE: frozenset[object] = frozenset({
    "57P01", "57P02", "57P03", "57P05", 1053, 1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2002, 2003,
    2004, 2005, 2006, 2012, 2013, 2026, 2055, 4031,
})  # fmt: skip
_CONNECTION_STATES = "08"  # how PostgreSQL's begin that are about connections
# Of drivers that give neither: libpq's and psycopg's words, and PyMySQL's
_GONE_WORDS = re.compile(
    r"(?i)connection refused|closed the connection|connection has been closed|connection (is|was) (closed|lost)"
    r"|connection (already closed|not open|timed out)|terminating connection|the database system is |timeout expired"
    r"|SSL SYSCALL error|could not (receive|send) data|could not connect|could not translate host name"
    r"|failed to resolve host|no route to host|network is unreachable|no message from the libpq"
    r"|packet sequence number wrong|lost connection|server has gone away|can't connect to|\(0, ''\)"
)
_BY_SQLALCHEMY = re.compile(r"sqlalche\.me/e/")
_STATEMENT = "[SQL:"  # what stands before it is the driver's, what follows is ours
ON_THE_WAY = re.compile("Connection|Timeout|Streaming|Transport")
_KEYLESS = {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "NoAuthTokenError"}
_OF_PLACES = ("botocore.", "boto3.", "s3transfer.", "google.", "azure.", "paramiko.")  # whose errors are no OSErrors
_PACKAGES = {"google": "google-cloud-storage", "azure": "azure-storage-blob", "pysftp": "pysftp", "paramiko": "pysftp"}
LONGEST_SAID = 200  # characters


def refusal_of(error: BaseException | None) -> Refusal:
    """Tell whether something was refused because nobody there knows us, or because we may not; empty for all else.

    >>> refusal_of(MlflowException("No.", PERMISSION_DENIED)), refusal_of(ConnectionRefusedError())
    ('forbidden', '')
    """
    return next((kind for one in chain(error) if (kind := _refusal(one))), "")


def _refusal(error: BaseException) -> Refusal:
    if isinstance(error, MlflowException) and error.error_code in _BY_MLFLOW:
        return _BY_MLFLOW[error.error_code]
    if type(error).__name__ in _KEYLESS and is_of_place(error):
        return "stranger"
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        return _BY_S3.get(answer.get("Error", {}).get("Code"), "")
    if answer is not None:
        return _BY_STATUS.get(getattr(answer, "status_code", None), "")
    return _BY_DATABASE.get(_database_code(error), "")


def _database_code(error: BaseException) -> object:
    """Return what a database's driver says went wrong: five signs, or a number; None of any other error."""
    driver = getattr(error, "orig", None)  # SQLAlchemy's word for it
    if driver is None:
        return None
    code = getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None)
    told = next((state for words, state in _POSTGRESQL.items() if words in str(driver)), None)
    return code or told or next(iter(driver.args), None)


def is_lost(error: BaseException) -> bool:
    """Tell whether a database was away: when it was asked, when it was to keep what was done, or to take it back.

    Also told of what MLflow says of it, here or by its server, whose words have the driver's.
    """
    if isinstance(error, DBAPIError):
        code = _database_code(error)
        by_code = code in _GONE or (isinstance(code, str) and code.startswith(_CONNECTION_STATES))
        return by_code or error.connection_invalidated or bool(_GONE_WORDS.search(str(error.orig)))
    if isinstance(error, MlflowException):
        told = str(error)
        return bool(_BY_SQLALCHEMY.search(told) and _GONE_WORDS.search(told.partition(_STATEMENT)[0]))
    return False


def is_away(error: BaseException) -> bool:
    """Tell whether nobody answered, or what they said was lost on the way.

    >>> is_away(ConnectionRefusedError()), is_away(FileNotFoundError())
    (True, False)
    """
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    if is_of_place(error):  # such as boto3, whose errors are known by name
        return bool(ON_THE_WAY.search(type(error).__name__))
    # What goes wrong on the way to a server is an OSError without a number, by requests; what does on a disk has one
    on_the_way = type(error).__module__.startswith("requests.") and isinstance(error, OSError)
    return on_the_way and getattr(error, "response", None) is None


def _is_store_away(error: BaseException) -> bool:
    """Tell whether it is the store that is away, and not a place of files, which is named where it is asked."""
    whole = list(chain(error))
    return not any(map(is_of_place, whole)) and any(is_lost(one) or is_away(one) for one in whole)


def is_of_place(error: BaseException) -> bool:
    """Tell whether an error is one of a library that brings files to and from a place, such as boto3."""
    return type(error).__module__.startswith(_OF_PLACES)


def missing_package(error: BaseException | None) -> str:
    """Return what to install where a place's library is not there; empty for all else.

    >>> missing_package(ModuleNotFoundError("No module named 'boto3'", name="boto3"))
    'boto3'
    """
    for one in chain(error):
        if isinstance(one, ImportError) and one.name:
            name = one.name.partition(".")[0]
            return _PACKAGES.get(name, name)
    return ""


def words_of(error: BaseException) -> object:
    """Return why something was refused, to stand in a sentence: our words where they are known, else the store's."""
    kind = refusal_of(error)
    if kind:
        return Said(UNKNOWN if kind == "stranger" else MAY_NOT, said=said_by(error))
    if _is_store_away(error):
        return Said(AWAY)
    told = str(getattr(error, "message", None) or error)
    return told.partition("\n")[0] if "sqlalche.me" in told else told  # not a page of SQL


def advice_of(error: BaseException, otherwise: str) -> str:
    """Return what to do about a refusal or a store that is away, ``otherwise`` about all else."""
    kind = refusal_of(error)
    if not kind:
        return CHECK_IT_RUNS if _is_store_away(error) else otherwise
    return CHECK_ACCOUNT if kind == "stranger" else ASK_FOR_RIGHT


def said_by(error: BaseException) -> str:
    """Return the words of whoever refused, in one line without what was asked for.

    >>> said_by(MlflowException("failed with error code 403 != 200. Response body: 'Permission denied'"))
    'Permission denied'
    """
    refused = [error, *(one for one in chain(error) if _refusal(one))][-1]  # who said it first
    answer = getattr(refused, "response", None)
    if isinstance(answer, dict):
        told = str(answer.get("Error", {}).get("Message") or answer.get("Error", {}).get("Code"))
    else:
        told = str(getattr(refused, "orig", None) or getattr(refused, "message", None) or refused)
    if body := re.search(r"Response body: '(.*)'$", told, re.DOTALL):
        told = body[1]
    told = re.sub(r"<[^>]*>", " ", told)  # of a proxy's page
    return " ".join(told.split())[:LONGEST_SAID].rstrip(".") or type(refused).__name__


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
