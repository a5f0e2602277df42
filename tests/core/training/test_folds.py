from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import RepeatedKFold, cross_val_score

from core.errors import DataError
from core.settings import settings
from core.store.connection import Store
from core.store.runs.evaluations import read_folds
from core.store.runs.tables import FOLDS_TAG, PROGRESS_TAG
from core.store.runs.tracking import get_run
from core.store.writer import writing
from core.training.efforts import PLANS, Effort
from core.training.fit import split, train
from core.training.folds import fingerprint, plan_of, splits
from core.training.launching import schedule
from tests.fixtures.actors import ANA
from trainers import TASKS

IRIS, SUGAR = TASKS["iris"], TASKS["diabetes"]
FAIR = PLANS["fair"]
assert FAIR is not None


def trained(task: str = "diabetes", algorithm: str = "linear_regression", effort: Effort = "fair"):
    return train(TASKS[task], algorithm, {}, settings=settings(), report=lambda stage: None, effort=effort)


def test_each_training_row_is_asked_once_a_repeat_and_classes_keep_their_shares() -> None:
    answers = np.repeat([0, 1, 2], [60, 30, 10])
    plan = PLANS["thorough"]
    assert plan is not None
    found = list(splits(plan, IRIS, answers))
    assert len(found) == 15
    for repeat in range(3):
        asked = np.concatenate([places for _learned, places in found[repeat * 5 : repeat * 5 + 5]])
        assert sorted(asked) == list(range(100))
    for learned, asked in found:
        assert not set(learned) & set(asked)
        assert np.bincount(answers[asked]).tolist() == [12, 6, 2]
    assert all((a[1] == b[1]).all() for a, b in zip(found, splits(plan, IRIS, answers), strict=True))


def test_fold_scores_are_those_of_scikit_learns_own_cross_validation() -> None:
    record = trained()
    scores = record.tables["evaluation/folds.parquet"]
    bunch = SUGAR.dataset.bundled
    assert bunch is not None
    frame = bunch().astype(float)
    features = frame.drop(columns=SUGAR.target)
    train_x, _test_x, train_y, _test_y = split(SUGAR, features, frame[SUGAR.target].to_numpy())
    cv = RepeatedKFold(n_splits=5, n_repeats=1, random_state=SUGAR.random_state)
    expected = cross_val_score(LinearRegression(), train_x, train_y, cv=cv, scoring="r2")
    assert scores["r2"].to_numpy() == pytest.approx(expected, rel=1e-9)
    assert record.metrics["cv_r2"] == pytest.approx(expected.mean(), rel=1e-9)
    assert (scores["training_rows"] + scores["test_rows"]).unique().tolist() == [len(train_x)]


@pytest.mark.long
def test_the_final_model_and_the_test_rows_are_those_of_a_quick_look() -> None:
    quick, fair = trained(effort="quick"), trained()
    assert {name: value for name, value in fair.metrics.items() if not name.startswith("cv_")} == quick.metrics
    pd.testing.assert_frame_equal(quick.tables["evaluation/test.parquet"], fair.tables["evaluation/test.parquet"])
    assert fair.params.keys() - quick.params.keys() == {"effort", "cv_folds", "cv_repeats", "cv_seed"}
    assert (fair.params["effort"], fair.params["cv_folds"], fair.params["cv_repeats"]) == ("fair", 5, 1)
    assert FOLDS_TAG not in quick.tags


@pytest.mark.long
def test_two_algorithms_share_the_folds_of_a_task_and_other_efforts_do_not() -> None:
    line, trees = trained("iris", "logistic_regression"), trained("iris", "baseline")
    assert line.tags[FOLDS_TAG] == trees.tags[FOLDS_TAG]
    assert trained("iris", "baseline", "thorough").tags[FOLDS_TAG] != line.tags[FOLDS_TAG]


def test_other_rows_or_answers_are_other_folds() -> None:
    assert FAIR is not None
    rows, answers = pd.RangeIndex(10), np.arange(10) % 2
    one = fingerprint(FAIR, IRIS, rows, answers)
    assert one == fingerprint(FAIR, IRIS, pd.Index(range(10)), answers)
    assert one != fingerprint(FAIR, IRIS, rows + 1, answers)
    assert one != fingerprint(FAIR, IRIS, rows, 1 - answers)
    assert one != fingerprint(FAIR, replace(IRIS, random_state=1), rows, answers)


def test_a_rare_class_has_fewer_folds_and_one_of_a_single_row_none() -> None:
    plan = plan_of("fair", IRIS, np.repeat([0, 1], [50, 3]))
    assert plan is not None
    assert (plan.folds, plan.repeats) == (3, 1)
    assert plan_of("quick", IRIS, np.array([0, 1])) is None
    with pytest.raises(DataError, match="at least 2 training rows of each answer, but iris has 1 of one"):
        plan_of("thorough", IRIS, np.repeat([0, 1], [50, 1]))


@pytest.mark.long
def test_fold_scores_are_read_back_exactly(store: Store) -> None:
    job = schedule(store, ANA, SUGAR, "linear_regression", {}, effort="fair")
    with writing(store, job.run_id) as run:
        record = train(job.task, job.algorithm, job.params, settings=settings(), report=run.progress, effort=job.effort)
        assert get_run(store, job.run_id).tags[PROGRESS_TAG] == "evaluating"
        run.write(record)
    pd.testing.assert_frame_equal(
        read_folds(store, job.run_id), record.tables["evaluation/folds.parquet"], check_exact=True
    )
