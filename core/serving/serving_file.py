"""The one file of what is served: a SQLite database beside the caches that all processes which answer share."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from core.database import PATIENCE, DatabaseFile
from core.i18n import N_

NAME = "serving.db"
TABLES = """
create table if not exists tokens (
    number integer primary key autoincrement, name text not null unique collate nocase, digest text not null unique,
    models text not null, made real not null, by text not null, used real
) strict;
"""


class ServingFile(DatabaseFile):
    """What must not be forgotten of serving, in a folder. Who reads never waits for a write, of whomever."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / NAME,
            TABLES,
            N_("The file of what is served must be readable and writable, but {path} is not: {reason}."),
            N_("Make room for it, or set PIZARRA_CACHE_DIR to a folder of your own on this computer and start again."),
        )
        self._reading = Lock()
        address = f"{(folder / NAME).resolve().as_uri()}?mode=ro"
        self._reader = sqlite3.connect(address, timeout=PATIENCE, uri=True, check_same_thread=False)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
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
