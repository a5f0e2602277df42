"""What goes wrong is provoked for real, and afterwards every run in the store is true to what happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.errors import StoreError
from core.settings import ROOT, settings
from core.store.abandoned import ABANDONED, settle_abandoned
from core.store.connection import Store, sqlite_path
from core.store.ends import settle
from core.store.kept_results import kept_results, read_kept
from core.store.runs.tables import FAILURE_TAG, PROGRESS_TAG, UPLOADED_TAG
from core.store.runs.tracking import get_run
from core.store.uploading import upload_results
from core.store.writer import KEPT, schedule_run
from core.training.execution import Job
from core.training.jobs import WORKER_KILLED, Jobs
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import free_port
from tests.fixtures.invariant import faults
from tests.fixtures.processes import has_ended, started, trainers, until
from tests.fixtures.servers import mlflow_server
from tests.fixtures.slow_task import TASK

pytestmark = pytest.mark.timeout(180)
LONG = 60.0  # seconds that no test waits for
PATIENCE = 60
WRITERS = 30


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the workers of this module keep results."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def jobs(cache: Path) -> Iterator[Jobs]:
    """One cluster for the tests of this module."""
    jobs = Jobs(replace(settings(), workers=2, dask_scheduler=""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIZARRA_CACHE_DIR", str(cache))
        jobs.start()
    yield jobs
    jobs.close()


def job(store: Store, algorithm: str = "slow", seconds: float | None = None) -> Job:
    run_id = schedule_run(store, ANA, experiment="slow", name=algorithm, tags={})
    return Job(store.uri, run_id, TASK, algorithm, {} if seconds is None else {"seconds": seconds})


def train(jobs: Jobs, *several: Job) -> list[str]:
    """Train all of them, however they end, and return their ids."""
    for one in several:
        jobs.submit(ANA, one)
    wait(jobs)
    return [one.run_id for one in several]


def wait(jobs: Jobs) -> None:
    assert until(lambda: not jobs.active(), PATIENCE)


def statuses(store: Store, run_ids: list[str]) -> list[str]:
    return [get_run(store, run_id).status for run_id in run_ids]


def is_fitting(store: Store, run_id: str) -> bool:
    run = get_run(store, run_id)
    return run.status == "RUNNING" and run.tags.get(PROGRESS_TAG) == "fitting"


def reason(store: Store, run_id: str) -> str:
    return get_run(store, run_id).tags.get(FAILURE_TAG, "")


@pytest.mark.long
def test_what_is_not_as_it_must_be_is_found(store: Store) -> None:
    for_ever, bare, mute, measured = (job(store).run_id for _ in range(4))
    store.client.set_terminated(bare, "FINISHED")
    store.client.set_terminated(mute, "FAILED")
    for step in range(2):
        store.client.log_metric(measured, "test_accuracy", 0.5, step=step)
    settle(store, measured, status="FAILED", reason="The chalk broke.")
    found = faults(store, [for_ever, bare, mute, measured, "another"])
    for words in (
        "SCHEDULED for ever",
        "no metrics",
        "no model",
        "does not say why",
        "did not finish",
        "twice",
        "lost",
    ):
        assert any(words in fault for fault in found)
    assert sum("was launched by nobody" in fault for fault in faults(store, [for_ever])) == 3


@pytest.mark.long
def test_workers_that_are_killed_one_after_the_other_lose_and_double_nothing(store: Store, jobs: Jobs) -> None:
    deadly, broken = job(store, "deadly"), job(store, "broken")
    launched = [*(job(store, seconds=0.3) for _ in range(6)), deadly, broken, job(store), job(store)]
    for one in launched:
        jobs.submit(ANA, one)
    assert jobs.workers._cluster is not None
    host = psutil.Process(jobs.workers._cluster.process.pid)
    for _ in range(3):
        assert until(lambda: any(is_fitting(store, one.run_id) for one in launched), PATIENCE)
        for process in trainers(host)[:2]:
            process.kill()
        time.sleep(0.5)
    wait(jobs)
    run_ids = [one.run_id for one in launched]
    assert faults(store, run_ids) == []
    assert reason(store, deadly.run_id) == WORKER_KILLED
    assert statuses(store, run_ids)[-1] == "FINISHED"


@contextmanager
def dashboard(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"tests.fixtures.{module}", *arguments]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def said_by(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


@pytest.mark.long
def test_of_two_dashboards_on_one_store_one_is_killed_and_no_run_is_lost(
    store: Store, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_WORKERS", "1")
    own = [job(store, seconds=0.2) for _ in range(3)]
    with dashboard("second_dashboard", store.uri, "4", "0.5") as process:
        theirs = said_by(process)
        train(jobs, *own)
        assert settle_abandoned(store) == 0  # as each start does: the other one lives
        assert until(lambda: get_run(store, theirs[0]).status == "FINISHED", PATIENCE)
        assert until(lambda: is_fitting(store, theirs[1]), PATIENCE)
        below = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        assert until(lambda: all(has_ended(one) for one in below), 10)
    assert settle_abandoned(store) == 3
    run_ids = [one.info.run_id for one in store.client.search_runs(["1"])]
    own_ids = [one.run_id for one in own]
    baseline = set(run_ids) - {*own_ids, *theirs}
    assert len(baseline) == 1
    assert faults(store, [*own_ids, *theirs, *baseline]) == []
    assert statuses(store, own_ids) == ["FINISHED"] * 3
    assert [reason(store, run_id) for run_id in theirs] == ["", *[ABANDONED] * 3]


@pytest.mark.long
def test_a_store_that_thirty_others_write_to_takes_every_run(store: Store, jobs: Jobs) -> None:
    written = [store.client.create_run("0").info.run_id for _ in range(WRITERS)]
    launched = [job(store) for _ in range(6)]

    def write(run_id: str) -> int:
        count = 0
        while jobs.active():
            store.client.log_metric(run_id, "lines", 1, step=count)
            count += 1
        return count

    for one in launched:
        jobs.submit(ANA, one)
    with ThreadPoolExecutor(WRITERS) as pool:
        counts = list(pool.map(write, written))
    assert min(counts) > 0
    assert [len(store.client.get_metric_history(run_id, "lines")) for run_id in written] == counts
    run_ids = [one.run_id for one in launched]
    assert statuses(store, run_ids) == ["FINISHED"] * 6
    assert faults(store, run_ids, others=written) == []


@pytest.mark.long  # it has a cluster of its own
def test_a_clock_that_is_set_back_stops_nothing_and_costs_no_more_than_a_duration(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    try:
        before, back, after = job(store, seconds=0.5), job(store, "back"), [job(store) for _ in range(3)]
        jobs.submit(ANA, before)
        assert until(lambda: is_fitting(store, before.run_id), PATIENCE)
        real = time.time
        with monkeypatch.context() as patch:  # of the dashboard; of the worker by what it trains
            patch.setattr(time, "time", lambda: real() - 3600)
            train(jobs, back, *after)
        following = job(store)
        train(jobs, following)
    finally:
        jobs.close()
    run_ids = [before.run_id, back.run_id, *(one.run_id for one in after), following.run_id]
    assert faults(store, run_ids) == []
    assert statuses(store, run_ids) == ["FINISHED"] * 6
    assert get_run(store, back.run_id).seconds is None
    assert all((get_run(store, one.run_id).seconds or -1) > 0 for one in after)
    assert settle_abandoned(store) == 0


@pytest.mark.long
def test_a_full_disk_fails_the_run_with_its_reason_and_the_next_one_has_room(store: Store, tmp_path: Path) -> None:
    """Every file that the worker writes is too large from the moment on at which it learns."""
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    try:
        full, fine = job(store, "full"), job(store)
        run_ids = train(jobs, full)
        host = psutil.Process(jobs.workers._cluster.process.pid)  # type: ignore[union-attr]
        for process in trainers(host):  # whose disks are full, and stay so
            process.kill()
        run_ids += train(jobs, fine)
    finally:
        jobs.close()
    assert faults(store, run_ids) == []
    assert statuses(store, run_ids) == ["FAILED", "FINISHED"]
    assert "File too large" in reason(store, run_ids[0]) or "disk" in reason(store, run_ids[0])
    assert not kept_results(settings().cache_dir)


@pytest.mark.long
def test_what_an_artifact_store_does_not_take_is_kept_and_uploaded_later(store: Store, jobs: Jobs, cache: Path) -> None:
    path = sqlite_path(store.uri)
    assert path is not None
    in_the_way = path.parent / "mlartifacts"
    in_the_way.write_text("not a folder: nobody can write below it, and root cannot either")
    run_ids = train(jobs, job(store), job(store, seconds=0.1))
    assert faults(store, run_ids) == []
    assert statuses(store, run_ids) == ["FAILED", "FAILED"]
    assert all(reason(store, run_id).startswith(KEPT) for run_id in run_ids)
    assert {one.run_id for one in kept_results(cache)} == set(run_ids)
    with pytest.raises(StoreError, match="did not take the results"):
        upload_results(store, ANA, cache, run_ids[0])
    assert statuses(store, run_ids) == ["FAILED", "FAILED"]
    in_the_way.unlink()
    assert [upload_results(store, ANA, cache, run_id) for run_id in run_ids] == [True, True]
    assert faults(store, run_ids) == []
    assert statuses(store, run_ids) == ["FINISHED"] * 2
    assert kept_results(cache) == []
    assert not upload_results(store, ANA, cache, run_ids[0])  # pressed twice


@pytest.mark.long
def test_results_wait_a_minute_for_a_server_that_is_away_and_are_kept_from_then_on(
    store: Store, jobs: Jobs, cache: Path, tmp_path: Path
) -> None:
    port = free_port()
    with mlflow_server(store.uri, tmp_path, port) as served:
        patient, impatient = job(served, seconds=1.0), job(served, "impatient", seconds=1.0)
        for one in (patient, impatient):
            jobs.submit(ANA, one)
        assert until(lambda: is_fitting(store, patient.run_id) and is_fitting(store, impatient.run_id), PATIENCE)
    run_ids = [patient.run_id, impatient.run_id]
    assert until(lambda: bool(kept_results(cache)), PATIENCE)
    assert statuses(store, run_ids) == ["RUNNING"] * 2
    with mlflow_server(store.uri, tmp_path, port) as served:
        wait(jobs)
        assert faults(served, run_ids) == []
        assert statuses(store, run_ids) == ["FINISHED", "FAILED"]
        assert reason(store, impatient.run_id).startswith(KEPT)
        before = read_kept(cache, impatient.run_id)
        assert upload_results(served, ANA, cache, impatient.run_id)
        assert faults(served, run_ids) == []
    uploaded = get_run(store, impatient.run_id)
    assert uploaded.status == "FINISHED"
    assert dict(uploaded.metrics) == dict(before.metrics) == dict(get_run(store, patient.run_id).metrics)
    assert UPLOADED_TAG in uploaded.tags
    assert (uploaded.seconds or 60) < 60
    assert kept_results(cache) == []


@pytest.mark.long  # the test above does the same to a worker whose minute is a second
def test_a_server_is_really_waited_for_a_minute(store: Store, tmp_path: Path) -> None:
    cache, port = settings().cache_dir, free_port()
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    try:
        with mlflow_server(store.uri, tmp_path, port) as served:
            one = job(served, seconds=1.0)
            jobs.submit(ANA, one)
            assert until(lambda: is_fitting(store, one.run_id), PATIENCE)
        begun = time.monotonic()
        assert until(lambda: bool(kept_results(cache)), 2 * PATIENCE)
        assert 45 < time.monotonic() - begun < 100
        with mlflow_server(store.uri, tmp_path, port) as served:
            wait(jobs)
            assert upload_results(served, ANA, cache, one.run_id)
            assert faults(served, [one.run_id]) == []
    finally:
        jobs.close()
