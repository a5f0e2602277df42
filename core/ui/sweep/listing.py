"""The sweeps of the store, newest first: how each is, how much of it is done, and its best."""

from __future__ import annotations

import streamlit as st

from core.i18n import _, moment, ngettext, number
from core.process import shared, sweeps
from core.process.sweeps import Listed
from core.text import plain
from core.ui import frame, navigation
from core.ui.sweep import said

SHOWN = 10


def show() -> None:
    """List the sweeps, those under way in sight first; nothing where there are none."""
    if not sweeps.listed():
        return
    st.subheader(_("Sweeps"), anchor=False)
    _list()


@frame.live(3.0)
def _list() -> None:
    found = sweeps.listed()
    for one in found[:SHOWN]:
        _line(one)
    if len(found) > SHOWN:
        rest = len(found) - SHOWN
        frame.note(
            ngettext("and {count} more, on the Experiments page", "and {count} more, on the Experiments page", rest)
        )


def _line(one: Listed) -> None:
    run = one.sweep.run
    conductor = shared.sweeps().get(run.run_id)
    done = _("{done} of {most} trials").format(done=number(one.standing.done, 0), most=number(one.standing.most, 0))
    facts = [
        said.state(one.sweep, conductor.wish if conductor else None),
        done,
        said.best(one.best, one.sweep.plan),
        moment(run.start),
    ]
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"sweep_listed_{run.run_id}"):
        st.markdown(f"**{said.title(one.sweep)}**  \n{plain(' · '.join(filter(None, facts)), 300)}", width="stretch")
        navigation.link("sweep", _("Open"), run=run.run_id)
