"""A metric over windows, each with its interval, beside the score on the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.noise import Interval
from core.figures.style import Style, axis, base_layout, empty_figure, label
from core.i18n import _, number


class Scored(Protocol):
    """One window: its metric, None where it is not known, and what that says."""

    @property
    def found(self) -> Interval | None:
        """The metric."""

    @property
    def outcome(self) -> str:
        """What it says; ``worse`` is marked."""


class Scores(Protocol):
    """A metric over windows."""

    @property
    def metric(self) -> str:
        """Its name."""

    @property
    def tested(self) -> Interval | None:
        """The score on the test rows."""

    @property
    def windows(self) -> Sequence[Scored]:
        """The windows in their order."""


def scores_data(found: Scores, labels: Sequence[str]) -> pd.DataFrame:
    """Return window, value, low, high and whether it is worse for certain; of those whose metric is known."""
    return pd.DataFrame(
        [
            (name, one.found.value, one.found.low, one.found.high, one.outcome == "worse")
            for name, one in zip(labels, found.windows, strict=True)
            if one.found is not None
        ],
        columns=["window", "value", "low", "high", "worse"],
    )


def scores(found: Scores, labels: Sequence[str], title: str, style: Style) -> go.Figure:
    """Draw a point with its interval for each window; worse ones have another shape, colour and word."""
    table = scores_data(found, labels)
    if table.empty:
        return empty_figure(title, _("No window has enough true answers."), style)
    drawn = []
    for worse, name, symbol, color in (
        (False, _("not known to be worse"), "circle", style.color(0)),
        (True, _("worse for certain"), "x", style.color(1)),
    ):
        some = table[table["worse"] == worse]
        if some.empty:
            continue
        drawn.append(go.Scatter(
            x=some["window"].map(label).tolist(),
            y=some["value"].to_numpy(dtype=float),
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 16 if style.projector else 11, "color": color, "line": style.outline},
            error_y={
                "type": "data", "symmetric": False,
                "array": np.nan_to_num(some["high"] - some["value"]),
                "arrayminus": np.nan_to_num(some["value"] - some["low"]),
                "color": color, "thickness": style.line_width,
            },
            customdata=[f"{label(w)}: {number(v)} ({number(a)} – {number(b)})" for w, v, a, b in
                        some[["window", "value", "low", "high"]].itertuples(index=False)],
            hovertemplate="%{customdata}<extra></extra>",
        ))  # fmt: skip
    layout = base_layout(title, style, legend=len(drawn) + 1) | {
        "xaxis": axis(style, "", type="category", showgrid=False, categoryorder="array",
                      categoryarray=table["window"].map(label).tolist()),
        "yaxis": axis(style, label(found.metric), nticks=5),
    }  # fmt: skip
    if found.tested is not None:
        drawn.insert(0, go.Scatter(
            x=table["window"].map(label).tolist(), y=[found.tested.value] * len(table), mode="lines+markers",
            name=_("on the test rows"), line={"color": style.muted, "dash": "dash", "width": style.line_width},
            marker={"symbol": "line-ew", "size": 16, "line": {"color": style.muted, "width": style.line_width}},
            hoverinfo="skip",
        ))  # fmt: skip
    return go.Figure(drawn, layout)
