"""Whether the parts that this process needs are up: the store, the place of its files, the cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic

from core.process import shared
from core.process.held import held
from core.settings import settings
from core.store.reach import look_at_artifacts, look_at_store
from core.training.workers import DOWN, NOT_STARTED, UP, look_at_scheduler

FRESH, PATIENCE = 5.0, 1.5  # seconds: what was found is told again; what says nothing for so long is down
logger = logging.getLogger(__name__)


class Part:
    """One part, looked at in a thread of its own: whoever asks waits shortly, and never twice for the same look."""

    def __init__(self, name: str, look: Callable[[], str]) -> None:
        self._name, self._look = name, look
        self._state, self._looked, self._lock = DOWN, -FRESH, Lock()
        self._ended: Event | None = None  # of the look that goes on

    def begin(self) -> None:
        """Look anew, unless that was done just now or goes on."""
        with self._lock:
            if self._ended is None and monotonic() - self._looked >= FRESH:
                self._ended = Event()
                Thread(target=self._carry_out, args=(self._ended,), name=f"part {self._name}", daemon=True).start()

    def _carry_out(self, ended: Event) -> None:
        try:
            state = self._look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the part cannot be used
            state = DOWN
            if self._state != DOWN:
                logger.warning("The part %s is down: %s", self._name, error)
        with self._lock:
            self._state, self._looked, self._ended = state, monotonic(), None
        ended.set()

    def state(self, until: float) -> str:
        """Return how it was found, once the look has ended or ``until`` (of ``monotonic``) is over."""
        ended = self._ended
        if ended is not None and not ended.wait(max(until - monotonic(), 0)):
            self._state = DOWN
        return self._state


@held()
def _parts() -> Mapping[str, Part]:
    return {
        "store": Part("store", partial(_look, look_at_store)),
        "artifacts": Part("artifacts", partial(_look, look_at_artifacts)),
        "cluster": Part("cluster", _cluster),
    }


def _look(look: Callable[..., None]) -> str:
    look(shared.store())
    return UP


def _cluster() -> str:
    """Return how the cluster stands, without starting one."""
    jobs = shared.training()
    if jobs is not None:
        return jobs.cluster_state()
    given = settings().dask_scheduler
    return look_at_scheduler(given) if given else NOT_STARTED


def states() -> dict[str, str]:
    """Return how each part stands: up or down, and of a cluster of our own whether it is not started yet."""
    parts, until = _parts(), monotonic() + PATIENCE
    for part in parts.values():
        part.begin()
    return {name: part.state(until) for name, part in parts.items()}
