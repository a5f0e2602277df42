"""How closely the columns of a table go together, two at a time: a triangle of cells with the number in each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.cells import cell_grid
from core.figures.style import Style, axis, base_layout, distinct_labels, empty_figure, label
from core.i18n import N_, _, ngettext, number, translate

COLUMNS_AT_MOST = 12
MEASURES = {"spearman": "Spearman", "cramer": N_("Cramér’s V"), "ratio": N_("correlation ratio")}
COLUMNS = ["first", "second", "strength", "measure", "pearson", "rows"]


def together_data(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return first, second, strength, measure (in words), pearson (of two numbers) and rows, the strongest first.

    ``pairs`` has the same columns with the measures' short names: spearman, cramer or ratio.
    """
    known = pairs[COLUMNS][np.isfinite(pairs["strength"].astype(float))]
    order = known["strength"].abs().sort_values(ascending=False, kind="stable").index
    return known.loc[order].assign(measure=known["measure"].map(_measure)).reset_index(drop=True)


def _measure(name: object) -> str:
    return translate(MEASURES.get(str(name), str(name)))


def drawn_columns(table: pd.DataFrame, first: str = "", at_most: int = COLUMNS_AT_MOST) -> list[str]:
    """Return the columns of the strongest pairs, at most so many; ``first`` is among them, before all others."""
    named = [name for pair in table[["first", "second"]].itertuples(index=False) for name in pair]
    ordered = list(dict.fromkeys(named))
    if first in ordered:
        ordered = [first, *(name for name in ordered if name != first)]
    return ordered[:at_most]


def together(pairs: pd.DataFrame, style: Style, *, first: str = "", sampled: int = 0) -> go.Figure:
    """Draw the strongest pairs of columns; ``first`` has its column on the left. ``sampled`` rows were looked at."""
    title = _("Which columns go together")
    table = together_data(pairs)
    if table.empty:
        return empty_figure(title, _("No two columns can be put side by side. Choose another table."), style)
    names = drawn_columns(table, first)
    place = {name: at for at, name in enumerate(names)}
    shown = table[table["first"].isin(place) & table["second"].isin(place)]
    size = len(names) - 1
    values = np.full((size, size), np.nan)
    texts = [[""] * size for _row in range(size)]
    hover = [[""] * size for _row in range(size)]
    for one, other, strength, measure, _pearson, rows in shown.itertuples(index=False, name=None):
        left, right = sorted((place[one], place[other]))
        values[right - 1, left] = abs(strength)
        texts[right - 1][left] = _short(strength)
        hover[right - 1][left] = f"{label(one)} · {label(other)}<br>{measure} {_short(strength)}<br>" + ngettext(
            "{count} row", "{count} rows", int(rows)
        )
    roomy = size <= 5
    smaller = 0 if roomy else 3
    traces = cell_grid(values, texts, hover, [style.paper, style.accent], (0.0, 1.0), style, smaller=smaller)
    line = style.font_size * (2.6 if roomy else 2.0)
    layout = base_layout(
        title,
        style,
        _notes(table, set(pairs["measure"]), names, sampled),
        height=int(size * line) + style.font_size * 9,
    ) | {
        "xaxis": _names(style, names[:-1], [-0.5, size - 0.5]) | {"tickangle": -60},
        "yaxis": _names(style, names[1:], [size - 0.5, -0.5]),
    }
    return go.Figure(traces, layout)


def _names(style: Style, names: list[str], ends: list[float]) -> dict[str, object]:
    return axis(
        style,
        type="linear",
        range=ends,
        showgrid=False,
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=distinct_labels(names, 16),
    )


def _short(strength: float) -> str:
    """Write a strength in two digits without the 0 before them; what is not 1 never reads as 1."""
    size = abs(strength)
    digits = min(round(size, 2), 0.99) if size < 1 - 1e-9 else 1.0
    text = f"{digits:.2f}".lstrip("0") if digits < 1 else "1"
    sign = "−" if strength < 0 and digits else ""
    return sign + (text.replace(".", number(0.5)[1]) if digits else "0")


def _notes(table: pd.DataFrame, kinds: set[str], names: list[str], sampled: int) -> list[str]:
    notes = [
        _("Two numbers: Spearman, from −1 (against each other) to 1.") if "spearman" in kinds else "",
        _("A number and words: correlation ratio, 0 to 1.") if "ratio" in kinds else "",
        _("Words: Cramér’s V, 0 to 1.") if "cramer" in kinds else "",
    ]
    more = len({*table["first"], *table["second"]}) - len(names)
    if more:
        notes.append(ngettext("{count} more column is in the table.", "{count} more columns are in the table.", more))
    if sampled:
        notes.append(_("Of {count} rows drawn by chance.").format(count=number(sampled, 0)))
    return [note for note in notes if note]
