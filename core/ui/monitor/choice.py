"""What is monitored: a version, the rows that it was asked or that somebody brings, and what they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from core import words
from core.i18n import N_, _, ngettext
from core.monitoring.logged import LoggedRows, logged_rows
from core.monitoring.references import Reference, training_reference
from core.prediction.answers import Predictions
from core.process import asked as asking
from core.process import cache
from core.process.asked import AskedVersion, by_liveness
from core.process.memory import kept
from core.serving.logged import log_folder
from core.settings import settings
from core.store.registry.registered_models import RegisteredModel
from core.text import plain
from core.ui import address, frame, pickers, session
from core.ui.monitor import breaking, own_tables
from core.ui.monitor.breaking import Broken
from core.ui.monitor.own_tables import OwnTable

LOOKED_BACK = tuple(map(timedelta, (1, 7, 30, 90)))  # days, as far as it takes to find so many rows
SECONDS = 10.0  # between two looks at the log
FEW, MANY, DAY, WEEK, MONTH, TABLE, BROKEN = "200", "1000", "day", "week", "month", "table", "broken"
WINDOWS = {
    FEW: N_("The last 200 rows that were asked"), MANY: N_("The last 1,000 rows that were asked"),
    DAY: N_("What was asked in the last 24 hours"), WEEK: N_("What was asked in the last 7 days"),
    MONTH: N_("What was asked in the last 30 days"), TABLE: N_("A table of your own"),
    BROKEN: N_("Break it: its test rows, changed by you"),
}  # fmt: skip
COUNTS = {FEW: 200, MANY: 1000}
TIMES = {DAY: timedelta(days=1), WEEK: timedelta(days=7), MONTH: timedelta(days=30)}
TRAINING, BEFORE, OTHER = "training", "before", "other"
REFERENCES = {
    TRAINING: N_("The rows that it learned from"), BEFORE: N_("The rows that were asked before these"),
    OTHER: N_("Another table of your own"),
}  # fmt: skip
EVERYBODY, PROGRAMS, PEOPLE = "all", "programs", "people"
ORIGINS = {PROGRAMS: ("api",), PEOPLE: ("predict page", "light page")}  # of everybody: all
WHO = {EVERYBODY: N_("Everybody"), PROGRAMS: N_("Programs"), PEOPLE: N_("People on pages")}


@dataclass(frozen=True)
class Monitored:
    """What is held against what.

    ``rows`` have the model's columns and types; ``said`` are its answers to them, where it gave them already, and
    ``truths`` the true ones, where some are known, with ``at`` when each row was asked. ``unfit`` rows are left out.
    ``key`` tells it from all else; ``who`` asked, where somebody did. ``file`` is the table that somebody brought, by
    its name, which is ``lacking`` inputs that may be missing; ``held`` the one that they are held against.
    """

    asked: AskedVersion
    rows: pd.DataFrame
    reference: Reference | None
    said: Predictions | None
    truths: pd.Series | None
    at: pd.Series | None
    unfit: int
    window: str
    key: tuple[object, ...]
    broken: Broken | None = None
    who: str = ""
    file: tuple[str, bytes] | None = None
    lacking: tuple[str, ...] = ()
    held: OwnTable | None = None
    is_held_against_itself: bool = False

    @property
    def is_log(self) -> bool:
        """Tell whether the rows were asked, rather than brought or made."""
        return self.window not in {TABLE, BROKEN}


def choose(models: Sequence[RegisteredModel], in_sight: Any) -> Monitored | None:
    """Choose all of it; the address holds what can be linked to. None while a table is still to be brought.

    ``in_sight`` is a container of Streamlit's for what is moved while one looks at what comes of it.
    """
    which_model, which_version = st.columns(2)
    with which_model:
        model = pickers.model(models, key="monitor_model")
    with which_version:
        by_number = {str(version.number): version for version in by_liveness(model)}
        number_of = pickers.choose(
            "version", _("Stage or version"), list(by_number), key=f"monitor_version_{model.name}",
            show=lambda name: words.staged_version(by_number[name].number, by_number[name].stage),
        )  # fmt: skip
    which_rows, which_others, whose = st.columns(3)
    with which_rows:
        window = pickers.choose("rows", _("Rows"), list(WINDOWS), key="monitor_rows", usual=FEW, show=_window_title)
    with which_others:
        known = {TABLE: [TRAINING, OTHER], BROKEN: [TRAINING]}.get(window, list(REFERENCES))
        against = pickers.choose(
            "against", _("Held against"), known, key="monitor_against", usual=TRAINING,
            show=lambda name: _(REFERENCES[name]),
        )  # fmt: skip
    with whose:
        who = EVERYBODY
        if window not in {TABLE, BROKEN}:
            who = pickers.choose("who", _("Asked by"), list(WHO), key="monitor_who", usual=EVERYBODY,
                                 show=lambda name: _(WHO[name]))  # fmt: skip
    with st.spinner(_("Opening the model…"), show_time=False):
        opened = asking.opened(model, by_number[number_of])
        opened = replace(opened, cutoff=asking.saved_cutoff(opened))
    if window == BROKEN:
        with in_sight:
            return _moved(opened)
    monitored = _brought(opened) if window == TABLE else _asked(opened, window, against, who)
    return _held_against_table(monitored, opened) if against == OTHER else monitored


def summary(monitored: Monitored) -> str:
    """Say in one line what is held against what."""
    return (
        f"**{plain(monitored.asked.version.model, 40)}** · {monitored.asked.title} · {_window_title(monitored.window)}"
    )


def _window_title(name: str) -> str:
    return _(WINDOWS[name])


def last_rows(opened: AskedVersion) -> Monitored:
    """Return the last rows that a version was asked, held against those that it learned from."""
    return _asked(opened, FEW, TRAINING, EVERYBODY)


def _asked(opened: AskedVersion, window: str, against: str, who: str) -> Monitored:
    version = opened.version
    found, before = _from_log(version.model, version.number, window, who, opened)
    reference = Reference(before.rows, "past") if against == BEFORE else _training(opened)
    return Monitored(
        opened, found.rows, reference, found.said, found.truths, found.at, found.unfit, window,
        (opened.key, window, against, who, len(found.rows), found.newest, len(before.rows)), who=who,
    )  # fmt: skip


@kept(
    lambda model, version, window, who, _opened: (log_folder(), model, version, window, who),
    max_entries=64, seconds=SECONDS,
)  # fmt: skip
def _from_log(model: str, version: int, window: str, who: str, opened: AskedVersion) -> tuple[LoggedRows, LoggedRows]:
    """Return the rows of a window, and as many (or of as long) before it."""
    now = datetime.now(UTC)
    origins = ORIGINS.get(who, ())
    looked_back = [2 * TIMES[window]] if window in TIMES else LOOKED_BACK
    for reach in looked_back:
        found = logged_rows(
            log_folder(), model, version, opened.fields, now - reach, origins=origins, masked=settings().log_mask,
            classes=opened.predictor.classes,
        )  # fmt: skip
        if window in COUNTS and len(found.rows) >= 2 * COUNTS[window]:
            break
    return found.last(COUNTS[window]) if window in COUNTS else found.since(now - TIMES[window])


def _training(opened: AskedVersion) -> Reference | None:
    version = opened.version
    return training_reference(
        opened.fields, cache.training_rows(version), opened.files.sample, cache.test_rows(version),
        by_chance=cache.is_divided_by_chance(version.run_id),
    )  # fmt: skip


def _moved(opened: AskedVersion) -> Monitored:
    broken = breaking.choose(opened)
    if broken is None:
        return Monitored(opened, pd.DataFrame(), None, None, None, None, 0, BROKEN, (opened.key, BROKEN))
    version = opened.version
    # Not beside the test rows, which are what is held against them
    reference = training_reference(opened.fields, cache.training_rows(version), opened.files.sample, None)
    return Monitored(
        opened, broken.rows, reference, None, broken.true_now, None, 0, BROKEN, broken.key, broken
    )  # fmt: skip


def _brought(opened: AskedVersion) -> Monitored | None:
    if not frame.allows("score", _("Only the presenter may upload a table.")):
        return None
    own = own_tables.bring(opened)
    if own is None:
        return None
    table = own.table
    if table.matching.answers:
        frame.note(_("{name} has the true answers.").format(name=plain(table.matching.answers)))
    return Monitored(
        opened, table.rows, _training(opened), None, table.answers, None, table.unfit, TABLE, (opened.key, own.key),
        file=(own.name, own.content),
        lacking=tuple(one.name for one in opened.fields if not one.is_parameter and own.lacks(one.name)),
    )  # fmt: skip


def _held_against_table(monitored: Monitored | None, opened: AskedVersion) -> Monitored | None:
    """Hold rows against those of a table of one's own, None while either is still to be brought."""
    if not session.actor().may("score"):
        if monitored is not None:
            frame.allows("score", _("Only the presenter may upload a table."))
        return None
    own = own_tables.bring_reference(opened)
    if own is None or monitored is None:
        return None
    return replace(
        monitored, reference=Reference(own.table.rows, "table"), key=(*monitored.key, own.key), held=own,
        is_held_against_itself=monitored.file is not None and monitored.file[1] == own.content,
    )  # fmt: skip


def unfit_words(count: int) -> str:
    """Say that rows were left out."""
    return ngettext(
        "{count} row has a value that does not fit and is left out.",
        "{count} rows have a value that does not fit and are left out.", count,
    )  # fmt: skip


def keep_version(monitored: Monitored) -> None:
    """Have the address say the stage, where it is one that is used."""
    stage = monitored.asked.version.stage
    address.keep("stage", stage if stage in asking.LIVE else "")
