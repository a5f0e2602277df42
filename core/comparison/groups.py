"""Runs put together by what they share: how many there are, and how far their metrics reach."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from core.comparison.columns import values_of
from core.store.runs.filters import Condition
from core.store.runs.tables import ALGORITHM_TAG, STUDENT_TAG, TASK_TAG, Runs, finite

STATISTICS = ("count", "mean", "min", "max")
BY = ("algorithm", "status", "student", "task")  # beside parameters and tags
_TAGS = {"algorithm": ALGORITHM_TAG, "student": STUDENT_TAG, "task": TASK_TAG}


def can_group(column: str) -> bool:
    """Tell whether runs can be put together by this column."""
    return column in BY or column.startswith(("params.", "tags."))


def grouped(runs: Runs, by: str, metrics: Sequence[str]) -> pd.DataFrame:
    """Return one row a group: ``runs`` counts them, and each of ``metrics`` has count, mean, min and max.

    Columns are pairs, ``("", "runs")`` first and then ``(metric, statistic)``; the index is what a group shares, None
    for runs that do not have it, which come last. The count of a metric is of its finite values, as are the others.
    """
    values = values_of(runs, by)
    if values is None:
        return pd.DataFrame({("", "runs"): pd.Series(dtype=int)})
    places, different = pd.factorize(values)
    sizes = pd.Series(places).value_counts()
    parts = {("", "runs"): sizes}
    for metric in metrics:
        found = finite(runs.metrics[metric]).groupby(places).agg(list(STATISTICS))
        parts |= {(metric, statistic): found[statistic] for statistic in STATISTICS}
    table = pd.DataFrame(parts)
    keys = _order([None if place < 0 else str(different[place]) for place in table.index])
    shared = pd.Series([None if place < 0 else str(different[place]) for place in table.index], dtype=object)
    table.index = pd.Index(shared, dtype=object, name=by)
    return table.iloc[keys]


def group_condition(by: str, value: str | None) -> Condition:
    """Return the condition that the runs of a group meet."""
    kind, _dot, name = by.partition(".")
    if by == "status":
        return Condition("attribute", "status", "=", value)
    if kind == "params":
        return Condition("parameter", name, *_shares(value))
    return Condition("tag", _TAGS.get(by, name), *_shares(value))


def _shares(value: str | None) -> tuple[str, str | None]:
    return ("IS NULL", None) if value is None else ("=", value)


def _order(values: Sequence[str | None]) -> list[int]:
    """Return places by size where all are numbers, else by the alphabet; None comes last."""
    texts = pd.Series([value for value in values if value is not None], dtype=object)
    numbers = pd.to_numeric(texts, errors="coerce")
    numeric = bool(numbers.notna().all())

    def key(place: int) -> tuple[bool, float, str]:
        value = values[place]
        return value is None, float(value) if numeric and value is not None else 0.0, (value or "").casefold()

    return sorted(range(len(values)), key=key)
