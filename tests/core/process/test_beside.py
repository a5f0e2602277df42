"""What takes its time is done beside the page, and its end is there for whoever looks again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from core.errors import DataError
from core.i18n import current_language, speaking
from core.process.beside import AT_ONCE, Beside, Stage
from tests.fixtures.processes import until

Report = Callable[[Stage, int], None]


def test_it_goes_on_beside_whoever_asked_for_it_in_their_language() -> None:
    go_on = Event()

    def work(report: Report) -> str:
        report("reading", 5)
        go_on.wait(10)
        return current_language()

    with speaking("es"):
        beside = Beside(work)
    assert until(lambda: beside.stage == "reading", 10)
    assert beside.count == 5
    assert not beside.is_done(0.01)
    go_on.set()
    assert beside.is_done(10)
    assert beside.result() == "es"


def test_what_it_raises_is_raised_where_the_result_is_asked_for() -> None:
    def work(_report: Report) -> None:
        raise DataError("It must be so.", "Make it so.")

    for _again in range(2):
        with pytest.raises(DataError, match="must be so"):
            Beside(work).result()


def test_what_nobody_waits_for_any_more_ends_where_it_says_next_how_far_it_is() -> None:
    goes_on, reached = Event(), []

    def work(report: Report) -> None:
        goes_on.wait(10)
        report("reading", 1)
        reached.append(1)

    beside = Beside(work)
    beside.let_go()
    goes_on.set()
    assert beside.is_done(10)
    assert not reached


def test_more_than_a_few_wait_for_their_turn() -> None:
    go_on, begun = Event(), []

    def work(_report: Report) -> None:
        begun.append(1)
        go_on.wait(10)

    works = [Beside(work) for _one in range(AT_ONCE + 1)]
    assert until(lambda: len(begun) == AT_ONCE, 10)
    assert [one.stage for one in works].count("waiting") == AT_ONCE + 1
    assert not works[-1].is_done(0.05)
    assert len(begun) == AT_ONCE
    go_on.set()
    assert all(one.is_done(10) for one in works)
    assert len(begun) == AT_ONCE + 1
