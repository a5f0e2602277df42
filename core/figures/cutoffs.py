"""What a cut-off means: a hundred rows as figures, and what errors cost at every cut-off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import DASHES, MANY_POINTS, Style, axis, base_layout, empty_figure, label
from core.i18n import _, ngettext, number, percent
from core.store.runs.tables import finite

# What can happen to a row, those that are positive first; the keys of ``people_figure``
TRUE_POSITIVE, FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_NEGATIVE = OUTCOMES = (
    "true_positive", "false_negative", "false_positive", "true_negative",
)  # fmt: skip
A_LINE = 10  # figures
CLASS_LENGTH, MODEL_LENGTH = 14, 24  # in a legend, on a phone
CURVES_AT_MOST = 6
QUARTERS = (0, 0.25, 0.5, 0.75, 1)
MOST_DIGITS = 20  # of a cut-off in percent
ROOM = 0.12  # of the axis, above the curves: there stands what the line is


def cutoff_words(cutoff: float) -> str:
    """Return a cut-off in percent, with more digits the nearer it is to 0 or 1: one that is not 0 never reads so."""
    edge = min(cutoff, 1 - cutoff)
    return percent(cutoff, 2 if not 0 < edge < 0.01 else min(MOST_DIGITS, -int(np.floor(np.log10(edge)))))


def outcome_words(
    positive: str, negative: str, show: Callable[[object, int], str] = label, at_most: int = CLASS_LENGTH
) -> dict[str, str]:
    """Return what to call each outcome; the names of classes are shown as they are written."""
    yes, no = show(positive, at_most), show(negative, at_most)
    return {
        TRUE_POSITIVE: _("rightly said “{name}”").format(name=yes),
        FALSE_NEGATIVE: _("missed: was “{name}”").format(name=yes),
        FALSE_POSITIVE: _("wrongly said “{name}”").format(name=yes),
        TRUE_NEGATIVE: _("rightly said “{name}”").format(name=no),
    }


def people_data(
    counts: Mapping[str, int], positive: str, negative: str, rows: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Return outcome and figures, a line for each of ``OUTCOMES``; none where there are no figures.

    ``rows`` are how many rows the figures stand for; they become a column.
    """
    words = outcome_words(positive, negative)
    lines = [(words[kind], max(0, int(counts.get(kind, 0)))) for kind in OUTCOMES]
    table = pd.DataFrame(lines, columns=["outcome", "figures"])
    if rows is not None:
        table["rows"] = [rows.get(kind, 0) for kind in OUTCOMES]
    return table if table["figures"].any() else table.iloc[:0]


def people_figure(
    counts: Mapping[str, int], positive: str, negative: str, style: Style, *, too_rare: Collection[str] = ()
) -> go.Figure:
    """Draw so many figures of each outcome, ten a line, told apart by colour and shape.

    ``too_rare`` are outcomes that occur but have no figure; the legend says so.
    """
    table = people_data(counts, positive, negative)
    total = int(table["figures"].sum())
    title = ngettext("What happens to {count} row", "What happens to {count} rows", total or 100)
    if table.empty:
        return empty_figure(title, _("No test answers were stored. Choose a version that was trained here."), style)
    words = outcome_words(positive, negative)
    lines = -(-total // A_LINE)
    looks = _looks(style)
    traces, first = [], 0
    for kind, count in zip(OUTCOMES, table["figures"], strict=True):
        places = np.arange(first, first + count)
        first += count
        traces.append(
            go.Scatter(
                x=places % A_LINE if count else [None],
                y=places // A_LINE if count else [None],
                mode="markers",
                marker=looks[kind],
                name=f"{words[kind]}: {_('fewer than 1') if kind in too_rare and not count else number(count, 0)}",
                hovertemplate=f"{words[kind]}<br>{number(count, 0)} / {number(total, 0)}<extra></extra>",
                cliponaxis=False,
            )
        )
    cell = 46 if style.projector else 32
    hidden: dict[str, Any] = {"showgrid": False, "showticklabels": False, "automargin": False, "type": "linear"}
    layout = base_layout(title, style, height=lines * cell + 20, legend=len(traces)) | {
        "xaxis": axis(
            style, range=[-0.6, A_LINE - 0.4], constrain="domain", constraintoward="left", **hidden
        ),
        "yaxis": axis(
            style,
            range=[lines - 0.4, -0.6],
            scaleanchor="x",
            constrain="domain",
            constraintoward="top",
            **hidden,
        ),
    }  # fmt: skip
    return go.Figure(traces, layout)


def _looks(style: Style) -> dict[str, dict[str, Any]]:
    """Return the marker of each outcome: what is right is round, what is wrong has edges."""
    size, thick = (28, 4.5) if style.projector else (20, 3)
    solid = {"size": size, "opacity": 1}
    return {
        TRUE_POSITIVE: solid | {"symbol": "circle", "color": style.color(0), "line": {"width": 0}},
        FALSE_NEGATIVE: solid
        | {"symbol": "square-open", "size": size - 2, "color": style.ink, "line": {"width": thick, "color": style.ink}},
        FALSE_POSITIVE: solid
        | {"symbol": "x", "size": size - 1, "color": style.color(1), "line": {"width": 1, "color": style.ink}},
        TRUE_NEGATIVE: solid | {"symbol": "circle", "size": size * 0.4, "color": style.muted, "line": {"width": 0}},
    }


def cost_data(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return model, cutoff and cost, by rising cut-off within each model; finite numbers only."""
    tables = [
        pd.DataFrame({"model": model, "cutoff": finite(curve["cutoff"]), "cost": finite(curve["cost"])})
        .dropna()
        .sort_values("cutoff", kind="stable")
        for model, curve in curves.items()
    ]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=["model", "cutoff", "cost"])


def cost_figure(
    curves: Mapping[str, pd.DataFrame],
    cutoff: float,
    cheapest: Mapping[str, float],
    style: Style,
    *,
    show: Callable[[float], str] = number,
) -> go.Figure:
    """Draw the expected cost of 100 rows at every cut-off, a line a model, with the present cut-off.

    ``curves`` have the columns cutoff and cost; each cost holds for the cut-offs above the line before it, up to its
    own. ``cheapest`` are the cut-offs that get a star. ``show`` writes a sum of money.
    """
    table = cost_data(curves)
    title = _("What the errors cost")
    if table.empty:
        return empty_figure(title, _("No test answers were stored. Choose a version that was trained here."), style)
    by_model = dict(tuple(table.groupby("model", sort=False)))
    drawn = list(by_model)[:CURVES_AT_MOST]
    notes = [_("★ marks the cheapest cut-off.")] if any(model in cheapest for model in drawn) else []
    if more := len(by_model) - len(drawn):
        notes.append(ngettext("{count} more model is in the table.", "{count} more models are in the table.", more))
    traces: list[Any] = []
    for place, model in enumerate(drawn):
        best = cheapest.get(model)
        line = _thinned(by_model[model], best)
        star = "" if best is None else f" · ★ {cutoff_words(best)}"
        traces.append(_line(line, label(model, MODEL_LENGTH) + star, place, style, show))
    traces += [
        _star(by_model[model], label(model, 80), cheapest[model], place, style, show)
        for place, model in enumerate(drawn)
        if model in cheapest
    ]
    top = float(table.loc[table["model"].isin(drawn), "cost"].max())
    y_axis = axis(style, _("Cost per 100 rows"), type="linear", nticks=6, rangemode="tozero")
    if np.isfinite(top * (1 + 2 * ROOM)):
        y_axis["range"] = [-top * 0.03, top * (1 + ROOM) or 1.0]
    layout = base_layout(title, style, notes, height=420 if style.projector else 300, legend=len(drawn)) | {
        "xaxis": axis(
            style,
            _("Cut-off"),
            type="linear",
            range=[-0.02, 1.02],
            tickvals=QUARTERS,
            ticktext=[percent(quarter) for quarter in QUARTERS],
            hoverformat=".1%",
        ),
        "yaxis": y_axis,
        "shapes": [_at(cutoff, style)],
        "annotations": [_said_at(cutoff, style)],
    }  # fmt: skip
    return go.Figure(traces, layout)


def _thinned(line: pd.DataFrame, best: float | None) -> pd.DataFrame:
    """Return few enough steps to draw: of more than a thousand one in each thousandth, the ends, and the star's."""
    if len(line) <= MANY_POINTS:
        return line
    cutoffs, places = line["cutoff"].to_numpy(dtype=float), np.arange(len(line))
    bins = np.floor(cutoffs * MANY_POINTS)
    starred = -1 if best is None else int(np.searchsorted(cutoffs, best))
    kept = np.isin(places, [len(line) - 1, starred - 1, starred])  # the star's step has the end before it, too
    return line[np.r_[True, np.diff(bins) != 0] | kept]


def _line(line: pd.DataFrame, name: str, place: int, style: Style, show: Callable[[float], str]) -> go.Scatter:
    return go.Scatter(
        x=line["cutoff"].to_numpy(dtype=float),
        y=line["cost"].to_numpy(dtype=float),
        mode="lines",
        line={
            "color": style.color(place),
            "dash": DASHES[place % len(DASHES)],
            "width": style.line_width,
            "shape": "vh",  # a cost holds up to its cut-off
        },
        name=name,
        customdata=np.array([show(cost) for cost in line["cost"]]),
        hovertemplate=f"{name}<br>%{{x}}: %{{customdata}}<extra></extra>",
    )


def _star(
    line: pd.DataFrame, name: str, cutoff: float, place: int, style: Style, show: Callable[[float], str]
) -> go.Scatter:
    after = np.searchsorted(line["cutoff"].to_numpy(dtype=float), cutoff)
    cost = float(line["cost"].iloc[min(int(after), len(line) - 1)])
    return go.Scatter(
        x=[cutoff],
        y=[cost],
        mode="markers",
        marker={
            "symbol": "star",
            "size": style.marker_size * (2.4 - 0.5 * min(place, 3)),  # where two meet, both are seen
            "color": style.color(place),
            "line": style.outline,
        },
        hovertemplate=f"★ {name}<br>{cutoff_words(cutoff)}: {show(cost)}<extra></extra>",
        cliponaxis=False,
        showlegend=False,
    )


def _at(cutoff: float, style: Style) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": cutoff,
        "x1": cutoff,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "layer": "below",
        "line": {"color": style.ink, "width": style.line_width * 0.8, "dash": "dot"},
    }


def _said_at(cutoff: float, style: Style) -> dict[str, Any]:
    """Say at the top of its line which cut-off it is, on the side where there is room."""
    return {
        "x": cutoff,
        "y": 1,
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "left" if cutoff < 0.5 else "right",
        "xshift": 4 if cutoff < 0.5 else -4,
        "text": _("cut-off {cutoff}").format(cutoff=cutoff_words(cutoff)),
        "showarrow": False,
        "font": style.font(),
        "bgcolor": style.veil,
    }
