"""Which browser somebody comes with: a random word in a cookie, by which it is known again after a reload."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

COOKIE = "pizarra_browser"
DAYS = 7
_WORD = re.compile(r"[\w-]{32}", re.ASCII)


def browser_of(cookies: Mapping[str, str]) -> str:
    """Return the word of a browser that has been here before, empty where it has none of ours.

    >>> browser_of({COOKIE: "a" * 32}), browser_of({COOKIE: "a"}), browser_of({})
    ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '', '')
    """
    word = cookies.get(COOKIE, "")
    return word if _WORD.fullmatch(word) else ""


def new_cookie(below: str = "", *, encrypted: bool = False) -> str:
    """Return the header that has a browser keep a word of its own for some days; no page can read it.

    A phone that sleeps closes its browser, and must not be somebody else afterwards. It is sent ``below`` a path alone,
    and where the way to us is ``encrypted`` never in the open.
    """
    limits = f"Path={below or '/'}; Max-Age={DAYS * 86_400}; HttpOnly; SameSite=Lax{'; Secure' if encrypted else ''}"
    return f"{COOKIE}={secrets.token_urlsafe(24)}; {limits}"
