"""What breaks a session of a database is MLflow's error, so that whoever waits for stores and says why knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
import pytest
import sqlalchemy
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, TEMPORARILY_UNAVAILABLE, ErrorCode
from sqlalchemy.orm import Session

from core.store.connection import Store
from core.store.sessions import Sessions, tell_losses, telling

pytestmark = pytest.mark.part(1)


def sessions_of(client: mlflow.MlflowClient, part: str) -> Sessions:
    return (client._tracking_client if part == "runs" else client._get_registry_client()).store.ManagedSessionMaker


@pytest.mark.not_served(reason="it has the sessions")
@pytest.mark.parametrize("part", ["runs", "models"])
def test_a_session_that_cannot_be_taken_back_is_told_by_mlflow(store: Store, part: str) -> None:
    """A batch has two in each other: where the inner one broke, MLflow lets through that the outer one does too."""

    def break_within(session: Session) -> None:
        session.connection().connection.driver_connection.close()  # type: ignore[union-attr]
        raise MlflowException("of the inner one")

    with pytest.raises(MlflowException, match=r"closed|\(0, ''\)"), sessions_of(store.client, part)() as session:
        break_within(session)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (sqlalchemy.exc.OperationalError("commit", {}, ValueError(2013, "Lost connection")), TEMPORARILY_UNAVAILABLE),
        (sqlalchemy.exc.DatabaseError("commit", {}, ValueError("SSL SYSCALL error: EOF")), TEMPORARILY_UNAVAILABLE),
        (sqlalchemy.exc.ProgrammingError("select", {}, ValueError("no such table")), BAD_REQUEST),
        (sqlalchemy.exc.InvalidRequestError("Can't reconnect"), BAD_REQUEST),
    ],
)
def test_only_what_may_pass_is_told_as_such(error: Exception, code: int) -> None:
    @contextmanager
    def sessions() -> Iterator[None]:
        yield
        raise error

    with pytest.raises(MlflowException, match=r"Lost|EOF|no such|reconnect") as told, telling(sessions)():
        pass
    assert told.value.error_code == ErrorCode.Name(code)
    assert told.value.__cause__ is error


def test_what_is_done_in_a_session_is_not_told_otherwise() -> None:
    @contextmanager
    def sessions(read_only: bool) -> Iterator[bool]:
        yield read_only

    opening = telling(sessions)
    with opening(read_only=False) as given:
        assert given is False
    with pytest.raises(KeyError, match="mine"), opening(read_only=True):
        raise KeyError("mine")


@pytest.mark.not_served(reason="it has the sessions")
def test_a_store_is_wrapped_once(store: Store) -> None:
    before = sessions_of(store.client, "runs")
    tell_losses(store.client)
    assert sessions_of(store.client, "runs") is before
