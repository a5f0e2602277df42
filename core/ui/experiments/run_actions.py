"""What can be done with the runs of an experiment: compare, open, download, delete and bring back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from core import words
from core.comparison.differences import listed
from core.i18n import _, current_language, ngettext
from core.process import shared
from core.store.runs.export import as_csv, as_parquet
from core.store.runs.lifecycle import UNFINISHED, Outcome, delete_runs, deleted_runs, restore_runs
from core.store.runs.tables import Experiment, Runs, run_labels
from core.text import plain, shorten_apart
from core.ui import afterwards, frame, navigation, session, tables
from core.ui.experiments import filters, run_table

MOST_FOUND = 50  # runs that a search found and an address can hold
DELETED, RESTORED = "experiments_deleted_now", "experiments_restored_now"


def show(everything: Runs, found: Runs, chosen: Sequence[str], asked: filters.Filter, experiment: Experiment) -> None:
    """Show what can be done with the ticked runs or, where none is ticked, with all that fit."""
    with st.container(horizontal=True, vertical_alignment="center", key="experiments_actions"):
        _compare(found, chosen, asked, experiment)
        if st.button(
            _("Open the run"), icon=":material/receipt_long:", disabled=len(chosen) != 1, key="experiments_open"
        ):
            navigation.go("run", run=chosen[0])
        if session.actor().may("delete_runs") and st.button(
            _("Delete"), icon=":material/remove_circle:", disabled=not chosen, key="experiments_delete"
        ):
            _confirm_delete(everything, chosen)
        _download(found, experiment)
    run_table.state(found, chosen)


def _compare(found: Runs, chosen: Sequence[str], asked: filters.Filter, experiment: Experiment) -> None:
    count = len(chosen) or len(found)
    searched = bool(asked.search.strip()) and not chosen
    if st.button(
        ngettext("Compare {count} run", "Compare {count} runs", count)
        if chosen
        else ngettext("Compare the {count} run", "Compare all {count} runs", count),
        type="primary",
        icon=":material/balance:",
        disabled=count < 2 or (searched and count > MOST_FOUND),
        help=_("Too many runs mention this. Search for something rarer, or filter.")
        if searched and count > MOST_FOUND
        else None,
        key="experiments_compare",
    ):
        if chosen or searched:
            navigation.go("compare", experiment="", filter="", runs=",".join(chosen or found.ids))
        else:
            navigation.go("compare", experiment=experiment.experiment_id, filter=asked.text or "all", runs="")


def _download(found: Runs, experiment: Experiment) -> None:
    names = {experiment.experiment_id: experiment.name}
    kinds: tuple[tuple[str, str, Callable[[Runs, Mapping[str, str]], bytes]], ...] = (
        ("csv", "text/csv", as_csv),
        ("parquet", "application/vnd.apache.parquet", as_parquet),
    )
    with st.popover(_("Download"), icon=":material/download:", key="experiments_download"):
        frame.note(
            ngettext(
                "{count} run, with all that is known of it", "{count} runs, with all that is known of them", len(found)
            )
        )
        for suffix, mime, write in kinds:
            st.download_button(
                suffix.upper() if suffix == "csv" else suffix.capitalize(),
                partial(write, found, names),  # made when it is asked for
                file_name=f"runs.{suffix}",
                mime=mime,
                key=f"experiments_{suffix}",
                on_click="ignore",
            )


def _confirm_delete(everything: Runs, chosen: Sequence[str]) -> None:
    """Ask once, and say what will be deleted."""
    runs = everything.select(chosen)
    unfinished = runs.info["status"].isin(UNFINISHED)
    going = list(runs.info.index[~unfinished])
    labels = run_labels(everything)

    @st.dialog(ngettext("Delete {count} run?", "Delete {count} runs?", len(going)))
    def ask() -> None:
        if going:
            st.markdown(plain(listed(shorten_apart([labels[run_id] for run_id in going], 60)), 400))
            st.markdown(_("They can be restored: look below the table, at “Deleted runs”. Their files stay."))
        if count := int(unfinished.sum()):
            st.warning(
                ngettext(
                    "{count} ticked run has not ended, so it stays.",
                    "{count} ticked runs have not ended, so they stay.",
                    count,
                )
            )
        if st.button(
            ngettext("Delete {count} run", "Delete {count} runs", len(going)),
            type="primary",
            icon=":material/remove_circle:",
            disabled=not going,
            key="experiments_delete_confirm",
            on_click=_delete,
            args=(going,),
        ):
            st.rerun()

    ask()


def _delete(run_ids: Sequence[str]) -> None:
    with frame.reporting(), st.spinner(_("Deleting…")):
        with shared.writing(run_ids):
            outcome = delete_runs(shared.store(), session.actor(), run_ids)
        session.remember(DELETED, outcome)
        afterwards.heard(RESTORED)  # it is not so any more
        gone = set(outcome.done)
        run_table.tick([run_id for run_id in st.session_state.get(run_table.TICKED, []) if run_id not in gone])


def report() -> None:
    """Say what was deleted or restored just now, and offer to undo a deletion."""
    outcome: Outcome | None = st.session_state.get(DELETED)
    if outcome is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="experiments_report"):
            st.markdown(ngettext("{count} run was deleted.", "{count} runs were deleted.", len(outcome.done)))
            if outcome.done and session.actor().may("restore_runs"):
                st.button(
                    _("Undo"), icon=":material/undo:", key="experiments_undo", on_click=_restore, args=(outcome.done,)
                )
            st.button(_("Fine"), type="tertiary", key="experiments_fine", on_click=_forget)
        _say_failed(outcome)
    restored: Outcome | None = afterwards.heard(RESTORED)
    if restored is not None:
        if restored.done:
            st.success(ngettext("{count} run is back.", "{count} runs are back.", len(restored.done)))
        _say_failed(restored)


def _say_failed(outcome: Outcome) -> None:
    if outcome.running:
        st.warning(
            ngettext(
                "{count} run has not ended, so it stays.", "{count} runs have not ended, so they stay.",
                len(outcome.running),
            )
        )  # fmt: skip
    if outcome.failed:
        st.error(
            plain(" · ".join(f"{run_id[:6]}: {reason}" for run_id, reason in list(outcome.failed.items())[:5]), 600),
            title=ngettext("The store refused {count} run.", "The store refused {count} runs.", len(outcome.failed)),
        )


def _forget() -> None:
    st.session_state.pop(DELETED, None)


def _restore(run_ids: Sequence[str]) -> None:
    with frame.reporting():
        with shared.writing(run_ids):
            outcome = restore_runs(shared.store(), session.actor(), run_ids)
        _forget()
        afterwards.say(RESTORED, outcome)


def show_deleted(experiment: Experiment) -> None:
    """Show the deleted runs of an experiment, and bring back those that are ticked; they are read when asked for."""
    shown = st.expander(
        _("Deleted runs"), icon=":material/restore_from_trash:", key="experiments_deleted", on_change="rerun"
    )
    if not shown.open:
        return
    with shown:
        deleted = deleted_runs(shared.store(), [experiment.experiment_id])
        if deleted.empty:
            frame.note(_("No run of this experiment was deleted."))
            return
        readable = deleted.assign(
            name=shorten_apart(list(deleted["name"]), 60),
            status=[words.status(status) for status in deleted["status"]],
            start=deleted["start"].dt.tz_convert(tables.HERE).dt.tz_localize(None),
        )
        started = tables.heading("started")
        event = st.dataframe(
            readable.set_axis([tables.heading("name"), tables.heading("status"), started], axis="columns"),
            key=f"experiments_deleted_{hash(tuple(deleted.index))}",
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            column_config={started: st.column_config.DatetimeColumn(format=tables.DATE_FORMATS[current_language()])},
            alt=_("Deleted runs, one a row"),
        )
        if not frame.allows("restore_runs", _("Only the presenter may bring runs back.")):
            return
        rows = [place for place in event.selection.rows if place < len(deleted)]
        st.button(
            ngettext("Restore {count} run", "Restore {count} runs", len(rows)) if rows else _("Restore"),
            icon=":material/restore_from_trash:",
            disabled=not rows,
            key="experiments_restore",
            on_click=_restore,
            args=([str(deleted.index[place]) for place in rows],),
        )


def show_overview(experiments: Sequence[Experiment], everything: Runs) -> None:
    """Show all experiments with their best runs; they are counted when asked for."""
    shown = st.expander(
        _("All experiments at a glance"), icon=":material/science:", key="experiments_glance", on_change="rerun"
    )
    if shown.open:
        with shown:
            overview = tables.experiments_table(experiments, everything)
            tables.show(overview, key="experiments_overview", alt=_("Experiments, one a row"))
