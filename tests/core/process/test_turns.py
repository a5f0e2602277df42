"""Turns: pages are made one after the other, and nobody waits long for one that waits itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import perf_counter, sleep

import pytest

from core.process import turns
from tests.fixtures.processes import until


def test_who_came_first_is_served_first_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 60.0)
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    go_on, served, now = Event(), list[int](), list[int]()

    def take(place: int) -> None:
        with turns.in_turn():
            now.append(place)
            served.append(place)
            go_on.wait(20)
            assert now == [place]
            now.remove(place)

    with ThreadPoolExecutor(8) as threads:
        taken = []
        for place in range(8):
            taken.append(threads.submit(take, place))
            sleep(0.05)
        assert served == [0]
        go_on.set()
        for one in taken:
            one.result()
    assert served == list(range(8))


def test_a_part_of_a_page_takes_no_second_turn_and_an_error_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 60.0)
    begun = perf_counter()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.in_turn(), turns.in_turn(), turns.in_turn():
            raise ZeroDivisionError
    assert perf_counter() - begun < 60


@pytest.mark.long
def test_nobody_waits_long_for_pages_that_wait_themselves_and_the_order_stays() -> None:
    go_on, has_turn, served = Event(), list[bool](), list[int]()

    def wait() -> None:
        with turns.in_turn():
            has_turn.append(True)
            go_on.wait(20)

    def take(place: int) -> None:
        with turns.in_turn():
            served.append(place)

    with ThreadPoolExecutor(12) as threads:
        slow = [threads.submit(wait) for _ in range(4)]
        assert until(lambda: len(has_turn) == 4, 20)
        for place in range(8):
            threads.submit(take, place)
            sleep(0.05)
        assert until(lambda: len(served) == 8, 20)
        assert not any(one.done() for one in slow)
        go_on.set()
    assert served == list(range(8))
    with turns.in_turn():  # who took long and comes back late takes nobody's turn away
        assert [one.result() for one in slow] == [None] * 4


def test_nobody_waits_longer_than_one_is_patient_however_many_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 60.0)
    monkeypatch.setattr(turns, "PATIENCE", 0.3)
    go_on, has_turn = Event(), list[bool]()

    def wait() -> None:
        with turns.in_turn():
            has_turn.append(True)
            go_on.wait(20)

    with ThreadPoolExecutor(6) as threads:
        slow = [threads.submit(wait) for _ in range(6)]
        assert until(lambda: len(has_turn) == 6, 10)
        assert not any(one.done() for one in slow)
        go_on.set()
