from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.slices import ALL_ROWS, Part, Slice, divide, divide_by_each, feature_names, with_columns
from core.errors import ParameterError
from core.i18n import speaking


def table(**columns: object) -> pd.DataFrame:
    features = pd.DataFrame(columns)
    own = pd.DataFrame({"row": range(len(features)), "answer": "a", "prediction": "a", "probability_a": 1.0})
    return pd.concat([own, features], axis=1)


def groups(values: object) -> dict[str, int]:
    rows = table(x=values)
    return {one.words: int(one.holds(rows).sum()) for one in divide(rows, ["x"])}


def test_each_category_is_a_group_the_most_frequent_first() -> None:
    assert groups(["b"] * 20 + ["a"] * 30) == {"a": 30, "b": 20}


def test_rare_categories_are_one_group_and_a_single_one_keeps_its_name() -> None:
    assert groups(["a"] * 30 + ["b"] * 3 + ["c"] * 4) == {"a": 30, "2 rare values together": 7}
    assert groups(["a"] * 30 + ["b"] * 3) == {"a": 30, "b": 3}


def test_of_very_many_categories_the_most_frequent_are_named() -> None:
    found = groups([f"v{place:02}" for place in range(40) for _ in range(10 + place)])
    assert len(found) == 13
    assert "28 rare values together" in found
    assert "v39" in found


def test_missing_is_a_group_of_its_own() -> None:
    assert groups(["a", None, "b", np.nan] * 10) == {"a": 10, "b": 10, "missing": 20}
    assert groups([1.0, np.nan] * 20) == {"1": 20, "missing": 20}


def test_yes_and_no_are_words_and_few_numbers_are_a_group_each() -> None:
    assert groups([True, False, True] * 10) == {"True": 20, "False": 10}
    assert groups([0, 1, 1] * 10) == {"0": 10, "1": 20}


def test_bands_hold_about_as_many_rows_each_and_their_ends_read_well() -> None:
    found = groups(np.arange(1000) / 10)
    assert list(found) == ["up to 25", "over 25 to 50", "over 50 to 75", "over 75"]
    assert all(200 <= rows <= 300 for rows in found.values())


def test_bands_of_whole_numbers_end_at_whole_numbers() -> None:
    found = groups(np.random.default_rng(0).integers(2008, 2025, 500))
    assert all("." not in words for words in found)


def test_a_frequent_number_leaves_no_band_empty() -> None:
    found = groups([0.0] * 150 + list(np.linspace(1, 9, 50)))
    assert all(rows > 0 for rows in found.values())
    assert sum(found.values()) == 200


def test_few_rows_make_few_bands() -> None:
    assert len(groups(np.linspace(0, 1, 30))) == 2


@pytest.mark.parametrize(
    "values",
    [
        [np.inf, -np.inf, 1e308, -1e308, *range(30)],
        [np.nan] * 9,
        [1e-9] * 8,
        [5e-324, 0] * 9,
        [10.0**e for e in range(-20, 20)],
    ],
)
def test_every_row_is_in_one_group_whatever_the_numbers(values: list[float]) -> None:
    rows = table(x=values)
    of_each = np.sum([one.holds(rows) for one in divide(rows, ["x"])], axis=0)
    assert (of_each == 1).all()


def test_two_columns_together_divide_by_both_and_leave_no_empty_group() -> None:
    rows = table(x=["a", "a", "b", None] * 10, y=[1, 2, 1, 1] * 10)
    found = {one.words: int(one.holds(rows).sum()) for one in divide(rows, ["x", "y"])}
    assert found == {"a · 1": 10, "a · 2": 10, "b · 1": 10, "missing · 1": 10}
    assert divide(rows, ["x", "y"])[0].title == "x: a · y: 1"


def test_what_was_divided_holds_of_other_rows() -> None:
    found = divide(table(x=["a"] * 30 + ["b"] * 5 + ["c"] * 5, y=list(range(40))), ["x"])
    other = table(x=["z", "a", None, "b"], y=[1, 2, 3, 4])
    assert [one.holds(other).tolist() for one in found] == [[False, True, False, False], [True, False, False, True]]


def test_groups_are_named_in_the_readers_language_and_kept_in_none() -> None:
    band, rare = Slice((Part("x", "band", low=0.5, high=2),)), Slice((Part("x", "rare", others=("a",), count=3),))
    with speaking("es"):
        assert band.words == "más de 0,5 y hasta 2"
        assert rare.words == "3 valores poco frecuentes juntos"
    assert (band.text, rare.text) == ("> 0.5 <= 2", "rare")


def test_each_column_that_tells_rows_apart_is_divided_and_the_same_rows_are_one_group() -> None:
    rows = table(x=["a", "b"] * 20, same=["a"] * 40, again=["p", "q"] * 20)
    assert feature_names(rows) == ["x", "same", "again"]
    assert [one.title for one in divide_by_each(rows)] == ["x: a", "x: b"]


@pytest.mark.parametrize("columns", [[], ["x", "y", "z"]])
def test_one_column_or_two_are_asked_for(columns: list[str]) -> None:
    with pytest.raises(ParameterError, match="divided by 1 or 2 columns"):
        divide(table(x=[1], y=[1], z=[1]), columns)


def test_a_column_that_is_not_there_is_said() -> None:
    with pytest.raises(ParameterError, match="must have the column 'city'"):
        divide(table(x=[1]), ["city"])


def test_columns_that_a_model_was_not_given_come_from_answers_to_the_same_rows() -> None:
    whole = table(x=["a", "b", "c"] * 20, y=range(60))
    fewer, others = whole.drop(columns="x").sample(frac=1, random_state=0), whole.assign(row=range(100, 160))
    found = with_columns(fewer, ["x", "y"], [others, whole])
    assert found is not None
    assert dict(zip(found["row"], found["x"], strict=True)) == dict(zip(whole["row"], whole["x"], strict=True))
    assert with_columns(whole, ["x"], []) is whole
    assert with_columns(fewer, ["x"], [others]) is None


def test_without_a_part_a_group_is_all_rows() -> None:
    assert ALL_ROWS.holds(table(x=[1, 2, 3])).all()
    assert ALL_ROWS.words == ALL_ROWS.title == "all rows"
