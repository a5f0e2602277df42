"""Backups, and all that a store and our own files are, to compare."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from core.backup import own_files
from core.classroom.class_file import ClassFile
from core.serving.log.files import folder_of_store
from core.serving.serving_file import ServingFile
from core.settings import settings
from core.store.connection import Store, name_of
from tests.fixtures.stores import database

All = tuple[list[str], dict[str, str], dict[str, object]]


@pytest.fixture
def cache(own_populated: Store) -> Path:
    """Our own files, as a class and programs leave them."""
    folder = settings().cache_dir
    for file in (ClassFile(folder), ServingFile(folder)):
        file.write_down("lesson", "chalk")
        file.close()
    for name in ("results/abc/model.skops", "tables/mine.json", "wine.csv", "snapshots/old.parquet", "meters/1.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    log = folder_of_store(folder, name_of(own_populated.uri)) / "iris" / "2026-11-28.asked.ab.000001.parquet"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"rows")
    return folder


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def digests(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture
def everything() -> Callable[[Store, Path], All]:
    """Tell all that a store and our own files are: rows as they would be dumped, files by their content."""

    def told(store: Store, cache: Path) -> All:
        path = database(store)
        own: dict[str, object] = {
            file.as_posix(): dump(cache / file) if own_files.is_database(cache / file) else (cache / file).read_bytes()
            for file in own_files.files(cache)
        }
        return dump(path), digests(path.parent / "mlartifacts"), own

    return told
