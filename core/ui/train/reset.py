"""Bring the packed demo back from the first page: what goes, the backup of it, and taking the reset back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from core import words
from core.comparison.differences import listed
from core.i18n import _, moment, ngettext
from core.process import memory, shared
from core.process.memory import kept
from core.store.connection import sqlite_path
from core.store.states import exchange
from core.store.states.backups import MOST_BACKUPS, Backup, list_backups
from core.store.states.going import Going, GoingRun, what_goes
from core.text import plain, shorten_apart
from core.training.demo import Demo
from core.ui import frame, pickers, session, tables

BACKUP, SAID = "home_backup_made", "home_reset_done"
MOST_NAMES = 6  # of each kind in a sentence


def offer_reset(demo: Demo) -> None:
    """Offer the presenter to bring the packed demo back, where the store began with it, and what was there before."""
    if not session.actor().may("reset_demo") or not _can_reset(demo):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="home_reset"):
        if st.button(_("Reset the demo"), key="home_reset_demo", icon=":material/restart_alt:"):
            _ask(demo)
        kept = _backups()
        if kept:
            _offer_backups(demo, kept)
    _report(demo)


def _ask(demo: Demo) -> None:
    """Ask once, and say what goes."""

    @st.dialog(_("Reset the demo?"), width="large")
    def dialog() -> None:
        with frame.reporting():
            going = what_goes(shared.store(), demo.pack)
            _show(going)
            if st.button(
                _("Keep a backup and reset the demo"),
                type="primary",
                icon=":material/restart_alt:",
                key="home_reset_confirm",
                on_click=_reset,
                args=(demo,),
            ):
                st.rerun()
            if going.runs:  # below the button, which has to be in sight
                st.space("medium")  # for the table's own buttons
                st.dataframe(
                    _table(going.runs), hide_index=True, height=min(38 + 35 * len(going.runs), 250),
                    key="home_reset_runs", alt=_("Runs that go, one a row"),
                )  # fmt: skip

    dialog()


def _show(going: Going) -> None:
    if going.nothing:
        st.markdown(_("Nothing was added or changed since the demo was packed."))
        return
    st.markdown(
        _("This store becomes what it was when the demo was loaded. First, all that is in it goes into a backup, "
          "which can be brought back.")
    )  # fmt: skip
    said: list[tuple[str, Sequence[str]]] = [
        (ngettext("{count} experiment goes", "{count} experiments go", len(going.experiments)), going.experiments),
        (
            ngettext("{count} model version goes", "{count} model versions go", len(going.versions)),
            [f"{model} · {words.version(number)}" for model, number in going.versions],
        ),
        (ngettext("{count} run goes", "{count} runs go", len(going.runs)), [run.name for run in going.runs]),
    ]
    for title, names in said:
        if names:
            st.markdown(f"**{title}**: {plain(listed(shorten_apart(names, 60), MOST_NAMES), 1000)}")
    if going.deleted:
        st.markdown(
            ngettext(
                "{count} deleted run goes too.",
                "{count} deleted runs go too.",
                going.deleted,
            )
        )
    if going.files:
        st.markdown(
            ngettext(
                "{count} file goes that was added to runs of the demo.",
                "{count} files go that were added to runs of the demo.",
                going.files,
            )
        )
    st.markdown(_("What was changed or deleted of the demo itself is as it was: stages, descriptions, tags, gates."))
    kept = _backups()
    if len(kept) == MOST_BACKUPS:
        st.warning(
            _("{count} backups are kept: the oldest, of {time}, is removed for this one.").format(
                count=MOST_BACKUPS, time=moment(kept[-1].made)
            ),
            icon=":material/delete_history:",
        )


def _table(runs: Sequence[GoingRun]) -> pd.DataFrame:
    named = {"name": shorten_apart([run.name for run in runs], 60)}
    if not shared.boards().names_are_hidden():
        named["student"] = [run.student for run in runs]
    named["experiment"] = [run.experiment for run in runs]
    return pd.DataFrame({tables.heading(column): values for column, values in named.items()})


def _reset(demo: Demo) -> None:
    with frame.reporting(), st.spinner(_("Bringing the demo back…")):
        with _exchanging():
            made = exchange.reset(shared.store(), session.actor(), demo.pack)
        session.remember(BACKUP, made)
        session.remember(
            SAID,
            _("The demo is as it was packed. What was here before is in a backup.") if made
            else _("The demo was as it was packed: nothing was changed."),
        )  # fmt: skip


def _bring_back(demo: Demo, name: str) -> None:
    with frame.reporting(), st.spinner(_("Bringing back what was here…")):
        with _exchanging():
            made = exchange.bring_back(shared.store(), session.actor(), demo.pack, name)
        session.remember(BACKUP, None)
        session.remember(
            SAID,
            _("What was here before is back. What was here instead is in a backup.") if made
            else _("What was here before is back."),
        )  # fmt: skip


@contextmanager
def _exchanging() -> Iterator[None]:
    """Exchange the store, and have everything read anew afterwards, even what else never changes."""
    try:
        with shared.writing():
            yield
    finally:
        memory.forget()


def _offer_backups(demo: Demo, kept: Sequence[Backup]) -> None:
    with st.popover(_("Bring back a backup"), icon=":material/history:", key="home_backups"):
        by_name = {backup.name: backup for backup in kept}
        chosen = st.radio(
            _("What the store was"),
            list(by_name),
            format_func=pickers.told_apart(list(by_name), lambda name: _said(by_name[name])),
            key="home_backup",
        )
        frame.note(_("What is in the store now goes into a backup in its turn. The last {count} are kept.").format(
            count=MOST_BACKUPS
        ))  # fmt: skip
        st.button(
            _("Bring this backup back"),
            icon=":material/history:",
            key="home_bring_back",
            on_click=_bring_back,
            args=(demo, chosen),
        )


def _said(backup: Backup) -> str:
    counts = [
        ngettext("{count} experiment", "{count} experiments", backup.experiments),
        ngettext("{count} run", "{count} runs", backup.runs),
        ngettext("{count} model version", "{count} model versions", backup.versions),
    ]
    return f"{moment(backup.made)}: {listed(counts)}"


def _report(demo: Demo) -> None:
    """Say what was done just now, and offer to take it back."""
    said, made = st.session_state.get(SAID), st.session_state.get(BACKUP)
    if not said:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="home_report"):
        st.markdown(f":material/check_circle: {said}")
        if made is not None and made in _backups():
            st.button(
                _("Bring back"), icon=":material/undo:", key="home_undo", on_click=_bring_back, args=(demo, made.name)
            )
        st.button(_("Fine"), type="tertiary", key="home_fine", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(SAID, None)


def _backups() -> list[Backup]:
    path = sqlite_path(shared.store().uri)
    return list_backups(path) if path else []


@kept(lambda _demo: shared.changes(), max_entries=2, copied=True)
def _can_reset(demo: Demo) -> bool:
    return exchange.can_reset(shared.store(), demo.pack)
