"""Real stores for tests, of the kind asked for: one SQLite file is migrated per session and copied per test."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from mlflow.store.db import utils
from sqlalchemy import Engine, event

from core.settings import settings
from core.store import connection, database
from core.store.connection import Store, open_store
from core.store.states import pack
from core.training.demo import unpack_demo
from tests.fixtures.actors import FIXTURE
from tests.fixtures.draws import draw_everything, is_long
from tests.fixtures.store_kinds import KINDS, Files, Stores, stores_of
from tests.fixtures.stores import fill
from trainers.demo import DEMO

# What takes longest comes first, so that no process waits for another's last file; the others keep their order
SQLITE = "sqlite"
FIRST = ("browser", "pages", "core/training", "trainers", "core/store", "test_mischief", "core/api", "core/backup")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of ``make test-long`` and ``make test-stores``."""
    parser.addoption("--long", action="store_true", help="draw all that may be drawn, and begin in all ways")
    parser.addoption("--store", choices=[SQLITE, *KINDS], default=SQLITE, help="the kind of store that tests are given")


def pytest_configure(config: pytest.Config) -> None:
    """Tell the tests, before they are read, how much time there is; that a machine is slow is no fault of a draw's."""
    draw_everything(bool(config.getoption("--long")))
    hypothesis.settings.register_profile("on any machine", hypothesis.settings(), deadline=None)
    hypothesis.settings.load_profile("on any machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what there is no time for or says nothing of a kind of store; begin with what takes longest."""
    if not is_long():
        items[:] = _first_tried(items)
    if config.getoption("--store") != SQLITE:
        items[:] = [item for item in items if "stores" in getattr(item, "fixturenames", ())]
        for item in items:
            if mark := item.get_closest_marker("sqlite_only"):
                item.add_marker(pytest.mark.skip(reason=f"about SQLite: {mark.kwargs['reason']}"))
            if (mark := item.get_closest_marker("not_served")) and KINDS[config.getoption("--store")].is_served:
                item.add_marker(pytest.mark.skip(reason=f"no server between: {mark.kwargs['reason']}"))
    folders = [str(Path(__file__).parent / folder) for folder in FIRST]

    def place(item: pytest.Item) -> int:
        return next((at for at, folder in enumerate(folders) if str(item.path).startswith(folder)), len(folders))

    items.sort(key=place)


def _first_tried(items: list[pytest.Item]) -> list[pytest.Item]:
    """Leave out what is long, and of the cases of a test that is tried in part all but one in so many."""
    kept, seen = [], Counter[tuple[Path, str]]()
    for item in items:
        if item.get_closest_marker("long") is not None:
            continue
        if part := item.get_closest_marker("part"):
            test = (item.path, item.nodeid.partition("[")[0])
            seen[test] += 1
            if (seen[test] - 1) % part.args[0]:
                continue
        kept.append(item)
    return kept


@event.listens_for(Engine, "connect")
def _trust_the_disk(opened: object, _record: object) -> None:
    """Let SQLite not wait for the disk at each of MLflow's writes: no test survives its machine."""
    if isinstance(opened, sqlite3.Connection):
        opened.execute("pragma synchronous = off")


@pytest.fixture(scope="session", autouse=True)
def _look_for_the_newest_tables_once() -> Iterator[None]:
    """MLflow reads all its migrations for it, each time that a store is opened."""
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(utils._get_latest_schema_revision)
        for module in (utils, connection, database, pack):
            patch.setattr(module, "_get_latest_schema_revision", once)
        yield


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with MLflow's tables and nothing in it."""
    path = tmp_path_factory.mktemp("migrated") / "mlflow.db"
    with contextlib.chdir(path.parent):  # the Default experiment keeps its files below the folder it was made in
        open_store(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Stores of the kind that is tested."""
    kind = request.config.getoption("--store")
    if kind == SQLITE:
        yield Files(request.getfixturevalue("migrated_database"))
        return
    with stores_of(kind, tmp_path_factory.mktemp("stores")) as stores:
        yield stores


@pytest.fixture
def store_uri(stores: Stores, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store of the test's own."""
    with stores.new(tmp_path / "store") as uri:
        yield uri


@pytest.fixture
def store(store_uri: str) -> Store:
    """An empty store of the test's own."""
    return open_store(store_uri)


@pytest.fixture(scope="session")
def populated(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with trained runs and registered versions, for all tests of the session: only read it."""
    with stores.new(tmp_path_factory.mktemp("populated")) as uri:
        yield fill(uri)


@pytest.fixture
def own_populated(stores: Stores, populated: Store, tmp_path: Path) -> Iterator[Store]:
    """A copy of the populated store, artifacts included, that the test may change."""
    with stores.copy(populated, tmp_path / "own") as uri:
        yield open_store(uri)


@pytest.fixture
def demo(store: Store) -> Store:
    """A store of the test's own with the packed demo in it."""
    assert unpack_demo(store, FIXTURE, DEMO)
    return store


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Datasets come from the test's own folders, never from the network."""
    monkeypatch.setenv("PIZARRA_DOWNLOADS", "no")
    monkeypatch.setenv("PIZARRA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit leaves a page's script behind as the main module, which processes started later would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
