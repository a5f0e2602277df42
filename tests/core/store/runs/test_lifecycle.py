"""Deleted runs can be brought back, and running ones are left alone."""

from __future__ import annotations

from core.store.connection import Store
from core.store.runs.lifecycle import delete_runs, deleted_runs, restore_runs
from core.store.runs.tracking import list_runs
from tests.fixtures.actors import ANA


def a_run(store: Store, name: str, status: str = "FINISHED") -> str:
    run_id = str(store.client.create_run("0", run_name=name).info.run_id)
    if status != "RUNNING":
        store.client.set_terminated(run_id, status)
    return run_id


def test_a_deleted_run_is_gone_until_it_is_restored(store: Store) -> None:
    kept, gone = a_run(store, "kept"), a_run(store, "gone")
    assert delete_runs(store, ANA, [gone]).done == [gone]
    assert list_runs(store, ["0"]).ids == [kept]
    assert list(deleted_runs(store, ["0"])["name"]) == ["gone"]
    assert restore_runs(store, ANA, [gone]).done == [gone]
    assert set(list_runs(store, ["0"]).ids) == {kept, gone}
    assert deleted_runs(store, ["0"]).empty


def test_a_running_run_is_left_alone(store: Store) -> None:
    running, ended = a_run(store, "running", "RUNNING"), a_run(store, "ended", "FAILED")
    counted: list[int] = []
    outcome = delete_runs(store, ANA, [running, ended, ended], progress=counted.append)
    assert (outcome.running, outcome.done) == ([running], [ended])
    assert counted == [1, 2]


def test_a_run_that_is_not_there_does_not_stop_the_others(store: Store) -> None:
    run_id = a_run(store, "there")
    outcome = delete_runs(store, ANA, ["nowhere", run_id])
    assert outcome.done == [run_id]
    assert "nowhere" in outcome.failed["nowhere"]
    assert list(restore_runs(store, ANA, ["nowhere"]).failed) == ["nowhere"]


def test_no_experiments_have_no_deleted_runs(store: Store) -> None:
    assert list(deleted_runs(store, []).columns) == ["name", "status", "start"]
