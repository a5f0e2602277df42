"""Metrics as bars: one metric over the runs, or several metrics side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.differences import finite_metric, rank
from core.comparison.direction import higher_is_better, nearest_zero_is_best
from core.figures.marks import first_and_highlighted, places_of
from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import N_, _, ngettext, number
from core.store.runs.tables import Runs

BEST = "★ "
INTERVALS = N_("The lines show where the value over all such rows likely lies, judging by these (95 %).")


def direction_note(metric: str, directions: Mapping[str, bool | None] | None = None) -> str:
    """Say which way is better, or that neither people nor the name tell."""
    if nearest_zero_is_best(metric, directions):
        return _("Nearest to zero is best.")
    better = higher_is_better(metric, directions)
    if better is None:
        return _("Which way is better isn't known.")
    return _("Higher is better.") if better else _("Lower is better.")


def missing_note(missing: int) -> list[str]:
    """Say how many runs have no value; nothing when all have."""
    if not missing:
        return []
    return [ngettext("{count} run without a value isn't drawn.", "{count} runs without a value aren't drawn.", missing)]


def left_out_note(count: int) -> list[str]:
    """Say how many runs are only in the table; nothing when all are drawn."""
    if not count:
        return []
    return [ngettext("{count} more run is in the table.", "{count} more runs are in the table.", count)]


def metric_bars_data(
    runs: Runs, metric: str, labels: Mapping[str, str], intervals: Mapping[str, tuple[float, float]] | None = None
) -> pd.DataFrame:
    """Return run, value and whether it is best, by run id: best first, else largest first.

    With ``intervals`` (by run id) also low and high, NaN where a run has none.
    """
    values = finite_metric(runs, metric)
    places = rank(runs, metric).dropna()
    if places.empty:
        order, best = values.sort_values(ascending=False, kind="stable").index, np.zeros(len(values), dtype=bool)
    else:
        order, best = places.index, (places == 1).to_numpy()
    table = pd.DataFrame(
        {
            "run": [labels.get(run_id, run_id) for run_id in order],
            "value": values.loc[order].to_numpy(dtype=float),
            "best": best,
        },
        index=order,
    )
    if intervals is None:
        return table
    ends = pd.DataFrame.from_dict(dict(intervals), orient="index", columns=["low", "high"], dtype=float)
    return table.join(ends)


def metric_bars(
    runs: Runs,
    metric: str,
    labels: Mapping[str, str],
    style: Style,
    at_most: int = 30,
    *,
    intervals: Mapping[str, tuple[float, float]] | None = None,
    highlight: Mapping[str, int] | None = None,
    baseline: tuple[float, str] | None = None,
) -> go.Figure:
    """Draw one metric as a bar a run, best first and marked; runs beyond ``at_most`` are counted.

    ``highlight`` gives runs (by id) a colour each and leaves the others grey; they are drawn wherever they rank.
    ``baseline`` is a value that a dotted line stands at, and a sentence of what it is.
    """
    table = metric_bars_data(runs, metric, labels, intervals or {})
    title = _("{metric} by run").format(metric=label(metric))
    if table.empty:
        return empty_figure(
            title, _("None of these runs has a value for it. Select other runs or another metric."), style
        )
    drawn = first_and_highlighted(table, at_most, highlight)
    places = places_of(highlight, drawn.index)
    best_word = _("{value} best")
    bars = [
        Bar(
            name=run,
            value=value,
            text=best_word.format(value=number(value)) if best else number(value),
            color=style.color(places[run_id])
            if run_id in places
            else style.accent
            if best and highlight is None
            else style.muted,
            prefix=(style.mark(places[run_id]) if run_id in places else "") + (BEST if best else ""),
            hover=_hover(run, value, low, high),
            interval=(low, high),
            run_id=str(run_id),
        )
        for run_id, run, value, best, low, high in drawn.itertuples()
    ]
    notes = [
        direction_note(metric, runs.directions),
        *([_(INTERVALS)] if drawn[["low", "high"]].notna().all(axis="columns").any() else []),
        *missing_note(len(runs) - len(table)),
        *left_out_note(len(table) - len(bars)),
        *([label(baseline[1], 200)] if baseline else []),
    ]
    reference = baseline[0] if baseline else None
    return labelled_bars(title, bars, style, axis_title=label(metric), notes=notes, reference=reference)


def _hover(run: object, value: float, low: float, high: float) -> str:
    text = f"{label(run, 80)}<br>{number(value)}"
    return f"{text} ({number(low)} – {number(high)})" if np.isfinite([low, high]).all() else text
