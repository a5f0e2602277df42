"""How far a model's numbers are off: predicted minus the right answer, over the right answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.marks import HIGHLIGHTED_AT_MOST
from core.figures.style import MANY_POINTS, Style, axis, base_layout, empty_figure, label
from core.i18n import _, ngettext
from core.store.runs.tables import finite

RUNS_AT_MOST = HIGHLIGHTED_AT_MOST
QUANTILES = {"lowest": 0.0, "5%": 0.05, "25%": 0.25, "median": 0.5, "75%": 0.75, "95%": 0.95, "highest": 1.0}


def residuals_data(tables: Mapping[str, pd.DataFrame], labels: Mapping[str, str]) -> pd.DataFrame:
    """Return run, answer, prediction and residual by run id: a row for each test row with both, as numbers.

    ``tables`` holds evaluation tables (answer, prediction) by run id.
    """
    parts = []
    for run_id, table in tables.items():
        if not {"answer", "prediction"} <= set(table.columns):
            continue
        answer, prediction = (finite(table[name]).to_numpy() for name in ("answer", "prediction"))
        with np.errstate(over="ignore"):
            residual = prediction - answer
        parts.append(
            pd.DataFrame(
                {
                    "run": labels.get(run_id, run_id),
                    "answer": answer,
                    "prediction": prediction,
                    "residual": residual,
                },
                index=pd.Index([run_id] * len(table), dtype=object),
            )
        )
    if not parts:
        return pd.DataFrame(columns=["run", "answer", "prediction", "residual"])
    whole = pd.concat(parts)
    return whole[np.isfinite(whole["residual"].to_numpy(dtype=float))]


def residual_quantiles(tables: Mapping[str, pd.DataFrame], labels: Mapping[str, str]) -> pd.DataFrame:
    """Return run, rows and how far below and above the answers the predictions were, by run id."""
    points = residuals_data(tables, labels)
    rows = {}
    for run_id, group in points.groupby(level=0, sort=False):
        ends = group["residual"].quantile(list(QUANTILES.values()), interpolation="nearest")
        rows[run_id] = [group["run"].iloc[0], len(group), *ends]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["run", "rows", *QUANTILES])


def residuals(
    tables: Mapping[str, pd.DataFrame],
    labels: Mapping[str, str],
    style: Style,
    *,
    highlight: Mapping[str, int] | None = None,
) -> go.Figure:
    """Draw each run's residuals in a strip of its own, all on the same axes, with the line where nothing is off.

    A run has its colour of ``highlight``; without one, that of its place.
    """
    points = residuals_data(tables, labels)
    title = _("Predicted minus answer")
    if points.empty:
        what_to_do = _("These runs kept no numbers for their test rows. Choose regression runs trained here.")
        return empty_figure(title, what_to_do, style)
    ids = list(dict.fromkeys(points.index))
    drawn = ids[:RUNS_AT_MOST]
    notes = [_("On the line a prediction is right; above it, it is too high.")]
    if more := len(ids) - len(drawn):
        notes.append(ngettext("{count} more run is in the table.", "{count} more runs are in the table.", more))
    if skipped := sum(map(len, tables.values())) - len(points):
        notes.append(
            ngettext(
                "{count} row without a number isn't drawn.", "{count} rows without a number aren't drawn.", skipped
            )
        )
    figure = make_subplots(rows=len(drawn), cols=1, shared_xaxes=True, vertical_spacing=min(0.12, 0.4 / len(drawn)))
    shown = points.loc[drawn]
    many = len(shown) > MANY_POINTS
    reach = float(shown["residual"].abs().max()) * 1.1 or 1.0
    for row, run_id in enumerate(drawn, start=1):
        strip = points.loc[[run_id]]
        place = (highlight or {}).get(run_id, None if highlight else row - 1)
        figure.add_trace(
            (go.Scattergl if many else go.Scatter)(
                x=strip["answer"].to_numpy(dtype=float),
                y=strip["residual"].to_numpy(dtype=float),
                mode="markers",
                marker={
                    "color": style.muted if place is None else style.color(place),
                    "symbol": "circle" if place is None else style.symbol(place),
                    "size": style.marker_size * 0.7,
                    "opacity": 0.6,
                    "line": {"width": 0},
                },
                meta=str(run_id),
                hovertemplate=label(strip["run"].iloc[0], 80) + "<br>%{x} → %{y}<extra></extra>",
                showlegend=False,
            ),
            row=row,
            col=1,
        )
        figure.add_hline(y=0, line={"color": style.ink, "width": style.line_width * 0.6}, row=row, col=1)
        figure.add_annotation(
            x=0,
            xref="x domain" if row == 1 else f"x{row} domain",
            xanchor="left",
            y=1,
            yref="y domain" if row == 1 else f"y{row} domain",
            yanchor="bottom",
            text=("" if place is None else style.mark(place)) + label(strip["run"].iloc[0], 40),
            showarrow=False,
            font=style.font(),
        )
        last = row == len(drawn)
        x_axis = axis(style, _("Answer") if last else "", type="linear", nticks=6, showticklabels=last)
        y_axis = axis(style, type="linear", nticks=5)
        if np.isfinite(2 * reach):
            y_axis |= {"range": [-reach, reach]}
        figure.update_xaxes(x_axis, row=row, col=1)
        figure.update_yaxes(y_axis, row=row, col=1)
    layout = base_layout(title, style, notes, height=90 + (170 if len(drawn) > 1 else 280) * len(drawn))
    layout["margin"]["t"] += round(style.font_size * 1.6)
    layout["height"] += round(style.font_size * 1.6)
    figure.update_layout(layout)
    return figure
