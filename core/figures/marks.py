"""Runs as marks: which are told apart, what their names stand beside, and which the reader chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import Style, label
from core.i18n import _, number

HIGHLIGHTED_AT_MOST = 6
ASIDE = 18  # px from a point to its name
AROUND = 0.08  # of an axis, beyond its values
NAME_LENGTH = 14  # beside a point or line; a phone has room for no more


def places_of(highlight: Mapping[str, int] | None, ids: Iterable[str]) -> dict[str, int]:
    """Return the colour places of the highlighted runs among ``ids``, by place, at most six."""
    chosen = highlight or {}
    known = sorted((run_id for run_id in dict.fromkeys(ids) if run_id in chosen), key=lambda run_id: chosen[run_id])
    return {run_id: chosen[run_id] for run_id in known[:HIGHLIGHTED_AT_MOST]}


def with_ids(texts: Iterable[str], ids: Iterable[str]) -> np.ndarray:
    """Return the customdata of marks that are runs: what hovering shows, and the run's id.

    An array of shape (marks, 2), because Plotly looks at lists of lists one by one, again and again.
    """
    return np.array(list(zip(texts, map(str, ids), strict=True)), dtype=str).reshape(-1, 2)


def first_and_highlighted(table: pd.DataFrame, at_most: int, highlight: Mapping[str, int] | None) -> pd.DataFrame:
    """Return the first ``at_most`` rows of a table by run id, and the highlighted ones wherever they are."""
    return table[(np.arange(len(table)) < at_most) | table.index.isin(list(highlight or {}))]


def evenly(values: pd.Series, at_most: int, kept: Iterable[str] = ()) -> np.ndarray:
    """Return which values to draw: ``at_most``, evenly from the lowest to the highest, and those of ``kept`` ids."""
    if len(values) <= at_most:
        return np.ones(len(values), dtype=bool)
    order = np.argsort(values.to_numpy(dtype=float), kind="stable")
    chosen = np.zeros(len(values), dtype=bool)
    chosen[order[np.linspace(0, len(values) - 1, at_most).round().astype(int)]] = True
    return np.asarray(chosen | values.index.isin(list(kept)))


def evenly_note(drawn: int, count: int) -> list[str]:
    """Say how many runs are drawn, where not all are."""
    sentence = _("{drawn} of {count} runs are drawn, evenly from the lowest value to the highest.")
    return [sentence.format(drawn=number(drawn, 0), count=number(count, 0))] if drawn < count else []


def enclosed_ids(figure: go.Figure, points: pd.DataFrame, shapes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the runs within boxes and lassos, drawn or not.

    ``points`` has x and y by run id. ``shapes`` are what a selection in Streamlit holds: a box's two corners, or
    a lasso's many, in the axes' own units.
    """
    scales = [np.log10 if chosen.type == "log" else np.asarray for chosen in (figure.layout.xaxis, figure.layout.yaxis)]
    x, y = (scale(points[side].to_numpy(dtype=float)) for scale, side in zip(scales, "xy", strict=True))
    inside = np.zeros(len(points), dtype=bool)
    for shape in shapes:
        across, up = (scale(np.array(shape[side], dtype=float)) for scale, side in zip(scales, "xy", strict=True))
        if len(across) == 2:  # a box
            across, up = across[[0, 1, 1, 0]], up[[0, 0, 1, 1]]
        inside |= _within(x, y, across, up)
    return [str(run_id) for run_id in points.index[inside]]


def _within(x: np.ndarray, y: np.ndarray, across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return which points are within a polygon: those from which a line to the right crosses its edges oddly often."""
    odd = np.zeros(len(x), dtype=bool)
    for place in range(len(across)):
        (x1, x2), (y1, y2) = across[[place - 1, place]], up[[place - 1, place]]
        if y1 != y2:
            odd ^= ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return odd


def selected_ids(figure: go.Figure, points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the runs whose marks were chosen, each once, in that order.

    ``points`` is what a selection in Streamlit holds. Where a point brings no run of its own, its trace tells.
    """
    known = _ids(figure)
    chosen = (_id_of(figure, point) for point in points)
    return [run_id for run_id in dict.fromkeys(chosen) if run_id in known]


def _ids(figure: go.Figure) -> set[str]:
    ids = {trace.meta for trace in figure.data if isinstance(trace.meta, str)}
    for trace in figure.data:
        rows = trace.customdata if "customdata" in trace and trace.customdata is not None else ()
        ids |= {_second(row) for row in rows}
    return ids - {""}


def _second(row: object) -> str:
    return str(row[1]) if isinstance(row, list | tuple | np.ndarray) and len(row) == 2 else ""


def _id_of(figure: go.Figure, point: Mapping[str, Any]) -> str:
    if run_id := _second(point.get("customdata")):
        return run_id
    curve, place = point.get("curve_number"), point.get("point_index")
    if not isinstance(curve, int) or not 0 <= curve < len(figure.data):
        return ""
    trace = figure.data[curve]
    if isinstance(trace.meta, str):
        return trace.meta
    rows = trace.customdata
    if rows is None or not isinstance(place, int) or not 0 <= place < len(rows):
        return ""
    return _second(rows[place])


def spaced(values: np.ndarray, gap: float) -> np.ndarray:
    """Move values apart until neighbours are ``gap`` away, keeping their order."""
    order = np.argsort(values, kind="stable")
    placed = values[order].astype(float)
    for place in range(1, len(placed)):
        placed[place] = max(placed[place], placed[place - 1] + gap)
    placed -= (placed - values[order]).mean()
    result = np.empty_like(placed)
    result[order] = placed
    return result


def fixed_range(values: np.ndarray, log: bool, turned: bool) -> list[float] | None:
    """Return an axis range with room around the values; None where numbers are too large to reckon with."""
    scaled = np.log10(values) if log else values
    with np.errstate(over="ignore"):
        low, high = float(scaled.min()), float(scaled.max())
        room = (high - low) * AROUND or abs(high) * 0.05 or 0.5
        ends = [low - room, high + room]
        fine = np.isfinite([*ends, ends[1] - ends[0]]).all() and ends[0] < ends[1]
    return (ends[::-1] if turned else ends) if fine else None


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def name_points(
    names: Sequence[str],
    x: np.ndarray,
    y: np.ndarray,
    across: np.ndarray,
    up: np.ndarray,
    style: Style,
    *,
    log_x: bool = False,
    log_y: bool = False,
    clear: Sequence[tuple[float, float]] = (),
) -> list[dict[str, Any]]:
    """Return annotations: each name beside its point, clear of the other points, of their names and of ``clear``.

    ``across`` and ``up`` say how far along the axes (0 to 1) the points are. ``names`` are labels already.
    What is clear of each other on a phone is so on larger screens.
    """
    width, height = (900.0, 395.0) if style.projector else (300.0, 280.0)
    size, line = style.marker_size * 0.9, style.font_size * 1.45
    length = style.font_size * 0.56 * (NAME_LENGTH + 2)
    points = list(zip(across * width, up * height, strict=True))
    kept_clear = [*points, *((left * width, low * height) for left, low in clear)]
    taken = [(left - size, low - size, left + size, low + size) for left, low in kept_clear]
    rises = sorted((step * line * 0.5 for step in range(-12, 13)), key=abs)
    annotations: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        at, low = points[place]
        sides = (-1, 1) if at > width / 2 else (1, -1)
        spots = [(side, rise) for rise in rises for side in sides]
        boxes = [
            (
                min(at + side * ASIDE, at + side * (ASIDE + length)),
                low + rise - line / 2,
                max(at + side * ASIDE, at + side * (ASIDE + length)),
                low + rise + line / 2,
            )
            for side, rise in spots
        ]
        inside = [
            number
            for number, box in enumerate(boxes)
            if box[0] > -40 and box[2] < width + 10 and box[1] > -line and box[3] < height + line
        ]
        free = [number for number in inside if not any(_overlap(boxes[number], other) for other in taken)]
        best = (free or inside or [0])[0]
        side, rise = spots[best]
        taken.append(boxes[best])
        annotations.append(
            {
                "x": float(np.log10(x[place])) if log_x else float(x[place]),
                "y": float(np.log10(y[place])) if log_y else float(y[place]),
                "text": name,
                "showarrow": True,
                "arrowhead": 0,
                "arrowwidth": 1,
                "arrowcolor": style.muted,
                "standoff": style.marker_size * 0.6,
                "ax": side * ASIDE,
                "ay": -rise,
                "xanchor": "right" if side < 0 else "left",
                "align": "left",
                "font": style.font(),
                "bgcolor": style.veil,
                "borderpad": 1,
            }
        )
    return annotations


def marked_name(name: object, place: int, style: Style) -> str:
    """Return a run's name behind its shape in its colour."""
    return style.mark(place) + label(name, NAME_LENGTH)
