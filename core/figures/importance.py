"""Which parameters go along with a metric, and how."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import _, ngettext, percent
from core.store.runs.tables import finite

COLUMNS = ["param", "importance", "effect"]
EFFECT_LENGTH = 120


def importance_data(importances: pd.DataFrame) -> pd.DataFrame:
    """Return param, importance (0 to 1) and effect, the most important first; those without a number are left out."""
    if not set(COLUMNS) <= set(importances.columns):
        return pd.DataFrame(columns=COLUMNS)
    table = importances[COLUMNS].assign(importance=finite(importances["importance"]).clip(0, 1))
    table = table.dropna(subset="importance").sort_values("importance", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def importance(importances: pd.DataFrame, metric: str, style: Style, at_most: int = 12) -> go.Figure:
    """Draw a bar a parameter, with its effect in words below."""
    table = importance_data(importances)
    title = _("What goes along with {metric}").format(metric=label(metric))
    if table.empty:
        what_to_do = _("Too little is known. Select more runs whose parameters differ and that have the metric.")
        return empty_figure(title, what_to_do, style)
    bars = [
        Bar(
            name=param,
            value=float(share),
            text=percent(share),
            color=style.accent if place == 0 else style.muted,
            under="" if effect is None or effect != effect else label(effect, EFFECT_LENGTH),
        )
        for place, (param, share, effect) in enumerate(table.head(at_most).itertuples(index=False))
    ]
    notes = [_("Going along with a metric isn't causing it.")]
    if more := len(table) - len(bars):
        notes.append(
            ngettext("{count} more parameter is in the table.", "{count} more parameters are in the table.", more)
        )
    return labelled_bars(title, bars, style, notes=notes, axis_format=".0%")
