import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.access import Actor
from core.errors import ModelError, StoreError, TrainingError
from core.settings import ROOT, settings
from core.store.abandoned import ABANDONED, settle_abandoned
from core.store.connection import Store
from core.store.ends import settle
from core.store.owner import owner
from core.store.runs.tables import FAILURE_TAG, OWNER_TAG, PROGRESS_TAG
from core.store.runs.tracking import NoSuchRunError
from core.store.writer import schedule_run
from core.training.cluster import start_cluster
from core.training.endings import STOPPED, Stopped
from core.training.execution import Job, execute
from core.training.jobs import CONNECTION_LOST, TOO_LONG, WORKER_KILLED, Jobs
from core.training.long_tasks import Progress
from tests.fixtures import long_tasks
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.dashboards import free_port
from tests.fixtures.processes import has_ended, started, until
from tests.fixtures.servers import mlflow_server
from tests.fixtures.slow_task import TASK

pytestmark = pytest.mark.timeout(180)
LONG = 60.0  # seconds that no test waits for
PATIENCE = 60  # seconds; new workers import for some of them


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    """One cluster of two workers for the tests of this module."""
    jobs = Jobs(replace(settings(), workers=2, dask_scheduler=""))
    yield jobs
    jobs.close()


@pytest.fixture(autouse=True)
def _nothing_is_left_running(request: pytest.FixtureRequest, store: Store) -> Iterator[None]:
    yield
    if "jobs" in request.fixturenames:
        jobs = request.getfixturevalue("jobs")
        for run_id in jobs.active():
            jobs.stop(ANA, store, run_id)


def job(store: Store, algorithm: str = "slow", seconds: float | None = None) -> Job:
    run_id = schedule_run(store, ANA, experiment="slow", name=algorithm, tags={})
    return Job(store.uri, run_id, TASK, algorithm, {} if seconds is None else {"seconds": seconds})


def status(store: Store, job: Job) -> str:
    return str(store.client.get_run(job.run_id).info.status)


def outcome(store: Store, jobs: Jobs, job: Job) -> tuple[str, str]:
    assert until(lambda: job.run_id not in jobs.active(), PATIENCE)
    run = store.client.get_run(job.run_id)
    return run.info.status, run.data.tags.get(FAILURE_TAG, "")


def until_fitting(store: Store, *run_ids: str) -> None:
    for run_id in run_ids:
        assert until(lambda i=run_id: store.client.get_run(i).data.tags.get(PROGRESS_TAG) == "fitting", PATIENCE)


def test_a_job_finishes_with_everything_written(store: Store, jobs: Jobs):
    one = job(store)
    jobs.submit(ANA, one)
    assert outcome(store, jobs, one) == ("FINISHED", "")
    run = store.client.get_run(one.run_id)
    assert run.data.metrics["test_accuracy"] > 0.9
    assert run.data.params["seconds"] == "0.0"


def test_a_failing_fit_says_why_and_the_next_job_works(store: Store, jobs: Jobs):
    broken, fine = job(store, "broken"), job(store)
    jobs.submit(ANA, broken)
    jobs.submit(ANA, fine)
    assert outcome(store, jobs, broken) == ("FAILED", "the chalk broke")
    assert outcome(store, jobs, fine) == ("FINISHED", "")


@pytest.mark.long
def test_a_parameter_out_of_range_fails_its_run(store: Store, jobs: Jobs):
    wrong = job(store, seconds=-1.0)
    jobs.submit(ANA, wrong)
    assert outcome(store, jobs, wrong) == (
        "FAILED",
        "seconds must be a number from 0.0 to 60.0, but it is -1.0. Choose another value for seconds.",
    )


def test_a_killed_worker_fails_its_run_only(store: Store, jobs: Jobs):
    other = job(store, seconds=LONG)
    jobs.submit(ANA, other)
    until_fitting(store, other.run_id)
    deadly, following = job(store, "deadly"), job(store)
    jobs.submit(ANA, deadly)
    jobs.submit(ANA, following)
    assert outcome(store, jobs, deadly) == ("FAILED", WORKER_KILLED)
    assert outcome(store, jobs, following) == ("FINISHED", "")
    assert status(store, other) == "RUNNING"


@pytest.mark.long
def test_stopping_a_running_and_a_waiting_job_leaves_the_others_alone(store: Store, jobs: Jobs):
    running, other = job(store, seconds=LONG), job(store, seconds=LONG)
    jobs.submit(ANA, running)
    jobs.submit(ANA, other)
    until_fitting(store, running.run_id, other.run_id)
    waiting, stopped_early = job(store), job(store)
    jobs.submit(ANA, stopped_early)
    jobs.submit(ANA, waiting)
    assert jobs.active() == [running.run_id, other.run_id, stopped_early.run_id, waiting.run_id]
    assert jobs.stop(ANA, store, stopped_early.run_id) is Stopped.NOW
    assert outcome(store, jobs, stopped_early) == ("KILLED", STOPPED)
    assert jobs.stop(ANA, store, running.run_id) is Stopped.NOW
    assert outcome(store, jobs, running) == ("KILLED", STOPPED)
    assert outcome(store, jobs, waiting) == ("FINISHED", "")
    assert status(store, other) == "RUNNING"


@pytest.mark.long
def test_what_a_person_waits_for_is_answered_while_all_who_train_are_busy(store: Store, jobs: Jobs):
    busy = [job(store, seconds=LONG) for _ in range(4)]
    for one in busy:
        jobs.submit(ANA, one)
    until_fitting(store, busy[0].run_id, busy[1].run_id)
    assert jobs.workers.answer(sorted, [3, 1, 2]) == [1, 2, 3]
    assert jobs.workers.begin(long_tasks.count_to, 10).result() == 10
    assert [status(store, one) for one in busy] == ["RUNNING", "RUNNING", "SCHEDULED", "SCHEDULED"]


@pytest.mark.long
def test_visitors_take_turns_and_each_run_that_waits_has_its_place(store: Store, jobs: Jobs):
    many = [job(store, seconds=LONG) for _ in range(5)]
    for one in many:
        jobs.submit(ANA, one)
    another = job(store, seconds=LONG)
    jobs.submit(LUZ, another)
    waiting = [another, *many[2:]]
    assert [jobs.place(one.run_id) for one in waiting] == [1, 2, 3, 4]
    assert [jobs.place(one.run_id) for one in many[:2]] == [None, None]
    assert jobs.stop(ANA, store, many[2].run_id) is Stopped.NOW
    assert [jobs.place(one.run_id) for one in waiting] == [1, None, 2, 3]
    assert jobs.stop(ANA, store, many[0].run_id) is Stopped.NOW
    until_fitting(store, another.run_id)
    assert [jobs.place(one.run_id) for one in many[3:]] == [1, 2]


@pytest.mark.long
def test_runs_that_take_too_long_are_ended_and_others_get_their_workers(
    store: Store, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.jobs.MINUTE", 5 / settings().run_minutes)
    long = [job(store, seconds=LONG) for _ in range(2)]
    for one, whose in zip(long, (ANA, LUZ), strict=True):
        jobs.submit(whose, one)
    short = job(store)
    jobs.submit(Actor("Eva", "audience", member="3"), short)
    assert outcome(store, jobs, short) == ("FINISHED", "")
    reasons = [outcome(store, jobs, one) for one in long]
    assert ("FAILED", f"{TOO_LONG}\nPIZARRA_RUN_MINUTES=30") in reasons
    assert {ended for ended, _reason in reasons} == {"FAILED"}


@pytest.mark.part(4)
@pytest.mark.parametrize(
    ("trainer", "said", "after"),
    [
        (owner(), Stopped.NOW, "KILLED"),
        ("another-machine:1:0.0", Stopped.ELSEWHERE, "SCHEDULED"),
        (f"{owner().split(':')[0]}:{2**22 + 1}:0.0", Stopped.NOW, "KILLED"),  # no process has this number
    ],
    ids=["left behind by this one", "trained by another program", "left behind by one that has gone"],
)
def test_stopping_says_what_it_did_to_a_run_that_is_not_trained_here(
    store: Store, trainer: str, said: Stopped, after: str
):
    left = job(store)
    store.client.set_tag(left.run_id, OWNER_TAG, trainer)
    assert Jobs(settings()).stop(ANA, store, left.run_id) is said
    assert status(store, left) == after


def test_a_run_that_has_ended_or_is_not_there_cannot_be_stopped(store: Store):
    ended = job(store)
    settle(store, ended.run_id, status="FAILED", reason="The chalk broke.")
    jobs = Jobs(settings())
    assert jobs.stop(ANA, store, ended.run_id) is Stopped.ENDED
    with pytest.raises(NoSuchRunError):
        jobs.stop(ANA, store, "nobody's run")


@pytest.mark.long
def test_runs_whose_store_went_away_are_settled_when_it_is_back(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("core.training.workers.SCHEDULER_SECONDS", 1)
    jobs, port = Jobs(replace(settings(), dask_scheduler="tcp://127.0.0.1:9")), free_port()  # nobody trains them
    with mlflow_server(store.uri, tmp_path, port) as served:
        failed, stopped = job(served), job(served)
    for one in (failed, stopped):
        with pytest.raises(TrainingError):
            jobs.submit(ANA, one)
    assert jobs.stop(ANA, served, stopped.run_id) is Stopped.LATER
    assert jobs.active() == [failed.run_id, stopped.run_id]
    assert (status(store, failed), status(store, stopped)) == ("SCHEDULED", "SCHEDULED")
    with mlflow_server(store.uri, tmp_path, port):
        assert outcome(store, jobs, stopped) == ("KILLED", STOPPED)
        assert outcome(store, jobs, failed)[0] == "FAILED"


@pytest.mark.long
def test_what_follows_a_batch_waits_for_all_of_it(store: Store, jobs: Jobs):
    fine, broken = job(store, seconds=0.2), job(store, "broken")
    seen: list[str] = []
    batch = jobs.submit_all(ANA, [broken, fine], then=lambda: seen.extend(status(store, one) for one in (broken, fine)))
    assert batch.wait(60)
    assert seen == ["FAILED", "FINISHED"]


def test_a_long_task_says_how_far_it_is_and_what_came_of_it(jobs: Jobs):
    task = jobs.workers.begin(long_tasks.count_to, 1000)
    assert task.result() == 1000
    assert until(lambda: task.progress() == Progress(1000, 1000), 5)
    assert task.is_done


def test_a_long_task_that_was_cancelled_ends_where_it_reports_next(jobs: Jobs, tmp_path: Path):
    task = jobs.workers.begin(long_tasks.count_slowly, str(tmp_path), LONG)
    assert until(lambda: task.progress() == Progress(1, 2), PATIENCE)
    assert Progress(1, 2).fraction == 0.5
    pids = jobs.workers.begin(long_tasks.pids).result()
    task.cancel()
    with pytest.raises(TrainingError, match="was stopped before it was done"):
        task.result()
    assert jobs.workers.begin(long_tasks.count_to, 1).result() == 1
    assert not (tmp_path / "done").exists()
    assert pids == jobs.workers.begin(long_tasks.pids).result()  # and its worker goes on


def test_a_long_task_that_nobody_holds_any_more_ends(jobs: Jobs, tmp_path: Path):
    tasks = [jobs.workers.begin(long_tasks.count_slowly, str(tmp_path), LONG) for _ in range(2)]
    assert until(lambda: all(task.progress() for task in tasks), PATIENCE)
    following = jobs.workers.begin(long_tasks.count_to, 1)
    tasks.clear()
    assert following.result() == 1


def test_a_cancelled_task_that_says_nothing_loses_its_worker(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.training.long_tasks.STOP_SECONDS", 0.1)
    tasks = [jobs.workers.begin(long_tasks.say_nothing, LONG) for _ in range(2)]
    assert until(lambda: all(task.progress() for task in tasks), PATIENCE)
    following = jobs.workers.begin(long_tasks.count_to, 1)
    tasks[0].cancel()
    assert following.result() == 1
    tasks[1].cancel()


def test_an_error_in_a_long_task_is_raised_where_its_result_is_asked(jobs: Jobs):
    with pytest.raises(ModelError, match=r"The chalk broke\."):
        jobs.workers.begin(long_tasks.refuse).result()


def test_a_killed_worker_ends_its_long_task_with_what_to_do(jobs: Jobs):
    with pytest.raises(TrainingError, match=r"was killed, for example because memory ran out\. Try again with fewer"):
        jobs.workers.begin(long_tasks.die).result()


@pytest.mark.part(3)
@pytest.mark.parametrize("ended", ["FINISHED", "FAILED", "KILLED"])
def test_a_run_that_has_ended_is_not_trained_again(store: Store, ended: str):
    done = job(store, "broken")  # it would raise
    store.client.set_terminated(done.run_id, ended)
    execute(done)
    assert status(store, done) == ended


@pytest.mark.long
def test_a_dead_cluster_fails_its_runs_and_is_replaced(store: Store, jobs: Jobs):
    lost, waiting = job(store, seconds=LONG), job(store, seconds=LONG)
    jobs.submit(ANA, lost)
    until_fitting(store, lost.run_id)
    jobs.submit(ANA, waiting)
    assert jobs.workers._cluster is not None
    jobs.workers._cluster.process.kill()
    assert outcome(store, jobs, lost) == ("FAILED", CONNECTION_LOST)
    assert outcome(store, jobs, waiting) == ("FAILED", CONNECTION_LOST)
    following = job(store)
    jobs.submit(ANA, following)
    assert outcome(store, jobs, following) == ("FINISHED", "")


@pytest.mark.long
def test_closing_ends_what_runs_in_a_given_cluster_and_leaves_the_cluster(store: Store):
    cluster = start_cluster(1)
    try:
        jobs = Jobs(replace(settings(), dask_scheduler=cluster.address))
        fine, running = job(store), job(store, seconds=LONG)
        jobs.submit(ANA, fine)
        jobs.submit(ANA, running)
        assert outcome(store, jobs, fine) == ("FINISHED", "")
        until_fitting(store, running.run_id)
        jobs.close()
        assert outcome(store, jobs, running) == ("FAILED", ABANDONED)
        assert cluster.is_alive
    finally:
        cluster.close()


@pytest.mark.long
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://here"])
def test_a_scheduler_that_does_not_answer_fails_the_run_and_says_so(store: Store, address: str):
    jobs = Jobs(replace(settings(), dask_scheduler=address))
    unlucky = job(store)
    with pytest.raises(TrainingError, match="must answer within 5 seconds"):
        jobs.submit(ANA, unlucky)
    ended, reason = outcome(store, jobs, unlucky)
    assert ended == "FAILED"
    assert reason.startswith(f"The Dask scheduler {address} must answer within 5 seconds, but it does not.")


@pytest.mark.long  # tests/browser/test_training.py does the same to a real dashboard
def test_a_killed_dashboard_leaves_no_process_and_its_run_is_settled(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIZARRA_WORKERS", "1")
    with started(
        [sys.executable, "-m", "tests.fixtures.doomed_dashboard", store.uri],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as dashboard:
        assert dashboard.stdout is not None
        run_id = dashboard.stdout.readline().strip()
        until_fitting(store, run_id)
        assert settle_abandoned(store) == 0  # its dashboard lives
        processes = psutil.Process(dashboard.pid).children(recursive=True)
        assert len(processes) >= 3
        os.kill(dashboard.pid, signal.SIGKILL)
        assert until(lambda: all(has_ended(process) for process in processes), 5)
    assert settle_abandoned(store) == 1
    run = store.client.get_run(run_id)
    assert (run.info.status, run.data.tags[FAILURE_TAG]) == ("FAILED", ABANDONED)


def test_a_worker_answers_what_a_person_waits_for(jobs: Jobs) -> None:
    assert jobs.workers.answer(sorted, [3, 1, 2]) == [1, 2, 3]


@pytest.mark.long
def test_what_an_answer_raises_is_raised_here(jobs: Jobs) -> None:
    with pytest.raises(StoreError, match="There is no registered model 'nobody'"):
        jobs.workers.answer(refuse, "nobody")


def test_an_answer_that_does_not_come_is_said(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.workers.ANSWER_SECONDS", 0.2)
    with pytest.raises(TrainingError, match=r"The answer must come within 0\.2 seconds"):
        jobs.workers.answer(time.sleep, 2)


def refuse(name: str) -> None:
    raise StoreError("There is no registered model {name}.", "", name=repr(name))
