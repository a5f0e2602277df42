"""A control for an input: its key, its steps, its digits and its ends."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from core.prediction.schema import FieldKind, InputField
from core.ui.predict import input_controls
from core.ui.predict.input_controls import OUTSIDE


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a visitor's session holds."""
    found: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", found)
    return found


def ranging(low: float, high: float, kind: FieldKind = "number", **more: Any) -> InputField:
    return InputField("x", kind, "long" if kind == "integer" else "double", low, low=low, high=high, **more)


def test_the_ends_are_those_of_training(state: dict[str, Any]) -> None:
    assert input_controls._span(ranging(2.0, 10.0), 99.0) == (2.0, 10.0)


def test_outside_is_as_far_again_but_never_below_zero_where_training_was_not(state: dict[str, Any]) -> None:
    state[OUTSIDE] = True
    assert input_controls._span(ranging(2.0, 10.0), None) == (0.0, 18.0)
    assert input_controls._span(ranging(-2.0, 6.0), None) == (-10.0, 14.0)
    assert input_controls._span(ranging(2.0, 10.0), 40.0) == (0.0, 40.0)
    assert input_controls._span(ranging(2, 10, "integer"), -3) == (-3, 18)


def test_another_range_is_another_control(state: dict[str, Any]) -> None:
    inside = input_controls.key_of("m", ranging(0.0, 1.0))
    assert inside != input_controls.key_of("m", ranging(0.0, 2.0))
    state[OUTSIDE] = True
    assert inside != input_controls.key_of("m", ranging(0.0, 1.0))


def test_what_a_control_says_is_the_answer(state: dict[str, Any]) -> None:
    number, day = ranging(0.0, 1.0, optional=True), InputField("d", "date", "datetime", None)
    word = InputField("w", "text", "string", None, optional=True)
    assert input_controls.moved("m", number, 0.25) == 0.25
    state[input_controls.key_of("m", number)] = 0.75
    assert input_controls.moved("m", number, 0.25) == 0.75
    state[f"{input_controls.key_of('m', number)}_none"] = True
    assert input_controls.moved("m", number, 0.25) is None
    state[input_controls.key_of("m", day)] = pd.Timestamp("2026-01-31").to_pydatetime()
    assert input_controls.moved("m", day, None) == "2026-01-31T00:00:00"
    state[input_controls.key_of("m", word)] = ""
    assert input_controls.moved("m", word, "old") is None
