"""Sweeps that were under way as the dashboard stopped, brought up where somebody comes back, with what to press."""

from __future__ import annotations

import streamlit as st

from core.i18n import _, ngettext, number
from core.process import sweeps
from core.process.sweeps import Listed
from core.text import plain
from core.ui import frame, navigation, session

SHOWN = 3


def show() -> None:
    """Say which sweeps were interrupted and lead to where each goes on, to who may have it go on."""
    found = sweeps.interrupted(session.actor())
    for one in found[:SHOWN]:
        _show(one)
    if len(found) > SHOWN:
        rest = len(found) - SHOWN
        frame.note(ngettext("and {count} more, on the Sweep page", "and {count} more, on the Sweep page", rest))


def _show(one: Listed) -> None:
    run, now = one.sweep.run, one.standing
    left = ngettext("**{count} trial** is left.", "**{count} trials** are left.", now.left)
    words = _("**A sweep was interrupted** as the dashboard stopped: {name}. {done} of {most} trials are done.").format(
        name=plain(run.title or run.run_id, 100), done=number(now.done, 0), most=number(now.most, 0)
    )
    key = f"interrupted_{run.run_id}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=key):
        st.markdown(f":material/power_off: {words} {left}", width="stretch")
        navigation.link("sweep", _("Open it to resume"), run=run.run_id)
