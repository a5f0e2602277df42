"""What programs asked of a model in the last hour: how much, how fast, and how often Staging would disagree."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.i18n import _, in_time, number, percent
from core.process.memory import kept
from core.serving.log.summary import HOUR, Usage, usage
from core.serving.logged import log_folder
from core.ui import frame, session

SECONDS = 5.0  # between two looks
NOTHING = "–"
WIDTH, ON_PROJECTOR = 165, 270  # px: two beside each other on a phone; their labels whole in large letters


@frame.live(SECONDS)
def show(model: str) -> None:
    """Show the last hour of a model in four numbers, anew every few seconds."""
    hour = _last_hour(model)
    width = ON_PROJECTOR if session.projector() else WIDTH
    with st.container(horizontal=True, key="serve_traffic"):
        st.metric(_("Requests, last hour"), number(hour.requests, 0), width=width)
        st.metric(_("Half answered within"), _in_time(hour.p50), width=width)
        st.metric(_("95 of 100 within"), _in_time(hour.p95), width=width)
        st.metric(
            _("Staging disagrees"), percent(hour.differ / hour.shadowed) if hour.shadowed else NOTHING, width=width,
            help=_("Staging is asked the same in the background, and nobody gets its answers. Of the rows of the last "
                   "hour it would have contradicted Production on so many."),
        )  # fmt: skip


@kept(lambda model: (log_folder(), model), max_entries=64, seconds=SECONDS / 2)
def _last_hour(model: str) -> Usage:
    return usage(log_folder(), model, datetime.now(UTC) - HOUR)


def _in_time(milliseconds: float | None) -> str:
    return NOTHING if milliseconds is None else in_time(milliseconds / 1000)
