from __future__ import annotations

import numpy as np
import pytest

from core.comparison import measures
from core.training.evaluation import metrics
from tests.fixtures.answers import class_table, class_tables, classified, number_tables


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_classification_metrics_are_scikit_learns(classes: int) -> None:
    answers, (predictions, _) = classified(1, classes=classes, wrong=0.3)
    table, chances = class_table(answers, predictions, classes)
    logged = metrics("classification", answers, predictions, chances, "test_")
    assert {metric: measures.recompute(table, metric) for metric in logged} == pytest.approx(logged, abs=1e-12)
    assert all(measures.reproduces(table, metric, value) for metric, value in logged.items())
    assert measures.computable(table, "test_roc_auc") == (classes == 2)


def test_metrics_of_a_draw_of_rows_are_scikit_learns() -> None:
    drawn = np.random.default_rng(3).integers(0, 120, 120)
    for classes in (2, 4):
        answers, (predictions, _) = classified(2, classes=classes, wrong=0.4)
        table, chances = class_table(answers, predictions, classes)
        logged = metrics("classification", answers[drawn], predictions[drawn], chances[drawn], "test_")
        again = table.iloc[drawn].reset_index(drop=True)
        assert {metric: measures.recompute(again, metric) for metric in logged} == pytest.approx(logged, abs=1e-12)


def test_a_class_that_is_never_predicted_counts_as_zero() -> None:
    answers = np.array([0, 0, 1, 2] * 5)
    for predictions in (np.zeros(20, dtype=int), np.ones(20, dtype=int)):
        table, chances = class_table(answers, predictions, 3)
        logged = metrics("classification", answers, predictions, chances, "test_")
        assert {metric: measures.recompute(table, metric) for metric in logged} == pytest.approx(logged)


def test_regression_metrics_are_scikit_learns() -> None:
    table = number_tables(4)[0]
    logged = metrics("regression", table["answer"].to_numpy(), table["prediction"].to_numpy(), None, "test_")
    assert {metric: measures.recompute(table, metric) for metric in logged} == pytest.approx(logged, rel=1e-9)
    constant = table.assign(answer=1e6 / 3)
    assert measures.recompute(constant, "test_r2") == 0
    assert measures.recompute(constant.assign(prediction=1e6 / 3), "test_r2") == 1


@pytest.mark.parametrize("metric", ["train_accuracy", "accuracy", "test_profit", "train_test_gap", "test_rmse"])
def test_what_test_answers_do_not_give_is_not_computed(metric: str) -> None:
    table = class_tables(0)[0]
    assert not measures.computable(table, metric)
    assert np.isnan(measures.recompute(table, metric))
    assert not measures.reproduces(table, metric, 0.5)


def test_a_feature_named_like_a_probability_is_no_class() -> None:
    table = class_tables(0)[0]
    table.insert(5, "probability_of_rain", 0.3)
    assert measures.recompute(table, "test_f1") == measures.recompute(class_tables(0)[0], "test_f1")


def test_missing_predictions_give_no_metric() -> None:
    table = number_tables(0)[0]
    table.loc[3, "prediction"] = np.nan
    assert not measures.computable(table, "test_rmse")


def test_the_test_set_is_the_same_in_any_order_of_rows() -> None:
    a, b = class_tables(0)
    shuffled = b.sample(frac=1, random_state=1)
    assert measures.same_test_set(a, shuffled)


def test_the_test_set_is_the_same_with_a_feature_fewer_and_missing_values() -> None:
    a, b = class_tables(0)
    a.loc[2, "size"] = b.loc[2, "size"] = np.nan
    assert measures.same_test_set(a, b)
    assert measures.same_test_set(a, b.drop(columns="kind"))
    assert not measures.same_test_set(a.drop(columns="size"), b.drop(columns="kind"))


@pytest.mark.parametrize("column", ["row", "answer", "size"])
def test_another_row_answer_or_feature_is_another_test_set(column: str) -> None:
    a, b = class_tables(0)
    b.loc[0, column] = "b" if b.loc[0, column] == "a" else "a" if column == "answer" else 99
    assert not measures.same_test_set(a, b)


def test_fewer_rows_are_another_test_set() -> None:
    a, b = class_tables(0)
    assert not measures.same_test_set(a, b.head(100))
