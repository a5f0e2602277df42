"""Calls to copy: the request of the page for a terminal, a program or a spreadsheet, to be pasted as it is."""

from __future__ import annotations

import streamlit as st

from core.i18n import _
from core.serving.addresses import DOCUMENTS
from core.serving.here import tokens
from core.serving.snippets import SNIPPETS, Call
from core.ui import address, frame
from core.ui.serve import sending
from core.ui.serve.choice import Asked


def show(asked: Asked, whole_address: str) -> None:
    """Show one call at a time, with what it needs."""
    chosen = st.segmented_control(
        _("Written for"), list(SNIPPETS), default=next(iter(SNIPPETS)), required=True, key=address.unsaid("serve_for"),
        format_func=lambda name: SNIPPETS[name].title, label_visibility="collapsed",
    )  # fmt: skip
    snippet = SNIPPETS[str(chosen)]
    needs_token = tokens().requires_tokens()
    place = _("YOUR_TOKEN") if needs_token else ""
    frame.note(_(snippet.needs))
    if needs_token:
        frame.note(_("Write your token in place of {place}.").format(place=f"`{place}`"))
    call = Call(whole_address, sending.body(asked), place)
    st.code(snippet.write(call), language=None, wrap_lines=True)  # some colours nobody can read in the dark
    root = whole_address.removesuffix(asked.path)
    frame.note(_("All addresses, with what they take and answer: {link}").format(link=root + DOCUMENTS))
