"""The first screenful: the address that programs ask, who reaches it, whether and what answers, and how it is asked."""

from __future__ import annotations

import streamlit as st

from core import words
from core.i18n import _
from core.process import shared
from core.serving.here import tokens
from core.store.models import UntrustedModelError
from core.text import plain
from core.ui import frame, navigation, pickers
from core.ui.serve import whereabouts
from core.ui.serve.choice import Asked


def show(asked: Asked) -> str:
    """Show address and status; return the whole address that is asked."""
    known = whereabouts.addresses()
    root = known[0]
    if len(known) > 1:
        root = pickers.choose_here(_("Address that other computers can reach"), known, key="serve_root")
    address = f"{root}{asked.path}"
    st.code(address, language=None, wrap_lines=True)
    frame.note(_("It is sent with **POST**. {what} {who}").format(what=_(asked.question.about), who=_reach()))
    _show_status(asked)
    return address


def _reach() -> str:
    if shared.is_alone():
        return _("Only programs on this computer reach this address; the first page says how to open it to others.")
    if tokens().requires_tokens():
        return _("Programs on other computers of the network reach this address, and have to show a token.")
    return _("Programs on other computers of the network reach this address.")


def _show_status(asked: Asked) -> None:
    problem = asked.problem
    if problem is None:
        answers = _("{version} answers").format(version=words.staged_version(asked.version.number, asked.version.stage))
        then = (
            _("What is moved into this stage answers here from then on.")
            if asked.by_stage
            else _("This address stays with this version, whatever its stage becomes.")
        )
        with st.container(key="serve_status"):
            st.markdown(f":material/check_circle: **{answers}** · {then}")
        return
    runs_code = isinstance(problem.__cause__, UntrustedModelError)
    show = st.warning if runs_code else st.error
    with st.container(key="serve_status"):
        show(
            plain(problem.hint, 400), title=plain(problem.message, 400),
            icon=":material/shield:" if runs_code else ":material/error:",
        )  # fmt: skip
    navigation.link(
        "predict", _("Look at this version on Predict"), model=asked.model.name, stage="",
        version=str(asked.version.number),
    )  # fmt: skip
