"""While a Dask scheduler was given: what is wrong with it, and training on this computer in its place."""

from __future__ import annotations

import streamlit as st

from core.i18n import _
from core.process import shared
from core.settings import settings
from core.text import plain
from core.ui import frame, session


def show() -> None:
    """Say where runs are trained, where that is or was to be elsewhere."""
    if settings().dask_scheduler:
        _standing()


@frame.live(2.0)
def _standing() -> None:
    jobs, given = shared.jobs(), plain(settings().dask_scheduler)
    if not jobs.workers.given:
        frame.note(_("Runs are trained on this computer until the next start, not at {address}.").format(address=given))
        return
    if jobs.workers.trouble is None:
        frame.note(_("Runs are trained at the Dask scheduler {address}.").format(address=given))
        return
    st.warning(plain(jobs.workers.trouble, 800), icon=":material/cloud_off:")
    if session.actor().may("train_here") and st.button(
        _("Train on this computer from now on"), key="train_here", icon=":material/computer:"
    ):
        jobs.use_own_cluster(session.actor())
        st.rerun()
