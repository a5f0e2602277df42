"""Train one model: from a task and parameters to everything its run logs. Nothing here speaks to MLflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache, partial
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.errors import DataError
from core.i18n import N_
from core.settings import Settings
from core.store.record import (
    EVALUATION_TABLE,
    FOLDS_TABLE,
    PROFILE_DOCUMENT,
    SAMPLE_TABLE,
    TRAINING_TABLE,
    DatasetRecord,
    ModelRecord,
    RunRecord,
)
from core.store.runs.tables import ALGORITHM_TAG, FOLDS_TAG, ORIGIN_TAG, SOURCE_TAG, TASK_TAG
from core.training.contests import PUBLIC_HALF, TEST_ROWS
from core.training.datasets import load_dataset, training_table
from core.training.dividing import divided, needed
from core.training.division import written_sides
from core.training.efforts import QUICK, Effort
from core.training.evaluation import evaluation_table, feature_importances, metrics, train_test_gap
from core.training.folds import fingerprint, fold_scores, means, params_of, plan_of
from core.training.halves import halves
from core.training.pipeline import build_pipeline
from core.training.plots import confusion_matrix_png, importances_png, predicted_actual_png
from core.training.profile import SAMPLE_ROWS, TRAINING_ROWS, feature_profile, reference_sample
from core.training.rounds import LogSteps, learn_watched, tags_of
from core.training.specs import Value, complete
from core.training.speed import speed_tags
from core.training.steps import learn
from core.training.tasks import Algorithm, LoadedDataset, Task

Stage = Literal["queued", "loading", "cross-validating", "fitting", "evaluating", "saving"]

CONFUSION_PICTURE, ERRORS_PICTURE = "plots/confusion_matrix.png", "plots/predicted_actual.png"
IMPORTANCES_PICTURE = "plots/feature_importances.png"
REQUIREMENTS = ("scikit-learn", "skops", "numpy", "pandas")
EXAMPLE_ROWS = 5


def on_one_thread() -> AbstractContextManager[object]:
    """Keep to one thread: runs share the machine, and threads that wait for each other's cores take 60 times longer."""
    return threadpool_limits(limits=1)  # type: ignore[no-any-return]


@threadpool_limits.wrap(limits=1)  # type: ignore[untyped-decorator]
def train(
    task: Task,
    algorithm_name: str,
    chosen: Mapping[str, Value],
    *,
    settings: Settings,
    report: Callable[[Stage], None],
    public_half: bool = False,
    effort: Effort = QUICK,
    watch: LogSteps | None = None,
) -> RunRecord:
    """Fit an algorithm to a task and return what its run logs; ``report`` hears of each stage as it begins.

    ``watch`` hears what learners in rounds come to while they learn: metric, step and value. One that stops early sets
    training rows aside for it, and what is said of its training rows is said of those it learned from.

    By ``effort`` it is cross-validated as well, on the training rows alone; the model learns from all of these.

    With ``public_half`` the model is asked about the public half of the test rows only, so that nothing of what is
    returned says anything of the hidden half.

    Of two classes the second is the positive one. The model answers with class numbers; their words are in
    the profile.

    Raises:
        ParameterError: the algorithm or a parameter is not the task's.
        DataError: the dataset cannot be had or is not what the task declares.
    """
    algorithm = task.algorithm(algorithm_name)
    params = complete(algorithm.parameters, chosen)
    report("loading")
    loaded = load_dataset(
        task.dataset, data_dir=settings.data_dir, cache_dir=settings.cache_dir, downloads=settings.downloads
    )
    table = training_table(loaded, task)
    answers = numbered(task, table.target)
    train_x, test_x, train_y, test_y = split(task, table.features, answers, table.keys)
    keys = table.keys_at(train_x.index)
    if public_half:
        public, _hidden = halves(task.kind, test_y, task.division, table.keys_at(test_x.index))
        test_x, test_y = test_x.iloc[public], test_y[public]
    plan = plan_of(effort, task, train_y, keys)
    folds = None
    if plan is not None:
        report("cross-validating")
        score = partial(score_fold, task, algorithm, params, train_x, train_y, keys=keys)
        folds = fold_scores(plan, task, train_y, score, keys)
    report("fitting")
    folds_tag = {} if plan is None else {FOLDS_TAG: fingerprint(plan, task, train_x.index, train_y, keys)}
    pipeline = build_pipeline(algorithm, params, train_x)
    learned = learn_watched(pipeline, task, train_x, train_y, keys, watch)
    train_x, train_y = train_x.iloc[learned.places], train_y[learned.places]
    report("evaluating")
    train_predictions, train_probabilities = answer(task, pipeline, train_x)
    predictions, probabilities = answer(task, pipeline, test_x)
    scores = metrics(task.kind, train_y, train_predictions, train_probabilities, "train_") | metrics(
        task.kind, test_y, predictions, probabilities, "test_"
    )
    train_target = table.target.loc[train_x.index]
    return RunRecord(
        params={
            "algorithm": algorithm.name,
            **params,
            "split_test_size": task.test_size,
            "split_random_state": task.random_state,
            **task.division.logged(),
            **({TEST_ROWS: PUBLIC_HALF} if public_half else {}),
            **params_of(effort, plan, task),
        },
        metrics=scores | train_test_gap(task.kind, scores) | ({} if folds is None else means(folds)),
        tags={
            TASK_TAG: task.name,
            ALGORITHM_TAG: algorithm.name,
            ORIGIN_TAG: loaded.origin,
            SOURCE_TAG: loaded.source,
            **folds_tag,
            **tags_of(learned),
        },
        dataset=DatasetRecord(
            name=task.dataset.name,
            frame=table.features.assign(**{task.target: table.target}),
            target=task.target,
            source=loaded.source,
            sha256=loaded.sha256,
        ),
        model=ModelRecord(pipeline, train_x.head(EXAMPLE_ROWS), requirements(pipeline)),
        tables={
            EVALUATION_TABLE: evaluation_table(
                test_x,
                test_y,
                predictions,
                probabilities,
                task.class_names,
                groups=table.groups_at(test_x.index, task.division),
            ),
            SAMPLE_TABLE: reference_sample(train_x, train_target),
            **(
                {TRAINING_TABLE: reference_sample(train_x, train_target, TRAINING_ROWS)}
                if len(train_x) > SAMPLE_ROWS
                else {}
            ),
            **({} if folds is None else {FOLDS_TABLE: folds}),
        },
        documents={
            PROFILE_DOCUMENT: feature_profile(task, train_x, train_target)
            | {"rows_without_target": table.without_target}
        },
        measured=speed_tags(pipeline, test_x),
        pictures=_answers_picture(task, test_y, predictions)
        | {IMPORTANCES_PICTURE: importances_png(feature_importances(pipeline, test_x, test_y))},
    )


def score_fold(
    task: Task,
    algorithm: Algorithm,
    params: Mapping[str, Value],
    features: pd.DataFrame,
    answers: np.ndarray,
    learned: np.ndarray,
    asked: np.ndarray,
    keys: np.ndarray | None = None,
) -> dict[str, float]:
    """Fit on the rows at the ``learned`` places, and return the scores on those ``asked``, without a prefix."""
    known = features.iloc[learned]
    pipeline = build_pipeline(algorithm, params, known)
    learn(pipeline, task, known, answers[learned], None if keys is None else keys[learned])
    predictions, probabilities = answer(task, pipeline, features.iloc[asked])
    return metrics(task.kind, answers[asked], predictions, probabilities, "")


def requirements(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the packages that a fitted pipeline needs to be served, pinned to what it was made with."""
    boosted = type(pipeline.named_steps["estimator"]).__module__.startswith("xgboost.")
    return tuple(f"{name}=={_version(name)}" for name in (*REQUIREMENTS, *(["xgboost-cpu"] if boosted else [])))


_version = cache(version)  # it looks through files


def numbered(task: Task, target: pd.Series) -> np.ndarray:
    """Return answers as a model learns them: numbers, or numbers of classes."""
    if task.kind == "regression":
        return np.asarray(target, dtype=float)
    numbers = {name: number for number, name in enumerate(task.class_names)}
    return np.asarray(target.map(numbers), dtype=int)


def split(
    task: Task, features: pd.DataFrame, answers: np.ndarray, keys: pd.Series | None = None
) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    """Return the features of the rows to learn from and of the test rows, then the answers of both; always the same.

    ``keys`` are the table's, row by row; a task whose rows are divided by a column needs them.

    Raises:
        DataError: there are too few rows, or they cannot be divided by the task's column.
    """
    if task.division.sides:
        learned, tested = written_sides(needed(task.division, None if keys is None else keys.to_numpy()))
        return features.iloc[learned], features.iloc[tested], answers[learned], answers[tested]
    if task.division.column:
        by = needed(task.division, None if keys is None else keys.to_numpy())
        learned, tested = divided(
            task.division, task.kind, answers, by, test_size=task.test_size, seed=task.random_state
        )
        return features.iloc[learned], features.iloc[tested], answers[learned], answers[tested]
    stratify = answers if task.kind == "classification" else None
    try:
        parts = train_test_split(
            features, answers, test_size=task.test_size, random_state=task.random_state, stratify=stratify
        )
    except ValueError as reason:
        raise DataError(
            N_("{name} has {rows} rows, too few to learn from some and test on the others: {reason}."),
            N_("Use a larger file."),
            name=task.dataset.name,
            rows=len(features),
            reason=str(reason).rstrip("."),
        ) from reason
    return parts[0], parts[1], parts[2], parts[3]


def rows_tested_on(loaded: LoadedDataset, task: Task) -> np.ndarray:
    """Return the places, in a dataset's table, of the rows that its models are tested on; always the same.

    Raises:
        DataError: the dataset is not what the task declares, or too small.
    """
    table = training_table(loaded, task)
    places = pd.DataFrame({"place": np.flatnonzero(loaded.frame[task.target].notna())})
    _learned, tested, *_answers = split(task, places, numbered(task, table.target), table.keys)
    return np.asarray(tested["place"])


def answer(task: Task, pipeline: Pipeline, features: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """Return what a fitted pipeline answers: numbers, or numbers of classes with the probability of each.

    Rows are prepared once for both. A forest's class is the first of the likeliest ones by its own definition, so that
    its trees are asked once.
    """
    if task.kind == "regression":
        return np.asarray(pipeline.predict(features), dtype=float), None
    known, estimator = pipeline[:-1].transform(features), pipeline[-1]
    probabilities = np.asarray(estimator.predict_proba(known), dtype=float)
    if isinstance(estimator, RandomForestClassifier):
        return np.asarray(estimator.classes_[probabilities.argmax(axis=1)], dtype=int), probabilities
    return np.asarray(estimator.predict(known), dtype=int), probabilities


def _answers_picture(task: Task, answers: np.ndarray, predictions: np.ndarray) -> dict[str, bytes]:
    if task.kind == "classification":
        return {CONFUSION_PICTURE: confusion_matrix_png(answers, predictions, task.class_names)}
    return {ERRORS_PICTURE: predicted_actual_png(answers, predictions, task.target)}
