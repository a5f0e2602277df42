"""A trial to be carried out, and how a worker does: it measures one cell by cross-validation and keeps no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.i18n import N_
from core.settings import settings
from core.store.connection import answering, open_store
from core.store.runs.tables import ALGORITHM_TAG, ENDED, FOLDS_TAG, ORIGIN_TAG, SOURCE_TAG, TASK_TAG
from core.store.sweeps import TrialRecord, writing_trial
from core.training.efforts import Effort
from core.training.specs import Value
from core.training.sweeps.trials import FOLDS_SEEN_TAG, PRUNED_TAG
from core.training.tasks import Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from core.training.tasks import LoadedDataset

GIVEN_UP = N_("Given up: after some of its folds it was worse than half of the trials before it.")


@dataclass(frozen=True)
class TrialJob:
    """A trial to be carried out. Travels to a worker.

    ``params`` are complete. ``bars`` are what the mean of its folds must not be worse than after each of them; ``data``
    is the SHA-256 of what the sweep learns from, empty where nobody knows.
    """

    store_uri: str
    run_id: str
    sweep_id: str
    task: Task
    algorithm: str
    params: Mapping[str, Value]
    objective: str
    effort: Effort
    asks_test_rows: bool
    bars: tuple[float, ...] = ()
    data: str = ""
    is_lower_better: bool = False

    def carry_out(self) -> None:
        """Measure the cell and write its run; one that has ended is left alone."""
        store = open_store(self.store_uri, make=False)
        with answering(store.uri):
            if store.client.get_run(self.run_id).info.status in ENDED:
                return
        with writing_trial(store, self.run_id) as run:
            record = measure(self, _prepared(self))
            if PRUNED_TAG in record.tags:
                run.give_up(record, GIVEN_UP)
            else:
                run.write(record)


@dataclass(frozen=True)
class Prepared:
    """A task's rows, divided: what is learned from and what is tested on."""

    loaded: LoadedDataset
    table: pd.DataFrame
    train_x: pd.DataFrame
    test_x: pd.DataFrame
    train_y: np.ndarray
    test_y: np.ndarray
    keys: np.ndarray | None  # by which the training rows are divided, where a column says so


class _Worse(Exception):  # noqa: N818 - no error: it was not to go on
    """Ends the cross-validation of a trial that is given up."""


_last: dict[str, Prepared] = {}  # of the sweep whose trials this worker measures; all of them see the same rows


def prepare(task: Task, data: str) -> Prepared:
    """Load a task's rows and divide them.

    Raises:
        DataError: the dataset cannot be had, or is another one than the sweep began with.
    """
    from core.training.datasets import load_dataset, training_table
    from core.training.fit import numbered, split

    chosen = settings()
    loaded = load_dataset(
        task.dataset, data_dir=chosen.data_dir, cache_dir=chosen.cache_dir, downloads=chosen.downloads
    )
    if data and not loaded.sha256.startswith(data):
        raise DataError(
            N_("All trials of a sweep must learn from the same rows, but {name} has changed since it began."),
            N_("Begin a new sweep."),
            name=task.dataset.name,
        )
    table = training_table(loaded, task)
    train_x, test_x, train_y, test_y = split(task, table.features, numbered(task, table.target), table.keys)
    frame = table.features.assign(**{task.target: table.target})
    return Prepared(loaded, frame, train_x, test_x, train_y, test_y, table.keys_at(train_x.index))


def measure(job: TrialJob, rows: Prepared) -> TrialRecord:
    """Cross-validate a cell on the training rows, and test it where the sweep looks at the test rows."""
    from core.training.fit import on_one_thread

    with on_one_thread():
        return _measure(job, rows)


def _measure(job: TrialJob, rows: Prepared) -> TrialRecord:
    import pandas as pd

    from core.store.record import DatasetRecord
    from core.training.evaluation import metrics
    from core.training.fit import answer, score_fold
    from core.training.folds import fingerprint, fold_scores, means, params_of, plan_of
    from core.training.pipeline import build_pipeline
    from core.training.steps import learn

    task, algorithm = job.task, job.task.algorithm(job.algorithm)
    plan = plan_of(job.effort, task, rows.train_y, rows.keys)
    assert plan is not None  # noqa: S101 - a sweep's effort has folds
    seen: list[float] = []

    def score(learned: np.ndarray, asked: np.ndarray) -> dict[str, float]:
        scores = score_fold(task, algorithm, job.params, rows.train_x, rows.train_y, learned, asked, rows.keys)
        seen.append(scores.get(job.objective, float("nan")))
        if is_worse(seen, job):
            raise _Worse
        return scores

    folds: pd.DataFrame | None = None
    try:
        folds = fold_scores(plan, task, rows.train_y, score, rows.keys)
    except _Worse:
        scores: dict[str, float] = {}
    else:
        scores = means(folds)
        if job.asks_test_rows:
            pipeline = build_pipeline(algorithm, job.params, rows.train_x)
            learn(pipeline, task, rows.train_x, rows.train_y, rows.keys)
            scores |= metrics(task.kind, rows.test_y, *answer(task, pipeline, rows.test_x), "test_")
    return TrialRecord(
        params={
            "algorithm": algorithm.name,
            **job.params,
            "split_test_size": task.test_size,
            "split_random_state": task.random_state,
            **task.division.logged(),
            **params_of(job.effort, plan, task),
        },
        metrics=scores,
        tags={
            TASK_TAG: task.name,
            ALGORITHM_TAG: algorithm.name,
            ORIGIN_TAG: rows.loaded.origin,
            SOURCE_TAG: rows.loaded.source,
            FOLDS_TAG: fingerprint(plan, task, rows.train_x.index, rows.train_y, rows.keys),
            FOLDS_SEEN_TAG: ",".join(map(repr, seen)),
            **({PRUNED_TAG: str(len(seen))} if folds is None else {}),
        },
        dataset=DatasetRecord(
            name=task.dataset.name,
            frame=rows.table,
            target=task.target,
            source=rows.loaded.source,
            sha256=rows.loaded.sha256,
        ),
        folds=pd.DataFrame() if folds is None else folds,
    )


def is_worse(seen: list[float], job: TrialJob) -> bool:
    """Tell whether a trial is given up after the folds it has ``seen``."""
    if len(seen) > len(job.bars):
        return False
    mean, bar = sum(seen) / len(seen), job.bars[len(seen) - 1]
    return mean > bar if job.is_lower_better else mean < bar


def _prepared(job: TrialJob) -> Prepared:
    if job.sweep_id not in _last:
        _last.clear()
        _last[job.sweep_id] = prepare(job.task, job.data)
    return _last[job.sweep_id]
