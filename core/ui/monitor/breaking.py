"""Break it: a slider moves the world, and the alarm, or its silence, stands beside what really happens."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.i18n import _, number, percent
from core.monitoring.aftermath import Aftermath, aftermath, conclusion_words, fact_words
from core.monitoring.checks import Check, cut_alike, listens_to
from core.monitoring.shifts import (
    KINDS,
    LOWEST,
    USUAL,
    Kind,
    Shift,
    columns_for,
    kinds_for,
    shift_words,
    shifted,
    some_of,
)
from core.prediction.reference import evaluated_rows, training_rows
from core.process import cache
from core.process.asked import AskedVersion
from core.process.memory import kept
from core.store.record import ANSWER
from core.text import plain
from core.ui import frame, pickers, session

SIZES = (50, 200, 1000)
STEP = 5  # hundredths
DRAW = "monitor_draw"  # which rows are looked at, in the session
WIDTH, ON_PROJECTOR = 165, 270  # px: two beside each other on a phone


@dataclass(frozen=True)
class Broken:
    """Test rows of a version with their true answers, as they are (``whole``) and as the world has moved them."""

    shift: Shift
    whole: pd.DataFrame
    truths: pd.Series
    rows: pd.DataFrame
    true_now: pd.Series
    key: tuple[object, ...]
    whole_key: tuple[object, ...]


def choose(opened: AskedVersion) -> Broken | None:
    """Choose what changes and by how much; None where the run stored no test rows.

    Raises:
        ModelError: the test rows are of other columns than the model's.
    """
    tested = cache.test_rows(opened.version)
    if tested is None or not len(tested):
        return None
    which, what, by, how_many = st.columns([3, 2, 3, 2])
    kinds = kinds_for(opened.fields)
    with which:
        kind: Kind = pickers.choose("shift", _("What happens"), kinds, key="monitor_shift", show=_named)  # type: ignore[assignment]
    with how_many:
        sizes = [str(size) for size in SIZES if size < len(tested)] + [str(min(len(tested), SIZES[-1]))]
        size = int(pickers.choose_here(_("Rows that are looked at"), list(dict.fromkeys(sizes)), key="monitor_sample",
                                       start=sizes[min(1, len(sizes) - 1)]))  # fmt: skip
    column = ""
    names = [name for name in _listened(opened) if name in columns_for(kind, opened.fields)]
    if names:
        with what:
            column = pickers.choose_here(_("Which input"), names, key=f"monitor_struck_{kind}",
                                         show=lambda name: plain(name, 60))  # fmt: skip
    with by:
        amount = _amount(kind)
    draw = int(st.session_state.get(DRAW, 1))
    shift, some = Shift(kind, column, amount), some_of(tested, size, draw)
    whole, truths = evaluated_rows(opened.fields, some), some[ANSWER]
    moved = shifted(whole, truths, opened.fields, shift)
    return Broken(shift, whole, truths, *moved, (opened.key, shift, size, draw), (opened.key, size, draw))


def _named(kind: str) -> str:
    return _(KINDS[kind])  # type: ignore[index]


def _amount(kind: Kind) -> float:
    label = _("By how much, in percent") if kind == "scaled" else _("In how many rows, in percent")
    low, usual = round(100 * LOWEST) if kind == "scaled" else 0, round(100 * USUAL[kind])
    return st.slider(label, low, 100, usual, STEP, key=f"monitor_amount_{kind}") / 100


@kept(lambda opened: opened.key, max_entries=16)
def _listened(opened: AskedVersion) -> list[str]:
    """Return the inputs, those first that the model listens to most."""
    names = [field.name for field in opened.fields]
    learned = training_rows(opened.files, opened.fields)
    return names if learned is None else list(listens_to(opened.predictor, learned))


def show(broken: Broken, found: Check, unbroken: Check | None, opened: AskedVersion, expected: float | None) -> None:
    """Say what changed, whether that raised an alarm, and what became of the answers.

    ``unbroken`` is what was found in the rows as they are, ``expected`` what share of the answers would be right, as it
    is estimated without true answers.
    """
    tested = cut_alike(opened.predictor, cache.test_rows(opened.version))
    if tested is None:
        return
    came = _aftermath(tested, broken, opened)
    alarm = found.drifted
    with st.container(key="monitor_broken"):
        st.markdown(f"#### {_icon(came, alarm=alarm)} {conclusion_words(came, alarm=alarm)}")
        st.markdown(f"{shift_words(broken.shift)} {fact_words(came)}")
        with st.container(horizontal=True, key="monitor_broken_numbers"):
            width = ON_PROJECTOR if session.projector() else WIDTH
            st.metric(_("The monitor says"), _("Alarm") if alarm else _("Nothing"), width=width)
            if came.is_class:
                st.metric(_("Right, in truth"), percent(came.after / came.rows), width=width)
                st.metric(_("Right, before the change"), percent(came.before / came.rows), width=width)
                if expected is not None:
                    st.metric(_("Right, as estimated"), percent(expected), width=width)
            else:
                st.metric(_("Mean error, in truth"), number(came.after), width=width)
                st.metric(_("Mean error, before the change"), number(came.before), width=width)
                if expected is not None:
                    st.metric(_("Mean error, as estimated"), number(expected), width=width)
    if unbroken is not None and unbroken.drifted:
        st.markdown(
            _("These rows raise an alarm as they are, too, without any change. Take other rows.")
        )  # fmt: skip
    st.button(
        _("Other rows"), key="monitor_other_rows", icon=":material/casino:", type="tertiary",
        on_click=session.remember, args=(DRAW, int(st.session_state.get(DRAW, 1)) + 1),
    )  # fmt: skip
    frame.note(
        _("These are the model's test rows, changed here and nowhere else. The estimate was made from the same rows as "
          "they were before, so it is closer here than on rows of others.")
    )  # fmt: skip


def _icon(came: Aftermath, *, alarm: bool) -> str:
    if came.change == "worse":
        return ":material/warning:" if alarm else ":material/visibility_off:"
    return ":material/notifications_active:" if alarm else ":material/check_circle:"


@kept(lambda _tested, broken, opened: broken.key, max_entries=32)
def _aftermath(tested: pd.DataFrame, broken: Broken, opened: AskedVersion) -> Aftermath:
    ask = opened.predictor.ask
    before, after = (ask(broken.whole), broken.truths), (ask(broken.rows), broken.true_now)
    return aftermath(tested, before, after)
