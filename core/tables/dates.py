"""Dates and moments as people write them: which order day and month have is told by the whole column, or asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Order = Literal["ymd", "dmy", "mdy"]

HALF = r"\s*[AaPp]\.?\s?[Mm]\.?"  # 1:45 PM, 1:45 p. m.
CLOCK = (
    r"(?:(?:,? +|T)(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:[.,]\d+)?))?"
    rf"(?P<half>{HALF})?(?P<zone> ?(?:Z|[+-]\d{{2}}:?\d{{2}}))?)?"
)
YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){CLOCK}")
YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){CLOCK}")
SHORT_YEAR_FIRST = re.compile(rf"(\d{{2}})([-/.])(\d{{2}})\2(\d{{2}}){CLOCK}")
MOST_MONTHS, MOST_DAYS = 12, 31
NOON, MICROSECONDS = 12, 1_000_000
MONTHS = (  # how the names of months begin, in Spanish and English
    ("ene", "jan"), ("feb",), ("mar",), ("abr", "apr"), ("may",), ("jun",), ("jul",), ("ago", "aug"), ("sep", "set"),
    ("oct",), ("nov",), ("dic", "dec"),
)  # fmt: skip
MONTH_OF = {start: str(number) for number, starts in enumerate(MONTHS, 1) for start in starts}
NAME = r"(enero|january|febrero|february|marzo|march|abril|april|mayo|junio|june|julio|july|agosto|august|"
NAME += r"sep?tiembre|september|octubre|october|noviembre|november|diciembre|december|sept|[a-z]{3})\.?"
YEAR = r"(\d{4}|\d{2})"
DAY_AND_NAME = re.compile(
    rf"(\d{{1,2}})(?:[ ./-]+|[ ]de[ ]){NAME}(?:[ ,./-]+|[ ]del?[ ]){YEAR}({CLOCK})", re.IGNORECASE
)
NAME_AND_DAY = re.compile(rf"{NAME}[ ]+(\d{{1,2}}),?[ ]+{YEAR}({CLOCK})", re.I)


@dataclass(frozen=True)
class DateWriting:
    """How a column's dates are written; ``sure`` is False where day and month could be either way round."""

    order: Order
    sure: bool


def looks_like_date(cell: str) -> bool:
    """Tell whether a cell may be a date.

    >>> [looks_like_date(cell) for cell in ("2026-03-25", "3/4/26", "25.03.2026 18:30", "1.5.2", "13/13/2026")]
    [True, True, True, False, False]
    >>> [looks_like_date(cell) for cell in ("3/4/2026 1:45 p. m.", "2026-03-25T18:30:05.5Z", "2026-03-25 18:75")]
    [True, True, False]
    >>> [looks_like_date(cell) for cell in ("3-ene-24", "3 de enero de 2024", "3/25/2026 6:30 PM", "3 may")]
    [True, True, True, False]
    """
    return bool(_orders_of(cell))


def date_writing(cells: Iterable[str]) -> DateWriting | None:
    """Return how all of some cells are written as dates; None where no one way fits them."""
    possible: set[Order] = {"ymd", "dmy", "mdy"}
    firsts, lasts, seen = set[str](), set[str](), False
    for cell in cells:
        seen = True
        possible &= _orders_of(cell)
        if not possible:
            return None
        if short := SHORT_YEAR_FIRST.fullmatch(cell):
            firsts.add(short[1])
            lasts.add(short[4])
    if not seen:
        return None
    if "ymd" in possible and len(possible) > 1:
        # 24-03-05 begins with its year or its day: years differ less than days
        if len(lasts) > len(firsts):
            return DateWriting("ymd", sure=False)
        possible.discard("ymd")
    return DateWriting("ymd" if "ymd" in possible else "dmy" if "dmy" in possible else "mdy", len(possible) == 1)


def read_dates(cells: pd.Series, order: Order) -> pd.Series:
    """Return texts as dates (datetime64, without a time zone), with the time of day where one is written.

    Times stay as they are written where all are of one time zone; of several they become those of UTC, but for days,
    whose time is midnight throughout. What is no date becomes NaT.
    """
    if cells.str.contains(r"[^\W\d_]{3}", regex=True).any():
        cells = cells.map(_in_numbers, na_action="ignore").astype("str")
    pattern = rf"(\d{{4}}|\d{{2}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){CLOCK}" if order == "ymd" else YEAR_LAST.pattern
    found = cells.str.extract(f"^(?:{pattern})$")  # or the end of 2024-12-31 is a date, too
    year, month, day = {"ymd": (0, 2, 3), "dmy": (3, 2, 0), "mdy": (3, 0, 2)}[order]
    years = pd.to_numeric(found[year], errors="coerce")
    # As POSIX reads two digits: 69 to 99 are of the last century
    years = years.where(years >= 100, years + 1900 + 100 * (years < 69))
    parts = pd.DataFrame({
        "year": years,
        "month": pd.to_numeric(found[month], errors="coerce"),
        "day": pd.to_numeric(found[day], errors="coerce"),
    })  # fmt: skip
    days = pd.to_datetime(parts, errors="coerce")
    clock = _since_midnight(found)
    return days + clock - _ahead_of_utc(found["zone"]) if clock.any() else days


def without_zone(dates: pd.Series) -> pd.Series:
    """Return dates that other programs kept without a time zone: as they read in their one zone, of several in UTC.

    >>> evening = pd.Series(pd.to_datetime(["2026-01-05 20:00"])).dt.tz_localize("America/Mexico_City")
    >>> without_zone(evening)[0].isoformat()
    '2026-01-05T20:00:00'
    """
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        return dates.dt.tz_localize(None)
    return pd.to_datetime(dates, utc=True).dt.tz_localize(None)


def has_times(dates: pd.Series) -> bool:
    """Tell whether dates (datetime64) have times of day: whether one of them is not midnight."""
    known = dates.dropna()
    return bool((known != known.dt.normalize()).any())


def written(dates: pd.Series) -> pd.Series:
    """Return dates (datetime64) as texts that sort as they do and are no longer than they need.

    >>> list(written(pd.to_datetime(pd.Series(["2026-01-05"]))))
    ['2026-01-05']
    >>> list(written(pd.to_datetime(pd.Series(["2026-01-05 00:00", "2026-01-05 13:45"]))))
    ['2026-01-05 00:00', '2026-01-05 13:45']
    """
    known = dates.dropna()
    form = "%Y-%m-%d"
    if has_times(known):
        finest = ("%H:%M", "min"), ("%H:%M:%S", "s"), ("%H:%M:%S.%f", "us")
        form += " " + next(clock for clock, unit in finest if unit == "us" or (known == known.dt.floor(unit)).all())
    return dates.dt.strftime(form).astype("str").where(dates.notna())


def _since_midnight(found: pd.DataFrame) -> pd.Series:
    """Return the time of day; dates without one are at midnight."""
    hour = found["hour"].astype(float).fillna(0)
    half = found["half"].fillna("").str.strip().str.lower().str[:1]
    hour = hour.mask((half == "p") & (hour < NOON), hour + NOON).mask((half == "a") & (hour == NOON), 0)
    seconds = found["second"].str.replace(",", ".").astype(float).fillna(0)
    of_day = 3600 * hour + 60 * found["minute"].astype(float).fillna(0) + seconds
    return pd.to_timedelta((of_day * MICROSECONDS).round(), unit="us")


def _ahead_of_utc(zones: pd.Series) -> pd.Series:
    """Return how far clocks were ahead of UTC; nothing where all were of one zone, so that they stay as written."""
    signs = zones.str.strip().str.replace("Z", "+0000").str.replace(":", "")
    if signs.nunique() <= 1:
        return pd.Series(pd.Timedelta(0), zones.index)
    minutes = 60 * signs.str[1:3].astype(float) + signs.str[3:5].astype(float)
    return pd.to_timedelta(minutes.where(signs.str[0] == "+", -minutes).fillna(0), unit="min")


def _orders_of(cell: str) -> set[Order]:
    if match := YEAR_FIRST.fullmatch(cell):
        return {"ymd"} if _is_day(match[3], match[4]) else set()
    found: set[Order] = set()
    if (match := SHORT_YEAR_FIRST.fullmatch(cell)) and _is_day(match[3], match[4]):
        found.add("ymd")
    if match := YEAR_LAST.fullmatch(cell):
        if _is_day(match[3], match[1]):
            found.add("dmy")
        if _is_day(match[1], match[3]):
            found.add("mdy")
    elif (named := _in_numbers(cell)) != cell:
        return _orders_of(named) & {"dmy"}
    return found


def _in_numbers(cell: str) -> str:
    """Return a date with the name of its month as day, month and year in numbers; anything else as it is.

    >>> _in_numbers("3-ene-24"), _in_numbers("3 de septiembre de 2024"), _in_numbers("Jan 3, 2024"), _in_numbers("3 kg")
    ('3/1/24', '3/9/2024', '3/1/2024', '3 kg')
    """
    if match := DAY_AND_NAME.fullmatch(cell):
        day, name, year, clock = match.group(1, 2, 3, 4)
    elif match := NAME_AND_DAY.fullmatch(cell):
        name, day, year, clock = match.group(1, 2, 3, 4)
    else:
        return cell
    month = MONTH_OF.get(name[:3].casefold())
    return f"{day}/{month}/{year}{clock}" if month else cell


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= MOST_MONTHS and 1 <= int(day) <= MOST_DAYS
