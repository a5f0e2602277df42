"""The world is moved: what changes changes, by as much as was said, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.monitoring.shifts import NEW_WORD, Shift, columns_for, kinds_for, shift_words, shifted, some_of
from core.prediction.schema import InputField, typed_frame

FIELDS = (
    InputField("price", "number", "double", 10.0),
    InputField("rooms", "integer", "long", 3),
    InputField("city", "category", "string", "Lima", choices=("Lima", NEW_WORD)),
    InputField("lift", "boolean", "boolean", True),
    InputField("built", "date", "datetime", "2000-01-01T00:00:00"),
)
ROWS = typed_frame(
    FIELDS,
    pd.DataFrame({
        "price": np.arange(20) + 0.5, "rooms": np.arange(20), "city": ["Lima"] * 20, "lift": [True] * 20,
        "built": pd.date_range("2000-01-01", periods=20),
    }),
)  # fmt: skip
TRUTHS = pd.Series(["no", "yes"] * 10)


@pytest.mark.parametrize(("amount", "factor"), [(0.3, 1.3), (-0.5, 0.5), (0.0, 1.0)])
def test_numbers_go_up_or_down_in_every_row(amount: float, factor: float) -> None:
    rows, truths = shifted(ROWS, TRUTHS, FIELDS, Shift("scaled", "price", amount))
    assert np.allclose(rows["price"], ROWS["price"] * factor)
    pd.testing.assert_frame_equal(rows.drop(columns="price"), ROWS.drop(columns="price"))
    pd.testing.assert_series_equal(truths, TRUTHS)


def test_whole_numbers_stay_whole_and_keep_their_type() -> None:
    rows, _truths = shifted(ROWS, TRUTHS, FIELDS, Shift("scaled", "rooms", 0.3))
    assert rows["rooms"].dtype == ROWS["rooms"].dtype
    assert rows["rooms"].tolist() == [round(one * 1.3) for one in range(20)]


@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_values_go_missing_in_so_many_rows_and_in_these_too_where_it_is_more(name: str) -> None:
    few, _truths = shifted(ROWS, TRUTHS, FIELDS, Shift("missing", name, 0.25))
    many, _truths = shifted(ROWS, TRUTHS, FIELDS, Shift("missing", name, 0.5))
    assert (few[name].isna().sum(), many[name].isna().sum()) == (5, 10)
    assert set(np.flatnonzero(few[name].isna())) < set(np.flatnonzero(many[name].isna()))
    kept = few[name].notna()
    assert few[name][kept].tolist() == ROWS[name][kept].tolist()


def test_a_new_word_is_none_that_the_model_knows() -> None:
    rows, _truths = shifted(ROWS, TRUTHS, FIELDS, Shift("never_seen", "city", 0.25))
    assert rows["city"].value_counts().to_dict() == {"Lima": 15, f"{NEW_WORD}!": 5}
    assert rows["city"].dtype == ROWS["city"].dtype


def test_classes_become_others_where_the_meaning_turns_and_no_input_changes() -> None:
    rows, truths = shifted(ROWS, TRUTHS, FIELDS, Shift("turned", "", 0.15))
    pd.testing.assert_frame_equal(rows, ROWS)
    assert (truths != TRUTHS).sum() == 3
    assert set(truths) == {"no", "yes"}


def test_numbers_are_mirrored_in_their_middle_where_the_meaning_turns() -> None:
    known = pd.Series(range(21))
    _rows, truths = shifted(ROWS.iloc[[0] * 21], known, FIELDS, Shift("turned", "", 1.0))
    assert truths.tolist() == [20.0 - one for one in range(21)]


def test_only_what_fits_an_input_can_happen_to_it() -> None:
    assert columns_for("scaled", FIELDS) == ["price", "rooms"]
    assert columns_for("never_seen", FIELDS) == ["city"]
    assert columns_for("missing", FIELDS) == [field.name for field in FIELDS]
    assert kinds_for(FIELDS[:2]) == ["scaled", "missing", "turned"]


def test_the_same_rows_are_taken_each_time_and_never_more_than_there_are() -> None:
    table = pd.DataFrame({"row": range(100)})
    assert some_of(table, 20).equals(some_of(table, 20))
    assert len(some_of(table, 200)) == 100


@pytest.mark.parametrize(
    ("shift", "said"),
    [
        (Shift("scaled", "price", 0.3), "price is 30% higher in every row."),
        (Shift("scaled", "price", -0.3), "price is 30% lower in every row."),
        (Shift("turned", "", 0.0), "Nothing is changed yet."),
        (Shift("turned", "", 0.15), "in 15% of the rows the true answer has become another one."),
    ],
)
def test_it_says_what_changed(shift: Shift, said: str) -> None:
    assert said in shift_words(shift)
