"""Judge runs by another value of a metric than its last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pandas as pd

from core.comparison.direction import higher_is_better, nearest_zero_is_best
from core.store.runs.tables import Runs, finite

Value = Literal["last", "best", "min", "max"]


def valued(runs: Runs, histories: Mapping[str, pd.DataFrame], how: Value) -> Runs:
    """Return the runs with the metrics of ``histories`` replaced by their best, smallest or largest value.

    ``histories`` holds what ``metric_histories`` returns, by metric. The last value stays where a run has no finite
    value in its history, and for "best" where nothing says which way is better.
    """
    changed = {}
    for metric, history in histories.items():
        kind = _kind(metric, runs, how)
        if metric in runs.metrics and kind != "last":
            values = finite(history["value"])
            if how == "best" and nearest_zero_is_best(metric, runs.directions):
                values = values[values.abs() == values.abs().groupby(history["run_id"]).transform("min")]
            chosen = values.groupby(history["run_id"]).agg(kind)
            changed[metric] = chosen.reindex(runs.metrics.index).fillna(runs.metrics[metric])
    return replace(runs, metrics=runs.metrics.assign(**changed))


def _kind(metric: str, runs: Runs, how: Value) -> Value:
    if how != "best":
        return how
    better = higher_is_better(metric, runs.directions)
    return "last" if better is None else "max" if better else "min"
