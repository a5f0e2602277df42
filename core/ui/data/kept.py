"""A table of one's own that is kept: call it otherwise, or delete it and see what depends on it."""

from __future__ import annotations

import streamlit as st

from core.i18n import _, ngettext
from core.process import cache, model_tasks, shared
from core.settings import settings
from core.store.runs.tables import TASK_TAG
from core.store.runs.tracking import find_runs
from core.text import plain
from core.training.tables.kept import MOST_TITLE, delete_table, kept_tables, rename_table
from core.training.tasks import Task
from core.ui import address, frame, session

DELETING = "data_deleting"  # in the session: the table that is about to be deleted


def show(task: Task) -> None:
    """Offer to rename and delete the chosen table, and say which descriptions of tables cannot be read."""
    unreadable = kept_tables(settings().cache_dir).unreadable
    if unreadable:
        words = ngettext("The description of {count} table cannot be read:",
                         "The descriptions of {count} tables cannot be read:", len(unreadable))  # fmt: skip
        st.warning(f"{words} {plain(', '.join(unreadable), 200)}", icon=":material/warning:")
    if task.dataset.kept is None or not session.actor().may("keep_table"):
        return
    with st.container(horizontal=True, key="data_kept"):
        with st.popover(_("Rename"), icon=":material/edit:", key="data_kept_rename"), st.form("data_kept_form"):
            title = st.text_input(
                _("What the table is called"), value=task.title, max_chars=MOST_TITLE, key=f"data_title_{task.name}"
            )
            if st.form_submit_button(_("Rename"), key="data_kept_renamed"):
                rename_table(session.actor(), settings().cache_dir, task.name, title)
                st.rerun()
        st.button(
            _("Delete this table"), icon=":material/folder_delete:", key="data_kept_delete",
            on_click=session.remember, args=(DELETING, task.name),
        )  # fmt: skip
    if st.session_state.get(DELETING) == task.name:
        _confirm(task)


def _confirm(task: Task) -> None:
    """Say what depends on a table, and ask once."""
    runs = len(find_runs(shared.store(), f"tags.`{TASK_TAG}` = '{task.name}'"))
    models = [model.name for model in model_tasks.models_of(cache.models(), task.name)]
    with st.container(border=True, key="data_kept_confirm"):
        st.markdown(f"**{_('Delete {title}?').format(title=plain(task.title))}**")
        if runs:
            st.markdown(ngettext(
                "{count} run learned from it. It stays, but cannot be launched again.",
                "{count} runs learned from it. They stay, but cannot be launched again.", runs,
            ))  # fmt: skip
        if models:
            words = ngettext("{count} model learned from it and stays:",
                             "{count} models learned from it and stay:", len(models))  # fmt: skip
            st.markdown(f"{words} {plain(', '.join(models), 300)}")
        if not runs and not models:
            st.markdown(_("No run and no model of this store depends on it."))
        with st.container(horizontal=True):
            if st.button(_("Delete {title}").format(title=plain(task.title)), type="primary", key="data_kept_yes",
                         icon=":material/folder_delete:"):  # fmt: skip
                delete_table(session.actor(), settings().cache_dir, task.name)
                session.remember(DELETING, "")
                address.choose("task", "")
                st.toast(_("{title} is deleted.").format(title=plain(task.title)), icon=":material/folder_delete:")
                st.rerun()
            st.button(_("Keep it"), key="data_kept_no", on_click=session.remember, args=(DELETING, ""))
    frame.note(_("Whatever was trained keeps its own copy of what it needs to answer."))
