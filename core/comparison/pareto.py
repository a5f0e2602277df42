"""Runs that no other run beats on two metrics at once."""

from __future__ import annotations

import numpy as np

from core.comparison.differences import merits
from core.store.runs.tables import Runs


def pareto_front(runs: Runs, x: str, y: str) -> set[str]:
    """Return the ids of the runs for which no other is as good on both metrics and better on one.

    Runs that tie on both are all kept, runs that lack a finite value of either are left out, and nobody leads
    where a metric's direction isn't known.
    """
    xs, ys = merits(runs, x), merits(runs, y)
    ids = xs.index.intersection(ys.index)
    across, up = xs.loc[ids].to_numpy(), ys.loc[ids].to_numpy()
    front, highest, last = set(), -np.inf, (np.nan, np.nan)
    for place in np.lexsort((-up, -across)):  # best x first, then best y
        here = (across[place], up[place])
        if up[place] > highest or here == last:
            front.add(str(ids[place]))
            highest, last = up[place], here
    return front
