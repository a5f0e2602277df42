"""LIKE and ILIKE as SQLite answers them, in time that grows with the text and never explodes.

A regular expression of the same meaning tries every way to share a text among its ``%``, and holds the whole process
while it does.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Callable
from itertools import groupby

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # SQLite folds no other letters


def like(pattern: str, *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Return a test of texts: ``%`` stands for any signs, ``_`` for one.

    >>> list(map(like("a%_c"), ["abc", "ac", "a--c", "A--c"])), like("A%", ignore_case=True)("a")
    ([True, False, True, False], True)
    """
    wanted = pattern.translate(_LOWER) if ignore_case else pattern
    test = _of_places(wanted) if "_" in wanted else _of_pieces(wanted.split("%"))
    return (lambda text: test(text.translate(_LOWER))) if ignore_case else test


def _of_pieces(pieces: list[str]) -> Callable[[str], bool]:
    """Look for each piece as early as it can be: where the pieces fit at all, they fit so."""
    first, *middle, last = pieces if len(pieces) > 1 else [*pieces, ""]
    whole = len(pieces) == 1

    def test(text: str) -> bool:
        if whole:
            return text == first
        end = len(text) - len(last)
        if len(first) > end or not text.startswith(first) or not text.endswith(last):
            return False
        at = len(first)
        for piece in middle:
            found = text.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return test


def _of_places(pattern: str) -> Callable[[str], bool]:
    """Keep, as the bits of one number, all places of the pattern that the text read so far may have come to."""
    signs = 0  # of the pattern but its %, so the place behind the last of them
    stay = 0  # places where a % lets the text go on without the pattern
    anything = 0  # places before a _
    places: dict[str, int] = defaultdict(int)  # before each sign
    for sign, run in groupby(pattern):
        if sign == "%":
            stay |= 1 << signs
            continue
        for _each in run:
            if sign == "_":
                anything |= 1 << signs
            else:
                places[sign] |= 1 << signs
            signs += 1
    steps = {sign: before | anything for sign, before in places.items()}
    end = 1 << signs

    def test(text: str) -> bool:
        reached = 1
        for sign in text:
            reached = (reached & steps.get(sign, anything)) << 1 | reached & stay
            if not reached:
                return False
        return bool(reached & end)

    return test
