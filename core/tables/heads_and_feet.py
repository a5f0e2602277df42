"""What may stand where rows are thought to begin or to end: years as names, units, a heading again, and sums."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.tables.dates import looks_like_date
from core.tables.odd_words import says_unknown
from core.tables.quantities import is_number

FEWEST_BELOW_UNITS, LONGEST_UNIT = 5, 12  # records, letters
YEAR = re.compile(r"(19|20)\d\d")
SUM = re.compile(r"(total|totales|(sub|gran|grand)[ -]?total(es)?|sumas?|sum)\b", re.IGNORECASE)
OTHER_SUM = re.compile(
    r"(promedios?|media|average|mean|m[ií]nimo|m[aá]ximo|min|max|conteo|recuento|count)\b", re.IGNORECASE
)


def is_value(cell: str) -> bool:
    """Tell whether a cell is a number or a date."""
    return is_number(cell) or looks_like_date(cell)


def are_years(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Tell whether all values of a first record are years or dates in their order, above what is neither: names."""
    places = [place for place, cell in enumerate(first) if is_value(cell)]
    times = [first[place] for place in places if _is_time(first[place])]
    if not 1 < len(times) == len(places) or times != sorted({*times}):
        return False
    below = [_is_time(record[place].strip()) for record in body for place in places]
    return sum(below) < len(below) / 2


def _is_time(cell: str) -> bool:
    return bool(YEAR.fullmatch(cell)) or looks_like_date(cell)


def comes_again(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first record, all of it words, comes again among rows that have numbers or dates."""
    first, body = list(records[0]), [list(record) for record in records[1:]]
    if len(first) < 2 or any(is_value(cell.strip()) or not cell.strip() for cell in first) or first not in body:
        return False
    return any(sum(is_value(cell.strip()) for cell in column) > len(body) / 2 for column in _columns(first, body))


def are_units(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether the record below the heading has a short word in each column of numbers, and hardly more."""
    if len(records) < FEWEST_BELOW_UNITS:
        return False
    second, body = [cell.strip() for cell in records[1]], records[2:]
    if len(second) != len(records[0]) or any(cell and is_value(cell) for cell in second):
        return False
    are_values = [
        sum(is_value(cell.strip()) for cell in column) > 0.9 * sum(bool(cell.strip()) for cell in column)
        for column in _columns(second, body)
    ]
    units = [cell for cell, are in zip(second, are_values, strict=True) if are]
    others = [cell for cell, are in zip(second, are_values, strict=True) if not are and cell and not says_unknown(cell)]
    known = all(cell and len(cell) <= LONGEST_UNIT and not is_value(cell) and not says_unknown(cell) for cell in units)
    return known and (len(units) > 1 or (len(units) == 1 and not others))


def another_table(records: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Return how many records are another table: below a blank line, and beginning with words where numbers were.

    ``records`` are all of them by their lines, the heading first.
    """
    for place in range(FEWEST_BELOW_UNITS, len(records)):
        if records[place][0] - records[place - 1][0] < 2:
            continue
        begin, body = records[place][1], [cells for _line, cells in records[1:place]]
        holds_values = [
            sum(is_value(cell.strip()) for cell in column) > len(column) / 2 for column in _columns(begin, body)
        ]
        unlike = [
            cell for cell, holds in zip(begin, holds_values, strict=False)
            if holds and cell.strip() and not is_value(cell.strip()) and not says_unknown(cell.strip())
        ]  # fmt: skip
        if unlike:
            return len(records) - place
    return 0


def _columns(first: Sequence[str], body: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    return list(zip(*(record for record in body if len(record) == len(first)), strict=True))


def is_sum(cells: Sequence[str], before: Sequence[Sequence[str]]) -> bool:
    """Tell whether a record says by its first word, or by standing without any, that it sums up those before."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return False
    is_named = SUM.match(filled[0]) or (OTHER_SUM.match(filled[0]) and len(filled) < len(cells))
    return bool(is_named) or _is_nameless_sum(cells, before)


def _is_nameless_sum(cells: Sequence[str], before: Sequence[Sequence[str]]) -> bool:
    """Tell whether a record has numbers only, few of them, and none where all records before it have a value."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return (
        not cells[0].strip()
        and len(filled) <= len(cells) / 2
        and all(map(is_value, filled))
        and len(before) > 1
        and all(record and record[0].strip() for record in before)
    )
