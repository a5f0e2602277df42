from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.comparison import noise
from core.training.evaluation import evaluation_table, metrics
from tests.fixtures.draws import draws

SIMULATIONS, DRAWS = 1000, 400
MOST_FALSE = {SIMULATIONS: 0.07, SIMULATIONS // 10: 0.11}  # chance alone finds 5 %, and in 99 of 100 times no more


def classified(seed, rows=120, classes=2, wrong=0.2, others_wrong=None, shared=0.5):
    """Two models' test answers: what each gets wrong is partly the same rows."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(0, classes, rows)
    hard = rng.normal(size=rows)
    return answers, [
        np.where(
            np.sqrt(shared) * hard + np.sqrt(1 - shared) * rng.normal(size=rows) < stats.norm.ppf(rate),
            (answers + 1) % classes,
            answers,
        )
        for rate in (wrong, wrong if others_wrong is None else others_wrong)
    ]


def class_table(answers, predictions, classes=2, seed=0, names="abcdefgh"):
    """The table that training stores; rows of one probability occur, as they do with trees."""
    rng = np.random.default_rng(seed)
    chances = np.round(rng.random((len(answers), classes)), 1) + 0.05
    chances[np.arange(len(answers)), predictions] += 0.5
    chances /= chances.sum(axis=1, keepdims=True)
    features = pd.DataFrame({"size": np.arange(len(answers)) / 7, "kind": "x"})
    return evaluation_table(features, answers, predictions, chances, tuple(names[:classes])), chances


def class_tables(*args, classes=2, **kwargs):
    answers, predictions = classified(*args, classes=classes, **kwargs)
    return [class_table(answers, each, classes, seed)[0] for seed, each in enumerate(predictions)]


def number_tables(seed, rows=120, spread=(0.5, 0.5)):
    rng = np.random.default_rng(seed)
    answers, hard = rng.normal(50, 1, rows), rng.normal(size=rows)
    features = pd.DataFrame({"size": np.arange(rows)})
    return [
        evaluation_table(features, answers, answers + size * (0.7 * hard + 0.7 * rng.normal(size=rows)))
        for size in spread
    ]


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_classification_metrics_are_scikit_learns(classes: int) -> None:
    answers, (predictions, _) = classified(1, classes=classes, wrong=0.3)
    table, chances = class_table(answers, predictions, classes)
    logged = metrics("classification", answers, predictions, chances, "test_")
    assert {metric: noise.recompute(table, metric) for metric in logged} == pytest.approx(logged, abs=1e-12)
    assert all(noise.reproduces(table, metric, value) for metric, value in logged.items())
    assert noise.computable(table, "test_roc_auc") == (classes == 2)


def test_metrics_of_a_draw_of_rows_are_scikit_learns() -> None:
    drawn = np.random.default_rng(3).integers(0, 120, 120)
    for classes in (2, 4):
        answers, (predictions, _) = classified(2, classes=classes, wrong=0.4)
        table, chances = class_table(answers, predictions, classes)
        logged = metrics("classification", answers[drawn], predictions[drawn], chances[drawn], "test_")
        again = table.iloc[drawn].reset_index(drop=True)
        assert {metric: noise.recompute(again, metric) for metric in logged} == pytest.approx(logged, abs=1e-12)


def test_a_class_that_is_never_predicted_counts_as_zero() -> None:
    answers = np.array([0, 0, 1, 2] * 5)
    for predictions in (np.zeros(20, dtype=int), np.ones(20, dtype=int)):
        table, chances = class_table(answers, predictions, 3)
        logged = metrics("classification", answers, predictions, chances, "test_")
        assert {metric: noise.recompute(table, metric) for metric in logged} == pytest.approx(logged)


def test_regression_metrics_are_scikit_learns() -> None:
    table = number_tables(4)[0]
    logged = metrics("regression", table["answer"].to_numpy(), table["prediction"].to_numpy(), None, "test_")
    assert {metric: noise.recompute(table, metric) for metric in logged} == pytest.approx(logged, rel=1e-9)
    constant = table.assign(answer=1e6 / 3)
    assert noise.recompute(constant, "test_r2") == 0
    assert noise.recompute(constant.assign(prediction=1e6 / 3), "test_r2") == 1


@pytest.mark.parametrize("metric", ["train_accuracy", "accuracy", "test_profit", "train_test_gap", "test_rmse"])
def test_what_test_answers_do_not_give_is_not_computed(metric: str) -> None:
    table = class_tables(0)[0]
    assert not noise.computable(table, metric)
    assert np.isnan(noise.recompute(table, metric))
    assert not noise.reproduces(table, metric, 0.5)
    assert noise.metric_interval(table, metric) is None


def test_a_feature_named_like_a_probability_is_no_class() -> None:
    table = class_tables(0)[0]
    table.insert(5, "probability_of_rain", 0.3)
    assert noise.recompute(table, "test_f1") == noise.recompute(class_tables(0)[0], "test_f1")


def test_missing_predictions_give_no_metric() -> None:
    table = number_tables(0)[0]
    table.loc[3, "prediction"] = np.nan
    assert not noise.computable(table, "test_rmse")
    assert noise.paired_difference(table, table, "test_rmse", False).outcome == "unknown"


def test_the_test_set_is_the_same_in_any_order_of_rows() -> None:
    a, b = class_tables(0)
    shuffled = b.sample(frac=1, random_state=1)
    assert noise.same_test_set(a, shuffled)
    assert noise.paired_difference(a, shuffled, "test_accuracy", True).only_a == (
        noise.paired_difference(a, b, "test_accuracy", True).only_a
    )


def test_the_test_set_is_the_same_with_a_feature_fewer_and_missing_values() -> None:
    a, b = class_tables(0)
    a.loc[2, "size"] = b.loc[2, "size"] = np.nan
    assert noise.same_test_set(a, b)
    assert noise.same_test_set(a, b.drop(columns="kind"))
    assert not noise.same_test_set(a.drop(columns="size"), b.drop(columns="kind"))


@pytest.mark.parametrize("column", ["row", "answer", "size"])
def test_another_row_answer_or_feature_is_another_test_set(column: str) -> None:
    a, b = class_tables(0)
    b.loc[0, column] = "b" if b.loc[0, column] == "a" else "a" if column == "answer" else 99
    assert not noise.same_test_set(a, b)
    assert noise.paired_difference(a, b, "test_accuracy", True).reason == "other_test_set"


def test_fewer_rows_are_another_test_set() -> None:
    a, b = class_tables(0)
    assert not noise.same_test_set(a, b.head(100))


@pytest.mark.parametrize("metric", ["accuracy", "precision", "recall", "f1", "roc_auc"])
def test_an_interval_is_around_the_value_and_always_the_same(metric: str) -> None:
    table = class_tables(0)[0]
    found = noise.metric_interval(table, f"test_{metric}")
    assert found is not None
    assert found.low < found.value < found.high
    assert found == noise.metric_interval(table, f"test_{metric}")


def test_the_interval_of_accuracy_is_about_what_theory_says() -> None:
    table = class_tables(0, rows=400)[0]
    found = noise.metric_interval(table, "test_accuracy")
    half = 1.96 * np.sqrt(found.value * (1 - found.value) / 400)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)


def test_the_interval_of_few_rows_is_as_wide_as_students() -> None:
    errors = np.linspace(1, 3, 12)
    table = evaluation_table(pd.DataFrame({"size": np.arange(12)}), np.zeros(12), errors)
    found = noise.metric_interval(table, "test_mae", resamples=20_000)
    half = stats.t.ppf(0.975, 11) * errors.std(ddof=1) / np.sqrt(12)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)


def test_a_model_that_is_always_right_is_not_sure_to_stay_so() -> None:
    answers = np.array([0, 1] * 15)
    table = class_table(answers, answers)[0]
    found = noise.metric_interval(table, "test_accuracy")
    assert (found.value, found.high) == (1, 1)
    assert 0.8 < found.low < 0.95
    assert np.isnan(noise.metric_interval(table, "test_f1").low)


@pytest.mark.parametrize("metric", ["test_accuracy", "test_f1", "test_roc_auc"])
def test_a_run_against_itself_is_identical(metric: str) -> None:
    table = class_tables(0)[0]
    found = noise.paired_difference(table, table.copy(), metric, True)
    assert (found.outcome, found.gap, found.low, found.high, found.differing_rows) == ("identical", 0, 0, 0, 0)


def test_wrong_in_different_ways_is_identical_in_accuracy() -> None:
    answers = np.array([0, 1, 2] * 10)
    predictions = [answers.copy(), answers.copy()]
    predictions[0][0], predictions[1][0] = 1, 2
    a, b = (class_table(answers, each, 3)[0] for each in predictions)
    found = noise.paired_difference(a, b, "test_accuracy", True)
    assert (found.outcome, found.differing_rows) == ("identical", 1)


def test_one_row_is_too_little_to_tell() -> None:
    answers = np.array([0, 1] * 50)
    other = answers.copy()
    other[0] = 1
    found = noise.paired_difference(
        class_table(answers, answers)[0], class_table(answers, other)[0], "test_accuracy", True
    )
    assert found.outcome == "close"
    assert (found.only_a, found.only_b, found.p_value, found.rows) == (1, 0, 1.0, 100)
    assert found.gap == pytest.approx(0.01)
    assert found.low == 0


@pytest.mark.parametrize("metric", ["test_accuracy", "test_f1", "test_recall"])
def test_a_clearly_better_classifier_is_found(metric: str) -> None:
    found = [
        noise.paired_difference(*class_tables(seed, 200, wrong=0.1, others_wrong=0.3), metric, True, resamples=DRAWS)
        for seed in range(20)
    ]
    assert all(each.outcome == "better" and each.low > 0 for each in found)


@pytest.mark.parametrize(("metric", "better"), [("test_rmse", False), ("test_mae", False), ("test_r2", True)])
def test_a_clearly_better_regressor_is_found_and_the_gap_favours_it(metric: str, better: bool) -> None:
    for seed in range(20):
        a, b = number_tables(seed, 200, (0.4, 0.8))
        found = noise.paired_difference(a, b, metric, better, resamples=DRAWS)
        assert found.outcome == "better"
        assert 0 < found.low < found.gap < found.high
        assert noise.paired_difference(b, a, metric, better, resamples=DRAWS).high < 0


def test_counts_of_mcnemars_test_are_those_of_accuracy_only() -> None:
    a, b = class_tables(0)
    found = noise.paired_difference(a, b, "test_accuracy", True)
    assert found.gap == pytest.approx((found.only_a - found.only_b) / 120)
    assert found.p_value == stats.binomtest(found.only_a, found.only_a + found.only_b).pvalue
    assert noise.paired_difference(a, b, "test_f1", True).p_value is None


def test_the_noise_is_unknown_for_a_reason() -> None:
    a, b = class_tables(0)

    def reason(*args, **kwargs):
        found = noise.paired_difference(*args, better=True, **kwargs)
        assert found.outcome == "unknown"
        assert np.isnan(found.gap)
        return found.reason

    assert reason(a, None, "test_accuracy") == "no_table"
    assert reason(a, pd.DataFrame({"other": [1]}), "test_accuracy") == "no_table"
    assert reason(a, None, "train_accuracy") == "not_from_predictions"
    assert reason(a, b, "test_rmse") == "not_from_predictions"
    assert reason(a.head(9), b.head(9), "test_accuracy") == "too_few_rows"
    right = noise.recompute(a, "test_accuracy")
    assert reason(a, b, "test_accuracy", logged=(right, 0.123)) == "not_reproduced"


def false_finds(tables, metric, better, simulations):
    """Return how often two equal models are told apart."""
    return np.mean(
        [
            noise.paired_difference(
                *tables(seed, (100, 200, 300)[seed % 3]), metric, better, resamples=DRAWS
            ).outcome
            == "better"
            for seed in range(simulations)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tables", "metric", "better"),
    [
        (class_tables, "test_accuracy", True),
        (class_tables, "test_f1", True),
        (number_tables, "test_rmse", False),
    ],
)
def test_equal_models_are_rarely_told_apart(tables, metric: str, better: bool) -> None:
    simulations = draws(SIMULATIONS)
    assert false_finds(tables, metric, better, simulations) <= MOST_FALSE[simulations]
