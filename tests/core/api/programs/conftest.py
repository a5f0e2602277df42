"""An app that answers programs, and a store whose models it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest
from starlette.applications import Starlette

from core.api.routes import routes
from core.process import held, shared
from core.settings import settings
from core.store.connection import Store
from tests.fixtures.programs import ask

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module", autouse=True)
def _what_was_read_goes_with_the_module() -> Iterator[None]:
    yield
    shared.forget()


@pytest.fixture
def in_use(populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in use; only read it: what was read of it is there for the next test, its models too."""
    yield from _using(populated, monkeypatch, held.forget)


@pytest.fixture
def own_in_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in use, empty and the test's own."""
    yield from _using(store, monkeypatch, shared.forget)


def _using(store: Store, monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]) -> Iterator[Store]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()
    forget()
    yield store
    settings.cache_clear()
    forget()


@pytest.fixture
def program(in_use: Store) -> Ask:
    """A program that asks: a method, a path, and what is sent as httpx takes it."""
    return asking()


def asking() -> Ask:
    """Return a program that asks of the store in use."""
    return partial(ask, Starlette(routes=routes(tasks="trainers")))
