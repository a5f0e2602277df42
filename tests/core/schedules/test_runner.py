from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from core.errors import PizarraError
from core.schedules import runner as runner_module
from core.schedules.runner import AT_ONCE, Doing, Runner, Work
from core.schedules.schedules import Run, Schedules
from core.schedules.schedules_file import SchedulesFile
from core.schedules.told import Told
from core.schedules.when import When, when
from core.settings import ROOT
from tests.core.schedules.conftest import STORE, Clock
from tests.fixtures.actors import ANA
from tests.fixtures.processes import started, until

HOURLY = when("0 * * * *", "UTC")
HOUR = 3600.0
PATIENCE = 60.0


def well(doing: Doing) -> Told:
    return Told("Done for {who}.", {"who": doing.actor.name})


def badly(_doing: Doing) -> Told:
    raise PizarraError("There is no schedule called {name}.", "Look at the list of schedules again.", name="'x'")


def unforeseen(_doing: Doing) -> Told:
    raise KeyError("secret")


def until_unwanted(doing: Doing) -> Told:
    if doing.unwanted.wait(PATIENCE):
        raise InterruptedError
    return Told("Done.")


def deaf(doing: Doing) -> Told:
    time.sleep(doing.schedule.arguments["seconds"])
    return Told("Done.")


KINDS: dict[str, Work] = {"well": well, "badly": badly, "unforeseen": unforeseen, "wait": until_unwanted, "deaf": deaf}


@pytest.fixture
def runner(file: SchedulesFile, clock: Clock) -> Iterator[Runner]:
    made = Runner(file, lambda: STORE, KINDS, now=clock, pace=lambda: clock.pace)
    yield made
    made.close()


def ended(schedules: Schedules, number: int) -> Run:
    """Return the newest run of a schedule once it has ended."""
    assert until(lambda: [run.outcome for run in schedules.runs(number)][:1] not in ([], ["running"]), PATIENCE)
    return schedules.runs(number)[0]


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        ("well", "done", "Done for Ana."),
        ("badly", "failed", "There is no schedule called 'x'. Look at the list of schedules again."),
        ("unforeseen", "failed", "Something went wrong that nobody foresaw (KeyError); the log of the dashboard says"),
        ("unheard of", "failed", "This version of Pizarra knows nothing of the kind 'unheard of'."),
    ],
)
def test_what_comes_of_a_run_is_written_down_in_words(
    runner: Runner, schedules: Schedules, clock: Clock, kind: str, outcome: str, words: str
) -> None:
    made = schedules.make(ANA, "hourly", kind, {}, HOURLY)
    assert runner.look() == 0
    clock.go_on(HOUR)
    assert runner.look() == 1
    run = ended(schedules, made.number)
    assert run.outcome == outcome
    assert run.words.startswith(words)
    assert runner.look() == 0


def test_no_more_are_done_at_once_than_may_and_the_others_follow(
    runner: Runner, schedules: Schedules, clock: Clock
) -> None:
    made = [schedules.make(ANA, str(number), "wait", {}, HOURLY) for number in range(AT_ONCE + 1)]
    clock.go_on(HOUR)
    assert runner.look() == AT_ONCE
    assert runner.look() == 0
    runs = [run for one in made for run in schedules.runs(one.number)]
    schedules.stop_run(ANA, runs[0].number)
    clock.go_on(runner_module.HOLD_SECONDS)
    assert until(lambda: runner.look() == 1, PATIENCE)


def test_a_run_that_somebody_stops_ends_and_its_schedule_goes_on(
    runner: Runner, schedules: Schedules, clock: Clock
) -> None:
    made = schedules.make(ANA, "hourly", "wait", {}, HOURLY)
    clock.go_on(HOUR)
    runner.look()
    schedules.stop_run(ANA, schedules.runs(made.number)[0].number)
    clock.go_on(runner_module.HOLD_SECONDS)
    runner.look()
    run = ended(schedules, made.number)
    assert (run.outcome, run.words) == ("stopped", "Somebody stopped it.")
    clock.go_on(HOUR)
    assert until(lambda: runner.look() == 1, PATIENCE)


def test_what_was_done_before_anybody_could_stop_it_was_done(
    runner: Runner, schedules: Schedules, clock: Clock
) -> None:
    made = schedules.make(ANA, "hourly", "deaf", {"seconds": 0.3}, HOURLY)
    clock.go_on(HOUR)
    runner.look()
    schedules.stop_run(ANA, schedules.runs(made.number)[0].number)
    clock.go_on(runner_module.HOLD_SECONDS)
    runner.look()
    assert ended(schedules, made.number).outcome == "done"


@pytest.mark.parametrize("kind", ["wait", "deaf"])
def test_what_is_under_way_as_its_dashboard_ends_is_begun_again_by_the_next(
    file: SchedulesFile, schedules: Schedules, clock: Clock, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(runner_module, "ENDING_SECONDS", 0.2)
    made = schedules.make(ANA, "hourly", kind, {"seconds": 2.0}, HOURLY)
    clock.go_on(HOUR)
    one, other = (Runner(file, lambda: STORE, KINDS, now=clock) for _number in range(2))
    assert one.look() == 1
    one.close()
    run = schedules.runs(made.number)[0]
    assert (run.outcome, run.words) == ("died", "The dashboard ended before this was done.")
    assert other.look() == 1
    assert schedules.runs(made.number)[0].attempt == 2
    other.close()


def test_it_looks_anew_only_where_something_may_be_due(
    runner: Runner, schedules: Schedules, file: SchedulesFile, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    rows = file.rows

    def counting(query: str, values: object = ()) -> list[tuple[object, ...]]:
        read.append(query)
        return rows(query, values)  # type: ignore[arg-type]

    monkeypatch.setattr(file, "rows", counting)
    monkeypatch.setattr(runner_module, "HOLD_SECONDS", 1e9)
    schedules.make(ANA, "hourly", "well", {}, HOURLY)
    runner.look()
    read.clear()
    for _second in range(60):
        clock.go_on(1)
        runner.look()
    assert read == ["pragma data_version"] * 60


def test_the_thread_goes_on_through_trouble_and_sees_what_is_changed_meanwhile(
    file: SchedulesFile, schedules: Schedules, clock: Clock, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(runner_module, "LOOK_SECONDS", 0.01)
    trouble: list[Exception] = [RuntimeError("no idea"), PizarraError("There is no schedule called {name}.", name="x")]
    looked = Event()

    def store() -> str:
        if trouble:
            looked.set()
            raise trouble[0]
        return STORE

    runner = Runner(file, store, KINDS, now=clock)
    runner.start()
    runner.start()  # once
    for _trouble in range(2):
        looked.clear()
        assert looked.wait(PATIENCE)
        looked.clear()
        assert looked.wait(PATIENCE)
        trouble.pop(0)
    made = schedules.make(ANA, "hourly", "well", {}, HOURLY)
    clock.go_on(HOUR)
    assert ended(schedules, made.number).outcome == "done"
    said = [record.message for record in caplog.records]
    assert said == ["Schedules cannot be looked at", "Schedules cannot be looked at: There is no schedule called x."]
    runner.close()


# Real processes


class Dashboards:
    """Processes that carry out the schedules of one folder."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.file = folder, folder / "noted.txt"
        self._stack = stack

    def prepared(self) -> subprocess.Popen[str]:
        """Return one that is ready to begin."""
        command = [sys.executable, "-m", "tests.fixtures.scheduled", str(self.folder), STORE]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
        process = self._stack.enter_context(started(command, **streams))
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    def started(self, count: int = 1) -> list[subprocess.Popen[str]]:
        """Return some that have begun at once."""
        processes = [self.prepared() for _number in range(count)]
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        return processes

    def lines(self, what: str) -> list[list[str]]:
        """Return what was noted of runs that have begun, or ended: schedule, planned, attempt, process."""
        text = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        return [line.split()[1:] for line in text.splitlines() if line.startswith(what)]


@contextmanager
def dashboards(folder: Path) -> Iterator[Dashboards]:
    with ExitStack() as stack:
        yield Dashboards(folder, stack)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Schedules]]:
    """Return a function that makes schedules so many seconds ago."""
    files = []

    def make(count: int, chosen: When, ago: float, **arguments: float) -> Schedules:
        files.append(SchedulesFile(tmp_path))
        then = Schedules(files[-1], STORE, now=lambda: time.time() - ago)
        given = {"file": str(tmp_path / "noted.txt"), **arguments}
        for number in range(count):
            then.make(ANA, f"s{number}", "note", given, chosen)
        return Schedules(files[-1], STORE)

    yield make
    for file in files:
        file.close()


def test_two_dashboards_race_for_fifty_runs_and_each_is_done_once(
    tmp_path: Path, made: Callable[..., Schedules]
) -> None:
    schedules = made(50, when("30 2 * * *", "UTC"), ago=3 * 86400)
    with dashboards(tmp_path) as both:
        processes = both.started(2)
        assert until(lambda: len(both.lines("ended")) >= 50, PATIENCE)
        for process in processes:
            process.communicate()
    assert Counter(line[0] for line in both.lines("begun")) == {f"s{number}": 1 for number in range(50)}
    assert len(both.lines("ended")) == 50
    runs = [run for one in schedules.all() for run in schedules.runs(one.number)]
    assert {(run.outcome, run.missed, run.attempt, run.is_late) for run in runs} == {("done", 3, 1, True)}
    assert len(runs) == 50
    # Whose time will come is none of theirs: at any time of day three nights were missed
    assert {run.planned.date() for run in runs} <= {(datetime.now(UTC) - timedelta(days=one)).date() for one in (0, 1)}


def test_a_run_whose_dashboard_is_killed_is_said_to_have_died_and_is_done_by_the_other(
    tmp_path: Path, made: Callable[..., Schedules]
) -> None:
    schedules = made(1, HOURLY, ago=2 * HOUR, seconds=PATIENCE)
    with dashboards(tmp_path) as both:
        [first] = both.started()
        assert until(lambda: len(both.lines("begun")) == 1, PATIENCE)
        [other] = both.started()
        first.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        first.wait()
        assert until(lambda: len(both.lines("begun")) == 2, PATIENCE)
        (_one, planned, _1, pid), (_same, again, attempt, by) = both.lines("begun")
        assert (planned, attempt) == (again, "2")
        assert (pid, by) == (str(first.pid), str(other.pid))
        running, died = schedules.runs(1)
        assert (running.outcome, died.outcome, died.attempt) == ("running", "died", 1)
        schedules.stop_run(ANA, running.number)
        assert ended(schedules, 1).outcome == "stopped"
        other.communicate()
    assert both.lines("ended") == []


def test_a_night_on_which_no_dashboard_ran_is_made_up_for_once_when_one_starts(
    tmp_path: Path, made: Callable[..., Schedules]
) -> None:
    schedules = made(1, when("* * * * *", "UTC"), ago=8 * HOUR)
    with dashboards(tmp_path) as both:
        processes = both.started(2)
        assert until(lambda: len(both.lines("ended")) == 1, PATIENCE)
        for process in processes:
            process.communicate()
    first = schedules.runs(1)[-1]
    assert (first.outcome, first.is_late) == ("done", True)
    assert 475 <= first.missed <= 485
    assert len(both.lines("begun")) == len(schedules.runs(1)) <= 2  # a minute may have begun meanwhile
