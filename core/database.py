"""A file of our own that outlives the program, however that ends: a SQLite database beside the caches."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

from core.errors import PizarraError

PATIENCE = 10.0  # seconds that a write waits for another program's
PAUSE = 0.02  # seconds
# A power cut may lose the last moment, the end of the program nothing
MODES = "pragma journal_mode = wal; pragma synchronous = normal;"
Values = Sequence[Any] | Mapping[str, Any]  # what fills the places of a statement, in their order or by their names
FACTS = "create table if not exists said (name text primary key, value text not null) strict;"


class DatabaseFile:
    """Facts by name, and ``tables``. Threads and programs may share it; each change is written at once and by itself.

    ``unusable`` is the message, and ``hint`` what to do, where the file cannot be read or written; the message has
    places for {path} and {reason}.
    """

    def __init__(self, path: Path, tables: str, unusable: str, hint: str) -> None:
        self._path, self._lock, self._unusable, self._hint = path, Lock(), unusable, hint
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._make(MODES + FACTS + tables)
        except (OSError, sqlite3.Error) as error:
            raise self._refusal(error) from error

    def _make(self, script: str) -> None:
        """Make what is not there; SQLite does not wait by itself where several programs change the mode at once."""
        until = monotonic() + PATIENCE
        while True:
            try:
                self._database.executescript(script)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                    raise
                if monotonic() > until:
                    raise
                sleep(PAUSE)

    def write_rows(self, statement: str, values: Values = ()) -> int:
        """Execute a statement that changes rows, and return how many it changed.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
            sqlite3.IntegrityError: a row is there already.
        """
        with self._lock:
            try:
                return self._database.execute(statement, values).rowcount
            except sqlite3.OperationalError as error:
                raise self._refusal(error) from error

    def rows(self, query: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def write_down(self, name: str, value: str) -> None:
        """Write down a fact under a name, in the place of what was there."""
        self.write_rows(
            "insert into said values (?, ?) on conflict do update set value = excluded.value", (name, value)
        )

    def said(self, name: str) -> str:
        """Return what was written down under a name; empty where nothing was."""
        found = self.rows("select value from said where name = ?", (name,))
        return str(found[0][0]) if found else ""

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._database.close()

    def _refusal(self, error: Exception) -> PizarraError:
        return PizarraError(self._unusable, self._hint, path=repr(str(self._path)), reason=str(error))


class ReadBesideFile(DatabaseFile):
    """Such a file in which who reads never waits for a write, of whomever, and which tells whether it has changed."""

    def __init__(self, path: Path, tables: str, unusable: str, hint: str) -> None:
        super().__init__(path, tables, unusable, hint)
        self._reading = Lock()
        address = f"{path.resolve().as_uri()}?mode=ro"
        self._reader = sqlite3.connect(address, timeout=PATIENCE, uri=True, check_same_thread=False)

    def rows(self, query: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            PizarraError: the file cannot be read.
        """
        with self._reading:
            try:
                return self._reader.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise self._refusal(error) from error

    def state(self) -> int:
        """Return a number that is the same as long as nobody, in any process, has changed the file: in some 10 µs."""
        return int(self.rows("pragma data_version")[0][0])

    def close(self) -> None:
        """Close it."""
        with self._reading:
            self._reader.close()
        super().close()
