"""A dataset before any model: how its values are spread, how its classes balance, what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, axis, base_layout, empty_figure, label
from core.i18n import _, ngettext, number, percent
from core.store.runs.tables import finite

BINS_AT_MOST = 30
CLASSES_AT_MOST = 6


def _edges(values: np.ndarray) -> np.ndarray:
    if values.min() == values.max():
        room = abs(float(values.min())) * 0.05 or 0.5
        return np.array([values.min() - room, values.max() + room])
    with np.errstate(over="ignore", invalid="ignore"):
        width = np.histogram_bin_edges(values, "auto")
    count = min(len(width) - 1, BINS_AT_MOST)
    return np.linspace(values.min(), values.max(), count + 1)


def histogram_data(values: pd.Series, classes: pd.Series | None = None) -> pd.DataFrame:
    """Return from, to and count of at most 30 bins, by class where ``classes`` has the same rows.

    Values that are missing or infinite are in no bin.
    """
    numbers = finite(values).to_numpy()
    known = np.isfinite(numbers)
    columns = ["from", "to", *(["class"] if classes is not None else []), "count"]
    if not known.any():
        return pd.DataFrame(columns=columns)
    edges = _edges(numbers[known])
    if classes is None:
        counts = np.histogram(numbers[known], edges)[0]
        return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "count": counts})
    names = classes.astype(object).where(classes.notna(), None).to_numpy()[known]
    tables = []
    for name in pd.Series(names, dtype=object).value_counts(dropna=False).index:
        rows = pd.isna(names) if pd.isna(name) else names == name
        counts = np.histogram(numbers[known][rows], edges)[0]
        tables.append(pd.DataFrame({"from": edges[:-1], "to": edges[1:], "class": name, "count": counts}))
    return pd.concat(tables, ignore_index=True)[columns]


def _of_class(table: pd.DataFrame, name: object) -> pd.DataFrame:
    return table[table["class"].isna() if pd.isna(name) else table["class"] == name]


def histogram(values: pd.Series, style: Style, classes: pd.Series | None = None) -> go.Figure:
    """Draw how often values of a numeric column occur, stacked by class."""
    table = histogram_data(values, classes)
    title = _("Distribution of {column}").format(column=label(values.name))
    if table.empty:
        return empty_figure(title, _("This column holds no numbers. Choose another column."), style)
    notes = []
    if skipped := len(values) - int(table["count"].sum()):
        notes.append(
            ngettext(
                "{count} row without a number isn't drawn.",
                "{count} rows without a number aren't drawn.",
                skipped,
            )
        )
    names = list(dict.fromkeys(table["class"])) if classes is not None else [None]
    drawn = names[:CLASSES_AT_MOST]
    if more := len(names) - len(drawn):
        notes.append(ngettext("{count} more class is in the table.", "{count} more classes are in the table.", more))
    bars: list[Any] = []
    for place, name in enumerate(drawn):
        rows = table if classes is None else _of_class(table, name)
        bars.append(
            go.Bar(
                x=((rows["from"] + rows["to"]) / 2).to_numpy(dtype=float),
                width=(rows["to"] - rows["from"]).to_numpy(dtype=float),
                y=rows["count"].to_numpy(dtype=float),
                name=label(name),
                marker={
                    "color": style.color(place),
                    "line": style.outline,
                    "pattern": style.pattern(place),
                },
                customdata=[
                    f"{number(low)} – {number(high)}: {number(count, 0)}"
                    for low, high, count in rows[["from", "to", "count"]].itertuples(index=False)
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    legend = len(drawn) if classes is not None else 0
    layout = base_layout(title, style, notes, legend=legend) | {
        "barmode": "stack",
        "bargap": 0,
        "xaxis": axis(style, label(values.name), type="linear", nticks=6, showgrid=False),
        "yaxis": axis(style, _("Rows"), rangemode="tozero", nticks=5),
    }
    return go.Figure(bars, layout)


def category_counts_data(values: pd.Series) -> pd.DataFrame:
    """Return class (None is missing), count and share of the rows (0 to 1), most frequent first."""
    counts = values.astype(object).where(values.notna(), None).value_counts(dropna=False)
    names = [None if pd.isna(name) else name for name in counts.index]
    return pd.DataFrame(
        {
            "class": pd.Series(names, dtype=object),
            "count": counts.to_numpy(),
            "share": counts.to_numpy() / max(1, len(values)),
        }
    )


def _count_bars(
    table: pd.DataFrame, title: str, style: Style, at_most: int, notes: list[str], *, distinct: bool
) -> go.Figure:
    bars = [
        Bar(
            name=_("(missing)") if name is None else name,
            value=float(count),
            text=f"{number(count, 0)} · {percent(share)}",
            color=style.muted if name is None else style.color(place if distinct else 0),
            pattern=place if distinct else 0,
        )
        for place, (name, count, share) in enumerate(table.head(at_most).itertuples(index=False))
    ]
    if more := len(table) - len(bars):
        notes = [
            *notes,
            ngettext("{count} rarer category is in the table.", "{count} rarer categories are in the table.", more),
        ]
    return labelled_bars(title, bars, style, axis_title=_("Rows"), notes=notes)


def category_counts(values: pd.Series, style: Style, at_most: int = 15) -> go.Figure:
    """Draw how often each category occurs, most frequent first."""
    table = category_counts_data(values)
    title = _("How often each {column} occurs").format(column=label(values.name))
    if table.empty:
        return empty_figure(title, _("This column holds no values. Choose another column."), style)
    return _count_bars(table, title, style, at_most, [], distinct=False)


def class_balance_data(target: pd.Series) -> pd.DataFrame:
    """Return class, count and share of the rows (0 to 1), most frequent first."""
    return category_counts_data(target)


def class_balance(target: pd.Series, style: Style, at_most: int = 15) -> go.Figure:
    """Draw how many rows each class has, and say how uneven they are."""
    table = class_balance_data(target)
    title = _("Balance of {column}").format(column=label(target.name))
    if table["class"].notna().sum() == 0:
        return empty_figure(title, _("The target holds no values. Choose another column."), style)
    known = table.dropna(subset="class")["count"]
    notes = []
    if len(known) > 1 and known.nunique() == 1:
        notes = [_("All classes have the same number of rows.")]
    elif len(known) > 1:
        ratio = number(float(known.iloc[0] / known.iloc[-1]), 1)
        notes = [_("The largest class has {ratio} times the rows of the smallest.").format(ratio=ratio)]
    return _count_bars(table, title, style, at_most, notes, distinct=True)
