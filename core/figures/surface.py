"""How an answer moves with two inputs: colours with a bar that says what they stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from core.figures.cells import readable_on
from core.figures.parallel import line_colors
from core.figures.style import Style, base_layout, distinct_labels, empty_figure, label
from core.figures.values import (
    Show,
    category_axis,
    is_number,
    number_axis,
    round_ticks,
    same_value,
    value_word,
)
from core.i18n import _, number
from core.store.runs.tables import finite

NAMED_CELLS = 4  # a side, where a surface has too many to write all their values


def response_surface_data(table: pd.DataFrame) -> pd.DataFrame:
    """Return x, y and answer of each cell, without answers that are no number."""
    cells = table.reindex(columns=["x", "y", "answer"])
    return cells.assign(answer=finite(cells["answer"])).dropna(ignore_index=True)


def response_surface(
    table: pd.DataFrame,
    style: Style,
    *,
    x_name: str,
    y_name: str,
    answer_title: str,
    current: tuple[object, object] | None = None,
    answer: float | None = None,
    show: Show = number,
) -> go.Figure:
    """Draw a model's answer by two inputs as colours with a bar that says what they stand for.

    ``table`` has x, y and answer. ``current`` are both values now and ``answer`` what the model says there: a point
    with its name. Some cells have their answer written in them, all of them where they are few.
    """
    cells = response_surface_data(table)
    title = _("{answer} by {x} and {y}").format(
        answer=label(answer_title, 24), x=label(x_name, 20), y=label(y_name, 20)
    )
    if cells.empty:
        return empty_figure(title, _("Choose two different inputs to see how the answer moves with both."), style)
    columns, x_places, x_axis = _side(cells["x"], label(x_name), style)
    rows, y_places, y_axis = _side(cells["y"], label(y_name), style, is_y=True)
    grid = np.full((len(rows), len(columns)), np.nan)
    grid[[rows.index(value) for value in cells["y"]], [columns.index(value) for value in cells["x"]]] = cells["answer"]
    low, high = float(np.nanmin(grid)), float(np.nanmax(grid))
    ends = (low - 0.5, high + 0.5) if low == high or not math.isfinite(high - low) else (low, high)
    scale = line_colors(style)
    ticks = round_ticks(low, high)
    hover = [
        [
            f"{label(x_name)}: {value_word(x)}<br>{label(y_name)}: {value_word(y)}<br>"
            f"{label(answer_title, 60)}: {show(value)}"
            for x, value in zip(columns, line, strict=True)
        ]
        for y, line in zip(rows, grid, strict=True)
    ]
    traces: list[Any] = [
        go.Heatmap(
            z=grid,
            x=x_places,
            y=y_places,
            zmin=ends[0],
            zmax=ends[1],
            colorscale=[[place / (len(scale) - 1), color] for place, color in enumerate(scale)],
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            colorbar={
                "tickmode": "array",
                "tickvals": ticks,
                "ticktext": [show(tick) for tick in ticks],
                "tickfont": style.font(-1),
                "thickness": 22 if style.projector else 14,
                "outlinecolor": style.ink,
                "outlinewidth": 1,
                "xpad": 6,
            },
        ),
    ]
    layout = base_layout(title, style, height=480 if style.projector else 320) | {"xaxis": x_axis, "yaxis": y_axis}
    x = None if current is None else _place_of(current[0], columns, x_places)
    y = None if current is None else _place_of(current[1], rows, y_places)
    free = np.isfinite(grid)
    if x is not None and y is not None:
        free &= ~_covered(x, y, x_places, y_places)
        traces.append(_point(x, y, style))
        layout["annotations"] = [_point_name(x, y, x_axis["range"], y_axis["range"], answer, show, style)]
    traces.insert(1, _values_in_cells(grid, free, x_places, y_places, ends, scale, show, style))
    return go.Figure(traces, layout)


def _side(
    values: pd.Series, title: str, style: Style, is_y: bool = False
) -> tuple[list[Any], list[float], dict[str, Any]]:
    """Return the distinct values of one side, where they stand, and their axis."""
    distinct = list(dict.fromkeys(values))
    if all(is_number(value) for value in distinct):
        distinct = sorted(distinct)
        places = [float(value) for value in distinct]
        shape, _ends = number_axis(places[0], places[-1], style, title)
        half = [abs(places[1] - places[0]) / 2, abs(places[-1] - places[-2]) / 2] if len(places) > 1 else [0.5, 0.5]
        return distinct, places, shape | {"range": [places[0] - half[0], places[-1] + half[1]], "showgrid": False}
    shape = category_axis(range(len(distinct)), distinct, style, title)
    upright = (
        {"tickangle": 0, "ticktext": distinct_labels([value_word(value) for value in distinct], 12)} if is_y else {}
    )
    return distinct, [float(place) for place in range(len(distinct))], shape | upright


def _place_of(value: Any, distinct: Sequence[Any], places: Sequence[float]) -> float | None:
    found = [place for one, place in zip(distinct, places, strict=True) if same_value(one, value)]
    if found:
        return found[0]
    within = is_number(value) and is_number(distinct[0]) and places[0] <= value <= places[-1]
    return float(value) if within else None


def _values_in_cells(
    grid: np.ndarray,
    free: np.ndarray,
    x_places: Sequence[float],
    y_places: Sequence[float],
    ends: tuple[float, float],
    scale: Sequence[str],
    show: Show,
    style: Style,
) -> go.Scatter:
    chosen = [
        (row, column)
        for row in _spread(grid.shape[0], 2 * NAMED_CELLS)
        for column in _spread(grid.shape[1], NAMED_CELLS)
        if free[row, column]
    ]
    shares = [min(1.0, max(0.0, float((grid[at] - ends[0]) / (ends[1] - ends[0])))) for at in chosen]
    return go.Scatter(
        x=[x_places[column] for _row, column in chosen],
        y=[y_places[row] for row, _column in chosen],
        mode="text",
        text=[show(float(f"{grid[at]:.3g}")) for at in chosen],
        textfont={
            "size": style.font(-2)["size"],
            "color": [readable_on(color) for color in sample_colorscale(list(scale), shares, colortype="rgb")],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _spread(count: int, at_most: int) -> list[int]:
    """Return all places, or some that lie evenly and off the edges."""
    if count <= at_most + 1:
        return list(range(count))
    return sorted({round((place + 0.5) * count / at_most - 0.5) for place in range(at_most)})


def _covered(x: float, y: float, x_places: Sequence[float], y_places: Sequence[float]) -> np.ndarray:
    """Tell which cells the point and its name cover; shape (rows, columns)."""
    across = np.arange(len(x_places)) - np.interp(x, x_places, range(len(x_places)))
    along = np.arange(len(y_places)) - np.interp(y, y_places, range(len(y_places)))
    covered = (np.abs(along) <= max(0.6, len(along) * 0.1))[:, None] & (np.abs(across) <= max(0.6, len(across) * 0.1))
    if len(along) > NAMED_CELLS:  # its name reaches other rows, towards the middle
        inwards = across * (-1 if across.sum() < 0 else 1), along * (-1 if along.sum() < 0 else 1)
        beside, beyond = (
            (side >= 0) & (side <= len(side) * share) for side, share in zip(inwards, (0.5, 0.2), strict=True)
        )
        covered |= beyond[:, None] & beside
    return np.asarray(covered)


def _point(x: float, y: float, style: Style) -> go.Scatter:
    return go.Scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": style.marker_size * 1.6,
            "color": style.paper,
            "line": {"color": style.ink, "width": 3},
        },
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )


def _point_name(
    x: float,
    y: float,
    x_range: Sequence[float],
    y_range: Sequence[float],
    answer: float | None,
    show: Show,
    style: Style,
) -> dict[str, Any]:
    right, top = x > (x_range[0] + x_range[1]) / 2, y > (y_range[0] + y_range[1]) / 2
    return {
        "x": x,
        "y": y,
        "text": _("now") if answer is None else _("now: {answer}").format(answer=show(answer)),
        "showarrow": False,
        "xanchor": "right" if right else "left",
        "yanchor": "top" if top else "bottom",
        "xshift": -style.marker_size if right else style.marker_size,
        "yshift": -style.marker_size if top else style.marker_size,
        "bgcolor": style.paper,
        "bordercolor": style.ink,
        "borderwidth": 1,
        "borderpad": 2,
        "font": {"size": style.font_size, "color": style.ink},
    }
