"""Begin with a real case: a test row by chance, of a certain answer, or one that the model gets wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core import words
from core.i18n import N_, _, ngettext
from core.prediction.reference import Case, Wanted, matching, pick_case
from core.prediction.schema import Answer, InputField
from core.store.record import ANSWER, PREDICTION, PROBABILITY
from core.text import plain
from core.ui import frame, session

CASE = "predict_case"
KINDS: dict[Wanted, str] = {
    "any": N_("any row"), "wrong": N_("one it gets wrong"), "answer": N_("by its true answer"),
    "predicted": N_("by what the model says"),
}  # fmt: skip


def show(fields: Sequence[InputField], tested: pd.DataFrame, take: Callable[[Mapping[str, Answer]], None]) -> None:
    """Offer the rows that the model was tested on; ``take`` gets the inputs of the one that is drawn."""
    classes = [] if _is_number(tested) else sorted(map(str, tested[ANSWER].unique()))
    kinds = {kind: _(words) for kind, words in KINDS.items() if classes or kind != "answer"}
    wanted: Wanted = st.selectbox(
        _("Which test row?"), list(kinds), key="predict_case_kind", format_func=kinds.__getitem__
    )
    chosen: dict[str, Any] = {}
    if wanted in {"answer", "predicted"} and classes:
        chosen["answer"] = st.selectbox(_("Class"), classes, key="predict_case_class", format_func=plain)
    if wanted == "predicted":
        chosen["low"], chosen["high"] = _choose_range(tested, chosen.get("answer", ""))
    rows = matching(tested, wanted, **chosen)
    st.button(
        _("Take one by chance"), key="predict_take_case", icon=":material/casino:", disabled=rows.empty,
        on_click=_take, args=(rows, fields, take),
    )  # fmt: skip
    frame.note(ngettext("{count} test row is like that.", "{count} test rows are like that.", len(rows)))


def _is_number(tested: pd.DataFrame) -> bool:
    return bool(pd.api.types.is_numeric_dtype(tested[ANSWER]))


def _choose_range(tested: pd.DataFrame, answer: str) -> tuple[float, float]:
    if f"{PROBABILITY}{answer}" in tested:
        least, most = st.slider(_("Probability in %"), 0, 100, (40, 60), key="predict_case_chance")
        return least / 100, most / 100
    said = tested[PREDICTION].astype(float)
    low, high = float(said.min()), float(said.max())
    if low == high:
        return low, high
    ends: tuple[float, float] = st.slider(
        _("The model says"), low, high, (low, high), key="predict_case_range", format="compact"
    )
    return ends


def _take(rows: pd.DataFrame, fields: Sequence[InputField], take: Callable[[Mapping[str, Answer]], None]) -> None:
    case = pick_case(rows, fields, np.random.default_rng())
    if case is not None:
        session.remember(CASE, case)
        take(case.inputs)


def show_chosen(now: Mapping[str, Answer], unit: str = "") -> None:
    """Say which real case is on screen, and what its true answer was, until something is moved."""
    case = st.session_state.get(CASE)
    if not isinstance(case, Case) or case.inputs != dict(now):
        return
    answer = words.amount(case.answer, unit) if isinstance(case.answer, float) else plain(case.answer)
    with st.container(key="predict_case_note"):
        st.markdown(_("Test row {row}. Its true answer: **{answer}**").format(row=case.row, answer=answer))
