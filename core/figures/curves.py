"""How a metric went while the runs trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.bars import direction_note, left_out_note
from core.figures.marks import HIGHLIGHTED_AT_MOST, marked_name, places_of, spaced
from core.figures.scatter import value_axis
from core.figures.style import DASHES, Style, axis, base_layout, empty_figure, label
from core.i18n import _, ngettext
from core.store.runs.tables import finite

FEW_STEPS = 20  # so few are drawn as points too
COLOURED_AT_MOST = HIGHLIGHTED_AT_MOST
SMOOTHED_AT_MOST = 0.99
ROOM = 0.06  # of the axis, above and below the lines


def metric_curves_data(history: pd.DataFrame, labels: Mapping[str, str], smoothing: float = 0.0) -> pd.DataFrame:
    """Return run, step and value by run id, finite values only, in order of step within each run.

    ``history`` holds one metric and has the columns run_id, step and value. With ``smoothing`` also the
    exponential moving average, which weighs what went before by it; 0 is none, 0.99 the most.
    """
    columns = ["run", "step", "value", *(["smoothed"] if smoothing > 0 else [])]
    if history.empty:
        return pd.DataFrame(columns=columns)
    order = {run_id: place for place, run_id in enumerate(dict.fromkeys(history["run_id"]))}
    table = pd.DataFrame(
        {
            "run": [labels.get(run_id, run_id) for run_id in history["run_id"]],
            "step": finite(history["step"]).to_numpy(),
            "value": finite(history["value"]).to_numpy(),
            "order": history["run_id"].map(order).to_numpy(),
        },
        index=pd.Index(history["run_id"]),
    ).dropna(subset=["step", "value"])
    table = table.sort_values(["order", "step"], kind="stable").drop(columns="order")
    if smoothing > 0:
        weight = 1 - min(smoothing, SMOOTHED_AT_MOST)
        by_run = table["value"].groupby(table.index.to_numpy(), sort=False)
        table["smoothed"] = by_run.transform(lambda values: values.ewm(alpha=weight).mean())
    return table


def metric_curves(
    history: pd.DataFrame,
    metric: str,
    labels: Mapping[str, str],
    style: Style,
    at_most: int = 30,
    *,
    smoothing: float = 0.0,
    log_x: bool = False,
    log_y: bool | None = None,
    highlight: Mapping[str, int] | None = None,
    directions: Mapping[str, bool | None] | None = None,
) -> go.Figure:
    """Draw a line a run over its steps, a point for a single value, named at its end.

    Highlighted runs, or else the first six, have a colour; others up to ``at_most`` are grey. ``log_y`` None
    lets the values decide. With ``smoothing`` the lines as they were recorded stay, faint.
    """
    table = metric_curves_data(history, labels, smoothing)
    skipped = len(history) - len(table)
    title = _("{metric} while training").format(metric=label(metric))
    if table.empty:
        what_to_do = _("No steps were recorded for these runs. Select runs that log this metric while they train.")
        return empty_figure(title, what_to_do, style)
    shown = _on_log(table, log_x, bool(log_y))
    if shown.empty:
        what_to_do = _("A logarithmic axis shows only numbers above zero, and there is none. Switch it off.")
        return empty_figure(title, what_to_do, style)
    by_run = dict(tuple(shown.groupby(level=0, sort=False)))
    ids = list(dict.fromkeys(shown.index))
    if highlight is None:
        highlight = {run_id: place for place, run_id in enumerate(ids[:COLOURED_AT_MOST])}
    places = places_of(highlight, ids)
    others = [run_id for run_id in ids if run_id not in places][: max(0, at_most - len(places))]
    drawn = {run_id: by_run[run_id] for run_id in [*others, *places]}
    smooth = "smoothed" if smoothing > 0 else "value"
    notes = [
        direction_note(metric, directions),
        *left_out_note(len(ids) - len(drawn)),
        *_skipped_notes(skipped, len(table) - len(shown), smoothing),
    ]
    traces = [
        _line(run_id, line, "value", places[run_id], style, faint=True)
        for run_id, line in drawn.items()
        if smoothing > 0 and run_id in places and len(line) > 1
    ]
    traces += [_line(run_id, line, smooth, places.get(run_id), style) for run_id, line in drawn.items()]
    layout = base_layout(title, style, notes)
    values = pd.concat([line["value"] for line in drawn.values()])
    y_axis = _value_axis(style, label(metric), values, log_y)
    if places and len(drawn) > 1:
        on_log = y_axis["type"] == "log"
        layout["annotations"], y_axis["range"] = _line_end_names(drawn, smooth, places, on_log, style)
        layout["margin"]["r"] = style.font_size * 10
    x_axis = axis(style, _("Step"), type="log" if log_x else "linear", nticks=6)
    return go.Figure(traces, layout | {"xaxis": x_axis, "yaxis": y_axis})


def _on_log(table: pd.DataFrame, log_x: bool, log_y: bool) -> pd.DataFrame:
    """Return the rows that axes can show: a logarithmic one has no place for zero and less."""
    kept = np.ones(len(table), dtype=bool)
    if log_x:
        kept &= (table["step"] > 0).to_numpy()
    if log_y:
        kept &= (table.drop(columns=["run", "step"]) > 0).all(axis="columns").to_numpy()
    return table[kept]


def _skipped_notes(not_numbers: int, not_positive: int, smoothing: float) -> list[str]:
    notes = []
    if not_numbers:
        notes.append(
            ngettext(
                "{count} value that isn't a number is skipped.",
                "{count} values that aren't numbers are skipped.",
                not_numbers,
            )
        )
    if not_positive:
        notes.append(
            ngettext(
                "{count} value has no place on a logarithmic axis.",
                "{count} values have no place on a logarithmic axis.",
                not_positive,
            )
        )
    if smoothing > 0:
        notes.append(_("The lines are smoothed; the faint ones are what was recorded."))
    return notes


def _value_axis(style: Style, title: str, values: pd.Series, log: bool | None) -> dict[str, Any]:
    if log is None:
        return value_axis(style, title, values)
    return axis(style, title, type="log" if log else "linear", nticks=6)


def _line(
    run_id: str, line: pd.DataFrame, column: str, place: int | None, style: Style, faint: bool = False
) -> go.Scatter:
    """Return a run's line. The run is in its ``meta``, as a copy at each of its steps would weigh."""
    color = style.muted if place is None else style.color(place)
    few = len(line) <= FEW_STEPS and not faint
    thin = faint or place is None
    return go.Scatter(
        x=line["step"].to_numpy(dtype=float),
        y=line[column].to_numpy(dtype=float),
        mode="markers" if len(line) == 1 else "lines+markers" if few and place is not None else "lines",
        name=label(line["run"].iloc[0], 28),
        line={
            "color": color,
            "width": style.line_width * (0.5 if thin else 1),
            "dash": "solid" if thin or place is None else DASHES[place % len(DASHES)],
        },
        marker={
            "symbol": "circle" if place is None else style.symbol(place),
            "size": style.marker_size * (1.2 if len(line) == 1 else 0.8) * (0.7 if place is None else 1),
            "color": color,
            "line": style.outline,
        },
        opacity=0.35 if faint else 0.6 if place is None else 1,
        meta=str(run_id),
        hovertemplate=None if faint else label(line["run"].iloc[0], 80) + "<br>%{x}: %{y}<extra></extra>",
        hoverinfo="skip" if faint else None,
        showlegend=False,
    )


def _line_end_names(
    drawn: Mapping[str, pd.DataFrame],
    column: str,
    places: Mapping[str, int],
    log: bool,
    style: Style,
) -> tuple[list[dict[str, Any]], list[float]]:
    """Return annotations, each coloured run's name beside its last point, and the axis range that they need."""
    scale = np.log10 if log else np.asarray
    values = np.concatenate([scale(line["value"].to_numpy(dtype=float)) for line in drawn.values()])
    ends = np.array([scale(drawn[run_id][column].to_numpy(dtype=float)[-1:])[0] for run_id in places])
    span = float(values.max() - values.min()) or abs(float(values.max())) or 1.0
    heights = spaced(ends, span * (0.1 if style.projector else 0.085))
    low = min(float(values.min()), float(heights.min())) - span * ROOM
    high = max(float(values.max()), float(heights.max())) + span * ROOM
    annotations = [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 8,
            "y": float(height),
            "text": marked_name(drawn[run_id]["run"].iloc[0], place, style),
            "showarrow": False,
            "align": "left",
            "font": style.font(),
        }
        for (run_id, place), height in zip(places.items(), heights, strict=True)
    ]
    return annotations, [low, high]
