"""The parts of the Compare page around its charts: metric, verdict, tables, and what can be taken along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast, get_args

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from core.comparison.columns import ordered_metrics
from core.comparison.copying import as_markdown, as_python
from core.comparison.differences import (
    best_marks,
    best_runs,
    differing_metrics,
    differing_params,
    metric_table,
    objective,
    rank,
)
from core.comparison.differences import side_by_side as parameters_side_by_side
from core.comparison.direction import higher_is_better, nearest_zero_is_best
from core.comparison.places import place_words
from core.comparison.valued import Value
from core.i18n import N_, _, number
from core.process import analysis, shared
from core.spreadsheets import as_csv
from core.store.runs.directions import Direction, directions_of, say_direction
from core.store.runs.tables import Experiment, Runs
from core.text import plain, unique_names
from core.ui import address, frame, own_runs, pickers, session, tables
from core.ui.compare import highlighted_runs

SIDE_BY_SIDE = 12  # runs; more are rows of one table
HISTORIES_AT_MOST = 200  # runs whose other metrics are read in full too
MOST_COPIED = 50
MOST_OWN = 3  # of the visitor's runs whose place is said
VALUE_TITLES: dict[Value, str] = {
    "last": N_("Last value"), "best": N_("Best value"), "min": N_("Smallest value"), "max": N_("Largest value"),
}  # fmt: skip
DIRECTION_TITLES: dict[Direction, str] = {
    "guess": N_("As its name says"), "higher": N_("Higher is better"), "lower": N_("Lower is better"),
    "none": N_("Neither is better"),
}  # fmt: skip


def choose_metric(runs: Runs, experiments: Sequence[Experiment]) -> tuple[str, Value]:
    """Choose the metric that everything on the page obeys, which of its values counts, and which way is better."""
    metrics = ordered_metrics(runs)
    if not metrics:
        frame.empty(_("**None of these runs has a metric.** Choose other runs above."))
        frame.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_measure"):
        metric = pickers.choose(
            "metric", _("Metric"), metrics, key="compare_metric", start=objective(runs) or "", width=320
        )
        value = pickers.choose(
            "value", _("Value"), get_args(Value), key="compare_value", usual="last", width=200,
            show=lambda v: _(VALUE_TITLES[cast(Value, v)]),
        )  # fmt: skip
        _choose_direction(runs, metric, experiments)
    return metric, cast(Value, value)


def _choose_direction(runs: Runs, metric: str, experiments: Sequence[Experiment]) -> None:
    """Let people say which way is better; their word is kept with the experiments of these runs."""
    used = set(runs.info["experiment_id"])
    said = {directions_of(e.tags).get(metric, "guess") for e in experiments if e.experiment_id in used}
    now: Direction = "guess" if len(said) != 1 or said == {"guess"} else _direction(said.pop())
    better = higher_is_better(metric, runs.directions)
    ways = {
        None: _("Which way is better?"), True: _("↑ higher is better"), False: _("↓ lower is better")
    }  # fmt: skip
    words = _("→ 0 nearest to zero is best") if nearest_zero_is_best(metric, runs.directions) else ways[better]
    key = f"compare_direction_{metric}_{now}"
    with st.popover(words, key="compare_direction_menu", width="content"):
        if not frame.allows("direct", _("Only the presenter may say which way a metric is better.")):
            return
        st.radio(
            _("Of {metric}").format(metric=plain(metric, 60)), list(DIRECTION_TITLES),
            index=list(DIRECTION_TITLES).index(now), format_func=lambda d: _(DIRECTION_TITLES[d]), key=key,
            on_change=lambda: _say(sorted(used), metric, st.session_state[key]),
        )  # fmt: skip
        frame.note(_("Everybody who looks at this experiment will see it so."))


def _direction(better: bool | str | None) -> Direction:
    return "higher" if better is True else "lower" if better is False else "none"


def _say(experiment_ids: Sequence[str], metric: str, direction: Direction) -> None:
    with frame.reporting(), shared.writing():
        for experiment_id in experiment_ids:
            say_direction(shared.store(), session.actor(), experiment_id, metric, direction)


def with_values(runs: Runs, metric: str, value: Value) -> Runs:
    """Return the runs with the chosen value of their metrics; of very many runs only the chosen metric's."""
    if value == "last":
        return runs
    all_of_them = len(runs) <= HISTORIES_AT_MOST
    if not all_of_them:
        words = _("Of more than {count} runs only {metric} is shown so; other metrics show their last value.")
        frame.note(words.format(count=number(HISTORIES_AT_MOST, 0), metric=plain(metric)))
    return analysis.valued(runs, list(runs.metrics) if all_of_them else [metric], value)


def show_verdict(runs: Runs, labels: Mapping[str, str], metric: str, value: Value) -> None:
    """Say whether the best run is really better, then by how much."""
    found = analysis.verdict(runs, labels, metric, value)
    words = [f"**{plain(found.conclusion, 600)}**", plain(" ".join(found.grounds), 2000)]
    sentence, figure = st.columns([4, 1], vertical_alignment="center") if found.pairs else (st.container(), None)
    sentence.container(key="compare_verdict").info("\n\n".join(filter(None, words)), icon=":material/lightbulb:")
    if figure:
        leader = found.pairs[0].leader
        figure.metric(plain(labels[leader], 40), number(float(runs.metrics.at[leader, metric])), plain(metric, 40),
                      delta_color="off", delta_arrow="off")  # fmt: skip
    if found.no_better:
        st.warning(plain(found.no_better, 1000), icon=":material/horizontal_rule:")
    for run_id in own_runs.among(runs)[:MOST_OWN]:
        st.markdown(f"➤ **{plain(place_words(runs, run_id, labels[run_id], metric, found), 400)}**")
    for warning in found.warnings:
        st.warning(plain(warning, 1000), icon=":material/casino:")


def show_grounds(runs: Runs, labels: Mapping[str, str], metric: str, value: Value) -> None:
    """Say what was done differently and how the verdict is known, folded away."""
    found = analysis.verdict(runs, labels, metric, value)
    if found.changes:
        with st.expander(_("What changed?"), icon=":material/difference:", key="compare_changes"):
            st.markdown(plain(" ".join(found.changes), 2000))
    if found.method:
        with st.expander(_("How do we know?"), icon=":material/calculate:", key="compare_method"):
            st.markdown(plain(found.method, 3000))
            if not found.numbers.empty:
                tables.show(
                    found.numbers, key="compare_numbers", alt=_("The best run against the others"), download="verdict"
                )


def show_differences(runs: Runs, labels: Mapping[str, str], metric: str, value: Value) -> None:
    """Show parameters and metrics: side by side for few runs, a row a run for many."""
    st.subheader(_("What differs"), anchor=False)
    only = st.toggle(_("Only what differs"), value=True, key="compare_only_differences")
    if len(runs) > SIDE_BY_SIDE:
        _show_rows(runs, labels, metric, value, only)
        return
    _show_parameters(runs, labels, only)
    _show_metrics(runs, labels, only)


def _show_rows(runs: Runs, labels: Mapping[str, str], metric: str, value: Value, only: bool) -> None:
    params = analysis.important_params(runs, metric, value)  # those that matter most first
    if not only:
        params = list(dict.fromkeys([*params, *runs.params]))
    others = [name for name in (differing_metrics(runs) if only else list(runs.metrics)) if name != metric]
    order = list(rank(runs, metric).index)
    shown = pd.concat([runs.metrics[[metric]], runs.params[params], runs.metrics[others]], axis="columns").loc[order]
    shown.columns = pd.Index(unique_names(map(str, shown.columns)))
    shown.insert(0, _("Run"), [labels[run_id] for run_id in order])
    picked = highlighted_runs.selected(runs)
    event = st.dataframe(
        shown, hide_index=True, placeholder="–", key=f"compare_rows_{hash(tuple(order))}_{highlighted_runs.resets()}",
        on_select="rerun", selection_mode="multi-row", height=420, alt=_("Runs, one a row, the best first"),
    )  # fmt: skip
    ticked = [order[place] for place in event.selection.rows]
    if ticked != st.session_state.get("compare_ticked", []):
        st.session_state["compare_ticked"] = ticked
        if ticked or picked:
            highlighted_runs.select(ticked)
            st.rerun()
    frame.note(_("Tick runs to pick them out in all charts."))
    st.download_button(
        _("Download as CSV"), lambda: as_csv(shown.rename_axis("run_id"), index=True), file_name="runs.csv",
        mime="text/csv", key="compare_rows_csv", icon=":material/download:",
    )  # fmt: skip


def _show_parameters(runs: Runs, labels: Mapping[str, str], only_differences: bool) -> None:
    table = parameters_side_by_side(runs, labels, only_differences)
    if table.empty:
        frame.note(_("These runs have the same parameters.") if len(runs.params.columns) else _("No parameters."))
        return
    tables.show(
        table.rename_axis(_("Parameter")).reset_index(),
        key="compare_parameters",
        alt=_("Parameters side by side"),
        download="parameters",
    )


def _show_metrics(runs: Runs, labels: Mapping[str, str], only_differences: bool) -> None:
    table = metric_table(runs, labels, only_differences)
    if table.empty:
        frame.note(_("These runs have the same metrics."))
        return
    names = [str(metric) for metric in table.index]
    texts = [
        [f"★ {number(value)}" if is_best else number(value) for value, is_best in zip(values, marks, strict=True)]
        for values, marks in zip(table.to_numpy(dtype=float), best_marks(runs, names).T, strict=True)
    ]
    starred = pd.DataFrame(texts, [f"{metric} {_arrow(runs, metric)}" for metric in names], table.columns)
    st.dataframe(_colored(starred.rename_axis(_("Metric")).reset_index()), hide_index=True, key="compare_metrics",
                 alt=_("Metrics side by side, the best marked with a star"))  # fmt: skip
    frame.note(_("★ best · ↑ higher is better · ↓ lower is better · ? unknown, nothing is marked"))
    st.download_button(
        _("Download as CSV"),
        lambda: as_csv(table.rename_axis(_("Metric")), index=True),
        file_name="metrics.csv",
        mime="text/csv",
        key="compare_metrics_csv",
        icon=":material/download:",
    )


def _arrow(runs: Runs, metric: str) -> str:
    if nearest_zero_is_best(metric, runs.directions):
        return "→ 0"
    better = higher_is_better(metric, runs.directions)
    return "?" if better is None else "↑" if better else "↓"


def _colored(table: pd.DataFrame) -> Styler:
    return table.style.map(lambda cell: "font-weight: bold" if str(cell).startswith("★") else "")


def show_copies(runs: Runs, labels: Mapping[str, str], metric: str, value: Value) -> None:
    """Offer what is compared as a link, as a Markdown table and as the Python code that reads the same."""
    # Filled when it opens it would not know how high it will be, and open downwards, out of sight
    with st.popover(_("Copy as …"), icon=":material/content_copy:", key="compare_copy"):
        few = runs.select(list(rank(runs, metric).index)[:MOST_COPIED])
        if len(few) < len(runs):
            words = (
                _("The table and the code have the best {count} runs.")
                if best_runs(runs, metric)
                else _("The table and the code have the first {count} runs.")
            )
            frame.note(words.format(count=number(len(few), 0)))
        names = [metric, *(name for name in differing_metrics(few) if name != metric)]
        params = differing_params(few)
        table = pd.concat([few.metrics[names], few.params[params]], axis="columns")
        table.columns = pd.Index(unique_names(map(str, table.columns)))
        table.insert(0, _("Run"), [labels[run_id] for run_id in few.ids])
        if value != "last":
            frame.note(_("The code reads the last values."))
        link, markdown, code = st.tabs([_("Link"), _("Markdown"), _("Python")])
        link.code(address.whole(), language=None, wrap_lines=True)
        markdown.code(as_markdown(table), language="markdown")
        code.code(as_python(shared.store_uri(), few.ids, names, params), language="python")


def next_step(runs: Runs, labels: Mapping[str, str], metric: str) -> None:
    """Offer to promote the winner, or any where none leads."""
    best = best_runs(runs, metric)
    leaders = [run_id for run_id in runs.ids if run_id in best]
    if leaders:
        frame.next_step("registry", _("Promote {run}").format(run=plain(labels[leaders[0]], 60)), run=leaders[0])
    else:
        frame.next_step("registry", _("Promote a model"))
