"""A request that the page sends to its own dashboard, and its answer, as they went over the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.errors import PizarraError
from core.i18n import _, current_language, in_time
from core.serving.exchanges import Came, Sent, asking, readable, send
from core.serving.here import tokens
from core.text import plain
from core.ui import frame, session
from core.ui.serve import whereabouts

LONGEST = 20_000  # characters of a body that are shown
TALL, HEIGHT = 20, 460  # lines from which on a block scrolls, and how high it is then, px
SHOWN = 14  # characters of a token: of the secret they tell nothing that helps


@dataclass(frozen=True)
class Exchange:
    """A request that was sent and what came back."""

    sent: Sent
    came: Came
    token: str = ""


def exchange(path: str, body: str, token: str = "") -> Exchange:
    """Send a body to a path of this dashboard, as any program would, and return both.

    Raises:
        PizarraError: the dashboard does not reach itself.
    """
    address = f"{whereabouts.own_address()}{path}"
    sent = asking(address, body.encode(errors="replace"), language=current_language(), token=token)
    return Exchange(sent, send(sent), token)


def keep(key: str, ask: Callable[[], Exchange]) -> None:
    """Send a request and keep what came back, or why nothing did, to be shown under ``key``."""
    try:
        session.remember(key, ask())
    except PizarraError as error:
        session.remember(key, error)


def show_request(key: str) -> None:
    """Show the request that is kept under ``key``, if one is."""
    kept = st.session_state.get(key)
    if isinstance(kept, Exchange):
        sent = kept.sent
        head = sent.head.replace(kept.token, f"{kept.token[:SHOWN]}…") if kept.token else sent.head
        st.markdown(f"**{_('The request, as it went out')}**")
        _block(f"{head}\n\n{sent.body.decode('utf-8', 'replace')[:LONGEST]}")


def show_answer(key: str) -> None:
    """Show what came back, or why nothing did: its status and how long it took, the body, and the headers."""
    kept = st.session_state.get(key)
    if isinstance(kept, PizarraError):
        frame.show_error(kept)
    if not isinstance(kept, Exchange):
        return
    came = kept.came
    icon = ":material/check_circle:" if came.status < 400 else ":material/error:"
    took = _("{time}, there and back").format(time=in_time(came.seconds))
    st.markdown(f"{icon} **{came.status} {plain(came.reason, 60)}** · {took}")
    if timing := came.header("Server-Timing"):
        frame.note(_("Where the time went, in milliseconds: {timing}").format(timing=plain(timing, 200)))
    _block(readable(came.body, LONGEST))
    if not came.whole:
        frame.note(_("The answer is longer; this is its beginning."))
    st.markdown(f"**{_('Its first line and headers')}**")
    _block(came.head)


def token() -> str:
    """Return the token that the page shows for whoever pasted it; asked for only where none is let in without."""
    if not tokens().requires_tokens():
        return ""
    return str(
        st.text_input(
            _("Token that the request shows"), type="password", key="serve_token", autocomplete="off", max_chars=200,
            placeholder=_("Without one the answer is 401. The presenter makes them under “Tokens”."),
        )
    ).strip()  # fmt: skip


def _block(text: str) -> None:
    """Show text as it is, with the signs of a terminal, and no colours: some of them nobody can read in the dark."""
    st.code(text, language=None, wrap_lines=True, height=HEIGHT if text.count("\n") > TALL else "content")
