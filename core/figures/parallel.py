"""Many parameters at once: a line a run, from its parameters on the left to its metric on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from core.comparison.constraints import Constraint, holds
from core.comparison.differences import as_numbers, best_runs, finite_metric
from core.comparison.direction import better_end, nearest_zero_is_best
from core.figures.bars import missing_note
from core.figures.marks import evenly, evenly_note, marked_name, places_of, spaced, with_ids
from core.figures.scatter import spans_magnitudes
from core.figures.style import Style, base_layout, distinct_labels, empty_figure, label
from core.i18n import _, ngettext, number
from core.store.runs.tables import Runs
from core.text import unique_names

TICKS_AT_MOST = 12
UNSEEN = "\u200b\u200c"  # letters that show nothing
BEST_AT_MOST = 10  # that are drawn whatever the sample; many may tie


def parallel_coordinates_data(
    runs: Runs, params: Sequence[str], objective: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Return run, each parameter and, last, the objective, by run id: runs that lack none of them.

    Parameters that are numbers throughout are floats. A column whose name is taken gets a number behind it.
    """
    params = [name for name in dict.fromkeys(params) if name in runs.params]
    columns = [
        pd.Series([labels.get(run_id, run_id) for run_id in runs.ids], index=runs.ids, dtype=object),
        *(runs.params[name] if (values := as_numbers(runs.params[name])) is None else values for name in params),
        finite_metric(runs, objective).reindex(runs.ids),
    ]
    table = pd.concat(columns, axis="columns", ignore_index=True)
    table.columns = unique_names(["run", *params, objective])
    kept = table.iloc[:, 1:].notna().all(axis="columns")
    return table[kept]


def _short(value: float) -> str:
    return number(float(f"{value:.3g}"), 6)


def _told_apart(texts: Sequence[str]) -> list[str]:
    """Return ticks' texts with those that are empty or repeated unseen, but each another.

    Plotly finds a tick's place by its text: two alike, or an empty one, would move those behind them.
    """
    seen: set[str] = set()
    result = []
    for place, text in enumerate(texts):
        result.append(format(place, "b").translate(str.maketrans("01", UNSEEN)) if not text or text in seen else text)
        seen.add(text)
    return result


def _number_axis(values: pd.Series) -> dict[str, Any]:
    """Return values, range and ticks; on a log scale where they span magnitudes."""
    if spans_magnitudes(values):
        scaled = np.log10(values.to_numpy(dtype=float))
        low, high = float(scaled.min()), float(scaled.max())
        ticks = np.arange(np.ceil(low), np.floor(high) + 1)
        ticks = np.unique(np.r_[low, ticks[(ticks - low > 0.4) & (high - ticks > 0.4)], high])
        texts = [_short(float(10**tick)) for tick in ticks]
    else:
        scaled = values.to_numpy(dtype=float)
        low, high = float(scaled.min()), float(scaled.max())
        distinct = np.unique(scaled)
        ticks = distinct if len(distinct) <= 6 else np.linspace(low, high, 5)
        texts = [_short(float(tick)) for tick in ticks]
    if low == high:
        low, high = low - 0.5, high + 0.5
    return {"values": scaled, "range": [low, high], "tickvals": ticks, "ticktext": _told_apart(texts)}


def _in_order(text: str) -> tuple[bool, float, str]:
    """Order texts of a parameter: numbers by their size, then words."""
    value = pd.to_numeric(text, errors="coerce")
    return bool(pd.isna(value)), 0.0 if pd.isna(value) else float(value), text


def _category_axis(values: pd.Series) -> dict[str, Any]:
    texts = values.astype(str)
    names = sorted(texts.unique(), key=_in_order)
    codes = pd.Categorical(texts, categories=names).codes
    places = np.arange(len(names))
    if len(names) > TICKS_AT_MOST:
        places = np.unique(np.linspace(0, len(names) - 1, TICKS_AT_MOST).round().astype(int))
    return {
        "values": codes.astype(float),
        "range": [-0.3, len(names) - 0.7],
        "tickvals": places.astype(float),
        "ticktext": distinct_labels((names[place] for place in places), 12),
    }


def line_colors(style: Style) -> list[str]:
    """Return a perceptually uniform scale from worst to best that stays clear of the background.

    The best is the farthest from it: bright on slate, dark on paper.
    """
    samples = np.linspace(0.35, 1.0, 9) if style.dark else np.linspace(0.68, 0.0, 9)
    return list(sample_colorscale("Viridis", list(samples)))


def _constrain(values: pd.Series, dimension: dict[str, Any], constraint: Constraint) -> None:
    """Let an axis grey out the lines whose values don't satisfy.

    Plotly moves a stretch's ends to the nearest ticks, so every value becomes one, most of them without a text.
    Where no value satisfies, the stretch lies on a tick beyond the end, where no line passes.
    """
    scaled = np.asarray(dimension["values"], dtype=float)
    low, high = dimension["range"]
    places = np.unique(scaled)
    kept = np.isin(places, scaled[holds(values, constraint).to_numpy()])
    if kept.any():
        edges = np.flatnonzero(np.diff(np.r_[False, kept, False].astype(int)))
        stretches = [[float(places[start]), float(places[stop - 1])] for start, stop in edges.reshape(-1, 2)]
    else:
        beyond = high + (high - low) * 0.04
        places = np.r_[places, beyond]
        stretches = [[beyond, beyond]]
        dimension["range"] = [low, high + (high - low) * 0.06]
    texts = dict(zip(map(float, dimension["tickvals"]), dimension["ticktext"], strict=True))
    ticks = np.union1d(dimension["tickvals"], places)
    dimension |= {
        "tickvals": ticks,
        "ticktext": _told_apart([texts.get(float(tick), "") for tick in ticks]),
        "constraintrange": stretches,
    }


def _highlight_lines(ids: Sequence[str], places: Mapping[str, int], style: Style) -> dict[str, Any]:
    """Return line colours: grey, and a step of the scale for each highlighted run.

    Plotly draws lines of a higher colour value above others.
    """
    order = list(places)
    steps = [style.faint, *(style.color(places[run_id]) for run_id in order)]
    scale = [[(step + side) / len(steps), color] for step, color in enumerate(steps) for side in (0, 1)]
    values = np.array([order.index(run_id) + 1 if run_id in places else 0 for run_id in ids], dtype=float)
    return {"color": values, "colorscale": scale, "cmin": -0.5, "cmax": len(steps) - 0.5}


def _line_names(
    drawn: pd.DataFrame, dimension: Mapping[str, Any], places: Mapping[str, int], style: Style
) -> list[dict[str, Any]]:
    """Return annotations: highlighted runs beside the objective's axis, at the height where their lines end."""
    start, stop = dimension["range"]
    ends = pd.Series((np.asarray(dimension["values"], dtype=float) - start) / (stop - start), index=drawn.index)
    heights = spaced(np.array([ends[run_id] for run_id in places]), 0.085 if style.projector else 0.07)
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": style.font_size,
            "y": float(height),
            "yref": "paper",
            "text": marked_name(drawn.at[run_id, "run"], place, style),
            "showarrow": False,
            "align": "left",
            "font": style.font(),
        }
        for (run_id, place), height in zip(places.items(), heights, strict=True)
    ]


def parallel_coordinates(
    runs: Runs,
    params: Sequence[str],
    objective: str,
    labels: Mapping[str, str],
    style: Style,
    at_most: int = 1_000,
    *,
    constraints: Mapping[str, Constraint] | None = None,
    highlight: Mapping[str, int] | None = None,
) -> go.Figure:
    """Draw parameters and, on the right, the objective with the better end up, which also colours the lines.

    Browsers take seconds for thousands of lines, so about ``at_most`` are drawn, evenly over the objective.
    ``constraints`` by parameter or metric grey out lines that don't satisfy them. ``highlight`` gives runs (by
    id) a colour and a name each and leaves the others grey.
    """
    table = parallel_coordinates_data(runs, params, objective, labels)
    title = _("From parameters to {metric}").format(metric=label(objective, 28))
    if table.empty or len(table.columns) < 3:
        what_to_do = _("Select at least one parameter, and runs that have it and the metric.")
        return empty_figure(title, what_to_do, style)
    places = places_of(highlight, table.index)
    leaders = best_runs(runs, objective)
    best = [run_id for run_id in table.index if run_id in leaders][:BEST_AT_MOST]
    drawn = table[evenly(table.iloc[:, -1], at_most, [*places, *best])]
    asked = dict(constraints or {})
    originals = [*(name for name in dict.fromkeys(params) if name in runs.params), objective]
    dimensions = []
    for name, original in zip(drawn.columns[1:], originals, strict=True):
        values = drawn[name]
        numeric = pd.api.types.is_numeric_dtype(values)
        dimension = _number_axis(values) if numeric else _category_axis(values)
        if (constraint := asked.pop(original, None)) is not None:
            _constrain(values, dimension, constraint)
        dimensions.append(dimension | {"label": label(name, 16)})
    better = better_end(objective, runs.directions)
    colors = line_colors(style)
    if better is False:
        dimensions[-1]["range"] = dimensions[-1]["range"][::-1]
        colors = colors[::-1]
    line = {
        "color": dimensions[-1]["values"],
        "colorscale": colors,
        "cmin": min(dimensions[-1]["range"]),
        "cmax": max(dimensions[-1]["range"]),
    }
    if highlight is not None:
        line = _highlight_lines(list(drawn.index), places, style)
    notes = {
        True: [_("Each line is a run. Higher is better; the best end is up.")],
        False: [_("Each line is a run. Lower is better, so that axis is turned over; the best end is up.")],
        None: [_("Each line is a run. Which way is better isn't known.")],
    }[better]
    if nearest_zero_is_best(objective, runs.directions):
        notes = [_("Each line is a run. Nearest to zero is best.")]
    notes += missing_note(len(runs) - len(table))
    notes += evenly_note(len(drawn), len(table))
    if asked:
        notes.append(
            ngettext(
                "{count} condition is on something without an axis here.",
                "{count} conditions are on something without an axis here.",
                len(asked),
            )
        )
    trace = go.Parcoords(
        dimensions=dimensions,
        line=line,
        customdata=with_ids((label(run, 40) for run in drawn["run"]), drawn.index),
        labelangle=-18,
        labelfont=style.font(),
        tickfont=style.font(),
        rangefont={"size": 1, "color": "rgba(0,0,0,0)"},
        unselected={"line": {"color": style.muted, "opacity": 0.15}},
    )
    layout = base_layout(title, style, notes, height=560 if style.projector else 430)
    # Labels of the outer axes stand outside the plot, and Plotly leaves them no room of its own.
    room = style.font_size
    longest = max(len(text) for text in dimensions[0]["ticktext"] if not text.startswith(tuple(UNSEEN)))
    layout["margin"] |= {
        "l": max(room * 4, round(room * 0.6 * longest) + 12),
        "r": room * (10 if places else 4),
        "t": layout["margin"]["t"] + room * 5,
        "b": room * 2,
    }
    layout["height"] += room * 5
    layout["annotations"] = _line_names(drawn, dimensions[-1], places, style) if places else []
    return go.Figure(trace, layout)
