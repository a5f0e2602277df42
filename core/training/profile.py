"""What a model's training rows look like: for the what-if form, and to tell how typical an input is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.training.tasks import Task

QUANTILES = (5, 25, 50, 75, 95)
SAMPLE_ROWS = 500  # that an input's neighbours are looked for among
TRAINING_ROWS = 5_000  # that windows of new rows are held against; with few, chance in them alone looks like a change


def feature_profile(task: Task, features: pd.DataFrame, target: pd.Series) -> dict[str, object]:
    """Return a JSON-able description of the rows a model learned from.

    Schema::

        {"task": name, "rows": count,
         "features": [
             {"name", "type": "number" | "integer", "missing": count,
              "min", "max", "median", "quantiles": {"5", "25", "50", "75", "95"}}    null when all are missing
             | {"name", "type": "category", "missing": count,
                "mode": word or null, "categories": [{"value", "count"}, …]}         most frequent first
         ],
         "target": {"name", "kind": "classification", "classes": [{"value", "count"}, …]}  in the task's order
                   | {"name", "kind": "regression", "unit", "min", "max", "median", "quantiles"}}

    A column is ``integer`` when all its values are whole. ``target`` holds class words or numbers.
    """
    described = [
        {"name": name, "missing": int(column.isna().sum())}
        | (_number(column) if pd.api.types.is_numeric_dtype(column) else _category(column))
        for name, column in features.items()
    ]
    return {"task": task.name, "rows": len(features), "features": described, "target": _target(task, target)}


def reference_sample(features: pd.DataFrame, target: pd.Series, rows: int = SAMPLE_ROWS) -> pd.DataFrame:
    """Return up to ``rows`` training rows with their target: the same ones each time, in their order."""
    table = features.assign(**{str(target.name): target})
    return table if len(table) <= rows else table.sample(rows, random_state=0).sort_index()


def _number(column: pd.Series) -> dict[str, object]:
    known = column.dropna()
    whole = len(known) > 0 and bool((known % 1 == 0).all())
    return {"type": "integer" if whole else "number"} | _distribution(known)


def _distribution(known: pd.Series) -> dict[str, object]:
    numbers = known.to_numpy(dtype=float)  # as pandas does it, in a third of its time
    found = (
        np.percentile(numbers, np.array([q / 100 for q in QUANTILES]) * 100) if len(known) else [None] * len(QUANTILES)
    )
    quantiles = {str(q): None if value is None else float(value) for q, value in zip(QUANTILES, found, strict=True)}
    return {
        "min": float(numbers.min()) if len(known) else None,
        "max": float(numbers.max()) if len(known) else None,
        "median": quantiles["50"],
        "quantiles": quantiles,
    }


def _category(column: pd.Series) -> dict[str, object]:
    counts = column.value_counts()
    # Equally frequent words come by the alphabet, so that the profile does not depend on the rows' order.
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    categories = [{"value": str(value), "count": int(count)} for value, count in ordered]
    return {
        "type": "category",
        "mode": categories[0]["value"] if categories else None,
        "categories": categories,
    }


def _target(task: Task, target: pd.Series) -> dict[str, object]:
    if task.kind == "regression":
        return {"name": task.target, "kind": task.kind, "unit": task.unit} | _distribution(target.dropna())
    counts = target.value_counts()
    classes = [{"value": name, "count": int(counts.get(name, 0))} for name in task.class_names]
    return {"name": task.target, "kind": task.kind, "classes": classes}
