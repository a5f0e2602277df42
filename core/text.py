"""Show what other programs wrote as text: no markup, image, link or icon of theirs is ever rendered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

WORD_JOINER = "\u2060"  # invisible; breaks patterns without breaking the line
# Only what can mean something is escaped: labels reach screen readers with their backslashes
_MARKUP = re.compile(r"([\\`*\[\]<>{}$&|~]|(?<!\w)_|_(?!\w))")
_AT_THE_START = re.compile(r"^([#+\-=]|\d+[.)])")
# Streamlit's markdown turns these into links and icons after backslash escapes are resolved, so they must be broken up
_REWRITTEN = re.compile(r"(:(?=\S)|@|www(?=\.))", re.IGNORECASE)
LONGEST = 120  # characters of a foreign name in a heading, label or sentence


def plain(text: object, longest: int = LONGEST) -> str:
    r"""Return ``text`` as markdown that reads as it was written, on one line, shortened in the middle.

    >>> print(plain("**a** <b>"), plain("max_depth (1)"), plain("# 1"), plain("2. b"))
    \*\*a\*\* \<b\> max_depth (1) \# 1 2\. b
    """
    line = " ".join(str(text).split())
    whole = _MARKUP.sub(r"\\\1", _REWRITTEN.sub(rf"\1{WORD_JOINER}", shorten(line, longest)))
    return _AT_THE_START.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", whole)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Cut the middle out of a long text, because names differ at their ends.

    >>> shorten("gradient boosting, depth 12", 15)
    'gradien…epth 12'
    """
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 2
    return f"{text[: longest - 1 - tail]}…{text[len(text) - tail :]}"


def shorten_apart(texts: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Shorten texts so that what differs between them stays, wherever in them it is.

    >>> shorten_apart(["the forest of depth 3 on all rows", "the forest of depth 12 on all rows"], 20)
    ['the…th 3 on…ows', 'the…th 12 on…ows']
    """
    shown = {text: shorten(text, longest) for text in texts}
    for alike in _read_alike(shown):
        shown |= _windows(alike, longest)
    return [shown[text] for text in texts]


def shortened(names: Mapping[str, str], longest: int = LONGEST) -> dict[str, str]:
    """Return names by what they belong to, shortened so that what differs between them stays."""
    return dict(zip(names, shorten_apart(list(names.values()), longest), strict=True))


def _read_alike(shown: Mapping[str, str]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for text, short in shown.items():
        groups.setdefault(short, []).append(text)
    return [texts for texts in groups.values() if len(texts) > 1]


def _windows(texts: Sequence[str], longest: int) -> dict[str, str]:
    """Shorten texts that begin and end alike by what they share, leaving some of it around what differs."""
    begin = _shared(texts)
    end = _shared([text[begin:][::-1] for text in texts])
    side = max((longest - 2) // 5, 1)
    shown = {}
    for text in texts:
        differs = text[begin : len(text) - end]
        head, tail = text[: min(side, begin)], text[len(text) - min(side, end) :] if end else ""
        room = longest - 2 - len(head) - len(tail)
        around = max(0, min(side, (room - len(differs)) // 2))
        before = text[max(len(head), begin - around) : begin]
        after = text[len(text) - end : len(text) - max(len(tail), end - around)]
        shown[text] = f"{head}…{before}{differs[: room - len(before) - len(after)]}{after}{'…' if tail else ''}{tail}"
    for alike in _read_alike(shown):
        if len(alike) < len(texts):
            shown |= _windows(alike, longest)
    return shown


def _shared(texts: Sequence[str]) -> int:
    """Return how many characters all of these texts begin with alike."""
    first, last = min(texts), max(texts)  # in order, what these two share all share
    return next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))


def unique_names(names: Iterable[str]) -> list[str]:
    """Number repeated names, because a table's columns and a list's choices must differ.

    >>> unique_names(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, count = name, 1
        while candidate in taken:
            count += 1
            candidate = f"{name} ({count})"
        taken.add(candidate)
        result.append(candidate)
    return result
