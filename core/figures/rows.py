"""Horizontal bars with the name above and the value beside each: readable on a phone and from afar."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.marks import with_ids
from core.figures.style import Style, axis, base_layout, label, wrapped

NAME_LENGTH = 40


@dataclass(frozen=True)
class Bar:
    """One bar under its name, a foreign text. Neighbours with the same ``row`` share a name.

    ``under`` is a text of ours or a label, for a line or more below the bar; ``interval`` is drawn across its end.
    """

    name: object
    value: float
    text: str
    color: str
    pattern: int = 0
    row: int | None = None
    prefix: str = ""
    hover: str = ""
    interval: tuple[float, float] | None = None
    under: str = ""
    run_id: str = ""


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
        for line in textwrap.wrap(bar.under, NAME_LENGTH):
            place += 0.72
            name_places.append(place)
            names.append(line)
    return places, name_places, names


def value_range(values: np.ndarray, texts: Sequence[str], style: Style) -> list[float]:
    """Return an axis range from zero that leaves room for the longest text beside a bar, even on a phone."""
    width = 700 if style.wide else 460 if style.projector else 340
    share = min(0.4, 0.04 + max(map(len, texts)) * style.font_size * 0.6 / width)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    left, right = low < 0, high > 0 or low == 0
    room = ((high - low) or 1.0) * share / (1 - share * (left + right))
    return [low - room * left, high + room * right]


def _reaches(bars: Sequence[Bar], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each interval goes below and above its value; zero where there is none."""
    ends = np.array([bar.interval or (np.nan, np.nan) for bar in bars], dtype=float)
    known = np.isfinite(ends).all(axis=1)
    below = np.where(known, np.maximum(0.0, values - np.where(known, ends[:, 0], 0.0)), 0.0)
    above = np.where(known, np.maximum(0.0, np.where(known, ends[:, 1], 0.0) - values), 0.0)
    return below, above


def names_axis(style: Style, places: Sequence[float], names: Sequence[str], bottom: float) -> dict[str, Any]:
    """Return an axis from the top down to ``bottom`` with a name above each row, inside the figure."""
    return axis(
        style,
        range=[bottom + 0.5, -0.6],
        tickmode="array",
        tickvals=places,
        ticktext=names,
        ticklabelposition="inside",
        tickfont=style.font(),
        ticklabeloverflow="allow",
        showgrid=False,
        ticks="inside",  # unseen, they keep the names clear of the line
        ticklen=10,
        tickcolor="rgba(0,0,0,0)",
    )


def labelled_bars(
    title: str,
    bars: Sequence[Bar],
    style: Style,
    *,
    axis_title: str = "",
    notes: Sequence[str] = (),
    legend: Sequence[tuple[str, str, int]] = (),
    reference: float | None = None,
    axis_format: str = "",
    ticks: Sequence[float] | None = None,
) -> go.Figure:
    """Draw bars from the top down; ``legend`` names what a colour and pattern stand for.

    A dotted line stands at the ``reference``; a note of the figure's says what it is. ``axis_format`` is d3's;
    ``ticks`` are where the axis has its numbers.
    """
    places, name_places, names = _names_and_places(bars)
    values = np.array([bar.value for bar in bars], dtype=float)
    below, above = _reaches(bars, values)
    has_intervals = bool(below.any() or above.any())
    line = style.row_height
    bottom = max(places[-1], name_places[-1])
    layout = base_layout(title, style, notes, height=int((bottom + 1.1) * line) + 60, legend=len(legend))
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
        "customdata": with_ids(
            (bar.hover or f"{label(bar.name, 80)}<br>{bar.text}" for bar in bars), (bar.run_id for bar in bars)
        ),
        "hovertemplate": "%{customdata[0]}<extra></extra>",
        "showlegend": False,
    }
    if has_intervals:
        trace |= {
            "error_x": {
                "array": above,
                "arrayminus": below,
                "symmetric": False,
                "color": style.ink,
                "thickness": style.line_width * 0.7,
                "width": 5,
            },
            "textposition": "none",
        }
    traces: list[Any] = [{"type": "bar"} | trace]  # plain, as Plotly checks a Bar once more when it joins a figure
    reach = np.where(values < 0, values - below, values + above)
    if has_intervals:  # Plotly would write a bar's text across its error bar
        traces.append(
            go.Scatter(
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
        )
    for name, color, pattern in legend:
        traces.append(
            {
                "type": "bar",
                "x": [None],
                "y": [None],
                "orientation": "h",
                "name": label(name, NAME_LENGTH),
                "marker": {"color": color, "line": style.outline, "pattern": style.pattern(pattern)},
            }
        )
    beside: list[float] = []
    if reference is not None:
        beside = [reference]
        line_of_all = {"color": style.muted, "width": style.line_width * 0.7, "dash": "dot"}
        layout["shapes"] = [{"type": "line", "x0": reference, "x1": reference, "yref": "paper", "y0": 0, "y1": 1,
                             "layer": "between", "line": line_of_all}]  # fmt: skip
    layout["xaxis"] = axis(
        style,
        wrapped(axis_title, 40) if axis_title else "",
        range=value_range(np.r_[reach, values - below, values + above, beside], [bar.text for bar in bars], style),
        nticks=5,
        zeroline=True,
        zerolinecolor=style.muted,
        tickformat=axis_format,
        tickvals=ticks,
    )
    layout["yaxis"] = names_axis(style, name_places, names, bottom)
    return go.Figure(traces, layout)
