from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from core.store.profiles import readable_profile
from core.training.profile import feature_profile, reference_sample
from trainers import TASKS

FEATURES = pd.DataFrame(
    {
        "whole": [1.0, 2.0, np.nan, 4.0],
        "broken": [0.5, 1.0, 1.5, 2.0],
        "word": ["b", "a", None, "b"],
        "empty": [np.nan] * 4,
        "blank": [None] * 4,
    }
).astype({"word": "str", "blank": "str"})
TARGET = pd.Series(["No", "Yes", "No", "No"], name="Churn")
PROFILE = feature_profile(TASKS["telco_churn"], FEATURES, TARGET)
BY_NAME = {feature["name"]: feature for feature in PROFILE["features"]}  # type: ignore[attr-defined]


def test_a_profile_is_plain_json() -> None:
    assert json.loads(json.dumps(PROFILE, allow_nan=False)) == PROFILE


def test_a_number_is_an_integer_when_all_its_values_are_whole() -> None:
    types = {name: feature["type"] for name, feature in BY_NAME.items()}
    assert types == {
        "whole": "integer",
        "broken": "number",
        "word": "category",
        "empty": "number",
        "blank": "category",
    }


def test_a_number_has_its_range_and_its_quantiles() -> None:
    found = dict(BY_NAME["broken"])
    assert found.pop("quantiles") == pytest.approx({"5": 0.575, "25": 0.875, "50": 1.25, "75": 1.625, "95": 1.925})
    assert found == {
        "name": "broken",
        "type": "number",
        "missing": 0,
        "min": 0.5,
        "max": 2.0,
        "median": 1.25,
    }


def test_categories_come_most_frequent_first() -> None:
    assert BY_NAME["word"] == {
        "name": "word",
        "type": "category",
        "missing": 1,
        "mode": "b",
        "categories": [{"value": "b", "count": 2}, {"value": "a", "count": 1}],
    }


@pytest.mark.parametrize("words", [["b", "a", "c"], ["c", "b", "a"]])
def test_equally_frequent_categories_come_by_the_alphabet_whatever_the_order_of_the_rows(words: list[str]) -> None:
    table = pd.DataFrame({"word": pd.Series(words, dtype="str")})
    target = pd.Series(["No"] * 3, name="Churn")
    profiled = feature_profile(TASKS["telco_churn"], table, target)["features"]
    assert [one["value"] for one in profiled[0]["categories"]] == ["a", "b", "c"]  # type: ignore[index]
    assert profiled[0]["mode"] == "a"  # type: ignore[index]


def test_a_column_without_values_has_no_range_and_no_mode() -> None:
    assert (BY_NAME["empty"]["missing"], BY_NAME["empty"]["min"], BY_NAME["empty"]["median"]) == (4, None, None)
    assert (BY_NAME["blank"]["mode"], BY_NAME["blank"]["categories"]) == (None, [])


def test_classes_come_in_the_tasks_order() -> None:
    assert PROFILE["target"] == {
        "name": "Churn",
        "kind": "classification",
        "classes": [{"value": "No", "count": 3}, {"value": "Yes", "count": 1}],
    }


def test_a_number_to_predict_has_its_range() -> None:
    prices = pd.Series([1.0, 2.0, 3.0, 4.0], name="precio")
    target = feature_profile(TASKS["car_prices"], FEATURES, prices)["target"]
    assert isinstance(target, dict)
    assert (target["kind"], target["min"], target["median"], target["max"]) == ("regression", 1.0, 2.5, 4.0)


def test_a_sample_is_the_same_each_time_and_has_the_target() -> None:
    features = pd.DataFrame({"x": np.arange(2000.0)})
    target = pd.Series(np.arange(2000.0) * 2, name="y")
    sample = reference_sample(features, target)
    pd.testing.assert_frame_equal(sample, reference_sample(features, target))
    assert len(sample) == 500
    assert (sample["y"] == sample["x"] * 2).all()


def test_a_small_table_is_its_own_sample() -> None:
    assert reference_sample(FEATURES, TARGET).drop(columns="Churn").equals(FEATURES)


def test_all_of_it_can_be_read_again() -> None:
    assert readable_profile(json.loads(json.dumps(PROFILE))) == PROFILE
    prices = feature_profile(TASKS["car_prices"], FEATURES, pd.Series([1.0, 2.0, 3.0, 4.0], name="precio"))
    assert readable_profile(prices) == prices


def test_quantiles_are_those_that_pandas_gives_one_by_one() -> None:
    column = pd.Series(np.random.default_rng(0).gamma(2, size=37), name="x")
    described = feature_profile(TASKS["telco_churn"], column.to_frame(), TARGET)["features"][0]  # type: ignore[index]
    assert described["quantiles"] == {str(q): column.quantile(q / 100) for q in (5, 25, 50, 75, 95)}
