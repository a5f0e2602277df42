"""A search trial by trial: what each one got, and the best until then."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.figures.style import Style, axis, base_layout, empty_figure, label
from core.i18n import _, number

COLUMNS = ["number", "value", "best"]


def history_data(history: Sequence[tuple[int, float, float]]) -> pd.DataFrame:
    """Return number, value and best until then, a trial a row."""
    return pd.DataFrame(list(history), columns=COLUMNS)


def history(rows: Sequence[tuple[int, float, float]], metric: str, style: Style) -> go.Figure:
    """Draw a point a trial and, as a line of steps, the best until then."""
    title = _("Best {metric} so far").format(metric=label(metric))
    table = history_data(rows)
    if table.empty:
        return empty_figure(title, _("No trial has finished yet."), style)
    traces = [
        go.Scatter(
            x=table["number"],
            y=table["value"],
            mode="markers",
            name=_("a trial"),
            marker={"size": style.marker_size * 0.8, "color": style.muted, "symbol": "circle-open"},
            hovertext=[
                f"#{place}: {number(value)}" for place, value in zip(table["number"], table["value"], strict=True)
            ],
            hoverinfo="text",
        ),
        go.Scatter(
            x=table["number"],
            y=table["best"],
            mode="lines+markers" if len(table) == 1 else "lines",
            name=_("the best until then"),
            line={"color": style.accent, "width": style.line_width, "shape": "hv"},
            hoverinfo="skip",
        ),
    ]
    notes = [_("Each circle is a trial; the line is the best of all until then.")]
    layout = base_layout(title, style, notes)
    layout["showlegend"] = False
    first, last = int(table["number"].min()), int(table["number"].max())
    return go.Figure(
        traces,
        layout
        | {
            "xaxis": axis(
                style, _("Trial"), nticks=6, range=[first - 0.5, last + 0.5], tickformat="d",
                dtick=1 if last - first < 6 else None,
            ),
            "yaxis": axis(style, label(metric), nticks=6),
        },
    )  # fmt: skip
