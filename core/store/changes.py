"""Tell whether a store changed since it was last read, so that pages can keep what they have."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock

from core.store.connection import Store, read_only_uri, sqlite_path

REMOTE_FRESHNESS = 5.0  # seconds that what was read from a server may be shown as it is


@dataclass
class _Watch:
    """One held read-only connection: SQLite's ``data_version`` moves when any other connection commits."""

    connection: sqlite3.Connection
    lock: Lock = field(default_factory=Lock)

    def version(self) -> int:
        with self.lock:
            return int(self.connection.execute("pragma data_version").fetchone()[0])


@cache
def _watch(path: Path, _file: str) -> _Watch:
    return _Watch(sqlite3.connect(read_only_uri(path), uri=True, check_same_thread=False))


def change_token(store: Store) -> str:
    """Return a token that is the same as long as nothing can have changed.

    Exact for SQLite. For servers and other databases it moves every ``REMOTE_FRESHNESS`` seconds.
    """
    path = sqlite_path(store.uri)
    if path is not None and path.exists():  # an in-memory store has no file
        return f"{store.uri}#{store.file}#{_watch(path, store.file).version()}"
    return f"{store.uri}#{int(time.monotonic() // REMOTE_FRESHNESS)}"
