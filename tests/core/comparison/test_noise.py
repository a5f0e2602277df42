from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.comparison import measures, noise
from core.training.evaluation import evaluation_table
from tests.fixtures.answers import class_table, class_tables, number_tables
from tests.fixtures.draws import draws

SIMULATIONS, DRAWS = 1000, 400


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
    assert (found.only_a, found.only_b, found.p_value, found.rows) == (1, 0, 0.5, 100)
    assert found.gap == pytest.approx(0.01)
    assert found.low == 0


@pytest.mark.long
@pytest.mark.parametrize("metric", ["test_accuracy", "test_f1", "test_recall"])
def test_a_clearly_better_classifier_is_found(metric: str) -> None:
    found = [
        noise.paired_difference(*class_tables(seed, 200, wrong=0.1, others_wrong=0.3), metric, True, resamples=DRAWS)
        for seed in range(20)
    ]
    assert all(each.outcome == "better" and each.low > 0 for each in found)


@pytest.mark.long
@pytest.mark.parametrize(("metric", "better"), [("test_rmse", False), ("test_mae", False), ("test_r2", True)])
def test_a_clearly_better_regressor_is_found_and_the_gap_favours_it(metric: str, better: bool) -> None:
    for seed in range(20):
        a, b = number_tables(seed, 200, (0.4, 0.8))
        found = noise.paired_difference(a, b, metric, better, resamples=DRAWS)
        assert found.outcome == "better"
        assert 0 < found.low < found.gap < found.high
        assert noise.paired_difference(b, a, metric, better, resamples=DRAWS).high < 0


def test_rows_that_only_one_has_right_are_counted_for_accuracy_only() -> None:
    a, b = class_tables(0)
    found = noise.paired_difference(a, b, "test_accuracy", True)
    assert found.gap == pytest.approx((found.only_a - found.only_b) / 120)
    assert noise.paired_difference(a, b, "test_f1", True).only_a is None


def test_rows_in_another_order_or_missing_predictions_change_no_judgement() -> None:
    a, b = class_tables(0)
    found = noise.paired_difference(a, b.sample(frac=1, random_state=1), "test_accuracy", True)
    assert found.only_a == noise.paired_difference(a, b, "test_accuracy", True).only_a
    table = number_tables(0)[0]
    table.loc[3, "prediction"] = np.nan
    assert noise.paired_difference(table, table, "test_rmse", False).outcome == "unknown"
    assert noise.metric_interval(table, "test_rmse") is None


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
    assert reason(a, b.drop(columns=["probability_a", "probability_b"]), "test_f1") == "not_from_predictions"
    assert reason(a, b.assign(size=-1), "test_f1") == "other_test_set"
    assert reason(a.head(9), b.head(9), "test_accuracy") == "too_few_rows"
    right = measures.recompute(a, "test_accuracy")
    assert reason(a, b, "test_accuracy", logged=(right, 0.123)) == "not_reproduced"


def most_false(simulations: int) -> float:
    """Return the share that chance alone finds, 5 %, or what is no more than bad luck: once in 200 times."""
    return float(stats.binom.ppf(0.995, simulations, 0.05) / simulations)


def told_apart(found: Sequence[noise.Difference]) -> bool:
    return any(difference.outcome == "better" for difference in found)


@pytest.mark.parametrize("metric", ["test_f1", "test_precision", "test_recall", "test_roc_auc"])
def test_five_differing_rows_are_too_few_for_a_better_one_and_eight_are_enough(metric: str) -> None:
    answers, weak = np.array([0, 1] * 60), np.array([0, 1] * 60)
    weak[1:41:2] = 0  # both miss twenty
    weak[40:60:2] = 1  # and find ten that are none

    def outcome_of(rows: Sequence[int]) -> str:
        better = weak.copy()
        better[list(rows)] = answers[list(rows)]
        a, b = (surely(answers, each) for each in (better, weak))
        return noise.paired_difference(a, b, metric, True).outcome

    wrong = np.flatnonzero(weak != answers)
    chosen = [row for row in wrong if answers[row] == (0 if metric == "test_precision" else 1)]
    assert outcome_of(chosen[:5]) == "close"
    assert outcome_of(chosen[:8]) == "better"


def surely(answers: np.ndarray, predictions: np.ndarray) -> pd.DataFrame:
    """A model that is 80 % sure of each answer."""
    chances = np.column_stack([1 - predictions, predictions]) * 0.6 + 0.2
    features = pd.DataFrame({"size": np.arange(len(answers))})
    return evaluation_table(features, answers, predictions, chances, ("no", "yes"))


def test_runs_that_stand_with_many_others_need_a_larger_lead() -> None:
    a, b, *others = class_tables(0, 200, models=12)
    alone, among = (noise.leads(tables, "test_accuracy", True)[0] for tables in ([a, b], [a, b, *others]))
    assert among.gap == alone.gap
    assert among.high - among.low > 1.2 * (alone.high - alone.low)
    assert among.level < 0.02 < alone.level == pytest.approx(0.05)


def test_a_run_that_cannot_be_compared_leaves_the_others_as_they_are() -> None:
    a, b = class_tables(0)
    alone, none, strange = noise.leads([a, b, None, b.assign(size=0)], "test_f1", True)
    assert alone == noise.paired_difference(a, b, "test_f1", True)
    assert (none.reason, strange.reason) == ("no_table", "other_test_set")


def test_several_metrics_of_one_pair_are_judged_together() -> None:
    a, b = class_tables(0)
    alone = noise.paired_difference(a, b, "test_accuracy", True)
    found = noise.differences(a, b, {"test_accuracy": True, "test_roc_auc": True, "test_rmse": False})
    assert found["test_accuracy"].gap == alone.gap
    assert found["test_accuracy"].high > alone.high
    assert found["test_roc_auc"].level == found["test_accuracy"].level < alone.level
    assert found["test_rmse"].reason == "not_from_predictions"


@pytest.mark.part(3)
@pytest.mark.parametrize(
    ("tables", "metric", "better"),
    [
        (class_tables, "test_accuracy", True),
        (class_tables, "test_f1", True),
        (number_tables, "test_rmse", False),
    ],
)
def test_equal_models_are_rarely_told_apart(tables, metric: str, better: bool) -> None:
    simulations = draws(SIMULATIONS, 25)
    false = [
        told_apart(noise.leads(tables(seed, (100, 200, 300)[seed % 3]), metric, better, resamples=DRAWS))
        for seed in range(simulations)
    ]
    assert np.mean(false) <= most_false(simulations)


@pytest.mark.long
@pytest.mark.parametrize("metric", ["test_accuracy", "test_f1", "test_rmse"])
def test_the_best_of_twelve_equal_models_is_rarely_told_from_any_of_them(metric: str) -> None:
    simulations, better = draws(SIMULATIONS, 50), metric != "test_rmse"
    false = 0
    for seed in range(simulations):
        if better:
            tables = class_tables(seed, (100, 200, 300)[seed % 3], models=12)
        else:
            tables = number_tables(seed, (100, 200, 300)[seed % 3], [0.5] * 12)
        tables.sort(key=lambda table: measures.recompute(table, metric), reverse=better)
        false += told_apart(noise.leads(tables, metric, better, resamples=DRAWS))
    assert false / simulations <= most_false(simulations)


def real_runs(load, estimators) -> list[pd.DataFrame]:
    """Test answers of real models to real rows, of which the later ones never see any in training."""
    x, y = load(return_X_y=True, as_frame=True)
    train_x, test_x, train_y, test_y = train_test_split(x, y, test_size=0.5, random_state=0)
    tables = []
    for estimator in estimators:
        model = make_pipeline(StandardScaler(), estimator).fit(train_x, train_y)
        chances = model.predict_proba(test_x) if hasattr(model, "predict_proba") else None
        classes = ("no", "yes") if chances is not None else ()
        tables.append(evaluation_table(test_x, test_y.to_numpy(), model.predict(test_x), chances, classes))
    return tables


@pytest.fixture(scope="module")
def classified() -> list[pd.DataFrame]:
    forest = RandomForestClassifier(10, max_depth=2, random_state=0)
    return real_runs(load_breast_cancer, [LogisticRegression(C=0.001), forest])


@pytest.fixture(scope="module")
def estimated() -> list[pd.DataFrame]:
    return real_runs(load_diabetes, [LinearRegression(), RandomForestRegressor(20, random_state=0)])


def swapped(tables: Sequence[pd.DataFrame], seed: int) -> list[pd.DataFrame]:
    """Two runs of which neither is better: it is chance which of the two gave which answer to a row."""
    a, b = tables
    swap = np.random.default_rng(seed).random(len(a)) < 0.5
    answered = [name for name in a if name == "prediction" or str(name).startswith("probability_")]
    return [
        mine.assign(**{name: np.where(swap, theirs[name], mine[name]) for name in answered})
        for mine, theirs in ((a, b), (b, a))
    ]


@pytest.mark.long
@pytest.mark.parametrize(
    ("runs", "metric"),
    [
        ("classified", "test_accuracy"),
        ("classified", "test_f1"),
        ("classified", "test_precision"),
        ("classified", "test_recall"),
        ("classified", "test_roc_auc"),
        ("estimated", "test_rmse"),
        ("estimated", "test_mae"),
        ("estimated", "test_r2"),
    ],
)
def test_real_models_whose_answers_are_swapped_are_rarely_told_apart(runs: str, metric: str, request) -> None:
    tables, simulations = request.getfixturevalue(runs), draws(SIMULATIONS, 25)
    better = metric not in ("test_rmse", "test_mae")
    false = [
        told_apart(noise.leads(swapped(tables, seed), metric, better, resamples=DRAWS)) for seed in range(simulations)
    ]
    assert np.mean(false) <= most_false(simulations)
