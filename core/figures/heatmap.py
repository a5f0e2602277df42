"""Two parameters against a metric: where on their grid the runs do well."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.differences import as_numbers, finite_metric
from core.comparison.direction import better_end
from core.figures.bars import direction_note, missing_note
from core.figures.cells import cell_grid
from core.figures.parallel import line_colors
from core.figures.scatter import spans_magnitudes
from core.figures.style import Style, axis, base_layout, distinct_labels, empty_figure, label
from core.i18n import _, ngettext, number
from core.store.runs.tables import Runs

DISTINCT_AT_MOST = 10
BINS_AT_MOST = 8
CATEGORIES_AT_MOST = 15
TO = " – "
COLUMNS = ["x", "y", "mean", "count"]


def _short(value: float) -> str:
    return number(float(f"{value:.3g}"), 6)


def _rough(value: float) -> str:
    return number(float(f"{value:.2g}"), 6)


def _cells(values: pd.Series) -> pd.Series:
    """Return each value's cell as an ordered category: the value, or the bin of numbers where they are many."""
    numbers = as_numbers(values)
    if numbers is None:
        frequent = list(values.value_counts().index[:CATEGORIES_AT_MOST])
        values = values.where(values.isin(frequent))
        return pd.Series(pd.Categorical(values, categories=sorted(frequent), ordered=True), index=values.index)
    distinct = np.unique(numbers)
    if len(distinct) <= DISTINCT_AT_MOST:
        # The text of a number is its own: two that round alike stay apart
        names = distinct_labels([_short(float(value)) for value in distinct])
        codes = np.searchsorted(distinct, numbers.to_numpy())
        return pd.Series(pd.Categorical.from_codes(codes, names, ordered=True), index=values.index)
    low, high = float(distinct[0]), float(distinct[-1])
    edges = (
        np.geomspace(low, high, BINS_AT_MOST + 1)
        if spans_magnitudes(numbers)
        else low + (high / 2 - low / 2) * np.linspace(0, 2, BINS_AT_MOST + 1)  # halves, as the whole may overflow
    )
    codes = np.clip(np.searchsorted(edges, numbers.to_numpy(), side="right") - 1, 0, BINS_AT_MOST - 1)
    names = distinct_labels(f"{_rough(start)}{TO}{_rough(end)}" for start, end in pairwise(edges))
    return pd.Series(pd.Categorical.from_codes(codes, names, ordered=True), index=values.index)


def _known(runs: Runs, x: str, y: str, metric: str) -> pd.DataFrame:
    """Return x, y and value of the runs that lack none of them."""
    if x not in runs.params or y not in runs.params:
        return pd.DataFrame(columns=["x", "y", "value"])
    values = finite_metric(runs, metric).reindex(runs.ids)
    table = pd.DataFrame({"x": runs.params[x], "y": runs.params[y], "value": values}, index=runs.ids)
    return table.dropna()


def _in_cells(known: pd.DataFrame) -> pd.DataFrame:
    return known.assign(x=_cells(known["x"]), y=_cells(known["y"])).dropna()


def heatmap_data(runs: Runs, x: str, y: str, metric: str) -> pd.DataFrame:
    """Return x, y, the metric's mean and the count of runs, for each cell that has any.

    A number with more than 10 distinct values is put into 8 bins, even on a log scale where it spans
    magnitudes. Of a category's values the 15 most frequent are kept.
    """
    known = _known(runs, x, y, metric)
    if known.empty:
        return pd.DataFrame(columns=COLUMNS)
    groups = _in_cells(known).groupby(["x", "y"], observed=True)["value"]
    with np.errstate(over="ignore"):
        table = groups.agg(["mean", "count"]).reset_index()
    return table[np.isfinite(table["mean"])].reset_index(drop=True)


def heatmap(runs: Runs, x: str, y: str, metric: str, style: Style) -> go.Figure:
    """Draw the mean of a metric for each pair of values of two parameters, with the count of runs."""
    title = _("{metric} by {x} and {y}").format(metric=label(metric, 24), x=label(x, 20), y=label(y, 20))
    table = heatmap_data(runs, x, y, metric)
    if table.empty or x == y:
        what_to_do = _("Choose two different parameters that some runs have together with the metric.")
        return empty_figure(title, what_to_do, style)
    better = better_end(metric, runs.directions)
    known = _known(runs, x, y, metric)
    notes = [
        _("Each cell is the mean of its runs (n)."),
        direction_note(metric, runs.directions),
        *missing_note(len(runs) - len(known)),
    ]
    if rare := len(known) - int(table["count"].sum()):
        notes.append(
            ngettext("{count} run with a rare value isn't drawn.", "{count} runs with rare values aren't drawn.", rare)
        )
    columns, rows = (list(table[side].cat.remove_unused_categories().cat.categories) for side in "xy")
    grid = table.assign(
        x=table["x"].astype(object).map(columns.index), y=table["y"].astype(object).map(rows.index)
    ).pivot(index="y", columns="x")
    shape = {"index": range(len(rows)), "columns": range(len(columns))}
    means = grid["mean"].reindex(**shape).to_numpy(dtype=float)
    counts = grid["count"].reindex(**shape).fillna(0).to_numpy(dtype=int)
    texts = [
        ["" if not count else f"{_short(mean)}<br>n={count}" for mean, count in zip(*pair, strict=True)]
        for pair in zip(means, counts, strict=True)
    ]
    low, high = float(np.nanmin(means)), float(np.nanmax(means))
    colors = line_colors(style)
    hover = [
        [f"{label(columns[i])} · {label(rows[j])}<br>{text}" for i, text in enumerate(line)]
        for j, line in enumerate(texts)
    ]
    ends = (low - 0.5, high + 0.5) if low == high or not np.isfinite(high - low) else (low, high)
    scale = colors[::-1] if better is False else colors
    traces = cell_grid(means, texts, hover, scale, ends, style, smaller=0 if len(columns) <= 5 else 3)
    line = style.font_size * 3.2
    layout = base_layout(title, style, notes, height=int(len(rows) * line) + style.font_size * 8) | {
        "xaxis": _cell_axis(style, label(x), columns, runs.params[x], 18 if len(columns) <= 4 else 12),
        "yaxis": _cell_axis(style, label(y), rows, runs.params[y], 14),
    }
    return go.Figure(traces, layout)


def _cell_axis(style: Style, title: str, names: list[str], values: pd.Series, longest: int) -> dict[str, object]:
    # Both ends of a bin don't fit below its cell: from where it goes is enough, as the next one says the rest
    binned = as_numbers(values) is not None and all(TO in name for name in names)
    return axis(
        style,
        title,
        type="linear",
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=[f"≥ {name.split(TO)[0]}" for name in names] if binned else distinct_labels(names, longest),
        range=[-0.5, len(names) - 0.5],
        showgrid=False,
    )
