"""Numbers with a unit beside them, as people write prices and shares: the unit is told apart and kept as a name."""

from __future__ import annotations

import re

UNITS = r"(?:€|\$|£|¥|%|‰|º|°|EUR|USD|MXN|ARS|COP|CLP|PEN|GBP|kg|km|cm|m²|m2|h)"
BEFORE, AFTER = re.compile(rf"({UNITS})\s*(?=[+-]?[\d.,])"), re.compile(rf"(?<=[\d.,])\s*({UNITS})")
SPACES = "\u00a0\u202f\u2009"  # between thousands, beside the ordinary one
GROUPED = re.compile(rf"[+-]?\d{{1,3}}([ {SPACES}]\d{{3}})+([.,]\d+)?")


def without_unit(cell: str) -> tuple[str, str]:
    """Return a number without the unit beside it, and that unit.

    >>> without_unit("1.234,50 €"), without_unit("$ 12"), without_unit("12 345,6"), without_unit("Peña")
    (('1.234,50', '€'), ('12', '$'), ('12345,6', ''), ('Peña', ''))
    """
    unit, number = "", cell
    if match := BEFORE.match(cell):
        unit, number = match[1], cell[match.end() :]
    elif (match := AFTER.search(cell)) and match.end() == len(cell):
        unit, number = match[1], cell[: match.start()]
    if not unit and not GROUPED.fullmatch(number):
        return cell, ""
    return (re.sub(rf"[ {SPACES}]", "", number), unit) if re.fullmatch(rf"[+-]?[\d.,eE+ {SPACES}-]+", number) else (
        cell, ""
    )  # fmt: skip
