"""A small store, its pack, and stores that began with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from core.store.connection import Store
from core.store.states import exchange
from core.store.states.pack import write_pack
from tests.fixtures.actors import FIXTURE
from tests.fixtures.stores import database

State = tuple[list[str], dict[str, str]]


@pytest.fixture(scope="session")
def small_pack(populated: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of the store that all tests read."""
    file = tmp_path_factory.mktemp("pack") / "small.tar.xz"
    write_pack(populated, FIXTURE, file)
    return file


@pytest.fixture
def begun(store: Store, small_pack: Path) -> Store:
    """A store of the test's own that began with the pack."""
    assert exchange.load(store, FIXTURE, small_pack)
    return store


@pytest.fixture
def state() -> Callable[[Store], State]:
    """Tell all that a store is: its rows as they would be dumped, and its files by their content."""

    def told(store: Store) -> State:
        path = database(store)
        with closing(sqlite3.connect(path)) as connection:
            lines = list(connection.iterdump())
        files = [file for file in (path.parent / "mlartifacts").rglob("*") if file.is_file()]
        return lines, {str(file.relative_to(path.parent)): sha256(file.read_bytes()).hexdigest() for file in files}

    return told
