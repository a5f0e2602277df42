"""Runs whose parameters and metrics are as asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from core.store.runs.tables import Runs

Constraint = tuple[float, float] | Sequence[str]  # from and to, both included; or the texts that will do


def as_range(constraint: Constraint) -> tuple[float, float] | None:
    """Return the ends of a range of numbers; None where texts are listed."""
    if len(constraint) != 2 or any(isinstance(end, str) for end in constraint):
        return None
    low, high = constraint
    return float(low), float(high)


def holds(values: pd.Series, constraint: Constraint) -> pd.Series:
    """Say of each value whether it satisfies; a missing one doesn't, and "5" is as good as "5.0"."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    ends = as_range(constraint)
    if ends is not None:
        return numbers.between(*ends)
    asked = pd.Series([str(text) for text in constraint], dtype=object)
    asked_numbers = pd.to_numeric(asked, errors="coerce").dropna().astype(float)
    return values.notna() & (values.astype(str).isin(asked) | numbers.isin(asked_numbers))


def satisfying(runs: Runs, constraints: Mapping[str, Constraint]) -> list[str]:
    """Return the ids of the runs that satisfy every constraint, in order.

    A name means the parameter, and the metric where no parameter is called so. Nobody satisfies one on a name
    that no run has.
    """
    kept = pd.Series(True, index=runs.info.index)
    for name, constraint in constraints.items():
        values = next((table[name] for table in (runs.params, runs.metrics) if name in table), None)
        kept &= False if values is None else holds(values, constraint)
    return [str(run_id) for run_id in kept.index[kept]]
