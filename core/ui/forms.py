"""Forms from declarations: an algorithm's parameters, a model's inputs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.i18n import _, number
from core.prediction.schema import Answer, InputField
from core.text import plain
from core.training.specs import Choice, Flag, Integer, Parameter, Real, Value
from core.ui import frame

SLIDER_STEPS = 100
COLUMNS = 3  # on a phone they stand one below the other


def parameter_fields(parameters: Sequence[Parameter], *, key: str) -> dict[str, Value]:
    """Show a field for each parameter with its sentence of help, and return what was entered."""
    columns = st.columns(COLUMNS, gap="medium")
    values: dict[str, Value] = {}
    for position, parameter in enumerate(parameters):
        with columns[position % COLUMNS]:
            values[parameter.name] = _parameter_field(parameter, f"{key}_{parameter.name}")
            frame.note(_(parameter.help))
    return values


def _parameter_field(parameter: Parameter, key: str) -> Value:
    label = plain(parameter.name)
    if isinstance(parameter, Integer):
        return st.number_input(
            label,
            min_value=parameter.low,
            max_value=parameter.high,
            value=None if parameter.default is None else int(parameter.default),
            step=1,
            key=key,
            placeholder=_("no limit") if parameter.optional else None,
        )
    if isinstance(parameter, Real):
        return st.number_input(
            label,
            min_value=float(parameter.low),
            max_value=float(parameter.high),
            value=float(parameter.default or 0),
            step=None if parameter.log else (parameter.high - parameter.low) / 20,
            format="%g",
            key=key,
        )
    if isinstance(parameter, Choice):
        return st.selectbox(
            label,
            parameter.choices,
            index=parameter.choices.index(parameter.default),
            format_func=lambda choice: _("none") if choice is None else choice,
            key=key,
        )
    if isinstance(parameter, Flag):
        return st.toggle(label, value=bool(parameter.default), key=key)
    raise TypeError(f"No field for {type(parameter).__name__}")


def input_controls(fields: Sequence[InputField], start: dict[str, Answer], *, key: str) -> dict[str, Answer]:
    """Show a control for each of a model's inputs and return their values."""
    return {field.name: _input_control(field, start[field.name], _key(key, field)) for field in fields}


def _key(key: str, field: InputField) -> str:
    return f"{key}_{field.kind}_{field.name}"


def _input_control(field: InputField, start: Answer, key: str) -> Answer:
    label = plain(field.name)
    if field.kind == "category":
        if st.session_state.get(key) not in field.choices:  # another version may know other categories
            st.session_state[key] = start if start in field.choices else field.choices[0]
        return st.selectbox(label, field.choices, key=key)
    if field.kind == "boolean":
        st.session_state.setdefault(key, bool(start))
        return st.toggle(label, key=key)
    if field.kind == "text":
        st.session_state.setdefault(key, str(start or ""))
        return st.text_input(label, key=key)
    return _number_control(field, start, key, label)


def _number_control(field: InputField, start: Answer, key: str, label: str) -> float | int:
    whole = field.kind == "integer"
    cast = int if whole else float
    if field.low is None or field.high is None or field.low == field.high:
        st.session_state.setdefault(key, cast(start or 0))
        return st.number_input(label, key=key, step=1 if whole else None, format="%d" if whole else "%g")
    low, high = cast(field.low), cast(field.high)
    wanted = cast(st.session_state.get(key, start or 0))
    st.session_state[key] = min(max(wanted, low), high)  # another version may have seen another range
    value = st.slider(label, low, high, key=key, step=_step(low, high, whole), format="%d" if whole else "%.4g")
    frame.note(_("In training: {low} to {high}").format(low=number(low), high=number(high)))
    return value


def _step(low: float, high: float, whole: bool) -> float | int:
    """Return a round step that gives about ``SLIDER_STEPS`` places."""
    raw = (high - low) / SLIDER_STEPS
    return max(1, round(float(f"{raw:.0e}"))) if whole else float(f"{raw:.0e}")


def forget_inputs(fields: Sequence[InputField], key: str) -> None:
    """Let every input start anew."""
    for field in fields:
        st.session_state.pop(_key(key, field), None)
