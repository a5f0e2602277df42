"""Join a class under a nickname, and see who one is in it."""

from __future__ import annotations

import streamlit as st

from core.classroom.members import Member
from core.classroom.nicknames import LONGEST
from core.i18n import _
from core.process import shared
from core.text import plain
from core.ui import afterwards, frame, navigation, session

SAID = "join_said"


def show() -> None:
    """Ask for a nickname, or say who one is and what to do now."""
    afterwards.show(SAID)
    member = session.member()
    if member is None:
        _ask(_("Your nickname"), _("Join"), "")
        frame.note(_("No account, no password: nothing is kept of you but this name."))
        return
    st.markdown(f":material/person: {_('You are {name} in this class.').format(name=f'**{plain(member.nickname)}**')}")
    if member.hidden:
        frame.note(_("The presenter has hidden your name: others see {name}.").format(name=plain(member.shown)))
    with st.container(border=True, key="join_now"):
        st.markdown(f"**{_('What to do now')}**")
        if session.actor().may("train"):
            navigation.link("train", _("Train a model"))
        if shared.boards().current() is not None:
            navigation.link("board", _("Look at the board"))
        navigation.link("compare", _("Compare the runs of the class"))
        navigation.link("predict", _("Ask a model “what if”"))
    with st.expander(_("Another nickname"), key="join_rename", icon=":material/edit:"):
        _ask(_("Nickname"), _("Change it"), member.nickname)


def _ask(label: str, words: str, before: str) -> None:
    with st.form("join_form", border=False):
        nickname = st.text_input(
            label, max_chars=LONGEST * 4, key="join_nickname", placeholder=_("for example Lucía 3B"), autocomplete="off"
        )
        pressed = st.form_submit_button(words, type="primary", icon=":material/login:", key="join_button")
    if pressed:
        with frame.reporting():
            _join(nickname, before)


def _join(nickname: str, before: str) -> None:
    joined = shared.members().join(session.browser(), nickname, session.ip_address() or "")
    words = _("You are called {name} now.") if before else _("You are in, {name}.")
    afterwards.say(SAID, words.format(name=plain(joined.nickname)))
    st.rerun()


def named(member: Member) -> str:
    """Return how a member is shown to whoever presents."""
    return f"{plain(member.nickname)} ({plain(member.shown)})" if member.hidden else plain(member.nickname)
