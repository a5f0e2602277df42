"""An app that answers programs, and a store whose models it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest
from starlette.applications import Starlette

from core.api.routes import routes
from core.process import shared
from core.settings import settings
from core.store.connection import Store
from tests.fixtures.programs import ask

Ask = Callable[..., httpx.Response]


@pytest.fixture
def in_use(populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in use; only read it."""
    yield from _using(populated, monkeypatch)


@pytest.fixture
def own_in_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in use, empty and the test's own."""
    yield from _using(store, monkeypatch)


def _using(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()
    shared.forget()
    yield store
    settings.cache_clear()
    shared.forget()


@pytest.fixture
def program(in_use: Store) -> Ask:
    """A program that asks: a method, a path, and what is sent as httpx takes it."""
    return asking()


def asking() -> Ask:
    """Return a program that asks of the store in use."""
    return partial(ask, Starlette(routes=routes(tasks="trainers")))
