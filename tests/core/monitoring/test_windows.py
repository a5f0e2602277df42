from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.monitoring import windows
from core.monitoring.windows import as_given, by_calendar, by_count

MADRID, BOGOTA = ZoneInfo("Europe/Madrid"), ZoneInfo("America/Bogota")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(*texts: str, zone: str | None = "UTC") -> pd.Series:
    plain = pd.to_datetime(pd.Series(texts, name="at", dtype="str"), format="ISO8601")
    return plain if zone is None else plain.dt.tz_localize(zone)


def places(found: tuple[windows.Window, ...]) -> list[list[int]]:
    return [window.rows.tolist() for window in found]


def test_rows_are_counted_from_the_oldest_on() -> None:
    days = at("2026-03-04", "2026-03-01", "2026-03-03", "2026-03-02", "2026-03-05")
    found = by_count(days, 2)
    assert places(found) == [[1, 3], [2, 0], [4]]
    assert [window.is_whole for window in found] == [True, True, False]
    assert (found[0].begin, found[0].end) == (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))


def test_rows_of_one_moment_stay_in_their_order() -> None:
    assert places(by_count(at(*["2026-03-01"] * 5), 3)) == [[0, 1, 2], [3, 4]]


def test_whole_windows_stay_as_they_are_when_rows_are_added() -> None:
    days = pd.Series(pd.date_range("2026-01-01", periods=25, tz="UTC"))
    assert places(by_count(days[:20], 10)) == places(by_count(days, 10))[:2]


def test_rows_without_time_are_taken_as_they_stand() -> None:
    found = as_given(5, 2)
    assert places(found) == [[0, 1], [2, 3], [4]]
    assert found[0].begin is None
    assert not found[2].is_whole


def test_days_are_those_of_the_clock() -> None:
    times = at("2026-03-01 23:30", "2026-03-02 00:30", "2026-03-02 22:59", "2026-03-02 23:00")
    assert places(by_calendar(times, "day", zone=MADRID)) == [[0, 1, 2], [3]]
    assert places(by_calendar(times, "day", zone=BOGOTA)) == [[0, 1], [2, 3]]
    assert by_calendar(times, "day", zone=MADRID)[0].begin == datetime(2026, 3, 1, 23, tzinfo=UTC)


def test_a_day_that_the_clocks_make_shorter_or_longer_is_one_day() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        times = pd.Series(pd.date_range(day, periods=60, freq="h", tz="Europe/Madrid"))
        assert len(by_calendar(times, "day", zone=MADRID)[0].rows) == hours
        assert sum(len(window.rows) for window in by_calendar(times, "hour", zone=MADRID)) == 60


def test_an_hour_that_comes_twice_is_one_window() -> None:
    times = at("2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 02:10")  # in UTC
    assert places(by_calendar(times, "hour", zone=MADRID)) == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("span", "expected"),
    [("day", [[0], [1], [2], [3]]), ("week", [[0, 1], [2], [3]]), ("month", [[0], [1, 2], [3]])],
)
def test_weeks_begin_on_monday_and_months_on_their_first(span: windows.Span, expected: list[list[int]]) -> None:
    times = at("2026-02-28", "2026-03-01", "2026-03-02", "2026-12-31 23:59")
    assert places(by_calendar(times, span, zone=UTC)) == expected


def test_a_stretch_without_rows_is_no_window() -> None:
    found = by_calendar(at("2026-01-31", "2026-12-31"), "month", zone=UTC)
    assert [(window.begin, window.end) for window in found] == [
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ]


def test_a_window_that_is_not_over_is_not_whole() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    found = by_calendar(at("2026-03-01", "2026-03-02"), "day", zone=UTC, now=now)
    assert [window.is_whole for window in found] == [True, False]


def test_dates_without_a_zone_are_of_this_computers_clock() -> None:
    found = by_calendar(at("2026-03-01 00:00", "2026-03-01 23:59", "2026-03-02 00:00", zone=None), "day", zone=BOGOTA)
    assert places(found) == [[0, 1], [2]]
    assert found[0].begin == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert places(by_calendar(at("2026-03-01 00:00", "2026-03-02 00:00", zone=None), "day")) == [[0], [1]]


def test_written_dates_are_read_where_there_is_one_way_to() -> None:
    assert places(by_calendar(pd.Series(["25/03/2026", "26/3/2026"], name="when"), "day")) == [[0], [1]]
    with pytest.raises(DataError, match="'when' must be dates that can be read in one way only, but it holds '03/04"):
        by_calendar(pd.Series(["03/04/2026"], name="when"), "day")
    with pytest.raises(DataError, match="but it holds 'soon'"):
        windows.moments(pd.Series(["soon"], name="when"))
    with pytest.raises(DataError, match="but it holds '1772323200'"):
        windows.moments(pd.Series([1772323200], name="when"))


def test_objects_that_are_dates_are_dates() -> None:
    days = pd.Series([datetime(2026, 3, 2).date(), datetime(2026, 3, 1).date()], dtype=object)
    assert places(by_count(days, 1)) == [[1], [0]]


def test_a_row_without_a_moment_is_no_guess() -> None:
    with pytest.raises(DataError, match="1 of 2 in 'at' do not"):
        by_count(at("2026-03-01", None), 2)


@pytest.mark.parametrize("year", ["1970", "9999"])
def test_a_moment_that_stands_for_none_is_refused(year: str) -> None:
    with pytest.raises(DataError, match=f"1971 to 2199, but one is of {year}"):
        by_calendar(at("2026-01-01", f"{year}-01-01"), "day")


def test_too_many_windows_ask_for_longer_ones() -> None:
    hours = pd.Series(pd.date_range("2026-01-01", periods=windows.MOST_WINDOWS + 1, freq="h", tz="UTC"))
    with pytest.raises(DataError, match="2000 windows at the most"):
        by_calendar(hours, "hour")
    with pytest.raises(DataError, match="2000 windows at the most"):
        by_count(hours, 1)
    assert len(by_calendar(hours[1:], "hour", zone=UTC)) == windows.MOST_WINDOWS
    with pytest.raises(ValueError, match="must have rows"):
        as_given(5, 0)


def test_no_rows_make_no_window() -> None:
    nothing = pd.Series([], dtype="datetime64[us, UTC]", name="at")
    assert by_count(nothing, 10) == by_calendar(nothing, "day") == as_given(0, 10) == ()
    assert by_count(pd.Series([], dtype=object), 10) == ()


def test_every_row_is_in_one_window() -> None:
    rng = np.random.default_rng(0)
    seconds = pd.Series(pd.Timestamp("2026-03-20", tz="UTC") + pd.to_timedelta(rng.integers(0, 2_000_000, 500), "s"))
    for span in ("hour", "day", "week", "month"):
        found = by_calendar(seconds, span, zone=MADRID)
        assert sorted(np.concatenate([window.rows for window in found])) == list(range(500))
        for window in found:
            assert seconds[window.rows].between(window.begin, window.end, inclusive="left").all()
