import re
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.store import owner as owner_module
from core.store.abandoned import ABANDONED, settle_abandoned
from core.store.connection import Store
from core.store.owner import is_gone, machine, name_of, owner
from core.store.runs.tables import FAILURE_TAG, OWNER_TAG
from core.store.writer import schedule_run
from tests.fixtures.actors import ANA
from tests.fixtures.processes import ended_owner, started


def test_this_process_is_not_gone():
    assert not is_gone(owner())


def test_another_living_process_is_not_gone():
    parent = psutil.Process().parent()
    assert parent is not None
    assert not is_gone(name_of(parent))
    assert not is_gone(f"{machine()}:{parent.pid}:{parent.create_time():.2f}")  # as earlier versions named it


def test_an_ended_process_is_gone():
    assert is_gone(ended_owner())


def test_a_process_nobody_waited_for_is_gone():
    with started([sys.executable, "-c", ""]) as process:
        child = psutil.Process(process.pid)
        name = name_of(child)
        deadline = time.monotonic() + 10
        while child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
        assert is_gone(name)


def test_a_reused_process_number_does_not_hide_an_ended_process():
    place, created = owner().rpartition(":")[0], psutil.Process().create_time()
    boot, _, seconds = owner().rpartition(":")[2].rpartition("+")
    assert is_gone(f"{place}:{created - 60:.2f}")
    assert is_gone(f"{place}:{boot}+{float(seconds) - 60:.2f}")


@pytest.mark.skipif(not owner_module.BOOT_ID.exists(), reason="the system names no boots")
def test_who_lived_before_the_machine_was_started_anew_is_gone():
    place, _, start = owner().rpartition(":")
    assert is_gone(f"{place}:00000000+{start.partition('+')[2]}")
    assert is_gone(f"{machine()}:{psutil.Process().ppid()}:00000000+1.00")


@pytest.mark.skipif(not owner_module.BOOT_ID.exists(), reason="the system names no boots")
@pytest.mark.parametrize("moved", [-3600, 3600], ids=["set back", "set forward"])
def test_a_clock_that_is_set_makes_nobody_gone(moved: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Linux moves the moment of boot with its clock, and so the time at which each process was created."""
    parent = psutil.Process().parent()
    assert parent is not None
    name, before = name_of(parent), parent.create_time()
    for entry in Path("/proc").iterdir():
        if entry.name != "stat":
            (tmp_path / entry.name).symlink_to(entry)
    said = Path("/proc/stat").read_text(encoding="ascii")
    boot = int(re.search(r"^btime (\d+)$", said, re.MULTILINE)[1])  # type: ignore[index]
    (tmp_path / "stat").write_text(said.replace(f"btime {boot}", f"btime {boot + moved}"), encoding="ascii")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    assert psutil.Process(parent.pid).create_time() == pytest.approx(before + moved, abs=1)
    assert not is_gone(name)


@pytest.mark.parametrize("name", ["", "nobody", "elsewhere:1:0.0", "a:b:c"])
def test_what_cannot_be_told_is_not_gone(name: str):
    assert not is_gone(name)


def test_a_process_we_may_not_look_at_is_not_gone(monkeypatch: pytest.MonkeyPatch):
    def refuse(pid: int) -> None:
        raise psutil.AccessDenied(pid)

    name = ended_owner()
    monkeypatch.setattr(owner_module.psutil, "Process", refuse)
    assert not is_gone(name)


@pytest.mark.part(2)
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
