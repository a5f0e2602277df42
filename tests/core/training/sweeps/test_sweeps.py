"""Sweeps on a real cluster of two workers: what is tried, what people may say to it, and what is left afterwards."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.access import Actor
from core.errors import ParameterError, PizarraError, TrainingError
from core.settings import ROOT, settings
from core.store.connection import Store
from core.store.ends import settle
from core.store.registry.registered_models import find_model
from core.store.runs.evaluations import read_folds
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, FOLDS_TAG, OWNER_TAG, PARENT_TAG, STUDENT_TAG
from core.store.runs.tracking import find_runs, get_run
from core.training.cluster import start_cluster
from core.training.endings import STOPPED
from core.training.jobs import WORKER_KILLED, Jobs
from core.training.sweeps.conductor import ALL_FAILED, TOO_LONG
from core.training.sweeps.plan import SweepPlan, to_text
from core.training.sweeps.space import Values
from core.training.sweeps.sweeps import MOST_EACH, Sweeps, sweep_of
from core.training.sweeps.trials import ACTIVE_TAG, SWEEP_TAG, Trial, newest, read_trials
from core.training.sweeps.trying import GIVEN_UP
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.dashboards import free_port
from tests.fixtures.processes import has_ended, until
from tests.fixtures.servers import mlflow_server
from tests.fixtures.sweep_task import TASK

pytestmark = pytest.mark.timeout(240)
PATIENCE = 90


def grid(count: int, **others: object) -> SweepPlan:
    varied = (Values("neighbours", tuple(range(1, count + 1))),)
    plan = SweepPlan(TASK.name, "neighbours", varied, "accuracy", sampler="grid", trials=1000)
    return replace(plan, **others)  # type: ignore[arg-type]


SLOW = replace(grid(4), fixed={"seconds": 30.0})


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    """One cluster of two workers for the tests of this module."""
    jobs = Jobs(replace(settings(), workers=2, dask_scheduler=""))
    yield jobs
    jobs.close()


def ended(sweeps: Sweeps, run_id: str, seconds: float = PATIENCE) -> bool:
    return until(lambda: sweeps.get(run_id) is None, seconds)


def trials(store: Store, run_id: str) -> list[Trial]:
    return read_trials(store, run_id, "accuracy")


def state(store: Store, run_id: str) -> str:
    sweep = sweep_of(get_run(store, run_id))
    assert sweep is not None
    return sweep.state


def running(store: Store, run_id: str, count: int) -> bool:
    def learning() -> bool:
        return sum(trial.outcome == "running" for trial in trials(store, run_id)) == count

    return until(learning, PATIENCE)


@pytest.mark.long
def test_a_grid_is_tried_whole_and_each_trial_is_a_run_of_its_own(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, replace(ANA, name="Ana"), TASK, grid(6))
    assert ended(sweeps, run_id)

    found = trials(store, run_id)
    assert [trial.number for trial in found] == [1, 2, 3, 4, 5, 6]
    assert [trial.cell["neighbours"] for trial in found] == [1, 2, 3, 4, 5, 6]
    for trial in found:
        run = get_run(store, trial.run_id)
        assert (run.status, run.tags[PARENT_TAG], run.tags[STUDENT_TAG]) == ("FINISHED", run_id, "Ana")
        assert run.params["neighbours"] == str(trial.cell["neighbours"])
        assert run.params["cv_folds"] == "5"
        assert run.metrics["cv_accuracy"] == pytest.approx(sum(trial.folds) / 5) == pytest.approx(trial.value)
        assert not [name for name in run.metrics if name.startswith("test_")]  # nobody has asked the test rows
        assert len(read_folds(store, trial.run_id)) == 5
        assert [use.name for use in run.datasets] == ["iris"]
    assert len({get_run(store, trial.run_id).tags[FOLDS_TAG] for trial in found}) == 1
    sweep = get_run(store, run_id)
    assert (sweep.status, sweep.parent_id, dict(sweep.metrics)) == ("FINISHED", "", {})
    assert len(find_runs(store, f"tags.`{ALGORITHM_TAG}` = '{BASELINE}'")) == 1  # run 0 came along


@pytest.mark.long
def test_the_test_rows_are_asked_where_the_plan_says_so(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(2, test_rows="shown"))
    assert ended(sweeps, run_id)
    assert all(trial.test_value is not None for trial in trials(store, run_id))


@pytest.mark.long
def test_a_paused_sweep_launches_nothing_until_it_goes_on(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(8, fixed={"seconds": 0.1}))
    assert until(lambda: len(trials(store, run_id)) >= 2, PATIENCE)
    sweeps.pause(ANA, run_id)
    assert until(lambda: state(store, run_id) == "paused", PATIENCE)
    assert until(lambda: all(one.outcome == "finished" for one in trials(store, run_id)), PATIENCE)
    before = len(trials(store, run_id))
    time.sleep(1.5)
    assert len(trials(store, run_id)) == before < 8
    assert get_run(store, run_id).status == "RUNNING"

    sweeps.resume(store, ANA, TASK, run_id)
    assert ended(sweeps, run_id)
    assert len(trials(store, run_id)) == len({one.key for one in trials(store, run_id)}) == 8


@pytest.mark.long
def test_a_stopped_sweep_lets_its_trials_end_and_goes_on_later(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(8, fixed={"seconds": 0.1}))
    assert until(lambda: len(trials(store, run_id)) >= 2, PATIENCE)
    sweeps.stop(ANA, run_id)
    assert ended(sweeps, run_id)
    found = trials(store, run_id)
    assert get_run(store, run_id).status == "FINISHED"
    assert {trial.outcome for trial in found} == {"finished"}
    assert len(found) < 8

    sweeps.resume(store, ANA, TASK, run_id)
    assert ended(sweeps, run_id)
    assert len(trials(store, run_id)) == len({one.key for one in trials(store, run_id)}) == 8


@pytest.mark.long
def test_a_sweep_ends_when_its_minutes_are_over_and_more_are_given_by_widening_it(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(6, fixed={"seconds": 0.1}))
    assert until(lambda: len(trials(store, run_id)) >= 2, PATIENCE)
    sweeps.stop(ANA, run_id)
    assert ended(sweeps, run_id)
    before = len(trials(store, run_id))
    store.client.set_tag(run_id, ACTIVE_TAG, str(30 * 60))
    sweeps.resume(store, ANA, TASK, run_id)
    assert ended(sweeps, run_id)
    assert (get_run(store, run_id).status, len(trials(store, run_id))) == ("FINISHED", before)
    sweeps.widen(store, ANA, TASK, run_id, grid(6, fixed={"seconds": 0.1}, minutes=60.0))
    assert ended(sweeps, run_id)
    assert len(trials(store, run_id)) == 6


@pytest.mark.long
def test_a_cancelled_sweep_ends_with_its_trials_and_they_can_be_tried_again(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, replace(SLOW, fixed={}, varied=(Values("seconds", (20.0, 21.0)),)))
    assert running(store, run_id, 2)
    sweeps.cancel(ANA, run_id)
    assert ended(sweeps, run_id, 10)
    assert get_run(store, run_id).status == "KILLED"
    assert [(one.outcome, one.reason) for one in trials(store, run_id)] == [("stopped", STOPPED)] * 2
    with pytest.raises(TrainingError, match="must be under way here"):
        sweeps.pause(ANA, run_id)

    assert sweeps.retry(store, ANA, TASK, run_id) == 2
    assert running(store, run_id, 2)
    again = trials(store, run_id)
    assert [one.cell for one in again[2:]] == [one.cell for one in again[:2]]


@pytest.mark.long
@pytest.mark.parametrize("taken", ["ended", "owned"])
def test_a_sweep_that_was_ended_in_the_store_or_is_anothers_is_left_alone(
    store: Store, sweeps: Sweeps, taken: str
) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(40, fixed={"seconds": 0.1}))
    assert until(lambda: len(trials(store, run_id)) >= 2, PATIENCE)
    if taken == "ended":
        settle(store, run_id, status="KILLED", reason="by somebody")
    else:
        store.client.set_tag(run_id, OWNER_TAG, "another-machine:1:0.0")
    assert ended(sweeps, run_id)
    assert get_run(store, run_id).status == ("KILLED" if taken == "ended" else "RUNNING")
    found = trials(store, run_id)
    assert len(found) < 20
    assert {one.outcome for one in found} <= {"finished", "lost"}


@pytest.mark.long
def test_a_trial_that_takes_too_long_is_ended_and_the_others_go_on(store: Store, sweeps: Sweeps) -> None:
    plan = replace(grid(1), varied=(Values("seconds", (0.0, 50.0, 0.01)),), trial_minutes=0.1)
    run_id = sweeps.begin(store, ANA, TASK, plan)
    assert ended(sweeps, run_id)
    found = {one.cell["seconds"]: one for one in trials(store, run_id)}
    assert (found[50.0].outcome, found[50.0].reason) == ("failed", TOO_LONG)
    assert found[0.0].outcome == found[0.01].outcome == "finished"


@pytest.mark.long
def test_what_fails_or_dies_says_why_and_can_be_retried_alone(store: Store, sweeps: Sweeps) -> None:
    plan = replace(grid(2), varied=(Values("breaks", (False, True)), Values("kills", (False, True))))
    run_id = sweeps.begin(store, ANA, TASK, plan)
    assert ended(sweeps, run_id)
    found = {(one.cell["breaks"], one.cell["kills"]): one for one in trials(store, run_id)}
    assert found[False, False].outcome == "finished"
    assert (found[True, False].outcome, found[True, False].reason) == ("failed", "the chalk broke")
    assert (found[False, True].outcome, found[False, True].reason) == ("failed", WORKER_KILLED)

    assert sweeps.retry(store, ANA, TASK, run_id) == 3
    assert ended(sweeps, run_id)
    assert len(trials(store, run_id)) == 7
    assert Counter(one.outcome for one in newest(trials(store, run_id))) == {"failed": 3, "finished": 1}


@pytest.mark.long
def test_a_sweep_of_which_all_fails_ends_early_and_says_so(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(40, fixed={"breaks": True}))
    assert ended(sweeps, run_id)
    assert get_run(store, run_id).tags["pizarra.failure"] == ALL_FAILED
    assert len(trials(store, run_id)) < 10


@pytest.mark.long
def test_a_hopeless_trial_is_given_up_before_its_last_fold(store: Store, sweeps: Sweeps) -> None:
    varied = (Values("neighbours", (1, 3, 5, 7, 9, 11, 80, 1000)),)
    run_id = sweeps.begin(store, ANA, TASK, replace(grid(1), varied=varied, prunes=True, at_once=1))
    assert ended(sweeps, run_id)
    worst = trials(store, run_id)[-1]
    assert (worst.outcome, worst.reason, worst.value) == ("pruned", GIVEN_UP, None)
    assert len(worst.folds) < 5
    assert get_run(store, worst.run_id).status == "KILLED"


@pytest.mark.long
def test_a_finished_sweep_is_widened_and_only_what_is_new_is_tried(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(3))
    assert ended(sweeps, run_id)
    sweeps.widen(store, ANA, TASK, run_id, grid(5))
    assert ended(sweeps, run_id)
    assert [one.cell["neighbours"] for one in trials(store, run_id)] == [1, 2, 3, 4, 5]
    with pytest.raises(ParameterError, match="measure the same thing"):
        sweeps.widen(store, ANA, TASK, run_id, grid(5, objective="f1"))
    with pytest.raises(ParameterError, match="measure the same thing"):
        sweeps.widen(store, ANA, TASK, run_id, grid(5, fixed={"seconds": 0.1}))


@pytest.mark.long
def test_the_best_is_trained_and_registered_with_one_press(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(2))
    assert ended(sweeps, run_id)
    refitted = sweeps.refit(store, ANA, TASK, run_id, {"neighbours": 2}, model="best")
    assert until(lambda: _registered(store, "best") == [refitted], PATIENCE)
    run = get_run(store, refitted)
    assert run.params["neighbours"] == "2"
    assert "test_accuracy" in run.metrics
    sweep = sweep_of(get_run(store, run_id))
    assert sweep is not None
    assert sweep.refit == refitted


def _registered(store: Store, name: str) -> list[str]:
    try:
        return [version.run_id for version in find_model(store, name).versions]
    except PizarraError:
        return []


@pytest.mark.long
def test_what_somebody_else_began_is_not_for_everybody_to_end(store: Store, sweeps: Sweeps) -> None:
    other = Actor("Eva", "audience", member="2")
    run_id = sweeps.begin(store, LUZ, TASK, SLOW)
    assert sweeps.is_of(LUZ, run_id)
    for deed in (sweeps.pause, sweeps.stop, sweeps.cancel):
        with pytest.raises(PizarraError, match="Only the presenter"):
            deed(other, run_id)
    with pytest.raises(PizarraError, match="Only the presenter"):
        sweeps.resume(store, other, TASK, run_id)
    sweeps.cancel(LUZ, run_id)
    assert ended(sweeps, run_id, 20)
    with pytest.raises(PizarraError, match="Only the presenter"):
        sweeps.resume(store, other, TASK, run_id)


@pytest.mark.long
def test_one_visitor_has_some_sweeps_at_once_and_no_more(store: Store, sweeps: Sweeps) -> None:
    begun = [sweeps.begin(store, LUZ, TASK, SLOW) for _ in range(MOST_EACH)]
    with pytest.raises(TrainingError, match=f"may have {MOST_EACH} sweeps"):
        sweeps.begin(store, LUZ, TASK, SLOW)
    for run_id in begun:
        sweeps.cancel(ANA, run_id)
    assert all(ended(sweeps, run_id, 30) for run_id in begun)


@pytest.mark.long
def test_what_is_no_sweep_or_of_another_task_is_told(store: Store, sweeps: Sweeps) -> None:
    run_id = sweeps.begin(store, ANA, TASK, grid(1))
    assert ended(sweeps, run_id)
    baseline = find_runs(store, f"tags.`{ALGORITHM_TAG}` = '{BASELINE}'").ids[0]
    with pytest.raises(TrainingError, match="must be a sweep"):
        sweeps.resume(store, ANA, TASK, baseline)
    with pytest.raises(TrainingError, match="of the task sweep_iris"):
        sweeps.resume(store, ANA, replace(TASK, name="other"), run_id)
    store.client.set_tag(baseline, SWEEP_TAG, "{")
    assert sweep_of(get_run(store, baseline)) is None


@pytest.mark.long
def test_a_closed_dashboard_leaves_a_sweep_that_goes_on(store: Store, jobs: Jobs) -> None:
    first, second = Sweeps(jobs), Sweeps(jobs)
    run_id = first.begin(store, ANA, TASK, grid(6, fixed={"seconds": 0.2}))
    assert until(lambda: len(trials(store, run_id)) >= 3, PATIENCE)
    first.close()
    assert get_run(store, run_id).status == "FAILED"
    second.resume(store, ANA, TASK, run_id)
    assert ended(second, run_id)
    assert _trained_once(store, run_id, 6)


def _trained_once(store: Store, run_id: str, count: int) -> bool:
    found = trials(store, run_id)
    finished = Counter(one.key for one in found if one.outcome == "finished")
    return (
        len(finished) == count
        and set(finished.values()) == {1}
        and all(one.outcome in ("finished", "lost", "stopped") for one in found)
    )


def _goes_on(store: Store, run_id: str) -> bool:
    before = len(trials(store, run_id))
    return until(lambda: len(trials(store, run_id)) > before, PATIENCE)


def _go_on(store: Store, plan: SweepPlan, run_id: str, scheduler: str = "") -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fixtures.doomed_sweep", store.uri, to_text(plan), run_id],
        cwd=ROOT, env=os.environ | {"PIZARRA_DASK_SCHEDULER": scheduler}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as said:
        return process, said.readline().strip()


@pytest.mark.long
@pytest.mark.parametrize(
    ("cells", "kills"), [(8, 1), pytest.param(500, 10, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_a_sweep_that_is_killed_at_any_moment_trains_each_cell_once(store: Store, cells: int, kills: int) -> None:
    across = 50 if cells > 50 else cells
    seconds = Values("seconds", tuple(number / 1000 for number in range(cells // across)))
    plan = grid(across, minutes=600.0)
    plan, run_id = replace(plan, varied=(*plan.varied, seconds)), ""
    chance = random.Random(15)  # noqa: S311 - when to kill
    for _kill in range(kills):
        process, run_id = _go_on(store, plan, run_id)
        assert _goes_on(store, run_id)
        time.sleep(chance.uniform(0, 2 if cells < 100 else 8))
        started = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        assert until(lambda started=started: all(map(has_ended, started)), 60)  # type: ignore[misc]
    process, run_id = _go_on(store, plan, run_id)
    assert process.wait(1800) == 0
    assert get_run(store, run_id).status == "FINISHED"
    assert _trained_once(store, run_id, cells)
    assert not find_runs(store, "attributes.status = 'RUNNING'").ids
    assert not find_runs(store, "attributes.status = 'SCHEDULED'").ids


@pytest.mark.long
@pytest.mark.long
def test_workers_that_outlive_the_dashboard_train_no_cell_twice(store: Store) -> None:
    """In a given cluster what was sent goes on, though nobody waits for it any more."""
    cluster, plan = start_cluster(2), grid(6, fixed={"seconds": 0.3})
    try:
        process, run_id = _go_on(store, plan, "", cluster.address)
        assert running(store, run_id, 1)
        process.kill()
        process.wait()
        process, run_id = _go_on(store, plan, run_id, cluster.address)
        assert process.wait(PATIENCE) == 0
    finally:
        cluster.close()
    assert _trained_once(store, run_id, 6)


@pytest.mark.long
def test_a_sweep_waits_for_a_server_that_is_away_and_can_be_cancelled_meanwhile(
    store_uri: str, tmp_path: Path, sweeps: Sweeps, jobs: Jobs
) -> None:
    port, plan = free_port(), grid(8, fixed={"seconds": 0.3})
    with mlflow_server(store_uri, tmp_path, port) as store:
        run_id = sweeps.begin(store, ANA, TASK, plan)
        assert until(lambda: len(trials(store, run_id)) >= 3, PATIENCE)
    time.sleep(4)
    assert sweeps.get(run_id) is not None
    with mlflow_server(store_uri, tmp_path, port) as store:
        assert ended(sweeps, run_id)
        assert get_run(store, run_id).status == "FINISHED"
        assert _trained_once(store, run_id, 8)
        other = sweeps.begin(store, ANA, TASK, replace(SLOW, seed=1))
        assert running(store, other, 2)
    sweeps.cancel(ANA, other)
    workers = jobs.workers.connected()
    assert until(lambda: not any(workers.processing().values()), 10)
    with mlflow_server(store_uri, tmp_path, port) as store:
        assert ended(sweeps, other)
        assert get_run(store, other).status == "KILLED"
        assert until(lambda: {one.outcome for one in trials(store, other)} <= {"stopped", "lost"}, PATIENCE)
