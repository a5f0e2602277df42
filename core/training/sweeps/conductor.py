"""Carry out one sweep, in a thread of its own: ask, launch, wait, until all is tried or somebody says otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from threading import Condition, Thread
from time import monotonic
from typing import TypeVar

from core.access import Actor
from core.errors import PizarraError, StoreError
from core.i18n import DEFAULT_LANGUAGE, N_, speaking
from core.store.abandoned import ABANDONED
from core.store.connection import Store, answering
from core.store.owner import owner
from core.store.runs.tables import ALGORITHM_TAG, ENDED, OWNER_TAG, PARENT_TAG, STUDENT_TAG, TASK_TAG
from core.store.runs.tracking import NoSuchRunError, get_run
from core.store.sweeps import end_sweep, note_sweep
from core.store.writer import schedule_run
from core.training.endings import STOPPED
from core.training.jobs import Jobs
from core.training.specs import complete, written
from core.training.sweeps.asking import bars, next_cell
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Cell
from core.training.sweeps.trials import (
    ACTIVE_TAG,
    STATE_TAG,
    SWEEP_ENDED,
    TRIAL_TAG,
    Trial,
    newest,
    read_trials,
    trial_of,
    trial_text,
)
from core.training.sweeps.trying import TrialJob
from core.training.tasks import Task

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

TOO_LONG = N_("It took longer than a trial of its sweep may.")
ALL_FAILED = N_("The first trials all failed; the last one says why.")
ENDS_OF_TRIALS = (STOPPED, ABANDONED)  # what is said of a sweep and of its trials alike
ALL_FAIL = 5  # trials without one that finished, after which nothing more is tried
LOOK_SECONDS = 0.5
NOTE_SECONDS = 15.0  # between two notes of how long a sweep has been under way, by which it also learns of a full disk
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 15.0  # seconds between two tries where a store is away


class Wish(Enum):
    """What is wanted of a sweep."""

    RUN = "running"
    PAUSE = "paused"  # what runs, ends; then it waits
    STOP = "stopping"  # what runs, ends; then it has finished
    CANCEL = "cancelling"  # what runs is ended, and it too
    CLOSE = "closing"  # the dashboard stops


ENDS = {Wish.CANCEL: ("KILLED", STOPPED), Wish.CLOSE: ("FAILED", ABANDONED)}  # at once, with which status and why


class _Taken(Exception):  # noqa: N818 - no error: somebody wanted it
    """Ends the work at a sweep that is another's, or has ended."""


class Conductor:
    """One sweep that is under way here. Threads may share it."""

    def __init__(
        self, jobs: Jobs, store: Store, actor: Actor, task: Task, plan: SweepPlan, run_id: str, *,
        experiment: str, data: str = "", seconds: float = 0.0, again: Sequence[Cell] = (),
        then: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.actor, self.run_id, self.plan = actor, run_id, plan
        self._jobs, self._store, self._task = jobs, store, task
        self._experiment, self._data, self._then = experiment, data, then
        self._again = list(again)
        self._changed = Condition()
        self._wish = Wish.RUN
        self._ended: set[str] = set()  # trials of which it is not yet known what came of them
        self._open: set[str] = set()
        self._trials: dict[str, Trial] = {}
        self._active, self._since = seconds, monotonic()
        self._noted = self._since
        self._is_ending = False
        self._trouble: StoreError | None = None
        self._in_doubt = False  # the last trial that was to be created may be there
        self._thread = Thread(target=self._work, name=f"sweep {run_id[:8]}", daemon=True)

    def begin(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    @property
    def wish(self) -> Wish:
        """What is wanted of it now."""
        with self._changed:
            return self._wish

    @property
    def trouble(self) -> StoreError | None:
        """Why it waits for its store; None where it does not."""
        return self._trouble

    def want(self, wish: Wish) -> None:
        """Say what is wanted of it; what was cancelled stays so."""
        with self._changed:
            if self._wish in (Wish.CANCEL, Wish.CLOSE):
                return
            if wish is Wish.RUN and self._wish is not Wish.RUN:
                self._since = monotonic()
            elif self._wish is Wish.RUN:
                self._active += monotonic() - self._since
            self._wish = wish
            self._changed.notify_all()

    def is_of(self, actor: Actor) -> bool:
        """Tell whether it is certainly this visitor's."""
        return bool(actor.member or actor.place) and self.actor.visitor == actor.visitor

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended; False when it has not after ``seconds``."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            status, reason = self._carry_out()
        except _Taken:
            status, reason = "", ""
        except PizarraError as error:
            with speaking(DEFAULT_LANGUAGE):
                status, reason = ENDS.get(self.wish, ("FAILED", str(error)))
        except Exception as error:
            logger.exception("Sweep %s failed", self.run_id)
            status, reason = "FAILED", f"{type(error).__name__}: {error}"
        try:
            told = reason if reason in ENDS_OF_TRIALS else SWEEP_ENDED
            self._jobs.end_all(self._open, status=status or "KILLED", reason=told)
            if status:
                self._is_ending = True
                self._patiently(lambda: end_sweep(self._store, self.run_id, status=status, reason=reason))
        except StoreError:  # the dashboard stops: the next one settles it
            logger.warning("The end of sweep %s cannot be written", self.run_id)
        finally:
            self._then()

    def _carry_out(self) -> tuple[str, str]:
        """Return with which status, and for which reason, the sweep ends."""
        found = self._patiently(lambda: read_trials(self._store, self.run_id, self.plan.objective))
        self._trials = {trial.run_id: trial for trial in found}
        told = Wish.RUN
        while True:
            wish = self.wish
            if wish in ENDS:
                return ENDS[wish]
            if wish is not told:
                self._note(wish)
                told = wish
            self._patiently(self._check_ours)
            self._look_at_ends()
            self._end_late_ones()
            if self._all_fail:
                return "FAILED", ALL_FAILED
            is_over = wish is Wish.STOP or self._seconds() >= 60 * self.plan.minutes
            if wish is Wish.RUN and not is_over:
                is_over = not self._launch_more()
            if is_over and not self._open:
                return "FINISHED", ""
            with self._changed:
                if self._wish is wish and not self._ended:
                    self._changed.wait(LOOK_SECONDS)

    def _check_ours(self) -> None:
        """Leave a sweep that somebody ended in the store, or that another program goes on with.

        Raises:
            _Taken: it is ours no more.
        """
        run = get_run(self._store, self.run_id)
        if run.status in ENDED or run.tags.get(OWNER_TAG) != owner():
            raise _Taken

    def _launch_more(self) -> bool:
        """Launch as many trials as may run at once, and its visitor may have; False where nothing is left to try."""
        while len(self._open) < self.plan.at_once and self.wish is Wish.RUN and self._jobs.has_room(self.actor):
            cell = self._again.pop(0) if self._again else next_cell(self.plan, list(self._trials.values()))
            if cell is None:
                return False
            self._launch(cell)
        return True

    def _launch(self, cell: Cell) -> None:
        number = max((trial.number for trial in self._trials.values()), default=0) + 1
        run_id = self._patiently(lambda: self._created(number, cell))
        self._trials[run_id] = Trial(number, run_id, cell, "waiting")
        self._open.add(run_id)
        algorithm = self._task.algorithm(self.plan.algorithm)
        job = TrialJob(
            self._store.uri,
            run_id,
            self.run_id,
            self._task,
            algorithm.name,
            complete(algorithm.parameters, {**self.plan.fixed, **cell}),
            self.plan.objective,
            self.plan.effort,
            self.plan.test_rows != "once",
            bars(self.plan, sorted(self._trials.values(), key=lambda trial: trial.number)),
            self._data,
            self.plan.is_lower_better,
        )
        self._jobs.submit_all(self.actor, [job], lambda: self._note_end(run_id))

    def _created(self, number: int, cell: Cell) -> str:
        """Create a trial's run and return its id, or that of an earlier try whose answer did not come back."""
        with answering(self._store.uri):
            if self._in_doubt:
                for trial in read_trials(self._store, self.run_id, self.plan.objective):
                    if trial.number == number:
                        return trial.run_id
            self._in_doubt = True
            name = " · ".join([f"#{number}", *(f"{name}={written(value)}" for name, value in cell.items())])
            tags = {
                PARENT_TAG: self.run_id,
                TRIAL_TAG: trial_text(number, cell),
                TASK_TAG: self._task.name,
                ALGORITHM_TAG: self.plan.algorithm,
                **({STUDENT_TAG: self.actor.name} if self.actor.name else {}),
            }
            run_id = schedule_run(self._store, self.actor, experiment=self._experiment, name=name, tags=tags)
            self._in_doubt = False
        return run_id

    def _note_end(self, run_id: str) -> None:
        with self._changed:
            self._ended.add(run_id)
            self._changed.notify_all()

    def _look_at_ends(self) -> None:
        """Learn what came of the trials that have ended, and keep how long the sweep has been under way."""
        with self._changed:
            ended, self._ended = self._ended, set()
        for run_id in ended:
            trial = self._patiently(partial(self._read, run_id))
            if trial is None:  # somebody took it away
                self._trials.pop(run_id)
            else:
                self._trials[run_id] = trial
            self._open.discard(run_id)
        if ended or (self._open and monotonic() - self._noted > NOTE_SECONDS):
            self._patiently(lambda: note_sweep(self._store, self.run_id, {ACTIVE_TAG: f"{self._seconds():.1f}"}))
            self._noted = monotonic()

    def _read(self, run_id: str) -> Trial | None:
        try:
            return trial_of(get_run(self._store, run_id), self.plan.objective)
        except NoSuchRunError:
            return None

    def _end_late_ones(self) -> None:
        may_take = 60 * self.plan.trial_minutes
        sent = [one for one in self._open if (self._jobs.seconds(one) or 0.0) > may_take]
        late = [one for one in sent if self._ran(one) > may_take]
        if late:
            self._jobs.end_all(late, status="FAILED", reason=TOO_LONG)

    def _ran(self, run_id: str) -> float:
        """Return for how many seconds a trial has been running; it may have waited for a worker that comes up."""
        trial = self._patiently(partial(self._read, run_id))
        if trial is None or trial.outcome != "running" or trial.started is None:
            return 0.0
        return (datetime.now(UTC) - trial.started).total_seconds()

    @property
    def _all_fail(self) -> bool:
        ended = [trial for trial in newest(self._trials.values()) if trial.outcome in ("finished", "pruned", "failed")]
        return len(ended) >= ALL_FAIL and all(trial.outcome == "failed" for trial in ended) and not self._again

    def _note(self, wish: Wish) -> None:
        told = {STATE_TAG: wish.value, ACTIVE_TAG: f"{self._seconds():.1f}"}
        self._patiently(lambda: note_sweep(self._store, self.run_id, told))

    def _seconds(self) -> float:
        with self._changed:
            return self._active + (monotonic() - self._since if self._wish is Wish.RUN else 0.0)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Return what the store answers, however long it is away.

        Raises:
            StoreError: the dashboard stops before, the sweep is cancelled, or its run is gone.
        """
        pause = SHORTEST_PAUSE
        while True:
            try:
                with answering(self._store.uri):
                    answer = ask()
                self._trouble = None
                return answer
            except StoreError as error:
                self._trouble = error
                if self.wish is Wish.CLOSE or (self.wish is Wish.CANCEL and not self._is_ending) or self._is_gone():
                    raise
                logger.warning("Sweep %s waits for its store: %s", self.run_id, error)
                with self._changed:
                    self._changed.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _is_gone(self) -> bool:
        """Tell whether the store answers and has the sweep's run no more."""
        try:
            return get_run(self._store, self.run_id).deleted
        except NoSuchRunError:
            return True
        except StoreError:
            return False
