"""How good a model is for each group of rows: the metric with its interval, worst first, and who is really worse off.

A group is held against all other rows. What is said of several groups holds together in 95 %: corrected by Holm (1979)
for all groups that were looked at, which needs nothing of how they hang together, as groups of several columns do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.measures import TESTED, measure_of, positive_class, readable, recompute
from core.comparison.noise import CONFIDENCE, Interval, metric_interval
from core.comparison.slices import FEWEST_ROWS, Slice
from core.store.record import ANSWER, PREDICTION, group_codes, own_columns, probability_columns

LEVEL = 1 - CONFIDENCE
Standing = Literal["worse", "better", "close", "few"]


@dataclass(frozen=True)
class SliceScore:
    """How good a model is for one group, ``counted`` of whose ``rows`` tell the metric (of recall: the positive ones).

    ``low`` and ``high`` are the ends of its own 95 % interval, ``rest`` is the metric of all other rows; NaN where the
    rows do not tell. ``p_value`` is corrected for all groups that were looked at, NaN where there is too little to hold
    it against. ``standing`` is "worse" or "better" (than the rest, for certain), "close", or "few" rows, not judged.
    """

    slice: Slice
    rows: int
    counted: int
    value: float
    low: float = np.nan
    high: float = np.nan
    rest: float = np.nan
    p_value: float = np.nan
    standing: Standing = "few"


@dataclass(frozen=True, eq=False)
class RowMean:
    """A metric that follows from a mean: of what each row that is ``counted`` adds to it, its ``part``.

    Of a share that is 1 for a hit, else 0; of an error how far the answer is off, or the square of that. F1 is no
    share, but 2 s / (1 + s) of the share s of rows that are found among those that are wanted or found.
    """

    counted: np.ndarray
    part: np.ndarray
    is_share: bool
    metric: Callable[[float], float] = float

    def of(self, rows: np.ndarray) -> float:
        """Return the metric of some rows; NaN where none of them is counted."""
        parts = self.part[rows & self.counted]
        return self.metric(float(parts.mean())) if len(parts) else np.nan


def row_mean(table: pd.DataFrame, metric: str) -> RowMean | None:
    """Return which mean over the rows of a table of test answers a metric follows from; None where it is of none."""
    if measure_of(table, metric) is None:
        return None
    every, name = np.ones(len(table), dtype=bool), metric.removeprefix(TESTED)
    if pd.api.types.is_numeric_dtype(table[ANSWER]):
        apart = np.abs(table[ANSWER].to_numpy(dtype=float) - table[PREDICTION].to_numpy(dtype=float))
        if name == "rmse":
            return RowMean(every, apart**2, False, sqrt)
        return RowMean(every, apart, False) if name == "mae" else None
    answers, predictions = (table[column].astype(str).to_numpy(dtype=object) for column in (ANSWER, PREDICTION))
    right, positive = (answers == predictions).astype(float), positive_class(table)
    # The recall of all classes, each as often as it occurs, is the accuracy
    if name == "accuracy" or (name == "recall" and positive is None):
        return RowMean(every, right, True)
    if positive is None or name not in {"recall", "precision", "f1"}:
        return None
    wanted, found = answers == positive, predictions == positive
    counted = {"recall": wanted, "precision": found, "f1": wanted | found}[name]
    return RowMean(counted, right, True, _f1 if name == "f1" else float)


def _f1(share: float) -> float:
    return 2 * share / (1 + share)


def scores(
    table: pd.DataFrame, slices: Sequence[Slice], metric: str, better: bool, *, intervals: bool = True
) -> list[SliceScore]:
    """Return how good a model is for each group, the worst first and those with too few rows last.

    ``table`` is one of test answers, with the columns of the groups; ``better`` is True where higher is better. Nothing
    where the table does not give the metric. Without ``intervals`` many groups are searched in no time, where the
    metric is a mean.
    """
    if not readable(table) or measure_of(table, metric) is None:
        return []
    measured = _Measured(without_features(table), metric)
    found = [_scored(measured, one, one.holds(table), intervals=intervals) for one in slices]
    adjusted = iter(holm([score.p_value for score in found if score.p_value == score.p_value]))
    judged = [
        _stands(replace(score, p_value=next(adjusted)), better=better) if score.p_value == score.p_value else score
        for score in found
    ]
    return sorted(judged, key=lambda score: worst_first(score.value, better, few=score.standing == "few"))


def values(table: pd.DataFrame, slices: Sequence[Slice], metric: str) -> list[SliceScore]:
    """Return the metric of each group, in their order, without asking what chance does."""
    measured = _Measured(without_features(table), metric)
    return [_valued(measured, one.holds(table), one) for one in slices]


def worst_first(value: float, better: bool, *, few: bool) -> tuple[bool, bool, float]:
    """Return the place of a group by its metric: the worst first, too few rows last, and after these what is NaN."""
    return few, bool(np.isnan(value)), value if better else -value


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected so that all of them hold together, however they depend on each other (Holm 1979).

    >>> holm([0.01, 0.5, 0.02])
    [0.03, 0.5, 0.04]
    """
    adjusted, largest = [1.0] * len(p_values), 0.0
    for place, which in enumerate(np.argsort(p_values, kind="stable").tolist()):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[which]))
        adjusted[which] = largest
    return adjusted


def share_ends(count: int, rows: int) -> tuple[float, float]:
    """Return the ends of the exact 95 % interval of a share, ``count`` of ``rows`` (Clopper and Pearson 1934).

    >>> [round(end, 3) for end in share_ends(9, 12)], [round(end, 3) for end in share_ends(0, 10)]
    ([0.428, 0.945], [0.0, 0.308])
    """
    end = scipy.special.betaincinv
    low = float(end(count, rows - count + 1, LEVEL / 2)) if count else 0.0
    return low, float(end(count + 1, rows - count, 1 - LEVEL / 2)) if count < rows else 1.0


def without_features(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a table of test answers that metrics are of."""
    return table[[*own_columns(table.columns), *probability_columns(table)]]


def counted_rows(table: pd.DataFrame, metric: str) -> np.ndarray:
    """Say of each row whether it counts for a metric: of an area under the ROC curve only those of the rarer class."""
    if metric == f"{TESTED}roc_auc":
        positive = (table[ANSWER].astype(str) == positive_class(table)).to_numpy(dtype=bool)
        return np.asarray(positive if positive.sum() <= len(positive) / 2 else ~positive)
    return np.ones(len(table), dtype=bool)


def units(rows: np.ndarray, codes: np.ndarray | None) -> int:
    """Return how many things these rows are that do not hang together: rows, or groups that rows were divided by."""
    return int(rows.sum()) if codes is None else len(np.unique(codes[rows]))


@dataclass(frozen=True, eq=False)
class _Measured:
    """The answers, without features, and a metric of them."""

    answers: pd.DataFrame
    metric: str

    @cached_property
    def mean(self) -> RowMean | None:
        return row_mean(self.answers, self.metric)

    @cached_property
    def codes(self) -> np.ndarray | None:
        return group_codes(self.answers)

    def value(self, rows: np.ndarray) -> float:
        if self.mean is not None:
            return self.mean.of(rows)
        return recompute(self.answers[rows], self.metric) if rows.any() else np.nan

    def counted(self, rows: np.ndarray) -> np.ndarray:
        """Say of each row whether it is one of ``rows`` and counts."""
        if self.mean is not None:
            return np.asarray(rows & self.mean.counted)
        counts = np.zeros(len(rows), dtype=bool)
        counts[np.flatnonzero(rows)[counted_rows(self.answers[rows], self.metric)]] = True
        return counts

    def interval(self, rows: np.ndarray) -> Interval | None:
        """Return the interval of some rows by bootstrap, of whole groups where rows were divided by these."""
        return metric_interval(self.answers[rows], self.metric)


def _valued(measured: _Measured, inside: np.ndarray, one: Slice) -> SliceScore:
    counted = int(measured.counted(inside).sum())
    return SliceScore(one, int(inside.sum()), counted, measured.value(inside), rest=measured.value(~inside))


def _scored(measured: _Measured, one: Slice, inside: np.ndarray, *, intervals: bool) -> SliceScore:
    score = _valued(measured, inside, one)
    counts = [measured.counted(rows) for rows in (inside, ~inside)]
    told = [
        np.isfinite(value) and units(rows, measured.codes) >= FEWEST_ROWS
        for value, rows in zip((score.value, score.rest), counts, strict=True)
    ]
    if not told[0]:
        return score
    mean = measured.mean if measured.codes is None else None
    parts = [] if mean is None else [mean.part[rows] for rows in counts]
    if mean is not None and mean.is_share:
        low, high = map(mean.metric, share_ends(round(parts[0].sum()), score.counted))
    else:
        found = measured.interval(inside) if intervals or mean is None else None
        low, high = (np.nan, np.nan) if found is None else (found.low, found.high)
    score = replace(score, low=low, high=high, standing="close")
    if not told[1]:
        return score
    if mean is None:
        p_value = _apart(found, measured.interval(~inside))
    else:
        p_value = _fisher(*parts) if mean.is_share else _welch(*parts)
    return replace(score, p_value=p_value)


def _fisher(one: np.ndarray, other: np.ndarray) -> float:
    """Return the p-value of Fisher's exact test of two shares, of ones among ones and zeros.

    >>> round(_fisher(np.array([1.0, 0, 0, 0, 0]), np.array([1.0, 1, 1, 1, 0])), 4)
    0.2063
    """
    rows, others, hit = len(one), len(other), round(one.sum() + other.sum())
    ways = np.arange(max(0, hit - others), min(rows, hit) + 1)
    chances = _log_binomial(rows, ways) + _log_binomial(others, hit - ways) - _log_binomial(rows + others, hit)
    return float(min(1.0, np.exp(chances[chances <= chances[round(one.sum()) - ways[0]] + 1e-7]).sum()))


def _log_binomial(of: int, chosen: np.ndarray | int) -> np.ndarray:
    return np.asarray(-scipy.special.betaln(1 + of - chosen, 1 + chosen) - np.log(1 + of))


def _welch(one: np.ndarray, other: np.ndarray) -> float:
    """Return the p-value of Welch's test, which does not take both to be spread alike.

    >>> round(_welch(np.arange(10.0), np.arange(10.0) + 5), 4)
    0.0017
    """
    spreads = np.array([values.var(ddof=1) / len(values) for values in (one, other)])
    gap, total = abs(float(one.mean() - other.mean())), float(spreads.sum())
    if total <= 0:  # all alike on either side: of all ways to share the rows out, this one or its reverse
        return float(2 / scipy.special.comb(len(one) + len(other), len(one))) if gap > 0 else 1.0
    freedom = total**2 / float((spreads**2 / np.array([len(one) - 1, len(other) - 1])).sum())
    return float(2 * scipy.stats.t.sf(gap / np.sqrt(total), freedom))


def _apart(one: Interval | None, other: Interval | None) -> float:
    """Return the p-value of two values whose intervals are known, as of normal ones that are as wide; else NaN."""
    wide = 0.0 if one is None or other is None else float(np.hypot(one.high - one.low, other.high - other.low)) / 2
    if one is None or other is None or not wide > 0:
        return np.nan
    return float(2 * scipy.stats.norm.sf(abs(one.value - other.value) / wide * scipy.stats.norm.isf(LEVEL / 2)))


def _stands(score: SliceScore, *, better: bool) -> SliceScore:
    if score.p_value >= LEVEL or score.value == score.rest:
        return score
    return replace(score, standing="better" if (score.value > score.rest) == better else "worse")
