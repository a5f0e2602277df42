"""One control for each input of a model, by what kind it is: its range, its choices, what may stay empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.i18n import _, number
from core.prediction.schema import Answer, InputField
from core.prediction.steps import decimals_of, step_of
from core.text import plain, shorten
from core.ui import session

OUTSIDE = "predict_outside"  # the switch that allows values that training never saw
STARTS = "predict_starts_of"  # in the session: how often something else moved an input


def key_of(model: str, field: InputField) -> str:
    """Return the key of a field's control.

    Another range is another slider, so that a value of one never falls out of the other; and so is another start.
    """
    wide = "_wide" if field.has_range and st.session_state.get(OUTSIDE) else ""
    span = f"_{field.low:g}_{field.high:g}" if field.has_range else ""
    start = st.session_state.get(STARTS, {}).get((model, field.name), "")
    return f"predict_in_{model}_{field.kind}_{field.name}{span}{wide}{start}"


def moved(model: str, field: InputField, otherwise: Answer) -> Answer:
    """Return what the field's control says, where it is on the page."""
    key = key_of(model, field)
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


def _widget_value(field: InputField, value: Answer) -> Any:
    if field.kind == "date" and value is not None:
        return pd.Timestamp(str(value)).to_pydatetime()
    if field.kind == "text":
        return "" if value is None else str(value)
    if field.is_number and value is not None:
        return int(value) if field.kind == "integer" else float(value)
    return value


def show_control(
    model: str, field: InputField, value: Answer, *, hint: str, reset: Callable[[Mapping[str, Answer]], None]
) -> None:
    """Show a field's control with the marks of its training rows and a button that resets it."""
    key, place = key_of(model, field), f"predict_in_{model}_{field.name}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"{place}_row"):
        with st.container(gap=None, key=f"{place}_control"):
            _show_by_kind(field, value, key, hint or None)
            if field.has_range:
                _show_marks(field, *_span(field, value))
            if field.optional and (field.is_number or field.kind == "date"):
                st.checkbox(_("not known"), value=value is None, key=f"{key}_none")
        st.button(
            "↺", help=_("Reset {name}").format(name=plain(field.name)), type="tertiary", key=f"{place}_reset",
            on_click=partial(reset, {field.name: field.start}), disabled=value == field.start,
        )  # fmt: skip


def _show_by_kind(field: InputField, value: Answer, key: str, hint: str | None) -> None:
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
            label, low, high, value=_widget_value(field, begin), key=key, step=step_of(field), help=hint,
            format="%d" if whole else f"%.{decimals_of(field)}f", disabled=value is None,
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
        f"{_('median')} {number(field.median, max(1, decimals_of(field)))}",
        f"{number(field.high)}",
    )
    size = "1rem" if session.projector() else "0.8rem"
    st.html(
        f'<div style="padding:0 6px;font-size:{size};line-height:1.1">'
        f'<div aria-hidden="true" style="position:relative;height:0.9em">{ticks}</div>'
        '<div style="display:flex;justify-content:space-between">'
        + "".join(f"<span>{words}</span>" for words in said)
        + "</div></div>"
    )
