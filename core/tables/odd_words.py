"""Words among numbers and dates: those that say that nothing is known, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence

from core.i18n import N_
from core.tables.dates import date_writing, looks_like_date
from core.tables.notes import Note
from core.tables.quantities import is_number

MOST_SAID = 5

UNKNOWN = frozenset({
    "-", "--", "---", "–", "—", "…", "...", ".", "?", "??", "*", "n/d", "n.d.", "n.d", "nd", "s/d", "s.d.", "sd", "s/i",
    "n/c", "ns/nc", "n/a", "n.a.", "n.a", "na", "sin dato", "sin datos", "sin información", "no disponible",
    "no aplica", "desconocido", "desconocida", "unknown", "missing", "not available", "tbd", "pendiente", "vacío",
    "(vacío)", "(blank)", "(en blanco)", "blank", "00/00/0000", "00-00-0000", "0000-00-00",
})  # fmt: skip


def says_unknown(word: str) -> bool:
    """Tell whether a word among numbers or dates only says that nothing is known.

    >>> says_unknown("-"), says_unknown("S/D"), says_unknown("12")
    (True, True, False)
    """
    return word.casefold() in UNKNOWN


def mostly_values(words: Sequence[str]) -> Note | None:
    """Return what to say of words most of which are numbers or dates."""
    for test, sentence in (
        (is_number, N_("Read as words, though most of it are numbers; no numbers are {words}.")),
        (looks_like_date, N_("Read as words, though most of it are dates; no dates are {words}.")),
    ):
        odd = [word for word in words if not test(word)]
        if 0 < len(odd) < len(words) / 2:
            said = ", ".join(f"«{word}»" for word in odd[:MOST_SAID]) + (" …" if len(odd) > MOST_SAID else "")
            return Note(sentence, {"words": said})
    return None


def written_in_two_ways(some: Sequence[str], words: Sequence[str]) -> Note | None:
    """Return what to ask of words, of which ``some`` are the first, that are dates in no one order."""
    if not some or not all(map(looks_like_date, some)):
        return None
    one, other = _unlike(words)
    return Note(
        N_("Its dates are written in more than one way, as {one} and {other}. It is read as words."),
        {"one": one, "other": other},
    )


def _unlike(words: Sequence[str]) -> tuple[str, str]:
    """Return two words of which no one order makes dates."""
    ways = {word: writing for word in words if (writing := date_writing([word]))}
    first = next((word for word, writing in ways.items() if writing.sure), words[0])
    return first, next((word for word in words if date_writing([first, word]) is None), words[-1])
