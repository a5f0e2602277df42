"""Why something was not done, in words: by what MLflow, a database or a place of files raised."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import requests
import sqlalchemy
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, PERMISSION_DENIED, TEMPORARILY_UNAVAILABLE, UNAUTHENTICATED

from core.errors import StoreError
from core.i18n import speaking
from core.store.connection import RefusedError, accepting, answering
from core.store.patience import is_of_store, may_pass
from core.store.refusals import missing_package, refusal_of, said_by


def of_database(kind: type[Exception], **about: object) -> sqlalchemy.exc.DBAPIError:
    driver = kind("psycopg says no")
    for name, value in about.items():
        setattr(driver, name, value)
    return sqlalchemy.exc.ProgrammingError("select 1", {}, driver)


def from_cause(cause: BaseException, code: int = BAD_REQUEST) -> MlflowException:
    error = MlflowException(str(cause), code)
    error.__cause__ = cause
    return error


def of_s3(code: str, status: int) -> ClientError:
    said = {"Error": {"Code": code, "Message": "Said so."}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, "PutObject")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MlflowException("401", UNAUTHENTICATED), "stranger"),
        (MlflowException("403", PERMISSION_DENIED), "forbidden"),
        (RestException({"error_code": "PERMISSION_DENIED", "message": "No."}), "forbidden"),
        (requests.HTTPError(response=SimpleNamespace(status_code=403)), "forbidden"),
        (from_cause(of_database(ValueError, sqlstate="42501")), "forbidden"),
        (from_cause(of_database(ValueError, pgcode="28P01")), "stranger"),
        (from_cause(of_database(ValueError, args=(1142, "INSERT command denied"))), "forbidden"),
        (of_database(ValueError, args=(1045, "Access denied for user")), "stranger"),
        (of_s3("InvalidAccessKeyId", 403), "stranger"),
        (of_s3("AccessDenied", 403), "forbidden"),
        (NoCredentialsError(), "stranger"),
        (MlflowException("No run."), ""),
        (ConnectionRefusedError(), ""),
        (of_database(ValueError, sqlstate="42P01"), ""),
    ],
)
def test_a_refusal_is_told_from_other_failures(error: BaseException, kind: str) -> None:
    assert refusal_of(error) == kind


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (EndpointConnectionError(endpoint_url="http://s3"), True), (of_s3("SlowDown", 503), True),
        (of_s3("AccessDenied", 403), False), (NoCredentialsError(), False),
        (MlflowException("(Background on this error at: https://sqlalche.me/e/21/e3q8)", BAD_REQUEST), True),
        (MlflowException("(Background on this error at: https://sqlalche.me/e/21/gkpj)", BAD_REQUEST), False),
        (MlflowException("403", PERMISSION_DENIED), False), (MlflowException("", TEMPORARILY_UNAVAILABLE), True),
    ],
)  # fmt: skip
def test_what_may_pass_is_told_from_what_will_not(error: BaseException, passes: bool) -> None:
    assert may_pass(error) == passes
    assert is_of_store(error)


NUMBERS = (1053, 1927, 2003, 2006, 2013, 2055, 4031)
STATES = ("08000", "08003", "08006", "57P01", "57P02", "57P03")
WORDS = (
    'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused',
    "consuming input failed: server closed the connection unexpectedly\n\tThis probably means",
    "the connection is lost",
    "connection already closed",
    'connection to server at "a", port 1 failed: FATAL:  the database system is starting up',
    "SSL SYSCALL error: EOF detected",
    "error with status PGRES_TUPLES_OK and no message from the libpq",
    "Packet sequence number wrong - got 1 expected 0",
    "(0, '')",
)


@pytest.mark.parametrize("wrapped", [False, True], ids=["from SQLAlchemy", "from MLflow"])
@pytest.mark.parametrize(
    "lost",
    [
        *(of_database(ValueError, args=(number, "Something.")) for number in NUMBERS),
        *(of_database(ValueError, sqlstate=state) for state in STATES),
        *(of_database(ValueError, pgcode=state) for state in STATES),
        *(of_database(ValueError, args=(words,)) for words in WORDS),
        sqlalchemy.exc.InternalError("select 1", {}, ValueError("?"), connection_invalidated=True),
    ],
    ids=lambda error: str(error.orig)[:30],
)
def test_a_database_that_went_away_is_said_not_to_answer(lost: sqlalchemy.exc.DBAPIError, *, wrapped: bool) -> None:
    """By PyMySQL, psycopg or psycopg2, while it is asked, at its commit or at its rollback."""
    error = from_cause(lost) if wrapped else lost
    assert may_pass(error)
    assert is_of_store(error)
    with pytest.raises(StoreError) as told, accepting():
        raise error
    assert str(told.value) == (
        "The store refused the change: The store does not answer, or was lost on the way. "
        "Look at how far it came. Check that it is running, then try again."
    )
    with speaking("es"):
        assert "no responde" in str(told.value)
    with pytest.raises(StoreError, match="does not answer"), answering("postgresql://a/b"):
        raise error


def test_what_a_server_says_of_the_database_behind_it_is_known_without_its_cause() -> None:
    lost = str(sqlalchemy.exc.InternalError("select 1", {}, ValueError("Packet sequence number wrong"), code="2j85"))
    assert may_pass(RestException({"error_code": "BAD_REQUEST", "message": lost}))


@pytest.mark.parametrize(
    "error",
    [
        sqlalchemy.exc.ProgrammingError("insert", {"x": "connection refused"}, ValueError("no table"), code="f405"),
        of_database(ValueError, sqlstate="42P01"),
        of_database(ValueError, args=(1062, "Duplicate entry")),
    ],
)  # fmt: skip
def test_what_else_a_database_says_is_not_taken_for_its_absence(error: sqlalchemy.exc.DBAPIError) -> None:
    assert not may_pass(error)
    assert not may_pass(from_cause(error))
    with pytest.raises(StoreError, match="Check that you may change it"), accepting():
        raise from_cause(error)


def test_who_is_refused_by_a_database_is_not_asked_to_wait() -> None:
    """PyMySQL has one word for a database that is away and for one that lets nobody in; MLflow takes it for busy."""
    refused = sqlalchemy.exc.OperationalError("insert", {}, ValueError(1142, "INSERT command denied"))
    assert not may_pass(from_cause(refused, TEMPORARILY_UNAVAILABLE))


def test_a_busy_file_is_not_said_to_be_away() -> None:
    busy = sqlalchemy.exc.OperationalError("update", {}, ValueError("database is locked"))
    assert may_pass(from_cause(busy, TEMPORARILY_UNAVAILABLE))
    with pytest.raises(StoreError, match="database is locked"), accepting():
        raise from_cause(busy, TEMPORARILY_UNAVAILABLE)


def test_a_server_that_is_away_is_said_not_to_answer() -> None:
    gone = MlflowException("API request to http://a failed with exception HTTPConnectionPool(...)")
    gone.__cause__ = requests.ConnectionError()
    with pytest.raises(StoreError, match=r"does not answer.*Check that it is running"), accepting():
        raise gone


def test_a_missing_package_is_named_as_pip_knows_it() -> None:
    assert missing_package(ModuleNotFoundError("no google.cloud", name="google.cloud")) == "google-cloud-storage"
    assert missing_package(ValueError()) == ""


def test_the_words_of_a_proxys_page_are_read_without_its_tags() -> None:
    page = "<html>\n<h1>403 Forbidden</h1><p>nginx.</p>\n</html>"
    error = MlflowException(f"API request to x failed. Response body: '{page}'", PERMISSION_DENIED)
    assert said_by(error) == "403 Forbidden nginx"


def test_who_is_not_let_in_is_not_told_that_nobody_answers() -> None:
    with pytest.raises(RefusedError, match=r"does not let Pizarra in.*MLFLOW_TRACKING_PASSWORD"), answering("http://a"):
        raise MlflowException("401", UNAUTHENTICATED)
    with (
        pytest.raises(RefusedError, match=r"//me:…@a/b does not let Pizarra in.*password in MLFLOW_TRACKING_URI"),
        answering("postgresql://me:secret@a/b"),
    ):
        raise from_cause(of_database(ValueError, sqlstate="28P01"))


def test_a_refused_change_says_who_can_help_in_the_readers_language() -> None:
    with pytest.raises(StoreError) as told, accepting("It was not done: {reason}", "Nothing is lost. {advice}"):
        raise MlflowException("Response body: 'Permission denied'", PERMISSION_DENIED)
    assert told.value.message == "It was not done: Pizarra’s account may not do this there (Permission denied)."
    assert told.value.hint.startswith("Nothing is lost. Ask whoever looks after the store to give that account")
    with speaking("es"):
        assert "La cuenta de Pizarra no puede hacer esto ahí (Permission denied)." in told.value.message
        assert "Pide a quien cuida del almacén" in told.value.hint


def test_what_a_database_says_is_said_without_its_sql() -> None:
    said = "(psycopg.Error) No.\n[SQL: select 1]\n(Background on this error at: https://sqlalche.me/e/21/f405)"
    with pytest.raises(StoreError, match=r"refused the change: \(psycopg.Error\) No\. Look"), accepting():
        raise MlflowException(said, BAD_REQUEST)
