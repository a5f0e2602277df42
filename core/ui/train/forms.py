"""Forms from declarations: an algorithm's parameters."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.i18n import _
from core.text import plain
from core.training.specs import Choice, Flag, Integer, Parameter, Real, Value
from core.ui import frame

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
