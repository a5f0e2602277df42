"""Ask: a question to the class, answered from phones, then revealed beside truth and model."""

import streamlit as st

from core.i18n import _
from core.process import visitors
from core.ui import frame, session
from core.ui.ask import answering, leading
from trainers import TASKS

frame.title(_("Ask"), _("What does the class say, and what is right?"))

if not visitors.ways().is_asked_for:
    frame.empty(
        _("**No class is open here.** The first page says how to open this dashboard to the phones in the room."),
        "home",
        _("See how to open it"),
    )
    frame.stop()

with st.container(key="ask_page"):
    questions = {name: task.question for name, task in TASKS.items()}
    if session.actor().role == "presenter":
        leading.show(questions)
    else:
        answering.show(questions)
