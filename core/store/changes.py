"""Tell whether a store changed since it was last read, so that pages can keep what they have."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cache

from core.errors import StoreError
from core.store.connection import Store
from core.store.database import Database, has_known_tables

REMOTE_FRESHNESS = 5.0  # seconds that what was read from a server may be shown as it is


@cache
def _watched(uri: str, _file: str) -> Database:
    return Database(uri)


def change_token(store: Store) -> str:
    """Return a token that is the same as long as nothing can have changed.

    Exact for SQLite and PostgreSQL. For servers and other databases it moves every ``REMOTE_FRESHNESS`` seconds.
    What cannot be asked may have changed.
    """
    version = ""
    if has_known_tables(store):
        with suppress(StoreError):
            version = _watched(store.uri, store.file).version()
    return f"{store.uri}#{store.file}#{version or int(time.monotonic() // REMOTE_FRESHNESS)}"
