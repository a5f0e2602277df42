"""How much was asked by the hour or day: a bar for each, so that silence is seen as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import plotly.graph_objects as go

from core.figures.style import Style, axis, base_layout, empty_figure
from core.i18n import _, moment, number


def traffic(begins: Sequence[datetime], rows: Sequence[int], hours: int, title: str, style: Style) -> go.Figure:
    """Draw the rows of each stretch of so many ``hours``, at its begin (UTC)."""
    if not begins:
        return empty_figure(title, _("Nothing was asked."), style)
    bars = go.Bar(
        x=[pd.Timestamp(one.astimezone()).tz_localize(None) for one in begins],
        y=list(rows),
        width=0.9 * hours * 3_600_000,
        offset=0,
        marker={"color": style.color(0), "line": style.outline},
        customdata=[f"{moment(begin)}: {number(count, 0)}" for begin, count in zip(begins, rows, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
    layout = base_layout(title, style, [])
    layout["showlegend"] = False
    return go.Figure(
        [bars],
        layout
        | {
            "xaxis": axis(style, _("When"), nticks=6),
            "yaxis": axis(style, _("Rows"), nticks=5, rangemode="tozero", tickformat="d"),
        },
    )
