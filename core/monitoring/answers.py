"""Have a model's answers changed: what it says of a window of rows, and how surely, against its test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.monitoring.drift import FEWEST_ROWS, Moved, word_change
from core.prediction.answers import Predictions
from core.prediction.classes import class_word
from core.store.record import PREDICTION, PROBABILITY, probability_columns

Reason = Literal["", "no_test_rows", "other_kind", "too_few"]


@dataclass(frozen=True)
class AnswerChange:
    """How answers differ from those to the test rows; ``p_value`` is of all that is asked here.

    Of classes, ``moved`` are those whose share changed most and ``middle`` the median chance of the answer that was
    given; of numbers, ``middle`` are the medians. ``effect`` is as in ``drift.Change``. Where it cannot be told, there
    is a ``reason``.
    """

    rows: int
    tested: int
    reason: Reason = ""
    p_value: float = 1.0
    effect: float = 0.0
    is_class: bool = False
    middle: tuple[float, float] = (np.nan, np.nan)
    moved: tuple[Moved, ...] = ()


def answer_change(said: Predictions, tested: pd.DataFrame | None) -> AnswerChange:
    """Hold a model's answers against a run's evaluation table, of the same model.

    Numbers, and the chance of the second of two classes: Kolmogorov-Smirnov. More classes: chi-square, and
    Kolmogorov-Smirnov on the chance of the answer; each with half of the error.
    """
    rows = len(said.values)
    if tested is None or not len(tested):
        return AnswerChange(rows, 0, "no_test_rows")
    before = tested[PREDICTION]
    is_number = pd.api.types.is_numeric_dtype(before)
    if is_number == said.is_class:
        return AnswerChange(rows, len(tested), "other_kind")
    if min(rows, len(tested)) < FEWEST_ROWS:
        return AnswerChange(rows, len(tested), "too_few")
    if is_number:
        return _numbers(before.to_numpy(dtype=float), said.values.astype(float))
    return _classes(tested, said)


def _numbers(before: np.ndarray, now: np.ndarray) -> AnswerChange:
    known, current = before[np.isfinite(before)], now[np.isfinite(now)]
    if min(len(known), len(current)) < FEWEST_ROWS:
        return AnswerChange(len(now), len(before), "too_few")
    found = scipy.stats.ks_2samp(known, current)
    middle = float(np.median(known)), float(np.median(current))
    return AnswerChange(
        len(now), len(before), p_value=float(found.pvalue), effect=float(found.statistic), middle=middle
    )


def _classes(tested: pd.DataFrame, said: Predictions) -> AnswerChange:
    words = [pd.Series([class_word(one) for one in side], dtype=object) for side in (tested[PREDICTION], said.values)]
    change = word_change("", *words)
    p_values, effect, middle = [change.p_value], change.effect, (np.nan, np.nan)
    columns = probability_columns(tested)
    if said.probabilities is not None and columns == [f"{PROBABILITY}{name}" for name in said.probabilities]:
        now = said.probabilities.to_numpy(dtype=float)
        given = tested[columns].to_numpy(dtype=float)
        sure = given.max(axis=1), now.max(axis=1)
        middle = float(np.median(sure[0])), float(np.median(sure[1]))
        found = scipy.stats.ks_2samp(*((given[:, 1], now[:, 1]) if now.shape[1] == 2 else sure))
        effect = max(effect, float(found.statistic))
        p_values.append(float(found.pvalue))
        if now.shape[1] == 2:
            p_values = p_values[1:]  # the chance of the second class tells all that the class does
    return AnswerChange(
        len(said.values), len(tested), p_value=min(1.0, len(p_values) * min(p_values)), effect=effect, is_class=True,
        middle=middle, moved=change.moved,
    )  # fmt: skip
