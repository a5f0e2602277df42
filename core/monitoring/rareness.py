"""How rare so bad a window would be, were the model as good as on its test rows: exact, or from permutations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.measures import TESTED, measure_of
from core.comparison.slice_scores import holm
from core.monitoring.calibration import spread_of
from core.store.record import ANSWER, PREDICTION, group_codes, probability_columns

FEWEST_DRAWS, MOST_DRAWS = 2000, 20_000
SINGLE, GROWTH = 12, 1.25  # of errors: so many alone, then parts that grow
FEWEST_OF_CLASS = 5  # of each of two classes, for the area under the ROC curve

_SEED = 0


def rareness(window: pd.DataFrame, tested: pd.DataFrame, metric: str, draws: int = MOST_DRAWS) -> float:
    """Return the chance that the window's rows do as badly or worse on ``metric``, were they like the test rows.

    Both are tables of test answers. Were nothing else, any rows of the two together might have been the window's:
    that is the exact test for accuracy (Fisher), and for precision, recall, f1, mae and rmse it is drawn how many of
    each cell of the confusion matrix, or of like errors, are in the window (multivariate hypergeometric). The area
    under the ROC curve has Hanley and McNeil's variance (1982) on the log-odds scale. Where test rows are alike in
    groups they count for as many fewer. NaN where it cannot be told.
    """
    if metric in {"mae", "rmse"}:
        return _of_errors(window, tested, 2 if metric == "rmse" else 1, draws)
    if metric == "roc_auc":
        return _of_area(window, tested)
    right = [(table[ANSWER].astype(str) == table[PREDICTION].astype(str)).to_numpy() for table in (window, tested)]
    spread = spread_of(right[1] - right[1].mean(), group_codes(tested))
    if metric == "accuracy":
        size = round(len(tested) / spread)
        hits = round(float(right[1].mean()) * size)
        found = int(right[0].sum())
        return float(scipy.stats.hypergeom.cdf(found, len(window) + size, found + hits, len(window)))
    return _of_cells(window, tested, metric, spread, draws)


def draws_for(windows: int, level: float) -> int:
    """Return how many draws can tell a window from chance when so many are looked at: up to 125 at a level of 2.5 %.

    >>> draws_for(1, 0.025), draws_for(50, 0.025), draws_for(500, 0.025)
    (2000, 8000, 20000)
    """
    return min(MOST_DRAWS, max(FEWEST_DRAWS, round(4 * windows / level)))


def for_certain(chances: Sequence[float], level: float) -> list[bool]:
    """Tell which are below ``level`` when it is counted how many were looked at (Holm 1979); NaN is not looked at.

    >>> for_certain([0.001, 0.03, 0.02, float("nan")], 0.05)
    [True, True, True, False]
    >>> for_certain([0.001, 0.03, 0.04], 0.05)
    [True, False, False]
    """
    looked_at = [place for place, chance in enumerate(chances) if not np.isnan(chance)]
    corrected = dict(zip(looked_at, holm([chances[place] for place in looked_at]), strict=True))
    return [corrected.get(place, 1.0) <= level for place in range(len(chances))]


def _of_errors(window: pd.DataFrame, tested: pd.DataFrame, power: int, draws: int) -> float:
    """Draw which errors are in the window: the largest one by one, the others in parts of like ones."""
    one, other = (
        np.abs(table[ANSWER].to_numpy(dtype=float) - table[PREDICTION].to_numpy(dtype=float)) ** power
        for table in (window, tested)
    )
    is_known, groups = np.isfinite(other), group_codes(tested)
    spread = spread_of((other - other[is_known].mean())[is_known], None if groups is None else groups[is_known])
    other = np.sort(other[is_known])
    other = other[np.linspace(0, len(other) - 1, max(2, round(len(other) / spread))).astype(int)]
    both = np.sort(np.r_[one, other])[::-1]
    # Large errors are few and weigh most, so parts grow from the largest on
    ends = np.unique(np.r_[np.arange(1, SINGLE), (SINGLE * GROWTH ** np.arange(80)).astype(int)])
    parts = np.split(both, ends[ends < len(both)])
    drawn = np.random.default_rng(_SEED).multivariate_hypergeometric(
        [len(part) for part in parts], len(one), draws, method="marginals"
    )
    sums = drawn @ np.array([part.mean() for part in parts])
    return float((1 + (sums >= one.sum() * (1 - 1e-9)).sum()) / (1 + draws))


def _of_cells(window: pd.DataFrame, tested: pd.DataFrame, metric: str, spread: float, draws: int) -> float:
    """Draw how many of each cell of the confusion matrix are in the window."""
    names = [ANSWER, PREDICTION]
    cells = pd.concat([window[names], tested[names]]).astype(str).drop_duplicates(ignore_index=True)
    index = pd.MultiIndex.from_frame(cells)
    counts = [
        np.bincount(index.get_indexer(pd.MultiIndex.from_frame(table[names].astype(str))), minlength=len(cells))
        for table in (window, tested)
    ]
    counts[1] = np.round(counts[1] / spread).astype(int)
    columns = probability_columns(tested)
    table = cells.assign(row=range(len(cells)), **dict.fromkeys(columns, 1 / max(1, len(columns))))
    measure = measure_of(table[["row", *names, *columns]], f"{TESTED}{metric}")
    both = counts[0] + counts[1]
    if measure is None or not counts[1].any():
        return np.nan
    drawn = np.random.default_rng(_SEED).multivariate_hypergeometric(
        both, int(counts[0].sum()), draws, method="marginals"
    )  # fmt: skip
    leads = measure(drawn.astype(float)) - measure((both - drawn).astype(float))
    observed = measure(counts[0][None].astype(float)) - measure(counts[1][None].astype(float))
    return float((1 + (leads <= observed + 1e-12).sum()) / (1 + draws))


def _of_area(window: pd.DataFrame, tested: pd.DataFrame) -> float:
    areas, sizes = [], []
    for table in (window, tested):
        measure = measure_of(table, f"{TESTED}roc_auc")
        if measure is None:
            return np.nan
        areas.append(float(measure(np.ones((1, len(table))))[0]))
        positive = probability_columns(table)[1].removeprefix("probability_")
        count = int((table[ANSWER].astype(str) == positive).sum())
        sizes.append((count, len(table) - count))
    if min(min(size) for size in sizes) < FEWEST_OF_CLASS:
        return np.nan
    weights = [positive * negative for positive, negative in sizes]
    area = float(np.clip(np.average(areas, weights=weights), 1e-3, 1 - 1e-3))
    groups = group_codes(tested)
    spread = 1.0 if groups is None else len(groups) / len(np.unique(groups))
    variance = sum(
        times * area_variance(area, *size) for times, size in zip((1.0, spread), sizes, strict=True)
    ) / (area * (1 - area)) ** 2  # fmt: skip
    odds = [
        scipy.special.logit(np.clip(one, 0.5 / pairs, 1 - 0.5 / pairs))
        for one, pairs in zip(areas, weights, strict=True)
    ]
    return float(scipy.stats.norm.cdf((odds[0] - odds[1]) / np.sqrt(variance)))


def area_variance(area: float, positive: float, negative: float) -> float:
    """Return the variance of an area under the ROC curve of so many rows of each class (Hanley and McNeil 1982)."""
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    over = area * (1 - area) + max(0.0, positive - 1) * (first - area**2)
    over += max(0.0, negative - 1) * (second - area**2)
    return over / max(positive * negative, 1e-9)
