"""An app that answers programs, and a store whose models it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

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
    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)
    settings.cache_clear()
    shared.forget()
    yield populated
    settings.cache_clear()
    shared.forget()


@pytest.fixture
def program(in_use: Store) -> Ask:
    """A program that asks: a method, a path, and what is sent as httpx takes it."""
    app = Starlette(routes=routes(tasks="trainers"))

    def asking(method: str, path: str, **sent: Any) -> httpx.Response:
        return ask(app, method, path, **sent)

    return asking
