from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import Actor
from core.classroom.boards import Boards
from core.classroom.class_file import ClassFile
from core.errors import ParameterError, PizarraError, TrainingError
from core.i18n import speaking
from core.settings import settings
from core.store.connection import Store
from core.store.runs.evaluations import read_evaluation
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, DEMO_TAG, STUDENT_TAG, TASK_TAG
from core.store.runs.tracking import get_run
from core.training.jobs import Jobs
from core.training.launching import launch, schedule
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.invariant import faults
from tests.fixtures.processes import until
from tests.fixtures.slow_task import TASK
from trainers import TASKS


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    yield jobs
    jobs.close()


def runs_of(store: Store) -> list[str]:
    experiments = [one.experiment_id for one in store.client.search_experiments()]
    return [run.info.run_id for run in store.client.search_runs(experiments)]


def others(store: Store) -> list[str]:
    """The runs that are no baselines."""
    return [i for i in runs_of(store) if get_run(store, i).tags[ALGORITHM_TAG] != BASELINE]


@pytest.mark.long
def test_a_launched_run_is_trained_and_written(store: Store, jobs: Jobs) -> None:
    run_id = launch(jobs, store, ANA, TASK, "slow", {}, name=" first \n")
    assert until(lambda: run_id not in jobs.active(), 150)
    run = store.client.get_run(run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "first")
    assert run.data.params["seconds"] == "0.0"
    assert run.data.tags[STUDENT_TAG] == "Ana"


@pytest.mark.long
def test_the_first_run_of_a_task_takes_its_baseline_along_which_is_nobodys(store: Store, jobs: Jobs) -> None:
    pupil = Actor("Luz", "audience", "192.168.1.20", member="member Luz")
    first = launch(jobs, store, pupil, TASK, "slow", {})
    (baseline,) = set(runs_of(store)) - {first}
    assert not jobs.is_of(pupil, baseline)
    assert until(lambda: not jobs.active(), 150)
    run = get_run(store, baseline)
    assert (run.status, run.name, run.tags[ALGORITHM_TAG]) == ("FINISHED", "Baseline", BASELINE)
    assert STUDENT_TAG not in run.tags
    assert run.metrics["test_accuracy"] == pytest.approx(1 / 3)
    digest = run.datasets[0].digest
    second = launch(jobs, store, pupil, TASK, "slow", {}, data=lambda: digest * 2)
    assert sorted(runs_of(store)) == sorted([first, baseline, second])
    third = launch(jobs, store, pupil, TASK, "slow", {}, data=lambda: "of other rows")
    assert len(set(runs_of(store)) - {first, baseline, second, third}) == 1
    assert until(lambda: not jobs.active(), 150)


@pytest.mark.long
def test_a_baseline_that_is_launched_takes_no_other_along(store: Store, jobs: Jobs) -> None:
    assert runs_of(store) == []
    run_id = launch(jobs, store, ANA, TASK, BASELINE, {})
    assert runs_of(store) == [run_id]
    launch(jobs, store, ANA, TASK, "slow", {})
    assert len(runs_of(store)) == 2
    assert until(lambda: not jobs.active(), 150)


@pytest.mark.long
def test_while_a_board_is_open_a_run_is_a_try_and_knows_the_public_half_alone(
    store: Store, jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ClassFile(tmp_path)
    boards = Boards(file)
    monkeypatch.setattr(jobs, "contest", boards)
    board = boards.open(ANA, TASK.name, "test_accuracy", each=1, total=0)
    with pytest.raises(ParameterError, match="seconds must be"):
        launch(jobs, store, LUZ, TASK, "slow", {"seconds": -1.0})
    broken = launch(jobs, store, LUZ, TASK, "broken", {})
    assert until(lambda: broken not in jobs.active(), 150)
    run_id = launch(jobs, store, LUZ, TASK, "slow", {})  # the one that failed does not count
    with pytest.raises(PizarraError, match="you have reached it"):
        launch(jobs, store, LUZ, TASK, "slow", {})
    assert until(lambda: run_id not in jobs.active(), 150)
    assert [(one.run_id, one.counts) for one in boards.tries(board)] == [(broken, False), (run_id, True)]
    assert get_run(store, run_id).params["split_test_rows"] == "public half"
    assert len(read_evaluation(store, run_id)) == 15
    assert len(others(store)) == 2
    (baseline,) = set(runs_of(store)) - set(others(store))
    assert until(lambda: baseline not in jobs.active(), 150)
    assert len(read_evaluation(store, baseline)) == 15  # of the hidden half it says nothing either
    file.close()


@pytest.mark.long
def test_without_a_cluster_no_run_is_left_behind(store: Store) -> None:
    nowhere = Jobs(replace(settings(), dask_scheduler="tcp://127.0.0.1:9"))
    with pytest.raises(TrainingError, match="scheduler"):
        launch(nowhere, store, ANA, TASK, "slow", {})
    assert runs_of(store) == []


@pytest.mark.long
def test_a_visitor_has_only_so_many_runs_at_once_and_others_go_on(store: Store, jobs: Jobs) -> None:
    jobs.start()
    assert jobs.workers._cluster is not None
    strict = Jobs(replace(settings(), dask_scheduler=jobs.workers._cluster.address, runs_each=2))
    try:
        pupil, other = (Actor(name, "audience", "192.168.1.20", member=f"member {name}") for name in ("Ana", "Luz"))
        launched = [launch(strict, store, pupil, TASK, "slow", {"seconds": 60.0}) for _ in range(2)]
        elsewhere = Actor("Bea", "audience", "192.168.1.21", member=pupil.member)  # another name makes nobody another
        for again in (pupil, elsewhere):
            with pytest.raises(TrainingError, match=r"may have 2 runs that wait or are being trained"):
                launch(strict, store, again, TASK, "slow", {})
        assert sorted(others(store)) == sorted(launched)
        launch(strict, store, other, TASK, "slow", {"seconds": 60.0})
        for nobody in (other, Actor("", "audience")):  # of whom nothing is certain
            with pytest.raises(PizarraError, match="Only the presenter may do this now"):
                strict.stop(nobody, store, launched[1])
        strict.stop(pupil, store, launched[1])
        launch(strict, store, pupil, TASK, "slow", {"seconds": 60.0})
        strict.stop(ANA, store, launched[0])
    finally:
        strict.close()


@pytest.mark.long
def test_of_200_launches_of_one_visitor_as_many_wait_as_may_and_another_visitor_comes_next(
    store: Store, jobs: Jobs
) -> None:
    jobs.start()
    assert jobs.workers._cluster is not None
    ours = Jobs(replace(settings(), dask_scheduler=jobs.workers._cluster.address, runs=21))
    pupils = [Actor(name, "audience", member=name) for name in ("Ana", "Luz", "Eva")]
    refused = []

    def launched_by(pupil: Actor, seconds: float = 60.0) -> str:
        try:
            return launch(ours, store, pupil, TASK, "slow", {"seconds": seconds})
        except TrainingError as error:
            refused.append(str(error))
            return ""

    try:
        launched_by(pupils[2], seconds=0.0)  # takes the task's baseline along, which is no longer counted then
        assert until(lambda: not ours.active(), 60)
        earlier = others(store)
        with ThreadPoolExecutor(8) as pool:  # as so many presses come in
            eager = [run_id for run_id in pool.map(launched_by, [pupils[0]] * 200) if run_id]
        assert (len(eager), len(refused)) == (20, 180)
        assert all("may have 20 runs that wait or are being trained, and you have as many" in said for said in refused)
        begun = time.monotonic()
        following = launched_by(pupils[1])
        assert time.monotonic() - begun < 5
        assert (ours.place(following) or 99) <= 2  # behind one of the other's at the most
        assert launched_by(pupils[2]) == ""
        assert "All visitors together may have 21 runs" in refused[-1]
        assert sorted(others(store)) == sorted([*earlier, *eager, following])
    finally:
        ours.close()


def test_a_scheduled_run_waits_with_its_tags_in_the_experiment_of_its_task(store: Store) -> None:
    job = schedule(store, ANA, TASK, "slow", {"seconds": 1.5}, tags={DEMO_TAG: "one"})
    run = store.client.get_run(job.run_id)
    assert run.info.status == "SCHEDULED"
    assert store.client.get_experiment(run.info.experiment_id).name == TASK.experiment
    assert {run.data.tags[tag] for tag in (TASK_TAG, ALGORITHM_TAG, DEMO_TAG)} == {TASK.name, "slow", "one"}
    elsewhere = schedule(store, ANA, TASK, "slow", {}, experiment="mine")
    experiment_id = store.client.get_run(elsewhere.run_id).info.experiment_id
    assert store.client.get_experiment(experiment_id).name == "mine"


def test_a_run_without_a_name_is_called_by_what_was_chosen(store: Store) -> None:
    with speaking("es"):
        job = schedule(store, ANA, TASKS["iris"], "random_forest", {"max_depth": 5})
    assert store.client.get_run(job.run_id).info.run_name == "Bosque aleatorio · max_depth=5"
    assert job.language == "es"
    assert job.params["n_estimators"] == 100  # a default


@pytest.mark.part(4)
@pytest.mark.parametrize(
    ("algorithm", "chosen", "said"),
    [
        ("magic", {}, "cannot be learned by 'magic'"),
        ("slow", {"seconds": -1.0}, "seconds must be a number from 0.0 to 60.0, but it is -1.0"),
        ("slow", {"minutes": 1.0}, "There is no parameter 'minutes'"),
        ("slow", {"seconds": 100_000.0}, "seconds must be a number from 0.0 to 60.0, but it is 100000.0"),
    ],
)
def test_what_is_not_allowed_creates_no_run(store: Store, algorithm: str, chosen: dict[str, float], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        schedule(store, ANA, TASK, algorithm, chosen)
    assert runs_of(store) == []


@pytest.mark.long
@pytest.mark.timeout(300)
def test_thirty_people_who_launch_at_once_all_have_their_run(store: Store, jobs: Jobs) -> None:
    people = [Actor(f"Student {number}", "audience", member=str(number)) for number in range(30)]
    with ThreadPoolExecutor(len(people)) as pool:
        launched = list(pool.map(lambda one: launch(jobs, store, one, TASK, "slow", {}), people))
    places = [place for run_id in launched if (place := jobs.place(run_id))]
    assert len(places) == len(set(places)) > 20
    assert until(lambda: not jobs.active(), 240)
    runs = [get_run(store, run_id) for run_id in launched]
    assert {run.tags[STUDENT_TAG] for run in runs} == {one.name for one in people}
    (baseline,) = set(runs_of(store)) - set(launched)
    assert faults(store, [*launched, baseline]) == []
