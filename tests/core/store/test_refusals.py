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
