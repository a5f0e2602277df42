"""How far each run is behind the best, with the intervals that a verdict rests on: those of the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.comparison.differences import merits
from core.comparison.grounds import Pair
from core.comparison.noise import Outcome
from core.figures.bars import BEST, left_out_note
from core.figures.marks import first_and_highlighted, places_of, with_ids
from core.figures.rows import names_axis, value_range
from core.figures.style import Style, axis, base_layout, empty_figure, label, wrapped
from core.i18n import N_, _, number
from core.store.runs.tables import Runs

WORDS: Mapping[Outcome, str] = {
    "better": N_("really worse"), "close": N_("too close to call"), "identical": N_("equally good"),
    "unknown": N_("not known"),
}  # fmt: skip
SYMBOLS: Mapping[str, str] = {
    "better": "circle", "close": "diamond-open", "identical": "square-open", "unknown": "x-thin-open"
}  # fmt: skip

OVER_FOLDS = N_("The lines are of the test rows alone; the words count the folds that runs share too.")
NAME_LENGTH = 24
ZERO_REACH = 0.5  # rows above and below a mark: the rest of the distance is a name's


def behind_data(runs: Runs, metric: str, pairs: Sequence[Pair], labels: Mapping[str, str]) -> pd.DataFrame:
    """Return by run id how far it is behind the best, with the interval of that difference and the verdict in words.

    In the metric's units, whichever way is better; the interval is NaN where the verdict has none.
    """
    merit = merits(runs, metric)
    columns = ["run", "behind", "low", "high", "standing"]
    if not pairs:
        return pd.DataFrame(columns=columns)
    leader = pairs[0].leader
    rows: list[list[object]] = [[labels.get(leader, leader), 0.0, np.nan, np.nan, _("the best")]]
    for pair in pairs:
        found = pair.difference
        with np.errstate(over="ignore"):  # of enormous values
            logged = float(np.float64(merit[leader]) - np.float64(merit[pair.other]))
        gap = logged if np.isnan(found.gap) else found.gap
        rows.append([labels.get(pair.other, pair.other), gap, found.low, found.high, _(WORDS[pair.outcome])])
    return pd.DataFrame(rows, [leader, *(pair.other for pair in pairs)], columns)


def behind(
    runs: Runs,
    metric: str,
    pairs: Sequence[Pair],
    labels: Mapping[str, str],
    style: Style,
    at_most: int = 30,
    *,
    highlight: Mapping[str, int] | None = None,
) -> go.Figure:
    """Draw how far each run is behind the best, a row a run: where its line meets zero it may be none at all.

    Shapes and words say what the verdict says. ``highlight`` gives runs a colour each, as in the bars beside it.
    """
    title = _("How far behind the best")
    table = behind_data(runs, metric, pairs, labels)
    if table.empty:
        return empty_figure(title, _("This needs two runs that can be compared. Select other runs."), style)
    drawn = first_and_highlighted(table, at_most, highlight)
    outcomes = {pair.other: pair.outcome for pair in pairs}
    places = places_of(highlight, drawn.index)
    gaps, low, high = (
        np.where(np.isfinite(values), values, np.nan) for values in drawn[["behind", "low", "high"]].to_numpy(float).T
    )
    rows = 1.82 * np.arange(len(drawn)) + 0.82  # as the bars beside it
    reach = np.nan_to_num(np.fmax(gaps, high))
    texts = ["" if place == 0 or np.isnan(gap) else number(gap) for place, gap in enumerate(gaps)]
    names = [  # the word stands with the name: beside the mark a phone has no room for it
        f"\u2002{style.mark(places[str(i)]) if i in places else ''}{BEST if place == 0 else ''}"
        f"{label(run, NAME_LENGTH)} · {standing}"
        for place, (i, run, standing) in enumerate(drawn[["run", "standing"]].itertuples())
    ]
    marks: dict[str, Any] = {
        "x": gaps,
        "y": rows,
        "mode": "markers",
        "cliponaxis": False,
        "marker": {
            "symbol": ["star", *(SYMBOLS[outcomes[str(i)]] for i in drawn.index[1:])],
            "color": [style.color(places[str(i)]) if i in places else style.ink for i in drawn.index],
            "size": style.marker_size * 1.2,
            "line": {"width": style.line_width},
        },
        "error_x": {
            "array": np.nan_to_num(high - gaps),
            "arrayminus": np.nan_to_num(gaps - low),
            "symmetric": False,
            "color": style.ink,
            "thickness": style.line_width,
            "width": 5,
        },
        "customdata": with_ids(map(_hover, drawn["run"], drawn["standing"], texts, low, high), map(str, drawn.index)),
        "hovertemplate": "%{customdata[0]}<extra></extra>",
        "showlegend": False,
    }
    beside = {
        "x": reach,
        "y": rows,
        "mode": "text",
        "text": [f"  {text}" for text in texts],
        "textposition": "middle right",
        "textfont": style.font(),
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }
    line = style.row_height
    notes = [
        _("Where a line reaches zero, chance alone could make the difference (95 %)."),
        *([_(OVER_FOLDS)] if any(pair.folds for pair in pairs) else []),
        *left_out_note(len(table) - len(drawn)),
    ]
    layout = base_layout(title, style, notes, height=int((rows[-1] + 1.1) * line) + 60)
    layout["xaxis"] = axis(
        style,
        wrapped(_("behind in {metric}").format(metric=label(metric)), 40),
        range=value_range(np.r_[reach, np.nan_to_num(low), np.nan_to_num(gaps)], texts, style),
        nticks=5,
        zeroline=False,
    )
    layout["yaxis"] = names_axis(style, list(rows - 0.82), names, float(rows[-1]))
    layout["shapes"] = [_zero(float(row), style) for row in rows]
    return go.Figure([go.Scatter(marks), go.Scatter(beside)], layout)


def _zero(row: float, style: Style) -> dict[str, Any]:
    """Return the piece of the line at zero that a row has: it does not cross the names."""
    line = {"color": style.ink, "width": style.line_width * 0.7}
    ends = {"x0": 0.0, "x1": 0.0, "y0": row - ZERO_REACH, "y1": row + ZERO_REACH}
    return {"type": "line", "layer": "below", "line": line, **ends}


def _hover(run: object, standing: str, text: str, low: float, high: float) -> str:
    ends = f" ({number(low)} – {number(high)})" if np.isfinite([low, high]).all() else ""
    return f"{label(run, 80)}<br>{standing}<br>{text}{ends}"
