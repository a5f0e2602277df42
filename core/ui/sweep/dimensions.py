"""What is tried of each parameter: it stays as it is, takes some values, or any number of a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.errors import ParameterError
from core.i18n import N_, _, ngettext, number, readings
from core.text import plain
from core.training.specs import Choice, Flag, Integer, Parameter, Real, Value
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.proposals import as_values, proposed
from core.training.sweeps.space import Dimension, Range, Values, checked
from core.ui import frame
from core.ui.sweep import said
from core.ui.train import forms

AS_IT_IS, VALUES, RANGE = "as it is", "values", "range"
TITLES = {VALUES: N_("Values"), RANGE: N_("A range")}
COLUMNS = 2  # on a phone they stand one below the other


@dataclass(frozen=True)
class Asked:
    """What was entered: what varies, and what is wrong with the rest."""

    varied: tuple[Dimension, ...]
    problems: tuple[ParameterError, ...]


def choose(
    parameters: tuple[Parameter, ...], plan: SweepPlan, *, key: str, only: frozenset[str] = frozenset()
) -> Asked:
    """Show what is tried of each parameter, begun with ``plan``; where ``only`` some may vary, these alone."""
    offered = [parameter for parameter in parameters if not only or parameter.name in only]
    begun = {dimension.name: dimension for dimension in plan.varied}
    leading = [one for one in offered if one.leading or one.name in begun] or offered
    rest = [one for one in offered if one not in leading]
    fields = _Fields(plan, begun, key, must_vary=bool(only))
    fields.show(leading)
    if rest:
        title = ngettext("More: {count} setting", "More: {count} settings", len(rest))
        with st.expander(title, key=f"{key}_more", icon=":material/tune:"):
            fields.show(rest)
    return Asked(tuple(fields.varied), tuple(fields.problems))


class _Fields:
    """The fields of a form, one after the other."""

    def __init__(self, plan: SweepPlan, begun: Mapping[str, Dimension], key: str, *, must_vary: bool) -> None:
        self._plan, self._begun, self._key, self._must_vary = plan, begun, key, must_vary
        self.varied: list[Dimension] = []
        self.problems: list[ParameterError] = []

    def show(self, parameters: list[Parameter]) -> None:
        columns = st.columns(COLUMNS, gap="medium")
        for position, parameter in enumerate(parameters):
            with columns[position % COLUMNS]:
                try:
                    found = self._one(parameter)
                    self.varied.extend([checked([parameter], found)] if found else [])
                except ParameterError as error:
                    self.problems.append(error)
                    st.markdown(f":small[:material/error: {plain(error, 400)}]")

    def _one(self, parameter: Parameter) -> Dimension | None:
        key, begun = f"{self._key}_{parameter.name}", self._begun.get(parameter.name)
        is_grid = self._plan.sampler == "grid"
        if is_grid and begun:
            begun = as_values(begun)
        kinds = [] if self._must_vary else [AS_IT_IS]
        kinds += [VALUES, *([RANGE] if isinstance(parameter, Integer | Real) and not is_grid else [])]
        first = (VALUES if isinstance(begun, Values) else RANGE) if begun else AS_IT_IS
        now = self._plan.fixed.get(parameter.name, parameter.default)
        titles = {AS_IT_IS: _("As it is: {value}").format(value=said.value(now))}
        titles |= {kind: _(title) for kind, title in TITLES.items()}
        kind = st.segmented_control(
            forms.label(parameter), kinds, default=first if first in kinds else kinds[0], required=True,
            format_func=titles.__getitem__, key=f"{key}_kind_{is_grid}",
        )  # fmt: skip
        frame.note(_(parameter.help))
        if kind == VALUES:
            start = begun or proposed(parameter)
            return Values(parameter.name, _values(parameter, as_values(start).values, f"{key}_values_{is_grid}"))
        if kind == RANGE and isinstance(parameter, Integer | Real):
            found = begun if isinstance(begun, Range) else proposed(parameter)
            whole = Range(parameter.name, float(parameter.low), float(parameter.high), whole=_is_whole(parameter))
            return _range(parameter, found if isinstance(found, Range) else whole, key)
        return None


def _is_whole(parameter: Parameter) -> bool:
    return isinstance(parameter, Integer)


def _values(parameter: Parameter, start: tuple[Value, ...], key: str) -> tuple[Value, ...]:
    if isinstance(parameter, Choice | Flag):
        every: tuple[Value, ...] = parameter.choices if isinstance(parameter, Choice) else (False, True)
    else:
        every = start
    known = {said.value(one): one for one in every}
    chosen = st.multiselect(
        _("Values of {name}").format(name=plain(parameter.name)), list(known),
        default=[said.value(one) for one in start], select_all=False, key=key, label_visibility="collapsed",
        accept_new_options=isinstance(parameter, Integer | Real), placeholder=_("Type a value and press Enter"),
    )  # fmt: skip
    return tuple(known[text] if text in known else _read(parameter, text) for text in chosen)


def _read(parameter: Parameter, text: str) -> Value:
    """Return the value that somebody typed, whichever sign they have before decimals.

    Raises:
        ParameterError: the parameter does not allow it.
    """
    if text.strip().casefold() in {"none", _("none").casefold()}:
        return parameter.validate(None)
    found = [int(one) if one == int(one) and _is_whole(parameter) else one for one in readings(text)]
    return next((one for one in found if parameter.accepts(one)), None) or parameter.validate(
        found[0] if found else text
    )


def _range(parameter: Integer | Real, start: Range, key: str) -> Range:
    low_place, high_place = st.columns(2)
    with low_place:
        low = _end(parameter, _("from"), start.low, f"{key}_low")
    with high_place:
        high = _end(parameter, _("to"), start.high, f"{key}_high")
    log = parameter.low > 0 and st.toggle(_("Steps are factors"), value=start.log, key=f"{key}_log")
    if log:
        words = _("As many tries between {one} and {ten} as between {ten} and {hundred}.")
        frame.note(words.format(one=number(1), ten=number(10), hundred=number(100)))
    return Range(parameter.name, low, high, log=bool(log), whole=_is_whole(parameter))


def _end(parameter: Integer | Real, label: str, start: float, key: str) -> float:
    if isinstance(parameter, Integer):
        return float(st.number_input(label, parameter.low, parameter.high, int(start), 1, key=key))
    step = None if parameter.log else (parameter.high - parameter.low) / 20
    return float(
        st.number_input(label, float(parameter.low), float(parameter.high), float(start), step, format="%g", key=key)
    )


def note_grid(plan: SweepPlan) -> None:
    """Say what becomes of ranges in a grid, where there are any."""
    if plan.sampler == "grid" and any(isinstance(one, Range) for one in plan.varied):
        frame.note(_("A grid tries values one by one: ranges became some of their values."))
