"""Nicknames: what may be one, and which two read alike."""

from __future__ import annotations

import re
import unicodedata

from core.errors import PizarraError
from core.i18n import N_

AS_A_PICTURE = "\ufe0f"  # says of the sign before that it is drawn in colours
# Letters and marks that draw nothing, of those that are not control or format characters (Unicode's default ignorables)
NOTHING = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
MARKS = 2  # that a letter may have beside those it is written with
LONGEST = 24  # signs: a board has room for them
# Letters of other alphabets, and digits, that read as Latin letters
SYMBOLS = "|!$@"  # that may stand for letters
READS_AS = {ord(sign): letter for sign, letter in zip(
    "аеорсухкмнтвіјѕԁԛԝһӏ" "αεορτυχκνιβ" "0135ıłøđi" + SYMBOLS,
    "aeopcyxkmhtbljsdqwhl" "aeoptuxkvlb" "olesllodl" "llsa",
    strict=True,
)} | {ord(sign): letters for sign, letters in {"æ": "ae", "œ": "oe", "þ": "p"}.items()}  # fmt: skip
# Whoever presents, in the words of both languages
RESERVED = (
    "presenter", "presentador", "presentadora", "quien presenta", "teacher", "profesor", "profesora", "profe",
    "docente", "maestro", "maestra", "instructor", "instructora", "admin", "administrator", "administrador",
    "administradora", "pizarra", "the class", "la clase", "system", "sistema",
)  # fmt: skip


def checked(nickname: str, presenter: str = "") -> str:
    """Return a nickname as it is kept: composed, without blanks around or double ones inside.

    ``presenter`` is the name of whoever presents, where it is known.

    >>> checked("  Lucía   3B ")
    'Lucía 3B'

    Raises:
        PizarraError: it may not be one.
    """
    name = " ".join(unicodedata.normalize("NFC", nickname).replace(AS_A_PICTURE, "").split())
    if not name:
        raise PizarraError(N_("A nickname is needed."), N_("Write one, then press again."))
    if len(name) > LONGEST:
        raise PizarraError(
            N_("A nickname may have {most} signs, but this one has {count}."),
            N_("Write a shorter one, then press again."),
            most=LONGEST,
            count=len(name),
        )
    if not (_is_readable(name) and any(unicodedata.category(sign)[0] in "LN" or _is_emoji(sign) for sign in name)):
        raise PizarraError(
            N_("A nickname must have letters, digits or emoji that everybody sees, and no invisible or drawing signs."),
            N_("Write another one, then press again."),
        )
    alphabets = {_alphabet(sign) for sign in unicodedata.normalize("NFKC", name) if sign.isalpha()} - {""}
    if len(alphabets) > 1:
        raise PizarraError(
            N_("The letters of a nickname must be of one alphabet, as letters of two may look alike."),
            N_("Write another one, then press again."),
        )
    if _reads_as_presenter(name, presenter):
        raise PizarraError(
            N_("This nickname reads as if you were the presenter."), N_("Write another one, then press again.")
        )
    return name


def reading(name: str) -> str:
    """Return what a name reads as at a glance: two that read alike are one.

    >>> reading("Lucía") == reading("LUCIA") == reading("lucla"), reading("Ana") == reading("Аnа"), reading("A.na")
    (True, True, 'ana')
    """
    letters = []
    for sign in unicodedata.normalize("NFKC", name).casefold():
        base, *marks = list(unicodedata.normalize("NFKD", sign))
        accented = _alphabet(base) in {"LATIN", "GREEK", "CYRILLIC"}
        if unicodedata.category(base)[0] in "LMN" or _is_emoji(base) or base in SYMBOLS:
            letters.append(base if accented else base + "".join(marks))
    return "".join(letters).translate(READS_AS).replace("rn", "m").replace("vv", "w")


def _reads_as_presenter(name: str, presenter: str) -> bool:
    """Tell whether a name, or a word in it, reads as whoever presents; a symbol may stand for a letter or not."""
    reserved = _RESERVED | ({reading(presenter)} - {""})
    bare = name.translate(str.maketrans("", "", SYMBOLS))
    said = [one for text in (name, bare) for one in (text, *re.split(r"[\W_]+", text), *text.split())]
    return any(reading(one) in reserved for one in said)


def _is_readable(name: str) -> bool:
    """Tell whether all is seen that is there: nothing for controlling or formatting, no marks but few on a letter."""
    marks = MARKS
    if NOTHING.search(name):
        return False
    for sign in name:
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind[0] == "M" else 0 if kind[0] == "L" else MARKS
        ascii_symbol = sign.isascii() and kind[0] == "S"
        if marks > MARKS or not (sign == " " or kind[0] in "LMNP" or ascii_symbol or _is_emoji(sign)):
            return False
    return True


def _is_emoji(sign: str) -> bool:
    drawn = "\u2600" <= sign <= "\u27bf" or sign >= "\U0001f000"
    return drawn and unicodedata.category(sign) in {"So", "Sk"}


def _alphabet(sign: str) -> str:
    """Return the alphabet of a letter, by the first word of its name; Japanese writes in three at once."""
    word = unicodedata.name(sign, "").partition(" ")[0]
    return {"HIRAGANA": "CJK", "KATAKANA": "CJK", "FEMININE": "", "MASCULINE": ""}.get(word, word)


_RESERVED = frozenset(map(reading, RESERVED))
