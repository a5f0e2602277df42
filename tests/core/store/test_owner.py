import subprocess
import sys
import time

import psutil
import pytest

from core.store import owner as owner_module
from core.store.abandoned import ABANDONED, settle_abandoned
from core.store.connection import Store
from core.store.owner import is_gone, owner
from core.store.runs.tables import FAILURE_TAG, OWNER_TAG
from core.store.writer import schedule_run
from tests.fixtures.actors import ANA
from tests.fixtures.processes import ended_owner


def test_this_process_is_not_gone():
    assert not is_gone(owner())


def test_another_living_process_is_not_gone():
    parent = psutil.Process().parent()
    assert parent is not None
    assert not is_gone(f"{owner().split(':')[0]}:{parent.pid}:{parent.create_time():.2f}")


def test_an_ended_process_is_gone():
    assert is_gone(ended_owner())


def test_a_process_nobody_waited_for_is_gone():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        child = psutil.Process(process.pid)
        name = f"{owner().split(':')[0]}:{child.pid}:{child.create_time():.2f}"
        deadline = time.monotonic() + 10
        while child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
        assert is_gone(name)


def test_a_reused_process_number_does_not_hide_an_ended_process():
    host, pid, created = owner().split(":")
    assert is_gone(f"{host}:{pid}:{float(created) - 60:.2f}")


@pytest.mark.parametrize("name", ["", "nobody", "elsewhere:1:0.0", "a:b:c"])
def test_what_cannot_be_told_is_not_gone(name: str):
    assert not is_gone(name)


def test_a_process_we_may_not_look_at_is_not_gone(monkeypatch: pytest.MonkeyPatch):
    def refuse(pid: int) -> None:
        raise psutil.AccessDenied(pid)

    name = ended_owner()
    monkeypatch.setattr(owner_module.psutil, "Process", refuse)
    assert not is_gone(name)


@pytest.mark.parametrize("status", ["RUNNING", "SCHEDULED"])
def test_a_run_whose_dashboard_has_gone_is_settled(store: Store, status: str):
    run_id = schedule_run(store, ANA, experiment="a", name="left", tags={})
    store.client.update_run(run_id, status=status)
    store.client.set_tag(run_id, OWNER_TAG, ended_owner())
    assert settle_abandoned(store) == 1
    run = store.client.get_run(run_id)
    assert (run.info.status, run.data.tags[FAILURE_TAG]) == ("FAILED", ABANDONED)
    assert settle_abandoned(store) == 0


def test_runs_of_living_and_unknown_owners_are_left_alone(store: Store):
    ours = schedule_run(store, ANA, experiment="a", name="ours", tags={})
    elsewhere = schedule_run(store, ANA, experiment="a", name="elsewhere", tags={})
    store.client.set_tag(elsewhere, OWNER_TAG, "another-machine:1:0.0")
    nobody = store.client.create_run("0").info.run_id
    assert settle_abandoned(store) == 0
    assert {store.client.get_run(i).info.status for i in (ours, elsewhere)} == {"SCHEDULED"}
    assert store.client.get_run(nobody).info.status == "RUNNING"
