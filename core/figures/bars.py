"""Metrics as bars: one metric over the runs, or several metrics side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.comparison.differences import best_runs, finite_metric, rank
from core.comparison.direction import higher_is_better
from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import _, ngettext, number
from core.store.runs import Runs

BEST = "★ "


def direction_note(metric: str, runs: Runs | None = None) -> str:
    """Say which way is better, or that the name doesn't tell."""
    better = higher_is_better(metric, runs.directions if runs is not None else None)
    if better is None:
        return _("Which way is better isn't known.")
    return _("Higher is better.") if better else _("Lower is better.")


def missing_note(missing: int) -> list[str]:
    """Say how many runs have no value; nothing when all have."""
    if not missing:
        return []
    return [ngettext("{count} run without a value isn't drawn.", "{count} runs without a value aren't drawn.", missing)]


def left_out_note(count: int) -> list[str]:
    """Say how many runs are only in the table; nothing when all are drawn."""
    if not count:
        return []
    return [ngettext("{count} more run is in the table.", "{count} more runs are in the table.", count)]


def metric_bars_data(runs: Runs, metric: str, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return run, value and whether it is best, by run id: best first, else largest first."""
    values = finite_metric(runs, metric)
    if higher_is_better(metric, runs.directions) is None:
        order = values.sort_values(ascending=False, kind="stable").index
    else:
        order = rank(runs, metric).dropna().index
    best = best_runs(runs, metric)
    return pd.DataFrame(
        {
            "run": [labels.get(run_id, run_id) for run_id in order],
            "value": values.loc[order].to_numpy(dtype=float),
            "best": [run_id in best for run_id in order],
        },
        index=order,
    )


def metric_bars(runs: Runs, metric: str, labels: Mapping[str, str], style: Style, at_most: int = 30) -> go.Figure:
    """Draw one metric as a bar a run, best first and marked; runs beyond ``at_most`` are counted."""
    table = metric_bars_data(runs, metric, labels)
    title = _("{metric} by run").format(metric=label(metric))
    if table.empty:
        return empty_figure(
            title, _("None of these runs has a value for it. Select other runs or another metric."), style
        )
    best_word = _("{value} best")
    bars = [
        Bar(
            name=run,
            value=value,
            text=best_word.format(value=number(value)) if best else number(value),
            color=style.accent if best else style.muted,
            prefix=BEST if best else "",
        )
        for run, value, best in table.head(at_most).itertuples(index=False)
    ]
    notes = [
        direction_note(metric, runs),
        *missing_note(len(runs) - len(table)),
        *left_out_note(len(table) - len(bars)),
    ]
    return labelled_bars(title, bars, style, axis_title=label(metric), notes=notes)
