"""Offer the demo on the first page, and show how far it is, whoever began to load it."""

from __future__ import annotations

import streamlit as st

from core.i18n import _, number
from core.process import shared
from core.process.held import held
from core.process.memory import kept
from core.store.states import exchange
from core.store.states.pack import fits
from core.training.batches import Batch
from core.training.demo import Demo, DemoState, demo_state, load_demo, unpack_demo
from core.ui import frame, session
from core.ui.train.reset import offer_reset


def offer_demo(demo: Demo) -> None:
    """Offer to load the demo, show how far it is, or say that it is there; and to reset it."""
    offer_to_load(demo)
    offer_reset(demo)


def offer_to_load(demo: Demo) -> None:
    """Offer to load the demo, show how far it is, or say that it is there."""
    if _state(demo).loaded:
        frame.note(f":material/check: {_('The demo is loaded.')}")
        return
    if _is_loading():
        _show_progress(demo)
        return
    if not frame.allows("load_demo", _("Only the presenter may load the demo.")):
        return
    if st.button(_("Load the demo"), key="home_load_demo", icon=":material/auto_awesome:", type="primary"):
        start_demo(demo)
        st.rerun()
    if _is_packed_for_this(demo):
        words = _("{count} real runs in 4 experiments and 3 models, trained beforehand: there within seconds. "
                  "Customers, cars and wines are made up.")  # fmt: skip
    elif not fits(demo.pack):
        words = _("{count} real runs in 4 experiments and 3 models, trained on this computer in about a minute: they "
                  "were packed with other versions than are installed here.")  # fmt: skip
    else:
        words = _("{count} real runs in 4 experiments and 3 models, trained on this computer in about a minute.")
    frame.note(words.format(count=number(len(demo.runs))))


def start_demo(demo: Demo) -> None:
    """Unpack the demo, or train what is missing of it in the workers: versions are registered when all runs ended."""
    with shared.writing():
        if unpack_demo(shared.store(), session.actor(), demo):
            return
        _batch()["demo"] = load_demo(shared.store(), session.actor(), demo, shared.jobs())


@frame.live(1.0)
def _show_progress(demo: Demo) -> None:
    state = _state(demo)
    st.progress(
        state.finished / state.total,
        text=_("Loading the demo: {done} of {total} runs are trained").format(done=state.finished, total=state.total),
    )
    if not _is_loading():
        st.rerun()


@kept(lambda _demo: shared.changes(), max_entries=2, copied=True)
def _state(demo: Demo) -> DemoState:
    return demo_state(shared.store(), demo)


@kept(lambda _demo: shared.changes(), max_entries=2, copied=True)
def _is_packed_for_this(demo: Demo) -> bool:
    return exchange.can_load(shared.store(), demo.pack)


@held()
def _batch() -> dict[str, Batch]:
    return {}


def _is_loading() -> bool:
    batch = _batch().get("demo")
    return batch is not None and not batch.wait(0)
