"""Which parameters a metric depends on beyond chance, alone or only two together. Pure functions over columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

SHUFFLES = 199
MANY_RUNS = 48  # from which on a parameter is cut in quarters, below in halves


@dataclass(frozen=True)
class Dependence:
    """What is clear beyond chance: parameters alone, and pairs beyond what both do alone; the clearest pair first."""

    alone: frozenset[str]
    pairs: tuple[tuple[str, str], ...]

    def partner(self, param: str) -> str | None:
        """Return the parameter that this one matters together with most clearly."""
        return next((pair[pair[0] == param] for pair in self.pairs if param in pair), None)


def dependence(columns: Mapping[str, pd.Series], target: pd.Series, sure: float) -> Dependence:
    """Tell which columns (ranks as floats, categories as whole numbers), and which pairs, ``target`` depends on.

    Each is judged by an F test over groups of runs, on ranks of the target, and all of them at once: what is kept is
    clearer than the clearest under all but a share ``sure`` of shuffled targets (Westfall and Young's single-step
    min-p). Shares of a forest can't be compared so: they make one whole, of two parameters also where both are noise.
    """
    ranks = target.rank().to_numpy(dtype=float)
    draw = np.random.default_rng(0)
    shuffled = draw.permuted(np.tile(ranks, (SHUFFLES, 1)), axis=1)
    targets = np.column_stack([ranks, shuffled.T]) - ranks.mean()
    groups = {name: _groups(values) for name, values in columns.items()}
    sums = {name: _sums(codes, targets) for name, codes in groups.items()}
    chances: dict[tuple[str, ...], np.ndarray] = {}
    for name, codes in groups.items():
        explained = (sums[name] ** 2 / np.bincount(codes)[:, None]).sum(axis=0)
        chances[name,] = _chances((np.zeros_like(explained), 1), (explained, len(sums[name])), targets)
    for one, other in combinations(groups, 2):
        cells = pd.factorize(groups[one] * len(sums[other]) + groups[other])[0]
        explained = (_sums(cells, targets) ** 2 / np.bincount(cells)[:, None]).sum(axis=0)
        both = _additive(groups[one], groups[other], np.vstack([sums[one], sums[other]]))
        chances[one, other] = _chances(both, (explained, int(cells.max()) + 1), targets)
    by_chance = np.min([found[1:] for found in chances.values()], axis=0)
    clear = sorted(
        (found[0], names)
        for names, found in chances.items()
        if (1 + (by_chance <= found[0]).sum()) / (1 + SHUFFLES) <= sure
    )
    return Dependence(
        frozenset(names[0] for _chance, names in clear if len(names) == 1),
        tuple((names[0], names[1]) for _chance, names in clear if len(names) == 2),
    )


def _groups(values: pd.Series) -> np.ndarray:
    """Return a group for each run: of numbers by size, about as many runs in each; of categories the common ones."""
    most = 4 if len(values) >= MANY_RUNS else 2
    if values.nunique() <= most:
        groups = values
    elif values.dtype == int:
        common = values.value_counts().index[: most - 1]
        groups = values.where(values.isin(common), -1)
    else:
        groups = np.ceil(values.rank(pct=True) * most)
    codes: np.ndarray = pd.factorize(groups)[0]
    return codes


def _sums(codes: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the sum of each target (columns) in each group (lines), without the threads that a product would start."""
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(codes.max() + 1))
    sums: np.ndarray = np.add.reduceat(targets[order], starts, axis=0)
    return sums


def _additive(one: np.ndarray, other: np.ndarray, sums: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the sum of squares that two groupings explain side by side (least squares), and their rank."""
    first = int(one.max()) + 1
    together = np.zeros((len(sums), len(sums)))
    np.add.at(together, (one, other + first), 1.0)
    together += together.T + np.diag(np.r_[np.bincount(one), np.bincount(other)])
    sizes, axes = np.linalg.eigh(together)
    kept = sizes > 1e-9 * sizes[-1]
    return ((axes[:, kept].T @ sums) ** 2 / sizes[kept, None]).sum(axis=0), int(kept.sum())


def _chances(narrow: tuple[np.ndarray, int], wide: tuple[np.ndarray, int], targets: np.ndarray) -> np.ndarray:
    """Return for each target how likely chance alone lets a wider grouping explain so much more (F test)."""
    more, left = wide[1] - narrow[1], len(targets) - wide[1]
    if more < 1 or left < 1:
        return np.ones(targets.shape[1])
    total = (targets**2).sum(axis=0)
    rest = np.maximum(total - wide[0], 1e-12 * total)
    gained = np.maximum(wide[0] - narrow[0], 0.0)
    return np.asarray(scipy.special.fdtrc(more, left, (gained / more) / (rest / left)))
