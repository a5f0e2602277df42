"""Hide passwords and tokens, wherever an address or a line of the log has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

HIDDEN = "…"
SHORTEST = 8  # characters of a secret that is hidden wherever it stands: shorter ones are parts of other words
# What follows is a secret: in an address, a header, a line of a file of settings
_NAMED = re.compile(
    r"""(?i)((?:password|passwd|pwd|secret|token|api[_-]?key|x-amz-\w+)(?:=|['"]\s*[:=]\s*)['"]?)[^\s&'",;]+"""
)
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]{4,}")
_OURS = re.compile(r"\bpizarra_[\w-]{16,}")  # core/serving/tokens.py
_IN_ADDRESS = re.compile(r"(://[^\s/:@]*:)\S*@")


def without_password(uri: str) -> str:
    """Hide what stands between user name and host, whatever signs it has, and what is called a password.

    >>> without_password("http://me:pa/ss@host:5000"), without_password("mysql://host/db?user=me&password=secret")
    ('http://me:…@host:5000', 'mysql://host/db?user=me&password=…')
    """
    return re.sub(r"([?&]password=)[^&]*", rf"\1{HIDDEN}", re.sub(r"(://[^/:@]*:).*@", rf"\1{HIDDEN}@", uri))


def password_of(uri: str) -> Iterable[str]:
    """Return the password that stands in an address, as it stands there and as it is; none where there is none.

    >>> password_of("postgresql://me:open%20sesame@host/db")
    ['open%20sesame', 'open sesame']
    """
    found = re.search(r"://[^/:@]*:(.*)@", uri) or re.search(r"[?&]password=([^&]*)", uri)
    return list(dict.fromkeys([found[1], unquote(found[1])])) if found and found[1] else []


def without_secrets(text: str, known: Iterable[str] = ()) -> str:
    """Hide in a text of many words what looks like a secret, and those that are ``known``.

    >>> without_secrets("no answer of http://me:sesame@host:5000 (Authorization: Bearer abcd1234)")
    'no answer of http://me:…@host:5000 (Authorization: Bearer …)'
    """
    for secret in known:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    text = _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)
    return _NAMED.sub(rf"\1{HIDDEN}", _OURS.sub(HIDDEN, _BEARER.sub(rf"\1{HIDDEN}", text)))
