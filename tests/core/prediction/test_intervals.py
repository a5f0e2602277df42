from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from core.errors import ModelError
from core.prediction.intervals import GROUP_ROWS, Interval, disagree, residual_interval, rounded, tree_spread
from core.prediction.predict import Predictor
from tests.fixtures.draws import draws, is_long

COVERAGES = (0.8, 0.9, 0.95)
ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 3)), columns=["a", "b", "c"])
TARGET = ROWS["a"] * 2 + ROWS["b"] ** 2 + np.random.default_rng(1).normal(size=300)


def world(rows: int, seed: int, noise: str) -> tuple[np.ndarray, np.ndarray]:
    """Make inputs and true answers, whose errors are alike, skewed, or larger where the answer is."""
    made = np.random.default_rng(seed)
    x = made.uniform(0, 10, (rows, 3))
    level = 3 * x[:, 0] + x[:, 1] ** 2
    errors = {
        "alike": made.normal(0, 5, rows),
        "skewed": made.exponential(10, rows),
        "growing": made.normal(0, 0.3, rows) * level,
    }[noise]
    return x, level + errors


def table(model: Any, x: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"row": range(len(x)), "answer": answers, "prediction": model.predict(x)})


def errors(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"answer": values, "prediction": 0.0})


def inside(intervals: list[Interval | None], answers: np.ndarray) -> np.ndarray:
    return np.array(
        [one is not None and one.low <= answer <= one.high for one, answer in zip(intervals, answers, strict=True)]
    )


@pytest.mark.part(9)
@pytest.mark.parametrize("noise", ["alike", "skewed", "growing"])
@pytest.mark.parametrize("model", [LinearRegression(), RandomForestRegressor(5, random_state=0), KNeighborsRegressor()])
def test_intervals_hold_the_answer_as_often_as_they_promise(model: Any, noise: str) -> None:
    model.fit(*world(1000, 0, noise))
    known = table(model, *world(3000, 1, noise))
    rows, tolerance = (1500, 0.03) if is_long() else (500, 0.05)
    x, answers = world(rows, 2, noise)
    said = model.predict(x)
    for coverage in COVERAGES:
        held = inside([residual_interval(known, float(one), coverage) for one in said], answers)
        assert held.mean() == pytest.approx(coverage, abs=tolerance)


def test_few_test_rows_keep_the_promise_too() -> None:
    held = []
    for seed in range(draws(3000)):
        made = np.random.default_rng(seed).exponential(size=31)
        interval = residual_interval(errors(*made[:30]), 0.0, 0.8)
        held += list(inside([interval], made[30:]))
    assert np.mean(held) == pytest.approx(0.8, abs=0.03)


@pytest.mark.long
def test_where_answers_are_large_and_so_are_errors_the_promise_holds() -> None:
    model = LinearRegression().fit(*world(1000, 0, "growing"))
    known = table(model, *world(3000, 1, "growing"))
    x, answers = world(3000, 2, "growing")
    said = model.predict(x)
    large = said > np.quantile(said, 0.8)
    held = inside([residual_interval(known, float(one), 0.9) for one in said[large]], answers[large])
    assert held.mean() == pytest.approx(0.9, abs=0.04)


def test_errors_to_one_side_make_a_lopsided_interval() -> None:
    interval = residual_interval(errors(*range(1, 100)), 1000.0, 0.9)
    assert interval == Interval(1005, 1095, 0.9, 99)


@pytest.mark.parametrize("prediction", [5.0, 60.0, 500.0])
def test_more_coverage_never_makes_a_narrower_interval(prediction: float) -> None:
    known = table(LinearRegression().fit(*world(500, 0, "skewed")), *world(2000, 1, "skewed"))
    found = [residual_interval(known, prediction, coverage) for coverage in (0.5, 0.8, 0.9, 0.95, 0.99)]
    lows, highs = [one.low for one in found if one], [one.high for one in found if one]
    assert len(lows) == 5
    assert lows == sorted(lows, reverse=True)
    assert highs == sorted(highs)


@pytest.mark.parametrize(("coverage", "rows"), [(0.8, 9), (0.9, 19), (0.95, 39), (0.99, 199)])
def test_too_few_rows_make_no_interval(coverage: float, rows: int) -> None:
    values = list(np.random.default_rng(0).normal(size=rows))
    assert residual_interval(errors(*values[1:]), 0.0, coverage) is None
    interval = residual_interval(errors(*values), 7.0, coverage)
    assert interval == Interval(7 + min(values), 7 + max(values), coverage, rows)


def test_enough_rows_are_put_into_groups_of_like_predictions() -> None:
    predictions = np.arange(3.0 * GROUP_ROWS)
    known = pd.DataFrame({"answer": predictions + np.repeat([0, 10, 20], GROUP_ROWS), "prediction": predictions})
    assert residual_interval(known, 1.0) == Interval(1, 1, 0.9, GROUP_ROWS)
    assert residual_interval(known, 1e6) == Interval(1e6 + 20, 1e6 + 20, 0.9, GROUP_ROWS)


def test_a_model_that_always_says_the_same_has_one_group() -> None:
    interval = residual_interval(errors(*np.random.default_rng(0).normal(size=1000)), 0.0)
    assert interval is not None
    assert interval.rows == 1000


def test_a_group_that_ties_leave_too_small_is_not_used() -> None:
    known = errors(*np.random.default_rng(0).normal(size=1000)).assign(prediction=[0.0] * 990 + [1.0] * 10)
    interval = residual_interval(known, 1.0)
    assert interval is not None
    assert interval.rows == 1000


def test_rows_without_an_answer_do_not_count() -> None:
    interval = residual_interval(errors(*[np.nan] * 5, *range(30)), 0.0)
    assert interval is not None
    assert interval.rows == 30


def test_classes_have_no_interval() -> None:
    assert residual_interval(pd.DataFrame({"answer": ["a"] * 50, "prediction": ["b"] * 50}), 0.0) is None


def test_a_table_without_answers_has_no_interval() -> None:
    assert residual_interval(pd.DataFrame({"a": range(50)}), 0.0) is None
    assert residual_interval(errors(), 0.0) is None


def test_an_answer_that_is_no_number_has_no_interval() -> None:
    assert residual_interval(errors(*range(50)), float("nan")) is None


@pytest.mark.parametrize("coverage", [0.0, 1.0, 90.0])
def test_a_coverage_is_between_0_and_1(coverage: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        residual_interval(errors(*range(50)), 0.0, coverage)
    with pytest.raises(ValueError, match="between 0 and 1"):
        tree_spread(Predictor(LinearRegression()), ROWS.head(1), coverage)


FORESTS = {
    "random forest": RandomForestRegressor(30, random_state=0),
    "extra trees": ExtraTreesRegressor(30, bootstrap=True, random_state=0),
    "bagging": BaggingRegressor(DecisionTreeRegressor(), 30, max_features=2, random_state=0),
    "in a pipeline": make_pipeline(StandardScaler(), "passthrough", RandomForestRegressor(30, random_state=0)),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", FORESTS)
def test_a_forest_spreads_around_its_own_answer(name: str) -> None:
    predictor = Predictor(FORESTS[name].fit(ROWS, TARGET))
    for place in range(5):
        row = ROWS.iloc[[place]]
        spreads = [tree_spread(predictor, row, coverage) for coverage in (0.5, *COVERAGES)]
        answer = float(predictor.ask(row).values[0])
        assert all(spread is not None and spread[0] <= answer <= spread[1] for spread in spreads)
        widths = [spread[1] - spread[0] for spread in spreads if spread]
        assert widths == sorted(widths)
        assert widths[-1] > 0


def test_the_spread_is_between_the_answers_of_the_trees() -> None:
    forest = RandomForestRegressor(50, random_state=0).fit(ROWS, TARGET)
    trees = [tree.predict(ROWS.head(1).to_numpy())[0] for tree in forest.estimators_]
    assert tree_spread(Predictor(forest), ROWS.head(1), 0.8) == pytest.approx(np.quantile(trees, [0.1, 0.9]))


def test_an_answer_that_is_known_is_not_asked_for_again() -> None:
    forest = RandomForestRegressor(50, random_state=0).fit(ROWS, TARGET)
    row = ROWS.head(1)
    answer = float(forest.predict(row)[0])
    spread = tree_spread(Predictor(forest), row)
    forest.predict = None
    assert tree_spread(Predictor(forest), row, answer=answer) == spread


def test_a_few_trees_far_away_do_not_pull_the_answer_out_of_the_spread() -> None:
    lonely = pd.Series([0.0] * 299 + [1e6])
    forest = RandomForestRegressor(50, random_state=0).fit(ROWS.assign(a=lonely), lonely)
    row = pd.DataFrame({"a": [4e5], "b": [0.0], "c": [0.0]})
    answer, spread = float(forest.predict(row)[0]), tree_spread(Predictor(forest), row, 0.1)
    assert spread is not None
    assert spread[0] <= answer <= spread[1]


def test_a_forest_behind_encoded_words_is_asked_in_its_own_columns() -> None:
    rows = ROWS.assign(word=np.where(ROWS["a"] > 0, "up", "down"))
    encode = ColumnTransformer([("words", OneHotEncoder(), ["word"])], remainder="passthrough", sparse_threshold=1)
    forest = make_pipeline(encode, RandomForestRegressor(20, random_state=0)).fit(rows, TARGET)
    spread = tree_spread(Predictor(forest), rows.head(1))
    assert spread is not None
    assert spread[0] < spread[1]


def test_of_several_answers_the_followed_one_is_spread() -> None:
    both = np.column_stack([TARGET, 1000 + TARGET])
    predictor = Predictor(
        RandomForestRegressor(20, random_state=0).fit(ROWS, both), output_names=["small", "large"], output="large"
    )
    spread = tree_spread(predictor, ROWS.head(1))
    assert spread is not None
    assert spread[0] > 900


@pytest.mark.parametrize(
    "model",
    [
        GradientBoostingRegressor(n_estimators=5), HistGradientBoostingRegressor(max_iter=5),
        AdaBoostRegressor(n_estimators=5), VotingRegressor([("line", LinearRegression())]), LinearRegression(),
        DecisionTreeRegressor(), make_pipeline(StandardScaler(), GradientBoostingRegressor(n_estimators=5)),
    ],
    ids=lambda model: type(model).__name__,
)  # fmt: skip
def test_what_is_no_forest_has_no_spread(model: Any) -> None:
    assert tree_spread(Predictor(model.fit(ROWS, TARGET)), ROWS.head(1)) is None


def test_a_forest_of_classes_has_no_spread() -> None:
    assert tree_spread(Predictor(RandomForestClassifier(5).fit(ROWS, TARGET > 0)), ROWS.head(1)) is None


def test_a_row_that_the_forest_refuses_is_said() -> None:
    predictor = Predictor(FORESTS["random forest"].fit(ROWS, TARGET))
    with pytest.raises(ModelError, match="could not answer"):
        tree_spread(predictor, pd.DataFrame({"other": [1.0]}))


LOW, HIGH, WIDE = Interval(0.0, 10.0, 0.9, 50), Interval(20.0, 30.0, 0.9, 50), Interval(0.0, 30.0, 0.9, 50)


@pytest.mark.parametrize(
    ("one", "of_one", "other", "of_other", "apart"),
    [
        (5.0, LOW, 25.0, HIGH, True),
        (5.0, LOW, 25.0, WIDE, False),  # one is where the other may be
        (5.0, WIDE, 25.0, HIGH, False),
        (5.0, LOW, 25.0, None, False),  # of one nobody knows where it may be
        (5.0, None, 25.0, None, False),
        ("yes", None, "no", None, True),
        ("yes", None, "yes", None, False),
    ],
)
def test_numbers_disagree_when_each_is_outside_the_others_interval_and_words_when_they_differ(
    one: Any, of_one: Interval | None, other: Any, of_other: Interval | None, apart: bool
) -> None:
    assert disagree(one, other, of_one, of_other) is apart
    assert disagree(other, one, of_other, of_one) is apart


@pytest.mark.parametrize(
    ("value", "width", "digits"), [(1234.5678, 1000.0, 1235.0), (1.23456, 0.5, 1.235), (7.77, 0.0, 7.77)]
)
def test_digits_that_the_interval_leaves_no_meaning_are_left_out(value: float, width: float, digits: float) -> None:
    assert rounded(value, Interval(0.0, width, 0.9, 50)) == digits
    assert rounded(value, None) == value
