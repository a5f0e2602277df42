from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score, mean_absolute_error, precision_score, recall_score, root_mean_squared_error

from core.comparison.slice_scores import _fisher, _welch, holm, scores, values
from core.comparison.slices import divide, divide_by_each
from core.store.record import GROUP
from tests.fixtures.answers import class_tables
from tests.fixtures.draws import draws, is_long
from tests.fixtures.grouped import class_answers, number_answers

OF_CLASSES = {"accuracy": None, "recall": recall_score, "precision": precision_score, "f1": f1_score}


@pytest.mark.parametrize("metric", ["recall", "precision", "f1"])
def test_the_metric_of_a_group_is_that_of_its_rows(metric: str) -> None:
    table = class_answers(0)[0]
    for score in scores(table, divide(table, ["word 2"]), f"test_{metric}", True):
        rows = table[score.slice.holds(table)]
        expected = OF_CLASSES[metric](rows["answer"] == "Yes", rows["prediction"] == "Yes", zero_division=0)
        assert score.value == pytest.approx(expected)
        assert score.rows == len(rows)


@pytest.mark.parametrize(("metric", "expected"), [("mae", mean_absolute_error), ("rmse", root_mean_squared_error)])
def test_the_error_of_a_group_is_that_of_its_rows(metric, expected) -> None:
    table = number_answers(0)[0]
    for score in scores(table, divide(table, ["number 0"]), f"test_{metric}", False):
        rows = table[score.slice.holds(table)]
        assert score.value == pytest.approx(expected(rows["answer"], rows["prediction"]))
        assert score.low < score.value < score.high


@pytest.mark.parametrize("metric", ["f1", "precision", "roc_auc"])
def test_metrics_that_are_no_mean_have_intervals_too(metric: str) -> None:
    table = class_tables(0, 200, classes=2 if metric == "roc_auc" else 3)[0]
    found = scores(table, divide(table, ["size"]), f"test_{metric}", True)
    assert all(score.low < score.value < score.high for score in found)


def test_the_worst_group_comes_first_whichever_way_is_better() -> None:
    table = class_answers(1)[0]
    accuracy = [score.value for score in scores(table, divide(table, ["word 3"]), "test_accuracy", True)][:-1]
    assert accuracy == sorted(accuracy)
    table = number_answers(1)[0]
    errors = [score.value for score in scores(table, divide(table, ["number 1"]), "test_mae", False)]
    assert errors == sorted(errors, reverse=True)


def test_a_group_that_is_really_worse_off_is_said_among_all_that_were_looked_at() -> None:
    table = class_answers(0, 800, 0.1, worse=0.25)[0]
    found = [
        score for score in scores(table, divide_by_each(table), "test_accuracy", True) if score.standing == "worse"
    ]
    assert found[0].slice.title == "word 0: a"
    assert found[0].value < found[0].rest


def test_errors_that_are_really_larger_in_a_group_are_said() -> None:
    table = number_answers(0, 800, worse=1.5)[0]
    found = scores(table, divide(table, ["word 0"]), "test_mae", False)
    assert (found[0].slice.words, found[0].standing) == ("a", "worse")


def test_a_group_of_few_rows_is_shown_and_not_judged() -> None:
    table = class_answers(0, 100)[0].assign(place=["few"] * 8 + ["more"] * 92)
    few = scores(table, divide(table, ["place"]), "test_accuracy", True)[-1]
    assert (few.slice.words, few.rows, few.standing) == ("few", 8, "few")
    assert np.isfinite(few.value)
    assert np.isnan(few.low)


def test_recall_counts_the_rows_that_have_the_positive_answer() -> None:
    table = class_answers(0, 100)[0]
    positive = np.flatnonzero(table["answer"] == "Yes")
    table["place"] = "rest"
    table.loc[[*positive[:3], *np.flatnonzero(table["answer"] == "No")[:30]], "place"] = "seldom"
    found = {score.slice.words: score for score in scores(table, divide(table, ["place"]), "test_recall", True)}
    assert (found["seldom"].rows, found["seldom"].counted, found["seldom"].standing) == (33, 3, "few")
    assert found["rest"].standing == "close"
    assert np.isfinite(found["rest"].low)
    assert np.isnan(found["rest"].p_value)  # there is nothing to hold it against


def test_few_rows_have_the_exact_interval_even_where_all_are_right() -> None:
    table = class_answers(0, 100)[0].assign(place=["all right"] * 12 + ["rest"] * 88)
    table.loc[:11, "prediction"] = table.loc[:11, "answer"]
    found = {score.slice.words: score for score in scores(table, divide(table, ["place"]), "test_accuracy", True)}
    assert found["all right"].high == 1
    assert found["all right"].low == pytest.approx(stats.binomtest(12, 12).proportion_ci().low)


def test_rows_that_hang_together_are_drawn_together() -> None:
    table = class_answers(0, 240)[0].sort_values("word 0", ignore_index=True)
    alone = scores(table, divide(table, ["word 0"]), "test_accuracy", True)
    table.insert(1, GROUP, np.arange(240) // 20)
    together = scores(table, divide(table, ["word 0"]), "test_accuracy", True)
    assert {score.standing for score in together} == {"few"}  # six groups of rows or so in each
    assert {(score.slice, score.value) for score in together} == {(score.slice, score.value) for score in alone}
    table[GROUP] = np.arange(240) // 2
    assert all(
        score.low < score.value < score.high
        for score in scores(table, divide(table, ["word 1"]), "test_accuracy", True)[:2]
    )


def test_a_metric_that_the_table_does_not_give_gives_nothing() -> None:
    table = class_answers(0, 60)[0]
    assert scores(table, divide(table, ["word 0"]), "test_mae", False) == []


def test_values_alone_come_in_the_order_of_the_groups() -> None:
    table = class_answers(0)[0]
    groups = divide(table, ["word 0"])
    found = values(table, groups, "test_recall")
    assert [one.slice for one in found] == groups
    assert {one.slice: one.value for one in found} == {
        one.slice: one.value for one in scores(table, groups, "test_recall", True)
    }


def test_our_tests_are_the_librarys() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        one, other = (rng.random(rng.integers(10, 60)) < rng.random() for _side in range(2))
        table = [[side.sum(), (~side).sum()] for side in (one, other)]
        assert _fisher(one.astype(float), other.astype(float)) == pytest.approx(stats.fisher_exact(table).pvalue)
        a, b = rng.exponential(size=rng.integers(10, 60)), rng.exponential(2, rng.integers(10, 60))
        assert _welch(a, b) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_holms_steps_never_go_down() -> None:
    assert holm([]) == []
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


@pytest.mark.parametrize(
    ("metric", "rows"),
    [("accuracy", 40), ("mae", 40)]
    + [
        pytest.param(metric, rows, marks=pytest.mark.long)
        for metric in ("accuracy", "recall", "f1", "mae", "rmse")
        for rows in (40, 150, 600)
    ],
)
def test_chance_alone_seldom_makes_any_group_worse_off(metric: str, rows: int) -> None:
    of_errors, looks, much = metric in {"mae", "rmse"}, draws(200, 10), {} if is_long() else {"words": 2, "numbers": 1}
    alarms = 0
    for seed in range(looks):
        table = (number_answers if of_errors else class_answers)(seed, rows, **much)[0]
        found = scores(table, divide_by_each(table), f"test_{metric}", not of_errors, intervals=False)
        alarms += any(score.standing == "worse" for score in found)
    assert alarms <= stats.binom.ppf(0.999, looks, 0.05)
