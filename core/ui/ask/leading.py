"""Lead a question: the count alone, then Close and Reveal, then the answers beside truth and model."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from core.access import Actor
from core.classroom.questions import Question
from core.errors import PizarraError
from core.i18n import _, number
from core.process import shared
from core.ui import afterwards, frame, session
from core.ui.ask import showing

SAID = "ask_lead_said"
SECONDS = 1.5  # between two looks at how many have answered


def show(questions: Mapping[str, str]) -> None:
    """Show the question that is there now and what whoever presents may do with it."""
    afterwards.show(SAID)
    question = shared.questions().now()
    if question is None:
        st.markdown(
            _("**No question is open.** “Ask the class” at the top of every page makes one of what is on that page.")
        )
        return
    showing.show_sentence(question, questions)
    if question.is_revealed:
        showing.show_case(question)
        showing.show_revealed(question)
        _show_buttons(question)
        showing.show_way_on(question)
        return
    count, buttons = st.columns(2, vertical_alignment="center")  # above the case, so that they are in sight
    with count:
        _show_count(question.number, question.state)
    with buttons:
        _show_buttons(question)
    showing.show_choices(question)
    showing.show_case(question)


@frame.live(SECONDS)
def _show_count(of: int, state: str) -> None:
    question = shared.questions().now()
    if question is None or (question.number, question.state) != (of, state):
        st.rerun()
    words = _("have answered") if question.is_open else _("have answered; the question is closed")
    count, members = shared.questions().count(of), len(shared.members().all())
    with st.container(horizontal=True, vertical_alignment="center", key="ask_count"):
        total = _("{count} of {total}").format(count=number(count, 0), total=number(max(count, members), 0))
        st.title(total, anchor=False, width="content")
        st.markdown(words, width="content")


def _show_buttons(question: Question) -> None:
    with st.container(horizontal=True, key="ask_buttons"):
        if question.is_open:
            st.button(
                _("Close"), key="ask_close", icon=":material/lock:", on_click=_do,
                args=(shared.questions().close, question.number),
            )  # fmt: skip
        if not question.is_revealed:
            st.button(
                _("Reveal"), key="ask_reveal", icon=":material/visibility:", type="primary", on_click=_do,
                args=(shared.questions().reveal, question.number),
            )  # fmt: skip
        st.button(
            _("Put it away"), key="ask_put_away", icon=":material/archive:", on_click=_do,
            args=(shared.questions().put_away, question.number),
        )  # fmt: skip


def _do(deed: Callable[[Actor, int], object], of: int) -> None:
    try:
        deed(session.actor(), of)  # asked anew: whoever pressed may present no more
    except PizarraError as error:
        afterwards.say(SAID, error)
