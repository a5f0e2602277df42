"""Who carries schedules out: a thread that looks what is due and hands it over, in every dashboard of a folder."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from core.access import Actor
from core.errors import PizarraError
from core.i18n import N_
from core.schedules.claims import GRACE, LEASE, Claims, Plan
from core.schedules.schedules import Outcome, Run, Schedule
from core.schedules.schedules_file import SchedulesFile
from core.schedules.told import Told, told_of

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks at the clock and at whether the table has changed: a few µs each
HOLD_SECONDS = 5.0  # between two words that a run goes on; less than GRACE
AT_ONCE = 4  # runs of one process
ENDING_SECONDS = 1.5  # for which the end of the process waits for runs that were told to stop
ENDED = N_("The dashboard ended before this was done.")
NO_THREAD = N_("This computer had no thread left for it.")
STOPPED = N_("Somebody stopped it.")
UNKNOWN = N_("This version of Pizarra knows nothing of the kind {kind}.")
WENT_WRONG = N_("Something went wrong that nobody foresaw ({reason}); the log of the dashboard says more.")


@dataclass(frozen=True)
class Doing:
    """What is being done: a run of a schedule, for ``actor``.

    Whoever does it looks at ``unwanted``, and raises something soon after it is set; what returns was done.
    """

    schedule: Schedule
    run: Run
    actor: Actor
    unwanted: Event = field(default_factory=Event)


Work = Callable[[Doing], Told]  # raises PizarraError where it fails


class Runner:
    """Carries out the schedules of the store that ``store`` names, by what ``kinds`` says of each kind.

    Any number of processes may have one on the same file. Threads may share it. ``now`` is a clock (seconds).
    """

    def __init__(
        self,
        file: SchedulesFile,
        store: Callable[[], str],
        kinds: Mapping[str, Work],
        *,
        now: Callable[[], float] = time.time,
        pace: Callable[[], float] = time.monotonic,
        lease: float = LEASE,
        grace: float = GRACE,
    ) -> None:
        self._file, self._store, self._kinds, self._now, self._pace = file, store, kinds, now, pace
        who = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._claims = Claims(file, who, lease=lease, grace=grace, now=now, pace=pace)
        self._lock = Lock()
        self._doing: dict[int, tuple[Doing, Thread]] = {}  # by the number of the run
        self._wake, self._ending = Event(), Event()
        self._thread: Thread | None = None
        self._seen: tuple[str, int] | None = None  # the store and the state of the file, when last looked at
        self._coming = self._looked = 0.0  # when something is next, and when that was found
        self._held = float("-inf")
        self._trouble = ""

    def start(self) -> None:
        """Look from now on, in a thread of its own that ends with the process; once."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._conduct, name="schedules", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Have it look at once, as after a change from here."""
        self._wake.set()

    def close(self) -> None:
        """Stop looking; what is not done within ``ENDING_SECONDS`` has died, and is begun again by whoever may."""
        self._ending.set()
        self._wake.set()
        with self._lock:
            thread, doing = self._thread, list(self._doing.values())
        if thread is not None:
            thread.join(ENDING_SECONDS)
        for one, _thread in doing:
            one.unwanted.set()
        until = time.monotonic() + ENDING_SECONDS
        for one, work in doing:
            work.join(max(0.0, until - time.monotonic()))
            self._end(one.run, "died", Told(ENDED))

    def look(self) -> int:
        """Look once: hold what is being done, begin what is due, and return how many runs were begun.

        Raises:
            PizarraError: the file cannot be read or written.
        """
        if self._pace() - self._held >= HOLD_SECONDS:
            self._held = self._pace()
            self._hold_on()
            if self._claims.bury():
                self._seen = None
        store, now = self._store(), self._now()
        seen = (store, self._file.state())
        if seen == self._seen and self._looked <= now < self._coming:
            return 0
        plans, self._coming = self._claims.due(store)
        begun = sum(self._begun(plan) for plan in plans)
        self._looked = now
        # What was not begun is tried again at the next look: there was no place, or another process was first
        self._seen = seen if begun == len(plans) else None
        return begun

    def _conduct(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            try:
                self.look()
                self._trouble = ""
            except (PizarraError, sqlite3.Error) as error:  # a full disk: perhaps better next time
                if self._is_news(error):
                    logger.warning("Schedules cannot be looked at: %s", error)
            except Exception as error:  # whatever it is, schedules go on
                if self._is_news(error):
                    logger.exception("Schedules cannot be looked at")
            self._wake.wait(LOOK_SECONDS)

    def _is_news(self, trouble: Exception) -> bool:
        """Tell whether it is another trouble than a second ago, and look anew once it is over."""
        self._seen = None
        known, self._trouble = self._trouble, repr(trouble)
        return known != self._trouble and not self._ending.is_set()

    def _begun(self, plan: Plan) -> bool:
        with self._lock:
            if len(self._doing) >= AT_ONCE or self._ending.is_set():
                return False
            run = self._claims.claim(plan)
            if run is None:
                return False
            doing = Doing(plan.schedule, run, Actor(plan.schedule.by, "presenter"))
            thread = Thread(target=self._do, args=(doing,), name=f"schedule {plan.schedule.name}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has none left
                self._end(run, "died", Told(NO_THREAD))
                return False
            self._doing[run.number] = doing, thread
        return True

    def _do(self, doing: Doing) -> None:
        """Do it, in a thread of its own, and write down what came of it."""
        outcome, told = self._done(doing)
        if outcome != "done" and doing.unwanted.is_set():
            outcome, told = ("died", Told(ENDED)) if self._ending.is_set() else ("stopped", Told(STOPPED))
        self._end(doing.run, outcome, told)
        with self._lock:
            self._doing.pop(doing.run.number, None)
        self._wake.set()

    def _done(self, doing: Doing) -> tuple[Outcome, Told]:
        kind = doing.schedule.kind
        try:
            if kind not in self._kinds:
                return "failed", Told(UNKNOWN, {"kind": repr(kind)})
            return "done", self._kinds[kind](doing)
        except PizarraError as error:
            return "failed", told_of(error)
        except Exception as error:  # of whatever is called: the others go on
            if not doing.unwanted.is_set():
                logger.exception("The schedule %s failed", doing.schedule.name)
            return "failed", Told(WENT_WRONG, {"reason": type(error).__name__})

    def _end(self, run: Run, outcome: Outcome, told: Told) -> None:
        try:
            self._claims.end(run, outcome, told)
        except (PizarraError, sqlite3.Error) as error:  # its lease runs out, and it is said to have died
            logger.warning("What came of a schedule was not written down: %s", error)

    def _hold_on(self) -> None:
        with self._lock:
            doing = [one for one, _thread in self._doing.values()]
        for one in doing:
            if not self._claims.hold(one.run).is_wanted:
                one.unwanted.set()
