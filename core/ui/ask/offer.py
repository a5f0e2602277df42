"""Ask the class from any page in two presses, lead its phones along, or have them look up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from core import words
from core.classroom.asked import Asked
from core.classroom.guidance import What
from core.classroom.questions import Question
from core.i18n import N_, _
from core.process import shared, visitors
from core.text import plain
from core.ui import frame, navigation, pickers, session

if TYPE_CHECKING:
    from core.ui.ask.asked_rows import RowKind

TITLES: dict[RowKind, str] = {
    "class": N_("A real case: which answer is right?"),
    "number": N_("A real case: which number?"),
    "flip": N_("Which slider would flip it?"),
}
WHY_NOT: dict[RowKind, str] = {
    "class": N_("it needs a registered model that answers with a few classes and whose run kept its test rows"),
    "number": N_("it needs a registered model that answers with a number and whose run kept its test rows"),
    "flip": N_("it needs a registered model that answers with a few classes and whose run kept its test rows"),
}
TURNED = "ask_turned"
SWITCHES: dict[What, str] = {
    "follow": N_("Follow me: phones go where I go"), "pause": N_("Pause: phones show “Look up”"),
}  # fmt: skip


def show(page: str) -> None:
    """Offer it to whoever presents a class."""
    if visitors.ways().is_asked_for and session.actor().role == "presenter":
        with st.container(width="content", key="ask_menu"):  # what is shown anew by itself would take more room
            _show_menu(page)


@frame.live(None)
def _show_menu(page: str) -> None:
    question, projector = shared.questions().now(), session.projector()
    menu = st.popover(
        ":material/campaign:" if projector else _("Ask the class"),
        icon=None if projector else ":material/campaign:",
        type="tertiary" if projector else "secondary",
        width=72 if projector else "content",
        key=f"ask_menu_{page}_{question.number if question else 0}",  # once something was asked it is closed
        on_change="rerun",
    )
    if menu.open:  # what can be asked is looked up only then
        with menu:
            st.markdown(f"**{_('Ask the class')}**")
            _show_questions(page, question)
            for what, title in SWITCHES.items():
                pickers.control(f"ask_{what}", getattr(shared.guidance().guided(), what))
                st.toggle(_(title), key=f"ask_{what}", on_change=_turn, args=(what,))
    if st.session_state.pop(TURNED, False):
        st.rerun()  # the whole page says what is switched on


def _show_questions(page: str, question: Question | None) -> None:
    if question and question.is_open:
        st.markdown(_("**A question is open.** Close it before you ask another one."))
        if page != "ask":
            navigation.link("ask", _("Go to the question"))
        return
    from core.ui.ask import asked_rows, asked_runs  # with all that comparing and predicting need: no page waits for it

    if asked_runs.are_there():
        _offer("which_run", _("Which of these runs wins?"), "", lambda: asked_runs.ask(page))
    else:
        _say_why_not(_("Which of these runs wins?"), _("it needs at least 2 runs"))
    for kind, title in TITLES.items():
        found = asked_rows.source(kind, page)
        if found is None:
            _say_why_not(_(title), _(WHY_NOT[kind]))
            continue
        of = f"{plain(found.model.name, 40)} · {words.version(found.version.number)}"
        _offer(kind, _(title), of, lambda kind=kind, found=found: asked_rows.ask(kind, found, page))  # type: ignore[misc]


def _offer(kind: str, title: str, of: str, make: Callable[[], Asked]) -> None:
    with st.container(gap=None):
        pressed = st.button(title, key=f"ask_kind_{kind}", width="stretch", icon=":material/help:")
        if of:
            frame.note(of)
    if pressed:
        with frame.reporting():
            session.actor().check("lead")
            with st.spinner(_("Making the question…")):
                asked = make()
            shared.questions().ask(session.actor(), asked)
            navigation.go("ask")


def _say_why_not(title: str, why: str) -> None:
    frame.note(_("“{question}” cannot be asked here: {why}.").format(question=title, why=why))


def _turn(what: What) -> None:
    with frame.reporting():  # asked anew: whoever pressed may present no more
        on = bool(st.session_state[f"ask_{what}"])
        shared.guidance().turn(session.actor(), session.word(), what, on=on)
        session.remember(TURNED, True)
