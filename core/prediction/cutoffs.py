"""From which probability on a model of two classes says the second: what each choice means in rows and in money.

A row counts as positive from the cut-off on (its probability >= the cut-off), as ``Predictor.cutoff`` has it. Tables
are evaluation tables, as ``core.store.record`` describes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import isfinite

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.store.record import ANSWER, PREDICTION, PROBABILITY, probability_columns

# What can become of a row, those that are positive first
KINDS = ("true_positive", "false_negative", "false_positive", "true_negative")

_MOST_DIGITS = 16  # of a cut-off; doubles have no more
_FOLDS, _REPEATS = 10, 3  # of pricing on rows that did not choose


@dataclass(frozen=True)
class Costs:
    """What one error of each sort costs, in any money.

    Raises:
        ModelError: one is below zero, or no number.
    """

    false_positive: float
    false_negative: float

    def __post_init__(self) -> None:
        for cost in (self.false_positive, self.false_negative):
            if not (isfinite(cost) and cost >= 0):
                raise ModelError(
                    N_("The cost of an error must be zero or more, but it is {cost}."),
                    N_("Enter another cost."),
                    cost=cost,
                )


@dataclass(frozen=True)
class Outcomes:
    """How many rows were said to be positive or negative, and were."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def counts(self) -> dict[str, int]:
        """The rows by kind: those that are positive first."""
        known = asdict(self)
        return {kind: known[kind] for kind in KINDS}

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts.values())

    @property
    def precision(self) -> float | None:
        """The share of those said to be positive that are; None where none is said to be."""
        said = self.true_positive + self.false_positive
        return self.true_positive / said if said else None

    @property
    def recall(self) -> float | None:
        """The share of the positive that are said to be; None where there is none."""
        there = self.true_positive + self.false_negative
        return self.true_positive / there if there else None

    def cost(self, costs: Costs) -> float:
        """Return what the errors cost for each 100 rows; nothing without rows."""
        total = self.false_positive * costs.false_positive + self.false_negative * costs.false_negative
        return 100 * total / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class People:
    """Outcomes as so many of a round number; ``too_rare`` are kinds that occur and yet round to nobody."""

    counts: Mapping[str, int]
    too_rare: Sequence[str] = ()


def two_classes(table: pd.DataFrame) -> tuple[str, str] | None:
    """Return the two classes of the answers, the positive one second; None where they are not of two classes."""
    if not (table.columns.is_unique and {ANSWER, PREDICTION} <= set(table.columns)):
        return None
    names = [str(column).removeprefix(PROBABILITY) for column in probability_columns(table)]
    if len(names) != 2 or not set(table[ANSWER].dropna().astype(str)) <= set(names):
        return None
    return names[0], names[1]


def outcomes(table: pd.DataFrame, positive: str, cutoff: float) -> Outcomes:
    """Return how the rows come out when those from ``cutoff`` on are said to be ``positive``.

    Raises:
        ModelError: the table has no rows, or no probabilities of that class.
    """
    is_positive, chances = _cases(table, positive)
    said = chances >= cutoff
    return Outcomes(
        true_positive=int((said & is_positive).sum()),
        false_positive=int((said & ~is_positive).sum()),
        false_negative=int((~said & is_positive).sum()),
        true_negative=int((~said & ~is_positive).sum()),
    )


def answered_at(table: pd.DataFrame, positive: str, cutoff: float) -> pd.DataFrame:
    """Return test answers as the model would give them now, when it says ``positive`` from ``cutoff`` on.

    What says how good it was on test rows is of these answers, not of those that training stored. Rows without a
    probability keep theirs.

    Raises:
        ModelError: the table is not of two classes with their probabilities, or ``positive`` is none of them.
    """
    classes = two_classes(table)
    if classes is None or positive not in classes:
        raise ModelError(
            N_("The test answers must say how likely {name} is, but they do not."),
            N_("Choose another version, or train it here."),
            name=repr(positive),
        )
    chances = table[f"{PROBABILITY}{positive}"].to_numpy(dtype=float)
    other = next(name for name in classes if name != positive)
    said = np.where(chances >= cutoff, positive, other).astype(object)
    return table.assign(**{PREDICTION: np.where(np.isnan(chances), table[PREDICTION].astype(object), said)})


def cost_curve(table: pd.DataFrame, positive: str, costs: Costs) -> pd.DataFrame:
    """Return cutoff, cost (for 100 rows) and the rows of each kind, by rising cut-off, in O(n log n).

    Between two probabilities nothing changes, so there is a line for 0, for each distinct probability, and for just
    above 1, from which on nothing is positive; each holds for the cut-offs above the line before it, up to its own.

    Raises:
        ModelError: as ``outcomes``.
    """
    return _curve(*_cases(table, positive), costs)


def cheapest(curve: pd.DataFrame) -> float:
    """Return the cut-off from 0 to 1 with the least cost.

    Often many cost the same. Of these it is the middle of the widest stretch (the lowest of equally wide ones), where
    other rows are least likely to make a difference, rounded to hundredths, or as far as it stays on the stretch.
    Where the model is sure of a row, no cut-off says no to everything, though that may be cheaper.
    """
    cutoffs = curve["cutoff"].to_numpy(dtype=float)
    # The last line is for just above 1; at 1 itself the model may still say yes
    ends = np.append(cutoffs[cutoffs < 1], 1.0)
    cost = curve["cost"].to_numpy(dtype=float)[np.searchsorted(cutoffs, ends).clip(max=len(cutoffs) - 1)]
    is_least = np.isclose(cost, cost.min(), rtol=1e-9, atol=0)
    begins = np.flatnonzero(is_least & ~np.r_[False, is_least[:-1]])
    stops = np.flatnonzero(is_least & ~np.r_[is_least[1:], False])
    starts = ends[np.maximum(begins - 1, 0)]
    widest = int(np.argmax(ends[stops] - starts))
    low, high = float(starts[widest]), float(ends[stops[widest]])
    holds_at_low = begins[widest] == 0
    for digits in range(2, _MOST_DIGITS + 1):
        for chosen in (round((low + high) / 2, digits), round(high, digits)):
            if low < chosen <= high or (holds_at_low and chosen == low):
                return chosen
    return high


def cost_on_other_rows(table: pd.DataFrame, positive: str, costs: Costs) -> float | None:
    """Return what errors cost for 100 rows at cut-offs that other rows chose; None where there are no other rows.

    The rows that choose a cut-off price it too low: they chose it for its price. So the rows are parted, each part is
    priced at the cut-off that is ``cheapest`` for the rest, and it is never less than the price of the cheapest
    (cross-fitting; the parts have about as many positive rows each, and are drawn the same way each time).

    Raises:
        ModelError: as ``outcomes``.
    """
    is_positive, chances = _cases(table, positive)
    rows = len(chances)
    if rows < 2:
        return None
    draw, total = np.random.default_rng(0), 0.0
    for _repeat in range(_REPEATS):
        part = np.empty(rows, dtype=int)
        mixed = draw.permutation(rows)
        part[mixed[np.argsort(is_positive[mixed], kind="stable")]] = np.arange(rows) % min(_FOLDS, rows)
        for held_out in (part == place for place in range(min(_FOLDS, rows))):
            chosen = cheapest(_curve(is_positive[~held_out], chances[~held_out], costs))
            said, there = chances[held_out] >= chosen, is_positive[held_out]
            total += costs.false_positive * (said & ~there).sum() + costs.false_negative * (there & ~said).sum()
    return float(100 * total / (rows * _REPEATS))


def people(found: Outcomes, of: int = 100) -> People:
    """Return outcomes as ``of`` figures that add up: nearest to the shares, and alike for kinds of equally many rows.

    The most common kind makes up for what the others lack or have too many.
    """
    rows = found.rows
    if not rows:
        return People(dict.fromkeys(KINDS, 0))
    known = list(found.counts.values())
    exact = [count * of / rows for count in known]
    most = known.index(max(known))
    near = [
        range(max(0, whole - 2), whole + 4) if place == most else range(whole, whole + 1 + bool(rest))
        for place, (whole, rest) in enumerate(divmod(count * of, rows) for count in known)
    ]

    def worse(figures: tuple[int, ...]) -> tuple[int, float, int]:
        alike = sum(
            known[one] == known[other] and figures[one] != figures[other] for one in range(4) for other in range(one)
        )
        off = sum((figure - share) ** 2 for figure, share in zip(figures, exact, strict=True))
        lost = sum(bool(count) and not figure for count, figure in zip(known, figures, strict=True))
        return alike, round(off, 9), lost

    best = min((figures for figures in product(*near) if sum(figures) == of), key=worse)
    counts = dict(zip(KINDS, best, strict=True))
    return People(counts, tuple(kind for kind in KINDS if found.counts[kind] and not counts[kind]))


def _curve(is_positive: np.ndarray, chances: np.ndarray, costs: Costs) -> pd.DataFrame:
    known = ~np.isnan(chances)
    of_positive, of_negative = np.sort(chances[known & is_positive]), np.sort(chances[known & ~is_positive])
    above = np.nextafter(chances[known].max(initial=1.0), np.inf)
    cutoffs = np.unique([*chances[known], 0.0, above])
    found = len(of_positive) - np.searchsorted(of_positive, cutoffs)
    wrong = len(of_negative) - np.searchsorted(of_negative, cutoffs)
    missed, positives = int(is_positive.sum()) - found, int(is_positive.sum())
    cost = 100 * (wrong * costs.false_positive + missed * costs.false_negative) / len(chances)
    return pd.DataFrame(
        {
            "cutoff": cutoffs,
            "cost": cost,
            "true_positive": found,
            "false_negative": missed,
            "false_positive": wrong,
            "true_negative": len(chances) - positives - wrong,
        }
    )


def _cases(table: pd.DataFrame, positive: str) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are positive and their probabilities, in double precision as the model is asked in.

    Rows without an answer are left out.
    """
    column = f"{PROBABILITY}{positive}"
    if column not in table or ANSWER not in table:
        raise ModelError(
            N_("The test answers must say how likely {name} is, but they do not."),
            N_("Choose another version, or train it here."),
            name=repr(positive),
        )
    known = table[table[ANSWER].notna()]
    if known.empty:
        raise ModelError(N_("There must be test answers, but there is none."), N_("Choose another version."))
    return (known[ANSWER].astype(str) == positive).to_numpy(dtype=bool), known[column].to_numpy(dtype=float)
