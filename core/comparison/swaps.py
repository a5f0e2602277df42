"""Exact tests of two runs on the same rows: how large a lead swapping their answers by chance would give.

If neither is better, it is chance which of the two gave which answer to a row. Only the rows on which they differ tell.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.measures import Measure, Ranking, Sums, equal
from core.store.record import ANSWER, PREDICTION

ALL_WAYS = 12  # differing rows; of more, not every way to swap them is tried
DRAWS = 2000
RESOLVED = 20  # draws at the least that a share of them is told from

_SEED = 1
_CELLS = 4_000_000  # how many swaps are in memory at once


def mcnemar(a: pd.DataFrame, b: pd.DataFrame) -> tuple[int, int, float]:
    """Count the rows where only one run is right; return the chance of so uneven a split between equal ones.

    McNemar's test with the mid-p value: the exact one is too careful (Fagerland, Lydersen and Laake 2013).
    """
    right_a, right_b = equal(a[PREDICTION], a[ANSWER]), equal(b[PREDICTION], b[ANSWER])
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    uneven = only_a + only_b
    if not uneven:
        return 0, 0, 1.0
    exact = scipy.stats.binomtest(only_a, uneven).pvalue
    return only_a, only_b, float(exact - scipy.stats.binom.pmf(only_a, uneven, 0.5))


def swap_test(a: Measure, b: Measure, groups: np.ndarray | None = None) -> float:
    """Return how likely a lead as large as this one is when the two runs' answers are swapped row by row at random.

    With ``groups``, which group each row is of, the answers to all rows of a group change places together.

    Every way is tried where few rows differ, else as many as ``DRAWS``. Chances smaller than these can tell are those
    of a normal distribution that is as wide.
    """
    differing = _differing(a, b)
    if not differing.any():
        return 1.0
    codes = None if groups is None else np.unique(groups[differing], return_inverse=True)[1]
    count = int(differing.sum()) if codes is None else int(codes.max()) + 1
    every = count <= ALL_WAYS
    if isinstance(a, Ranking) and isinstance(b, Ranking) and not every:
        # Models say how sure they are on scales of their own; their ranks have one (Venkatraman and Begg 1996)
        a, b = _ranked(a), _ranked(b)
    lead = float(np.abs(swapped(a, b, np.ones((1, count)), differing, codes))[0])
    leads = np.concatenate([np.abs(swapped(a, b, signs, differing, codes)) for signs in _signs(count, every)])
    reached = int((leads >= lead * (1 - 1e-9)).sum())
    if every:
        return reached / len(leads)
    if reached >= RESOLVED:
        return (1 + reached) / (1 + len(leads))
    width = float(np.quantile(leads, 0.95)) / scipy.stats.norm.isf(0.025)
    return float(min(RESOLVED / len(leads), 2 * scipy.stats.norm.sf(lead / width)))


def swapped(
    a: Measure, b: Measure, signs: np.ndarray, differing: np.ndarray, codes: np.ndarray | None = None
) -> np.ndarray:
    """Return the lead of run a over run b after their answers to some rows have changed places.

    ``signs`` (draws, differing rows) is -1 where they have; ``differing`` says of every row whether it is one of them.
    With ``codes``, which group each of these is of, from 0, ``signs`` are of groups.
    """
    if isinstance(a, Ranking) and isinstance(b, Ranking):
        return np.asarray(signs @ _of_groups(_shares_of_lead(a, b)[differing], codes))
    assert isinstance(a, Sums) and isinstance(b, Sums)  # noqa: S101, PT018 - one metric is measured in one way
    apart = a.columns - b.columns
    total = (a.columns + b.columns).sum(axis=0)
    moved = signs @ _of_groups(apart[differing], codes) + apart[~differing].sum(axis=0)
    return np.asarray(a.finish((total + moved) / 2) - b.finish((total - moved) / 2))


def _of_groups(parts: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
    """Return what the rows of each group add together."""
    if codes is None:
        return parts
    sums = np.zeros((int(codes.max()) + 1, *parts.shape[1:]))
    np.add.at(sums, codes, parts)
    return sums


def _differing(a: Measure, b: Measure) -> np.ndarray:
    if isinstance(a, Ranking) and isinstance(b, Ranking):
        return np.asarray(a.scores != b.scores)
    assert isinstance(a, Sums) and isinstance(b, Sums)  # noqa: S101, PT018 - as above
    return np.asarray((a.columns != b.columns).any(axis=1))


def _signs(count: int, every: bool) -> list[np.ndarray]:
    """Return whether each row's answers are swapped, in parts: every way, or some at random, always the same."""
    if every:  # the first row stays: swapping all rows gives the same lead to the other
        ways = np.arange(2 ** (count - 1))[:, None] >> np.arange(count) & 1
        return [1.0 - 2 * ways]
    made, batch = np.random.default_rng(_SEED), max(1, _CELLS // count)
    sizes = [min(batch, DRAWS - first) for first in range(0, DRAWS, batch)]
    return [made.integers(0, 2, (size, count), dtype=np.int8) * 2.0 - 1 for size in sizes]


def _shares_of_lead(a: Ranking, b: Ranking) -> np.ndarray:
    """Return what each row adds to the lead in area, and takes from it where its two scores change places.

    What a pair of a positive and a negative row adds changes its sign when both rows are swapped, so it is a sum of one
    part for each row, whatever the others do.
    """
    shares = np.empty(len(a.scores))
    for own, sign in ((a.positive, 1), (~a.positive, -1)):
        others = np.sort(np.concatenate([a.scores[~own], b.scores[~own]]))
        of_a, of_b = (
            np.searchsorted(others, scores, "left") + np.searchsorted(others, scores, "right")
            for scores in (a.scores[own], b.scores[own])
        )
        shares[own] = sign * (of_a - of_b) / (2 * len(others) * own.sum())
    return shares


def _ranked(measure: Ranking) -> Ranking:
    return Ranking(measure.positive, scipy.stats.rankdata(measure.scores))
