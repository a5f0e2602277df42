"""Say how far the reading of a table is that somebody brought, for as long as it takes."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.i18n import N_, _, number
from core.process.beside import Beside, Stage
from core.text import plain
from core.ui import frame
from core.ui.data.brought import Brought

SAID: Mapping[Stage, str] = {
    "waiting": N_("{file} waits: other tables are being read."),
    "recognising": N_("Finding out how {file} is written…"),
    "reading": N_("Reading {file}: {rows} rows so far…"),
    "looking": N_("Looking at what is in {file}…"),
}  # fmt: skip


@frame.live(0.5)
def follow(now: Brought, work: Beside[None]) -> None:
    """Show how far it is; once it is done the page shows what came of it."""
    if work.is_done():
        st.rerun()
    with st.container(border=True, key="data_own_waiting"):
        said = _(SAID[work.stage]).format(file=plain(now.name, 60), rows=number(work.count, 0))
        st.markdown(f":material/hourglass_top: **{said}**")
        frame.note(_("Other pages can be used meanwhile: it will be here when you come back."))
