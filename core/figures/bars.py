"""Metrics as bars: one metric over the runs, or several metrics side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from core.comparison.differences import best_runs, finite_metric, rank
from core.comparison.direction import higher_is_better
from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import _, ngettext, number
from core.store.runs import Runs

BEST = "★ "


def direction_note(metric: str) -> str:
    """Say which way is better, or that the name doesn't tell."""
    better = higher_is_better(metric)
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
    if higher_is_better(metric) is None:
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
        direction_note(metric),
        *missing_note(len(runs) - len(table)),
        *left_out_note(len(table) - len(bars)),
    ]
    return labelled_bars(title, bars, style, axis_title=label(metric), notes=notes)


def grouped_bars_data(runs: Runs, metrics: Sequence[str], labels: Mapping[str, str]) -> pd.DataFrame:
    """Return metric, run, value and whether it is best by run id: finite values, runs in the given order."""
    tables = []
    for metric in dict.fromkeys(metrics):
        table = metric_bars_data(runs, metric, labels)
        table = table.loc[finite_metric(runs, metric).index]
        table.insert(0, "metric", metric)
        tables.append(table)
    columns = ["metric", "run", "value", "best"]
    return pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)


def grouped_bars(
    runs: Runs,
    metrics: Sequence[str],
    labels: Mapping[str, str],
    style: Style,
    at_most_runs: int = 6,
    at_most_metrics: int = 6,
) -> go.Figure:
    """Draw several metrics, a group of bars each and a colour and pattern a run.

    Bars share one axis, so this suits metrics on one scale, such as accuracy, precision and recall.
    """
    table = grouped_bars_data(runs, metrics, labels)
    title = _("Metrics by run")
    if table.empty:
        return empty_figure(title, _("Select at least one metric that these runs have."), style)
    ids = list(dict.fromkeys(table.index))[:at_most_runs]
    shown = list(dict.fromkeys(table["metric"]))[:at_most_metrics]
    place = {run_id: position for position, run_id in enumerate(ids)}
    drawn = table[table.index.isin(ids) & table["metric"].isin(shown)]
    bars = [
        Bar(
            name=metric,
            value=value,
            text=(BEST if best else "") + number(value),
            color=style.color(place[run_id]),
            pattern=place[run_id],
            row=shown.index(metric),
            hover=f"{label(run, 80)}<br>{label(metric)}: {number(value)}",
        )
        for run_id, metric, run, value, best in drawn.itertuples()
    ]
    notes = [_("★ marks the best run on each metric.")] if drawn["best"].any() else []
    notes += missing_note(len(runs) - table.index.nunique()) + left_out_note(table.index.nunique() - len(ids))
    if more := table["metric"].nunique() - len(shown):
        notes.append(ngettext("{count} more metric is in the table.", "{count} more metrics are in the table.", more))
    legend = [(labels.get(run_id, run_id), style.color(place[run_id]), place[run_id]) for run_id in ids]
    return labelled_bars(title, bars, style, notes=notes, legend=legend)
