"""The runs that wait or are being trained: visitors take turns, each has so many at most, and so have all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Timer
from typing import TYPE_CHECKING

from core.errors import TrainingError
from core.i18n import N_
from core.training.batches import Batch
from core.training.execution import Work

if TYPE_CHECKING:
    from distributed import Future


@dataclass
class Pending:
    """A run that waits or is being trained, for whom, and what Dask has of it."""

    job: Work
    batch: Batch | None
    visitor: str
    is_sent: bool = False
    attempts: int = 0
    is_stopping: bool = False
    sent: float | None = None  # when a worker got it, by the monotonic clock
    timer: Timer | None = field(default=None, repr=False)  # ends it where it takes too long
    future: Future | None = field(default=None, repr=False)


class Line:
    """Runs that have not ended, oldest first. Threads may share it; it never waits for anything."""

    def __init__(self, most_each: int, most: int) -> None:
        self._most_each = most_each  # runs of one visitor
        self._most = most  # runs of all visitors
        self._lock = Lock()
        self._runs: dict[str, Pending] = {}
        self._launching: Counter[str] = Counter()  # how many runs each visitor is launching now

    @contextmanager
    def room_for(self, visitor: str) -> Iterator[None]:
        """Keep room for one more run of a visitor, while it is launched.

        Raises:
            TrainingError: as many of theirs, or of all visitors', wait or are being trained as may at once.
        """
        with self._lock:
            own = sum(one.visitor == visitor for one in self._runs.values()) + self._launching[visitor]
            if own >= self._most_each:
                raise TrainingError(
                    N_("A visitor may have {most} runs that wait or are being trained, and you have as many."),
                    N_("Wait until one of them has ended, or stop one."),
                    most=self._most_each,
                )
            if len(self._runs) + self._launching.total() >= self._most:
                raise TrainingError(
                    N_("All visitors together may have {most} runs that wait or are trained, and they have as many."),
                    N_("Wait until some of them have ended."),
                    most=self._most,
                )
            self._launching[visitor] += 1
        try:
            yield
        finally:
            with self._lock:
                self._launching[visitor] -= 1

    def has_room(self, visitor: str) -> bool:
        """Tell whether a visitor may have one more run now."""
        with self._lock:
            own = sum(one.visitor == visitor for one in self._runs.values()) + self._launching[visitor]
            return own < self._most_each and len(self._runs) + self._launching.total() < self._most

    def add(self, runs: Iterable[Pending]) -> None:
        """Let runs wait behind all others of their visitors."""
        with self._lock:
            self._runs.update({one.job.run_id: one for one in runs})

    def get(self, run_id: str) -> Pending | None:
        """Return a run, None where it has ended or never was here."""
        with self._lock:
            return self._runs.get(run_id)

    def runs(self) -> list[Pending]:
        """Return the runs that wait or are being trained, oldest first."""
        with self._lock:
            return list(self._runs.values())

    def waiting(self) -> list[Pending]:
        """Return the runs that wait, in the order in which they are sent."""
        with self._lock:
            return self._waiting()

    def take(self, places: int | None = None) -> list[Pending]:
        """Take what is to be sent of the runs that wait, all or while so many may be trained at once."""
        with self._lock:
            waiting = self._waiting()
            if places is not None:
                waiting = waiting[: max(places - sum(one.is_sent for one in self._runs.values()), 0)]
            for one in waiting:
                one.is_sent = True
            return waiting

    def remove(self, run_id: str) -> bool:
        """Forget a run that has ended; tell whether another waits."""
        with self._lock:
            self._runs.pop(run_id, None)
            return bool(self._waiting())

    def _waiting(self) -> list[Pending]:
        turns: Counter[str] = Counter(one.visitor for one in self._runs.values() if one.is_sent)
        waiting = []
        for one in self._runs.values():
            if not one.is_sent and not one.is_stopping:
                waiting.append((turns[one.visitor], one))
                turns[one.visitor] += 1
        return [one for _turn, one in sorted(waiting, key=lambda taken: taken[0])]  # of the same turn the older first
