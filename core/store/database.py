"""A store's database, read past MLflow: never written to, and all of one look as of one moment.

MLflow's client stays the source of truth. What it says of runs it puts together from five tables, which many pages need
at once and which a database hands over much faster than entities can be made of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from weakref import finalize

import sqlalchemy
from mlflow.store.db.utils import _get_latest_schema_revision

from core.store.connection import Store, answering, reading_engine, sqlite_path

# Schemas of MLflow whose tables were compared with what its client says: tests/core/store/runs/test_columns.py
REVISIONS = frozenset({"dc11669786a5"})
# What stays the same as long as nobody's changes were committed. SQLite's counts for one connection; PostgreSQL's is of
# the whole cluster, and of a copy that only follows another it says too little
_VERSIONS = {
    "sqlite": "pragma data_version",
    "postgresql": "select case when pg_is_in_recovery() then null else pg_current_snapshot()::text end",
}
KINDS = frozenset({"sqlite", "postgresql", "mysql"})


class Database:
    """The database at an address, for reading; safe to use from many threads."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._engine = reading_engine(uri)
        self.kind = self._engine.dialect.name
        self._lock = Lock()
        self._held: sqlalchemy.Connection | None = None
        finalize(self, self._engine.dispose)  # nobody else closes what a forgotten one left open

    @property
    def tells_changes(self) -> bool:
        """Whether it says at each look, and exactly, if anything was committed since the last one."""
        return bool(self.version())

    @contextmanager
    def moment(self) -> Iterator[sqlalchemy.Connection]:
        """Yield a connection that sees the database as of one moment, whatever others write meanwhile.

        Raises:
            StoreError: it does not answer.
        """
        with answering(self._uri), self._engine.connect() as connection:
            if self.kind == "sqlite":
                connection.exec_driver_sql("begin")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    def version(self) -> str:
        """Return what stays the same as long as nothing was committed; empty where the database does not tell.

        Raises:
            StoreError: it does not answer.
        """
        if self.kind not in _VERSIONS:
            return ""
        with answering(self._uri), self._lock:
            if self.kind != "sqlite":
                with self._engine.connect() as connection:
                    return _version(connection)
            if self._held is None:
                self._held = self._engine.connect()
            return _version(self._held)

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None
            self._engine.dispose()


def _version(connection: sqlalchemy.Connection) -> str:
    said = connection.exec_driver_sql(_VERSIONS[connection.dialect.name]).scalar()
    connection.rollback()
    return "" if said is None else str(said)


def has_known_tables(store: Store) -> bool:
    """Tell whether the store is a database that others can read beside MLflow, with tables that were compared.

    ``open_store`` refuses any other schema than this MLflow's own.
    """
    path = sqlite_path(store.uri)
    if path is not None and not path.exists():  # in memory
        return False
    kind = store.uri.partition(":")[0].partition("+")[0]
    return kind in KINDS and _are_compared()


@cache
def _are_compared() -> bool:
    return _get_latest_schema_revision() in REVISIONS
