"""Turns: pages are made a few at a time, and nobody waits long for one that waits itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from time import perf_counter

import pytest

from core.process import turns
from tests.fixtures.processes import until


def test_a_few_have_a_turn_at_once_and_the_rest_follow() -> None:
    lock, go_on, now, most = Lock(), Event(), 0, 0

    def take() -> None:
        nonlocal now, most
        with turns.in_turn():
            with lock:
                now, most = now + 1, max(most, now + 1)
            go_on.wait(0.2)
            with lock:
                now -= 1

    with ThreadPoolExecutor(3 * turns.AT_ONCE) as threads:
        taken = [threads.submit(take) for _ in range(3 * turns.AT_ONCE)]
        assert until(lambda: now == turns.AT_ONCE, 5)
        for one in taken:
            one.result()
    assert most == turns.AT_ONCE


def test_a_part_of_a_page_takes_no_second_turn_and_an_error_gives_it_back() -> None:
    for _ in range(2 * turns.AT_ONCE):
        begun = perf_counter()
        with pytest.raises(ZeroDivisionError), turns.in_turn(), turns.in_turn(), turns.in_turn():
            raise ZeroDivisionError
        assert perf_counter() - begun < turns.PATIENCE


def test_nobody_waits_long_for_pages_that_wait_themselves() -> None:
    go_on, has_turn = Event(), []

    def wait() -> None:
        with turns.in_turn():
            has_turn.append(True)
            go_on.wait(20)

    with ThreadPoolExecutor(turns.AT_ONCE) as threads:
        slow = [threads.submit(wait) for _ in range(turns.AT_ONCE)]
        assert until(lambda: len(has_turn) == turns.AT_ONCE, 5)
        with turns.in_turn():
            assert not any(one.done() for one in slow)
        go_on.set()
