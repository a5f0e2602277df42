"""What speaks for a version: its answers beside those of the current one, on the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.comparison.direction import better_end, higher_is_better
from core.comparison.measures import CLASSIFICATION, REGRESSION, TESTED, computable, recompute
from core.comparison.noise import Difference, differences, metric_interval
from core.comparison.slice_leads import SliceLead, leads
from core.comparison.slices import divide_by_each
from core.store.record import ANSWER, PREDICTION, PROBABILITY, ROW, own_columns

CURRENT, CHALLENGER = "current", "challenger"
NEGLIGIBLE = 1e-9
OF_EACH_GROUP = (
    f"{TESTED}accuracy",
    f"{TESTED}recall",
    f"{TESTED}mae",
)  # more would find less, as all are corrected for
ROWS_DRAWN = 20_000  # at most; of more the draws take minutes, and chance moves little


@dataclass(frozen=True)
class MetricPair:
    """One metric of challenger and current version; ``better`` says whether higher is, None where nobody knows."""

    metric: str
    mine: float
    theirs: float
    better: bool | None
    difference: Difference = field(default_factory=lambda: Difference("unknown", "no_table"))


@dataclass(frozen=True)
class Flips:
    """The rows on which two versions differ.

    ``table`` has one line a differing row: ``row``, ``answer``, ``current``, ``challenger``, then the features. For
    classes ``mended`` and ``broken`` count the rows that only the challenger, or only the current version, has right.
    For numbers ``typical`` is the median distance between the two answers, and ``closer`` counts the rows on which the
    challenger is nearer to the truth; the rows furthest apart come first.
    """

    rows: int
    table: pd.DataFrame
    mended: int = 0
    broken: int = 0
    typical: float | None = None
    closer: int = 0


@dataclass(frozen=True)
class Weighed:
    """Two versions' answers to the same rows: the metrics of each, those of both as pairs, and the rows that differ.

    ``slices`` says for which groups the challenger is better or worse; ``answers`` is the challenger's table.
    """

    mine: Mapping[str, float]
    theirs: Mapping[str, float]
    pairs: tuple[MetricPair, ...]
    flips: Flips
    slices: tuple[SliceLead, ...] = ()
    answers: pd.DataFrame | None = None


def weigh(challenger: pd.DataFrame, current: pd.DataFrame, directions: Mapping[str, bool | None]) -> Weighed:
    """Weigh two tables of answers with the same rows in the same order; it draws many samples, so it takes a while."""
    mine, theirs = measured(challenger), measured(current)
    better = {metric: higher_is_better(metric, directions) for metric in mine if metric in theirs}
    found = differences(challenger, current, {metric: way is not False for metric, way in better.items()})
    pairs = [MetricPair(metric, mine[metric], theirs[metric], way, found[metric]) for metric, way in better.items()]
    ways = {name: way for name in OF_EACH_GROUP if (way := better.get(name)) is not None}
    of_groups = leads(challenger, current, divide_by_each(challenger), ways)
    return Weighed(mine, theirs, tuple(pairs), flips(challenger, current), tuple(of_groups), challenger)


def measured(table: pd.DataFrame) -> dict[str, float]:
    """Return every metric that a table of answers gives."""
    names = [f"{TESTED}{name}" for name in (*CLASSIFICATION, *REGRESSION)]
    return {name: recompute(table, name) for name in names if computable(table, name)}


def chance_of(table: pd.DataFrame, metrics: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return the ends between which chance leaves each metric (95 %), where that can be told of so many rows."""
    if len(table) > ROWS_DRAWN:
        return {}
    found = {metric: metric_interval(table, metric) for metric in metrics}
    return {name: (one.low, one.high) for name, one in found.items() if one is not None and one.low < one.high}


def logged_metrics(
    mine: Mapping[str, float], theirs: Mapping[str, float], directions: Mapping[str, bool | None]
) -> list[MetricPair]:
    """Return the metrics that two runs logged under one name; how much of a difference is chance is not known."""
    return [
        MetricPair(metric, mine[metric], theirs[metric], better_end(metric, directions))
        for metric in mine
        if metric in theirs and np.isfinite(mine[metric]) and np.isfinite(theirs[metric])
    ]


def flips(challenger: pd.DataFrame, current: pd.DataFrame) -> Flips:
    """Return the rows on which two versions answer differently; both tables have the same rows in the same order."""
    answers, mine, theirs = challenger[ANSWER], challenger[PREDICTION], current[PREDICTION]
    known = {*own_columns(challenger.columns)}
    features = challenger[[n for n in challenger if n not in known and not str(n).startswith(PROBABILITY)]]
    table = pd.DataFrame({ROW: challenger[ROW], ANSWER: answers, CURRENT: theirs, CHALLENGER: mine})
    table = pd.concat([table, features], axis="columns")
    if pd.api.types.is_numeric_dtype(answers) and pd.api.types.is_numeric_dtype(mine):
        apart = (mine - theirs).abs()
        differing = apart > NEGLIGIBLE * max(1.0, float(answers.abs().max()))
        order = apart[differing].sort_values(ascending=False, kind="stable").index
        closer = int(((mine - answers).abs() < (theirs - answers).abs())[differing].sum())
        return Flips(len(table), table.loc[order], typical=float(apart.median()), closer=closer)
    differing = mine.astype(str) != theirs.astype(str)
    right, was_right = mine.astype(str) == answers.astype(str), theirs.astype(str) == answers.astype(str)
    return Flips(len(table), table[differing], int((right & ~was_right).sum()), int((was_right & ~right).sum()))
