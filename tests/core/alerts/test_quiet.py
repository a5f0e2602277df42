from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from core.alerts.quiet import QuietHours, quiet_hours

NIGHT = QuietHours(time(22), time(7), "Europe/Madrid")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2027-01-04T20:59", None),
        ("2027-01-04T21:00", "2027-01-05T06:00"),  # 22:00 in Madrid
        ("2027-01-05T05:59", "2027-01-05T06:00"),
        ("2027-01-05T06:00", None),
        ("2027-03-27T22:00", "2027-03-28T05:00"),  # the night in which the clock is put forward
        ("2027-10-30T22:00", "2027-10-31T06:00"),  # and back
    ],
)
def test_a_night_ends_at_its_time_in_its_zone(now: str, end: str | None) -> None:
    found = NIGHT.end(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found and found.isoformat()) == (end and f"{end}:00+00:00")


def test_hours_within_one_day() -> None:
    lunch = QuietHours(time(13), time(15), "UTC")
    assert lunch.end(datetime(2027, 1, 4, 14, tzinfo=UTC)) == datetime(2027, 1, 4, 15, tzinfo=UTC)
    assert lunch.end(datetime(2027, 1, 4, 12, tzinfo=UTC)) is None


def test_without_a_zone_it_is_this_computers() -> None:
    local = datetime(2027, 1, 4, 23, 30).astimezone()
    end = QuietHours(time(23), time(0, 30)).end(local)
    assert end is not None
    assert end.astimezone() == datetime(2027, 1, 5, 0, 30).astimezone()


def test_hours_are_read_from_words() -> None:
    assert quiet_hours(" 22:00 - 7:00 Europe/Madrid") == NIGHT
    assert quiet_hours("22:00-07:00") == QuietHours(time(22), time(7))
    assert quiet_hours("") is None


@pytest.mark.parametrize("said", ["22-7", "24:00-07:00", "22:00-22:00", "22:00-07:00 Mars/Olympus", "22:00-07:00 ../x"])
def test_what_says_no_hours_is_refused(said: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        quiet_hours(said)
