from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from core.process import parts, shared
from core.settings import settings
from core.store.connection import Store
from tests.fixtures.dashboards import free_port


@pytest.fixture(autouse=True)
def in_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process uses a store of the test's own, and what it found is forgotten with each look."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    monkeypatch.setattr(parts, "FRESH", 0.0)
    settings.cache_clear()
    shared.forget()
    yield
    shared.forget()
    settings.cache_clear()


def test_all_is_up_and_no_cluster_is_started_by_asking() -> None:
    assert parts.states() == {"store": "up", "artifacts": "up", "cluster": "not started"}
    assert shared.training() is None


def test_a_store_that_is_gone_is_down_and_so_are_its_files(store: Store) -> None:
    assert parts.states()["store"] == "up"
    file = Path(store.uri.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".away"))
    assert parts.states() == {"store": "down", "artifacts": "down", "cluster": "not started"}


def test_files_at_a_place_that_is_not_there_are_down_while_the_store_is_up(store: Store) -> None:
    store.client.create_experiment("elsewhere", artifact_location="file:///no/such/disk/here/1")
    assert parts.states() == {"store": "up", "artifacts": "down", "cluster": "not started"}


def test_a_given_scheduler_is_up_when_somebody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setenv("PIZARRA_DASK_SCHEDULER", f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        settings.cache_clear()
        assert parts.states()["cluster"] == "up"
    monkeypatch.setenv("PIZARRA_DASK_SCHEDULER", f"tcp://127.0.0.1:{free_port()}")
    settings.cache_clear()
    assert parts.states()["cluster"] == "down"
    monkeypatch.setenv("PIZARRA_DASK_SCHEDULER", "no address:at all")
    settings.cache_clear()
    assert parts.states()["cluster"] == "down"


@pytest.mark.long
def test_what_says_nothing_is_down_in_time_and_is_asked_only_once_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ending = [], threading.Event()

    def hang(_store: Store) -> None:
        asked.append(1)
        ending.wait(30)

    monkeypatch.setattr(parts, "look_at_store", hang)
    try:
        began = monotonic()
        said = [parts.states() for _time in range(3)]
        assert monotonic() - began < 8
        assert {one["store"] for one in said} == {"down"}
        assert all(one["artifacts"] == "up" for one in said[1:])
        assert len(asked) == 1
    finally:
        ending.set()
