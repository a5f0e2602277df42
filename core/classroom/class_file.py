"""The one file of a class: a SQLite database beside the caches, which outlives the dashboard, however it ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from core.errors import PizarraError
from core.i18n import N_

NAME = "class.db"
PATIENCE = 10.0  # seconds that a write waits for another program's
TABLES = """
create table if not exists said (name text primary key, value text not null) strict;
create table if not exists members (
    number integer primary key autoincrement, class integer not null, word text not null, nickname text not null,
    joined real not null, hidden integer not null default 0, unique (class, word)
) strict;
create table if not exists nicknames (
    class integer, reading text, word text not null, nickname text not null, primary key (class, reading)
) strict;
create table if not exists boards (
    number integer primary key autoincrement, task text not null, metric text not null, opened real not null,
    each integer not null, total integer not null, frozen real, names_hidden integer not null default 0,
    spotlight text not null default '', revealed text, ended real, record text
) strict;
create table if not exists tries (
    run text primary key, board integer not null, person text not null, launched real not null,
    outcome text not null default ''
) strict;
create table if not exists presenters (visitor text, pin text, until real not null, primary key (visitor, pin)) strict;
create table if not exists guidance (
    what text primary key, visitor text not null, until real not null, place text not null
) strict;
create table if not exists questions (
    number integer primary key autoincrement, class integer not null, asked text not null, state text not null
) strict;
create table if not exists answers (
    question integer, member integer, answer text not null, primary key (question, member)
) strict, without rowid;
"""


class ClassFile:
    """What a class must not forget. Threads may share it; each change is written at once and by itself."""

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            # A power cut may lose the last moment, the end of the program nothing
            self._database.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + TABLES)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        self._path, self._lock = path, Lock()

    def write_rows(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Execute a statement that changes rows, and return how many it changed.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
            sqlite3.IntegrityError: a row is there already.
        """
        with self._lock:
            try:
                return self._database.execute(statement, values).rowcount
            except sqlite3.OperationalError as error:
                raise _unusable(self._path, error) from error

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def write_down(self, name: str, value: str) -> None:
        """Write down a fact about the class under a name, in the place of what was there."""
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


def _unusable(path: Path, error: Exception) -> PizarraError:
    return PizarraError(
        N_("The file of the class must be readable and writable, but {path} is not: {reason}."),
        N_("Make room for it, or set PIZARRA_CACHE_DIR to a folder of your own on this computer and start again."),
        path=repr(str(path)),
        reason=str(error),
    )
