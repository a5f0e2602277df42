from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.errors import ModelError
from core.prediction.schema import InputField
from core.tables.cells import numbers
from core.tables.signs import Signs, TwoWays, signs_of

KM = InputField("km", "integer", "long", 90_000, low=5000, high=350_000)
WHOLE = InputField("km", "integer", "long", 90_000)
LITRES = InputField("litres", "number", "double", 1.6, low=0.9, high=6.2)
PRICE = InputField("price", "number", "double", 9000.0, low=0.0, high=90_000.0)
ANYTHING = InputField("x", "number", "double", 1.0)


def told(text: str, wanted: InputField | None = None, decimal: str = "") -> Signs | TwoWays:
    cells = pa.array(text.split())
    return signs_of(cells, "x", np.arange(2, 2 + len(cells)), wanted, decimal)


@pytest.mark.parametrize(
    ("text", "signs", "read"),
    [
        ("1,5 2,25 -3", (",", ""), [1.5, 2.25, -3]),
        ("1.234,5 0,25 1.000.000", (",", "."), [1234.5, 0.25, 1e6]),
        ("1,234.5 0.25 1,000,000", (".", ","), [1234.5, 0.25, 1e6]),
        ("1,5 12.345", (",", "."), [1.5, 12345]),
        ("1.5 12.345", (".", ""), [1.5, 12.345]),
        ("0,125 1,234", (",", ""), [0.125, 1.234]),
        ("1e5 .5 5. +2.5", (".", ""), [1e5, 0.5, 5, 2.5]),
    ],
)
def test_a_columns_own_cells_tell_decimals_and_thousands_apart(
    text: str, signs: tuple[str, str], read: list[float]
) -> None:
    found = told(text)
    assert found == Signs(*signs)
    values, bad = numbers(pa.array(text.split()), found)
    assert values.tolist() == pytest.approx(read)
    assert not bad.any()


@pytest.mark.parametrize(
    ("text", "wanted", "decimal"),
    [
        ("45.000 120.000", KM, ","),  # 45 and 120 were never driven
        ("45,000 120,000", KM, "."),
        ("1.294 1.804", WHOLE, ","),  # whole numbers have no decimals
        ("1,294 2,000", WHOLE, "."),
        ("1.598 2.494", LITRES, "."),  # nobody has two thousand litres
        ("1,598 2,494", LITRES, ","),
        ("2.022", InputField("year", "integer", "long", 2015, low=2005, high=2021), ","),  # outside as either
    ],
)
def test_the_kind_and_the_range_of_an_input_decide_what_reads_in_two_ways(
    text: str, wanted: InputField, decimal: str
) -> None:
    found = told(text, wanted)
    assert isinstance(found, Signs)
    assert found.sure
    assert found.decimal == decimal


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("400.000", InputField("km", "integer", "long", 90_000, low=0, high=500_000)),  # both are inside
        ("400.000", InputField("km", "integer", "long", 90_000, low=0, high=350_000)),  # one is, the other nearly
        ("400.000 200.000", InputField("km", "integer", "long", 90_000, low=1000, high=150_000)),  # neither is
        ("400.000", WHOLE),
        ("1.234 2.345", PRICE),
        ("1,234 2,345", ANYTHING),
        ("1.234", None),
    ],
)
def test_what_fits_in_both_ways_or_in_neither_is_not_decided(text: str, wanted: InputField | None) -> None:
    found = told(f"7 {text}", wanted)
    assert isinstance(found, TwoWays)
    assert found.row == 3
    assert "may have decimals or thousands" in str(found.refused())


def test_a_person_decides_what_nothing_else_does() -> None:
    found = told("1,234 2,345", ANYTHING)
    assert isinstance(found, TwoWays)
    assert found.readings == {",": 1.234, ".": 1234.0}
    assert told("1,234 2,345", ANYTHING, ",") == Signs(",", "")
    assert told("1,234 2,345", ANYTHING, ".") == Signs(".", ",")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,5 2.25", "'x' has '2.25' in row 3, and before it '1,5'"),
        ("1.234 7 2,345", "'x' has '2,345' in row 4, and before it '1.234'"),
    ],
)
def test_a_column_written_in_two_ways_is_refused_with_its_row(text: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        told(text, PRICE)


def test_where_no_cell_shows_a_sign_a_later_one_is_not_guessed() -> None:
    found = told("1 2 3", KM)
    assert found == Signs(sure=False)
    values, bad = numbers(pa.array(["4", "4.5", "400.000", "4,5"]), found)
    assert bad.tolist() == [False, False, True, True]
    assert values.tolist()[:2] == [4, 4.5]


def test_words_and_missing_values_say_nothing() -> None:
    assert told("NA x 1.2.3 12€ 3,4") == Signs(",", "")


def test_numbers_that_are_no_text_have_no_signs() -> None:
    assert signs_of(pa.array([1.5]), "x", np.array([1])) == Signs(in_text=False)
