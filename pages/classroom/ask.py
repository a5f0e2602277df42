"""Ask: a question to the class, answered from phones, then revealed beside truth and model."""

import streamlit as st

from core.i18n import _
from core.ui import frame, session
from core.ui.ask import answering, leading
from trainers import tasks

frame.title(_("Ask"), _("What does the class say, and what is right?"))

frame.need_class()

with st.container(key="ask_page"):
    questions = {name: task.question for name, task in tasks().items()}
    if session.actor().role == "presenter":
        leading.show(questions)
    else:
        answering.show(questions)
