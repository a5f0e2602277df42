"""What rounds came to, handed on in batches about once a second, in about as many points as a curve needs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from time import monotonic

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from core.errors import StoreError
from core.store.runs.tables import ASIDE_TAG, MOST_ROUNDS_TAG, ROUND_TRAINING, ROUND_VALIDATION, ROUNDS_TAG
from core.training.steps import Learned, Round, Watch, learn
from core.training.tasks import Task

SECONDS = 1.0
POINTS = 100

_log = logging.getLogger(__name__)

LogSteps = Callable[[Sequence[tuple[str, int, float]]], None]  # metric, step and value


class Batches:
    """Rounds that wait to be written: the first hundred, and then the fewer the more there are."""

    def __init__(self, write: Watch) -> None:
        self._write = write
        self._waiting: list[Round] = []
        self._left_out: Round | None = None
        self._last = monotonic()  # what is fitted within a second is written once

    def add(self, rounds: Sequence[Round]) -> None:
        """Keep rounds, and write those that wait where the last writing is a second ago."""
        for one in rounds:
            is_kept = one.number % ceil(one.number / POINTS) == 0
            self._waiting += [one] if is_kept else []
            self._left_out = None if is_kept else one
        if monotonic() - self._last >= SECONDS:
            self._flush()

    def end(self) -> None:
        """Write what still waits, the last round in any case."""
        self._waiting += [self._left_out] if self._left_out else []
        self._left_out = None
        self._flush()

    def _flush(self) -> None:
        self._last = monotonic()
        if not self._waiting:
            return
        try:
            self._write(self._waiting)
        except StoreError as error:  # no model is given up for its curve: what waits goes with the next
            _log.warning("Rounds wait to be written: %s", error)
            return
        self._waiting = []


def learn_watched(
    pipeline: Pipeline,
    task: Task,
    features: pd.DataFrame,
    answers: np.ndarray,
    keys: np.ndarray | None,
    watch: LogSteps | None,
) -> Learned:
    """Fit a pipeline as ``learn`` does, and hand on what its rounds came to."""
    if watch is None:
        return learn(pipeline, task, features, answers, keys)
    batches = Batches(partial(_hand_on, watch))
    learned = learn(pipeline, task, features, answers, keys, batches.add)
    batches.end()
    return learned


def tags_of(learned: Learned) -> dict[str, str]:
    """Return the tags that say when a model stopped learning; none where it was not asked to stop early."""
    if not learned.aside:
        return {}
    counts = (learned.rounds, learned.most, learned.aside)
    return dict(zip((ROUNDS_TAG, MOST_ROUNDS_TAG, ASIDE_TAG), map(str, counts), strict=True))


def _hand_on(watch: LogSteps, rounds: Sequence[Round]) -> None:
    steps = [(ROUND_TRAINING, one.number, one.training) for one in rounds]
    steps += [(ROUND_VALIDATION, one.number, one.validation) for one in rounds]
    watch([(name, number, value) for name, number, value in steps if value is not None])
