"""Words that are odd: written in several ways, or nothing but spaces."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np

from core.i18n import N_
from core.training.findings.look import Column, Look
from core.training.findings.sentences import Finding, Name, Rows, Word

TILDE = "\u0303"  # makes another letter of an n
WORDS_AT_MOST = 2_000  # different ones; of more, most are names or texts


def about_spelling(look: Look) -> Iterator[Finding]:
    """Yield which columns, the target too, have words that are written in several ways or hold only spaces."""
    for column in look.asked:
        if column.holds == "word" and column.name not in look.left_out and column.different <= WORDS_AT_MOST:
            yield from _spelling(column, *column.coded)


def _spelling(column: Column, codes: np.ndarray, words: list[str]) -> Iterator[Finding]:
    blank = [code for code, word in enumerate(words) if not word.strip()]
    if blank:
        sentence = N_("In {rows} {column} holds nothing but spaces, which counts as a word of its own.")
        values: dict[str, object] = {"rows": Rows(int(np.isin(codes, blank).sum())), "column": Name(column.name)}
        yield Finding("blank", (column.name,), sentence, values, 48)
    seen: dict[str, str] = {}
    for word in words[:WORDS_AT_MOST]:
        first = seen.setdefault(_plainly(word), word)
        if first != word and word.strip():
            yield _ways(column.name, first, word)
            return


def _ways(column: str, first: str, second: str) -> Finding:
    values = {"column": Name(column), "first": Word(first), "second": Word(second)}
    if "".join(first.split()) == "".join(second.split()):  # which on screen read alike
        sentence = N_("{column} holds words that differ only in spaces, as {first} does. They count as different ones.")
    else:
        sentence = N_(
            "{column} holds words that differ only in capitals, accents or spaces: {first} and {second}. "
            "They count as different ones."
        )
    return Finding("spelling", (column,), sentence, values, 59)


def _plainly(word: str) -> str:
    """Return a word without capitals, accents and spaces.

    >>> _plainly(" Bogotá ")
    'bogota'
    """
    letters = unicodedata.normalize("NFKD", "".join(word.split()).casefold())
    return "".join(letter for letter in letters if letter == TILDE or not unicodedata.combining(letter))
