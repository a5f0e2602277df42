"""What a class's phones are told on every page: a question, where the presenter is, and that they shall look up."""

from __future__ import annotations

import streamlit as st

from core.classroom.guidance import Guided, Place, What
from core.i18n import _
from core.process import shared, visitors
from core.ui import address, frame, navigation, session

SECONDS, LEADING_SECONDS = 3.0, 1.0  # between two looks of a phone, and between two at where the presenter is
FOLLOWED, STAYED = "along_followed", "along_stayed"  # in the session
# The page stays behind it as it was, so that nothing is lost
LOOK_UP_CSS = """<style>
.st-key-along_look_up {
    position: fixed !important; inset: 0; z-index: 1000001; padding: 2rem; background: #FBF7EE;
    width: 100% !important; height: 100% !important; max-width: none !important;
    display: flex; flex-direction: column; justify-content: center;
}
.st-key-along_look_up h1 { font-size: min(22vw, 30vh) !important; line-height: 1.1 !important; }
@media (prefers-color-scheme: dark) { .st-key-along_look_up { background: #16231F; } }
</style>"""


def show(page: str) -> None:
    """Show what the class is told, where one is open; whoever presents sees what is switched on for the phones."""
    if not visitors.ways().is_asked_for:
        return
    if session.actor().role != "presenter":
        _show_told(page)
        return
    guided = shared.guidance().guided()
    if guided.follow:
        _lead_on(page)
        mine = shared.guidance().leads(session.word())
        words = _("Phones follow you.") if mine else _("Phones follow another presenter.")
        _show_switched_on("follow", words, _("Let them go"))
    if guided.pause:
        _show_switched_on("pause", _("Phones show “Look up”."), _("End the pause"))


def _show_switched_on(what: What, words: str, end: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"along_{what}"):
        icon = ":material/directions_walk:" if what == "follow" else ":material/pause_circle:"
        st.markdown(f"{icon} **{words}**", width="content")
        st.button(end, key=f"along_end_{what}", icon=":material/close:", type="tertiary", on_click=_end, args=(what,))


def _end(what: What) -> None:
    with frame.reporting():
        shared.guidance().turn(session.actor(), session.word(), what, on=False)


@frame.live(LEADING_SECONDS)
def _lead_on(page: str) -> None:
    """Say where this visitor is, whenever that is news."""
    if address.is_complete():
        shared.guidance().stand(session.actor(), session.word(), Place(page, address.own_params()))


@frame.live(SECONDS)
def _show_told(page: str) -> None:
    guided = shared.guidance().guided()
    if guided.pause:
        st.html(LOOK_UP_CSS)
        with st.container(key="along_look_up"):
            st.title(_("Look up"), anchor=False)
            st.markdown(_("The presenter has paused the phones. Yours goes on by itself where you were."))
    if guided.follow and session.member():
        _follow(page, guided)
    else:
        session.remember(STAYED, False)
        session.remember(FOLLOWED, None)
    _tell_question(page)


def _follow(page: str, guided: Guided) -> None:
    """Go where the presenter is, unless this visitor stays behind: by a press, or by going to another page."""
    place, followed = guided.place, st.session_state.get(FOLLOWED)
    if place and followed == place and page != place.page:
        session.remember(STAYED, True)
    stays = bool(st.session_state.get(STAYED))
    with st.container(horizontal=True, vertical_alignment="center", key="along_following"):
        if stays:
            st.markdown(_("You look around by yourself."), width="content")
            st.button(_("Follow again"), key="along_again", icon=":material/directions_walk:", on_click=_follow_again)
        else:
            st.markdown(_("You follow the presenter."), width="content")
            st.button(_("Stay here"), key="along_stay", type="tertiary", on_click=session.remember, args=(STAYED, True))
    if place and not stays and followed != place and place.page in navigation.PAGES and address.is_complete():
        session.remember(FOLLOWED, place)
        if place != Place(page, address.own_params()):
            navigation.go_exactly(place.page, place.params)


def _follow_again() -> None:
    session.remember(STAYED, False)
    session.remember(FOLLOWED, None)


def _tell_question(page: str) -> None:
    question, member = shared.questions().now(), session.member()
    if question is None or not question.is_open or page == "ask":
        return
    if member and shared.questions().own(member.number, question.number):
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="along_question"):
        st.markdown(f":material/campaign: **{_('The presenter asks the class.')}**", width="content")
        navigation.link("ask", _("Answer now"))
