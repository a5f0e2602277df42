"""Numbers as people write them, with a unit beside them or a minus of bookkeepers: the unit is kept as a name."""

from __future__ import annotations

import re

from core.tables.signs import NUMBER

MONEY = r"US\$|U\$S|MX\$|RD\$|R\$|C\$|S/\.?|Bs\.?|€|\$|£|¥|₡|₲|EUR|USD|MXN|ARS|COP|CLP|PEN|BRL|UYU|GBP"
UNITS = rf"{MONEY}|%|‰|º ?C|° ?C|º|°|euros?|pesos|soles|dólares|M\.N\.|años|kg|mg|g|km/h|km|cm|mm|m²|m2|m|ml|l|h"
SAME = {
    "m2": "m²", "º": "°", "EUR": "€", "euro": "€", "euros": "€", "U$S": "US$", "S/.": "S/", "Bs.": "Bs", "º C": "°C",
    "° C": "°C", "ºC": "°C",
}  # fmt: skip
SHARES = ("%", "‰")  # 12 % is 0.12: beside numbers without a unit it is another number
BEFORE = re.compile(rf"({MONEY}|%)\s*(?=[+-]?[\d.,])")  # g2 is a name, 2 g is a quantity
AFTER = re.compile(rf"(?<=[\d.,])\s*({UNITS})")
SPACES = "\u00a0\u202f\u2009"  # between thousands, beside the ordinary one
GROUPED = re.compile(rf"[+-]?(?:\d{{1,3}}(?:[ {SPACES}]\d{{3}})+|\d{{1,3}}(?:['’]\d{{3}})+)(?:[.,]\d+)?")
BETWEEN = re.compile(rf"[ {SPACES}'’]")
MINUS = re.compile(r"[−–](?=\s*[\d.,$€£¥])")
IN_PARENTHESES = re.compile(r"\D{0,5}\(([^()]*\d[^()]*)\)\D{0,5}")
MINUS_BEHIND = re.compile(r"([^-]*\d)\s*-(\D{0,5})")
NO_CENTS = re.compile(r"(?<=\d)[.,]-")  # $ 500.- has none


def without_unit(cell: str) -> tuple[str, str]:
    """Return a number without the unit beside it, and that unit.

    >>> without_unit("1.234,50 €"), without_unit("$ 12"), without_unit("12 345,6"), without_unit("Peña")
    (('1.234,50', '€'), ('12', '$'), ('12345,6', ''), ('Peña', ''))
    >>> without_unit("(1.234,50)"), without_unit("-$5"), without_unit("20,00-"), without_unit("$ 500.-")
    (('-1.234,50', ''), ('-5', '$'), ('-20,00', ''), ('500', '$'))
    """
    number = NO_CENTS.sub("", MINUS.sub("-", cell))
    minus = ""
    if IN_PARENTHESES.fullmatch(cell):
        number, minus = number.replace("(", "").replace(")", "").strip(), "-"
    elif match := MINUS_BEHIND.fullmatch(number):
        number, minus = match[1] + match[2], "-"
    elif number.startswith("-") and not number[1:2].isdigit():
        number, minus = number[1:].strip(), "-"
    units = []
    if match := BEFORE.match(number):
        units.append(match[1])
        number = number[match.end() :]
    if (match := AFTER.search(number)) and match.end() == len(number):
        units.append(match[1])
        number = number[: match.start()]
    if GROUPED.fullmatch(number) or units:
        number = BETWEEN.sub("", number)
    number = minus + number
    if not NUMBER.fullmatch(number):
        return cell, ""
    return number, " ".join(SAME.get(unit, unit) for unit in units)


def is_below_zero(cell: str) -> bool:
    """Tell whether a number is in parentheses or has its minus behind, as bookkeepers write those below 0.

    >>> [is_below_zero(cell) for cell in ("(5)", "20,00-", "-5", "$ 500.-")]
    [True, True, False, False]
    """
    number = NO_CENTS.sub("", MINUS.sub("-", cell))
    return bool(IN_PARENTHESES.fullmatch(cell) or MINUS_BEHIND.fullmatch(number))


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, maybe with a unit."""
    return bool(NUMBER.fullmatch(without_unit(cell)[0]))
