"""QR codes of addresses, as pictures that need no server."""

from __future__ import annotations

from functools import lru_cache
from io import StringIO

import segno

QUIET = 4  # modules of white around a code, without which cameras do not find it


def qr_picture(text: str) -> str | None:
    """Return the QR code of ``text`` as an SVG element, dark on white; None where the text is too long for one.

    It has no size of its own and no namespace, as SVG inside HTML needs none.
    """
    code = qr_code(text)
    if code is None:
        return None
    return code.svg_inline(border=QUIET, dark="#000", light="#fff", omitsize=True)


def qr_terminal(text: str) -> str:
    """Return the QR code of ``text`` in signs of half a line; empty where the text is too long for one."""
    code = qr_code(text)
    if code is None:
        return ""
    drawn = StringIO()
    code.terminal(drawn, border=2, compact=True)
    return drawn.getvalue().rstrip("\n")


@lru_cache(maxsize=256)  # a long address takes a tenth of a second
def qr_code(text: str) -> segno.QRCode | None:
    """Return the smallest code that holds ``text``; on a screen nothing gets dirty, so it repairs little."""
    try:
        return segno.make_qr(text, error="l", boost_error=False)
    except segno.DataOverflowError:
        return None
