"""The file of a SQLite store while the program runs: every connection leads to the one that lies there now."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import Pool

_PATH, _FILE = "pizarra.path", "pizarra.file"  # of what SQLAlchemy notes about a connection
_seen: set[str] = set()  # paths that this process has opened
_kept: dict[str, int] = {}
_lock = Lock()


def file_at(path: Path | str) -> str:
    """Return which file lies at a path, by device and inode; empty where there is none.

    A file that somebody holds open keeps its number, so that another one in its place always has another.
    """
    try:
        about = os.stat(path)
    except OSError:
        return ""
    return f"{about.st_dev}-{about.st_ino}"


def read_header(path: Path) -> bytes:
    """Return the first 100 bytes of a SQLite file, empty where it cannot be read.

    The file stays open: closing any handle of it would take away the locks that SQLite holds on it in this process
    (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    with _lock:
        try:
            which = file_at(path)
            if which not in _kept:
                _kept[which] = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            os.lseek(_kept[which], 0, os.SEEK_SET)
            return os.read(_kept[which], 100)
        except OSError:
            return b""


@event.listens_for(Engine, "do_connect")
def _never_make_it_again(dialect: Any, record: Any, arguments: list[Any], _named: dict[str, Any]) -> None:
    """Refuse to make a file that was here before: SQLite makes what it does not find."""
    if dialect.name == "sqlite" and arguments and not str(arguments[0]).startswith((":memory:", "file:")):
        path = str(arguments[0])
        if path in _seen and not file_at(path):
            raise OperationalError(None, None, FileNotFoundError(path))
        record.info[_PATH] = path


@event.listens_for(Pool, "connect")
def _note_file(_connection: Any, record: Any) -> None:
    if path := record.info.get(_PATH):
        record.info[_FILE] = file_at(path)
        _seen.add(path)


@event.listens_for(Pool, "checkout")
def _is_still_there(_connection: Any, record: Any, _proxy: Any) -> None:
    """Have a connection made anew where its file was replaced."""
    path = record.info.get(_PATH)
    if path and file_at(path) != record.info[_FILE]:
        raise DisconnectionError("another file lies there now")
