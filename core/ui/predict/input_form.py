"""The what-if form: where inputs begin, how each is moved, and how the address holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import ModelError
from core.foreign_json import read_json
from core.i18n import _, ngettext
from core.prediction.departures import departures, mark_of
from core.prediction.given import read_cells
from core.prediction.names import by_name, matches, normal
from core.prediction.pasted import read_pasted
from core.prediction.schema import (
    Answer,
    InputField,
    form_value,
    inside,
    is_outside,
    names_of,
    starting_values,
)
from core.text import plain
from core.ui import address, afterwards, frame, pickers, session
from core.ui.predict import input_controls, real_cases
from core.ui.predict.version_choice import EXAMPLE_ROW

HEIGHT = 500  # px; on a phone it leaves room to scroll past it
SHOWN, FEW = 8, 10  # inputs shown before the rest fold away, and up to how many need no search
SEARCH, ASKED_FOR = "predict_search", "predict_asked_inputs"
SAID, PASTED = "predict_said", "predict_pasted_wrong"  # what is said afterwards


def ask_for(values: Mapping[str, Answer], said: str = "") -> None:
    """Have the form show these inputs, others staying as they are; a callback of whatever suggests some."""
    session.remember(ASKED_FOR, dict(values))
    afterwards.say(SAID, said)


def values(model: str, fields: Sequence[InputField]) -> dict[str, Answer]:
    """Return the inputs as they are now: what was just moved, what is asked for, else what was left here."""
    kept = f"predict_inputs_{model}"
    now: dict[str, Answer] = starting_values(fields, st.session_state.get(kept, {}))
    for field in fields:
        now[field.name] = input_controls.moved(model, field, now[field.name])
    given = _from_address(fields)
    if given is not None:
        now = starting_values(fields, given)
    asked_for = st.session_state.pop(ASKED_FOR, None)
    if asked_for:
        wanted = by_name(names_of(fields), asked_for)
        now |= {f.name: form_value(wanted[f.name], f) for f in fields if f.name in wanted}
    outside = bool(st.session_state.get(input_controls.OUTSIDE))
    if given is not None or asked_for:  # what is asked for is not changed in silence
        outside = outside or any(is_outside(field, now[field.name]) for field in fields)
    pickers.control(input_controls.OUTSIDE, outside)
    if not outside:
        now = {field.name: inside(field, now[field.name]) for field in fields}
    _begin_anew(model, fields, now)
    st.session_state[kept] = now
    _keep_in_address(fields, now, opened=given is not None)
    return now


def show(
    model: str,
    fields: Sequence[InputField],
    now: Mapping[str, Answer],
    *,
    order: Sequence[str],
    tested: pd.DataFrame | None,
    help_of: Mapping[str, str],
    unit: str = "",
) -> None:
    """Show the form: ways to begin, then a control for each input, those first that move the answer most."""
    st.subheader(_("Move something"), anchor=False)
    with st.container(horizontal=True, key="predict_starts"):
        start = starting_values(fields)
        st.button(_("Typical values"), key="predict_typical", icon=":material/restart_alt:",
                  on_click=partial(ask_for, start))  # fmt: skip
        if tested is not None:
            with st.popover(_("A real case"), icon=":material/casino:", key="predict_real"):
                real_cases.show(fields, tested, ask_for)
        with st.popover(_("Paste"), icon=":material/content_paste:", key="predict_paste"):
            show_paste(fields)
    real_cases.show_chosen(now, unit)
    afterwards.show(SAID, frame.note)
    if fields and all(field.name == str(place) for place, field in enumerate(fields, 1)):
        frame.note(_("The model does not say what its inputs are called: they are numbered, in its order."))
    limited = any(field.has_range or field.choices for field in fields)
    if not limited:
        frame.note(_("This model was logged by another program: the ranges seen in training are not known."))
    with st.container(horizontal=True, vertical_alignment="center", key="predict_limits"):
        if limited:
            st.toggle(_("Allow unseen values"), key=input_controls.OUTSIDE)
        found = _found(fields, order)
    with st.container(height=HEIGHT, key="predict_inputs"):  # scrolls by itself: the answers stay in sight
        _show_controls(model, found[:SHOWN], now, help_of)
        if rest := found[SHOWN:]:
            more = st.expander(
                ngettext("{count} more input", "{count} more inputs", len(rest)), key="predict_rest", on_change="rerun"
            )
            if more.open:  # each control costs time at every move of any other
                with more:
                    _show_controls(model, rest, now, help_of)


def _show_controls(
    model: str, fields: Sequence[InputField], now: Mapping[str, Answer], help_of: Mapping[str, str]
) -> None:
    for field in fields:
        input_controls.show_control(model, field, now[field.name], hint=_(help_of.get(field.name, "")), reset=ask_for)


def _found(fields: Sequence[InputField], order: Sequence[str]) -> list[InputField]:
    """Return the fields in the order of their influence, only those that are looked for."""
    places = {name: place for place, name in enumerate(order)}
    ordered = sorted(fields, key=lambda field: places.get(field.name, len(places)))
    if len(fields) <= FEW:
        return ordered
    looked_for = st.text_input(
        _("Search"),
        key=SEARCH,
        placeholder=_("Find an input"),
        icon=":material/search:",
        label_visibility="collapsed",
        width=280 if session.projector() else 180,
    )
    wanted = normal(looked_for).lower()
    found = [field for field in ordered if wanted in normal(field.name).lower()]
    if not found:
        frame.note(_("No input is called so."))
    return found


def show_paste(fields: Sequence[InputField]) -> None:
    """Take a row as CSV or JSON."""
    text = st.text_area(
        _("One row as CSV (with its heading) or JSON"), key="predict_pasted", height=120,
        placeholder=EXAMPLE_ROW,
    )  # fmt: skip
    st.button(_("Use this row"), key="predict_use_pasted", on_click=partial(_take_pasted, fields), disabled=not text)
    afterwards.show(PASTED)


def _take_pasted(fields: Sequence[InputField]) -> None:
    try:
        pasted = read_pasted(st.session_state["predict_pasted"], fields)
        values = read_cells(pasted.values, fields)
    except ModelError as error:
        afterwards.say(PASTED, error)
        return
    said, empty = [], [name for name in pasted.values if name not in values]
    if empty:
        said.append(_("Empty in the row, so left as they were: {names}.").format(names=_names(empty)))
    if pasted.missing:
        said.append(_("Not in the row, so left as they were: {names}.").format(names=_names(pasted.missing)))
    if pasted.unknown:
        said.append(_("The model does not ask for: {names}.").format(names=_names(pasted.unknown)))
    ask_for(values, " ".join(said))


def _names(names: Sequence[str]) -> str:
    return plain(", ".join(names[:10]), 300)


def _begin_anew(model: str, fields: Sequence[InputField], now: Mapping[str, Answer]) -> None:
    """Have controls begin anew where their inputs are to be others: each becomes a new one with that default.

    A value that is set would be seen by the browser only if no other run follows at once, and setting it in each run
    would pull a slider out of somebody's hands.
    """
    starts: dict[tuple[str, str], str] = st.session_state.setdefault(input_controls.STARTS, {})
    for field in fields:
        if input_controls.moved(model, field, now[field.name]) != now[field.name]:
            count = int(starts.get((model, field.name), "_0")[1:]) + 1
            starts[model, field.name] = f"_{count}"


def _keep_in_address(fields: Sequence[InputField], now: Mapping[str, Answer], *, opened: bool) -> None:
    """Hold what differs from typical values, so that the address stays short."""
    moved = departures(fields, now)
    text = json.dumps(moved, ensure_ascii=False, separators=(",", ":"), allow_nan=False) if moved else ""
    if opened or text == address.value("inputs"):
        address.keep("inputs", text)
    else:
        address.choose("inputs", text)
        address.choose("typical", "")  # what was meant by others is said no longer
    if not address.lacks("typical"):
        address.keep("typical", mark_of(fields) if text else "")


def _say_of_other_typical_values(fields: Sequence[InputField]) -> None:
    """Say so where the address leaves out values that were typical of something else."""
    if address.value("typical") not in {"", mark_of(fields)}:
        words = _(
            "This address leaves out inputs that had typical values. Those of the version that is asked now are "
            "others, so inputs that the address does not name may be others than were meant."
        )
        address.say_missing("typical", words)


def _from_address(fields: Sequence[InputField]) -> dict[str, Any] | None:
    """Return the inputs that a newly opened address brings; None where it brings nothing new."""
    if not address.is_news("inputs"):
        return None
    _say_of_other_typical_values(fields)
    given = address.value("inputs")
    try:
        read = read_json(given or "{}")
    except ValueError:
        read = None
    if not isinstance(read, dict):
        address.say_missing("inputs", _("The inputs in the address cannot be read, so these are typical ones."))
        return {}
    wanted = by_name(names_of(fields), read)
    known = set(matches(names_of(fields), read).values())
    try:
        values = read_cells(wanted, fields)
    except ModelError as error:
        address.say_missing("inputs", plain(_("The inputs in the address are not used. {why}").format(why=error), 500))
        return {}
    said = []
    if strange := [str(name) for name in read if name not in known]:
        said.append(_("The model does not ask for: {names}.").format(names=_names(strange)))
    if empty := [name for name in wanted if name not in values]:
        said.append(_("Empty in the address, so typical values: {names}.").format(names=_names(empty)))
    if said:
        address.say_missing("inputs", " ".join(said))
    return values
