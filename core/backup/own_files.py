"""Pizarra's own files, in its folder beside the caches: which of them must not be forgotten."""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from core.store.connection import read_only_uri

BEFORE = "before-"  # begins the folder of what was there before a restore
UNFINISHED = ".restoring-"
# What is made again by itself, or lies there only for a moment
_MADE_AGAIN = re.compile(rf"(?:{BEFORE}|{re.escape(UNFINISHED)}|\.unfinished|meters$|uploads$|snapshots$)")
_OF_DATABASE = ("-wal", "-shm", "-journal")
_SQLITE = b"SQLite format 3\0"


def entries(cache_dir: Path) -> list[Path]:
    """Return the files and folders that must not be forgotten."""
    try:
        found = sorted(cache_dir.iterdir())
    except FileNotFoundError:
        return []
    return [path for path in found if not _MADE_AGAIN.match(path.name)]


def files(cache_dir: Path) -> list[Path]:
    """Return all files in these, as seen from the folder; a database's unfinished writes are part of it."""
    found = [Path(place) / name for entry in entries(cache_dir) for place, name in _walk(entry)]
    return sorted(
        path.relative_to(cache_dir)
        for path in found
        if not path.is_symlink() and not (path.name.endswith(_OF_DATABASE) and is_database(_of(path)))
    )


def is_database(path: Path) -> bool:
    """Tell whether a file is a SQLite database."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def copied(path: Path, folder: str) -> Path:
    """Return a copy of a database, in a scratch folder, as it was at one moment; others may go on writing."""
    handle, name = tempfile.mkstemp(dir=folder)
    os.close(handle)
    with (
        closing(sqlite3.connect(read_only_uri(path), uri=True, timeout=20)) as source,
        closing(sqlite3.connect(name)) as target,
    ):
        source.backup(target)
    return Path(name)


def _of(path: Path) -> Path:
    return path.with_name(path.name.rpartition("-")[0])


def _walk(entry: Path) -> Iterator[tuple[str, str]]:
    if entry.is_file():
        yield str(entry.parent), entry.name
    for place, _folders, names in os.walk(entry):
        yield from ((place, name) for name in names)
