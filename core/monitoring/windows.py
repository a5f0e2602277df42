"""Windows over the rows that a model was asked about: so many at a time, or those of each hour, day, week or month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.errors import DataError
from core.i18n import N_, number
from core.tables.dates import date_writing, read_dates

Span = Literal["hour", "day", "week", "month"]

MOST_WINDOWS = 2000  # more are no picture, and each is judged by itself
FIRST_YEAR, LAST_YEAR = 1971, 2199  # Windows knows no time zones before, and 9999 stands for "no end"

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Window:
    """Rows of a stretch of time: their places in the table, in order of time, (rows,).

    ``begin`` and ``end`` are moments in UTC, None where nothing is known of the rows' time. By count they are those of
    the first and the last row; by calendar they are those of the hour, day, week (from Monday) or month, whose ``end``
    is the begin of the next. One that is not ``is_whole`` may still get rows.
    """

    begin: datetime | None
    end: datetime | None
    rows: np.ndarray
    is_whole: bool = True


def moments(column: pd.Series) -> pd.Series:
    """Return a column as moments (datetime64, with a time zone where the column has one).

    Raises:
        DataError: one is missing, or is no date, or could be one in two ways.
    """
    unknown = int(column.isna().sum())
    if unknown:
        raise DataError(
            N_("Every row must say when it was, but {count} of {rows} in {column} do not."),
            N_("Leave them out, or make windows by count."),
            count=number(unknown, 0),
            rows=number(len(column), 0),
            column=repr(str(column.name)),
        )
    if pd.api.types.is_datetime64_any_dtype(column) or column.empty:
        return column.astype("datetime64[us]") if column.empty and column.dtype.kind != "M" else column
    if pd.api.types.infer_dtype(column) in {"datetime", "date"}:
        return pd.to_datetime(column)
    texts = column.astype("str").str.strip()
    writing = None if pd.api.types.is_numeric_dtype(column) else date_writing(texts.unique())
    found = read_dates(texts, writing.order) if writing is not None and writing.sure else None
    if found is None or found.isna().any():
        raise DataError(
            N_("{column} must be dates that can be read in one way only, but it holds {value}."),
            N_("Choose another column, or write them like 2026-03-25 18:30."),
            column=repr(str(column.name)),
            value=repr(str(column.iloc[0] if found is None else column[found.isna()].iloc[0])),
        )
    return found


def by_count(at: pd.Series, size: int) -> tuple[Window, ...]:
    """Return windows of ``size`` rows, counted from the oldest on, so that none changes when rows are added.

    Moments without a time zone are in this computer's own. What is left over is a last window that is not whole.

    Raises:
        DataError: there would be more than ``MOST_WINDOWS``, or a moment is none or out of reach.
    """
    order, ticks, is_local = _in_order(at)
    return tuple(
        Window(_moment(ticks[rows[0]], is_local, None), _moment(ticks[rows[-1]], is_local, None), order[rows], whole)
        for rows, whole in _counted(len(ticks), size)
    )


def as_given(rows: int, size: int) -> tuple[Window, ...]:
    """Return windows of ``size`` of so many ``rows`` as they stand in their table, of which no time is known.

    Raises:
        DataError: there would be more than ``MOST_WINDOWS``.
    """
    return tuple(Window(None, None, places, whole) for places, whole in _counted(rows, size))


def by_calendar(
    at: pd.Series, span: Span, *, zone: tzinfo | None = None, now: datetime | None = None
) -> tuple[Window, ...]:
    """Return a window for each hour, day, week or month in which there are rows, the oldest first.

    They begin and end as the clocks of ``zone`` show it, by default of this computer, whose moments are also those
    without a time zone. A window that ends after ``now`` is not whole.

    Raises:
        DataError: there would be more than ``MOST_WINDOWS``, or a moment is none or out of reach.
    """
    order, ticks, is_local = _in_order(at)
    now = now or datetime.now(UTC)
    found: list[Window] = []
    place = 0
    while place < len(ticks):
        if len(found) == MOST_WINDOWS:
            raise _too_many()
        begin, end = _around(_moment(ticks[place], is_local, zone), span, zone)
        # Held against the rows as these are counted: by the clock, or in UTC
        limit = _ticks((_local(end, zone) if is_local else end).replace(tzinfo=None))
        stop = max(place + 1, int(np.searchsorted(ticks, limit, side="left")))
        found.append(Window(begin, end, order[place:stop], end <= now))
        place = stop
    return tuple(found)


def _counted(rows: int, size: int) -> Iterator[tuple[np.ndarray, bool]]:
    if size < 1:
        raise ValueError(f"A window must have rows, but it is to have {size}.")
    if rows > size * MOST_WINDOWS:
        raise _too_many()
    for begin in range(0, rows, size):
        yield np.arange(begin, min(begin + size, rows)), begin + size <= rows


def _too_many() -> DataError:
    return DataError(
        N_("There may be {most} windows at the most, but these would be more."),
        N_("Make each of them longer."),
        most=number(MOST_WINDOWS, 0),
    )


def _in_order(at: pd.Series) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the rows' places by time, their sorted microseconds, and whether these are of the clock, not of UTC."""
    known = moments(at)
    is_local = not isinstance(known.dtype, pd.DatetimeTZDtype)
    plain = known if is_local else known.dt.tz_convert("UTC").dt.tz_localize(None)
    years = plain.dt.year
    if len(plain) and not years.between(FIRST_YEAR, LAST_YEAR).all():
        strange = plain[~years.between(FIRST_YEAR, LAST_YEAR)].iloc[0]
        raise DataError(
            N_("Rows must be of the years {first} to {last}, but one is of {moment}."),
            N_("Correct it or leave it out."),
            first=str(FIRST_YEAR),
            last=str(LAST_YEAR),
            moment=f"{strange:%Y-%m-%d}",
        )
    ticks = plain.to_numpy(dtype="datetime64[us]").astype(np.int64)
    order = np.argsort(ticks, kind="stable")
    return order, ticks[order], is_local


def _moment(ticks: Any, is_local: bool, zone: tzinfo | None) -> datetime:
    plain = _EPOCH + timedelta(microseconds=int(ticks))
    return _from_clock(plain, zone) if is_local else plain.replace(tzinfo=UTC)


def _ticks(plain: datetime) -> int:
    return (plain - _EPOCH) // timedelta(microseconds=1)


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone)


def _from_clock(plain: datetime, zone: tzinfo | None) -> datetime:
    """Return what a clock shows as a moment; of an hour that comes twice it is the first."""
    return (plain if zone is None else plain.replace(tzinfo=zone)).astimezone(UTC)


def _around(moment: datetime, span: Span, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """Return the begin and the end of the hour, day, week or month that a moment is in."""
    clock = _local(moment, zone).replace(tzinfo=None, minute=0, second=0, microsecond=0, fold=0)
    if span == "hour":
        begin, end = clock, clock + timedelta(hours=1)
    elif span == "month":
        begin = clock.replace(day=1, hour=0)
        end = (begin + timedelta(days=31)).replace(day=1)
    else:
        day = clock.replace(hour=0)
        begin = day - timedelta(days=day.weekday()) if span == "week" else day
        end = begin + timedelta(days=7 if span == "week" else 1)
    return _from_clock(begin, zone), _from_clock(end, zone)
