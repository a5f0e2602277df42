"""Say what came of something in the next run of a page: where it was done, what was on screen is drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.errors import PizarraError
from core.ui import frame, session


def say(place: str, said: object) -> None:
    """Leave words, an error or whatever else is to be shown at ``place``, once; it replaces what was left before."""
    session.remember(_key(place), said)


def heard(place: str) -> Any:
    """Return what was left at a place and forget it; None where nothing was."""
    return st.session_state.pop(_key(place), None)


def show(place: str, show_words: Callable[[str], object] | None = None) -> None:
    """Show what was left at a place: an error as all errors are shown, words as a success or as ``show_words`` does."""
    said = heard(place)
    if isinstance(said, PizarraError):
        frame.show_error(said)
    elif said:
        (show_words or _show_success)(str(said))


def toast(words: str) -> None:
    """Say that something was done, for some seconds."""
    st.toast(words, icon=":material/check_circle:")


def _show_success(words: str) -> None:
    st.success(words, icon=":material/check_circle:")


def _key(place: str) -> str:
    return f"afterwards_{place}"
