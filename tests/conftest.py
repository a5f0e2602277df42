"""Real stores for tests: one SQLite file is migrated per session and copied per test."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from core.settings import settings
from core.store.connection import Store, open_store
from tests.fixtures.stores import copy_of, fill


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with MLflow's tables and nothing in it."""
    path = tmp_path_factory.mktemp("migrated") / "mlflow.db"
    with contextlib.chdir(path.parent):  # the Default experiment keeps its files below the folder it was made in
        open_store(f"sqlite:///{path}")
    return path


@pytest.fixture
def store_uri(migrated_database: Path, tmp_path: Path) -> str:
    """The address of an empty store of the test's own."""
    path = tmp_path / "store" / "mlflow.db"
    path.parent.mkdir()
    shutil.copy(migrated_database, path)
    return f"sqlite:///{path}"


@pytest.fixture
def store(store_uri: str) -> Store:
    """An empty store of the test's own."""
    return open_store(store_uri)


@pytest.fixture(scope="session")
def populated(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with trained runs and registered versions, for all tests of the session: only read it."""
    path = tmp_path_factory.mktemp("populated") / "mlflow.db"
    shutil.copy(migrated_database, path)
    return fill(f"sqlite:///{path}")


@pytest.fixture
def own_populated(populated: Store, tmp_path: Path) -> Store:
    """A copy of the populated store, artifacts included, that the test may change."""
    return open_store(copy_of(populated, tmp_path / "own"))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Datasets come from the test's own folders, never from the network."""
    monkeypatch.setenv("PIZARRA_DOWNLOADS", "no")
    monkeypatch.setenv("PIZARRA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
