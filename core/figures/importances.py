"""How much each feature or parameter counts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure
from core.i18n import _, ngettext, number
from core.store.runs import finite


def importance_bars_data(importances: Mapping[str, float], spreads: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return feature, importance and spread (a standard deviation or NaN), largest effect first."""
    table = pd.DataFrame({"feature": list(importances), "importance": finite(pd.Series(list(importances.values())))})
    spreads = spreads or {}
    table["spread"] = finite(pd.Series([spreads.get(name) for name in table["feature"]], dtype=float))
    table = table.dropna(subset="importance")
    return table.sort_values("importance", key=lambda values: -values.abs(), kind="stable", ignore_index=True)


def importance_bars(
    importances: Mapping[str, float],
    style: Style,
    spreads: Mapping[str, float] | None = None,
    title: str | None = None,
    at_most: int = 12,
) -> go.Figure:
    """Draw importances, largest effect first; ``title`` is translated text of ours, never a foreign name."""
    table = importance_bars_data(importances, spreads)
    title = title or _("What counts most")
    if table.empty:
        return empty_figure(title, _("No importances were recorded. Train the model again to see them."), style)
    bars = [
        Bar(
            name=feature,
            value=importance,
            text=number(importance, 3),
            color=style.color(0) if importance >= 0 else style.color(1),
            pattern=0 if importance >= 0 else 1,
            spread=None if pd.isna(spread) else spread,
        )
        for feature, importance, spread in table.head(at_most).itertuples(index=False)
    ]
    more = len(table) - len(bars)
    notes = [ngettext("{count} more is in the table.", "{count} more are in the table.", more)] if more else []
    if skipped := len(importances) - len(table):
        notes.append(ngettext("{count} without a value isn't drawn.", "{count} without a value aren't drawn.", skipped))
    return labelled_bars(title, bars, style, notes=notes, axis_title=_("Importance"))
