from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as students_t
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.svm import SVC

from core.comparison.folds import corrected_t, fold_differences
from core.comparison.measures import recompute
from core.comparison.verdict import Verdict, verdict
from core.training.evaluation import metrics
from tests.core.comparison.test_verdict import LABELS, answers_with, some_runs

NAMES = {"r0": "“A”", "r1": "“B”"}


def folds(*scores: float, training: int = 120, test: int = 30, metric: str = "accuracy") -> pd.DataFrame:
    return pd.DataFrame(
        {"repeat": 1, "fold": range(1, len(scores) + 1), "training_rows": training, "test_rows": test, metric: scores}
    )


HIGH, LOW, MIXED = (
    folds(0.90, 0.91, 0.92, 0.89, 0.90),
    folds(0.80, 0.82, 0.81, 0.80, 0.79),
    folds(0.9, 0.8, 1, 0.7, 0.9),
)


def test_the_value_is_that_of_the_formula_reckoned_by_hand() -> None:
    gaps = [0.02, 0.03, 0.01, 0.04, 0.00]
    mean = sum(gaps) / 5
    variance = sum((gap - mean) ** 2 for gap in gaps) / 4
    expected = mean / math.sqrt((1 / 5 + 30 / 120) * variance)  # 0.02 / sqrt(0.45 * 0.00025)
    t, p = corrected_t(np.array(gaps), 120, 30)
    assert t == pytest.approx(expected) == pytest.approx(1.885618, abs=1e-6)
    assert p == pytest.approx(2 * students_t.sf(1.885618, 4), abs=1e-6)


@pytest.mark.long
def test_it_is_the_published_example_of_scikit_learn() -> None:
    # "Statistical comparison of models using grid search" prints these, its p one-sided
    x, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    rbf, line = (cross_val_score(SVC(kernel=kind), x, y, cv=cv, scoring="roc_auc") for kind in ("rbf", "linear"))
    t, p = corrected_t(rbf - line, 90, 10)
    assert f"{t:.3f} {p / 2:.3f}" == "0.750 0.227"


def test_chance_is_called_a_difference_less_often_than_one_in_twenty() -> None:
    made = np.random.default_rng(3)
    gaps = [np.diff((made.random((2, 5, 20)) < 0.8).mean(axis=2), axis=0)[0] for _time in range(400)]
    assert np.mean([corrected_t(one, 80, 20)[1] < 0.05 for one in gaps]) < 0.05


def test_a_steady_lead_is_better_and_a_lead_of_some_folds_too_close() -> None:
    found = fold_differences({"a": HIGH, "b": LOW, "c": MIXED}, "a", "test_accuracy", True)
    assert (found["b"].outcome, found["b"].gap, found["b"].folds) == ("better", pytest.approx(0.1), 5)
    assert found["c"].outcome == "close"
    turned = fold_differences({"a": LOW, "b": HIGH}, "a", "cv_accuracy", True)["b"]
    assert (turned.outcome, turned.gap) == ("worse", pytest.approx(-0.1))
    lower = fold_differences({"a": LOW, "b": HIGH}, "a", "cv_accuracy", False)["b"]
    assert lower.outcome == "better"


def test_the_same_scores_are_no_difference_and_a_lead_that_never_varies_is_not_called_one() -> None:
    assert fold_differences({"a": HIGH, "b": HIGH}, "a", "test_accuracy", True)["b"].outcome == "identical"
    shifted = HIGH.assign(accuracy=HIGH["accuracy"] - 0.125)
    assert fold_differences({"a": HIGH, "b": shifted}, "a", "test_accuracy", True)["b"].outcome == "close"


def test_of_many_runs_each_must_lead_more_clearly() -> None:
    made = np.random.default_rng(0)
    noisy = {f"r{i}": folds(*(0.88 + 0.01 * made.normal(size=5))) for i in range(8)}
    alone = fold_differences({"a": HIGH, "r0": noisy["r0"]}, "a", "test_accuracy", True)["r0"]
    among = fold_differences({"a": HIGH, **noisy}, "a", "test_accuracy", True)
    picked = fold_differences({"a": HIGH, **noisy}, "a", "cv_accuracy", True)  # the leader by these very folds
    assert alone.level == pytest.approx(0.05)
    assert min(one.level for one in among.values()) == pytest.approx(0.05 / 8)
    assert min(one.level for one in picked.values()) == pytest.approx(0.05 / 36)


@pytest.mark.parametrize(
    "other",
    [folds(0.8, 0.8), folds(0.8, 0.8, 0.8, 0.8, 0.8, test=29), folds(0.8, 0.8, 0.8, 0.8, math.nan),
     folds(1, 1, 1, 1, 1, metric="f1"), pd.DataFrame({"a": [1]})],
)  # fmt: skip
def test_what_is_not_of_the_same_folds_says_nothing(other: pd.DataFrame) -> None:
    assert fold_differences({"a": HIGH, "b": other}, "a", "test_accuracy", True) == {}
    assert fold_differences({"a": HIGH, "b": LOW}, "a", "train_accuracy", True) == {}
    assert fold_differences({"b": LOW}, "a", "test_accuracy", True) == {}


def judged(wrong: tuple[range, range], *scores: pd.DataFrame, metric: str = "test_accuracy") -> Verdict:
    tables = [answers_with(one) for one in wrong]
    values = [recompute(table, "test_accuracy") for table in tables]
    if metric.startswith("cv_"):
        values = [float(table["accuracy"].mean()) for table in scores]
    runs = some_runs(None, {metric: values})
    answers = dict(zip(runs.ids, tables, strict=True))
    return verdict(runs, LABELS, metric, answers, folds=dict(zip(runs.ids, scores, strict=True)))


CLEAR, CLOSE = (range(10), range(60)), (range(20), range(1, 23))


@pytest.mark.part(6)
@pytest.mark.parametrize(
    ("wrong", "scores", "said", "outcome"),
    [
        (CLEAR, (HIGH, LOW), "Really better: “A” on test_accuracy than “B”, on this test set and over 5 folds.",
         "better"),
        (CLEAR, (HIGH, MIXED), "Not settled: on this test set “A” is really better than “B” on test_accuracy, but over "
         "5 folds it is too close to call.", "close"),
        (CLEAR, (LOW, HIGH), "The evidence disagrees: “A” is really better on test_accuracy on this test set, “B” over "
         "5 folds.", "close"),
        (CLOSE, (HIGH, LOW), "Really better: “A” on test_accuracy than “B”, over 5 folds; this test set alone does not "
         "show it.", "better"),
        (CLOSE, (LOW, HIGH), "Not settled: “A” has the better test_accuracy, but over 5 folds “B” is really better.",
         "close"),
        (CLOSE, (HIGH, MIXED), "Too close to call: “A” or “B” on test_accuracy, on this test set and over 5 folds.",
         "close"),
        ((range(9), range(9)), (HIGH, HIGH), "Equally good: “A” and “B” on test_accuracy, over 5 folds too.",
         "identical"),
        (CLEAR, (), "Really better: “A” on test_accuracy than “B”, on this test set.", "better"),
    ],
)  # fmt: skip
def test_one_sentence_says_what_test_rows_and_folds_say_together(
    wrong: tuple[range, range], scores: tuple[pd.DataFrame, ...], said: str, outcome: str
) -> None:
    found = judged(wrong, *(scores or ())) if scores else judged_without(wrong)
    assert found.conclusion == said
    assert found.pairs[0].outcome == outcome
    assert ("Nadeau" in found.method) == bool(scores)


def judged_without(wrong: tuple[range, range]) -> Verdict:
    tables = [answers_with(one) for one in wrong]
    runs = some_runs(None, {"test_accuracy": [recompute(table, "test_accuracy") for table in tables]})
    return verdict(runs, LABELS, "test_accuracy", dict(zip(runs.ids, tables, strict=True)))


def test_of_a_mean_over_folds_the_folds_alone_speak() -> None:
    better = judged(CLOSE, HIGH, LOW, metric="cv_accuracy")
    assert better.conclusion == "Really better: “A” on cv_accuracy than “B”, over 5 folds."
    assert "does not follow from the stored test answers" not in " ".join(better.sentences)
    close = judged(CLOSE, HIGH, MIXED, metric="cv_accuracy")
    assert close.conclusion == "Too close to call over 5 folds: “A” or “B” on cv_accuracy."
    assert "p = " in " ".join(close.grounds)


def test_more_runs_that_are_all_worse_by_test_rows_and_folds_are_said_together() -> None:
    tables = [answers_with(range(count)) for count in (4, 60, 80)]
    runs = some_runs(None, {"test_accuracy": [recompute(table, "test_accuracy") for table in tables]})
    answers = dict(zip(runs.ids, tables, strict=True))
    scores = {"r0": HIGH, "r1": LOW, "r2": LOW.assign(accuracy=LOW["accuracy"] - [0.1, 0.11, 0.1, 0.1, 0.1])}
    found = verdict(runs, LABELS, "test_accuracy", answers, folds=scores)
    assert found.conclusion == "Really better: “A” on test_accuracy than each of 2 other runs, on this test set."
    doubt = verdict(runs, LABELS, "test_accuracy", answers, folds={"r0": HIGH, "r2": MIXED})
    assert doubt.conclusion.startswith("Not settled: on this test set “A” is really better than “C”")
    assert doubt.pairs[0].outcome == "better"  # nothing but its own test rows speaks of it


def test_the_scores_of_folds_are_called_as_the_metrics_of_the_test_rows() -> None:
    answers = np.array([0, 1, 0, 1])
    names = metrics("classification", answers, answers, np.eye(2)[answers], "")
    assert {"accuracy", "f1", "roc_auc"} <= names.keys()
