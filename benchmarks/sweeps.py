"""What it costs to train from the page: a run, a trial, many of them on two workers, and ending them all."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
import mlflow
from mlflow.models import infer_signature

from benchmarks.clock import RATIO, in_turns, ratio, seconds
from core.access import machine_user
from core.settings import settings as in_force
from core.store.connection import Store, open_store
from core.store.runs.tables import PARENT_TAG, PROGRESS_TAG
from core.store.runs.tracking import get_run
from core.store.sweeps import begin_sweep, note_sweep, writing_trial
from core.store.trust import TRUSTED_TYPES
from core.store.writer import schedule_run
from core.training.datasets import load_dataset, training_table
from core.training.evaluation import metrics
from core.training.execution import Job, execute
from core.training.fit import answer, numbered, requirements, split
from core.training.jobs import Jobs
from core.training.launching import launch
from core.training.pipeline import build_pipeline
from core.training.specs import complete
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Values
from core.training.sweeps.sweeps import Sweeps
from core.training.sweeps.trials import TRIAL_TAG, read_trials, trial_text
from core.training.sweeps.trying import TrialJob, measure, prepare
from core.training.tasks import Task
from trainers import TASKS

TRIALS, TURNS = 40, 9
ME = machine_user()
RUNS = (
    ("iris", "random_forest"), ("iris", "logistic_regression"),
    ("telco_churn", "hist_gradient_boosting"), ("car_prices", "random_forest"),
)  # fmt: skip
COLUMNS = ("What", "Ours", "Beside it", "Theirs", RATIO, "Bar")


def plan(count: int, at_once: int, trees: int = 5) -> SweepPlan:
    """Return a grid of many small forests on iris."""
    depths = Values("max_depth", tuple(range(1, count // 4 + 1)))
    splits = Values("min_samples_split", (2, 3, 4, 5))
    return SweepPlan(
        "iris", "random_forest", (depths, splits), "accuracy",
        fixed={"n_estimators": trees}, sampler="grid", trials=count, at_once=at_once,
    )  # fmt: skip


def carried_out(sweeps: Sweeps, store: Store, chosen: SweepPlan) -> float:
    """Return how many seconds a sweep takes."""
    begun = time.perf_counter()
    run_id = sweeps.begin(store, ME, TASKS["iris"], chosen)
    while (conductor := sweeps.get(run_id)) is not None:
        conductor.wait(0.05)
    taken = time.perf_counter() - begun
    finished = sum(trial.outcome == "finished" for trial in read_trials(store, run_id, chosen.objective))
    assert finished == chosen.most, finished  # noqa: S101 - else nothing was measured
    return taken


def bench_run(store: Store, task: Task, algorithm: str) -> None:
    """Print what a run takes, beside the same fit and MLflow's logging of it with given requirements."""
    params = complete(task.algorithm(algorithm).parameters, {})
    experiment = store.client.create_experiment(f"plain {task.name} {algorithm}")

    def ours() -> None:
        run_id = schedule_run(store, ME, experiment=task.experiment, name="ours", tags={})
        execute(Job(store.uri, run_id, task, algorithm, params))

    def theirs() -> None:
        chosen = in_force()
        loaded = load_dataset(task.dataset, data_dir=chosen.data_dir, cache_dir=chosen.cache_dir, downloads=False)
        table = training_table(loaded, task)
        train_x, test_x, train_y, test_y = split(task, table.features, numbered(task, table.target))
        pipeline = build_pipeline(task.algorithm(algorithm), params, train_x).fit(train_x, train_y)
        scores = metrics(task.kind, test_y, *answer(task, pipeline, test_x), "test_")
        mlflow.set_tracking_uri(store.uri)
        with mlflow.start_run(experiment_id=experiment):
            mlflow.log_params(params)
            mlflow.log_metrics(scores)
            mlflow.log_input(mlflow.data.from_pandas(loaded.frame, name=task.name, targets=task.target))
            example = train_x.head(5)
            mlflow.sklearn.log_model(
                pipeline,
                name="model",
                signature=infer_signature(example, pipeline.predict(example).astype(float)),
                input_example=example,
                pip_requirements=list(requirements(pipeline)),
                serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
                skops_trusted_types=list(TRUSTED_TYPES),
            )

    ours(), theirs()
    a, b = in_turns(ours, theirs, TURNS)
    what = f"a run of {algorithm} on {task.name}"
    _row(what, f"{a:.2f} s", "the same fit, logged by MLflow, requirements given", f"{b:.2f} s", ratio(a, b), "1.3")


def bench_trials(store: Store, jobs: Jobs) -> None:
    """Print what a trial costs beside its fits and MLflow's writes, and what a second worker brings."""
    sweeps, task = Sweeps(jobs), TASKS["iris"]
    carried_out(sweeps, store, plan(8, 2))  # both workers have imported all
    one, two = carried_out(sweeps, store, plan(TRIALS, 1)), carried_out(sweeps, store, plan(TRIALS, 2))

    rows = prepare(task, "")
    params = complete(task.algorithm("random_forest").parameters, {"n_estimators": 5, "max_depth": 5})
    parent = begin_sweep(store, ME, experiment="alone", name="alone", tags={})
    job = TrialJob(store.uri, "", parent, task, "random_forest", params, "accuracy", "fair", False)
    record = measure(job, rows)
    fits = seconds(lambda: measure(job, rows), 20)

    def written() -> None:
        run_id = schedule_run(
            store, ME, experiment="alone", name="one",
            tags={PARENT_TAG: parent, TRIAL_TAG: trial_text(1, {"max_depth": 5})},
        )  # fmt: skip
        store.client.get_run(run_id)
        with writing_trial(store, run_id) as run:
            run.write(record)
        get_run(store, run_id)
        note_sweep(store, parent, {"seconds": "1"})

    writes = seconds(written, 20)
    beside = one / TRIALS - fits - writes
    _row(
        "a trial, without its fits and MLflow's writes", f"{1000 * beside:.0f} ms",
        "its five fits; MLflow's writes", f"{1000 * fits:.0f} ms; {1000 * writes:.0f} ms", "", "50 ms",
    )  # fmt: skip
    _row(f"{TRIALS} trials, two at once", f"{two:.1f} s", "one at a time", f"{one:.1f} s", ratio(two, one), "0.62")


def bench_launch(store: Store, jobs: Jobs) -> None:
    """Print how long it takes until a run that was launched says what it is doing, and until all have been ended."""
    task = TASKS["iris"]

    def first_status() -> None:
        run_id = launch(jobs, store, ME, task, "logistic_regression", {})
        _until(lambda: get_run(store, run_id).tags.get(PROGRESS_TAG) != "queued")
        _until(lambda: not jobs.active())

    first_status()
    taken = []
    for _repeat in range(5):
        begun = time.perf_counter()
        run_id = launch(jobs, store, ME, task, "logistic_regression", {})
        _until(lambda run_id=run_id: get_run(store, run_id).tags.get(PROGRESS_TAG) != "queued")  # type: ignore[misc]
        taken.append(time.perf_counter() - begun)
        _until(lambda: not jobs.active())
    _row("from launching to the first word of the run", f"{sorted(taken)[2]:.2f} s", "", "", "", "1 s")
    sweeps = Sweeps(jobs)
    run_id = sweeps.begin(store, ME, task, plan(TRIALS, 2, trees=1000))
    _until(lambda: sum(t.outcome == "running" for t in read_trials(store, run_id, "accuracy")) == 2)
    begun = time.perf_counter()
    sweeps.cancel(ME, run_id)
    _until(lambda: sweeps.get(run_id) is None)
    _row("cancel a sweep with two trials under way", f"{time.perf_counter() - begun:.2f} s", "", "", "", "3 s")


def bench_sweeps() -> None:
    """Print the table."""
    print(f"\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder, 'mlflow.db')}")
        for task, algorithm in RUNS:
            bench_run(store, TASKS[task], algorithm)
        jobs = Jobs(replace(in_force(), workers=2, dask_scheduler=""))
        try:
            jobs.start()
            bench_launch(store, jobs)
            bench_trials(store, jobs)
        finally:
            jobs.close()


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    bench_sweeps()
