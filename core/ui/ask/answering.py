"""Answer a question from a phone, see what three others said, and how many have answered."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.classroom.members import Member
from core.classroom.questions import Question
from core.classroom.sentences import choice_words
from core.errors import PizarraError
from core.i18n import _, ngettext
from core.process import shared
from core.text import plain
from core.ui import afterwards, frame, navigation, session
from core.ui.ask import showing

SAID = "ask_said"
LARGE = "<style>.st-key-ask_choices button { min-height: 3.25rem; }</style>"  # for a thumb
SECONDS = 2.5  # between two looks


def show(questions: Mapping[str, str]) -> None:
    """Show the question that is there now; ``questions`` are those of tasks, by their names."""
    question, member = shared.questions().now(), session.member()
    if question is None:
        st.markdown(_("**No question is open.** As soon as the presenter asks one, it is here."))
    else:
        showing.show_sentence(question, questions)
        showing.show_case(question)
        if question.is_revealed:
            _show_own(question, member)
            showing.show_revealed(question)
            showing.show_way_on(question)
        elif member is None:
            st.markdown(_("Whoever answers needs a nickname."))
            navigation.link("join", _("Join the class"))
        else:
            _ask(question, member)
    _watch(*_state(question))


def _state(question: Question | None) -> tuple[int, str]:
    return (question.number, question.state) if question else (0, "")


@frame.live(SECONDS)
def _watch(number: int, state: str) -> None:
    """Show how many have answered, and the page anew where the question is another or has moved on."""
    question = shared.questions().now()
    if _state(question) != (number, state):
        st.rerun()
    if question is None or question.is_revealed:
        return
    member = session.member()
    if member and shared.questions().own(member.number, number):
        if others := shared.questions().others(member.number, number):
            said = " · ".join(f"**{showing.own_words(question, other)}**" for other in others)
            st.markdown(_("Others said: {answers}").format(answers=said))
        else:
            frame.note(_("Nobody else has answered yet."))
    frame.note(ngettext("{count} has answered.", "{count} have answered.", shared.questions().count(number)))


def _show_own(question: Question, member: Member | None) -> None:
    own = shared.questions().own(member.number, question.number) if member else ""
    if not own:
        return
    words = _("You answered: {answer}").format(answer=f"**{showing.own_words(question, own)}**")
    if question.asked.truth and not question.asked.is_number:
        right = own == question.asked.truth
        words += (
            f" {':material/check: ' + _('that is right') if right else ':material/close: ' + _('that is not right')}"
        )
    st.markdown(words)


def _ask(question: Question, member: Member) -> None:
    """Take an answer, or another one in its place, until the question is closed."""
    afterwards.show(SAID)
    own = shared.questions().own(member.number, question.number)
    if not question.is_open:
        _show_own(question, member)
        st.markdown(f":material/lock: {_('The question is closed: it takes no more answers. Look at the projector.')}")
        return
    if question.asked.is_number:
        _ask_for_number(question, own)
    else:
        st.html(LARGE)
        with st.container(key="ask_choices"):
            for place, value in enumerate(question.asked.values):
                st.button(
                    plain(choice_words(question.asked, value), 80), key=f"ask_choice_{place}", width="stretch",
                    type="primary" if value == own else "secondary",
                    icon=":material/check_circle:" if value == own else ":material/radio_button_unchecked:",
                    on_click=_answer, args=(question.number, value),
                )  # fmt: skip
    if own:
        if question.asked.is_number:
            _show_own(question, member)
        frame.note(_("You may change it until the question is closed."))


def _ask_for_number(question: Question, own: str) -> None:
    unit = str(question.asked.subject.get("unit", ""))
    label = _("Your answer in {unit}").format(unit=plain(unit, 20)) if unit else _("Your answer")
    with st.form("ask_form", border=False):
        text = st.text_input(label, max_chars=40, key=f"ask_number_{question.number}", autocomplete="off")
        pressed = st.form_submit_button(
            _("Change it") if own else _("Answer"), type="primary", key="ask_answer", icon=":material/send:"
        )
    if pressed:
        _answer(question.number, text)
        st.rerun()


def _answer(number: int, text: str) -> None:
    member = session.member()  # asked anew: whoever pressed may have been removed
    try:
        shared.questions().answer(member.number if member else 0, number, text)
    except PizarraError as error:
        afterwards.say(SAID, error)
