"""Any parameter or metric against any metric."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.differences import as_numbers, best_runs, finite_metric
from core.comparison.direction import better_end
from core.figures.bars import direction_note, missing_note
from core.figures.marks import (
    HIGHLIGHTED_AT_MOST,
    evenly,
    evenly_note,
    fixed_range,
    marked_name,
    name_points,
    places_of,
    with_ids,
)
from core.figures.style import (
    MANY_POINTS,
    SYMBOLS,
    Style,
    axis,
    base_layout,
    distinct_labels,
    empty_figure,
    label,
)
from core.i18n import _, ngettext
from core.store.runs.tables import Runs, finite

Kind = Literal["param", "metric"]
CATEGORIES_AT_MOST = 15
RINGED_AT_MOST = 3
FEWEST_FOR_TREND = 5
GROUPS_AT_MOST = len(SYMBOLS)
COLUMNS = ["run", "x", "y", "group"]


def scatter_data(
    runs: Runs,
    x: str,
    y: str,
    labels: Mapping[str, str],
    x_kind: Kind = "param",
    groups: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return run, x, y and group of the runs that have both, by run id.

    ``x`` is float where every value is a number and text otherwise, ``y`` is a finite float. ``groups``
    says what a run belongs to, such as the name of its experiment; by default its algorithm.
    """
    source = runs.params if x_kind == "param" else runs.metrics
    if x not in source or y not in runs.metrics:
        return pd.DataFrame(columns=COLUMNS)
    given = source[x]
    numbers = finite(given) if x_kind == "metric" else as_numbers(given)
    group = pd.Series(groups, dtype=object).reindex(runs.ids) if groups else runs.info["algorithm"]
    table = pd.DataFrame(
        {
            "run": [labels.get(run_id, run_id) for run_id in runs.ids],
            "x": given if numbers is None else numbers,
            "y": finite_metric(runs, y).reindex(runs.ids),
            "group": group.fillna("").astype(str),
        },
        index=runs.ids,
    )
    return table.dropna(subset=["x", "y"])


def spans_magnitudes(values: pd.Series) -> bool:
    """Say whether a log axis shows the values better: all positive, the largest 100 times the smallest.

    >>> spans_magnitudes(pd.Series([0.001, 0.1])), spans_magnitudes(pd.Series([0.0, 0.1]))
    (True, False)
    """
    return bool(len(values) and values.min() > 0 and values.max() >= 100 * values.min())


def value_axis(style: Style, title: str, values: pd.Series, turned: bool = False) -> dict[str, Any]:
    """Return an axis for numbers, logarithmic where they span magnitudes, ``turned`` over where lower is better."""
    over = {"autorange": "reversed"} if turned else {}
    if spans_magnitudes(values):
        return axis(style, title, type="log", dtick=1 if values.max() / values.min() > 1e3 else None, **over)
    return axis(style, title, type="linear", nticks=6, **over)


def turned_note(metric: str, directions: Mapping[str, bool | None]) -> str:
    """Say which way is better, and that an axis whose lower end is better is turned over."""
    if better_end(metric, directions) is False:
        return _("Lower is better: the axis is turned over, so that up is better.")
    return direction_note(metric, directions)


def _top_groups(groups: pd.Series) -> pd.Series:
    """Keep the largest groups apart and put the rest together under None."""
    largest = list(groups.value_counts().index)
    kept = largest if len(largest) <= GROUPS_AT_MOST else largest[: GROUPS_AT_MOST - 1]
    return groups.where(groups.isin(kept), None)


def _marker(style: Style, many: bool) -> dict[str, Any]:
    return {
        "size": style.marker_size * (0.6 if many else 1),
        "opacity": 0.7 if many else 0.9,
        "line": {"width": 0} if many else style.outline,
    }


def _hover(table: pd.DataFrame, numeric: bool) -> list[str]:
    longest = 40 if len(table) > MANY_POINTS else 80  # ten thousand names weigh
    if numeric:
        return [label(run, longest) for run in table["run"]]
    return [
        f"{label(run, longest)}<br>{label(name, longest)}" for run, name in zip(table["run"], table["x"], strict=True)
    ]


def _points(table: pd.DataFrame, x: np.ndarray, style: Style, numeric: bool) -> list[Any]:
    """Return one trace a group, each with its own colour and shape."""
    group = _top_groups(table["group"])
    names = [name for name in dict.fromkeys(table["group"]) if name in set(group.dropna())]
    several = [*sorted(names), *([None] if group.isna().any() else [])]
    traces = []
    for place, name in enumerate(several):
        rows = (group.isna() if name is None else group == name).to_numpy()
        shown = _("others") if name is None else label(name or _("no group"))
        look = {"color": style.color(place), "symbol": style.symbol(place)}
        traces.append(_trace(table[rows], x[rows], style, numeric, shown, look, len(table), len(several) > 1))
    return traces


def _trace(
    rows: pd.DataFrame,
    x: np.ndarray,
    style: Style,
    numeric: bool,
    name: str,
    look: dict[str, Any],
    of: int,
    legend: bool,
) -> Any:
    many = of > MANY_POINTS
    return (go.Scattergl if many else go.Scatter)(
        x=x,
        y=rows["y"].to_numpy(dtype=float),
        mode="markers",
        name=name,
        marker=_marker(style, many) | look,
        customdata=with_ids(_hover(rows, numeric), rows.index),
        hovertemplate="%{customdata[0]}<br>" + ("%{x} → " if numeric else "") + "%{y}<extra></extra>",
        showlegend=legend,
    )


def _highlighted(
    table: pd.DataFrame, x: np.ndarray, places: Mapping[str, int], style: Style, numeric: bool
) -> list[Any]:
    """Return all other runs in grey, then a trace for each highlighted one, above them."""
    others = ~table.index.isin(list(places))
    grey = {"color": style.muted, "opacity": 0.45, "line": {"width": 0}}
    traces = [_trace(table[others], x[others], style, numeric, _("others"), grey, len(table), False)]
    for run_id, place in places.items():
        row = table.index == run_id
        look = {
            "color": style.color(place), "symbol": style.symbol(place), "size": style.marker_size * 1.3, "opacity": 1
        }  # fmt: skip
        traces.append(_trace(table[row], x[row], style, numeric, label(table["run"][row].iloc[0]), look, 1, False))
    return traces if others.any() else traces[1:]


def name_highlighted(
    table: pd.DataFrame,
    x: np.ndarray,
    names: Mapping[str, str],
    style: Style,
    x_axis: dict[str, Any],
    y_axis: dict[str, Any],
    clear: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Return annotations: names (by run id, labels already) beside their points; fix the axes that these rely on.

    The points of the runs in ``clear`` are left visible too.
    """
    if not names:
        return []
    places = table.index.get_indexer(pd.Index([*names, *clear]))
    values, shares, logs = {}, {}, {}
    for side, given, chosen in (("x", x, x_axis), ("y", table["y"].to_numpy(dtype=float), y_axis)):
        logs[side] = chosen["type"] == "log"
        turned = chosen.get("autorange") == "reversed"
        ends = chosen.get("range") or fixed_range(given, logs[side], turned)
        values[side], shares[side] = given[places], np.full(len(places), 0.5)
        if ends is not None:  # else Plotly would make room for the names, and move what they stand beside
            chosen.pop("autorange", None)
            chosen["range"] = ends
            scaled = np.log10(values[side]) if logs[side] else values[side]
            shares[side] = (scaled - ends[0]) / (ends[1] - ends[0])
    count = len(names)
    return name_points(
        list(names.values()), values["x"], values["y"], shares["x"][:count], shares["y"][:count], style,
        log_x=logs["x"], log_y=logs["y"], clear=list(zip(shares["x"][count:], shares["y"][count:], strict=True)),
    )  # fmt: skip


def trend(
    x: np.ndarray, y: np.ndarray, log_x: bool = False, log_y: bool = False
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the two ends of the least-squares line through points, straight on the axes they are drawn on.

    None with fewer than 5 points, a single x, or numbers too large to reckon with.

    >>> ends = trend(np.arange(5.0), 2 * np.arange(5.0))
    >>> [end.tolist() for end in ends]
    [[0.0, 4.0], [0.0, 8.0]]
    """
    if len(x) < FEWEST_FOR_TREND or x.min() == x.max():
        return None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        across, up = (np.log10(values) if log else values for values, log in ((x, log_x), (y, log_y)))
        away = across - across.mean()
        slope = (away * (up - up.mean())).sum() / (away**2).sum()
        ends = np.array([across.min(), across.max()])
        heights = up.mean() + slope * (ends - across.mean())
        drawn = (10**ends if log_x else ends), (10**heights if log_y else heights)
    return drawn if np.isfinite(drawn).all() else None


def _trend_line(
    ends: tuple[np.ndarray, np.ndarray], style: Style, log_x: bool, log_y: bool, better: bool | None
) -> tuple[Any, dict[str, Any]]:
    """Return the line and its annotation, at the worse end: the best runs have their names at the other."""
    x, y = ends
    line = go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": style.ink, "width": style.line_width * 0.7, "dash": "dash"},
        hoverinfo="skip",
        showlegend=False,
    )
    end = int(y.argmax() if better is False else y.argmin())
    annotation = {
        "x": float(np.log10(x[end]) if log_x else x[end]),
        "y": float(np.log10(y[end]) if log_y else y[end]),
        "text": _("trend"),
        "showarrow": False,
        "xanchor": "left" if end == 0 else "right",
        "yanchor": "bottom",
        "font": style.font(),
        "bgcolor": style.veil,
        "borderpad": 1,
    }
    return line, annotation


def _rings(x: np.ndarray, table: pd.DataFrame, best: set[str], style: Style) -> Any:
    rows = table.index.isin(best)
    return go.Scatter(
        x=x[rows],
        y=table["y"].to_numpy(dtype=float)[rows],
        mode="markers+text",
        marker={
            "symbol": "circle-open",
            "size": style.marker_size * 2,
            "line": {"width": style.line_width},
            "color": style.accent,
        },
        text=["★"] * int(rows.sum()),
        textposition="top center",
        textfont={"size": style.font_size + 2, "color": style.accent},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )


def _kept_categories(table: pd.DataFrame, places: Mapping[str, int]) -> list[str]:
    """Return the most frequent categories and those of highlighted runs, in the alphabet's order."""
    frequent = table["x"].value_counts().index[:CATEGORIES_AT_MOST]
    return sorted({*frequent, *table.loc[list(places), "x"]})


def _spread_over(
    table: pd.DataFrame, kept: Sequence[str], style: Style, title: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return where points of categories stand, spread so that none hides another, and the axis they stand on."""
    centre = table["x"].map({name: place for place, name in enumerate(kept)}).to_numpy(dtype=float)
    positions = centre + (np.random.default_rng(0).random(len(table)) - 0.5) * 0.4  # the same each time
    return positions, axis(
        style,
        title,
        type="linear",
        tickmode="array",
        tickvals=list(range(len(kept))),
        ticktext=distinct_labels(kept, 18 if len(kept) <= 5 else 12),
        range=[-0.6, len(kept) - 0.4],
        showgrid=False,
    )


def _is_near(value: float, values: pd.Series) -> bool:
    return bool(values.min() <= value <= values.max())


def _across(value: float, style: Style) -> dict[str, Any]:
    line = {"color": style.muted, "width": style.line_width * 0.7, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "layer": "below", "line": line}


def scatter(
    runs: Runs,
    x: str,
    y: str,
    labels: Mapping[str, str],
    style: Style,
    x_kind: Kind = "param",
    groups: Mapping[str, str] | None = None,
    *,
    highlight: Mapping[str, int] | None = None,
    baseline: tuple[float, str] | None = None,
) -> go.Figure:
    """Draw a parameter or metric against a metric: points for numbers, boxes with points for categories.

    Up is better: where lower is, the axis is turned over. ``highlight`` gives runs (by id) a colour and a name
    each and leaves the others grey. ``baseline`` is a value of ``y`` that a dotted line stands at, and a sentence of
    what it is; it is left out where it is so far from the runs that it would press them together.
    """
    table = scatter_data(runs, x, y, labels, x_kind, groups)
    title = _("{metric} by {parameter}").format(metric=label(y, 28), parameter=label(x, 28))
    if table.empty:
        return empty_figure(
            title, _("No run has both values. Select other runs, or another parameter or metric."), style
        )
    notes = [turned_note(y, runs.directions), *missing_note(len(runs) - len(table))]
    places = places_of(highlight, table.index)
    numeric = pd.api.types.is_numeric_dtype(table["x"])
    traces: list[Any] = []
    annotations: list[dict[str, Any]] = []
    y_axis = value_axis(style, label(y), table["y"], better_end(y, runs.directions) is False)
    if numeric:
        positions = table["x"].to_numpy(dtype=float)
        x_axis = value_axis(style, label(x), table["x"])
    else:
        kept = _kept_categories(table, places)
        if more := table["x"].nunique() - len(kept):
            notes.append(
                ngettext(
                    "{count} rarer category is in the table.",
                    "{count} rarer categories are in the table.",
                    more,
                )
            )
        table = table[table["x"].isin(kept)]
        positions, x_axis = _spread_over(table, kept, style, label(x))
        traces.append(
            go.Box(
                x=positions.round(),
                y=table["y"].to_numpy(dtype=float),
                boxpoints=False,
                line={"color": style.muted, "width": style.line_width * 0.7},
                fillcolor="rgba(0,0,0,0)",
                width=0.6,
                hoverinfo="skip",
                showlegend=False,
            )
        )
    best = best_runs(runs, y) & set(table.index)
    clear = best if 0 < len(best) <= RINGED_AT_MOST else set()
    if highlight is None:
        points = _points(table, positions, style, numeric)
    else:
        at_most = MANY_POINTS - HIGHLIGHTED_AT_MOST - RINGED_AT_MOST if numeric else len(table)
        drawn = evenly(table["y"], at_most, [*places, *clear])
        points = _highlighted(table[drawn], positions[drawn], places, style, numeric)
        if not drawn.all():
            notes += [*evenly_note(int(drawn.sum()), len(table)), _("A box around some picks the others there too.")]
    traces += points
    logs = x_axis["type"] == "log", y_axis["type"] == "log"
    if numeric and (ends := trend(positions, table["y"].to_numpy(dtype=float), *logs)) is not None:
        line, annotation = _trend_line(ends, style, *logs, better=better_end(y, runs.directions))
        traces.append(line)
        annotations.append(annotation)
        notes.append(_("The dashed line is the trend of all points; it claims no cause."))
    if clear:
        traces.append(_rings(positions, table, best, style))
        notes.append(_("★ is the best."))
    shapes = []
    if baseline and _is_near(baseline[0], table["y"]):
        shapes = [_across(baseline[0], style)]
        notes.append(label(baseline[1], 200))
    names = {run_id: marked_name(table.at[run_id, "run"], place, style) for run_id, place in places.items()}
    annotations += name_highlighted(table, positions, names, style, x_axis, y_axis, clear)
    entries = len(points) if len(points) > 1 and highlight is None else 0
    layout = base_layout(title, style, notes, legend=entries)
    return go.Figure(traces, layout | {"xaxis": x_axis, "yaxis": y_axis, "annotations": annotations, "shapes": shapes})
