"""The what-if form: where inputs begin, how each is moved, and how the address holds them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import ModelError
from core.i18n import _, ngettext, number
from core.prediction.pasted import read_pasted
from core.prediction.schema import Answer, InputField, by_name, form_value, normal, starting_values
from core.text import plain, shorten
from core.ui import cases, frame, session
from core.ui import kept as kept_values
from core.ui.asking import EXAMPLE_ROW

HEIGHT = 500  # px; on a phone it leaves room to scroll past it
SHOWN, FEW = 8, 10  # inputs shown before the rest fold away, and up to how many need no search
SLIDER_STEPS = 100
OUTSIDE, SEARCH, ASKED_FOR, SEEN = "predict_outside", "predict_search", "predict_asked_inputs", "predict_inputs_seen"
SAID, STARTS = "predict_said", "predict_starts"


def ask_for(values: Mapping[str, Answer], said: str = "") -> None:
    """Have the form show these inputs, others staying as they are; a callback of whatever suggests some."""
    session.remember(ASKED_FOR, dict(values))
    session.remember(SAID, said)


def values(model: str, fields: Sequence[InputField]) -> dict[str, Answer]:
    """Return the inputs as they are now: what was just moved, what is asked for, else what was left here."""
    kept = f"predict_inputs_{model}"
    now: dict[str, Answer] = starting_values(fields, st.session_state.get(kept, {}))
    for field in fields:
        now[field.name] = _moved(model, field, now[field.name])
    given = _from_address(fields)
    if given is not None:
        now = starting_values(fields, given)
    asked_for = st.session_state.pop(ASKED_FOR, None)
    if asked_for:
        wanted = by_name(asked_for)
        now |= {f.name: form_value(wanted[normal(f.name)], f) for f in fields if normal(f.name) in wanted}
    outside = bool(st.session_state.get(OUTSIDE))
    if given is not None or asked_for:  # what is asked for is not changed in silence
        outside = outside or any(_is_outside(field, now[field.name]) for field in fields)
    kept_values.control(OUTSIDE, outside)
    if not outside:
        now = {field.name: _inside(field, now[field.name]) for field in fields}
    _begin_anew(model, fields, now)
    st.session_state[kept] = now
    _keep_in_address(fields, now)
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
                cases.show(fields, tested, ask_for)
        with st.popover(_("Paste"), icon=":material/content_paste:", key="predict_paste"):
            show_paste(fields)
    cases.show_chosen(now, unit)
    if said := st.session_state.pop(SAID, ""):
        frame.note(said)
    if fields and all(field.name == str(place) for place, field in enumerate(fields, 1)):
        frame.note(_("The model does not say what its inputs are called: they are numbered, in its order."))
    limited = any(field.has_range or field.choices for field in fields)
    if not limited:
        frame.note(_("This model was logged by another program: the ranges seen in training are not known."))
    with st.container(horizontal=True, vertical_alignment="center", key="predict_limits"):
        if limited:
            st.toggle(_("Allow unseen values"), key=OUTSIDE)
        found = _found(fields, order)
    with st.container(height=HEIGHT, key="predict_inputs"):  # scrolls by itself: the answers stay in sight
        for field in found[:SHOWN]:
            _show_field(model, field, now[field.name], help_of)
        if rest := found[SHOWN:]:
            with st.expander(ngettext("{count} more input", "{count} more inputs", len(rest)), key="predict_rest"):
                for field in rest:
                    _show_field(model, field, now[field.name], help_of)


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
        width=180,
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
    if isinstance(error := st.session_state.pop("predict_paste_error", None), ModelError):
        frame.show_error(error)


def _take_pasted(fields: Sequence[InputField]) -> None:
    try:
        pasted = read_pasted(st.session_state["predict_pasted"], fields)
    except ModelError as error:
        session.remember("predict_paste_error", error)
        return
    said = []
    if pasted.missing:
        said.append(_("Not in the row, so left as they were: {names}.").format(names=_names(pasted.missing)))
    if pasted.unknown:
        said.append(_("The model does not ask for: {names}.").format(names=_names(pasted.unknown)))
    ask_for(pasted.values, " ".join(said))


def _names(names: Sequence[str]) -> str:
    return plain(", ".join(names[:10]), 300)


def _key(model: str, field: InputField) -> str:
    """Another range is another slider, so that a value of one never falls out of the other; and so is another start."""
    wide = "_wide" if field.has_range and st.session_state.get(OUTSIDE) else ""
    span = f"_{field.low:g}_{field.high:g}" if field.has_range else ""
    start = st.session_state.get(STARTS, {}).get((model, field.name), "")
    return f"predict_in_{model}_{field.kind}_{field.name}{span}{wide}{start}"


def _moved(model: str, field: InputField, otherwise: Answer) -> Answer:
    """Return what the field's control says, where it is on the page."""
    key = _key(model, field)
    if field.optional and st.session_state.get(f"{key}_none"):
        return None
    if key not in st.session_state:
        return otherwise
    said = st.session_state[key]
    if field.kind == "date" and said is not None:
        return str(pd.Timestamp(said).isoformat())
    if field.kind == "text" and field.optional and not said:
        return None
    return said  # type: ignore[no-any-return]


def _begin_anew(model: str, fields: Sequence[InputField], now: Mapping[str, Answer]) -> None:
    """Have controls begin anew where their inputs are to be others: each becomes a new one with that default.

    A value that is set would be seen by the browser only if no other run follows at once, and setting it in each run
    would pull a slider out of somebody's hands.
    """
    starts: dict[tuple[str, str], str] = st.session_state.setdefault(STARTS, {})
    for field in fields:
        if _moved(model, field, now[field.name]) != now[field.name]:
            count = int(starts.get((model, field.name), "_0")[1:]) + 1
            starts[model, field.name] = f"_{count}"


def _widget_value(field: InputField, value: Answer) -> Any:
    if field.kind == "date" and value is not None:
        return pd.Timestamp(str(value)).to_pydatetime()
    if field.kind == "text":
        return "" if value is None else str(value)
    if field.is_number and value is not None:
        return int(value) if field.kind == "integer" else float(value)
    return value


def _is_outside(field: InputField, value: Answer) -> bool:
    if field.has_range and isinstance(value, int | float):
        return not (field.low or 0) <= value <= (field.high or 0)
    return bool(field.choices) and value is not None and value not in field.choices


def _inside(field: InputField, value: Answer) -> Answer:
    """Return the nearest value that training saw."""
    if not _is_outside(field, value):
        return value
    if field.choices:
        return field.start
    nearest = min(max(float(value or 0), field.low or 0), field.high or 0)
    return round(nearest) if field.kind == "integer" else nearest


def _show_field(model: str, field: InputField, value: Answer, help_of: Mapping[str, str]) -> None:
    key, place = _key(model, field), f"predict_in_{model}_{field.name}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"{place}_row"):
        with st.container(gap=None, key=f"{place}_control"):
            _show_control(field, value, key, _(help_of.get(field.name, "")) or None)
            if field.has_range:
                _show_marks(field, *_span(field, value))
            if field.optional and (field.is_number or field.kind == "date"):
                st.checkbox(_("not known"), value=value is None, key=f"{key}_none")
        st.button(
            "↺", help=_("Reset {name}").format(name=plain(field.name)), type="tertiary", key=f"{place}_reset",
            on_click=partial(ask_for, {field.name: field.start}), disabled=value == field.start,
        )  # fmt: skip


def _show_control(field: InputField, value: Answer, key: str, hint: str | None) -> None:
    label = plain(field.name)
    if field.kind in {"category", "boolean"} and (field.kind == "category" or field.optional):
        _show_choice(field, value, key, label, hint)
    elif field.kind == "boolean":
        st.toggle(label, value=bool(value), key=key, help=hint)
    elif field.kind == "date":
        begin = None if value is None else pd.Timestamp(str(value)).to_pydatetime()
        st.datetime_input(label, value=begin, key=key, help=hint, disabled=value is None)
    elif field.kind == "text":
        st.text_input(label, value="" if value is None else str(value), key=key, help=hint)
    elif field.has_range:
        low, high = _span(field, value)
        whole = field.kind == "integer"
        begin = field.start if value is None else value
        st.slider(
            label, low, high, value=_widget_value(field, begin), key=key, step=_step(field), help=hint,
            format="%d" if whole else f"%.{_decimals(field)}f", disabled=value is None,
        )  # fmt: skip
    else:
        whole = field.kind == "integer"
        begin = _widget_value(field, field.start if value is None else value)
        st.number_input(label, value=begin, key=key, step=1 if whole else None, format="%d" if whole else "%g",
                        help=hint, disabled=value is None and field.optional)  # fmt: skip


def _show_choice(field: InputField, value: Answer, key: str, label: str, hint: str | None) -> None:
    options: list[Answer] = [True, False] if field.kind == "boolean" else list(field.choices)
    if field.optional:
        options.append(None)
    if value not in options:
        options.append(value)
    words = {True: _("yes"), False: _("no"), None: _("not known")}
    st.selectbox(
        label, options, index=options.index(value), key=key, help=hint,
        format_func=lambda option: words[option] if isinstance(option, bool | None) else shorten(str(option), 60),
        accept_new_options=field.kind == "category" and bool(st.session_state.get(OUTSIDE)),
    )  # fmt: skip


def _span(field: InputField, value: Answer) -> tuple[Any, Any]:
    """Return the ends of a slider: those of the training rows, or as far again on both sides where that is allowed."""
    cast = int if field.kind == "integer" else float
    low, high = cast(field.low or 0), cast(field.high or 0)
    if not st.session_state.get(OUTSIDE):
        return low, high
    wide_low, wide_high = low - (high - low), high + (high - low)
    if low >= 0:
        wide_low = max(wide_low, cast(0))
    here = low if value is None else cast(float(value))
    return min(wide_low, here), max(wide_high, here)


def _show_marks(field: InputField, low: float, high: float) -> None:
    """Mark the smallest, the median and the largest value of the training rows below the slider."""
    if field.low is None or field.high is None or field.median is None:
        return
    places = [100 * (at - low) / (high - low) for at in (field.low, field.median, field.high)]
    ticks = "".join(
        f'<span style="position:absolute;left:{place:.1f}%;transform:translateX(-50%)">{shape}</span>'
        for place, shape in zip(places, "|▲|", strict=True)
    )
    said = (
        f"{number(field.low)}",
        f"{_('median')} {number(field.median)}",
        f"{number(field.high)}",
    )
    st.html(
        '<div style="padding:0 6px;font-size:0.8rem;line-height:1.1">'
        f'<div aria-hidden="true" style="position:relative;height:0.9em">{ticks}</div>'
        '<div style="display:flex;justify-content:space-between">'
        + "".join(f"<span>{words}</span>" for words in said)
        + "</div></div>"
    )


def _step(field: InputField) -> float | int:
    """Return a round step that gives about ``SLIDER_STEPS`` places."""
    raw = float(f"{((field.high or 0) - (field.low or 0)) / SLIDER_STEPS:.0e}")
    return max(1, round(raw)) if field.kind == "integer" else raw


def _decimals(field: InputField) -> int:
    """Return how many decimals tell a slider's places apart; never three, as 8.000 may be read as eight thousand."""
    decimals = min(max(0, -math.floor(math.log10(float(_step(field)))) + 1), 8)
    return 2 if decimals == 3 else decimals


def _keep_in_address(fields: Sequence[InputField], now: Mapping[str, Answer]) -> None:
    """Hold what differs from typical values, so that the address stays short."""
    moved = {field.name: now[field.name] for field in fields if now[field.name] != field.start}
    text = json.dumps(moved, ensure_ascii=False, separators=(",", ":"), allow_nan=False) if moved else ""
    st.session_state[SEEN] = text
    if st.query_params.get("inputs", "") != text:
        session.keep_in_address(inputs=text)


def _from_address(fields: Sequence[InputField]) -> dict[str, Any] | None:
    """Return the inputs that a newly opened address brings."""
    given = st.query_params.get("inputs", "")
    if not given or given == st.session_state.get(SEEN):
        return None
    try:
        read = json.loads(given)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        session.remember(SAID, _("The inputs in the address cannot be read, so these are typical ones."))
        return {}
    return {str(name): value for name, value in read.items()}
