"""How an answer moves while one input moves: small figures that stand beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import DASHES, Style, axis, base_layout, empty_figure, label
from core.figures.values import (
    APART,
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

COLUMNS = ["value", "place", "model", "answer"]
ROOM = 0.2  # of the answers' span, above and below it: for the value beside the point
EDGE = 0.1  # of the width: there a text goes inwards


def response_curve_data(curves: pd.DataFrame) -> pd.DataFrame:
    """Return value, place (its order), model and answer in their order, without those that are no finite number."""
    table = curves.reindex(columns=COLUMNS)
    table = table.assign(answer=finite(table["answer"]), place=finite(table["place"]))
    endless = np.array([is_number(value) and not math.isfinite(value) for value in table["value"]], dtype=bool)
    return table[~endless].dropna(subset=["answer", "place"]).sort_values("place", kind="stable", ignore_index=True)


def answer_span(answers: pd.Series) -> tuple[float, float] | None:
    """Return the smallest and largest answer, for curves that share an axis; None without any."""
    known = finite(answers).dropna()
    return None if known.empty else (float(known.min()), float(known.max()))


def response_curve(
    curves: pd.DataFrame,
    current: object,
    style: Style,
    *,
    name: str,
    answer_title: str,
    show: Show = number,
    span: tuple[float, float] | None = None,
    models: Sequence[str] = (),
    legend: bool = True,
) -> go.Figure:
    """Draw each model's answer by the values of one input: lines for numbers, points for categories.

    ``current`` is the input's value now: it is ringed and its answer written beside it. ``show`` writes an answer.
    ``span`` is the range of answers that figures beside each other share (``answer_span`` of all of them), and
    ``models`` are all models in their order, so that each has its colour, dash and shape in all of them. Without
    ``legend`` another figure has it.
    """
    table = response_curve_data(curves)
    title = label(name, 30)
    if table.empty:
        return empty_figure(title, _("Ask the model to see how its answer moves with this input."), style)
    order = list(dict.fromkeys([*models, *table["model"]]))
    drawn = [model for model in order if (table["model"] == model).any()]
    numeric = all(is_number(value) for value in table["value"])
    low, high = span or (float(table["answer"].min()), float(table["answer"].max()))
    traces: list[Any] = []
    points: list[dict[str, Any]] = []
    for model in drawn:
        rows = table[table["model"] == model]
        x = _places(rows, numeric, drawn.index(model), len(drawn))
        now = np.flatnonzero([same_value(value, current) for value in rows["value"]])
        if len(now):
            answer = float(rows["answer"].iloc[now[0]])
            points.append({"x": float(x[now[0]]), "answer": answer, "place": order.index(model)})
        said = f": {show(points[-1]['answer'])}" if len(now) else ""
        traces.append(
            _response(rows, x, order.index(model), style, name=label(model, 24) + said, numeric=numeric)
            | {
                "customdata": [
                    f"{label(model, 60)}<br>{title}: {value_word(value)}<br>{label(answer_title, 60)}: {show(answer)}"
                    for value, answer in zip(rows["value"], rows["answer"], strict=True)
                ],
                "showlegend": legend and len(order) > 1,
            }
        )
    x_axis, x_range = _value_axis(table, numeric, style)
    entries = len(drawn) if legend and len(order) > 1 else 0
    turned = 0 if x_axis["tickangle"] == 0 else 3 * style.font_size  # what the names of categories take
    layout = base_layout(title, style, height=(260 if style.projector else 168) + turned, legend=entries) | {
        "xaxis": x_axis,
        "yaxis": _answer_axis(low, high, label(answer_title, 22), show, style),
        "shapes": [_now_line(point["x"], style) for point in points[:1] if numeric],
    }
    return go.Figure([*map(go.Scatter, traces), *_current(points, x_range, show, style)], layout)


def _places(rows: pd.DataFrame, numeric: bool, place: int, count: int) -> np.ndarray:
    """Return where values stand: numbers at their size, categories at their place, models beside each other."""
    if numeric:
        return np.asarray(rows["value"], dtype=float)
    apart = min(0.3, 0.7 / count) if len(rows) <= APART else 0.0
    return np.asarray(rows["place"], dtype=float) + (place - (count - 1) / 2) * apart


def _response(
    rows: pd.DataFrame, x: np.ndarray, place: int, style: Style, *, name: str, numeric: bool
) -> dict[str, Any]:
    color = style.color(place)
    return {
        "x": x,
        "y": rows["answer"].to_numpy(dtype=float),
        "mode": "lines" if numeric and len(rows) > 1 else "markers",
        "name": name,
        "line": {"color": color, "width": style.line_width, "dash": DASHES[place % len(DASHES)]},
        "marker": {
            "symbol": style.symbol(place),
            "size": style.marker_size * (1 if len(rows) <= APART else 0.8),
            "color": color,
            "line": style.outline,
        },
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip


def _current(points: Sequence[dict[str, Any]], x_range: tuple[float, float], show: Show, style: Style) -> list[Any]:
    """Ring each model's answer now; write the highest above it and the lowest below, so that none covers another."""
    marks = []
    by_height = sorted(points, key=lambda point: -point["answer"])
    for rank, point in enumerate(by_height):
        share = (point["x"] - x_range[0]) / ((x_range[1] - x_range[0]) or 1.0)
        inwards = "right" if share < EDGE else "left" if share > 1 - EDGE else "center"
        where = f"{'top' if rank == 0 else 'bottom'} {inwards}"
        written = show(point["answer"]) if rank in {0, len(by_height) - 1} else ""
        color = style.color(point["place"])
        marks += [
            go.Scatter(
                x=[point["x"]],
                y=[point["answer"]],
                mode="markers+text",
                marker={"symbol": symbol, "size": size, "color": fill, "line": {"color": style.ink, "width": 2}},
                text=[text],
                textposition=where,
                textfont=style.font(),
                cliponaxis=False,
                hoverinfo="skip",
                showlegend=False,
            )
            for symbol, size, fill, text in (
                (style.symbol(point["place"]), style.marker_size, color, ""),
                ("circle-open", style.marker_size * 1.8, style.ink, written),
            )
        ]
    return marks


def _now_line(x: float, style: Style) -> dict[str, Any]:
    line = {"color": style.muted, "width": style.line_width / 2, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line, "layer": "below"}


def _value_axis(table: pd.DataFrame, numeric: bool, style: Style) -> tuple[dict[str, Any], tuple[float, float]]:
    if numeric:
        values = table["value"].to_numpy(dtype=float)
        return number_axis(float(values.min()), float(values.max()), style)
    names = table.drop_duplicates("place").sort_values("place")
    places = names["place"].tolist()
    return category_axis(places, names["value"].tolist(), style), (places[0] - 0.5, places[-1] + 0.5)


def _answer_axis(low: float, high: float, title: str, show: Show, style: Style) -> dict[str, Any]:
    room = (high - low) * ROOM or abs(low) * ROOM or 0.5
    ticks = round_ticks(low, high)
    return axis(
        style,
        title,
        type="linear",
        tickmode="array",
        tickvals=ticks,
        ticktext=[show(tick) for tick in ticks],
        range=[low - room, high + room],
    )
