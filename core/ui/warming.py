"""Import what pages need before anybody comes, in the background, so that no visitor waits for it."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Event, Thread

import streamlit as st

from core.collector import collector_paused
from core.ui import ending as process_end

logger = logging.getLogger(__name__)

# What the first page waits for: the frame, the parts of Home, and how MLflow reads a database
FIRST = (
    "core.ui.frame",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "core.ui.registry.stages",
    "core.ui.train.launching",
)
# What is begun then, and ends with the app: it needs what the first page needs
SCHEDULES = "core.process.scheduled"
# What other pages wait for, longest first: what is only imported where it is used, and their parts
AFTERWARDS = (
    "skops.io",
    "scipy.stats",
    "distributed",
    "core.ui.predict.what_if",
    "core.api.light.app",
    "core.ui.predict.scoring.upload",
    "core.ui.compare.comparison_charts",
    "core.ui.data.bringing",
    "core.ui.registry.board",
    "core.ui.experiments.run_table",
    "core.api.programs.app",
    "xgboost",
    "shap",
    "optuna",
)
# New objects between two looks for circles, and between two longer ones: a page makes tens of thousands and leaves few
# circles, so that Python's own 700 had a room of thirty wait for a twentieth of its time
COLLECTIONS = (10_000, 10, 10)
# seconds: to wait for the first visitor before the rest, and to let the browser get the page meanwhile
PATIENCE, BREATH = 5.0, 0.5

_page_was_shown = Event()


def note_page() -> None:
    """Say that a page was shown: from now on nobody waits for the rest."""
    _page_was_shown.set()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Warm up from the app's start on, until it ends; and end with it."""
    process_end.insist()
    gc.set_threshold(*COLLECTIONS)
    ending = Event()
    thread = Thread(target=warm_up, args=(ending,), name="warming", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        note_page()
        thread.join()  # within a second or two: an interpreter that ends while a module loads may crash
        if scheduled := sys.modules.get(SCHEDULES):
            scheduled.end()


def warm_up(ending: Event) -> None:
    """Import what the first page needs and, once it was shown or nobody came, the rest."""
    load((*FIRST, SCHEDULES), ending)
    if (scheduled := sys.modules.get(SCHEDULES)) and not ending.is_set():
        scheduled.start()
    _page_was_shown.wait(PATIENCE)
    ending.wait(BREATH)
    load(AFTERWARDS, ending)


def load(modules: Sequence[str], ending: Event) -> None:
    """Import these until the app ends; one that cannot be imported is left to whoever needs it."""
    with collector_paused():
        for module in modules:
            if ending.is_set():
                return
            try:
                import_module(module)
            except Exception:  # whatever a module does when it is imported, the app goes on
                logger.warning("%s could not be imported ahead", module, exc_info=True)
    gc.freeze()  # as after the first visit to a page
