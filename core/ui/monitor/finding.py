"""What a check found: a sentence, its numbers, and for each input what changed and whether the model listens to it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.figures import changes
from core.i18n import _, number, percent
from core.monitoring import sentences
from core.monitoring.checks import BLIND, Check, check, listens_to
from core.monitoring.drift import Change
from core.monitoring.references import Reference
from core.prediction.answers import Predictions
from core.prediction.reference import training_rows
from core.prediction.typicality import reference as typical_rows
from core.process import cache
from core.process.memory import kept
from core.store.record import PREDICTION
from core.text import plain
from core.ui import charts, frame, pickers, session, tables
from core.ui.monitor import own_tables
from core.ui.monitor.choice import BROKEN, TABLE, Monitored, unfit_words

NOTHING = "–"
REPEATED = 0.3  # of the rows: from there on it is said
WIDTH, ON_PROJECTOR = 165, 270  # px: two beside each other on a phone


def found_in(monitored: Monitored) -> Check | None:
    """Return what the check finds, None where there is nothing to hold rows against."""
    if monitored.reference is None:
        return None
    with st.spinner(_("Holding the rows against each other…"), show_time=False):
        return _checked(monitored, monitored.reference)


def found_unbroken(monitored: Monitored) -> Check | None:
    """Return what the check finds in rows as they were before they were changed here."""
    broken = monitored.broken
    if broken is None:
        return None
    return found_in(replace(monitored, rows=broken.whole, truths=broken.truths, broken=None, key=broken.whole_key))


@kept(lambda monitored, _reference: monitored.key, max_entries=32)
def _checked(monitored: Monitored, reference: Reference) -> Check:
    asked = monitored.asked
    learned = training_rows(asked.files, asked.fields)
    return check(
        asked, reference, monitored.rows, said=answers_to(monitored), tested=cache.test_rows(asked.version),
        weights=None if learned is None else listens_to(asked.predictor, learned),
        known=typical_rows(asked.files, asked.fields),
    )  # fmt: skip


@kept(lambda monitored: monitored.key, max_entries=8)
def answers_to(monitored: Monitored) -> Predictions | None:
    """Return what the model answers to the rows, None where there are none."""
    if monitored.said is not None:
        return monitored.said
    return monitored.asked.predictor.ask(monitored.rows) if len(monitored.rows) else None


def show(found: Check, monitored: Monitored) -> None:
    """Say whether anything changed, and in which numbers."""
    icon = ":material/help:" if not found.drift.is_known else (
        ":material/warning:" if found.drifted else ":material/check_circle:"
    )  # fmt: skip
    with st.container(key="monitor_verdict"):
        st.markdown(f"#### {icon} {sentences.verdict_words(found)}")
        if found.drift.is_known:
            st.markdown(sentences.answers_words(found))
    width = ON_PROJECTOR if session.projector() else WIDTH
    with st.container(horizontal=True, key="monitor_numbers"):
        st.metric(_("Rows"), number(found.drift.rows, 0), width=width)
        changed = f"{number(len(found.drift.drifted), 0)} / {number(len(found.drift.columns), 0)}"
        st.metric(_("Inputs that changed"), changed if found.drift.is_known else NOTHING, width=width)
        if found.odd is not None:
            st.metric(_("Never seen rows"), percent(found.odd.never_seen / found.odd.rows, 0), width=width)
            st.metric(_("Unusual rows"), percent(found.odd.unusual / found.odd.rows, 0), width=width)
    notes = [sentences.false_alarm_words(found), _(BLIND)] if found.drift.is_known else []
    if monitored.reference is not None and monitored.reference.source == "tested":
        notes.append(_("Its run stored no training rows, so these are held against its test rows."))
    if monitored.held is not None:
        notes += own_tables.notes(monitored.held, monitored.asked, is_same=monitored.is_held_against_itself)
    elif monitored.reference is not None and monitored.reference.source == "training":
        notes.append(_("They are held against {rows} rows that it learned from.").format(
            rows=number(len(monitored.reference.rows), 0)))  # fmt: skip
    elif monitored.reference is not None and monitored.reference.source == "past":
        notes.append(_("They are held against the {rows} rows that were asked before.").format(
            rows=number(len(monitored.reference.rows), 0)))  # fmt: skip
    if monitored.lacking:
        notes.append(own_tables.lacking_words(monitored.lacking))
    if monitored.unfit:
        notes.append(unfit_words(monitored.unfit))
    if found.drift.repeated > max(REPEATED, 2 * found.drift.repeated_before):
        notes.append(_("{share} of the rows are the same as others of them: what is more than chance is told too "
                       "easily then.").format(share=percent(found.drift.repeated, 0)))  # fmt: skip
    if found.drift.untold:
        names = ", ".join(plain(name, 40) for name in found.drift.untold)
        notes.append(_("Nothing is known of these inputs: {names}.").format(names=names))
    frame.note(" ".join(notes))


def show_inputs(found: Check, monitored: Monitored) -> None:
    """Show each input: what changed, how much, whether the model listens to it; and one of them drawn."""
    for one in found.drift.drifted[:5]:
        st.markdown(f"- {sentences.change_words(one)}")
    tables.show(_table(found), key="monitor_inputs", alt=_("Inputs, one a line"), download="inputs")
    names = [one.name for one in found.drift.columns]
    reference = monitored.reference
    if not names or reference is None:
        return
    chosen = pickers.choose("input", _("Input"), names, key="monitor_input", show=lambda name: plain(name, 60))
    title = _("{name}: before and now").format(name=chosen)
    charts.show(
        changes.shares(reference.rows[chosen], monitored.rows[chosen], title, session.style(), (_("before"), _("now"))),
        key="monitor_input_figure",
        alt=title,
        table=lambda: _shares(reference.rows[chosen], monitored.rows[chosen]),
    )


def _shares(before: pd.Series, now: pd.Series) -> pd.DataFrame:
    table = changes.shares_data(before, now)
    return table.set_axis([_("Value"), _("before"), _("now")], axis="columns")


def _table(found: Check) -> pd.DataFrame:
    return pd.DataFrame([_line(one) for one in found.drift.columns])


def _line(one: Change) -> dict[str, object]:
    return {
        _("Input"): plain(one.name, 60),
        _("Changed"): f"⚠ {_('yes')}" if one.drifted else _("no"),
        _("Rows elsewhere, at least"): percent(one.effect, 0),
        _("The model listens"): NOTHING if one.weight is None else percent(one.weight, 0),
        _("Missing, before → now"): f"{percent(one.missing[0])} → {percent(one.missing[1])}",
        _("Never seen, before → now"): f"{percent(one.outside[0])} → {percent(one.outside[1])}",
        _("p, of all together"): one.adjusted,
    }


def show_answers(found: Check, monitored: Monitored) -> None:
    """Show what the model answers, beside its answers to the test rows."""
    st.markdown(sentences.answers_words(found))
    tested, said = cache.test_rows(monitored.asked.version), answers_to(monitored)
    if tested is None or said is None or not len(said.values):
        return
    now = pd.Series(said.values)
    title = _("Answers: to the test rows and now")
    charts.show(
        changes.shares(tested[PREDICTION], now, title, session.style(), (_("test rows"), _("now"))),
        key="monitor_answers_figure",
        alt=title,
        table=lambda: _shares(tested[PREDICTION], now),
    )


def nothing_words(monitored: Monitored) -> str:
    """Say why there are no rows, and what to do."""
    if monitored.window == TABLE:
        return _("The table has no rows.")
    if monitored.window == BROKEN:
        return _("**The run of this version stored no test rows**, so there is nothing to change.")
    return _("**Nobody has asked this version in that time.** Ask it on the Predict page or over HTTP: what it was "
             "asked is then held against what it learned from.")  # fmt: skip


def no_reference_words(monitored: Monitored) -> str:
    """Say that there is nothing to hold rows against, and what to do."""
    words = _(
        "**The run of this version stored none of the rows that it learned from**, so there is nothing to hold new "
        "ones against."
    )
    if monitored.is_log:
        return f"{words} {_('Hold them against the rows that were asked before, or against a table of your own.')}"
    return f"{words} {_('Hold them against another table of your own.')}" if monitored.window == TABLE else words
