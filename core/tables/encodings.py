"""Which of the encodings that are no UTF-8 a text of the west is in, told by where its accents come to stand."""

from __future__ import annotations

import re

OTHERS = ("mac-roman", "cp850")  # of old Macs, and of DOS, which some offices' programs still write
LETTERS = frozenset("áéíóúüñàèìòùâêîôûãõäëïöçÁÉÍÓÚÜÑÀÈÌÒÙÂÊÎÔÛÃÕÄËÏÖÇ")
NO_LETTERS = frozenset("–—¤¢£¡‚„ƒ…†‡ˆ‰‹•¥¦§¨¬¯±²³´µ¶·¸¹»¼½¾×÷Ø∑∏π∫Ωø√≈∆◊ÿŸ⁄‡‰¸˝˛ˇ▓│┤╣║╗╝╚╔╩╦╠═╬┴┬├─┼█▄▌▐▀")
FEW, MOST = 0.5, 0.9  # of what tells, in the usual encoding and in another one
LOOKED_AT = 2000
BEYOND_ASCII = re.compile(r"(.?)([^\x00-\x7f])(.?)", re.DOTALL)
TWICE = re.compile(r"\w*[ÃÂ][\u0080-\u00bf“”‘’–—•…]\w*")


def likelier(sample: bytes, usual: str) -> tuple[str, str, str] | None:
    """Return another encoding in which a text makes sense where in ``usual`` it does not, with a word in both."""
    if _sense(sample.decode(usual, "replace")) >= FEW:
        return None
    for encoding in OTHERS:
        read = sample.decode(encoding, "replace")
        if _sense(read) >= MOST:
            word = re.search(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*", read)
            here = word.group() if word else ""
            return encoding, here, here.encode(encoding).decode(usual, "replace")
    return None


def encoded_twice(text: str) -> str:
    """Return a word that was read in a wrong encoding and written again, so that its accents are two signs each.

    >>> encoded_twice("PeÃ±a"), encoded_twice("Peña SÃO")
    ('PeÃ±a', '')
    """
    found = TWICE.search(text) if "Ã" in text or "Â" in text else None
    return found.group() if found else ""


def _sense(text: str) -> float:
    """Return the share of letters with accents that stand by letters, among all signs that tell; 1 where none does."""
    good = bad = 0
    for before, sign, after in BEYOND_ASCII.findall(text)[:LOOKED_AT]:
        beside = before.isalpha() or after.isalpha()
        good += sign in LETTERS and beside and not (sign.isupper() and before.islower())
        bad += sign in NO_LETTERS and (before.isalpha() or (after.isalpha() and sign not in "¡–—…•"))
        bad += sign in LETTERS and sign.isupper() and before.islower()
    return good / (good + bad) if good + bad else 1.0
