"""How good runs are for each group of test rows: a bar a run under each group's name, the worst group first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.slice_scores import SliceScore, Standing
from core.comparison.slices import ALL_ROWS, Slice
from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import N_, _, ngettext, number
from core.text import shorten

GROUPS_AT_MOST = 12
WORSE, FEW = "▼", "○"
LONGEST_GROUP = 28  # beside how many rows it has, above a bar on a phone

STANDINGS: Mapping[Standing, str] = {
    "worse": N_("worse for certain"), "better": N_("better for certain"), "close": N_("too close to call"),
    "few": N_("too few rows"),
}  # fmt: skip

Scores = Mapping[str, Sequence[SliceScore]]  # by run id, the worst group first


def slices_in_order(scores: Scores) -> list[Slice]:
    """Return the groups of all runs: all rows together, then the worst of the first run first."""
    groups = dict.fromkeys(score.slice for of_run in scores.values() for score in of_run)
    return sorted(groups, key=lambda one: one != ALL_ROWS)


def slices_data(scores: Scores, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return group, run, value, its 95 % interval, rows, those that count, and how it stands beside all other rows."""
    found = {(score.slice, run_id): score for run_id, of_run in scores.items() for score in of_run}
    table = [
        (one.title, labels.get(run_id, run_id), score.value, score.low, score.high, score.rows, score.counted,
         "" if one == ALL_ROWS else _(STANDINGS[score.standing]))
        for one in slices_in_order(scores)
        for run_id in scores
        if (score := found.get((one, run_id)))
    ]  # fmt: skip
    return pd.DataFrame(table, columns=["group", "run", "value", "low", "high", "rows", "counted", "beside"])


def slices(
    scores: Scores,
    metric: str,
    columns: Sequence[str],
    labels: Mapping[str, str],
    style: Style,
    *,
    places: Mapping[str, int] | None = None,
) -> go.Figure:
    """Draw the metric of each run for each group by ``columns``; ``places`` are the runs' colours and patterns."""
    title = _("{metric} for each group of {columns}").format(
        metric=label(metric), columns=" × ".join(label(name) for name in columns)
    )
    found = {(score.slice, run_id): score for run_id, of_run in scores.items() for score in of_run}
    known = [one for one in slices_in_order(scores) if any(_is_known(found.get((one, run_id))) for run_id in scores)]
    if not known:
        return empty_figure(title, _("No group has rows that tell this metric. Choose another column."), style)
    drawn = known[: GROUPS_AT_MOST + 1]
    of_run = {run_id: (places or {}).get(run_id, place) for place, run_id in enumerate(scores)}
    bars = [
        _bar(score, row, of_run[run_id], run_id, labels.get(run_id, run_id), style)
        for row, one in enumerate(drawn)
        for run_id in scores
        if (score := found.get((one, run_id))) and _is_known(score)
    ]
    legend = [(labels.get(run_id, run_id), style.color(place), place) for run_id, place in of_run.items()]
    return labelled_bars(
        title, bars, style, axis_title=label(metric), notes=_notes(scores, len(known) - len(drawn)),
        legend=legend if len(legend) > 1 else (),
    )  # fmt: skip


def _is_known(score: SliceScore | None) -> bool:
    return score is not None and bool(np.isfinite(score.value))


def _bar(score: SliceScore, row: int, place: int, run_id: str, run: str, style: Style) -> Bar:
    rows = ngettext("{count} row", "{count} rows", score.counted)
    name = f"{shorten(score.slice.words, LONGEST_GROUP)} · {rows}"
    is_few, interval = score.standing == "few", (score.low, score.high)
    text = f"{number(score.value)} {WORSE if score.standing == 'worse' else ''}".strip()
    said = "" if score.slice == ALL_ROWS else f"<br>{_(STANDINGS[score.standing])}"
    ends = f" ({number(score.low)} – {number(score.high)})" if np.isfinite(interval).all() else ""
    hover = f"{label(score.slice.title, 80)}<br>{label(run, 80)}<br>{number(score.value)}{ends} · {rows}{said}"
    return Bar(
        name, score.value, f"{text} {FEW}" if is_few else text, style.color(place), place, row, hover=hover,
        interval=interval if np.isfinite(interval).all() else None, run_id=run_id,
    )  # fmt: skip


def _notes(scores: Scores, left_out: int) -> list[str]:
    told = {score.standing for of_run in scores.values() for score in of_run}
    notes = [_("Lines are 95 % intervals, each of its group alone.")]
    if "worse" in told:
        notes.append(
            _("{mark}: worse than all other rows for certain, counting the groups of this chart.").format(mark=WORSE)
        )
    if "few" in told:
        notes.append(_("{mark}: too few rows to tell.").format(mark=FEW))
    if left_out:
        notes.append(ngettext("{count} more group is in the table.", "{count} more groups are in the table.", left_out))
    return notes
