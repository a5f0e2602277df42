"""Say how much of the store has been read and as of when; take in what is new without disturbing anybody."""

from __future__ import annotations

import streamlit as st

from core.i18n import _, clock, ngettext, number
from core.process import shared
from core.store.mirror.base import State
from core.ui import frame

WHILE_READING, AFTERWARDS = 1.0, 5.0  # seconds between two looks
SHOWN_AGAIN = 2000  # runs that are read before the tables are shown with them


def show() -> None:
    """Show a progress bar while runs are read, then as of when they are; offer what has changed since."""
    state = shared.mirror().state()
    (_reading if state.reading else _settled)(state)
    if state.unreadable:
        st.warning(
            ngettext(
                "{count} run cannot be read by MLflow and is left out.",
                "{count} runs cannot be read by MLflow and are left out.",
                state.unreadable,
            )
        )


@frame.live(WHILE_READING)
def _reading(shown: State) -> None:
    state = shared.mirror().state()
    if not state.reading or state.read - shown.read >= max(SHOWN_AGAIN, shown.read):
        st.rerun()
    if state.total:
        words = _("{count} of {total} runs are read, the newest first. All that is here can be used already.").format(
            count=number(state.read, 0), total=number(state.total, 0)
        )
        st.progress(min(1.0, state.read / state.total), text=words)
    else:
        words = _("{count} runs are read, the newest first. All that is here can be used already.")
        st.progress(0.5, text=words.format(count=number(state.read, 0)))


@frame.live(AFTERWARDS)
def _settled(shown: State) -> None:
    state = shared.mirror().state()
    if state.version == shown.version and state.exact:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="freshness"):
        if state.version != shown.version:
            frame.note(_("There are new results."))
            if st.button(_("Show them"), icon=":material/refresh:", key="freshness_show", type="primary"):
                st.rerun()
        if not state.exact:
            frame.note(_("As of {moment}; late changes of finished runs as of {swept}.").format(
                moment=clock(state.as_of), swept=clock(state.swept)))  # fmt: skip
            if state.sweeping:
                frame.note(_("Reading all of them again…"))
            elif st.button(_("Read all again"), icon=":material/sync:", key="freshness_again", type="tertiary"):
                shared.mirror().read_all_again()
                st.rerun(scope="fragment")
