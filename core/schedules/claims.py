"""Who does what is due: each run is claimed by one process, in one statement, and lost where that process is killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from core.i18n import N_
from core.passwords import without_password
from core.schedules.schedules import RUN_SELECTED, SELECTED, Outcome, Run, Schedule, moment_of, run_of, schedule_of
from core.schedules.schedules_file import SchedulesFile
from core.schedules.told import Told, as_text

LEASE = 60.0  # seconds for which a run is its process's without another word of it
# Seconds for which a lease that is over is looked at again: a computer that slept lets its programs renew theirs first
GRACE = 15.0
KEPT = 200  # runs of a schedule
DIED = N_("The program that did this ended before it was done.")

# The newest run of a schedule as of now: a clock that went wrong once may have left plans of the future
_LAST = (
    "select number from runs where schedule = :schedule and planned <= :now order by planned desc, attempt desc limit 1"
)
_CLAIM = f"""
insert or ignore into runs (schedule, planned, attempt, missed, claimed_by, lease, started)
select :schedule, :planned, :attempt, :missed, :who, :lease, :now
where exists (select 1 from schedules where number = :schedule and version = :version)
and ({_LAST}) is :last
and not exists (select 1 from runs where schedule = :schedule and outcome = 'running')
"""  # noqa: S608 - of constants


@dataclass(frozen=True)
class Plan:
    """What is due: a schedule, as it was read, for one of its plans; ``last`` is its last run before."""

    schedule: Schedule
    planned: float
    attempt: int
    missed: int
    last: int | None


@dataclass(frozen=True)
class Held:
    """What has become of the claim to a run: whether it is still ours, and whether somebody wants its end."""

    is_ours: bool
    is_wanted: bool


class Claims:
    """The claims of one process, called ``who``; ``now`` is a clock (seconds), ``pace`` one that never goes back."""

    def __init__(
        self,
        file: SchedulesFile,
        who: str,
        *,
        lease: float = LEASE,
        grace: float = GRACE,
        now: Callable[[], float] = time.time,
        pace: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file, self._who, self._lease, self._grace, self._now, self._pace = file, who, lease, grace, now, pace
        self._over: dict[int, tuple[float, float]] = {}  # by run: the lease that is over, and since when we know

    def due(self, store_uri: str) -> tuple[list[Plan], float]:
        """Return what is to be done now in a store, the longest due first, and when something is next (seconds).

        Raises:
            PizarraError: the file cannot be read.
        """
        now = self._now()
        plans, coming = [], float("inf")
        rows = self._file.rows(f"{SELECTED} where store = ?", (without_password(store_uri),))
        for schedule in map(schedule_of, rows):
            last = self._last(schedule, now)
            if last is None or last.outcome != "running":
                plan = _plan(schedule, last, now)
                if plan is not None:
                    plans.append(plan)
            planned = schedule.next(moment_of(now))
            coming = min(coming, planned.timestamp() if planned else coming)
        return sorted(plans, key=lambda plan: plan.planned), coming

    def claim(self, plan: Plan) -> Run | None:
        """Make a run ours, None where another process was first or the schedule is another one meanwhile.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        now, schedule = self._now(), plan.schedule.number
        values = {
            "schedule": schedule, "planned": plan.planned, "attempt": plan.attempt, "missed": plan.missed,
            "who": self._who, "lease": now + self._lease, "now": now, "version": plan.schedule.version,
            "last": plan.last,
        }  # fmt: skip
        if not self._file.write_rows(_CLAIM, values):
            return None
        self._prune(schedule)
        ours = (schedule, plan.planned, plan.attempt)
        rows = self._file.rows(f"{RUN_SELECTED} where schedule = ? and planned = ? and attempt = ?", ours)
        return run_of(rows[0]) if rows else None  # none: somebody has just ended the schedule

    def hold(self, run: Run) -> Held:
        """Keep a run ours for a while longer.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        held = "update runs set lease = ? where number = ? and claimed_by = ? and outcome = 'running'"
        kept = self._file.write_rows(held, (self._now() + self._lease, run.number, self._who))
        rows = self._file.rows("select stopping from runs where number = ?", (run.number,))
        return Held(bool(kept), bool(kept) and not (rows and rows[0][0]))

    def end(self, run: Run, outcome: Outcome, told: Told) -> bool:
        """Write down what came of a run that is ours; False where it was lost meanwhile, or its schedule is gone.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        values = (outcome, self._now(), as_text(told), run.number, self._who)
        return bool(
            self._file.write_rows(
                "update runs set outcome = ?, ended = ?, words = ? "
                "where number = ? and claimed_by = ? and outcome = 'running'",
                values,
            )
        )

    def bury(self) -> int:
        """Say of runs whose process has not held on to them that it died, and return how many those are.

        Raises:
            PizarraError: the file cannot be read or written.
        """
        now, pace = self._now(), self._pace()
        # Far in the future it is where the clock has been put back since
        over = "select number, lease from runs where outcome = 'running' and (lease < ? or lease > ?)"
        rows = self._file.rows(over, (now, now + 2 * self._lease))
        self._over = {number: self._known(number, lease, pace) for number, lease in rows}
        died = (
            "update runs set outcome = 'died', ended = ?, words = ? "
            "where number = ? and lease = ? and outcome = 'running'"
        )
        return sum(
            self._file.write_rows(died, (now, as_text(Told(DIED)), number, lease))
            for number, (lease, since) in self._over.items()
            if pace - since >= self._grace
        )

    def _known(self, number: int, lease: float, pace: float) -> tuple[float, float]:
        known = self._over.get(number)
        return known if known and known[0] == lease else (lease, pace)

    def _last(self, schedule: Schedule, now: float) -> Run | None:
        rows = self._file.rows(f"{RUN_SELECTED} where number = ({_LAST})", {"schedule": schedule.number, "now": now})
        return run_of(rows[0]) if rows else None

    def _prune(self, schedule: int) -> None:
        self._file.write_rows(
            "delete from runs where schedule = ?1 and outcome <> 'running' and number not in "
            "(select number from runs where schedule = ?1 order by number desc limit ?2)",
            (schedule, KEPT),
        )


def _plan(schedule: Schedule, last: Run | None, now: float) -> Plan | None:
    """Return what a schedule has due: one run for all that was missed, or one that died begun again."""
    number = last.number if last else None
    done_until = max(schedule.since, last.planned) if last else schedule.since
    if schedule.asked and schedule.asked.timestamp() <= now and (not last or schedule.asked > last.planned):
        return Plan(schedule, schedule.asked.timestamp(), 1, 0, number)
    if not schedule.is_on:
        return None
    planned = schedule.when.latest(done_until, moment_of(now))
    if planned is not None:
        return Plan(schedule, planned.timestamp(), 1, schedule.when.count(done_until, moment_of(now)), number)
    if last and last.outcome == "died" and last.attempt < schedule.attempts and last.planned >= schedule.since:
        return Plan(schedule, last.planned.timestamp(), last.attempt + 1, last.missed, number)
    return None
