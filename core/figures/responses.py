"""How an answer moves while one input moves, or two: small figures that stand beside each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from core.figures.cells import readable_on
from core.figures.parallel import line_colors
from core.figures.style import DASHES, Style, axis, base_layout, distinct_labels, empty_figure, label
from core.i18n import _, number
from core.store.runs import finite

COLUMNS = ["value", "place", "model", "answer"]
ROOM = 0.2  # of the answers' span, above and below it: for the value beside the point
EDGE = 0.1  # of the width: there a text goes inwards
APART, UPRIGHT = 6, 8  # categories: beyond, models stand above each other, and names are turned up
NAMED_CELLS = 4  # a side, where a surface has too many to write all their values

Show = Callable[[float], str]


def response_curve_data(curves: pd.DataFrame) -> pd.DataFrame:
    """Return value, place (its order), model and answer in their order, without those that are no finite number."""
    table = curves.reindex(columns=COLUMNS)
    table = table.assign(answer=finite(table["answer"]), place=finite(table["place"]))
    endless = np.array([_is_number(value) and not math.isfinite(value) for value in table["value"]], dtype=bool)
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
    numeric = all(_is_number(value) for value in table["value"])
    low, high = span or (float(table["answer"].min()), float(table["answer"].max()))
    traces: list[Any] = []
    points: list[dict[str, Any]] = []
    for model in drawn:
        rows = table[table["model"] == model]
        x = _places(rows, numeric, drawn.index(model), len(drawn))
        now = np.flatnonzero([_same(value, current) for value in rows["value"]])
        if len(now):
            answer = float(rows["answer"].iloc[now[0]])
            points.append({"x": float(x[now[0]]), "answer": answer, "place": order.index(model)})
        said = f": {show(points[-1]['answer'])}" if len(now) else ""
        traces.append(
            _response(rows, x, order.index(model), style, name=label(model, 24) + said, numeric=numeric)
            | {
                "customdata": [
                    f"{label(model, 60)}<br>{title}: {_word(value)}<br>{label(answer_title, 60)}: {show(answer)}"
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


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _same(value: Any, current: Any) -> bool:
    return bool(value == current) if _is_number(value) and _is_number(current) else str(value) == str(current)


def _word(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return _("yes") if value else _("no")
    return number(float(value)) if _is_number(value) else label(value, 60)


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
        return _number_axis(float(values.min()), float(values.max()), style)
    names = table.drop_duplicates("place").sort_values("place")
    places = names["place"].tolist()
    return _category_axis(places, names["value"].tolist(), style), (places[0] - 0.5, places[-1] + 0.5)


def _category_axis(places: Sequence[float], values: Sequence[object], style: Style, title: str = "") -> dict[str, Any]:
    words = [_word(value) for value in values]
    level = _stand_level(words)
    return axis(
        style,
        title,
        type="linear",
        tickmode="array",
        tickvals=list(places),
        ticktext=words if level else distinct_labels(words, 11),
        tickangle=0 if level else -40 if len(words) <= UPRIGHT else -90,
        range=[places[0] - 0.5, places[-1] + 0.5],
        showgrid=False,
    ) | {"tickfont": style.font(-2)}


def _stand_level(words: Sequence[str]) -> bool:
    """Tell whether names fit beside each other below a small figure."""
    return len(words) * max(map(len, words)) <= 28


def _number_axis(low: float, high: float, style: Style, title: str = "") -> tuple[dict[str, Any], tuple[float, float]]:
    room = (high - low) * 0.04 or abs(low) * 0.05 or 0.5
    ends = (low - room, high + room)
    ticks = _ticks(low, high, 5)
    if max(len(number(tick)) for tick in ticks) > 5:
        ticks = _ticks(low, high, 3)
    texts = [number(tick) for tick in ticks]
    return axis(
        style, title, type="linear", tickmode="array", tickvals=ticks, ticktext=texts, range=list(ends), tickangle=0
    ), ends


def _answer_axis(low: float, high: float, title: str, show: Show, style: Style) -> dict[str, Any]:
    room = (high - low) * ROOM or abs(low) * ROOM or 0.5
    ticks = _ticks(low, high)
    return axis(
        style,
        title,
        type="linear",
        tickmode="array",
        tickvals=ticks,
        ticktext=[show(tick) for tick in ticks],
        range=[low - room, high + room],
    )


def _ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return about so many round numbers from ``low`` to ``high``; the lower one where there is no room for any.

    >>> _ticks(0.0, 1.0), _ticks(18, 33), _ticks(5, 5)
    ([0.0, 0.25, 0.5, 0.75, 1.0], [20.0, 25.0, 30.0], [5])
    """
    least = (high - low) / about
    if not math.isfinite(least) or least <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(least))
    step = next((one * power for one in (1, 2, 2.5, 5, 10) if one * power >= least * (1 - 1e-9)), least)
    counts = range(math.ceil(low / step - 0.1), math.floor(high / step + 0.1) + 1)  # 99.9 % are near enough to 100 %
    return [float(f"{count * step:.10g}") for count in counts] or [low]


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
    ticks = _ticks(low, high)
    hover = [
        [
            f"{label(x_name)}: {_word(x)}<br>{label(y_name)}: {_word(y)}<br>{label(answer_title, 60)}: {show(value)}"
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
    if all(_is_number(value) for value in distinct):
        distinct = sorted(distinct)
        places = [float(value) for value in distinct]
        shape, _ends = _number_axis(places[0], places[-1], style, title)
        half = [abs(places[1] - places[0]) / 2, abs(places[-1] - places[-2]) / 2] if len(places) > 1 else [0.5, 0.5]
        return distinct, places, shape | {"range": [places[0] - half[0], places[-1] + half[1]], "showgrid": False}
    shape = _category_axis(range(len(distinct)), distinct, style, title)
    upright = {"tickangle": 0, "ticktext": distinct_labels([_word(value) for value in distinct], 12)} if is_y else {}
    return distinct, [float(place) for place in range(len(distinct))], shape | upright


def _place_of(value: Any, distinct: Sequence[Any], places: Sequence[float]) -> float | None:
    found = [place for one, place in zip(distinct, places, strict=True) if _same(one, value)]
    if found:
        return found[0]
    within = _is_number(value) and _is_number(distinct[0]) and places[0] <= value <= places[-1]
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
            "size": style.font_size - 2,
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
