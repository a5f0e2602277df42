"""Pizarra's entry point: one ASGI app of the pages and the routes beside them, for Streamlit and uvicorn alike."""

from core import settings
from core.logs import take_over

import streamlit as st  # isort: skip

from core.api.door import door, place
from core.api.routes import routes
from core.ui import messages, root, uploads, warming

take_over()
below = root.below()
app = st.App(
    settings.ROOT / "core/ui/app/script.py",
    routes=routes("trainers", below),
    lifespan=warming.lifespan,
    middleware=[door(messages.may_say, uploads.taking, place(below))],
)
