from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.prediction.schema import InputField
from core.prediction.tables.cells import (
    IS_MISSING,
    NO_COMMA,
    NO_DATE,
    NO_NUMBER,
    NO_POINT,
    NOT_WHOLE,
    Signs,
    is_value,
    known_cells,
    reason_of,
    typed_cells,
)
from core.tables.cells import numbers, words
from core.tables.signs import NUMBER

COMMA = Signs(",", ".")
LENGTH = InputField("length", "number", "double", 1.0)
YEAR = InputField("year", "integer", "long", 2000)
COLOUR = InputField("colour", "category", "string", "red", choices=("red", "año"))
SOLD = InputField("sold", "date", "datetime", None)
MEMBER = InputField("member", "boolean", "boolean", False)


@pytest.mark.parametrize(
    ("cell", "signs"),
    [
        ("1,5", Signs()),
        ("1.5", Signs(decimal=",")),
        ("1.234", Signs(decimal=",")),
        ("12.34", Signs(decimal=",", thousands=".")),
        ("1,23,4", Signs(decimal=",")),
        ("1,5", Signs(thousands=",")),
        ("0x1F", Signs()),
        ("1_000", Signs()),
        ("inf", Signs()),
        ("12 €", Signs()),
    ],
)
def test_what_is_no_number_in_this_file_is_none(cell: str, signs: Signs) -> None:
    found, bad = numbers(pa.array([cell, "7", "NA", " 8 "]), signs)
    assert bad.tolist() == [True, False, False, False]
    assert np.array_equal(found, [np.nan, 7, np.nan, 8], equal_nan=True)


def test_large_whole_numbers_stay_what_they_are() -> None:
    found, _bad = numbers(pa.array(["9007199254740993", "-1"]), Signs())
    assert found.tolist() == [9007199254740993, -1]


def test_a_word_that_says_missing_is_a_word_where_training_knew_it() -> None:
    cells = pa.array(["None", "NA", "", "Attic"])
    assert words(cells).isna().tolist() == [True, True, True, False]
    assert words(cells, ["None"]).tolist()[0] == "None"


def test_spaces_around_nothing_are_no_word_unless_training_knew_them() -> None:
    cells = pa.array(["   ", " NaN ", "\u00a0", " None "])
    assert words(cells).isna().all()
    assert words(cells, ["   ", "None"]).tolist()[::3] == ["   ", " None "]
    assert typed_cells(cells, COLOUR, Signs()).missing.all()
    assert not typed_cells(cells, COLOUR, Signs()).unknown


@pytest.mark.parametrize(
    ("cell", "wanted", "is_one"),
    [("1.5", LENGTH, True), ("length", LENGTH, False), ("NA", LENGTH, None), ("red", COLOUR, True),
     ("colour", COLOUR, None), ("today", SOLD, None)],
)  # fmt: skip
def test_a_cell_of_the_first_line_is_a_value_or_a_name(cell: str, wanted: InputField, is_one: bool | None) -> None:
    assert is_value(cell, wanted) is is_one


@pytest.mark.parametrize(
    ("cells", "wanted", "values", "bad"),
    [
        (pa.array(["1,5", "2.000", "x", "NA"]), LENGTH, [1.5, 2000, None, None], [False, False, True, False]),
        (pa.array(["3", "3,5", None]), YEAR, [3, None, None], [False, True, True]),  # a year may not be missing
        (pa.array([3, 4]), LENGTH, [3, 4], [False, False]),
        (pa.array(["red", " an\u0303o ", "blue"]), COLOUR, ["red", "año", "blue"], [False, False, False]),
        (pa.array(["2026-03-25", "3/4/2026"]), SOLD, [pd.Timestamp(2026, 3, 25), None], [False, True]),
        (
            pa.array(["2026-03-25 10:00", "2026-03-25T10:00:00+02:00", "9999-12-31", "0001-01-01", ""]),
            SOLD,
            [pd.Timestamp(2026, 3, 25, 10), pd.Timestamp(2026, 3, 25, 8), None, None, None],
            [False, False, True, True, True],
        ),
        (pa.array(["si\u0301", "SÍ ", "no"]), MEMBER, [True, True, False], [False, False, False]),
        (pa.array(["", None], pa.string()), replace(MEMBER, optional=True), [None, None], [False, False]),
        (pa.array([[1], [2]]), LENGTH, [None, None], [True, True]),
    ],
)
def test_a_column_is_as_its_model_takes_it(
    cells: pa.Array, wanted: InputField, values: list[object], bad: list[bool]
) -> None:
    found = typed_cells(cells, wanted, COMMA)
    assert [None if pd.isna(value) else value for value in found.values] == values
    assert found.bad.tolist() == bad


def test_categories_that_nobody_knows_are_counted() -> None:
    assert typed_cells(pa.array(["red", "blue", "blue", None]), COLOUR, Signs()).unknown == {"blue": 2}


@pytest.mark.parametrize(
    ("wanted", "signs", "reason"),
    [
        (YEAR, Signs(), NOT_WHOLE),
        (LENGTH, Signs(), NO_POINT),
        (LENGTH, COMMA, NO_COMMA),
        (LENGTH, Signs(in_text=False), NO_NUMBER),
        (SOLD, Signs(), NO_DATE),
        (COLOUR, Signs(), IS_MISSING),
    ],
)
def test_why_a_value_does_not_fit_is_said_as_the_file_is_written(wanted: InputField, signs: Signs, reason: str) -> None:
    assert reason_of(wanted, signs) == reason


def test_right_answers_are_numbers_where_all_of_a_column_are() -> None:
    assert known_cells(pa.array(["1,5", "2"]), COMMA, ()).tolist() == [1.5, 2.0]
    assert known_cells(pa.array(["1,5", "x"]), COMMA, ()).tolist() == ["1,5", "x"]
    assert known_cells(pa.array([1, None]), COMMA, ()).tolist() == pytest.approx([1, np.nan], nan_ok=True)


def test_a_class_that_looks_like_a_missing_value_is_none() -> None:
    assert known_cells(pa.array(["None", "NA"]), Signs(), ("None", "some"))[0] == "None"
    assert known_cells(pa.array(["1", "0"]), Signs(), ("0", "1")).tolist() == ["1", "0"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("cell", ["1" * 1_000_000 + "x", "1,111" * 200_000 + "x", "-" + ",111" * 200_000])
def test_no_cell_takes_long(cell: str) -> None:
    assert not NUMBER.fullmatch(cell)
