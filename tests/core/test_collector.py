from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from core import collector
from core.collector import collector_paused


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_is_paused_until_the_last_who_asked_is_done() -> None:
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


def test_pauses_that_never_end_do_not_keep_circles_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    collected = []
    monkeypatch.setattr(collector.gc, "collect", lambda: collected.append(1))
    with collector_paused(), collector_paused():
        assert not collected
    monkeypatch.setattr(collector, "LONGEST", -1.0)
    with collector_paused(), collector_paused():
        assert len(collected) == 2
