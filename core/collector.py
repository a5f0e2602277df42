"""Pause Python's garbage collector while much is made that holds no circles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

LONGEST = 10.0  # seconds of pauses that lie over each other, after which all is looked through once


class _Pause:
    """Counts who asked, so that the first one pauses the collector and the last one lets it go on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked = 0
        self._was_enabled = True
        self._since = 0.0

    def begin(self) -> None:
        with self._lock:
            if not self._asked:
                self._was_enabled = gc.isenabled()
                gc.disable()
                self._since = monotonic()
            self._asked += 1
            if monotonic() - self._since > LONGEST:
                gc.collect()
                self._since = monotonic()

    def end(self) -> None:
        with self._lock:
            self._asked -= 1
            if not self._asked and self._was_enabled:
                gc.enable()


_pause = _Pause()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector while pages of runs or large requests are read, or modules are imported.

    The millions of short-lived entities of runs, and the lists of a request, make it cost more than the reading,
    between two pages too: it then looks through everything that the process has. They hold no circles, so they go
    without it; modules stay anyway.
    """
    _pause.begin()
    try:
        yield
    finally:
        _pause.end()
