"""The charts of the Compare page; what is picked in one stands out in all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd
import streamlit as st

from core.comparison.columns import ordered_metrics
from core.comparison.constraints import Constraint, holds, satisfying
from core.comparison.differences import (
    as_numbers,
    differing_metrics,
    finite_metric,
    rank,
)
from core.comparison.valued import Value
from core.comparison.verdict import Verdict
from core.figures import bars, behind, confusion, curves, heatmap, importance, parallel, pareto, residuals, scatter
from core.figures.style import Style
from core.i18n import N_, _, number
from core.process import analysis
from core.store.runs.tables import Runs
from core.text import plain
from core.training.tasks import Task
from core.ui import address, charts, frame
from core.ui.compare import explore, highlighted_runs, slices

AXES_AT_FIRST = 4  # more cannot be read on a phone
STOPS = 100  # of an axis' slider
BARS, BARS_OF_MANY = 30, 12  # of very many runs the best are enough: the table has the rest
MOST_CURVES = 30
MOST_MISTAKES = 4


@dataclass(frozen=True)
class Compared:
    """What every chart of the page is about."""

    runs: Runs
    labels: Mapping[str, str]
    metric: str
    value: Value
    style: Style
    highlight: Mapping[str, int]
    tasks: Mapping[str, Task] = field(default_factory=dict)  # of which a sweep can be offered

    @cached_property
    def shown_first(self) -> list[str]:
        """Run ids, those that stand out first, then the best."""
        return list(dict.fromkeys([*self.highlight, *rank(self.runs, self.metric).index]))

    @cached_property
    def baseline(self) -> tuple[float, str] | None:
        """What always giving the same answer gets, where that is the same for all runs."""
        return analysis.baseline(self.runs, self.metric) if self.value == "last" else None

    @property
    def bars_at_most(self) -> int:
        """How many runs have a bar."""
        return BARS if len(self.runs) <= BARS else BARS_OF_MANY

    @property
    def highlight_of_many(self) -> Mapping[str, int] | None:
        """The runs that stand out, where others are left that do not."""
        return self.highlight if len(self.runs) > len(self.highlight) else None


def show_bars(compared: Compared, verdict: Verdict) -> None:
    """Show the metric of each run and, where it is known, how far chance moves its difference to the best."""
    c = compared
    if all(pair.difference.outcome == "unknown" for pair in verdict.pairs):
        _bars(c)
        return
    beside = replace(c, style=replace(c.style, narrow=True))
    left, right = st.columns(2)
    with left:
        _bars(beside)
    with right:
        charts.show(
            behind.behind(
                c.runs, c.metric, verdict.pairs, c.labels, beside.style, c.bars_at_most, highlight=c.highlight_of_many
            ),
            key="compare_behind",
            alt=_("How far each run is behind the best, and how far chance moves that"),
            table=lambda: behind.behind_data(c.runs, c.metric, verdict.pairs, c.labels),
            select=highlighted_runs.select,
        )


def _bars(compared: Compared) -> None:
    c = compared
    intervals = analysis.intervals(c.runs, c.metric, c.shown_first)
    charts.show(
        bars.metric_bars(
            c.runs,
            c.metric,
            c.labels,
            c.style,
            c.bars_at_most,
            intervals=intervals,
            highlight=c.highlight_of_many,
            baseline=c.baseline,
        ),
        key="compare_bars",
        alt=_("The metric of each run"),
        table=lambda: bars.metric_bars_data(c.runs, c.metric, c.labels, intervals),
        select=highlighted_runs.select,
    )


def show_tabs(compared: Compared) -> None:
    """Show one chart at a time; the others are not even computed. The address says which one."""
    parts = {name: (_(title), partial(draw, compared)) for name, (title, draw) in CHARTS.items()}
    frame.one_of(parts, key="compare_chart", name="chart")
    charts.choose_picture()


def _scatter(compared: Compared) -> None:
    c = compared
    params = analysis.important_params(c.runs, c.metric, c.value)
    offered = [*params, *(m for m in differing_metrics(c.runs) if m != c.metric)]
    if not offered:
        frame.note(_("Nothing differs between these runs, so there is nothing to draw."))
        return
    first = _axes(c, 1)
    x = st.selectbox(
        _("Across"), offered, index=offered.index(first[0]) if first else 0, key=address.unsaid("compare_x")
    )
    kind: scatter.Kind = "param" if x in c.runs.params else "metric"
    data = partial(scatter.scatter_data, c.runs, x, c.metric, c.labels, kind)
    charts.show(
        scatter.scatter(c.runs, x, c.metric, c.labels, c.style, kind, highlight=_if_many(c), baseline=c.baseline),
        key="compare_scatter",
        alt=_("Each point is a run"),
        table=data,
        select=highlighted_runs.select,
        points=data if kind == "metric" or as_numbers(c.runs.params[x]) is not None else None,
    )


def _parallel(compared: Compared) -> None:
    c = compared
    params = _choose_params(c)
    constraints = _choose_constraints(c, params)
    charts.show(
        parallel.parallel_coordinates(
            c.runs, params, c.metric, c.labels, c.style, constraints=constraints, highlight=_if_many(c)
        ),
        key="compare_parallel",
        alt=_("Each line is a run that crosses its parameters and ends at its metric"),
        table=lambda: parallel.parallel_coordinates_data(c.runs, params, c.metric, c.labels),
    )
    explore.offer(c.runs, c.metric, constraints, c.tasks)


def _choose_params(compared: Compared) -> list[str]:
    offered = [str(name) for name in compared.runs.params.columns]
    first = _axes(compared, AXES_AT_FIRST)
    return st.multiselect(
        _("Parameters"),
        offered,
        default=first,
        select_all=False,
        key=f"compare_params_{hash((tuple(offered), tuple(first)))}",
        placeholder=_("Choose parameters"),
    )


def _choose_constraints(compared: Compared, params: Sequence[str]) -> dict[str, Constraint]:
    """Offer a range or a choice for each axis; the runs within all of them are picked."""
    runs, metric = compared.runs, compared.metric
    with st.expander(_("Narrow the axes"), icon=":material/tune:", key="compare_axes"):
        asked = {name: _choose_constraint(name, runs.params[name], "compare_axis") for name in params}
        wanted = _choose_constraint(metric, finite_metric(runs, metric), "compare_objective")
    constraints = {name: constraint for name, constraint in asked.items() if constraint is not None}
    seen, now = address.unsaid("compare_constraints_seen"), (constraints, wanted)
    if now != st.session_state.get(seen, ({}, None)):
        st.session_state[seen] = now
        fits = satisfying(runs, constraints)
        if wanted is not None:  # apart, as a parameter may be called like the metric
            held = holds(finite_metric(runs, metric), wanted)
            fits = [run_id for run_id in fits if held.get(run_id, False)]
        highlighted_runs.select(fits if constraints or wanted else [])
        st.rerun()  # what stands out above was drawn before this was known
    return constraints if wanted is None or metric in params else {**constraints, metric: wanted}


def _choose_constraint(name: str, values: pd.Series, prefix: str) -> Constraint | None:
    numbers = as_numbers(values)
    key = address.unsaid(f"{prefix}_{name}_{highlighted_runs.resets()}")
    shown = plain(name, 40)
    distinct = list(dict.fromkeys(values.dropna().astype(str)))
    if len(distinct) < 2:
        return None
    if numbers is None:
        chosen = st.multiselect(shown, sorted(distinct), select_all=False, key=key, placeholder=_("All"))
        return tuple(chosen) if chosen else None
    values_in_order = np.unique(numbers.dropna().to_numpy())
    if len(values_in_order) > STOPS:  # as many below each stop as above it: ranges over magnitudes stay choosable
        values_in_order = np.unique(np.quantile(values_in_order, np.linspace(0, 1, STOPS), method="nearest"))
    ends: dict[str, tuple[float, float]] = {}  # of the numbers that read alike, which are one stop
    for value in map(float, values_in_order):
        ends[number(value)] = ends.get(number(value), (value, value))[0], value
    stops = list(ends)
    if len(stops) < 2:
        return None
    if any(end not in ends for end in st.session_state.get(key, ())):  # chosen among other runs, or another language
        del st.session_state[key]
    begin, end = st.select_slider(shown, stops, (stops[0], stops[-1]), key=key)
    return None if (begin, end) == (stops[0], stops[-1]) else (ends[begin][0], ends[end][1])


def _importance(compared: Compared) -> None:
    c = compared
    found = analysis.importances(c.runs, c.metric, c.value)
    if found.note:
        frame.note(plain(found.note, 1000))
    charts.show(
        importance.importance(found.table, c.metric, c.style),
        key="compare_importance",
        alt=_("How much each parameter matters"),
        table=lambda: importance.importance_data(found.table),
    )


def _heatmap(compared: Compared) -> None:
    c = compared
    offered = analysis.important_params(c.runs, c.metric, c.value)
    if len(offered) < 2:
        frame.note(_("This needs two parameters that differ between the runs."))
        return
    first = [*_axes(c, 2), *offered][:2]
    with st.container(horizontal=True, key="compare_pair"):
        x = st.selectbox(_("Across"), offered, index=offered.index(first[0]), key=address.unsaid("compare_heat_x"))
        others = [name for name in offered if name != x]
        y = st.selectbox(
            _("Upwards"),
            others,
            index=others.index(first[1]) if first[1] in others else 0,
            key=address.unsaid("compare_heat_y"),
        )
    charts.show(
        heatmap.heatmap(c.runs, x, y, c.metric, c.style),
        key="compare_heatmap",
        alt=_("The mean of the metric for each pair of values"),
        table=lambda: heatmap.heatmap_data(c.runs, x, y, c.metric),
    )


def _pareto(compared: Compared) -> None:
    c = compared
    offered = [name for name in ordered_metrics(c.runs) if name != c.metric]
    if not offered:
        frame.note(_("This needs two metrics."))
        return
    x = st.selectbox(_("Against"), offered, key=address.unsaid("compare_pareto_x"))
    charts.show(
        pareto.pareto(c.runs, x, c.metric, c.labels, c.style, highlight=_if_many(c)),
        key="compare_pareto",
        alt=_("Each point is a run; the line joins those that no other beats in both metrics"),
        table=lambda: pareto.pareto_data(c.runs, x, c.metric, c.labels),
        select=highlighted_runs.select,
    )


def _curves(compared: Compared) -> None:
    c = compared
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_curve_choices"):
        smoothing = st.slider(_("Smoothing"), 0.0, 0.95, 0.0, 0.05, key=address.unsaid("compare_smoothing"), width=240)
        log_x = st.toggle(_("Logarithmic steps"), key=address.unsaid("compare_log_x"))
        log_y = st.toggle(_("Logarithmic values"), key=address.unsaid("compare_log_y"))
    drawn = c.shown_first[:MOST_CURVES]
    if left := len(c.runs) - len(drawn):
        frame.note(_("{count} runs are drawn; {left} more are not.").format(
            count=number(len(drawn), 0), left=number(left, 0)))  # fmt: skip
    history = analysis.metric_histories(c.runs.select(drawn), c.metric)
    charts.show(
        curves.metric_curves(
            history, c.metric, c.labels, c.style, smoothing=smoothing, log_x=log_x, log_y=log_y or None,
            highlight=c.highlight, directions=c.runs.directions,
        ),
        key="compare_curves",
        alt=_("The metric of each run, step by step"),
        table=lambda: curves.metric_curves_data(history, c.labels, smoothing),
    )  # fmt: skip


def _mistakes(compared: Compared) -> None:
    c = compared
    answers = analysis.test_answers(c.runs, c.shown_first[:MOST_MISTAKES])
    found = {run_id: table for run_id, table in answers.items() if table is not None}
    if not found:
        slices.say_unanswered(len(answers))
        return
    if left := len(c.runs) - len(found):
        frame.note(_("The answers of {count} runs are shown; {left} are not.").format(
            count=number(len(found), 0), left=number(left, 0)))  # fmt: skip
    sure = {run_id: table for run_id, table in found.items() if any(str(n).startswith("probability_") for n in table)}
    if numeric := {run_id: table for run_id, table in found.items() if run_id not in sure}:
        charts.show(
            residuals.residuals(numeric, c.labels, c.style, highlight=c.highlight),
            key="compare_residuals",
            alt=_("How far each answer is off"),
            table=lambda: residuals.residual_quantiles(numeric, c.labels),
        )
    if sure:
        classes, beside = confusion.confusion_classes(sure.values()), replace(c.style, narrow=True)
        with st.container(horizontal=True, key="compare_confusions"):
            for place, (run_id, table) in enumerate(sure.items()):
                with st.container(width=560 if c.style.projector else 420, key=f"compare_confusion_box_{place}"):
                    charts.show(
                        confusion.confusion(table, c.labels[run_id], beside, classes),
                        key=f"compare_confusion_{place}",
                        alt=_("Which classes are taken for which"),
                        table=partial(confusion.confusion_data, table, classes),
                    )


def _groups(compared: Compared) -> None:
    c = compared
    slices.show(c.runs, c.shown_first, c.labels, c.metric, c.style, c.highlight)


def _if_many(compared: Compared) -> Mapping[str, int] | None:
    return compared.highlight if len(compared.runs) > 1 else None


def _axes(compared: Compared, at_most: int) -> list[str]:
    """Return the differing parameters that matter most; those that only some of the runs have would hide the others."""
    runs = compared.runs
    ordered = analysis.important_params(runs, compared.metric, compared.value)
    everywhere = pd.notna(runs.params[ordered].to_numpy(dtype=object)).all(axis=0)
    shared = [name for name, held in zip(ordered, everywhere, strict=True) if held]
    return (shared or ordered)[:at_most]


# What the address calls a chart, its title and what draws it
CHARTS: dict[str, tuple[str, Callable[[Compared], None]]] = {
    "parameter": (N_("One parameter"), _scatter), "parameters": (N_("Many parameters"), _parallel),
    "importance": (N_("What matters"), _importance), "pair": (N_("Two parameters"), _heatmap),
    "pareto": (N_("Two metrics"), _pareto), "curves": (N_("While training"), _curves),
    "mistakes": (N_("Mistakes"), _mistakes), "groups": (N_("Right for whom?"), _groups),
}  # fmt: skip
