"""Several runs, and what follows when the last of them has ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread

logger = logging.getLogger(__name__)


class Batch:
    """Several runs, and what is to be done once all of them have ended in whatever way."""

    def __init__(self, run_ids: Iterable[str], then: Callable[[], None]) -> None:
        self._waiting, self._then = set(run_ids), then
        self._lock, self._finished = Lock(), Event()
        if not self._waiting:
            self._start()

    def run_ended(self, run_id: str) -> None:
        """Take note that a run has ended; after the last one, start what comes then."""
        with self._lock:
            is_last = self._waiting == {run_id}
            self._waiting.discard(run_id)
        if is_last:
            self._start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until everything is done; False when it is not after ``seconds``."""
        return self._finished.wait(seconds)

    def _start(self) -> None:
        Thread(target=self._finish, name="batch", daemon=True).start()

    def _finish(self) -> None:
        try:
            self._then()
        except Exception:  # nobody waits for this thread's answer
            logger.exception("What was to follow a batch of runs failed")
        finally:
            self._finished.set()
