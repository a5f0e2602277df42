"""What a visitor's session remembers: language, projector, and who it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit import net_util
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.access import Actor, stored_name
from core.classroom.members import Member
from core.classroom.pins import HERE
from core.doors import is_loopback, is_this_computer
from core.figures.style import Style
from core.i18n import DEFAULT_LANGUAGE, set_language_source, supported_language
from core.process import shared, visitors
from core.ui import address
from core.visits import browser_of

if TYPE_CHECKING:
    from streamlit.runtime.session_manager import ClientContext


TEXT_SIZES = (100, 115, 130, 150)  # percent of 24 px, on the projector


def language() -> str | None:
    """Return the session's language; None outside a session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return st.session_state.get("language")


set_language_source(language)

# Streamlit asks an outside server for this machine's address when a visitor comes under a name it does not know.
# Nothing is sent anywhere, so it gets an empty answer here.
net_util._external_ip = ""


def begin() -> None:
    """Settle language and projector: what a newly opened address says, then the session, then the browser."""
    asked = supported_language(address.asked_of_all("lang"))
    remembered = st.session_state.get("language")
    choose_language(asked or remembered or supported_language(st.context.locale) or DEFAULT_LANGUAGE)
    word = address.asked_of_all("projector")
    choose_projector(projector() if word is None else word == "1")
    asked_size = address.asked_of_all("text")
    choose_text_size(text_size() if asked_size is None else _nearest_size(asked_size))
    step = address.asked_of_all("lesson")
    if step is not None:
        address.share("lesson", step[: address.LONGEST])


def choose_language(chosen: str) -> None:
    """Switch the session's language."""
    st.session_state["language"] = chosen
    address.share("lang", chosen)


def projector() -> bool:
    """Tell whether the page is shown to a room."""
    return bool(st.session_state.get("projector", False))


def choose_projector(on: bool) -> None:
    """Switch the projector view."""
    st.session_state["projector"] = on
    address.share("projector", "1" if on else "")


def text_size() -> int:
    """Return how large texts are on the projector, in percent of what the last row can read."""
    return int(st.session_state.get("text_size", TEXT_SIZES[0]))


def choose_text_size(percent: int) -> None:
    """Have texts on the projector so large."""
    st.session_state["text_size"] = percent
    address.share("text", "" if percent == TEXT_SIZES[0] else str(percent))


def other_text_size(steps: int) -> int:
    """Return the size so many steps above the one that is chosen, the same where there is none."""
    place = TEXT_SIZES.index(text_size()) + steps
    return TEXT_SIZES[min(max(place, 0), len(TEXT_SIZES) - 1)]


def _nearest_size(asked: str) -> int:
    wanted = int(asked) if asked.isdecimal() and len(asked) < 5 else TEXT_SIZES[0]
    return min(TEXT_SIZES, key=lambda size: abs(size - wanted))


def style() -> Style:
    """Return how figures are drawn for this visitor."""
    return Style(
        dark=st.context.theme.type != "light", projector=projector(), larger=text_size() / 100 if projector() else 1.0
    )


def remember(name: str, value: Any) -> None:
    """Keep something for this session under ``name``."""
    st.session_state[name] = value


def introduce(name: str) -> None:
    """Remember the name under which this visitor changes something."""
    st.session_state["who"] = stored_name(name)
    if actor().role == "presenter" and visitors.ways().is_asked_for:
        shared.members().introduce_presenter(who())


def who() -> str:
    """Return the name under which this visitor changed something last, or empty."""
    return str(st.session_state.get("who", ""))


def actor() -> Actor:
    """Return who visits, under the name that they gave last, and with it what they may do."""
    return visitors.actor(who(), ip_address(), word(), _people(dict(st.user)))


def actor_of(session_id: str) -> Actor:
    """Return who visits in a session, for whoever is asked outside of it."""
    came = _client(session_id)
    opened = get_instance().get_app_session(session_id)
    if came is None or opened is None:
        return Actor("", "audience")
    return visitors.actor("", _ip_address(came), browser_of(came.cookies) or session_id, _people(opened._user_info))


def show_pin(pin: str) -> None:
    """Make the visitor the presenter, where it is the presenter's PIN.

    Raises:
        PizarraError: it is not, or comes too soon after wrong ones.
    """
    address = ip_address()
    shared.presenters().show(pin, word(), HERE if address is None else address or "?")


def member() -> Member | None:
    """Return who this visitor is in the class, None where they have not joined."""
    return shared.members().member(word())


def _people(user: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of whoever signed in: an address of theirs that was verified, and the provider's own name."""
    if not user.get("is_logged_in"):
        return frozenset()
    email = user.get("email") if user.get("email_verified") is True else None
    return frozenset(str(name).lower() for name in (email, user.get("sub")) if name)


def browser() -> str:
    """Return the word by which the visitor's browser is known again after a reload; empty where it keeps none."""
    came = _client()
    if came is not None:  # who pressed and left at once is still known
        remember("browser", browser_of(came.cookies))
    return str(st.session_state.get("browser", ""))


def word() -> str:
    """Return by what it is known that a visitor has shown the PIN: their browser's word, else their session."""
    context = get_script_run_ctx(suppress_warning=True)
    return browser() or (context.session_id if context else "")


def ip_address() -> str | None:
    """Return the IP address of the visitor's computer; None where it is this one, empty where that is not certain.

    Of who has gone meanwhile nothing is certain. Address and headers are taken together, of one connection.
    """
    came = _client()
    return "" if came is None else _ip_address(came)


def _ip_address(came: ClientContext) -> str | None:
    address, headers = came.remote_ip, dict(came.headers)
    if is_this_computer(address, headers):
        return None
    return "" if is_loopback(address) else address or ""


def _client(session_id: str = "") -> ClientContext | None:
    """Return how the browser of a session, or of this one, came in; None where it has gone meanwhile."""
    context = get_script_run_ctx(suppress_warning=True)
    asked = session_id or (context.session_id if context else "")
    client = get_instance().get_client(asked) if asked and exists() else None
    return client.client_context if client else None
