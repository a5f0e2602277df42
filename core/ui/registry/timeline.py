"""A model's timeline on the page: who moved what, when and why, newest first."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import words
from core.comparison.gates import measured_words
from core.i18n import _, moment, ngettext
from core.process import cache
from core.spreadsheets import as_csv
from core.store.registry.events import Event, as_table
from core.store.registry.foreign_changes import outside_changes
from core.store.registry.registered_models import RegisteredModel
from core.text import plain
from core.ui import frame, session
from core.ui.registry import gates, promotion_dialog

SHOWN = 20
OLDER = "registry_timeline_older"


def show(model: RegisteredModel) -> None:
    """Show what happened to a model's versions; the last change can be taken back."""
    limit = SHOWN * (1 + int(st.session_state.get(f"{OLDER}_{model.name}", 0)))
    pages = [cache.timeline_page(model.name)]
    while pages[-1].older and sum(len(page.events) for page in pages) < limit:
        pages.append(cache.timeline_page(model.name, pages[-1].older))
    written = [event for page in pages for event in page.events]
    events = sorted([*written, *outside_changes(model, written)], key=lambda event: event.at, reverse=True)
    if not events:
        frame.note(
            _("Registered: {versions}, the newest {moment}. No change of their stages is known.").format(
                versions=ngettext("{count} version", "{count} versions", len(model.versions)),
                moment=moment(max(version.created for version in model.versions)),
            )
        )
        if model.aliases:
            frame.note(_("When an alias was moved, MLflow does not say."))
        return
    last = next((event.number for event in written if event.changes), None)
    for event in events[:limit]:
        with st.container(border=True, key=f"registry_event_{event.number or 'outside'}_{_first(event)}"):
            _show_event(event, can_be_undone=event.number == last and event.kind in {"move", "undo", "settle"})
    with st.container(horizontal=True):
        if len(events) > limit or pages[-1].older:
            st.button(_("Show older ones"), key="registry_timeline_more", on_click=_more, args=(model.name,))
        st.download_button(
            _("Download all as CSV"),
            lambda: _csv(model),  # read and made when it is asked for
            file_name="timeline.csv",
            mime="text/csv",
            key="registry_timeline_csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _first(event: Event) -> str:
    return str(event.changes[0].version) if event.changes else ""


def _more(model: str) -> None:
    key = f"{OLDER}_{model}"
    session.remember(key, int(st.session_state.get(key, 0)) + 1)


def _csv(model: RegisteredModel) -> bytes:
    written = cache.timeline(model.name)
    table: pd.DataFrame = as_table(sorted([*written, *outside_changes(model, written)], key=lambda e: e.at))
    return as_csv(table)


def _show_event(event: Event, *, can_be_undone: bool) -> None:
    if event.kind == "outside":
        noticed = _("noticed; changed at the latest {moment}").format(moment=moment(event.at))
        st.markdown(f"**{_('outside Pizarra')}** · {noticed}")
    else:
        number = f":small[{event.number}]"
        st.markdown(f"{number} **{plain(words.who(event), 80)}** · {moment(event.at)}")
    st.markdown(plain(words.event(event), 600))
    if event.why and event.kind not in {"gates", "cutoff", "alert", "rule"}:
        st.markdown(f"“{plain(_(event.why), 500)}”")
    _show_gates(event)
    for change in event.noticed:
        frame.note(
            _("Before that, outside Pizarra: {what}").format(
                what=plain(words.event(Event(event.model, "outside", "", event.at, changes=(change,))), 300)
            )
        )
    if not event.finished:
        st.warning(_("This change was begun and not finished. Look at the board for where the versions are."))
    if (
        can_be_undone
        and event.finished
        and session.actor().may("undo")
        and st.button(_("Take this back"), key=f"registry_take_back_{event.number}", icon=":material/undo:")
    ):
        promotion_dialog.take_back(event.model, event.number)


def _show_gates(event: Event) -> None:
    failed = [outcome for outcome in event.gates if not outcome.passed]
    if not event.gates:
        return
    said = ngettext("{count} gate passed", "{count} gates passed", len(event.gates) - len(failed))
    if failed:
        rules = "; ".join(_rule(outcome.rule, measured_words(outcome)) for outcome in failed)
        said += " · :red[" + _("✗ failed: {rules}").format(rules=plain(rules, 300)) + "]"
    frame.note(" ".join(filter(None, (f"{said}.", gates.judged_on_words(event.judged_on)))))
    if event.override:
        st.markdown(_("Let pass all the same: “{reason}”").format(reason=plain(event.override, 500)))


def _rule(rule: str, measured: str) -> str:
    words_of_it: Sequence[str] = [gates.gate_words(rule), f"({measured})" if measured else ""]
    return " ".join(part for part in words_of_it if part)
