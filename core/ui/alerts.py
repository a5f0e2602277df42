"""Alerts on pages: which are open, since when, what and what to do; seen with a reason; and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from core.alerts.alerts import LONGEST_REASON, Alert
from core.alerts.looks import Look
from core.alerts.sentences import advice, again_words, alert_words, closed_words, look_words
from core.i18n import _, moment, ngettext, number
from core.process import alerts
from core.text import plain
from core.ui import afterwards, frame, navigation, session, tables

SAID = "alerts_said"
MOST_SHOWN = 10
WORDS = 600  # characters


def count() -> int:
    """Return how many alerts are open that nobody has seen."""
    return sum(not one.is_seen for one in alerts.alerts().open())


def show_count() -> None:
    """Say how many alerts are open, where there are any, and lead to them."""
    found = 0
    with frame.reporting():  # where their file cannot be had, the rest of the page can
        found = count()
    if found:
        words = ngettext("**{count} alert is open**: a model may not be right any more.",
                         "**{count} alerts are open**: models may not be right any more.", found)  # fmt: skip
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="alerts_count"):
            st.markdown(f":material/notifications_active: {words}", width="content")
            navigation.link("monitor", _("See what has changed"))


def show_open() -> None:
    """Say of each open alert of all models since when, what and what to do; of those that were seen in short."""
    afterwards.show(SAID)
    with frame.reporting():  # where their file cannot be had, the rest of the page can
        _show_all(alerts.alerts().open())


def _show_all(found: Sequence[Alert]) -> None:
    for one in [each for each in found if not each.is_seen][:MOST_SHOWN]:
        _show(one)
    seen = [each for each in found if each.is_seen]
    if seen:
        label = ngettext("{count} alert was seen", "{count} alerts were seen", len(seen))
        with st.expander(label, icon=":material/visibility:", key="alerts_seen"):
            for one in seen[:MOST_SHOWN]:
                st.markdown(plain(alert_words(one), WORDS))
                frame.note(_seen_words(one))
    if found:
        _say_told()


def _show(one: Alert) -> None:
    """Say it in a line, which is all that the first screenful has room for; what to do about it opens below."""
    label = f"**{plain(alert_words(one), WORDS)}**"
    with st.expander(label, icon=":material/notifications_active:", key=f"alert_{one.number}"):
        frame.note(advice(one))
        _say_rule(one)
        with st.container(horizontal=True, vertical_alignment="center"):
            navigation.link("monitor", _("Look at it"), model=one.model, stage="Production")
            if session.actor().may("schedule"):
                with st.popover(_("Seen"), icon=":material/visibility:", key=f"alert_see_{one.number}"):
                    _offer_seen(one)


def _offer_seen(one: Alert) -> None:
    key = f"alert_why_{one.number}"
    st.text_input(_("Why nothing more need be said of it"), key=key, max_chars=LONGEST_REASON, autocomplete="off")
    st.button(_("Note that it was seen"), key=f"alert_seen_{one.number}", on_click=_see, args=(one.number, key))


def _see(alert: int, key: str) -> None:
    with frame.reporting():
        alerts.see(session.actor(), alert, str(st.session_state[key]))
        afterwards.say(SAID, _("It is noted that this was seen; whatever joins it is said again."))


def _seen_words(one: Alert) -> str:
    words = _("Seen by {who}, {when}: “{why}”")
    return words.format(who=plain(one.seen_by, 80) or _("somebody"), when=moment(one.seen_at), why=plain(one.seen_why))


def _say_rule(one: Alert) -> None:
    firing = alerts.firings().of(one)
    if firing is None:
        return
    if firing.outcome == "running":
        words = _("Its rule retrains since {when}.").format(when=moment(firing.begun))
        if firing.attempt > 1:
            words = _("Its rule retrains since {when}, attempt {attempt}.").format(
                when=moment(firing.begun), attempt=firing.attempt
            )
        frame.note(words)
        return
    said = _("Its rule, {when}: {said}").format(when=moment(firing.ended), said=firing.words)
    if firing.outcome == "failed":
        said = f"{said} {again_words(firing.again, firing.failures)}"
    frame.note(plain(said, WORDS))


def _say_told() -> None:
    """Say where the last message stands, to whoever may know that there is one."""
    if not session.actor().may("schedule") or alerts.webhook() is None:
        return
    last, quiet = alerts.messages().last(), alerts.quiet_until(datetime.now(UTC))
    if quiet is not None:
        frame.note(_("Quiet hours: nobody is told before {when}.").format(when=moment(quiet)))
    if last is None:
        return
    words = {
        "sent": _("The last message was sent {when}."),
        "waiting": _("A message waits. Attempts: {attempts}; the next one is {due}. {reason}"),
        "failed": _("A message was given up {when}. Attempts: {attempts}. {reason}"),
    }.get(last.outcome, "")
    said = words.format(
        when=moment(last.ended), due=moment(last.due), attempts=number(last.attempts, 0), reason=last.reason
    )
    if said:
        frame.note(plain(said, WORDS))


def show_looks(model: str) -> None:
    """Show what came of the windows of a model that a watch looked at, and the alerts that are over."""
    found = alerts.looks().of(model)
    if not found:
        frame.note(_("No watch has looked at this model yet."))
        if session.actor().may("schedule"):
            navigation.link("schedules", _("Have it watched"))
        return
    tables.show(pd.DataFrame([_line(one) for one in found]), key="monitor_looks", alt=_("Windows, the newest first"))
    for one in alerts.alerts().past(model):
        words = _("{alert} It was over {when}: {why}.")
        said = words.format(alert=alert_words(one), when=moment(one.closed), why=closed_words(one.why_closed))
        frame.note(plain(said, WORDS))


def _line(one: Look) -> dict[str, object]:
    judged = f"{number(len(one.drifted), 0)} / {number(one.columns, 0)}" if one.is_known else "–"
    return {
        _("When"): moment(one.at),
        _("Version"): one.version or "–",
        _("Rows"): one.rows,
        _("Inputs that changed"): judged,
        _("True answers judged"): one.scored or "–",
        _("True answers in all"): one.labelled,
        _("What it says"): plain(look_words(one), WORDS),
    }
