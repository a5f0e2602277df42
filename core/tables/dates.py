"""Dates as people write them: which order day and month have is told by the whole column, or asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Order = Literal["ymd", "dmy", "mdy"]

CLOCK = r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){CLOCK}")
YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){CLOCK}")
MOST_MONTHS, MOST_DAYS = 12, 31


@dataclass(frozen=True)
class DateWriting:
    """How a column's dates are written; ``sure`` is False where day and month could be either way round."""

    order: Order
    sure: bool


def looks_like_date(cell: str) -> bool:
    """Tell whether a cell may be a date.

    >>> [looks_like_date(cell) for cell in ("2026-03-25", "3/4/26", "25.03.2026 18:30", "1.5.2", "13/13/2026")]
    [True, True, True, False, False]
    """
    return bool(_orders_of(cell))


def date_writing(cells: Iterable[str]) -> DateWriting | None:
    """Return how all of some cells are written as dates; None where no one way fits them."""
    possible: set[Order] = {"ymd", "dmy", "mdy"}
    seen = False
    for cell in cells:
        seen = True
        possible &= _orders_of(cell)
        if not possible:
            return None
    if not seen:
        return None
    return DateWriting("ymd" if "ymd" in possible else "dmy" if "dmy" in possible else "mdy", len(possible) == 1)


def read_dates(cells: pd.Series, order: Order) -> pd.Series:
    """Return texts as dates (datetime64, without a time zone); what is none becomes NaT."""
    found = cells.str.extract(YEAR_FIRST.pattern if order == "ymd" else YEAR_LAST.pattern)
    year, month, day = {"ymd": (0, 2, 3), "dmy": (3, 2, 0), "mdy": (3, 0, 2)}[order]
    years = pd.to_numeric(found[year], errors="coerce")
    # As POSIX reads two digits: 69 to 99 are of the last century
    years = years.where(years >= 100, years + 1900 + 100 * (years < 69))
    parts = pd.DataFrame({
        "year": years,
        "month": pd.to_numeric(found[month], errors="coerce"),
        "day": pd.to_numeric(found[day], errors="coerce"),
    })  # fmt: skip
    return pd.to_datetime(parts, errors="coerce")


def _orders_of(cell: str) -> set[Order]:
    if match := YEAR_FIRST.fullmatch(cell):
        return {"ymd"} if _is_day(match[3], match[4]) else set()
    found: set[Order] = set()
    if match := YEAR_LAST.fullmatch(cell):
        if _is_day(match[3], match[1]):
            found.add("dmy")
        if _is_day(match[1], match[3]):
            found.add("mdy")
    return found


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= MOST_MONTHS and 1 <= int(day) <= MOST_DAYS
