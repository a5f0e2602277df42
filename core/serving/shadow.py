"""The shadow: what the version in Staging would have answered, asked after Production's answer has gone out.

A thread of its own asks; where more comes than it manages, the rest is left out and counted. Nobody who asks waits.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Condition, Thread
from time import monotonic
from typing import Any

import pandas as pd

from core.i18n import DEFAULT_LANGUAGE, speaking
from core.prediction.intervals import Interval, disagree, residual_interval
from core.prediction.schema import is_missing, typed_frame
from core.process import cache
from core.process.asked import COVERAGE, AskedVersion
from core.serving import meters
from core.serving.log.entries import Entry, is_sampled
from core.serving.log.prediction_log import PredictionLog
from core.serving.tally import added

MOST_WAITING = 32  # requests
MOST_ROWS = 1000  # of one request: each number takes an interval of either version
LONGEST_REST = 1.0  # seconds; after each question it rests for as long as that took, so that half of a core is left

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Second:
    """How another version is asked about the same rows.

    ``tested`` has what the runs of both versions said of their test rows, the answering one's first; None of one that
    stored nothing.
    """

    version: int
    ask: Callable[[], Sequence[Any]]
    tested: Callable[[], tuple[pd.DataFrame | None, pd.DataFrame | None]] = lambda: (None, None)


@dataclass(frozen=True)
class ShadowCounts:
    """What became of requests: ``dropped`` came too fast or had too many rows, in ``failed`` it could not answer."""

    asked: int = 0
    dropped: int = 0
    failed: int = 0


class Shadow:
    """What asks other versions, of a log."""

    def __init__(self, log: PredictionLog, share: float = 1.0) -> None:
        self._log, self._share = log, share
        self._changed = Condition()
        self._waiting: deque[tuple[Entry, Second]] = deque()
        self._counts = ShadowCounts()
        self._thread: Thread | None = None
        self._is_closed = self._is_asking = False

    @property
    def counts(self) -> ShadowCounts:
        """What became of all requests so far."""
        return self._counts

    def takes(self, request_id: str) -> bool:
        """Tell whether another version is asked about a request: one of those that are logged."""
        return is_sampled(request_id, self._share) and self._log.takes(request_id)

    def note(self, entry: Entry, second: Second) -> None:
        """Log an entry at once and, if it is one of the sample, have another version asked; never waits or raises."""
        self._log.note(entry)
        try:
            if self.takes(entry.request_id):
                self._hand(entry, second)
        except Exception:  # noqa: BLE001 - whoever answers must not be held up by what is asked beside it
            self._count(failed=1)
            _log.exception("Another version could not be asked about a request")

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until nothing waits and nothing is asked; False where that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._is_asking, seconds)

    def close(self) -> None:
        """Ask no more; what waits is left out."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _hand(self, entry: Entry, second: Second) -> None:
        with self._changed:
            if self._is_closed or len(self._waiting) >= MOST_WAITING or len(entry.answers) > MOST_ROWS:
                self._counts = added(self._counts, dropped=1)
                return
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="pizarra-shadow", daemon=True)
                self._thread.start()
            self._waiting.append((entry, second))
            self._changed.notify_all()

    def _count(self, **more: int) -> None:
        with self._changed:
            self._counts = added(self._counts, **more)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                if self._is_closed:
                    return
                entry, second = self._waiting.popleft()
                self._is_asking = True
            began = monotonic()
            try:
                with speaking(DEFAULT_LANGUAGE):
                    told = shadowed(entry, second)
                self._log.note_shadow(told)
                for differs in told.shadow_differs:
                    if differs is not None:
                        meters.compared(entry.model, differs=differs)
                self._count(asked=1)
            except Exception as error:  # noqa: BLE001 - whatever a model raises
                self._count(failed=1)
                _log.info("Version %s of %s gave no answer in the shadow: %s", second.version, entry.model, error)
            with self._changed:
                self._is_asking = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._is_closed, min(monotonic() - began, LONGEST_REST))


def second_of(first: AskedVersion, other: AskedVersion, rows: pd.DataFrame) -> Second:
    """Return how another open version is asked about rows that the first one answered, as people send them.

    Both have the cut-off that people chose, where one did.
    """

    def ask() -> Sequence[Any]:
        return list(other.predictor.ask(typed_frame(other.fields, rows)).values)

    return Second(other.version.number, ask, lambda: (cache.test_rows(first.version), cache.test_rows(other.version)))


def shadowed(entry: Entry, second: Second) -> Entry:
    """Return an entry with what another version says of its rows, and where that contradicts its answers.

    Raises:
        Exception: whatever the model raises.
        ValueError: it says not as much as there are answers.
    """
    answers = [_plain(answer) for answer in second.ask()]
    differs = differences([_plain(answer) for answer in entry.answers], answers, *second.tested())
    return replace(entry, shadow_version=second.version, shadow_answers=answers, shadow_differs=differs)


def differences(
    answers: Sequence[Any],
    others: Sequence[Any],
    tested: pd.DataFrame | None = None,
    others_tested: pd.DataFrame | None = None,
) -> list[bool | None]:
    """Return where two versions' answers contradict each other, as ``disagree`` tells it; None where nothing tells.

    Numbers contradict each other where each lies outside the interval of the other; without test rows of both there are
    no such intervals. A class and a number have nothing to contradict.

    Raises:
        ValueError: there are not as many of the one as of the other.
    """
    return [_differ(one, other, tested, others_tested) for one, other in zip(answers, others, strict=True)]


def _differ(one: Any, other: Any, tested: pd.DataFrame | None, others_tested: pd.DataFrame | None) -> bool | None:
    if is_missing(one) or is_missing(other):
        return None if is_missing(one) and is_missing(other) else True
    if isinstance(one, float) != isinstance(other, float):
        return None  # a class and a number have nothing to contradict
    if not isinstance(one, float):
        return disagree(one, other)
    intervals = [_interval(tested, one), _interval(others_tested, other)]
    return None if None in intervals else disagree(one, other, *intervals)


def _interval(tested: pd.DataFrame | None, answer: float) -> Interval | None:
    return None if tested is None or not math.isfinite(answer) else residual_interval(tested, answer, COVERAGE)


def _plain(answer: Any) -> Any:
    """Return a number as a float, anything else as a word."""
    plain = answer.item() if hasattr(answer, "item") else answer
    if plain is None or isinstance(plain, str):
        return plain
    return str(plain) if isinstance(plain, bool) else float(plain)
