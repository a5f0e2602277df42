"""A Dask scheduler and a worker of somebody else's, in processes of their own, started with Dask's own commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Client

from core.errors import PizarraError, SchedulerError
from core.settings import ROOT, settings
from core.store.connection import Store
from core.store.runs.tables import FAILURE_TAG
from core.store.runs.tracking import get_run
from core.training import versions
from core.training.jobs import Jobs
from core.training.launching import launch
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.dashboards import free_port
from tests.fixtures.processes import until
from trainers import TASKS

pytestmark = pytest.mark.timeout(180)


class Elsewhere:
    """A scheduler, and workers that find our code where they are told."""

    def __init__(self, folder: Path, code: Path | None = ROOT) -> None:
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.start(
            "scheduler", "--host", "127.0.0.1", "--port", self.address.rpartition(":")[2], "--no-dashboard", code=code
        )

    def start(self, what: str, *words: str, code: Path | None = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(code or "")}
        command = [sys.executable, "-m", "dask", what, *words]
        self.processes.append(subprocess.Popen(command, cwd=self.folder, env=environment, stderr=subprocess.DEVNULL))

    def add_worker(self, code: Path | None, threads: int = 1) -> None:
        known = self.workers()
        self.start("worker", self.address, "--nthreads", str(threads), "--no-dashboard", "--no-nanny", code=code)
        assert until(lambda: self.workers() > known, 60)

    def workers(self) -> int:
        with Client(self.address, timeout=30, set_as_default=False) as client:
            return len(client.nthreads())

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    started = Elsewhere(folder)
    yield started
    started.end()


@pytest.fixture
def jobs(elsewhere: Elsewhere) -> Iterator[Jobs]:
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=elsewhere.address))
    yield jobs
    jobs.close()


def trained(jobs: Jobs, store: Store) -> str:
    run_id = launch(jobs, store, ANA, TASKS["iris"], "logistic_regression", {})
    assert until(lambda: run_id not in jobs.active(), 90)
    run = get_run(store, run_id)
    return run.tags.get(FAILURE_TAG) or run.status


@pytest.mark.long
def test_what_is_launched_is_trained_there(store: Store, jobs: Jobs, elsewhere: Elsewhere) -> None:
    elsewhere.add_worker(ROOT)
    assert trained(jobs, store) == "FINISHED"
    assert jobs.workers.trouble is None


@pytest.mark.long
def test_a_worker_with_other_code_is_told_and_one_presses_for_a_cluster_of_ones_own(
    store: Store, jobs: Jobs, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    elsewhere.add_worker(ROOT)
    jobs.start()
    for folder in ("core", "trainers"):
        shutil.copytree(ROOT / folder, tmp_path / "old" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "old" / "core" / "training" / "fit.py").open("a") as file:
        file.write("# of another time\n")
    elsewhere.add_worker(tmp_path / "old")  # which came after the first was found well
    with pytest.raises(SchedulerError, match=r"there ≠ here: Pizarra \w{8} ≠ \w{8}\. Install the same there"):
        launch(jobs, store, ANA, TASKS["iris"], "logistic_regression", {})
    assert [one.name for one in store.client.search_experiments()] == ["Default"]  # no run was made for it
    assert isinstance(jobs.workers.trouble, SchedulerError)
    with pytest.raises(PizarraError, match="Only the presenter may"):
        jobs.use_own_cluster(LUZ)
    jobs.use_own_cluster(ANA)
    assert trained(jobs, store) == "FINISHED"
    assert (jobs.workers.trouble, jobs.workers.given) == (None, "")


@pytest.mark.long
def test_a_worker_that_would_train_two_runs_in_one_process_is_told(jobs: Jobs, elsewhere: Elsewhere) -> None:
    elsewhere.add_worker(ROOT, threads=2)
    with pytest.raises(SchedulerError, match="there ≠ here: nthreads 2 ≠ 1"):
        jobs.start()


@pytest.mark.long
def test_a_worker_without_our_code_is_told(jobs: Jobs, elsewhere: Elsewhere) -> None:
    elsewhere.add_worker(None)
    with pytest.raises(SchedulerError, match=r"there ≠ here: Pizarra – ≠ \w{8}\."):
        jobs.start()


@pytest.mark.long
def test_a_scheduler_without_our_code_is_told(tmp_path: Path) -> None:
    bare = Elsewhere(tmp_path, code=None)
    try:
        with pytest.raises(SchedulerError, match=r"there ≠ here: Pizarra – ≠ \w{8}\."):
            Jobs(replace(settings(), dask_scheduler=bare.address)).start()
    finally:
        bare.end()


@pytest.mark.long
def test_a_scheduler_without_workers_is_no_error_as_they_may_come(jobs: Jobs) -> None:
    jobs.start()
    assert jobs.workers.trouble is None


@pytest.mark.long
def test_a_scheduler_that_went_away_is_told(jobs: Jobs, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.start()
    elsewhere.end()
    monkeypatch.setattr("core.training.workers.SCHEDULER_SECONDS", 1)
    with pytest.raises(SchedulerError, match="must answer within"):
        jobs.start()


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ({"Python": "3.9"}, r"Python 3\.9 ≠ 3\."),
        ({"dask": "2024.1.0", "distributed": "2024.1.0"}, r"dask 2024\.1\.0 ≠ .*, distributed 2024\.1\.0 ≠ "),
        ({"mlflow": "–", "numpy": "1", "pandas": "1", "skops": "1", "dask": "1"}, r"skops 1 ≠ [\d.]+ …\."),
    ],
)
def test_other_versions_are_told(theirs: Mapping[str, str], told: str) -> None:
    assert not versions.differences(versions.here())
    with pytest.raises(SchedulerError, match=told):
        versions._refuse_others("tcp://there:8786", [dict(theirs)])
