"""Show what other programs wrote as text: no markup, image, link or icon of theirs is ever rendered."""

from __future__ import annotations

import re

WORD_JOINER = "\u2060"  # invisible; breaks patterns without breaking the line
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$&:=^\"'/@])")
# Streamlit's markdown turns these into links and icons after backslash escapes are resolved, so they must be broken up
_REWRITTEN = re.compile(r"(:(?=\S)|@|www(?=\.))", re.IGNORECASE)
LONGEST = 120  # characters of a foreign name in a heading, label or sentence


def plain(text: object, longest: int = LONGEST) -> str:
    r"""Return ``text`` as markdown that reads as it was written, on one line, shortened in the middle.

    >>> plain("**a** <b>")
    '\\*\\*a\\*\\* \\<b\\>'
    """
    line = " ".join(str(text).split())
    return _PUNCTUATION.sub(r"\\\1", _REWRITTEN.sub(rf"\1{WORD_JOINER}", shorten(line, longest)))


def shorten(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` with its middle left out when it is longer than ``longest`` characters.

    >>> shorten("abcdefghij", 7)
    'abc…hij'
    """
    if len(text) <= longest:
        return text
    head = longest // 2
    return f"{text[:head]}…{text[-(longest - head - 1) :]}"
