"""A row as far as it departs from typical values."""

from __future__ import annotations

from dataclasses import replace

from core.prediction.departures import departures, mark_of
from core.prediction.scenarios.pinned import scenario_address
from core.prediction.schema import InputField
from core.qr import qr_code

FIELDS = [
    InputField("age", "number", "double", 41.0),
    InputField("city", "category", "string", "Lima"),
    InputField("known", "text", "string", None, optional=True),
]


def test_only_what_differs_from_typical_is_left() -> None:
    assert departures(FIELDS, {"age": 41.0, "city": "Cusco", "known": None}) == {"city": "Cusco"}
    assert departures(FIELDS, {"age": 41, "known": "x"}) == {"known": "x"}


def test_what_no_field_asks_for_is_left_too() -> None:
    assert departures(FIELDS, {"colour": "red"}) == {"colour": "red"}


def test_other_typical_values_have_another_mark_and_another_order_has_not() -> None:
    assert mark_of(FIELDS) == mark_of(FIELDS[::-1])
    assert mark_of([replace(FIELDS[0], start=42.0), *FIELDS[1:]]) != mark_of(FIELDS) != mark_of(FIELDS[:2])


def test_the_code_of_a_case_with_nineteen_inputs_is_read_from_the_last_row() -> None:
    fields = [InputField(f"a long name {place}", "number", "double", 41.5) for place in range(19)]
    moved = departures(fields, {field.name: 41.5 for field in fields} | {"a long name 3": 2.0, "a long name 4": 70.35})
    link = scenario_address(
        "http://192.168.1.20:8501/predict", "churn-predictor", moved, version="12", typical=mark_of(fields)
    )
    code = qr_code(link)
    assert code is not None
    assert code.symbol_size(border=0)[0] <= 53
