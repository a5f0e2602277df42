from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread

import pytest

from core.schedules import claims as claims_module
from core.schedules.claims import GRACE, LEASE, Claims, Plan
from core.schedules.schedules import Run, Schedule, Schedules
from core.schedules.schedules_file import SchedulesFile
from core.schedules.told import Told
from core.schedules.when import when
from tests.core.schedules.conftest import MONDAY, STORE, Clock
from tests.fixtures.actors import ANA

HOUR, DAY = 3600.0, 86400.0
DONE = Told("Done.")


@pytest.fixture
def process(file: SchedulesFile, clock: Clock) -> Callable[[str], Claims]:
    """Return the claims of a process by its name."""
    return lambda who: Claims(file, who, now=clock, pace=lambda: clock.pace)


@pytest.fixture
def one(process: Callable[[str], Claims]) -> Claims:
    return process("one")


@pytest.fixture
def hourly(schedules: Schedules) -> Schedule:
    return schedules.make(ANA, "hourly", "note", {}, when("0 * * * *", "UTC"))


def due(claims: Claims) -> list[Plan]:
    return claims.due(STORE)[0]


def begin(claims: Claims) -> Run:
    """Claim the one thing that is due."""
    [plan] = due(claims)
    run = claims.claim(plan)
    assert run is not None
    return run


def give_up(claims: Claims, clock: Clock) -> None:
    """Wait as long as nobody does who holds a run."""
    clock.go_on(LEASE + 1)
    claims.bury()
    clock.go_on(GRACE)
    assert claims.bury() == 1


def hours(run: Run) -> float:
    """Return how long after the beginning of the test a run was planned."""
    return (run.planned - MONDAY).total_seconds() / HOUR


def test_nothing_is_due_before_its_time_and_one_knows_when_it_will_be(
    one: Claims, hourly: Schedule, clock: Clock
) -> None:
    clock.go_on(HOUR - 1)
    assert one.due(STORE) == ([], MONDAY.timestamp() + HOUR)
    clock.go_on(1)
    assert [plan.schedule for plan in due(one)] == [hourly]
    assert one.due("sqlite:///another.db") == ([], float("inf"))


@pytest.mark.usefixtures("hourly")
def test_each_plan_is_carried_out_once(one: Claims, schedules: Schedules, clock: Clock) -> None:
    for _hour in range(3):
        clock.go_on(HOUR)
        run = begin(one)
        assert not due(one)
        one.end(run, "done", DONE)
        assert not due(one)
    runs = schedules.runs(run.schedule)
    assert [(hours(run), run.missed, run.is_late, run.words) for run in runs] == [
        (3, 1, False, "Done."), (2, 1, False, "Done."), (1, 1, False, "Done."),
    ]  # fmt: skip


@pytest.mark.usefixtures("hourly")
def test_after_a_sleep_there_is_one_late_run_for_all_that_was_missed(one: Claims, clock: Clock) -> None:
    clock.go_on(9.5 * HOUR)
    run = begin(one)
    assert (hours(run), run.missed, run.is_late) == (9, 9, True)
    one.end(run, "done", DONE)
    assert not due(one)
    clock.go_on(0.5 * HOUR)
    assert hours(begin(one)) == 10


@pytest.mark.usefixtures("hourly")
def test_one_that_was_begun_late_says_so(one: Claims, clock: Clock) -> None:
    clock.go_on(HOUR + 61)
    assert begin(one).is_late


def test_a_night_that_was_slept_through_is_made_up_for_in_the_morning(
    one: Claims, schedules: Schedules, clock: Clock
) -> None:
    schedules.make(ANA, "nightly", "note", {}, when("30 2 * * *", "Europe/Madrid"))
    clock.set(datetime(2027, 1, 5, 7, 0, tzinfo=UTC))
    run = begin(one)
    assert run.planned == datetime(2027, 1, 5, 1, 30, tzinfo=UTC)
    assert run.is_late
    one.end(run, "done", DONE)
    assert not due(one)
    clock.set(datetime(2027, 1, 6, 1, 30, tzinfo=UTC))
    assert begin(one).missed == 1


@pytest.mark.parametrize("night", [datetime(2027, 3, 27, 20, tzinfo=UTC), datetime(2027, 10, 30, 20, tzinfo=UTC)])
def test_in_both_nights_of_a_clock_change_what_is_at_half_past_two_is_done_once(
    one: Claims, schedules: Schedules, clock: Clock, night: datetime
) -> None:
    clock.set(night)
    nightly = schedules.make(ANA, "nightly", "note", {}, when("30 2 * * *", "Europe/Madrid"))
    for _ten_minutes in range(16 * 6):
        clock.go_on(600)
        for plan in due(one):
            run = one.claim(plan)
            assert run is not None
            one.end(run, "done", DONE)
    assert len(schedules.runs(nightly.number)) == 1


def test_what_was_turned_off_or_put_off_meanwhile_was_not_missed(
    one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock
) -> None:
    schedules.turn(ANA, hourly.number, on=False)
    clock.go_on(5.5 * HOUR)
    assert one.due(STORE) == ([], float("inf"))
    schedules.turn(ANA, hourly.number, on=True)
    assert not due(one)
    clock.go_on(3 * HOUR)
    schedules.change(ANA, hourly.number, when("30 * * * *", "UTC"))
    assert not due(one)
    clock.go_on(HOUR)
    assert hours(begin(one)) == 9.5


@pytest.mark.usefixtures("hourly")
def test_a_schedule_is_carried_out_by_one_at_a_time_and_what_comes_meanwhile_follows_once(
    process: Callable[[str], Claims], one: Claims, clock: Clock
) -> None:
    clock.go_on(HOUR)
    run = begin(one)
    for _hour in range(3):
        clock.go_on(HOUR)
        assert one.hold(run).is_ours
        assert not due(process("two"))
    one.end(run, "done", DONE)
    follows = begin(process("two"))
    assert (hours(follows), follows.missed) == (4, 3)


@pytest.mark.usefixtures("hourly")
def test_of_many_that_claim_a_run_at_once_one_has_it(tmp_path: Path, clock: Clock) -> None:
    clock.go_on(HOUR)
    barrier, got = Barrier(8), []

    def claim(number: int) -> None:
        file = SchedulesFile(tmp_path / "cache")
        claims = Claims(file, str(number), now=clock)
        [plan] = due(claims)
        barrier.wait()
        got.append(claims.claim(plan))
        file.close()

    threads = [Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert sum(run is not None for run in got) == 1


@pytest.mark.usefixtures("hourly")
def test_who_saw_less_missed_than_another_has_claimed_meanwhile_gets_nothing(
    process: Callable[[str], Claims], one: Claims, clock: Clock
) -> None:
    """Both look around the full hour: one sees the second plan already. Together they are one run."""
    clock.go_on(2 * HOUR - 1)
    [before] = due(one)
    clock.go_on(2)
    two = process("two")
    run = begin(two)
    assert run.missed == 2
    two.end(run, "done", DONE)
    assert one.claim(before) is None


@pytest.mark.parametrize("deed", ["turn", "change", "remove"])
def test_what_somebody_changed_between_looking_and_claiming_is_not_begun(
    one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock, deed: str
) -> None:
    clock.go_on(HOUR)
    [plan] = due(one)
    if deed == "turn":
        schedules.turn(ANA, hourly.number, on=False)
    elif deed == "change":
        schedules.change(ANA, hourly.number, when("30 * * * *", "UTC"))
    else:
        schedules.remove(ANA, hourly.number)
    assert one.claim(plan) is None


def test_one_that_died_is_begun_again_as_often_as_it_may(
    process: Callable[[str], Claims], one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock
) -> None:
    clock.go_on(HOUR)
    first = begin(one)
    clock.go_on(LEASE + 1)
    two = process("two")
    assert two.bury() == 0  # this computer may have slept: its programs renew their leases first
    clock.go_on(GRACE)
    assert two.bury() == 1
    again = begin(two)
    assert (again.planned, again.attempt) == (first.planned, 2)
    give_up(one, clock)
    assert not due(one)
    runs = schedules.runs(hourly.number)
    assert [(run.attempt, run.outcome, run.words) for run in runs] == [
        (2, "died", "The program that did this ended before it was done."),
        (1, "died", "The program that did this ended before it was done."),
    ]


def test_one_that_must_not_be_begun_again_is_not(
    process: Callable[[str], Claims], one: Claims, schedules: Schedules, clock: Clock
) -> None:
    schedules.make(ANA, "once", "note", {}, when("0 * * * *", "UTC"), attempts=1)
    clock.go_on(HOUR)
    one.end(begin(one), "died", DONE)
    assert not due(process("two"))


@pytest.mark.usefixtures("hourly")
def test_what_failed_or_was_stopped_is_not_begun_again_before_its_next_time(one: Claims, clock: Clock) -> None:
    clock.go_on(HOUR)
    one.end(begin(one), "failed", DONE)
    assert not due(one)
    clock.go_on(HOUR)
    one.end(begin(one), "stopped", DONE)
    assert not due(one)


@pytest.mark.usefixtures("hourly")
def test_what_died_is_not_begun_again_where_its_next_time_has_come(one: Claims, clock: Clock) -> None:
    clock.go_on(HOUR)
    one.end(begin(one), "died", DONE)
    clock.go_on(HOUR)
    run = begin(one)
    assert (hours(run), run.attempt) == (2, 1)


@pytest.mark.usefixtures("hourly")
def test_a_process_that_slept_with_its_computer_keeps_its_run(
    process: Callable[[str], Claims], one: Claims, clock: Clock
) -> None:
    clock.go_on(HOUR)
    run = begin(one)
    clock.seconds += 8 * HOUR  # and the steady clock stands still meanwhile
    two = process("two")
    assert two.bury() == 0
    clock.go_on(GRACE / 2)
    assert one.hold(run).is_ours
    clock.go_on(GRACE)
    assert two.bury() == 0
    assert one.end(run, "done", DONE)


def test_who_was_given_up_learns_that_a_run_is_not_its_own_any_more(
    process: Callable[[str], Claims], one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock
) -> None:
    clock.go_on(HOUR)
    run = begin(one)
    give_up(process("two"), clock)
    assert not one.hold(run).is_ours
    assert not one.end(run, "done", DONE)
    assert schedules.runs(hourly.number)[0].outcome == "died"


@pytest.mark.usefixtures("hourly")
def test_a_clock_that_is_put_back_neither_repeats_a_run_nor_keeps_a_dead_one_alive(
    process: Callable[[str], Claims], one: Claims, clock: Clock
) -> None:
    clock.go_on(HOUR)
    begin(one)
    clock.go_on(-5 * HOUR)
    two = process("two")
    assert not due(two)
    two.bury()
    clock.go_on(GRACE)
    assert two.bury() == 1
    clock.go_on(5 * HOUR)
    assert begin(two).attempt == 2


def test_a_clock_that_was_far_ahead_once_does_not_silence_a_schedule(
    one: Claims, hourly: Schedule, clock: Clock
) -> None:
    clock.go_on(1000 * DAY)
    ahead = begin(one)
    clock.go_on(-999 * DAY)
    [plan] = due(one)
    assert one.claim(plan) is None  # the other is under way
    one.end(ahead, "done", DONE)
    run = begin(one)
    assert run.schedule == hourly.number
    assert hours(run) == 24


def test_what_somebody_asks_for_is_done_at_once_and_its_next_time_stays(
    one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock
) -> None:
    clock.go_on(0.5 * HOUR)
    schedules.ask(ANA, hourly.number)
    run = begin(one)
    assert (run.missed, run.is_late) == (0, False)
    one.end(run, "done", DONE)
    assert one.due(STORE) == ([], MONDAY.timestamp() + HOUR)
    schedules.turn(ANA, hourly.number, on=False)
    clock.go_on(1)
    schedules.ask(ANA, hourly.number)
    one.end(begin(one), "done", DONE)
    assert not due(one)


def test_somebody_can_want_the_end_of_a_run(one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock) -> None:
    clock.go_on(HOUR)
    run = begin(one)
    assert one.hold(run).is_wanted
    schedules.stop_run(ANA, run.number)
    assert one.hold(run).is_ours
    assert not one.hold(run).is_wanted
    assert schedules.runs(hourly.number)[0].stopping


def test_a_run_whose_schedule_is_removed_is_not_wanted(
    one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock
) -> None:
    clock.go_on(HOUR)
    run = begin(one)
    schedules.remove(ANA, hourly.number)
    assert not one.hold(run).is_wanted
    assert not one.end(run, "done", DONE)


def test_the_newest_runs_are_kept(
    one: Claims, schedules: Schedules, hourly: Schedule, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims_module, "KEPT", 3)
    for _hour in range(6):
        clock.go_on(HOUR)
        one.end(begin(one), "done", DONE)
    assert [hours(run) for run in schedules.runs(hourly.number)] == [6, 5, 4]
