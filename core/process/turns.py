"""Turns at the processor: pages are made a few at a time, first come first served.

All of them share one processor. Thirty that are made at once are all ready late; in turn the first are ready early, and
what answers beside pages (votes, light pages) competes with few of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore

AT_ONCE = 3
PATIENCE = 1.0  # seconds: some pages wait for a model or a store themselves, and nobody waits long for those

_turns = BoundedSemaphore(AT_ONCE)
_has_one: ContextVar[bool] = ContextVar("has_a_turn", default=False)


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait for a turn, or for as long as one is patient; who has one already has it for the parts of a page too."""
    if _has_one.get():
        yield
        return
    is_mine = _turns.acquire(timeout=PATIENCE)
    before = _has_one.set(True)
    try:
        yield
    finally:
        _has_one.reset(before)
        if is_mine:
            _turns.release()
