"""What an error looks like: requests that are wrong on purpose, sent for real."""

from __future__ import annotations

import streamlit as st

from core.i18n import _
from core.serving.addresses import path_to
from core.serving.examples import QUESTIONS, Mistake, mistakes
from core.ui import frame
from core.ui.serve import sending, wire
from core.ui.serve.choice import USUAL, Asked


def show(asked: Asked) -> None:
    """Let a wrong request be sent, and show what comes back."""
    st.markdown(
        _("All errors have one shape: a code by name, what is wrong in words, what to do, and each field that is wrong "
          "with what it may be. Send a request with a mistake:")
    )  # fmt: skip
    token, answer = wire.token(), sending.key_of("serve_wrong", asked)
    newest = max(version.number for version in asked.model.versions)
    with st.container(horizontal=True):
        for mistake in mistakes(asked.fields, newest):
            if st.button(_(mistake.title), key=f"serve_mistake_{mistake.name}", icon=":material/bug_report:"):
                wire.keep(answer, lambda mistake=mistake: _sent(asked, mistake, token))  # type: ignore[misc]
    out, back = st.columns(2)
    with out:
        wire.show_request(answer)
    with back:
        wire.show_answer(answer)
    frame.note(
        _("400: something in the request · 401, 403: the token · 404: no such model or version · 413: too much at once "
          "· 429: too many requests · 503: the model does not load · 504: it took too long")
    )  # fmt: skip


def _sent(asked: Asked, mistake: Mistake, token: str) -> wire.Exchange:
    path = path_to(asked.model.name, mistake.which or asked.which, QUESTIONS[USUAL].route)
    return wire.exchange(path, sending.written(mistake.body), token)
