"""One column, or the answers, before and now: the share of the rows in each place, beside each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import Style, axis, base_layout, empty_figure, label
from core.figures.values import is_number
from core.i18n import _, number, percent
from core.store.runs.tables import finite

PLACES = 12  # that numbers are put into: what chance does to single bins must not look like a change
WORDS = 10


def shares_data(before: pd.Series, now: pd.Series) -> pd.DataFrame:
    """Return place, before and now: the shares (0 to 1) of the rows before and of those now that are there.

    Numbers are put into places of equal width, where 98 of 100 rows are, and the ends take what is beyond; words come
    by how many rows have them, rare ones together. What is missing has a place of its own.
    """
    if pd.api.types.is_bool_dtype(before) or not (is_numeric(before) and is_numeric(now)):
        return _words(before, now)
    one, other = finite(before).to_numpy(dtype=float), finite(now).to_numpy(dtype=float)
    known = np.concatenate([one[np.isfinite(one)], other[np.isfinite(other)]])
    if not len(known):
        return pd.DataFrame(columns=["place", "before", "now"])
    distinct = np.unique(known)
    if len(distinct) <= PLACES:
        texts = [pd.Series([None if np.isnan(value) else number(value) for value in side]) for side in (one, other)]
        return _words(texts[0], texts[1], [number(value) for value in distinct])
    low, high = np.quantile(known, [0.01, 0.99])
    edges = np.linspace(low, high if high > low else low + 1, PLACES + 1)
    names = [f"{number(a, 3)} – {number(b, 3)}" for a, b in pairwise(edges)]
    sides = [np.histogram(np.clip(side[np.isfinite(side)], edges[0], edges[-1]), edges)[0] for side in (one, other)]
    missing = [int(np.isnan(side).sum()) for side in (one, other)]
    table = pd.DataFrame({"place": names, "before": sides[0] / max(len(one), 1), "now": sides[1] / max(len(other), 1)})
    if any(missing):
        table.loc[len(table)] = [_("(missing)"), missing[0] / max(len(one), 1), missing[1] / max(len(other), 1)]
    return table


def is_numeric(values: pd.Series) -> bool:
    """Tell whether a column holds numbers."""
    return pd.api.types.is_numeric_dtype(values) or (
        values.dtype == object and len(values) > 0 and all(is_number(value) for value in values.dropna())
    )


def _words(before: pd.Series, now: pd.Series, order: list[str] | None = None) -> pd.DataFrame:
    sides = [
        side.astype(object).where(side.notna(), None).map(lambda word: _("(missing)") if word is None else str(word))
        for side in (before, now)
    ]
    counts = pd.DataFrame({
        name: side.value_counts(normalize=True) for name, side in zip(("before", "now"), sides, strict=True)
    }).fillna(0.0)  # fmt: skip
    if order is not None:
        counts = counts.reindex([*[name for name in order if name in counts.index],
                                 *[name for name in counts.index if name not in order]])  # fmt: skip
    else:
        counts = counts.loc[counts.max(axis=1).sort_values(ascending=False, kind="stable").index]
    if order is None and len(counts) > WORDS:
        rest = counts.iloc[WORDS - 1 :].sum()
        counts = counts.iloc[: WORDS - 1]
        counts.loc[_("others")] = rest
    return counts.rename_axis("place").reset_index()


def shares(before: pd.Series, now: pd.Series, title: str, style: Style, names: tuple[str, str]) -> go.Figure:
    """Draw the shares before and now; ``names`` say what both are."""
    table = shares_data(before, now)
    if table.empty:
        return empty_figure(title, _("There are no values to draw."), style)
    bars = [
        go.Bar(
            x=table["place"].map(label).tolist(),
            y=table[side].to_numpy(dtype=float),
            name=label(name),
            marker={"color": style.muted if side == "before" else style.color(0), "line": style.outline,
                    "pattern": style.pattern(1 if side == "before" else 0)},
            customdata=[f"{label(place)}: {percent(share)}" for place, share in zip(table["place"], table[side],
                                                                                    strict=True)],
            hovertemplate="%{customdata}<extra></extra>",
        )
        for side, name in zip(("before", "now"), names, strict=True)
    ]  # fmt: skip
    layout = base_layout(title, style, [], legend=2) | {
        "barmode": "group",
        "bargap": 0.2,
        "xaxis": axis(style, "", type="category", showgrid=False),
        "yaxis": axis(style, _("Share of the rows"), rangemode="tozero", nticks=5, tickformat=".0%"),
    }
    return go.Figure(bars, layout)
