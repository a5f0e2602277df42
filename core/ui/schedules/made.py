"""The schedules that there are: when each comes next, what came of it last, and doing, stopping or ending it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from core import words
from core.i18n import _, duration, moment
from core.process import scheduled
from core.schedules.schedules import Run, Schedule
from core.schedules.wording import outcome_words, shown, when_words
from core.text import plain
from core.ui import afterwards, frame, pickers, session, tables

SAID = "schedules_said"


@frame.live(2.0)
def show() -> None:
    """Show them, anew as they are carried out."""
    afterwards.show(SAID)
    schedules = scheduled.schedules()
    known = [(one, schedules.runs(one.number)) for one in schedules.all()]
    if not known:
        frame.empty(_("**Nothing is done by itself yet.** Say below what is to be done, and when."))
        return
    _say_next([one for one, _runs in known])
    tables.show(_table(known), key="schedules_table", alt=_("Schedules, one a row"))
    by_number = {str(one.number): (one, runs) for one, runs in known}
    chosen = pickers.choose_here(
        _("Schedule"), list(by_number), key="schedules_chosen", show=lambda number: by_number[number][0].name
    )
    _show_one(*by_number[chosen])


def _say_next(known: Sequence[Schedule]) -> None:
    now = datetime.now(UTC)
    coming = sorted((when, one.name, one.when.zone) for one in known if (when := one.next(now)))
    if coming:
        when, name, zone = coming[0]
        st.markdown(_("Next: **{name}**, {when}.").format(name=plain(name, 80), when=when_words(zone, when)))
    else:
        st.markdown(_("All of them are turned off."))


def _table(known: Sequence[tuple[Schedule, Sequence[Run]]]) -> pd.DataFrame:
    now = datetime.now(UTC)
    rows = []
    for one, runs in known:
        coming = one.next(now)
        rows.append((
            one.name, scheduled.words(one.kind, one.arguments), shown(one.when, now),
            when_words(one.when.zone, coming) if coming else _("turned off"),
            outcome_words(runs[0]) if runs else _("not carried out yet"), words.person(one.by),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=[_("Name"), _("What"), _("When"), _("Next"), _("Last time"), _("Made by")])


def _show_one(one: Schedule, runs: Sequence[Run]) -> None:
    name = plain(one.name, 40)
    running = [run for run in runs if run.ended is None]
    st.markdown(plain(scheduled.words(one.kind, one.arguments), 600))  # which the table may cut off
    with st.container(horizontal=True):
        _button("ask", _("Do “{name}” now").format(name=name), ":material/play_arrow:", one, _ask)
        if running:
            _button("stop", _("Stop what is under way"), ":material/stop_circle:", running[0], _stop)
        label = _("Turn “{name}” off") if one.is_on else _("Turn “{name}” on")
        _button("turn", label.format(name=name), ":material/power_settings_new:", one, _turn)
        _button("end", _("End “{name}”").format(name=name), ":material/delete:", one, _end)
    if not runs:
        frame.note(_("It has not been carried out yet."))
        return
    tables.show(_history(runs), key="schedules_runs", alt=_("Its runs, the newest first"))


def _history(runs: Sequence[Run]) -> pd.DataFrame:
    columns = [_("Planned"), _("Outcome"), _("Took"), _("What came of it")]
    rows = [
        (
            moment(run.planned), outcome_words(run),
            duration((run.ended - run.started).total_seconds()) if run.ended else "–", run.words,
        )
        for run in runs
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _button(deed: str, label: str, icon: str, about: Schedule | Run, do: Callable[..., None]) -> None:
    st.button(label, key=f"schedules_{deed}", icon=icon, on_click=_doing, args=(do, about))


def _doing(do: Callable[..., None], about: Schedule | Run) -> None:
    with frame.reporting():
        do(about)
        scheduled.runner().wake()


def _ask(one: Schedule) -> None:
    scheduled.schedules().ask(session.actor(), one.number)
    afterwards.say(SAID, _("“{name}” is begun.").format(name=plain(one.name, 80)))


def _stop(run: Run) -> None:
    scheduled.schedules().stop_run(session.actor(), run.number)
    afterwards.say(SAID, _("It is told to stop."))


def _turn(one: Schedule) -> None:
    scheduled.schedules().turn(session.actor(), one.number, on=not one.is_on)


def _end(one: Schedule) -> None:
    scheduled.schedules().remove(session.actor(), one.number)
    afterwards.say(SAID, _("“{name}” has ended; what it made stays.").format(name=plain(one.name, 80)))
