"""How a metric went while the runs trained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.bars import direction_note, left_out_note
from core.figures.scatter import value_axis
from core.figures.style import DASHES, SYMBOLS, Style, axis, base_layout, empty_figure, label
from core.i18n import _, ngettext
from core.store.runs import finite

MARKS = ("●", "■", "◆", "▲")  # as SYMBOLS, in text
LABELLED_AT_MOST = len(MARKS)
STRONG = 5  # pale colours can't carry a thin line: the strong ones come again with another dash


def metric_curves_data(history: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return run, step and value by run id, finite values only, in order of step within each run.

    ``history`` holds one metric and has the columns run_id, step and value.
    """
    if history.empty:
        return pd.DataFrame(columns=["run", "step", "value"])
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
    return table.sort_values(["order", "step"], kind="stable").drop(columns="order")


def _spaced(values: np.ndarray, gap: float) -> np.ndarray:
    """Move values apart until neighbours are ``gap`` away, keeping their order."""
    order = np.argsort(values, kind="stable")
    placed = values[order].astype(float)
    for place in range(1, len(placed)):
        placed[place] = max(placed[place], placed[place - 1] + gap)
    placed -= (placed - values[order]).mean()
    result = np.empty_like(placed)
    result[order] = placed
    return result


def metric_curves(
    history: pd.DataFrame, metric: str, labels: Mapping[str, str], style: Style, at_most: int = 12
) -> go.Figure:
    """Draw a line a run over its steps, a point for a single value; few runs are named at the end."""
    table = metric_curves_data(history, labels)
    title = _("{metric} while training").format(metric=label(metric))
    if table.empty:
        what_to_do = _("No steps were recorded for these runs. Select runs that log this metric while they train.")
        return empty_figure(title, what_to_do, style)
    ids = list(dict.fromkeys(table.index))
    drawn = ids[:at_most]
    notes = [direction_note(metric), *left_out_note(len(ids) - len(drawn))]
    if skipped := len(history) - len(table):
        notes.append(
            ngettext(
                "{count} value that isn't a number is skipped.",
                "{count} values that aren't numbers are skipped.",
                skipped,
            )
        )
    figure = go.Figure()
    named_at_end = 1 < len(drawn) <= LABELLED_AT_MOST
    lines = dict(tuple(table.loc[drawn].groupby(level=0, sort=False)))
    for place, run_id in enumerate(drawn):
        line = lines[run_id]
        color = style.color(place % STRONG)
        few = len(line) <= 20
        figure.add_scatter(
            x=line["step"].to_numpy(dtype=float),
            y=line["value"].to_numpy(dtype=float),
            mode="markers" if len(line) == 1 else "lines+markers" if few else "lines",
            name=label(line["run"].iloc[0], 28),
            line={"color": color, "width": style.line_width, "dash": DASHES[place % len(DASHES)]},
            marker={
                "symbol": SYMBOLS[place % len(SYMBOLS)],
                "size": style.marker_size * (1.2 if len(line) == 1 else 0.8),
                "color": color,
                "line": style.outline,
            },
            customdata=[label(line["run"].iloc[0], 80)] * len(line),
            hovertemplate="%{customdata}<br>%{x}: %{y}<extra></extra>",
            showlegend=not named_at_end,
        )
    layout = base_layout(title, style, notes, legend=len(drawn) if len(drawn) > LABELLED_AT_MOST else 0)
    y_axis = value_axis(style, label(metric), table.loc[drawn, "value"])
    if named_at_end:
        y_axis |= _name_line_ends(figure, [lines[run_id] for run_id in drawn], y_axis["type"] == "log", style)
        layout["margin"]["r"] = int(style.font_size * 9)
    figure.update_layout(layout)
    figure.update_layout(xaxis=axis(style, _("Step"), nticks=6), yaxis=y_axis)
    return figure


def _name_line_ends(figure: go.Figure, lines: list[pd.DataFrame], log: bool, style: Style) -> dict[str, list[float]]:
    """Write each run's name beside its last point and return the axis range that they need."""
    scale = np.log10 if log else np.asarray
    values = np.concatenate([scale(line["value"].to_numpy(dtype=float)) for line in lines])
    ends = np.array([scale(line["value"].to_numpy(dtype=float)[-1:])[0] for line in lines])
    span = float(values.max() - values.min()) or abs(float(values.max())) or 1.0
    gap = span * (0.1 if style.projector else 0.085)
    places = _spaced(ends, gap)
    low = min(float(values.min()), float(places.min())) - span * 0.06
    high = max(float(values.max()), float(places.max())) + span * 0.06
    for place, (line, height) in enumerate(zip(lines, places, strict=True)):
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=8,
            y=float(height),
            text=f'<span style="color:{style.color(place)}">{MARKS[place]}</span> ' + label(line["run"].iloc[0], 14),
            showarrow=False,
            align="left",
            font=style.font(),
        )
    return {"range": [low, high]}
