from __future__ import annotations

from collections.abc import Iterable

import pytest

from core.errors import TrainingError
from core.training.execution import Job
from core.training.line import Line, Pending
from tests.fixtures.slow_task import TASK


def runs(visitor: str, *ids: str) -> list[Pending]:
    return [Pending(Job("sqlite://", run_id, TASK, "slow", {}), None, visitor) for run_id in ids]


def ids(pending: Iterable[Pending]) -> str:
    return "".join(one.job.run_id for one in pending)


def test_visitors_take_turns_and_each_has_an_order_of_its_own() -> None:
    line = Line(9, 99)
    line.add(runs("Ana", *"abcd"))
    line.add(runs("Luz", *"xy"))
    line.add(runs("Eva", "k"))
    assert ids(line.waiting()) == "axkbycd"


def test_who_has_runs_at_the_workers_waits_for_who_has_none() -> None:
    line = Line(9, 99)
    line.add(runs("Ana", *"abc"))
    assert ids(line.take(2)) == "ab"
    line.add(runs("Luz", *"xyz"))
    assert ids(line.waiting()) == "xycz"


def test_no_more_are_taken_than_there_are_places_for() -> None:
    line = Line(9, 99)
    line.add(runs("Ana", *"abcde"))
    assert ids(line.take(2)) == "ab"
    assert line.take(2) == []
    assert line.remove("b")
    assert ids(line.take(2)) == "c"
    assert line.take(1) == []  # workers were lost
    assert ids(line.take()) == "de"
    assert ids(line.runs()) == "acde"


def test_a_run_that_is_being_stopped_is_not_taken() -> None:
    line = Line(9, 99)
    line.add(runs("Ana", *"ab"))
    stopped = line.get("a")
    assert stopped is not None
    stopped.is_stopping = True
    assert ids(line.take()) == "b"
    assert not line.remove("b")
    assert line.get("b") is None


def test_a_visitor_has_so_many_runs_with_those_that_are_being_launched() -> None:
    line = Line(2, 99)
    line.add(runs("Ana", "a"))
    with line.room_for("Ana"), line.room_for("Luz"), line.room_for("Luz"):
        for full in ("Ana", "Luz"):
            with (
                pytest.raises(TrainingError, match="may have 2 runs that wait or are being trained"),
                line.room_for(full),
            ):
                pass
    with line.room_for("Ana"):
        pass


def test_all_visitors_together_have_so_many_runs_with_those_that_are_being_launched() -> None:
    line = Line(2, 3)
    line.add(runs("Ana", "a"))
    with (
        line.room_for("Ana"),
        line.room_for("Luz"),
        pytest.raises(TrainingError, match="All visitors together may have 3 runs"),
        line.room_for("Eva"),
    ):
        pass
    with line.room_for("Eva"):
        pass
