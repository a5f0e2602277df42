"""Have whatever breaks a session of a database be an MLflow error, also where MLflow lets the driver's own through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any
from weakref import WeakSet

import mlflow
import sqlalchemy
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, TEMPORARILY_UNAVAILABLE

from core.store.patience import may_pass

Sessions = Callable[..., AbstractContextManager[Any]]
_told: WeakSet[Any] = WeakSet()  # stores that it was done to


def tell_losses(client: mlflow.MlflowClient) -> None:
    """Have the stores of a client, which all of MLflow shares, raise no other errors of a database than MLflow's.

    MLflow 3.17 turns those of its sessions into its own, and takes back what was begun while it does. Where the
    database went away, that fails too: of two sessions in each other the outer one's error, or that of closing one,
    comes through as the driver raised it.
    """
    for store in (client._tracking_client.store, client._get_registry_client().store):
        sessions = getattr(store, "ManagedSessionMaker", None)
        if sessions is not None and store not in _told:  # none is a server's
            store.ManagedSessionMaker = telling(sessions)
            _told.add(store)


def telling(sessions: Sessions) -> Sessions:
    """Return what opens sessions, and raises what SQLAlchemy raised out of them as MLflow's error.

    Raises:
        MlflowException: by the code for what passes where the database went away, else a bad request.
    """

    @wraps(sessions)
    @contextmanager
    def opening(*given: Any, **more: Any) -> Iterator[Any]:
        try:
            with sessions(*given, **more) as session:
                yield session
        except sqlalchemy.exc.SQLAlchemyError as error:
            code = TEMPORARILY_UNAVAILABLE if may_pass(error) else BAD_REQUEST
            raise MlflowException(str(error), code) from error

    return opening
