from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from core.errors import PizarraError
from core.schedules.when import MOST_COUNTED, When, checked_zone, when
from tests.fixtures.draws import draws

MADRID = "Europe/Madrid"
FORWARD, BACK = datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 10, 30, 12, tzinfo=UTC)  # a day before


def at(cron: str, start: datetime, count: int, zone: str = MADRID) -> list[str]:
    """Return the first moments after one, as a clock on the wall and its distance from UTC show them."""
    found = islice(when(cron, zone).after(start), count)
    return [f"{moment.astimezone(ZoneInfo(zone)):%d %H:%M%z}" for moment in found]


def test_what_a_night_leaves_out_is_done_as_the_clock_has_been_put_forward() -> None:
    assert at("30 2 * * *", FORWARD, 3) == ["28 03:00+0200", "29 02:30+0200", "30 02:30+0200"]


def test_what_a_night_has_twice_is_done_the_first_time_alone() -> None:
    assert at("30 2 * * *", BACK, 3) == ["31 02:30+0200", "01 02:30+0100", "02 02:30+0100"]


def test_what_is_done_every_hour_keeps_its_pace_in_both_nights() -> None:
    assert at("0 * * * *", FORWARD + timedelta(hours=11, minutes=30), 3) == [
        "28 01:00+0100",
        "28 03:00+0200",
        "28 04:00+0200",
    ]
    assert at("0 * * * *", BACK + timedelta(hours=11, minutes=30), 4) == [
        "31 02:00+0200",
        "31 02:00+0100",
        "31 03:00+0100",
        "31 04:00+0100",
    ]


def test_within_an_hour_that_comes_again_nothing_is_planned_in_the_past() -> None:
    """Neither in the first 02:10 nor in the second: there the library would say 02:30, which has been."""
    first = datetime(2027, 10, 31, 0, 10, tzinfo=UTC)
    assert at("30 2 * * *", first, 1) == ["31 02:30+0200"]
    assert at("30 2 * * *", first + timedelta(hours=1), 1) == ["01 02:30+0100"]


@pytest.mark.part(3)
@pytest.mark.parametrize("cron", ["30 2 * * *", "15,45 1-3 * * *", "*/20 0-4 * * *", "5 */2 * * *"])
@pytest.mark.parametrize("zone", [MADRID, "America/Santiago", "Africa/Cairo", "UTC"])
@pytest.mark.parametrize("day", [FORWARD, BACK, datetime(2027, 4, 29, 12, tzinfo=UTC)], ids=str)
def test_wherever_one_begins_to_look_the_moments_are_the_same(cron: str, zone: str, day: datetime) -> None:
    chosen, ends = when(cron, zone), day + timedelta(days=2)
    all_of_them = [one for one in islice(chosen.after(day), 150) if one <= ends]
    assert all_of_them == sorted(set(all_of_them))
    for minutes in range(9 * 60, 16 * 60, 25):  # from shortly before any of these nights changes its clock
        begin = day + timedelta(minutes=minutes)
        assert chosen.next(begin) == next(one for one in all_of_them if one > begin)
        earlier = [one for one in all_of_them if one <= begin]
        assert chosen.latest(day, begin) == (earlier[-1] if earlier else None)
        assert chosen.count(day, begin) == len(earlier)


def test_after_a_long_sleep_the_last_moment_is_found_and_what_was_missed_is_counted_so_far_as_that_tells() -> None:
    since = datetime(2027, 1, 1, tzinfo=UTC)
    until = since + timedelta(days=31)
    assert when("* * * * *", "UTC").latest(since, until) == until
    assert when("* * * * *", "UTC").count(since, until) == MOST_COUNTED
    assert when("0 6 * * MON", "UTC").count(since, until) == 4
    assert when("0 6 1 1 *", "UTC").latest(until, until + timedelta(days=300)) is None


def test_monday_is_one_as_in_cron() -> None:
    assert at("0 6 * * 1", datetime(2027, 1, 1, tzinfo=UTC), 1, "UTC") == ["04 06:00+0000"]
    assert datetime(2027, 1, 4, tzinfo=UTC).weekday() == 0


def test_the_last_day_of_the_month_is_one_that_it_has() -> None:
    assert at("0 6 L * *", datetime(2027, 2, 1, tzinfo=UTC), 2, "UTC") == ["28 06:00+0000", "31 06:00+0000"]


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("60 2 * * *", r"The minute of a schedule must be 0 to 59, but this one is '60 2 \* \* \*'.*Write for example"),
        ("0 24 * * *", "The hour of a schedule must be 0 to 23"),
        ("0 6 32 * *", "The day of the month of a schedule must be 1 to 31, or L"),
        ("0 6 30 2 *", "The day of the month of a schedule must be 1 to 31, or L for the last, and one that the month"),
        ("0 6 * 13 *", "The month of a schedule must be 1 to 12"),
        ("0 6 * * 8", "The day of the week of a schedule must be 0 to 7"),
        ("0 6 * *", "is said in a few words or in five fields of cron, but this is '0 6"),
        ("0 0 6 * * *", "is said in a few words or in five fields of cron"),
        ("", "is said in a few words or in five fields of cron, but this is ''"),
        ("0" * 500 + " * * * *", "is said in a few words or in five fields of cron"),
        ("*/0 * * * *", "The minute of a schedule must be"),
        ("٣ * * * *", "The minute of a schedule must be"),
    ],
)
def test_fields_that_are_wrong_are_refused_with_what_they_may_be(cron: str, said: str) -> None:
    with pytest.raises(PizarraError, match=said):
        when(cron, "UTC")


def test_whatever_is_written_is_a_schedule_that_comes_or_is_refused() -> None:
    draw = random.Random(18)  # noqa: S311 - no secret
    for _try in range(draws(2000, part=4)):
        text = " ".join("".join(draw.choices("0123456789*/,-L#WMON", k=draw.randint(1, 4))) for _field in range(5))
        try:
            chosen = when(text, "UTC")
        except PizarraError:
            continue
        assert chosen.next(datetime(2027, 1, 1, tzinfo=UTC)) is not None


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "Europe", "/etc/localtime", "a" * 5000])
def test_a_time_zone_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(PizarraError, match=r"there is none called .*Europe/Madrid or America/Mexico_City"):
        checked_zone(name)


def test_a_schedule_is_the_same_however_it_is_written() -> None:
    assert when(" 0 6  * jan  mon ", "UTC") == When("0 6 * JAN MON", "UTC")
