"""Choices that fold into one line on the projector, and on phones where asked for: the answer comes first."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import streamlit as st

from core.i18n import _
from core.ui import session

PHONES = "max-width: 640px"


@dataclass(frozen=True)
class Choices:
    """A place for widgets (``with choices:``) and the line that stands for them while they are folded.

    They are in sight until they are summed up, so a page that ends before, asking for another choice, hides none.
    """

    key: str
    line: Any  # a container, whose class has no public name
    place: Any
    phones: bool

    def __enter__(self) -> Self:
        """Show what follows among the choices."""
        self.place.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Go on below them."""
        self.place.__exit__(kind, error, trace)

    def sum_up(self, words: str) -> None:
        """Say in one line of markdown what is chosen; where choices fold, it stands for them until they are opened."""
        if not (session.projector() or self.phones):
            return
        is_open = bool(st.session_state.get(f"{self.key}_open", False))
        with self.line, st.container(horizontal=True, vertical_alignment="center", key=f"{self.key}_line"):
            st.markdown(words, width="content")
            st.button(
                _("Fold") if is_open else _("Change"), key=f"{self.key}_fold", type="tertiary",
                icon=":material/expand_less:" if is_open else ":material/tune:",
                on_click=session.remember, args=(f"{self.key}_open", not is_open),
            )  # fmt: skip
        self.place.html(f"<style>{self._rules(is_open)}</style>")

    def _rules(self, is_open: bool) -> str:
        """Return what hides the choices, which are not left out, as what is chosen in them goes on to count."""
        folded = "" if is_open else f".st-key-{self.key} {{ display: none !important; }}"
        if session.projector():
            return folded
        line = f".st-key-{self.key}_line {{ display: none !important; }}"
        return f"@media ({PHONES}) {{ {folded} }} @media not all and ({PHONES}) {{ {line} }}"


def choices(key: str, *, phones: bool = False) -> Choices:
    """Make a place for the choices of a page, named by ``key`` as its widgets are; ``phones`` fold them too."""
    with st.container(gap=None):  # what is hidden or empty leaves no gap
        place = st.container(key=key)
        return Choices(key, st.container(), place, phones)
