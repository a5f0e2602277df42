"""Runs that no other run beats on two metrics at once."""

from __future__ import annotations

import numpy as np

from core.comparison.differences import finite_metric
from core.comparison.direction import higher_is_better
from core.store.runs.tables import Runs


def pareto_front(runs: Runs, x: str, y: str) -> set[str]:
    """Return the ids of the runs for which no other is as good on both metrics and better on one.

    Runs that tie on both are all kept, runs that lack a finite value of either are left out, and nobody leads
    where a metric's direction isn't known.
    """
    better_x, better_y = higher_is_better(x, runs.directions), higher_is_better(y, runs.directions)
    if better_x is None or better_y is None:
        return set()
    xs, ys = finite_metric(runs, x), finite_metric(runs, y)
    ids = xs.index.intersection(ys.index)
    across = xs.loc[ids].to_numpy() * (1 if better_x else -1)
    up = ys.loc[ids].to_numpy() * (1 if better_y else -1)
    front, highest, last = set(), -np.inf, (np.nan, np.nan)
    for place in np.lexsort((-up, -across)):  # best x first, then best y
        here = (across[place], up[place])
        if up[place] > highest or here == last:
            front.add(str(ids[place]))
            highest, last = up[place], here
    return front
