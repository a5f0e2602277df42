"""How much of a difference between two runs is chance: test rows drawn again and again, from their stored answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.store.record import ANSWER, PREDICTION, PROBABILITY, ROW, probability_columns

CONFIDENCE = 0.95
RESAMPLES = 2000
FEWEST_ROWS = 10
TOLERANCE = 1e-6
TESTED = "test_"
CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "roc_auc")
REGRESSION = ("rmse", "mae", "r2")

_SEED = 0
_CELLS = 2_000_000  # how many drawn rows are in memory at once

Outcome = Literal["better", "close", "identical", "unknown"]
Reason = Literal["", "no_table", "other_test_set", "not_from_predictions", "not_reproduced", "too_few_rows"]
# Takes how often each row is counted, (draws, rows), and returns the metric of each draw
Measure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Interval:
    """A value and the ends of its 95 % interval; the ends are NaN where the rows cannot tell them."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """How much better run a is than run b on the same test rows; ``gap``, ``low`` and ``high`` favour b below 0.

    ``outcome`` is "better" (one of them is: the sign of ``gap`` says which), "close", "identical" or "unknown"
    for a ``reason``. The counts and the p value (McNemar's exact test) are there for accuracy only.
    """

    outcome: Outcome
    reason: Reason = ""
    gap: float = np.nan
    low: float = np.nan
    high: float = np.nan
    rows: int = 0
    differing_rows: int = 0
    only_a: int | None = None
    only_b: int | None = None
    p_value: float | None = None


def from_predictions(metric: str) -> bool:
    """Say whether ``metric`` is, by its name, one that stored test answers give."""
    return metric.startswith(TESTED) and metric.removeprefix(TESTED) in (*CLASSIFICATION, *REGRESSION)


def computable(table: pd.DataFrame, metric: str) -> bool:
    """Say whether the stored test answers in ``table`` give ``metric``."""
    return _measure(table, metric) is not None


def recompute(table: pd.DataFrame, metric: str) -> float:
    """Return ``metric`` of the stored test answers, or NaN where they do not give it."""
    measure = _measure(table, metric)
    return float(measure(np.ones((1, len(table))))[0]) if measure else np.nan


def reproduces(table: pd.DataFrame, metric: str, logged: float) -> bool:
    """Say whether the stored test answers give the value of ``metric`` that the run logged."""
    return bool(np.isclose(recompute(table, metric), logged, rtol=TOLERANCE, atol=TOLERANCE))


def same_test_set(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Say whether two runs were tested on the same rows, with the same answers and features, in any order.

    A model may have been given fewer of the features than the other.
    """
    if not (_readable(a) and _readable(b)) or len(a) != len(b):
        return False
    features_a, features_b = _features(a), _features(b)
    if not (features_a <= features_b or features_b <= features_a):
        return False
    a, b = _aligned(a, b)
    return all(_same(a[name], b[name]) for name in (ROW, ANSWER, *sorted(features_a & features_b)))


def metric_interval(table: pd.DataFrame, metric: str, resamples: int = RESAMPLES) -> Interval | None:
    """Return one run's ``metric`` with its interval by bootstrap, or None where the table does not give it.

    Where every draw gives the same value the bootstrap knows nothing of the noise: a model that is right on all of
    30 rows is not sure to be right always. Accuracy then has the exact binomial interval, other metrics none.
    """
    measure = _measure(table, metric)
    if measure is None or len(table) < FEWEST_ROWS:
        return None
    value = recompute(table, metric)
    low, high, __ = _bootstrap(measure, len(table), resamples)
    if low < high:
        return Interval(value, low, high)
    if metric == f"{TESTED}accuracy":
        exact = scipy.stats.binomtest(round(value * len(table)), len(table)).proportion_ci(CONFIDENCE, method="exact")
        return Interval(value, float(exact.low), float(exact.high))
    return Interval(value, np.nan, np.nan)


def paired_difference(
    a: pd.DataFrame | None,
    b: pd.DataFrame | None,
    metric: str,
    better: bool,
    logged: tuple[float, float] | None = None,
    resamples: int = RESAMPLES,
) -> Difference:
    """Say whether run a is really better or worse than run b on ``metric``, from their stored test answers.

    ``better`` is True where higher is better. With the ``logged`` values of both runs, answers that do not give
    them are not trusted.
    """
    if not from_predictions(metric):
        return Difference("unknown", "not_from_predictions")
    if a is None or b is None or not (_readable(a) and _readable(b)):
        return Difference("unknown", "no_table")
    if not same_test_set(a, b):
        return Difference("unknown", "other_test_set", rows=min(len(a), len(b)))
    rows = len(a)
    if rows < FEWEST_ROWS:
        return Difference("unknown", "too_few_rows", rows=rows)
    a, b = _aligned(a, b)
    of_a, of_b = _measure(a, metric), _measure(b, metric)
    if of_a is None or of_b is None:
        return Difference("unknown", "not_from_predictions", rows=rows)
    if logged and not (reproduces(a, metric, logged[0]) and reproduces(b, metric, logged[1])):
        return Difference("unknown", "not_reproduced", rows=rows)
    sign = 1 if better else -1

    def difference(counts: np.ndarray) -> np.ndarray:
        # Both runs are measured on the same draw of rows: that is what makes it a paired bootstrap
        return sign * (of_a(counts) - of_b(counts))

    gap = float(difference(np.ones((1, rows)))[0])
    low, high, drawn = _bootstrap(difference, rows, resamples)
    only_a, only_b, p_value = _mcnemar(a, b) if metric == f"{TESTED}accuracy" else (None, None, None)
    differing = int((~_equal(a[PREDICTION], b[PREDICTION])).sum())
    if np.abs(drawn).max() <= TOLERANCE**2 * max(1.0, abs(recompute(a, metric))):
        outcome: Outcome = "identical"
    elif min(gap, low) > 0 or max(gap, high) < 0:
        outcome = "better" if p_value is None or p_value < 1 - CONFIDENCE else "close"
    else:
        outcome = "close"
    return Difference(outcome, "", gap, low, high, rows, differing, only_a, only_b, p_value)


def _readable(table: pd.DataFrame) -> bool:
    return table.columns.is_unique and {ROW, ANSWER, PREDICTION} <= set(table.columns)


def _equal(a: pd.Series, b: pd.Series) -> np.ndarray:
    return np.asarray((a.isna() & b.isna()) | (a.astype(object) == b.astype(object)).fillna(False), dtype=bool)


def _same(a: pd.Series, b: pd.Series) -> bool:
    return bool(_equal(a, b).all())


def _aligned(a: pd.DataFrame, b: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables in one order of rows."""
    a, b = a.reset_index(drop=True), b.reset_index(drop=True)
    if _same(a[ROW], b[ROW]):
        return a, b
    return _sorted(a), _sorted(b)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(ROW, key=lambda rows: rows.astype(str), kind="stable", ignore_index=True)


def _is_classification(table: pd.DataFrame) -> bool:
    return not pd.api.types.is_numeric_dtype(table[ANSWER])  # classes are words in this table


def _features(table: pd.DataFrame) -> set[str]:
    return set(table.columns) - {ROW, ANSWER, PREDICTION, *probability_columns(table)}


def _measure(table: pd.DataFrame, metric: str) -> Measure | None:
    if not from_predictions(metric) or not _readable(table) or table.empty:
        return None
    name = metric.removeprefix(TESTED)
    if _is_classification(table) != (name in CLASSIFICATION):
        return None
    if name in REGRESSION:
        return _regression(table, name) if pd.api.types.is_numeric_dtype(table[PREDICTION]) else None
    return _ranking(table) if name == "roc_auc" else _classification(table, name)


def _regression(table: pd.DataFrame, name: str) -> Measure | None:
    answers, predictions = (table[column].to_numpy(dtype=float) for column in (ANSWER, PREDICTION))
    errors = answers - predictions
    if not np.isfinite(errors).all() or (name == "r2" and len(table) < 2):
        return None
    centred = answers - answers.mean()  # keeps the sums of squares below from losing digits
    columns = np.column_stack([errors**2, np.abs(errors), centred**2, centred])

    def measure(counts: np.ndarray) -> np.ndarray:
        squared, absolute, spread, shift = (counts @ columns / counts.sum(axis=1, keepdims=True)).T
        if name == "rmse":
            return np.asarray(np.sqrt(squared))
        if name == "mae":
            return np.asarray(absolute)
        variance = np.where(spread - shift**2 > 1e-12 * spread, spread - shift**2, 0.0)
        # Answers that are all alike: scikit-learn's r2 is 1 for a model that gives them and else 0
        return np.where(variance > 0, 1 - _ratio(squared, variance), (squared == 0).astype(float))

    return measure


def _classification(table: pd.DataFrame, name: str) -> Measure:
    answers, predictions = (table[column].astype(str).to_numpy(dtype=object) for column in (ANSWER, PREDICTION))
    if name == "accuracy":
        right = (answers == predictions).astype(float)
        return lambda counts: counts @ right / counts.sum(axis=1)
    classes = [column.removeprefix(PROBABILITY) for column in probability_columns(table)]
    # As in training: the second of two classes is the positive one, more are averaged by their size
    names = classes[1:] if len(classes) == 2 else sorted({*answers, *predictions})
    is_answer = np.column_stack([answers == name for name in names]).astype(float)
    is_predicted = np.column_stack([predictions == name for name in names]).astype(float)
    columns = np.hstack([is_answer * is_predicted, is_predicted, is_answer])

    def measure(counts: np.ndarray) -> np.ndarray:
        found, predicted, actual = np.split(counts @ columns, 3, axis=1)
        if name == "precision":
            scores = _ratio(found, predicted)
        elif name == "recall":
            scores = _ratio(found, actual)
        else:
            scores = _ratio(2 * found, predicted + actual)
        if len(classes) == 2:
            return np.asarray(scores[:, 0])
        return np.asarray((scores * actual).sum(axis=1) / actual.sum(axis=1))

    return measure


def _ranking(table: pd.DataFrame) -> Measure | None:
    """Return the area under the ROC curve: how often a positive row gets a larger probability than a negative one."""
    columns = probability_columns(table)
    if len(columns) != 2:
        return None
    positive = (table[ANSWER].astype(str) == columns[1].removeprefix(PROBABILITY)).to_numpy(dtype=bool)
    scores = table[columns[1]].to_numpy(dtype=float)
    if positive.all() or not positive.any() or not np.isfinite(scores).all():
        return None
    order = np.argsort(scores, kind="stable")
    positive = positive[order]
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))  # rows with one score count as half

    def measure(counts: np.ndarray) -> np.ndarray:
        counts = counts[:, order]
        positives = np.add.reduceat(counts * positive, starts, axis=1)
        negatives = np.add.reduceat(counts * ~positive, starts, axis=1)
        below = np.cumsum(negatives, axis=1) - negatives / 2
        pairs = positives.sum(axis=1) * negatives.sum(axis=1)
        # A draw with one class only says nothing: no better than guessing
        return np.where(pairs > 0, _ratio((positives * below).sum(axis=1), pairs), 0.5)

    return measure


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0))


def _mcnemar(a: pd.DataFrame, b: pd.DataFrame) -> tuple[int, int, float]:
    """Count the rows where only one run is right; return the chance of so uneven a split between equal ones."""
    right_a, right_b = _equal(a[PREDICTION], a[ANSWER]), _equal(b[PREDICTION], b[ANSWER])
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    uneven = only_a + only_b
    return only_a, only_b, float(scipy.stats.binomtest(only_a, uneven).pvalue) if uneven else 1.0


def _confidence(rows: int) -> float:
    """Return the level at which a percentile interval of few rows is as wide as Student's t would make it.

    The plain percentile interval is too narrow for few rows and would call chance a difference (Hesterberg 2015,
    "What teachers should know about the bootstrap", the expanded percentile interval).
    """
    reach = np.sqrt(rows / (rows - 1)) * scipy.stats.t.ppf((1 + CONFIDENCE) / 2, rows - 1)
    return float(1 - 2 * scipy.stats.norm.sf(reach))


def _bootstrap(measure: Measure, rows: int, resamples: int) -> tuple[float, float, np.ndarray]:
    """Return the interval of a measure and its value in every draw; the same rows always give the same."""

    def statistic(drawn: np.ndarray, axis: int = -1) -> np.ndarray:
        shape, drawn = drawn.shape[:-1], np.atleast_2d(drawn)
        # Counting how often each row was drawn makes every sum over a draw one product of matrices
        flat = drawn + rows * np.arange(len(drawn))[:, None]
        counts = np.bincount(flat.ravel(), minlength=rows * len(drawn)).reshape(len(drawn), rows)
        return measure(counts.astype(float)).reshape(shape)

    found = scipy.stats.bootstrap(
        (np.arange(rows),),
        statistic,
        n_resamples=resamples,
        batch=max(1, _CELLS // rows),
        vectorized=True,
        confidence_level=_confidence(rows),
        method="percentile",
        rng=np.random.default_rng(_SEED),
    )
    low, high = (float(end) for end in found.confidence_interval)
    return low, high, found.bootstrap_distribution
