"""Horizontal bars with the name above and the value beside each: readable on a phone and from afar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.style import Style, axis, base_layout, label, wrapped

NAME_LENGTH = 40


@dataclass(frozen=True)
class Bar:
    """One bar under its name, a foreign text. Neighbours with the same ``row`` share a name."""

    name: object
    value: float
    text: str
    color: str
    pattern: int = 0
    row: int | None = None
    prefix: str = ""
    hover: str = ""
    spread: float | None = None


def _names_and_places(bars: Sequence[Bar]) -> tuple[list[float], list[float], list[str]]:
    """Place bars from the top down: half a line for a name, one for each bar under it."""
    places: list[float] = []
    name_places: list[float] = []
    names: list[str] = []
    place, previous = 0.0, None
    for bar in bars:
        if bar.row is None or bar.row != previous:
            place += 1.0 if names else 0.0
            name_places.append(place)
            names.append(bar.prefix + label(bar.name, NAME_LENGTH))
            place += 0.2
        previous = bar.row
        place += 0.62
        places.append(place)
    return places, name_places, names


def value_range(values: np.ndarray, texts: Sequence[str], style: Style) -> list[float]:
    """Return an axis range from zero that leaves room for the longest text beside a bar, even on a phone."""
    width = 700 if style.projector else 340
    share = min(0.4, 0.04 + max(map(len, texts)) * style.font_size * 0.6 / width)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    left, right = low < 0, high > 0 or low == 0
    room = ((high - low) or 1.0) * share / (1 - share * (left + right))
    return [low - room * left, high + room * right]


def labelled_bars(
    title: str,
    bars: Sequence[Bar],
    style: Style,
    *,
    axis_title: str = "",
    notes: Sequence[str] = (),
    legend: Sequence[tuple[str, str, int]] = (),
) -> go.Figure:
    """Draw bars from the top down; ``legend`` names what a colour and pattern stand for."""
    places, name_places, names = _names_and_places(bars)
    values = np.array([bar.value for bar in bars], dtype=float)
    spreads = np.array([bar.spread or 0.0 for bar in bars])
    line = 32 if style.projector else 23
    layout = base_layout(title, style, notes, height=int((places[-1] + 1.1) * line) + 60, legend=len(legend))
    trace: dict[str, Any] = {
        "x": values,
        "y": places,
        "orientation": "h",
        "width": 0.6,
        "marker": {
            "color": [bar.color for bar in bars],
            "line": style.outline,
            "pattern": style.pattern([bar.pattern for bar in bars]),
        },
        "text": [bar.text for bar in bars],
        "textposition": "outside",
        "textangle": 0,
        "textfont": style.font(),
        "cliponaxis": False,
        "constraintext": "none",
        "customdata": [bar.hover or f"{label(bar.name, 80)}<br>{bar.text}" for bar in bars],
        "hovertemplate": "%{customdata}<extra></extra>",
        "showlegend": False,
    }
    if spreads.any():
        trace |= {"error_x": {"array": spreads, "color": style.ink, "thickness": 1.5}, "textposition": "none"}
    figure = go.Figure(go.Bar(trace))
    reach = values + np.sign(values) * spreads
    if spreads.any():  # Plotly would write a bar's text across its error bar
        figure.add_scatter(
            x=reach,
            y=places,
            mode="text",
            text=[f" {bar.text} " for bar in bars],
            textposition=["middle left" if value < 0 else "middle right" for value in values],
            textfont=style.font(),
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    for name, color, pattern in legend:
        figure.add_bar(
            x=[None],
            y=[None],
            orientation="h",
            name=label(name, NAME_LENGTH),
            marker={
                "color": color,
                "line": style.outline,
                "pattern": style.pattern(pattern),
            },
        )
    layout["xaxis"] = axis(
        style,
        wrapped(axis_title, 40) if axis_title else "",
        range=value_range(reach, [bar.text for bar in bars], style),
        nticks=5,
        zeroline=True,
        zerolinecolor=style.muted,
    )
    layout["yaxis"] = axis(
        style,
        range=[places[-1] + 0.5, -0.6],
        tickmode="array",
        tickvals=name_places,
        ticktext=names,
        ticklabelposition="inside",
        tickfont=style.font(),
        ticklabeloverflow="allow",
        showgrid=False,
        ticks="inside",  # unseen, they keep the names clear of the line
        ticklen=10,
        tickcolor="rgba(0,0,0,0)",
    )
    figure.update_layout(layout)
    return figure
