"""A grid of coloured cells with a text in each, black or white as can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale, unlabel_rgb

from core.figures.style import Style


def _luminance(color: str) -> float:
    parts = np.array(unlabel_rgb(color), dtype=float) / 255
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def readable_on(color: str) -> str:
    """Return black or white, whichever stands out more from a colour such as ``rgb(1, 2, 3)``; always 4.5:1.

    >>> readable_on("rgb(255, 255, 0)"), readable_on("rgb(10, 90, 90)")
    ('#000000', '#FFFFFF')
    """
    return "#000000" if _luminance(color) > 0.179 else "#FFFFFF"


def cell_grid(
    values: np.ndarray,
    texts: Sequence[Sequence[str]],
    hover: Sequence[Sequence[str]],
    scale: Sequence[str],
    ends: tuple[float, float],
    style: Style,
    smaller: int = 0,
) -> list[Any]:
    """Return a heatmap's traces: rows of ``values``, NaN left blank, coloured by ``scale`` between both ``ends``.

    The cell in row j and column i stands at (i, j). Plotly's own texts are grey on cells of middling brightness,
    so ours are drawn above them.
    """
    low, high = ends
    traces: list[Any] = [
        go.Heatmap(
            z=values,
            x=list(range(values.shape[1])),
            y=list(range(values.shape[0])),
            zmin=low,
            zmax=high,
            colorscale=[[place / (len(scale) - 1), color] for place, color in enumerate(scale)],
            customdata=[list(row) for row in hover],
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    ]
    rows, columns = np.nonzero(np.isfinite(values))
    if len(rows):
        shares = np.clip((values[rows, columns] - low) / (high - low), 0, 1)
        colors = sample_colorscale(list(scale), [float(share) for share in shares], colortype="rgb")
        traces.append(
            go.Scatter(
                x=columns.astype(float),
                y=rows.astype(float),
                mode="text",
                text=[texts[row][column] for row, column in zip(rows.tolist(), columns.tolist(), strict=True)],
                textfont={"size": style.font_size - smaller, "color": [readable_on(color) for color in colors]},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return traces
