"""Many parameters at once: a line a run, from its parameters on the left to its metric on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from core.comparison.differences import as_numbers, finite_metric, unique_names
from core.comparison.direction import higher_is_better
from core.figures.bars import missing_note
from core.figures.scatter import spans_magnitudes
from core.figures.style import Style, base_layout, distinct_labels, empty_figure, label
from core.i18n import _, ngettext, number
from core.store.runs import Runs

TICKS_AT_MOST = 12


def parallel_coordinates_data(
    runs: Runs, params: Sequence[str], objective: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Return run, each parameter and, last, the objective, by run id: runs that lack none of them.

    Parameters that are numbers throughout are floats. A column whose name is taken gets a number behind it.
    """
    params = [name for name in dict.fromkeys(params) if name in runs.params]
    columns = [
        pd.Series([labels.get(run_id, run_id) for run_id in runs.ids], index=runs.ids, dtype=object),
        *(runs.params[name] if (values := as_numbers(runs.params[name])) is None else values for name in params),
        finite_metric(runs, objective).reindex(runs.ids),
    ]
    table = pd.concat(columns, axis="columns", ignore_index=True)
    table.columns = unique_names(["run", *params, objective])
    kept = table.iloc[:, 1:].notna().all(axis="columns")
    return table[kept]


def _short(value: float) -> str:
    return number(float(f"{value:.3g}"), 6)


def _number_axis(values: pd.Series) -> dict[str, Any]:
    """Return values, range and ticks; on a log scale where they span magnitudes."""
    if spans_magnitudes(values):
        scaled = np.log10(values.to_numpy(dtype=float))
        low, high = float(scaled.min()), float(scaled.max())
        ticks = np.arange(np.ceil(low), np.floor(high) + 1)
        ticks = np.unique(np.r_[low, ticks[(ticks - low > 0.4) & (high - ticks > 0.4)], high])
        texts = [_short(float(10**tick)) for tick in ticks]
    else:
        scaled = values.to_numpy(dtype=float)
        low, high = float(scaled.min()), float(scaled.max())
        distinct = np.unique(scaled)
        ticks = distinct if len(distinct) <= 6 else np.linspace(low, high, 5)
        texts = [_short(float(tick)) for tick in ticks]
    if low == high:
        low, high = low - 0.5, high + 0.5
    return {"values": scaled, "range": [low, high], "tickvals": ticks, "ticktext": texts}


def _category_axis(values: pd.Series) -> dict[str, Any]:
    codes, names = pd.factorize(values.astype(str), sort=True)
    places = np.arange(len(names))
    if len(names) > TICKS_AT_MOST:
        places = np.unique(np.linspace(0, len(names) - 1, TICKS_AT_MOST).round().astype(int))
    return {
        "values": codes.astype(float),
        "range": [-0.3, len(names) - 0.7],
        "tickvals": places.astype(float),
        "ticktext": distinct_labels((names[place] for place in places), 12),
    }


def line_colors(style: Style) -> list[str]:
    """Return a perceptually uniform scale from worst to best that stays clear of the background.

    The best is the farthest from it: bright on slate, dark on paper.
    """
    samples = np.linspace(0.35, 1.0, 9) if style.dark else np.linspace(0.68, 0.0, 9)
    return list(sample_colorscale("Viridis", list(samples)))


def parallel_coordinates(
    runs: Runs,
    params: Sequence[str],
    objective: str,
    labels: Mapping[str, str],
    style: Style,
    at_most: int = 1_000,
) -> go.Figure:
    """Draw parameters and, on the right, the objective with the better end up, which also colours the lines.

    Browsers take seconds for thousands of lines, so the newest ``at_most`` are drawn.
    """
    table = parallel_coordinates_data(runs, params, objective, labels)
    title = _("From parameters to {metric}").format(metric=label(objective, 28))
    if table.empty or len(table.columns) < 3:
        what_to_do = _("Select at least one parameter, and runs that have it and the metric.")
        return empty_figure(title, what_to_do, style)
    drawn = table.head(at_most)
    dimensions = []
    for name in drawn.columns[1:]:
        values = drawn[name]
        numeric = pd.api.types.is_numeric_dtype(values)
        dimension = _number_axis(values) if numeric else _category_axis(values)
        dimensions.append(dimension | {"label": label(name, 16)})
    better = higher_is_better(objective, runs.directions)
    colors = line_colors(style)
    if better is False:
        dimensions[-1]["range"] = dimensions[-1]["range"][::-1]
        colors = colors[::-1]
    notes = {
        True: [_("Each line is a run. Higher is better; the best end is up.")],
        False: [_("Each line is a run. Lower is better, so that axis is turned over; the best end is up.")],
        None: [_("Each line is a run. Which way is better isn't known.")],
    }[better]
    notes += missing_note(len(runs) - len(table))
    if more := len(table) - len(drawn):
        notes.append(ngettext("{count} older run is in the table.", "{count} older runs are in the table.", more))
    figure = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={
                "color": dimensions[-1]["values"],
                "colorscale": colors,
                "cmin": min(dimensions[-1]["range"]),
                "cmax": max(dimensions[-1]["range"]),
            },
            labelangle=-18,
            labelfont=style.font(),
            tickfont=style.font(),
            rangefont={"size": 1, "color": "rgba(0,0,0,0)"},
            unselected={"line": {"color": style.muted, "opacity": 0.15}},
        )
    )
    layout = base_layout(title, style, notes, height=560 if style.projector else 430)
    # Labels of the outer axes stand outside the plot, and Plotly leaves them no room of its own.
    room = style.font_size
    layout["margin"] |= {
        "l": room * 4,
        "r": room * 4,
        "t": layout["margin"]["t"] + room * 5,
        "b": room * 2,
    }
    layout["height"] += room * 5
    figure.update_layout(layout)
    return figure
