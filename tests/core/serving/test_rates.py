from __future__ import annotations

import pytest

from core.serving.rates import KEPT, MINUTE, Rates


def test_so_many_come_in_a_minute_and_no_more() -> None:
    clock = [1000.0]
    rates = Rates(100, lambda: clock[0])
    assert [rates.wait("a") for _ in range(100)] == [0.0] * 100
    assert rates.wait("a") > 0
    assert rates.wait("b") == 0.0


@pytest.mark.parametrize("began", [0.0, 17.0, 59.0])
def test_who_waits_as_long_as_is_said_may_ask_again(began: float) -> None:
    clock = [began]
    rates = Rates(10, lambda: clock[0])
    asked = 0
    while clock[0] < began + 10 * MINUTE:
        wait = rates.wait("a")
        assert wait >= 0
        asked += not wait
        clock[0] += wait + 0.001 if wait else 0.5
    assert 9 * 10 <= asked <= 11 * 10


def test_no_minute_has_many_more_than_are_allowed() -> None:
    clock, moments = [30.0], []
    rates = Rates(60, lambda: clock[0])
    while clock[0] < 600:
        if not rates.wait("a"):
            moments.append(clock[0])
        clock[0] += 0.1
    for begin in range(30, 540):
        assert sum(begin <= moment < begin + MINUTE for moment in moments) <= 2 * 60


def test_who_was_away_for_minutes_begins_anew() -> None:
    clock = [0.0]
    rates = Rates(2, lambda: clock[0])
    assert [rates.wait("a") > 0 for _ in range(3)] == [False, False, True]
    clock[0] = 2 * MINUTE
    assert [rates.wait("a") > 0 for _ in range(3)] == [False, False, True]


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    rates = Rates(1)
    for who in range(KEPT + 5):
        assert rates.wait(who) == 0.0
    assert len(rates._known) == KEPT
    assert rates.wait(0) == 0.0  # forgotten
    assert rates.wait(KEPT) > 0.0
