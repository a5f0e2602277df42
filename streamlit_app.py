"""Pizarra's entry point: one ASGI app of the pages and the routes beside them, for Streamlit and uvicorn alike."""

from core import settings
from core.logs import take_over

import streamlit as st  # isort: skip

from core.api.door import door, place
from core.api.routes import routes
from core.process import known_tasks
from core.ui import messages, root, uploads, warming

TASKS = "trainers"  # the module that says which there are

take_over()
known_tasks.told_by(TASKS)
below = root.below()
app = st.App(
    settings.ROOT / "core/ui/app/script.py",
    routes=routes(TASKS, below),
    lifespan=warming.lifespan,
    middleware=[door(messages.may_say, uploads.taking, place(below))],
)
