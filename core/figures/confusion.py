"""What a model takes for what: its answers to the test rows against the right ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.cells import cell_grid
from core.figures.style import Style, axis, base_layout, distinct_labels, empty_figure, label
from core.i18n import _, ngettext, number, percent

CLASSES_AT_MOST = 12
COLUMNS = ["answer", "prediction", "count", "share"]


def _name(value: object) -> str:
    """Return a class as text; 1 and 1.0 are the same class."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _known(table: pd.DataFrame) -> pd.DataFrame:
    if not {"answer", "prediction"} <= set(table.columns):
        return pd.DataFrame(columns=["answer", "prediction"])
    return table[["answer", "prediction"]].dropna().astype(object).map(_name)


def confusion_classes(tables: Iterable[pd.DataFrame], at_most: int = CLASSES_AT_MOST) -> list[str]:
    """Return the classes that matrices of these evaluation tables share, in the alphabet's order.

    Of more than ``at_most``, the most frequent are kept.
    """
    known = [_known(table) for table in tables]
    answers = pd.concat([pd.Series(dtype=object), *(table["answer"] for table in known)])
    frequent = list(answers.value_counts().index)
    predicted = {name for table in known for name in table["prediction"]} - set(frequent)
    return sorted([*frequent, *sorted(predicted)][:at_most], key=lambda name: (_order(name), name))


def _order(name: str) -> float:
    """Put classes that are numbers in their own order, before words."""
    return float(name) if name.lstrip("-").isdecimal() and len(name) < 16 else np.inf


def confusion_data(table: pd.DataFrame, classes: Sequence[str] | None = None) -> pd.DataFrame:
    """Return answer, prediction, count and the share of that answer's rows (0 to 1), for every pair of classes.

    ``table`` has the columns answer and prediction. Pairs that never occur have count 0; the share is NaN for
    an answer without rows.
    """
    known = _known(table)
    names = confusion_classes([table]) if classes is None else list(classes)
    if known.empty or not names:
        return pd.DataFrame(columns=COLUMNS)
    counts = pd.crosstab(known["answer"], known["prediction"])
    totals = counts.sum(axis="columns").reindex(names)
    counts = counts.reindex(index=names, columns=names, fill_value=0)
    shares = counts.div(totals.where(totals > 0), axis="index")
    pairs = pd.MultiIndex.from_product([names, names], names=["answer", "prediction"])
    return pd.DataFrame(
        {"count": counts.to_numpy().ravel(), "share": shares.to_numpy(dtype=float).ravel()}, index=pairs
    ).reset_index()


def confusion(table: pd.DataFrame, title: object, style: Style, classes: Sequence[str] | None = None) -> go.Figure:
    """Draw the confusion matrix of one run; give those beside it the same ``classes``.

    ``title`` names the run. A cell's colour is its share of the row, so it means the same in every matrix.
    """
    heading = _("What {run} takes for what").format(run=label(title, 40))
    cells = confusion_data(table, classes)
    if cells.empty:
        what_to_do = _("This run kept no answers to its test rows. Choose runs that were trained here.")
        return empty_figure(heading, what_to_do, style)
    names = list(dict.fromkeys(cells["answer"]))
    size = len(names)
    counts = cells["count"].to_numpy().reshape(size, size)
    shares = cells["share"].to_numpy(dtype=float).reshape(size, size)
    kept = int(counts.sum())
    right = int(np.trace(counts))
    notes = [
        _("Right are {right} of {count} rows, on the diagonal. Percentages are of a row.").format(
            right=number(right, 0), count=number(kept, 0)
        )
    ]
    if rest := len(table) - kept:
        notes.append(
            ngettext(
                "{count} row of a rarer class or without an answer isn't drawn.",
                "{count} rows of rarer classes or without an answer aren't drawn.",
                rest,
            )
        )
    roomy = size <= 5
    texts = [
        [_cell(int(count), float(share), roomy) for count, share in zip(*pair, strict=True)]
        for pair in zip(counts, shares, strict=True)
    ]
    hover = [
        [
            f"{label(answer)} → {label(prediction)}<br>{_cell(int(counts[i, j]), float(shares[i, j]), True)}"
            for j, prediction in enumerate(names)
        ]
        for i, answer in enumerate(names)
    ]
    traces = cell_grid(shares, texts, hover, [style.paper, style.accent], (0.0, 1.0), style, smaller=0 if roomy else 3)
    ticks = distinct_labels(names, 14 if roomy else 10)
    shared = {
        "type": "linear",
        "tickmode": "array",
        "tickvals": list(range(size)),
        "ticktext": ticks,
        "showgrid": False,
    }
    layout = base_layout(heading, style, notes, height=int(size * style.font_size * 3.4) + 100) | {
        "xaxis": axis(style, _("Prediction"), range=[-0.5, size - 0.5], **shared),
        "yaxis": axis(style, _("Answer"), range=[size - 0.5, -0.5], **shared),
    }
    return go.Figure(traces, layout)


def _cell(count: int, share: float, roomy: bool) -> str:
    if not np.isfinite(share):
        return ""
    if not count:
        return "0"
    return f"{number(count, 0)}<br>{percent(share, 1 if roomy else 0)}"
