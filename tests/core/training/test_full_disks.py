"""A disk that is really full: runs and sweeps end or wait truly, and nothing is lost once there is room again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import StoreError
from core.settings import settings
from core.store.connection import Store, open_store, sqlite_path
from core.store.full_disk import FULL
from core.store.kept_results import kept_results
from core.store.runs.tables import FAILURE_TAG, PROGRESS_TAG
from core.store.runs.tracking import get_run
from core.store.uploading import upload_results
from core.store.writer import KEPT, schedule_run
from core.training.execution import Job
from core.training.jobs import Jobs
from core.training.sweeps.conductor import ALL_FAILED
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Values
from core.training.sweeps.sweeps import Sweeps
from core.training.sweeps.trials import Trial, newest, read_trials
from tests.fixtures.actors import ANA
from tests.fixtures.invariant import faults
from tests.fixtures.processes import until
from tests.fixtures.slow_task import TASK
from tests.fixtures.small_disks import fill, make_room, small_disk
from tests.fixtures.sweep_task import TASK as SWEPT

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]  # each has a cluster of its own, and a minute to wait
PATIENCE = 120
PLAN = SweepPlan(SWEPT.name, "neighbours", (Values("neighbours", tuple(range(1, 7))),), "accuracy", sampler="grid")


@pytest.fixture
def jobs(offline: None) -> Iterator[Jobs]:
    """A cluster that keeps results where the test does."""
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    jobs.start()
    yield jobs
    jobs.close()


def job(store: Store, algorithm: str = "slow", seconds: float = 0.0) -> Job:
    run_id = schedule_run(store, ANA, experiment="slow", name=algorithm, tags={})
    return Job(store.uri, run_id, TASK, algorithm, {"seconds": seconds})


def trials(store: Store, run_id: str) -> list[Trial]:
    return read_trials(store, run_id, "accuracy")


def reason(store: Store, run_id: str) -> str:
    return get_run(store, run_id).tags.get(FAILURE_TAG, "")


def runs_of(store: Store, run_id: str) -> list[str]:
    """Return the ids of a sweep's run, of its trials and of the baseline that came along."""
    found = store.client.search_runs([get_run(store, run_id).experiment_id])
    return [run.info.run_id for run in found]


def test_a_full_artifact_store_fails_runs_and_trials_in_words_and_takes_all_later(
    store: Store, jobs: Jobs, sweeps: Sweeps
) -> None:
    path = sqlite_path(store.uri)
    assert path is not None
    with small_disk(path.parent / "mlartifacts") as disk:
        fill(disk)
        one = job(store)
        jobs.submit(ANA, one)
        assert until(lambda: not jobs.active(), PATIENCE)
        ours, full, theirs = reason(store, one.run_id).split("\n", 2)
        assert (ours, full) == (KEPT, FULL)
        assert "No space left on device" in theirs
        assert faults(store, [one.run_id]) == []

        run_id = sweeps.begin(store, ANA, SWEPT, PLAN)
        assert until(lambda: sweeps.get(run_id) is None, PATIENCE)
        assert (get_run(store, run_id).status, reason(store, run_id)) == ("FAILED", ALL_FAILED)
        failed = [trial for trial in trials(store, run_id) if trial.outcome == "failed"]
        assert len(failed) == 5
        assert all(trial.reason.startswith(f"{FULL}\n") and trial.value is None for trial in failed)

        make_room(disk)
        assert upload_results(store, ANA, settings().cache_dir, one.run_id)
        assert sweeps.retry(store, ANA, SWEPT, run_id) == 5
        assert until(lambda: sweeps.get(run_id) is None, PATIENCE)
        assert {trial.outcome for trial in newest(trials(store, run_id))} == {"finished"}
        assert get_run(store, run_id).status == "FINISHED"
        others = runs_of(store, run_id)
        assert faults(store, [one.run_id], others=others) == []
        assert all(get_run(store, other).status in ("FINISHED", "FAILED") for other in others)


def test_a_full_disk_below_the_store_itself_is_said_and_all_goes_on_once_there_is_room(
    migrated_database: Path, tmp_path: Path, jobs: Jobs, sweeps: Sweeps
) -> None:
    with small_disk(tmp_path / "disk", 24) as disk:
        shutil.copy(migrated_database, disk / "mlflow.db")
        store = open_store(f"sqlite:///{disk / 'mlflow.db'}")
        one = job(store, "impatient", seconds=3.0)
        jobs.submit(ANA, one)
        assert until(lambda: get_run(store, one.run_id).tags.get(PROGRESS_TAG) == "fitting", PATIENCE)
        fill(disk)
        with pytest.raises(StoreError) as refused:
            job(store)
        assert refused.value.message == FULL
        assert until(lambda: bool(kept_results(settings().cache_dir)), PATIENCE)
        assert get_run(store, one.run_id).status == "RUNNING"  # nothing can be written, and it counts as active
        assert jobs.active() == [one.run_id]
        make_room(disk)
        assert until(lambda: not jobs.active(), PATIENCE)
        assert reason(store, one.run_id).startswith(KEPT)
        assert upload_results(store, ANA, settings().cache_dir, one.run_id)
        assert faults(store, [one.run_id]) == []

        run_id = sweeps.begin(store, ANA, SWEPT, replace(PLAN, fixed={"seconds": 0.2}))
        assert until(lambda: len(trials(store, run_id)) >= 2, PATIENCE)
        fill(disk)
        conductor = sweeps.get(run_id)
        assert conductor is not None
        assert until(lambda: conductor.trouble is not None, PATIENCE)
        assert conductor.trouble is not None
        assert conductor.trouble.message == FULL
        make_room(disk)
        assert until(lambda: sweeps.get(run_id) is None, PATIENCE)
        assert conductor.trouble is None
        assert get_run(store, run_id).status == "FINISHED"
        found = trials(store, run_id)
        assert len(found) == len({trial.key for trial in found}) == 6
        assert {trial.outcome for trial in found} == {"finished"}
