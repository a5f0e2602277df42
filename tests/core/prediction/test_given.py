from __future__ import annotations

import math
from typing import Any

import pytest

from core.errors import ModelError
from core.prediction.given import read_cells, read_unknown
from core.prediction.pasted import read_pasted
from core.prediction.schema import InputField

FIELDS = [
    InputField("age", "number", "double", 40.0),
    InputField("income", "number", "double", 1.0),
    InputField("paid", "boolean", "boolean", True),
    InputField("since", "date", "datetime", "2026-01-01"),
    InputField("visits", "integer", "long", 1),
    InputField("note", "text", "string", "x"),
]
RANGED = [InputField("income", "number", "double", 50_000.0, low=10_000, high=90_000)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"age": "thirty"}, "age: 'thirty' is not a number"),
        ({"income": "$45000"}, r"income: '\$45000' is not a number"),
        ({"income": "45,000"}, "income: '45,000' may have decimals or thousands"),
        ({"income": 1e400}, "income: 'inf' is not a number"),
        ({"paid": "maybe"}, "paid: 'maybe' is neither yes nor no"),
        ({"since": "13/14/2025"}, "since: '13/14/2025' is not a date"),
        ({"since": "2025-13-14"}, "since: '2025-13-14' is not a date"),
        ({"since": 20250101}, "since: '20250101' is not a date"),
        ({"visits": 2.5}, "visits: '2.5' is not a whole number"),
        ({"age": {"a": 1}}, "age: is a list or an object"),
        ({"age": "thirty", "paid": "maybe"}, "age: 'thirty' .*; paid: 'maybe'"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_by_its_name(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read_cells(row, FIELDS)


def test_what_can_be_read_in_one_way_is() -> None:
    row = {"age": "30", "income": "45,000.50", "paid": "sí", "since": "2025-03-04", "visits": 3.0, "note": "1.234"}
    assert read_cells(row, FIELDS) == {
        "age": 30, "income": 45000.5, "paid": True, "since": "2025-03-04T00:00:00", "visits": 3, "note": "1.234",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "dtype", "value", "read"),
    [
        ("number", "double", 1.5, 1.5), ("number", "double", 3, 3.0), ("number", "float", 0.1, pytest.approx(0.1)),
        ("integer", "double", 2.6, 3), ("integer", "long", 3, 3), ("integer", "long", 3.0, 3),
        ("number", "double", True, 1.0),
        ("category", "string", "NA", "NA"), ("category", "string", "red", "red"), ("category", "string", "1,5", "1,5"),
        ("category", "string", "blue", "blue"),
    ],
)  # fmt: skip
def test_what_has_its_type_is_as_it_was_given(kind: Any, dtype: str, value: Any, read: Any) -> None:
    choices = ("red", "NA", "1,5") if kind == "category" else ()
    found = read_cells({"x": value}, [InputField("x", kind, dtype, None, choices=choices)])["x"]
    assert (found, type(found)) == (read, type(read) if isinstance(read, float | int | str) else float)


def test_the_training_range_decides_what_reads_in_two_ways() -> None:
    assert read_cells({"income": "45,000"}, RANGED) == {"income": 45000}


def test_an_empty_cell_is_not_made_up() -> None:
    assert read_cells({"age": None, "income": ""}, FIELDS) == {}
    optional = [InputField("age", "number", "double", 40.0, optional=True)]
    assert read_cells({"age": ""}, optional) == {"age": None}


def test_a_pasted_line_of_tabs_keeps_its_commas() -> None:
    assert read_cells(read_pasted("age\tincome\n30\t45,000", [FIELDS[0], *RANGED]).values, [FIELDS[0], *RANGED]) == {
        "age": 30, "income": 45000,
    }  # fmt: skip


def test_of_a_model_that_says_nothing_a_row_tells_the_types() -> None:
    row = {"age": "30", "income": "1,5", "code": "007", "city": "Lima", "paid": True}
    assert read_unknown(row) == {"age": 30, "income": 1.5, "code": "007", "city": "Lima", "paid": True}


@pytest.mark.parametrize(
    ("cell", "said"),
    [("45,000", "income: '45,000' may have decimals or thousands"), ("", "income: is missing"),
     (None, "income: is missing"), ([1], "income: is a list"), (math.inf, "income: 'inf' is not a number")],
)  # fmt: skip
def test_a_row_that_tells_no_type_is_refused_by_the_cell(cell: object, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read_unknown({"age": 41, "income": cell})
