"""Words of the field: a tap shows each in both languages, side by side, with what it means."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.i18n import LANGUAGES, _
from core.lesson.glossary import Term
from core.text import plain
from core.ui import address, lessons


def show_all() -> None:
    """Show all words by groups, and first the one that the address names."""
    glossary = lessons.glossary()
    asked = address.value("term")
    if asked and asked not in glossary.terms:
        address.say_missing("term", _("The glossary has no word “{word}”.").format(word=plain(asked)))
    if asked in glossary.terms:
        with st.container(border=True, key="glossary_asked"):
            st.markdown(f"**{both(glossary.terms[asked])}**")
            _show(glossary.terms[asked])
    for group, title in glossary.groups.items():
        st.subheader(plain(lessons.words(title)), anchor=False)
        for pair in _pairs(glossary.of_group(group)):
            for term, place in zip(pair, st.columns(2), strict=False):
                with place.expander(both(term), key=f"glossary_{term.name}"):
                    _show(term)


def show_some(names: Sequence[str], key: str) -> None:
    """Show some words in a row, each to be tapped."""
    known = lessons.glossary().terms
    with st.container(horizontal=True, key=key):
        for name in names:
            with st.popover(plain(lessons.words(known[name].word)), icon=":material/help:", key=f"{key}_{name}"):
                st.markdown(f"**{both(known[name])}**")
                _show(known[name])


def both(term: Term) -> str:
    """Return a word in all languages, the reader's first."""
    words = dict.fromkeys([lessons.words(term.word), *(term.word[language] for language in LANGUAGES)])
    return " = ".join(plain(word) for word in words)


def _pairs(terms: Sequence[Term]) -> list[Sequence[Term]]:
    return [terms[at : at + 2] for at in range(0, len(terms), 2)]


def _show(term: Term) -> None:
    for language, place in zip(LANGUAGES, st.columns(len(LANGUAGES)), strict=True):
        place.markdown(f"**{language.upper()}** · {plain(term.word[language])}: {term.meaning[language]}")
