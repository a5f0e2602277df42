"""Turns at the processor: pages are made one after the other, first come first served.

All of them share one processor. Thirty that are made at once are all ready late, and wait for each other at each step;
in turn the first are ready early, and what answers beside pages (votes, light pages) competes with one of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition
from time import monotonic

LONGEST = 0.5  # seconds: who takes longer may wait for a model or a store, not for the processor; the next one begins
PATIENCE = 5.0  # seconds: nobody waits longer for a turn, however many that take long are before them

_has_one: ContextVar[bool] = ContextVar("has_a_turn", default=False)


class _Turns:
    """Who waits, in order, and who has a turn since when."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: deque[object] = deque()
        self._whose: object = None
        self._begun = 0.0

    def take(self) -> object:
        """Wait for a turn, or for as long as one is patient; return what gives it back."""
        me, end = object(), monotonic() + PATIENCE
        with self._changed:
            self._waiting.append(me)
            try:
                while (self._waiting[0] is not me or self._seconds_left() > 0) and (left := end - monotonic()) > 0:
                    self._changed.wait(min(left, self._seconds_left() or left))
            finally:
                self._waiting.remove(me)
                self._changed.notify_all()
            self._whose, self._begun = me, monotonic()
        return me

    def give_back(self, turn: object) -> None:
        """End a turn, where the next has not begun before."""
        with self._changed:
            if self._whose is turn:
                self._whose = None
                self._changed.notify_all()

    def _seconds_left(self) -> float:
        """Return how long the turn is taken at most; 0 where it is free."""
        return 0.0 if self._whose is None else max(0.0, self._begun + LONGEST - monotonic())


_turns = _Turns()


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait for a turn, or for as long as one is patient; who has one already has it for the parts of a page too."""
    if _has_one.get():
        yield
        return
    turn = _turns.take()
    before = _has_one.set(True)
    try:
        yield
    finally:
        _has_one.reset(before)
        _turns.give_back(turn)
