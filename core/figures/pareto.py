"""Two metrics that pull apart: which runs no other run beats on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.direction import higher_is_better, nearest_zero_is_best
from core.comparison.pareto import pareto_front
from core.figures.bars import missing_note
from core.figures.marks import HIGHLIGHTED_AT_MOST, NAME_LENGTH, marked_name, places_of, with_ids
from core.figures.scatter import name_highlighted, scatter_data, value_axis
from core.figures.style import MANY_POINTS, Style, base_layout, empty_figure, label
from core.i18n import _
from core.store.runs.tables import Runs


def pareto_data(runs: Runs, x: str, y: str, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return run, both metrics as x and y, and whether the run is on the front, by run id: those with both.

    Of a metric that is best near zero the distance from it counts.
    """
    table = scatter_data(runs, x, y, labels, "metric")[["run", "x", "y"]]
    for side, metric in (("x", x), ("y", y)):
        if nearest_zero_is_best(metric, runs.directions):
            table[side] = table[side].abs()
    return table.assign(front=table.index.isin(list(pareto_front(runs, x, y))))


def pareto(
    runs: Runs, x: str, y: str, labels: Mapping[str, str], style: Style, *, highlight: Mapping[str, int] | None = None
) -> go.Figure:
    """Draw two metrics with the better ends up and right, and the front as a staircase; others are grey.

    Highlighted runs are named, or else those on the front where they are few.
    """
    title = _("{metric} against {other}").format(metric=label(y, 24), other=label(x, 24))
    directions = [
        False if nearest_zero_is_best(metric, runs.directions) else higher_is_better(metric, runs.directions)
        for metric in (x, y)
    ]
    unknown = [metric for metric, better in zip((x, y), directions, strict=True) if better is None]
    if unknown:
        text = _("Which way {metric} is better isn't known. Say it, or choose another metric.")
        return empty_figure(title, text.format(metric=label(unknown[0], 24)), style)
    if x == y:
        return empty_figure(title, _("Choose two different metrics."), style)
    table = pareto_data(runs, x, y, labels)
    if table.empty:
        return empty_figure(title, _("No run has both values. Select other runs or other metrics."), style)
    x_axis = value_axis(style, _axis_title(x, runs), table["x"], turned=not directions[0])
    y_axis = value_axis(style, _axis_title(y, runs), table["y"], turned=not directions[1])
    front = table[table["front"]].sort_values(["x", "y"], ascending=[bool(directions[0]), not directions[1]])
    traces: list[Any] = []
    if len(front) > 1:
        traces.append(
            go.Scatter(
                x=front["x"].to_numpy(dtype=float),
                y=front["y"].to_numpy(dtype=float),
                mode="lines",
                line={"color": style.accent, "width": style.line_width, "shape": "vh"},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    places = places_of(highlight, table.index)
    plain = ~table["front"] & ~table.index.isin(list(places))
    beaten = {"color": style.muted, "opacity": 0.5, "size": style.marker_size * 0.8, "line": {"width": 0}}
    leading = {"color": style.accent, "symbol": "star", "size": style.marker_size * 1.3, "line": style.outline}
    for rows, look in ((table[plain], beaten), (front[~front.index.isin(list(places))], leading)):
        if len(rows):
            traces.append(_trace(rows, look, len(table)))
    for run_id, place in places.items():
        look = leading | {"color": style.color(place), "symbol": style.symbol(place)}
        traces.append(_trace(table[table.index == run_id], look, 1))
    names = {run_id: marked_name(table.at[run_id, "run"], place, style) for run_id, place in places.items()}
    if highlight is None and len(front) <= HIGHLIGHTED_AT_MOST:
        names = {str(run_id): label(name, NAME_LENGTH) for run_id, name in front["run"].items()}
    annotations = name_highlighted(table, table["x"].to_numpy(dtype=float), names, style, x_axis, y_axis)
    notes = [
        _("Up and to the right is better. The line joins the runs that no other beats on both; the rest are grey.")
    ]
    if not all(directions):
        notes.append(_("An axis whose lower values are better is turned over."))
    notes += missing_note(len(runs) - len(table))
    layout = base_layout(title, style, notes)
    return go.Figure(traces, layout | {"xaxis": x_axis, "yaxis": y_axis, "annotations": annotations})


def _axis_title(metric: str, runs: Runs) -> str:
    return f"|{label(metric)}|" if nearest_zero_is_best(metric, runs.directions) else label(metric)


def _trace(rows: pd.DataFrame, look: Mapping[str, Any], of: int) -> Any:
    many = of > MANY_POINTS
    return (go.Scattergl if many else go.Scatter)(
        x=np.asarray(rows["x"], dtype=float),
        y=np.asarray(rows["y"], dtype=float),
        mode="markers",
        marker=dict(look),
        customdata=with_ids((label(run, 40) for run in rows["run"]), rows.index),
        hovertemplate="%{customdata[0]}<br>%{x} → %{y}<extra></extra>",
        showlegend=False,
    )
