"""Send a real request from the page: what goes out can be changed, and what comes back is shown as it came."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.i18n import N_, _, number
from core.prediction.schema import InputField
from core.serving.limits import limits_of
from core.training.tasks import Limit, Task
from core.ui import pickers, session, tables
from core.ui.serve import wire
from core.ui.serve.choice import Asked

KINDS = {
    "number": N_("number"), "integer": N_("whole number"), "category": N_("word"), "boolean": N_("true or false"),
    "date": N_("date"), "text": N_("text"),
}  # fmt: skip
HEIGHT = 330  # px
MOST_WORDS = 20


def show(asked: Asked, tasks: Mapping[str, Task]) -> None:
    """Show the form, the request and its answer, and what each input may be."""
    answer = key_of("serve_sent", asked)
    out, back = st.columns(2)
    with out:
        text = _ask_for_body(asked)
    with back:
        token = wire.token()
        with st.container(horizontal=True):
            if st.button(_("Send it"), key="serve_send", type="primary", icon=":material/send:"):
                with st.spinner(_("Waiting for the answer…"), show_time=False):
                    wire.keep(answer, lambda: wire.exchange(asked.path, text, token))
            st.button(
                _("Typical values again"), key="serve_typical", icon=":material/restart_alt:", type="tertiary",
                disabled=text == typical_text(asked), on_click=session.remember,
                args=(_kept(asked), typical_text(asked)),
            )  # fmt: skip
        wire.show_answer(answer)
    with out:
        wire.show_request(answer)
    if asked.fields:
        with st.expander(_("What each input may be"), icon=":material/info:", key="serve_inputs"):
            tables.show(_inputs(asked.fields, _limits(asked, tasks)), key="serve_inputs_table",
                        alt=_("Inputs, one a row"))  # fmt: skip


def _ask_for_body(asked: Asked) -> str:
    place, text = key_of("serve_body", asked), body_text(asked)
    pickers.typed(place, text)
    st.text_area(
        _("What is sent: change it as you like"), key=place, height=HEIGHT, max_chars=100_000,
        on_change=lambda: session.remember(_kept(asked), st.session_state[place]),
    )  # fmt: skip
    return text


def key_of(name: str, asked: Asked) -> str:
    """Return the key of something that belongs to what is asked."""
    return f"{name} {asked.key}"


def body_text(asked: Asked) -> str:
    """Return what is to be sent, as it was left."""
    return str(st.session_state.get(_kept(asked), typical_text(asked)))


def body(asked: Asked) -> Any:
    """Return what is to be sent as data: what was entered where that is JSON, else typical values."""
    try:
        return json.loads(body_text(asked), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return asked.question.body(asked.fields)


def typical_text(asked: Asked) -> str:
    """Return a body of typical values, written for people."""
    return written(asked.question.body(asked.fields))


def written(value: Any) -> str:
    """Return JSON for people: a line for each input, lists and what is short in one.

    >>> print(written({"inputs": {"a": 1.5, "b": "x"}, "steps": 5}))
    {
      "inputs": {
        "a": 1.5,
        "b": "x"
      },
      "steps": 5
    }
    """
    return _lines(value, "")


def _lines(value: Any, indent: str) -> str:
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    deeper = f"{indent}  "
    lines = [f"{deeper}{json.dumps(name, ensure_ascii=False)}: {_lines(one, deeper)}" for name, one in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _refuse(word: str) -> None:
    raise ValueError(word)


def _kept(asked: Asked) -> str:
    return key_of("serve_kept", asked)


def _limits(asked: Asked, tasks: Mapping[str, Task]) -> Mapping[str, Limit]:
    return {limit.input: limit for limit in limits_of(asked.version, lambda: tasks)}


def _inputs(fields: Sequence[InputField], limits: Mapping[str, Limit]) -> pd.DataFrame:
    return pd.DataFrame(
        [(one.name, _kind(one), _must(one, limits.get(one.name)), _learned(one), _value(one.start)) for one in fields],
        columns=[_("Input"), _("Type"), _("It must be"), _("It learned from"), _("Typical")],
    )


def _kind(field: InputField) -> str:
    return _(KINDS.get(field.kind, field.kind))


def _must(field: InputField, limit: Limit | None) -> str:
    said = [] if field.optional else [_("given")]
    if limit is not None and limit.low is not None:
        said.append(f"≥ {number(limit.low)}")
    if limit is not None and limit.high is not None:
        said.append(f"≤ {number(limit.high)}")
    return ", ".join(said)


def _learned(field: InputField) -> str:
    if field.low is not None and field.high is not None:
        return _("{low} to {high}").format(low=number(field.low), high=number(field.high))
    return ", ".join(field.choices[:MOST_WORDS]) + ("…" if len(field.choices) > MOST_WORDS else "")


def _value(value: Any) -> str:
    return number(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "")
