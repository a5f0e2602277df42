"""Any parameter or metric against any metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.differences import as_numbers, best_runs, finite_metric
from core.figures.bars import direction_note, missing_note
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
from core.store.runs import Runs, finite

Kind = Literal["param", "metric"]
CATEGORIES_AT_MOST = 15
RINGED_AT_MOST = 3
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


def value_axis(style: Style, title: str, values: pd.Series) -> dict[str, Any]:
    """Return an axis for numbers, logarithmic where they span magnitudes."""
    if spans_magnitudes(values):
        return axis(style, title, type="log", dtick=1 if values.max() / values.min() > 1e3 else None)
    return axis(style, title, type="linear", nticks=6)


def _top_groups(groups: pd.Series) -> pd.Series:
    """Keep the largest groups apart and put the rest together under None."""
    largest = list(groups.value_counts().index)
    kept = largest if len(largest) <= GROUPS_AT_MOST else largest[: GROUPS_AT_MOST - 1]
    return groups.where(groups.isin(kept), None)


def _points(table: pd.DataFrame, x: np.ndarray, style: Style, x_texts: list[str] | None) -> list[Any]:
    """Return one trace a group, each with its own colour and shape."""
    trace_type = go.Scattergl if len(table) > MANY_POINTS else go.Scatter
    many = len(table) > MANY_POINTS
    group = _top_groups(table["group"])
    names = [name for name in dict.fromkeys(table["group"]) if name in set(group.dropna())]
    several = [*sorted(names), *([None] if group.isna().any() else [])]
    traces = []
    for place, name in enumerate(several):
        rows = (group.isna() if name is None else group == name).to_numpy()
        shown = _("others") if name is None else label(name or _("no group"))
        texts = [label(run, 80) for run in table["run"][rows]]
        if x_texts is not None:
            texts = [f"{run}<br>{x_text}" for run, x_text in zip(texts, np.array(x_texts)[rows], strict=True)]
        traces.append(
            trace_type(
                x=x[rows],
                y=table["y"].to_numpy(dtype=float)[rows],
                mode="markers",
                name=shown,
                marker={
                    "color": style.color(place),
                    "symbol": SYMBOLS[place % len(SYMBOLS)],
                    "size": style.marker_size * (0.6 if many else 1),
                    "opacity": 0.7 if many else 0.9,
                    "line": {"width": 0} if many else style.outline,
                },
                customdata=texts,
                hovertemplate="%{customdata}<br>" + ("" if x_texts else "%{x} → ") + "%{y}<extra></extra>",
                showlegend=len(several) > 1,
            )
        )
    return traces


def _ring_best(figure: go.Figure, x: np.ndarray, table: pd.DataFrame, best: set[str], style: Style) -> None:
    rows = table.index.isin(best)
    figure.add_scatter(
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


def scatter(
    runs: Runs,
    x: str,
    y: str,
    labels: Mapping[str, str],
    style: Style,
    x_kind: Kind = "param",
    groups: Mapping[str, str] | None = None,
) -> go.Figure:
    """Draw a parameter or metric against a metric: points for numbers, boxes with points for categories."""
    table = scatter_data(runs, x, y, labels, x_kind, groups)
    title = _("{metric} by {parameter}").format(metric=label(y, 28), parameter=label(x, 28))
    if table.empty:
        return empty_figure(
            title, _("No run has both values. Select other runs, or another parameter or metric."), style
        )
    notes = [direction_note(y, runs), *missing_note(len(runs) - len(table))]
    numeric = pd.api.types.is_numeric_dtype(table["x"])
    figure = go.Figure()
    if numeric:
        positions, texts = table["x"].to_numpy(dtype=float), None
        x_axis = value_axis(style, label(x), table["x"])
    else:
        counts = table["x"].value_counts()
        kept = sorted(counts.index[:CATEGORIES_AT_MOST])
        if more := len(counts) - len(kept):
            notes.append(
                ngettext(
                    "{count} rarer category is in the table.",
                    "{count} rarer categories are in the table.",
                    more,
                )
            )
        table = table[table["x"].isin(kept)]
        place = {name: position for position, name in enumerate(kept)}
        centre = table["x"].map(place).to_numpy(dtype=float)
        figure.add_box(
            x=centre,
            y=table["y"].to_numpy(dtype=float),
            boxpoints=False,
            line={"color": style.muted, "width": style.line_width * 0.7},
            fillcolor="rgba(0,0,0,0)",
            width=0.6,
            hoverinfo="skip",
            showlegend=False,
        )
        # Spread the points over the box so that none hides another; the same each time.
        positions = centre + (np.random.default_rng(0).random(len(table)) - 0.5) * 0.4
        texts = [label(name, 80) for name in table["x"]]
        ticks = distinct_labels(kept, 18 if len(kept) <= 5 else 12)
        x_axis = axis(
            style,
            label(x),
            type="linear",
            tickmode="array",
            tickvals=list(range(len(kept))),
            ticktext=ticks,
            range=[-0.6, len(kept) - 0.4],
            showgrid=False,
        )
    traces = _points(table, positions, style, texts)
    figure.add_traces(traces)
    best = best_runs(runs, y) & set(table.index)
    if 0 < len(best) <= RINGED_AT_MOST:
        _ring_best(figure, positions, table, best, style)
        notes.append(_("★ is the best."))
    entries = len(traces) if len(traces) > 1 else 0
    figure.update_layout(base_layout(title, style, notes, legend=entries))
    figure.update_layout(xaxis=x_axis, yaxis=value_axis(style, label(y), table["y"]))
    return figure
