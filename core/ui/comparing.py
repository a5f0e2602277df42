"""Choose runs to compare and show them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from core.comparison.differences import (
    best_runs,
    differing_metrics,
    differing_params,
    important_params,
    metric_table,
    objective,
    rank,
    side_by_side,
)
from core.comparison.direction import higher_is_better
from core.figures import scatter
from core.figures.style import Style
from core.i18n import _, number
from core.store.runs import Experiment, Runs, run_labels
from core.text import plain, shorten
from core.ui import charts, frame, session, tables

BEST_AT_FIRST = 5
AXES_AT_FIRST = 6


def choose_runs(experiments: Sequence[Experiment], everything: Runs) -> Runs:
    """Choose runs; the address holds the choice. Begins with the best and the newest of the last used experiment."""
    names = {experiment.experiment_id: experiment.name for experiment in experiments}
    asked = [run_id for run_id in session.carried("runs").split(",") if run_id]
    known = [run_id for run_id in asked if run_id in everything.info.index]
    if len(known) < len(asked):
        st.warning(
            _("{count} of the chosen runs are not in this store, or were deleted.").format(
                count=number(len(asked) - len(known))
            )
        )
    key = "compare_runs"
    if st.query_params.get("runs", "") != st.session_state.get(f"{key}_seen") or key not in st.session_state:
        st.session_state[key] = known or suggested_runs(everything, session.carried("experiment"))
    labels = run_labels(everything)
    chosen = st.multiselect(
        _("Runs"),
        everything.ids,
        key=key,
        placeholder=_("Choose runs"),
        format_func=lambda i: (
            f"{shorten(labels[i], 50)} — {shorten(names.get(everything.info.at[i, 'experiment_id'], '?'), 30)}"
        ),
    )
    session.keep_in_address(runs=",".join(chosen))
    st.session_state[f"{key}_seen"] = ",".join(chosen)
    session.carry(runs=",".join(chosen))
    return everything.select(chosen)


def suggested_runs(everything: Runs, experiment_id: str) -> list[str]:
    """Return the best runs and the newest of an experiment, by default that of the newest run."""
    ids = everything.info["experiment_id"]
    if experiment_id not in set(ids):
        experiment_id = str(ids.iloc[0])
    runs = everything.select(everything.info.index[ids == experiment_id])
    metric = objective(runs)
    best = [] if metric is None else list(rank(runs, metric).dropna().sort_values(kind="stable").index)
    return list(dict.fromkeys([*best[:BEST_AT_FIRST], *runs.ids[: 1 if best else BEST_AT_FIRST]]))


def choose_metric(runs: Runs) -> str:
    """Choose the metric that everything on the page obeys."""
    metrics = tables.ordered_metrics(runs)
    if not metrics:
        frame.empty(_("**None of these runs has a metric.** Choose other runs above."))
        st.stop()
    asked = session.carried("metric")
    first = asked if asked in metrics else objective(runs) or metrics[0]
    if st.session_state.get("compare_metric") not in metrics:
        st.session_state["compare_metric"] = first
    chosen = st.selectbox(_("Metric"), metrics, key="compare_metric")
    session.keep_in_address(metric=chosen)
    return chosen


def show_parameters(runs: Runs, labels: Mapping[str, str], only_differences: bool) -> None:
    """Show parameters, one row each, one column a run."""
    table = side_by_side(runs, labels, only_differences)
    if table.empty:
        frame.note(_("These runs have the same parameters.") if len(runs.params.columns) else _("No parameters."))
        return
    tables.show(
        table.rename_axis(_("Parameter")).reset_index(),
        key="compare_parameters",
        alt=_("Parameters side by side"),
        download="parameters",
    )


def show_metrics(runs: Runs, labels: Mapping[str, str], only_differences: bool) -> None:
    """Show metrics, one row each, one column a run; the best values are marked with a star and a colour."""
    table = metric_table(runs, labels, only_differences)
    if table.empty:
        frame.note(_("These runs have the same metrics."))
        return
    best = {str(metric): best_runs(runs, str(metric)) for metric in table.index}
    starred = pd.DataFrame(
        [
            {
                column: f"{'★ ' if run_id in best[str(metric)] else ''}{number(table.at[metric, column])}"
                for run_id, column in zip(runs.ids, table.columns, strict=True)
            }
            for metric in table.index
        ],
        index=[f"{metric} {_arrow(runs, str(metric))}" for metric in table.index],
    )
    st.dataframe(_colored(starred.rename_axis(_("Metric")).reset_index()), hide_index=True, key="compare_metrics",
                 alt=_("Metrics side by side, the best marked with a star"))  # fmt: skip
    frame.note(_("★ best · ↑ higher is better · ↓ lower is better · ? unknown, nothing is marked"))
    st.download_button(
        _("Download as CSV"),
        table.rename_axis(_("Metric")).to_csv().encode("utf-8-sig"),
        file_name="metrics.csv",
        mime="text/csv",
        key="compare_metrics_csv",
        icon=":material/download:",
    )


def _arrow(runs: Runs, metric: str) -> str:
    better = higher_is_better(metric, runs.directions)
    return "?" if better is None else "↑" if better else "↓"


def _colored(table: pd.DataFrame) -> Styler:
    return table.style.map(lambda cell: "font-weight: bold" if str(cell).startswith("★") else "")


def show_scatter(runs: Runs, labels: Mapping[str, str], metric: str, style: Style) -> None:
    """Show any parameter or metric against the metric."""
    offered = [*differing_params(runs), *(m for m in differing_metrics(runs) if m != metric)]
    if not offered:
        frame.note(_("Nothing differs between these runs, so there is nothing to draw."))
        return
    first = _axes(runs, metric, 1)
    x = st.selectbox(_("Across"), offered, index=offered.index(first[0]) if first else 0, key="compare_x")
    kind: scatter.Kind = "param" if x in runs.params else "metric"
    charts.show(
        scatter.scatter(runs, x, metric, labels, style, kind),
        key="compare_scatter",
        alt=_("Each point is a run"),
        table=scatter.scatter_data(runs, x, metric, labels, kind),
    )


def choose_params(runs: Runs, metric: str) -> list[str]:
    """Choose the axes of the parallel coordinates; begins with the differing parameters that matter most."""
    offered = [str(name) for name in runs.params.columns]
    first = _axes(runs, metric, AXES_AT_FIRST)
    return st.multiselect(
        _("Parameters"),
        offered,
        default=first,
        key=f"compare_params_{hash((tuple(offered), tuple(first)))}",
        placeholder=_("Choose parameters"),
    )


def _axes(runs: Runs, metric: str, at_most: int) -> list[str]:
    """Return the differing parameters that matter most; those that only some of the runs have would hide the others."""
    ordered = important_params(runs, metric, len(runs.params.columns))
    shared = [name for name in ordered if runs.params[name].notna().all()]
    return (shared or ordered)[:at_most]


def next_step(runs: Runs, labels: Mapping[str, str], metric: str) -> None:
    """Offer to promote the winner, or any where none leads."""
    leaders = [run_id for run_id in runs.ids if run_id in best_runs(runs, metric)]
    if leaders:
        frame.next_step("registry", _("Promote {run}").format(run=plain(labels[leaders[0]], 60)), run=leaders[0])
    else:
        frame.next_step("registry", _("Promote a model"))
