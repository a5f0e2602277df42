"""How much of a difference between runs is chance: test rows drawn again and again, from their stored answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.measures import (
    TESTED,
    TOLERANCE,
    Measure,
    aligned,
    equal,
    from_predictions,
    measure_of,
    measured_alike,
    readable,
    recompute,
    reproduces,
    same_test_set,
)
from core.comparison.swaps import mcnemar, swap_test
from core.store.record import PREDICTION, group_codes

CONFIDENCE = 0.95
RESAMPLES = 2000
FEWEST_ROWS = 10

_SEED = 0
_CELLS = 2_000_000  # how many drawn rows are in memory at once

Outcome = Literal["better", "close", "identical", "unknown"]
Reason = Literal[
    "", "no_table", "other_test_set", "not_from_predictions", "not_reproduced", "too_few_rows", "too_few_groups"
]


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
    for a ``reason``. ``p_value`` is that of McNemar's test for accuracy, which the counts are of, and of swapping the
    answers for other metrics; "better" needs one below ``level``. Where rows were divided by groups there are so many
    ``groups`` among them, and whole ones were drawn and swapped.
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
    level: float = 1 - CONFIDENCE
    groups: int = 0


def metric_interval(table: pd.DataFrame, metric: str, resamples: int = RESAMPLES) -> Interval | None:
    """Return one run's ``metric`` with its interval by bootstrap, or None where the table does not give it.

    Where every draw gives the same value the bootstrap knows nothing of the noise: a model that is right on all of
    30 rows is not sure to be right always. Accuracy then has the exact binomial interval, other metrics none.
    """
    measure = measure_of(table, metric)
    groups = group_codes(table)
    units = _units(len(table), groups)
    if measure is None or units < FEWEST_ROWS:
        return None
    value = recompute(table, metric)
    low, high = _interval(_drawn([measure], len(table), resamples, groups)[0], units)
    if low < high:
        return Interval(value, low, high)
    if metric == f"{TESTED}accuracy":
        exact = scipy.stats.binomtest(round(value * units), units).proportion_ci(CONFIDENCE, method="exact")
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
    return leads([a, b], metric, better, logged, resamples)[0]


def leads(
    tables: Sequence[pd.DataFrame | None],
    metric: str,
    better: bool,
    logged: Sequence[float] | None = None,
    resamples: int = RESAMPLES,
) -> list[Difference]:
    """Say whether the first run is really better or worse on ``metric`` than each of the others.

    All of these hold together: in one of twenty such families chance alone makes any of them "better", whichever run
    was put first for its value. So every pair of the runs counts, not only those with the first.
    """
    first, *others = tables
    found = [
        _unknown(first, other, metric, None if logged is None else (logged[0], logged[place]))
        for place, other in enumerate(others, start=1)
    ]
    known = [place for place, difference in enumerate(found) if difference is None]
    rows_of_all = aligned([table for table in (first, *(others[place] for place in known)) if table is not None])
    measures = [measure for table in rows_of_all if (measure := measure_of(table, metric)) is not None]
    groups = _groups(rows_of_all)
    if known and _units(len(rows_of_all[0]), groups) < FEWEST_ROWS:
        for place in known:
            found[place] = _too_few_groups(rows_of_all[0], groups)
    elif known:
        rows, sign = len(rows_of_all[0]), 1 if better else -1
        values = sign * np.array([float(measure(np.ones((1, rows)))[0]) for measure in measures])
        drawn = sign * _drawn(measures, rows, resamples, groups)
        stretch = _stretch(
            (drawn[i] - drawn[j]) - (values[i] - values[j]) for i, j in combinations(range(len(measures)), 2)
        )
        for at, place in enumerate(known, start=1):
            found[place] = _judged(
                rows_of_all[0], rows_of_all[at], metric, float(values[0] - values[at]), drawn[0] - drawn[at],
                stretch, groups,
            )  # fmt: skip
    return [difference for difference in found if difference is not None]


def differences(
    a: pd.DataFrame, b: pd.DataFrame, metrics: Mapping[str, bool], resamples: int = RESAMPLES
) -> dict[str, Difference]:
    """Say of several metrics whether run a is really better or worse than run b; all of it holds together.

    ``metrics`` says of each whether higher is better.
    """
    found = {metric: _unknown(a, b, metric, None) for metric in metrics}
    known = [metric for metric, difference in found.items() if difference is None]
    a, b = aligned([a, b]) if known else (a, b)
    groups = _groups([a, b]) if known else None
    if known and _units(len(a), groups) < FEWEST_ROWS:
        found |= dict.fromkeys(known, _too_few_groups(a, groups))
    elif known:
        rows = len(a)
        of_both = [measure for metric in known for table in (a, b) if (measure := measure_of(table, metric))]
        signs = np.array([1 if metrics[metric] else -1 for metric in known])
        values = np.array([float(measure(np.ones((1, rows)))[0]) for measure in of_both])
        drawn = _drawn(of_both, rows, resamples, groups)
        gaps, leads = signs * (values[::2] - values[1::2]), signs[:, None] * (drawn[::2] - drawn[1::2])
        stretch = _stretch(lead - gap for lead, gap in zip(leads, gaps, strict=True))
        for metric, gap, lead in zip(known, gaps, leads, strict=True):
            found[metric] = _judged(a, b, metric, float(gap), lead, stretch, groups)
    return {metric: difference for metric, difference in found.items() if difference is not None}


def _unknown(
    a: pd.DataFrame | None, b: pd.DataFrame | None, metric: str, logged: tuple[float, float] | None
) -> Difference | None:
    """Return why the test answers of two runs do not say which is better; None where they do."""
    if not from_predictions(metric):
        return Difference("unknown", "not_from_predictions")
    if a is None or b is None or not (readable(a) and readable(b)):
        return Difference("unknown", "no_table")
    if not same_test_set(a, b):
        return Difference("unknown", "other_test_set", rows=min(len(a), len(b)))
    rows = len(a)
    if rows < FEWEST_ROWS:
        return Difference("unknown", "too_few_rows", rows=rows)
    if measure_of(a, metric) is None or measure_of(b, metric) is None or not measured_alike(a, b):
        return Difference("unknown", "not_from_predictions", rows=rows)
    if logged and not (reproduces(a, metric, logged[0]) and reproduces(b, metric, logged[1])):
        return Difference("unknown", "not_reproduced", rows=rows)
    return None


def _groups(tables: Sequence[pd.DataFrame]) -> np.ndarray | None:
    """Return which group each row of tables in one order is of; None where none says so, or they contradict."""
    told = [codes for table in tables if (codes := group_codes(table)) is not None]
    return told[0] if told and all(np.array_equal(told[0], codes) for codes in told) else None


def _units(rows: int, groups: np.ndarray | None) -> int:
    """Return how many things are drawn: rows, or groups of them."""
    return rows if groups is None else len(np.unique(groups))


def _too_few_groups(table: pd.DataFrame, groups: np.ndarray | None) -> Difference:
    return Difference("unknown", "too_few_groups", rows=len(table), groups=_units(len(table), groups))


def _judged(
    a: pd.DataFrame, b: pd.DataFrame, metric: str, gap: float, drawn: np.ndarray, stretch: float,
    groups: np.ndarray | None = None,
) -> Difference:  # fmt: skip
    """Judge a lead by its draws and by the exact test; both are stretched by what else is said with it."""
    rows, level = len(a), float(2 * scipy.stats.norm.sf(stretch * scipy.stats.norm.isf((1 - CONFIDENCE) / 2)))
    low, high = (gap + stretch * (end - gap) for end in _interval(drawn, _units(rows, groups)))
    of_a, of_b = measure_of(a, metric), measure_of(b, metric)
    only_a, only_b, p_value = None, None, 1.0
    if metric == f"{TESTED}accuracy":
        only_a, only_b, p_value = mcnemar(a, b)
    if of_a is not None and of_b is not None and (only_a is None or groups is not None):
        p_value = swap_test(of_a, of_b, groups)
    differing = int((~equal(a[PREDICTION], b[PREDICTION])).sum())
    outcome: Outcome = "close"
    if np.abs(drawn).max() <= TOLERANCE**2 * max(1.0, abs(recompute(a, metric))):
        outcome = "identical"
    elif (min(gap, low) > 0 or max(gap, high) < 0) and p_value < level:
        outcome = "better"
    return Difference(outcome, "", gap, low, high, rows, differing, only_a, only_b, p_value, level,
                      0 if groups is None else _units(rows, groups))  # fmt: skip


def _stretch(deviations: Iterable[np.ndarray]) -> float:
    """Return how much wider each of several intervals must be, so that all of them hold together.

    The largest deviation of any, each measured in its own 95 % reach, over draws that all share: the single-step maxT
    method (Westfall and Young 1993). Of one interval it is 1.
    """
    largest: np.ndarray | None = None
    for deviation in map(np.abs, deviations):
        reach = np.quantile(deviation, CONFIDENCE)
        if reach > 0:
            largest = deviation / reach if largest is None else np.maximum(largest, deviation / reach)
    return 1.0 if largest is None else max(1.0, float(np.quantile(largest, CONFIDENCE)))


def _interval(drawn: np.ndarray, rows: int) -> tuple[float, float]:
    """Return the percentile interval of draws, as wide for few rows as Student's t would make it.

    The plain percentile interval is too narrow for few rows and would call chance a difference (Hesterberg 2015,
    "What teachers should know about the bootstrap", the expanded percentile interval).
    """
    reach = np.sqrt(rows / (rows - 1)) * scipy.stats.t.ppf((1 + CONFIDENCE) / 2, rows - 1)
    tail = float(scipy.stats.norm.sf(reach))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _drawn(
    measures: Sequence[Measure], rows: int, resamples: int, groups: np.ndarray | None = None
) -> np.ndarray:  # fmt: skip
    """Return each measure (measures, draws) of rows drawn with repetition: for all of them the same ones, always.

    Where it is known which of ``groups`` each row is of, whole ones are drawn, as many as there are (cluster
    bootstrap, Field and Welsh 2007); rows then count in proportion, so that each draw has as many as there are.
    """
    made, batch, units = np.random.default_rng(_SEED), max(1, _CELLS // rows), _units(rows, groups)
    parts = []
    for first in range(0, resamples, batch):
        size = min(batch, resamples - first)
        # Counting how often each row was drawn makes every sum over a draw one product of matrices
        places = made.integers(0, units, (size, units)) + units * np.arange(size)[:, None]
        counts = np.bincount(places.ravel(), minlength=units * size).reshape(size, units).astype(float)
        if groups is not None:
            counts = counts[:, groups]
            counts *= rows / counts.sum(axis=1, keepdims=True)
        parts.append(np.stack([measure(counts) for measure in measures]))
    return np.concatenate(parts, axis=1)
