"""The board: who is ahead while the class trains, whether that is more than chance, and the reveal."""

import streamlit as st

from core.i18n import _
from core.process import shared
from core.ui import frame, session
from core.ui.board import lead, leaderboard, opening, records
from trainers import tasks

frame.title(_("Board"), _("Who is ahead, and is the lead more than chance?"))

with st.container(key="board_page"):
    if shared.boards().current() is None:
        opening.show(tasks())
    else:
        leaderboard.show(tasks())
        if session.actor().may("lead"):
            lead.show(tasks())
    if session.actor().may("lead"):
        records.show(tasks())
