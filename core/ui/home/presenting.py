"""Who presents: how one becomes the presenter on the first page, and what the presenter lets others do."""

from __future__ import annotations

import streamlit as st

from core.classroom.presenters import HOURS, Ways
from core.classroom.switches import is_on, turn
from core.i18n import _, number
from core.process import shared, visitors
from core.text import plain
from core.ui import afterwards, frame, navigation, pickers, session

SAID = "home_presenting"
OPEN_IT = "make class"
IN_PLAIN_COMMANDS = "python -m core.classroom"


def show() -> None:
    """Say who may change something here, and offer to become the presenter or to stop being it."""
    how, actor = visitors.ways(), session.actor()
    afterwards.show(SAID)
    if how.is_read_only:
        _say_that_nobody_presents()
    elif not how.is_asked_for:
        _say_how_to_open() if actor.role == "presenter" else _say_where_the_presenter_sits()
    elif actor.role == "presenter":
        _show_lead(how)
    else:
        _offer_to_present(how)


def _say_that_nobody_presents() -> None:
    with st.container(border=True, key="home_read_only"):
        st.warning(
            _("Other computers can open this dashboard, and nobody is its presenter. So everybody may look and ask "
              "“what if”, and nobody may change anything."),
            title=_("Read only"),
            icon=":material/lock:",
        )  # fmt: skip
        st.markdown(
            _("To have a presenter, end it and open it to the room with the command below, which makes a PIN; or set "
              "PIZARRA_PIN, or PIZARRA_PRESENTERS, and start it again.")
        )  # fmt: skip
        _show_command()


def _say_how_to_open() -> None:
    with st.expander(_("Use it with a class"), icon=":material/groups:", key="home_open"):
        st.markdown(
            _("Only this computer can open this dashboard, so whoever sits here may do everything. To let the phones "
              "in the room open it too, end it and start it again with the command below. It shows an address, a QR "
              "code, and a PIN for the presenter.")
        )  # fmt: skip
        _show_command()


def _show_command() -> None:
    st.code(OPEN_IT, language=None)
    frame.note(_("Without make: {command}").format(command=f"`{IN_PLAIN_COMMANDS}`"))


def _say_where_the_presenter_sits() -> None:
    words = _(
        "You may look and ask “what if”. Whoever opens this dashboard as “localhost”, on the computer it runs on, may "
        "do everything."
    )
    frame.note(f":material/lock: {words}")


def _offer_to_present(how: Ways) -> None:
    with st.container(border=True, key="home_present"):
        st.markdown(f":material/lock: **{_('You are in the audience.')}** {_may_now()}")
        if session.actor().is_stranger:
            navigation.link("join", _("Join the class"))
        if how.pin:
            with st.form("home_pin_form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
                pin = st.text_input(
                    _("PIN of the presenter"), type="password", key="home_pin", max_chars=100, width=260,
                    autocomplete="off",
                )  # fmt: skip
                pressed = st.form_submit_button(_("Present"), key="home_present_button", icon=":material/key:")
            if pressed:
                with frame.reporting():
                    _present(pin)
        if how.people:
            _offer_to_sign_in()


def _present(pin: str) -> None:
    session.show_pin(str(pin))
    words = _("You are the presenter now, in this browser, for {hours} hours.")
    afterwards.say(SAID, words.format(hours=number(HOURS, 0)))
    st.rerun()


def _may_now() -> str:
    actor = session.actor()
    if actor.may("train"):
        return _("You may look, ask “what if”, and train.")
    if actor.is_stranger:
        return _("You may look, ask “what if”, and, with a nickname, train.")
    return _("You may look and ask “what if”; the presenter has closed training for now.")


def _offer_to_sign_in() -> None:
    if not (st.secrets.load_if_toml_exists() and "auth" in st.secrets):
        st.warning(
            _("PIZARRA_PRESENTERS names who presents, but signing in is not set up: .streamlit/secrets.toml has no "
              "part [auth]. SECURITY.md says what belongs there."),
            icon=":material/settings:",
        )  # fmt: skip
    elif st.user.get("is_logged_in"):
        names = filter(None, (st.user.get("email"), st.user.get("sub")))
        st.markdown(
            _("You are signed in as {names}, who is not in PIZARRA_PRESENTERS. An email counts only where the provider "
              "says that it was verified.").format(names=plain(" / ".join(map(str, names)), 200))
        )  # fmt: skip
        st.button(_("Sign out"), key="home_sign_out", icon=":material/logout:", on_click=st.logout)
    else:
        st.button(_("Sign in as the presenter"), key="home_sign_in", icon=":material/login:", on_click=st.login)


def _open_or_close_training() -> None:
    with frame.reporting():  # asked anew: whoever pressed may present no more
        turn(shared.class_file(), session.actor(), "training", on=st.session_state["home_training"])


def _show_lead(how: Ways) -> None:
    with st.container(border=True, key="home_lead"):
        st.markdown(f":material/school: **{_('You are the presenter.')}** {_('Everybody else is audience.')}")
        pickers.control("home_training", is_on(shared.class_file(), "training"))
        st.toggle(_("The audience may train"), key="home_training", on_change=_open_or_close_training)
        with st.container(horizontal=True):
            if st.button(_("Stop presenting"), key="home_leave", icon=":material/logout:"):
                shared.presenters().leave(session.word())
                if session.actor().role == "presenter":  # for having signed in
                    st.logout()
                st.rerun()
            if how.pin and st.button(
                _("Have all show the PIN again"), key="home_leave_all", icon=":material/lock_reset:"
            ):
                shared.presenters().leave_all(session.actor())
                st.rerun()
        with st.container(horizontal=True):
            navigation.link("join", _("Show how to join"))
            navigation.link("lesson", _("Hold the lesson"))
            navigation.link("board", _("Open a board"))
