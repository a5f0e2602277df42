"""A run that was created just before its server went away is ended as soon as the server is back."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from core.errors import StoreError
from core.store import patience
from core.store.connection import Store
from core.store.runs.tables import FAILURE_TAG
from core.store.runs.tracking import get_run
from core.store.writer import schedule_run
from core.training import doubts
from core.training.doubts import UNLAUNCHED, findable
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import free_port
from tests.fixtures.invariant import faults
from tests.fixtures.processes import until
from tests.fixtures.servers import mlflow_server

pytestmark = pytest.mark.timeout(120)


def created(store: Store, name: str) -> str:
    with findable(store) as mark:
        return schedule_run(store, ANA, experiment="doubts", name=name, tags=mark)


def fail_after_creating(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have runs be created, and the answer not come back."""
    real = type(store.client).create_run

    def create_and_go(client: Any, *args: Any, **kwargs: Any) -> object:
        run = real(client, *args, **kwargs)
        raise ConnectionError(f"the server went away after it had made {run.info.run_id}")

    monkeypatch.setattr(type(store.client), "create_run", create_and_go)


def test_a_run_that_was_created_though_its_answer_did_not_come_back_is_ended_and_others_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = created(store, "whole")
    fail_after_creating(store, monkeypatch)
    with pytest.raises(StoreError):
        created(store, "half")
    runs = {run.info.run_name: run.info.run_id for run in store.client.search_runs(["1"])}
    assert until(lambda: get_run(store, runs["half"]).status == "FAILED", 20)
    assert get_run(store, runs["half"]).tags[FAILURE_TAG] == UNLAUNCHED
    assert get_run(store, whole).status == "SCHEDULED"


@pytest.mark.long  # the test above does the same without a server
def test_a_run_whose_server_goes_away_as_it_is_created_does_not_read_as_running_once_it_is_back(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LONGEST", 0.1)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setattr(doubts, "SHORTEST_PAUSE", 0.2)
    port, goes = free_port(), Event()
    settle = doubts._settle

    def once_it_has_gone(store: Store, word: str) -> None:
        goes.wait(30)
        settle(store, word)

    monkeypatch.setattr(doubts, "_settle", once_it_has_gone)
    with mlflow_server(store.uri, tmp_path, port) as served:
        whole = created(served, "whole")
        with monkeypatch.context() as patch:
            fail_after_creating(served, patch)
            with pytest.raises(StoreError):
                created(served, "half")
    goes.set()
    runs = {run.info.run_name: run.info.run_id for run in store.client.search_runs(["1"])}
    assert get_run(store, runs["half"]).status == "RUNNING"
    with mlflow_server(store.uri, tmp_path, port):
        assert until(lambda: get_run(store, runs["half"]).status == "FAILED", 60)
    assert get_run(store, runs["half"]).tags[FAILURE_TAG] == UNLAUNCHED
    assert get_run(store, whole).status == "SCHEDULED"
    assert faults(store, [runs["half"]], others=[whole]) == []
