"""Tokens: which there are, a new one, the end of one, and whether programs have to show one; for the presenter."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import words
from core.i18n import _, moment
from core.serving.here import tokens
from core.serving.tokens import LONGEST_NAME, Token
from core.text import plain
from core.ui import afterwards, frame, pickers, session, tables

SAID, NEW = "serve_tokens_said", "serve_tokens_new"


def show(models: Sequence[str]) -> None:
    """Show the tokens, and let the presenter make and end them; ``models`` are those that there are."""
    st.markdown(
        _("A token is a long secret that a program sends along. It tells which program asks, may be for some models "
          "only, and can be ended without touching anything else.")
    )  # fmt: skip
    if not frame.allows("edit_tokens", _("Only the presenter sees, makes and ends tokens.")):
        return
    afterwards.show(SAID)
    _show_new()
    pickers.control("serve_require", tokens().requires_tokens())
    st.toggle(_("Only programs with a token may ask"), key="serve_require", on_change=_require)
    known = tokens().all()
    if known:
        tables.show(_table(known), key="serve_tokens", alt=_("Tokens, one a row"))
    else:
        st.markdown(_("There are no tokens."))
    _offer_new(models)
    if known:
        _offer_end(known)


def _show_new() -> None:
    """Show a secret that was just made, this once."""
    made = afterwards.heard(NEW)
    if made is None:
        return
    secret, name = made
    with st.container(border=True, key="serve_token_new"):
        st.markdown(
            _("**The token {name}, shown only now:** copy it into the program and close this page. Nobody can read it "
              "again; if it is lost, end it and make another one.").format(name=plain(name))
        )  # fmt: skip
        st.code(secret, language=None, wrap_lines=True)
        frame.note(_("Programs send it as `Authorization: Bearer …`."))


def _table(known: Sequence[Token]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                one.name, ", ".join(sorted(one.models)) or _("all"), words.person(one.by), moment(one.made),
                moment(one.used) if one.used else _("never"),
            )
            for one in known
        ],
        columns=[_("Name"), _("Models"), _("Made by"), _("Made"), _("Last used")],
    )  # fmt: skip


def _offer_new(models: Sequence[str]) -> None:
    with st.expander(_("Make a token"), icon=":material/key:", key="serve_token_make"):
        st.text_input(
            _("Name: the program that will use it"), key="serve_token_name", max_chars=LONGEST_NAME, autocomplete="off"
        )
        st.multiselect(
            _("Models that it may ask"), models, key="serve_token_models", placeholder=_("all of them"),
            format_func=lambda name: plain(name, 60),
        )  # fmt: skip
        st.button(_("Make the token"), key="serve_token_make_button", type="primary", on_click=_make)


def _offer_end(known: Sequence[Token]) -> None:
    with st.expander(_("End a token"), icon=":material/key_off:", key="serve_token_end"):
        by_number = {str(one.number): one for one in known}
        number = pickers.choose_here(
            _("Token"), list(by_number), key="serve_token_ended", show=lambda one: by_number[one].name
        )
        ended = by_number[number]
        st.markdown(_("From then on whoever shows it is refused, on all computers. This cannot be undone."))
        st.button(
            _("End “{name}”").format(name=plain(ended.name, 40)), key="serve_token_end_button", type="primary",
            icon=":material/key_off:", on_click=_end, args=(ended,),
        )  # fmt: skip


def _make() -> None:
    with frame.reporting():
        name, models = str(st.session_state["serve_token_name"]), list(st.session_state["serve_token_models"])
        secret, token = tokens().make(session.actor(), name, models)
        afterwards.say(NEW, (secret, token.name))
        st.session_state["serve_token_name"], st.session_state["serve_token_models"] = "", []


def _end(token: Token) -> None:
    with frame.reporting():
        tokens().end(session.actor(), token.number)
        afterwards.say(SAID, _("The token {name} has ended.").format(name=plain(token.name)))


def _require() -> None:
    with frame.reporting():
        on = bool(st.session_state["serve_require"])
        tokens().require(session.actor(), on=on)
        afterwards.say(
            SAID,
            _("From now on only programs that show a token are answered.")
            if on
            else _("From now on programs are answered without a token, too."),
        )
