"""The table of schedules of a store: what is to be done by itself, when, by whose word, and what came of it."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from core.access import Actor
from core.errors import PizarraError
from core.foreign_json import read_json
from core.i18n import N_
from core.passwords import without_password
from core.schedules.schedules_file import SchedulesFile
from core.schedules.told import from_text
from core.schedules.when import When

# died: the program that did it ended before it was done; stopped: somebody wanted its end
Outcome = Literal["running", "done", "failed", "died", "stopped"]
LONGEST_NAME, LONGEST_ARGUMENTS = 80, 4000  # characters
ATTEMPTS, MOST_ATTEMPTS = 2, 5  # how often what died is begun: unless somebody says otherwise, and at most
LATE = 60.0  # seconds after its time from which on a run is called late
SHOWN = 20  # runs


@dataclass(frozen=True)
class Schedule:
    """Something to be done by itself; ``attempts`` is how often it is begun where its program dies before the end.

    ``arguments`` are what the ``kind`` asks for. Plans count after ``since``: when it was made, changed or turned on.
    ``asked`` is when somebody last wanted it done at once.
    """

    number: int
    name: str
    kind: str
    arguments: Mapping[str, Any]
    when: When
    made: datetime
    by: str
    is_on: bool
    since: datetime
    asked: datetime | None
    attempts: int
    version: int

    def next(self, now: datetime) -> datetime | None:
        """Return when it is done next, in UTC; None where it is turned off."""
        return self.when.next(now) if self.is_on else None


@dataclass(frozen=True)
class Run:
    """One time that a schedule was carried out, for ``missed`` of its plans; for none where somebody asked for it."""

    number: int
    schedule: int
    planned: datetime
    attempt: int
    missed: int
    claimed_by: str
    started: datetime
    ended: datetime | None
    outcome: Outcome
    stopping: bool
    kept: str

    @property
    def words(self) -> str:
        """What came of it, in the reader's language."""
        return from_text(self.kept)

    @property
    def is_late(self) -> bool:
        """Tell whether it was begun well after its time, or stands for others that were missed."""
        return self.missed > 1 or (self.started - self.planned).total_seconds() > LATE


class Schedules:
    """The schedules of a store in a file that all dashboards of a folder share; ``now`` is a clock (seconds)."""

    def __init__(self, file: SchedulesFile, store_uri: str, now: Callable[[], float] = time.time) -> None:
        self._file, self._store, self._now = file, without_password(store_uri), now

    def make(
        self,
        actor: Actor,
        name: str,
        kind: str,
        arguments: Mapping[str, Any],
        when: When,
        *,
        attempts: int = ATTEMPTS,
    ) -> Schedule:
        """Have something done by itself from now on; ``attempts`` is 1 where what died must not be begun again.

        Raises:
            PizarraError: ``actor`` may not, or the name is none or is another schedule's.
        """
        actor.check("schedule")
        name, text = _checked_name(name), _checked_arguments(arguments)
        now = self._now()
        values = (self._store, name, kind, text, when.cron, when.zone, now, actor.name, now, _checked(attempts))
        try:
            self._file.write_rows(
                "insert into schedules (store, name, kind, arguments, cron, zone, made, by, since, attempts) "
                "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        except sqlite3.IntegrityError as error:
            raise PizarraError(
                N_("Each schedule has a name of its own, but there is one called {name} already."),
                N_("Choose another name, or end that schedule first."),
                name=repr(name),
            ) from error
        return self.named(name)

    def change(self, actor: Actor, number: int, when: When) -> None:
        """Have something done at other times; what was missed until now is not made up for.

        Raises:
            PizarraError: ``actor`` may not, or there is no such schedule.
        """
        actor.check("schedule")
        self._change(number, "cron = ?, zone = ?, since = ?", (when.cron, when.zone, self._now()))

    def turn(self, actor: Actor, number: int, *, on: bool) -> None:
        """Turn a schedule on or off; what would have been done meanwhile was not missed, and a run goes on to its end.

        Raises:
            PizarraError: ``actor`` may not, or there is no such schedule.
        """
        actor.check("schedule")
        self._change(number, "is_on = ?, since = ?, asked = null", (int(on), self._now()))

    def ask(self, actor: Actor, number: int) -> None:
        """Have a schedule carried out at once by whichever dashboard looks first, also one that is turned off.

        Raises:
            PizarraError: ``actor`` may not, or there is no such schedule.
        """
        actor.check("schedule")
        self._change(number, "asked = ?", (self._now(),))

    def remove(self, actor: Actor, number: int) -> None:
        """End a schedule and forget its runs; one that is under way is stopped.

        Raises:
            PizarraError: ``actor`` may not, or there is no such schedule.
        """
        actor.check("schedule")
        if not self._file.write_rows("delete from schedules where number = ? and store = ?", (number, self._store)):
            raise _gone()
        self._file.write_rows("delete from runs where schedule = ?", (number,))

    def stop_run(self, actor: Actor, number: int) -> None:
        """Want the end of a run that is under way, in whichever process; its schedule goes on.

        Raises:
            PizarraError: ``actor`` may not, or the run has ended.
        """
        actor.check("schedule")
        wanted = "update runs set stopping = 1 where number = ? and outcome = 'running'"
        if not self._file.write_rows(wanted, (number,)):
            raise PizarraError(N_("This run has ended already."), N_("Look at its schedule again."))

    def all(self) -> list[Schedule]:
        """Return the schedules, by name.

        Raises:
            PizarraError: the file cannot be read.
        """
        rows = self._file.rows(f"{SELECTED} where store = ? order by name", (self._store,))
        return [schedule_of(row) for row in rows]

    def named(self, name: str) -> Schedule:
        """Return the schedule called ``name``.

        Raises:
            PizarraError: there is none.
        """
        rows = self._file.rows(f"{SELECTED} where store = ? and name = ?", (self._store, name.strip()))
        if not rows:
            raise PizarraError(
                N_("There is no schedule called {name}."),
                N_("Look at the list of schedules again."),
                name=repr(name[: 2 * LONGEST_NAME]),
            )
        return schedule_of(rows[0])

    def runs(self, number: int, most: int = SHOWN) -> list[Run]:
        """Return the runs of a schedule, the newest first.

        Raises:
            PizarraError: the file cannot be read.
        """
        rows = self._file.rows(f"{RUN_SELECTED} where schedule = ? order by number desc limit ?", (number, most))
        return [run_of(row) for row in rows]

    def state(self) -> int:
        """Return a number that is the same as long as nobody has changed anything."""
        return self._file.state()

    def _change(self, number: int, what: str, values: Sequence[Any]) -> None:
        changed = f"update schedules set {what}, version = version + 1 where number = ? and store = ?"  # noqa: S608
        if not self._file.write_rows(changed, (*values, number, self._store)):
            raise _gone()


SELECTED = (
    "select number, name, kind, arguments, cron, zone, made, by, is_on, since, asked, attempts, version from schedules"
)
RUN_SELECTED = (
    "select number, schedule, planned, attempt, missed, claimed_by, started, ended, outcome, stopping, words from runs"
)


def schedule_of(row: Sequence[Any]) -> Schedule:
    """Return the schedule of a row that was ``SELECTED``."""
    number, name, kind, arguments, cron, zone, made, by, is_on, since, asked, attempts, version = row
    return Schedule(
        number, name, kind, _arguments(arguments), When(cron, zone), moment_of(made), by, bool(is_on),
        moment_of(since), None if asked is None else moment_of(asked), attempts, version,
    )  # fmt: skip


def run_of(row: Sequence[Any]) -> Run:
    """Return the run of a row that was ``RUN_SELECTED``."""
    number, schedule, planned, attempt, missed, claimed_by, started, ended, outcome, stopping, words = row
    return Run(
        number, schedule, moment_of(planned), attempt, missed, claimed_by, moment_of(started),
        None if ended is None else moment_of(ended), outcome if outcome in get_args(Outcome) else "failed",
        bool(stopping), words,
    )  # fmt: skip


def moment_of(seconds: float) -> datetime:
    """Return a time of the file."""
    return datetime.fromtimestamp(seconds, UTC)


def _arguments(text: str) -> Mapping[str, Any]:
    try:
        read = read_json(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _checked(attempts: int) -> int:
    if not 1 <= attempts <= MOST_ATTEMPTS:
        raise PizarraError(
            N_("What died is begun 1 to {most} times, but {attempts} was asked."),
            N_("Choose 1 for what must not be begun again."),
            most=MOST_ATTEMPTS,
            attempts=attempts,
        )
    return attempts


def _checked_name(name: str) -> str:
    name = re.sub(r"\s+", " ", name).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PizarraError(
            N_("The name of a schedule has 1 to {most} characters, but this one is {name}."),
            N_("Name it after what it does."),
            most=LONGEST_NAME,
            name=repr(name[: 2 * LONGEST_NAME]),
        )
    return name


def _checked_arguments(arguments: Mapping[str, Any]) -> str:
    text = json.dumps(dict(arguments), ensure_ascii=False, sort_keys=True)
    if len(text) > LONGEST_ARGUMENTS:
        raise PizarraError(
            N_("What a schedule is given must be short, but it has {length} characters, and may have {most}."),
            N_("Give it the path of a file or a folder instead."),
            length=len(text),
            most=LONGEST_ARGUMENTS,
        )
    return text


def _gone() -> PizarraError:
    return PizarraError(N_("There is no such schedule any more."), N_("Look at the list of schedules again."))
