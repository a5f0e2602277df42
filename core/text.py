"""Show what other programs wrote as text: no markup, image, link or icon of theirs is ever rendered."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
