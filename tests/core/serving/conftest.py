"""A store that answers programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.process import shared
from core.settings import settings
from core.store.connection import Store


@pytest.fixture
def in_use(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in use: a copy that the test may change."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    settings.cache_clear()
    shared.forget()
    yield own_populated
    settings.cache_clear()
    shared.forget()
