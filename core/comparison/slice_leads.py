"""Two models on the same rows, group by group: for whom the new one is better, and for whom it loses for certain.

What is said of all groups and metrics holds together in 95 %, corrected by Holm (1979) as in ``slice_scores``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.measures import (
    TESTED,
    aligned,
    equal,
    measure_of,
    measured_alike,
    readable,
    recompute,
    same_test_set,
)
from core.comparison.noise import paired_difference
from core.comparison.slice_scores import LEVEL, RowMean, counted_rows, holm, row_mean, units, without_features
from core.comparison.slices import FEWEST_ROWS, Slice
from core.store.record import PREDICTION, group_codes

RMSE, F1 = f"{TESTED}rmse", f"{TESTED}f1"

Standing = Literal["worse", "better", "close", "identical", "few"]


@dataclass(frozen=True)
class SliceLead:
    """How much better one model, ``mine``, is than another, ``theirs``, for a group of ``rows`` that both answered.

    ``gap`` and its own 95 % interval are below 0 where mine is worse, whichever way of the metric is better; NaN where
    the rows do not tell. ``counted`` rows tell the metric. Of a share ``only_mine`` and ``only_theirs`` count the rows
    that one of them has right, where it is known. ``p_value`` is corrected for all groups and metrics that were looked
    at. ``standing``: mine is "worse" or "better" for certain, "close", "identical", or "few" rows, not judged.
    """

    slice: Slice
    metric: str
    rows: int
    counted: int
    mine: float
    theirs: float
    gap: float = np.nan
    low: float = np.nan
    high: float = np.nan
    only_mine: int | None = None
    only_theirs: int | None = None
    p_value: float = 1.0
    standing: Standing = "few"


def leads(
    mine: pd.DataFrame, theirs: pd.DataFrame, slices: Sequence[Slice], metrics: Mapping[str, bool]
) -> list[SliceLead]:
    """Return how two models do for each group and metric, first where mine loses for certain, then by how much.

    Both are tables of test answers to the same rows; the columns of the groups are those of ``mine``. ``metrics`` says
    of each whether higher is better. Nothing where the rows are others, or no metric is to be had.
    """
    if not (readable(mine) and readable(theirs)) or not same_test_set(mine, theirs) or not measured_alike(mine, theirs):
        return []
    mine, theirs = aligned([mine, theirs])
    inside = {one: one.holds(mine) for one in slices}
    own = without_features(mine), without_features(theirs)
    found = []
    for metric, better in metrics.items():
        if all(measure_of(table, metric) is not None for table in own):
            pair = _Pair(*own, metric, better)
            found += [_lead(pair, one, rows) for one, rows in inside.items()]
    judged = [lead for lead in found if lead.standing == "close"]
    adjusted = iter(holm([lead.p_value for lead in judged]))
    told = [_stands(replace(lead, p_value=next(adjusted))) if lead.standing == "close" else lead for lead in found]
    return sorted(told, key=lambda lead: (lead.standing == "few", lead.standing != "worse", np.nan_to_num(lead.gap)))


def losing(found: Sequence[SliceLead]) -> list[SliceLead]:
    """Return the groups for which mine is worse for certain, the worst first."""
    return [lead for lead in found if lead.standing == "worse"]


@dataclass(frozen=True, eq=False)
class _Pair:
    """The answers of both to the same rows in one order, without features, and a metric of them."""

    mine: pd.DataFrame
    theirs: pd.DataFrame
    metric: str
    better: bool

    @cached_property
    def codes(self) -> np.ndarray | None:
        """Which rows hang together, where either says so."""
        mine, theirs = group_codes(self.mine), group_codes(self.theirs)
        return theirs if mine is None else mine

    @cached_property
    def means(self) -> tuple[RowMean, RowMean] | None:
        """What the metric of both is a mean of, where it is one of the same rows."""
        mine, theirs = row_mean(self.mine, self.metric), row_mean(self.theirs, self.metric)
        if mine is None or theirs is None or not np.array_equal(mine.counted, theirs.counted):
            return None
        return mine, theirs

    @cached_property
    def differ(self) -> np.ndarray:
        """Say of each row whether the two answer it differently."""
        return ~equal(self.mine[PREDICTION], self.theirs[PREDICTION])


def _lead(pair: _Pair, one: Slice, inside: np.ndarray) -> SliceLead:
    if pair.means is None:
        return _by_drawing(pair, one, inside)
    mine, theirs = pair.means
    counted = inside & mine.counted
    found = _measured(pair, one, inside, counted, (mine.of(inside), theirs.of(inside)))
    if found.standing != "close":
        return found
    if pair.codes is not None or (mine.is_share and pair.metric == F1):
        return _drawn(pair, found, inside)
    if mine.is_share:
        return _of_shares(found, mine.part[counted] > 0, theirs.part[counted] > 0, better=pair.better)
    # The root of squares is shown: roots are as much nearer to each other as both together
    scale = found.mine + found.theirs if pair.metric == RMSE else 1.0
    return _of_losses(found, theirs.part[counted] - mine.part[counted], -1 if pair.better else 1, scale)


def _by_drawing(pair: _Pair, one: Slice, inside: np.ndarray) -> SliceLead:
    """Judge a metric that is no mean of the same rows for both."""
    tables = pair.mine[inside], pair.theirs[inside]
    means = [row_mean(table, pair.metric) for table in tables]
    counts = [
        counted_rows(table, pair.metric) if mean is None else mean.counted
        for table, mean in zip(tables, means, strict=True)
    ]
    counted = np.zeros(len(inside), dtype=bool)
    counted[np.flatnonzero(inside)[np.logical_or(*counts)]] = True
    values = [recompute(table, pair.metric) if counted.any() else np.nan for table in tables]
    found = _measured(pair, one, inside, counted, (values[0], values[1]))
    return _drawn(pair, found, inside) if found.standing == "close" else found


def _measured(
    pair: _Pair, one: Slice, inside: np.ndarray, counted: np.ndarray, values: tuple[float, float]
) -> SliceLead:
    """Return what both get, "few" where that is of too few rows, "identical" where they answer alike."""
    found = SliceLead(one, pair.metric, int(inside.sum()), int(counted.sum()), *values)
    if not np.isfinite(values).all() or units(counted, pair.codes) < FEWEST_ROWS:
        return found
    found = replace(found, gap=(values[0] - values[1]) * (1 if pair.better else -1))
    if found.gap == 0 and not pair.differ[inside].any():
        return replace(found, low=0.0, high=0.0, standing="identical")
    return replace(found, standing="close")


def _drawn(pair: _Pair, found: SliceLead, inside: np.ndarray) -> SliceLead:
    """Judge by drawing and swapping rows, whole groups of them where rows were divided by these."""
    said = paired_difference(pair.mine[inside], pair.theirs[inside], pair.metric, pair.better)
    if said.outcome == "unknown" or said.p_value is None:
        return replace(found, standing="few")
    standing: Standing = "identical" if said.outcome == "identical" else "close"
    return replace(found, low=said.low, high=said.high, p_value=said.p_value, standing=standing)


def _of_shares(found: SliceLead, mine: np.ndarray, theirs: np.ndarray, *, better: bool) -> SliceLead:
    """Judge a share by the rows that only one of both has right: the exact sign test (McNemar).

    The interval is Wald's with a half more in each of the four cells, which holds of few rows too (Bonett and Price
    2012).
    """
    only_mine, only_theirs, rows = int((mine & ~theirs).sum()), int((theirs & ~mine).sum()), len(mine)
    fewer, uneven = min(only_mine, only_theirs), only_mine + only_theirs
    p_value = min(1.0, 2 * float(scipy.special.bdtr(fewer, uneven, 0.5)))
    a, b = ((count + 1) / (rows + 2) for count in (only_mine, only_theirs))
    reach = float(scipy.special.ndtri(1 - LEVEL / 2) * np.sqrt((a + b - (a - b) ** 2) / (rows + 2)))
    ends = sorted((1 if better else -1) * max(-1.0, min(1.0, a - b + side * reach)) for side in (-1, 1))
    low, high = min(ends[0], found.gap), max(ends[1], found.gap)
    return replace(
        found, low=low, high=high, only_mine=only_mine, only_theirs=only_theirs, p_value=p_value, standing="close"
    )


def _of_losses(found: SliceLead, nearer: np.ndarray, sign: int, scale: float) -> SliceLead:
    """Judge errors by how much ``nearer`` mine is row by row: Student's test of pairs, careful with long tails."""
    middle, spread, freedom = float(nearer.mean()), float(nearer.std(ddof=1)) / np.sqrt(len(nearer)), len(nearer) - 1
    if spread <= 0:  # every row says the same: of all ways to swap both, this one or its reverse
        return replace(found, low=found.gap, high=found.gap, p_value=0.5**freedom, standing="close")
    reach = float(scipy.stats.t.isf(LEVEL / 2, freedom)) * spread
    low, high = sorted(sign * (middle + side * reach) / scale for side in (-1, 1))
    p_value = float(2 * scipy.stats.t.sf(abs(middle) / spread, freedom))
    return replace(found, low=low, high=high, p_value=p_value, standing="close")


def _stands(lead: SliceLead) -> SliceLead:
    if lead.p_value >= LEVEL or lead.gap == 0 or (lead.low <= 0 <= lead.high):
        return lead
    return replace(lead, standing="better" if lead.gap > 0 else "worse")
