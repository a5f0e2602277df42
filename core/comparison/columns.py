"""What can stand in a column of a table of runs, by an id that is the same in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.comparison.differences import as_numbers, kinship, objective, of_training_rows
from core.store.runs.tables import (
    ALGORITHM_TAG,
    ROUND_TRAINING,
    ROUND_VALIDATION,
    STUDENT_TAG,
    TASK_TAG,
    Runs,
    finite,
    titles,
)  # fmt: skip

INFO = {
    "name": "name", "status": "status", "algorithm": "algorithm", "task": "task", "student": "student",
    "duration": "seconds", "started": "start",
}  # fmt: skip
TOLD = {f"tags.{tag}" for tag in (ALGORITHM_TAG, TASK_TAG, STUDENT_TAG, "mlflow.runName")}  # columns of info say it
ALWAYS = ("name", "status", "duration", "started")


def column_ids(runs: Runs) -> list[str]:
    """Return the ids of all columns that these runs can fill: of the run itself, then metrics, parameters, tags."""
    told = [column for column in INFO if column in ALWAYS or (runs.info[INFO[column]] != "").any()]
    parts = (("metrics", runs.metrics), ("params", runs.params), ("tags", runs.tags))
    return told + [f"{kind}.{name}" for kind, table in parts for name in table.columns if f"{kind}.{name}" not in TOLD]


def values_of(runs: Runs, column: str) -> pd.Series | None:
    """Return a column's values by run id, missing as None, NaN or NaT; None where no run has such a column."""
    kind, _dot, name = column.partition(".")
    table = {"metrics": runs.metrics, "params": runs.params, "tags": runs.tags}.get(kind)
    if table is not None:
        return table[name] if name in table.columns else None
    if column not in INFO:
        return None
    values = titles(runs) if column == "name" else runs.info[INFO[column]]
    return values if column in {"duration", "started"} else values.astype(object).where(values != "", None)


def ordered(runs: Runs, column: str, descending: bool) -> list[str]:
    """Return run ids by a column; texts that are all numbers count as numbers, and what is missing comes last.

    Infinite values come last too: nobody means them by "the best". Equal ones keep their order.
    """
    values = values_of(runs, column)
    if values is None:
        return runs.ids
    keys = finite(values) if column.startswith("metrics.") else _keys(values)
    return list(keys.sort_values(ascending=not descending, kind="stable", na_position="last").index)


def ordered_metrics(runs: Runs) -> list[str]:
    """Return metric names: the likely objective, its kin, which are of the same rows, then what says less and less."""
    first = objective(runs) if len(runs) else None
    return sorted(map(str, runs.metrics.columns), key=lambda m: (m != first, *kinship(m, first, runs.directions)))


def metrics_in_order(values: Mapping[str, float], directions: Mapping[str, bool | None]) -> list[str]:
    """Return the names of one run's metrics as ``ordered_metrics`` does."""
    one, nothing = pd.DataFrame([dict(values)], index=["run"], dtype=float), pd.DataFrame(index=["run"])
    return ordered_metrics(Runs(nothing, nothing, one, nothing, directions))


def telling_metrics(values: Mapping[str, float], directions: Mapping[str, bool | None]) -> list[str]:
    """Return one run's metrics as ``metrics_in_order`` does; those of training rows only where it has no other.

    What its rounds came to while it learned is a curve, and its last point tells nothing.
    """
    rounds = (ROUND_TRAINING, ROUND_VALIDATION)
    names = [name for name in metrics_in_order(values, directions) if name not in rounds]
    return [name for name in names if not of_training_rows(name)] or names


def in_order(values: Sequence[str]) -> list[str]:
    """Return different texts as people expect them: by size where all are numbers."""
    texts = pd.Series(list(values), index=list(values), dtype=object)
    return list(_keys(texts).sort_values(kind="stable").index)


def _keys(values: pd.Series) -> pd.Series:
    if not (pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)):
        return values
    numbers = as_numbers(values)
    if numbers is not None:
        return numbers
    places, different = pd.factorize(values)
    rank = pd.Series(different).astype(str).str.casefold().rank(method="dense").to_numpy(dtype=float)
    return pd.Series(np.append(rank, np.nan)[places], index=values.index)
