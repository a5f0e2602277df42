"""While a board is open for a task: what that means for a run, and how many tries are left."""

from __future__ import annotations

import streamlit as st

from core.i18n import _, ngettext
from core.process import board as boards
from core.training.tasks import Task
from core.ui import navigation, session


def show(task: Task) -> None:
    """Say that a run is a try, where it would be one."""
    found = boards.look(session.actor())
    if found is None or not found.board.is_contested or found.board.task != task.name:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="train_contest"):
        words = _("**A board is open for this task.** Until the reveal its runs are measured on half of the test rows.")
        st.markdown(words, width="content")
        if found.tries_left is not None:
            left = ngettext("{count} try left", "{count} tries left", found.tries_left)
            st.markdown(f"**{left}**", width="content")
        navigation.link("board", _("Look at the board"))
