"""From the typical answer to this one, a step for each input that moved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import names_axis
from core.figures.style import Style, axis, base_layout, empty_figure, label
from core.i18n import _, ngettext
from core.store.runs.tables import finite

COLUMNS = ["input", "value", "contribution", "before", "after"]
NAME_LENGTH = 40
UP, DOWN = "▲", "▼"


def waterfall_data(
    contributions: pd.Series, base: float, values: Mapping[str, str] | None = None, at_most: int = 8
) -> pd.DataFrame:
    """Return input, its value in words, contribution, and the answer before and after it; the largest first.

    Inputs beyond ``at_most`` are one last step; what is no finite number is left out.
    """
    found = finite(pd.Series(contributions, dtype=float)).dropna()
    found = found.sort_values(key=abs, ascending=False, kind="stable")
    steps = [(str(name), (values or {}).get(str(name), ""), moved) for name, moved in found.head(at_most).items()]
    if rest := len(found) - len(steps):
        others = ngettext("{count} other input", "{count} other inputs", rest)
        steps.append((others, "", float(found.iloc[at_most:].sum())))
    table = pd.DataFrame(steps, columns=COLUMNS[:3]).astype({"contribution": float})
    after = base + table["contribution"].cumsum()
    return table.assign(before=after - table["contribution"], after=after)


def waterfall(
    contributions: pd.Series,
    base: float,
    answer: float,
    style: Style,
    *,
    show: Callable[[float], str],
    title: str = "",
    values: Mapping[str, str] | None = None,
    at_most: int = 8,
) -> go.Figure:
    """Draw how an answer came about, from the top down: the typical answer, a step an input, this answer.

    ``contributions`` by input and ``base`` add up to ``answer``; ``show`` writes an answer or the size of a step.
    ``values`` says what the row has in each input.
    """
    table = waterfall_data(contributions, base, values, at_most)
    heading = title or _("Why this answer")
    if table.empty or not np.isfinite([base, answer, *table["after"]]).all():
        return empty_figure(heading, _("No input could be weighed. Change an input and ask the model again."), style)
    names = [f"{name} = {value}" if value else name for name, value in zip(table["input"], table["value"], strict=True)]
    names = [_("Typical answer"), *(label(name, NAME_LENGTH) for name in names), _("This answer")]
    texts = [show(base), *(_step(moved, show) for moved in table["contribution"]), show(answer)]
    ends = [base, *table["after"], answer]
    leftwards = [False, *(table["contribution"] < 0), False]
    places = [1.82 * row + 0.82 for row in range(len(names))]
    line = style.row_height
    notes = [_("{up} pushes the answer up, {down} pulls it down.").format(up=UP, down=DOWN)]
    layout = base_layout(heading, style, notes, height=int((places[-1] + 1.1) * line) + 40)
    ticks = _ticks(min(ends), max(ends), show)
    layout["xaxis"] = axis(
        style,
        range=_range(ends, texts, leftwards, style),
        tickmode="array",
        tickvals=list(ticks.values()),
        ticktext=list(ticks),
    )
    layout["yaxis"] = names_axis(style, [place - 0.82 for place in places], names, places[-1])
    hover = [f"{name}<br>{text}" for name, text in zip(names, texts, strict=True)]
    return go.Figure(
        [
            _path(ends, places, style),
            _bars(table, places[1:-1], hover[1:-1], style),
            _ends(base, answer, places, hover, style),
            _texts(ends, places, texts, leftwards, style),
        ],
        layout,
    )


def _step(moved: float, show: Callable[[float], str]) -> str:
    size = show(abs(moved))
    if size == show(0.0):
        return size
    return f"{UP} +{size}" if moved > 0 else f"{DOWN} −{size}"


def _ticks(low: float, high: float, show: Callable[[float], str]) -> dict[str, float]:
    """Return at most five round answers between two, by how they read."""
    span = high - low
    if not 0 < span < np.inf:
        return {show(low): low}
    unit = 10.0 ** np.floor(np.log10(span / 4))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if span / (unit * factor) <= 4)
    return {show(float(tick * step)): float(tick * step) for tick in np.arange(np.ceil(low / step), high / step + 1e-9)}


def _range(ends: list[float], texts: list[str], leftwards: list[bool], style: Style) -> list[float]:
    """Return an axis range that leaves room for every text beside the end of its step, even on a phone."""
    width = 700 if style.projector else 330
    low, high = min(ends), max(ends)
    shares = [min(0.45, 0.06 + len(text) * style.font_size * 0.6 / width) for text in texts]
    left, right = low, high + (0.0 if high > low else abs(high) or 1.0)
    # A text that begins inside needs less room beyond the steps: the range grows until the last one fits
    for _round in range(20):
        span = right - left
        reaches = [
            end + (-share if back else share) * span for end, share, back in zip(ends, shares, leftwards, strict=True)
        ]
        left, right = min(left, *reaches), max(right, *reaches)
    return [left - 0.012 * (right - left), right]


def _path(ends: list[float], places: list[float], style: Style) -> go.Scatter:
    """Lead from the end of each step down to the next."""
    return go.Scatter(
        x=[value for end in ends[:-1] for value in (end, end, None)],
        y=[value for place, following in pairwise(places) for value in (place, following, None)],
        mode="lines",
        line={"color": style.muted, "width": style.line_width * 0.6, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )


def _bars(table: pd.DataFrame, places: list[float], hover: list[str], style: Style) -> go.Bar:
    down = (table["contribution"] < 0).to_numpy()
    return go.Bar(
        x=table["contribution"],
        base=table["before"],
        y=places,
        orientation="h",
        width=0.6,
        marker={
            "color": [style.color(int(one)) for one in down],
            "line": style.outline,
            "pattern": style.pattern([int(one) for one in down]),
        },
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )


def _ends(base: float, answer: float, places: list[float], hover: list[str], style: Style) -> go.Scatter:
    return go.Scatter(
        x=[base, answer],
        y=[places[0], places[-1]],
        mode="markers",
        marker={
            "symbol": ["circle-open", "circle"],
            "color": [style.ink, style.accent],
            "size": style.marker_size + 3,
            "line": {"color": style.ink, "width": style.line_width},
        },
        customdata=[hover[0], hover[-1]],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
        showlegend=False,
    )


def _texts(ends: list[float], places: list[float], texts: list[str], leftwards: list[bool], style: Style) -> go.Scatter:
    return go.Scatter(
        x=ends,
        y=places,
        mode="text",
        text=[f" {text} " if 0 < row < len(texts) - 1 else f"\u2003{text}" for row, text in enumerate(texts)],
        textposition=["middle left" if back else "middle right" for back in leftwards],
        textfont=style.font(),
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
