"""Forms from declarations: an algorithm's parameters, those that matter most first, in words with their own names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.errors import ParameterError
from core.i18n import _, ngettext
from core.text import plain
from core.training.specs import (
    Choice,
    Flag,
    Integer,
    Parameter,
    Real,
    Value,
    complete,
    departures,
    limits,
    parse_settings,
)
from core.ui import address, frame

COLUMNS = 3  # on a phone they stand one below the other


def starting_values(parameters: tuple[Parameter, ...]) -> dict[str, Value]:
    """Return the values that a form begins with: those of the address, else the defaults."""
    asked = address.value("params")
    try:
        return complete(parameters, parse_settings(parameters, asked.split(",") if asked else []))
    except ParameterError as error:
        words = plain(_("The settings in the address are not used. {why}").format(why=error), 500)
        address.say_missing("params", words)
        return complete(parameters, {})


def keep(parameters: tuple[Parameter, ...], values: Mapping[str, Value]) -> None:
    """Have the address hold what was chosen, as far as it differs from the defaults."""
    address.choose("params", ",".join(departures(parameters, values)))


def parameter_fields(parameters: Sequence[Parameter], values: Mapping[str, Value], *, key: str) -> dict[str, Value]:
    """Show a field for each parameter with its sentence of help, begun with ``values``; return what was entered."""
    leading = [parameter for parameter in parameters if parameter.leading] or list(parameters)
    rest = [parameter for parameter in parameters if parameter not in leading]
    entered = _fields(leading, values, key)
    if rest:
        title = ngettext("More: {count} setting", "More: {count} settings", len(rest))
        moved = any(values[parameter.name] != parameter.default for parameter in rest)
        with st.expander(title, expanded=moved, key=f"{key}_more", icon=":material/tune:"):
            entered |= _fields(rest, values, key)
    return entered


def _fields(parameters: Sequence[Parameter], values: Mapping[str, Value], key: str) -> dict[str, Value]:
    columns = st.columns(COLUMNS, gap="medium")
    entered: dict[str, Value] = {}
    for position, parameter in enumerate(parameters):
        with columns[position % COLUMNS]:
            entered[parameter.name] = _parameter_field(parameter, values[parameter.name], f"{key}_{parameter.name}")
            frame.note(f"{_(parameter.help)} {f'({within})' if (within := limits(parameter)) else ''}".strip())
    return entered


def label(parameter: Parameter) -> str:
    """Return what a parameter is called: in the reader's words, with the library's own name in grey beside them."""
    name = plain(parameter.name)
    return f"**{_(parameter.label)}** :gray[{name}]" if parameter.label else name


def _parameter_field(parameter: Parameter, value: Value, key: str) -> Value:
    called = label(parameter)
    if isinstance(parameter, Integer):
        return st.number_input(
            called,
            min_value=parameter.low,
            max_value=parameter.high,
            value=value if value is None else int(value),
            step=1,
            key=key,
            placeholder=_("no limit") if parameter.optional else None,
        )
    if isinstance(parameter, Real):
        return st.number_input(
            called,
            min_value=float(parameter.low),
            max_value=float(parameter.high),
            value=float(value or 0),
            step=None if parameter.log else (parameter.high - parameter.low) / 20,
            format="%g",
            key=key,
        )
    if isinstance(parameter, Choice):
        return st.selectbox(
            called,
            parameter.choices,
            index=parameter.choices.index(None if value is None else str(value)),
            format_func=lambda choice: _("none") if choice is None else choice,
            key=key,
        )
    if isinstance(parameter, Flag):
        return st.toggle(called, value=bool(value), key=key)
    raise TypeError(f"No field for {type(parameter).__name__}")
