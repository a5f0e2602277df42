"""Right for whom: how good the answers are for each group of the rows whose true answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core import words
from core.comparison import slice_scores
from core.comparison.evidence import measured
from core.comparison.measures import TESTED
from core.comparison.slice_leads import SliceLead, leads
from core.comparison.slice_scores import SliceScore
from core.comparison.slices import ALL_ROWS, divide, feature_names
from core.errors import ModelError, PizarraError
from core.figures import slices as figure
from core.i18n import _, number, percent
from core.monitoring.checks import cut_alike
from core.monitoring.labelled import labelled
from core.prediction.schema import typed_frame
from core.process import asked as asking
from core.process import cache
from core.process.asked import live_beside
from core.process.memory import kept
from core.store.record import ROW, feature_columns
from core.text import plain
from core.ui import charts, frame, pickers, session
from core.ui.monitor import finding
from core.ui.monitor.choice import Monitored

NOW, OTHER = "now", "other"
MOST_NAMED = 3
LOW_IS_BETTER = {"test_rmse", "test_mae"}


def show(monitored: Monitored) -> None:
    """Show the metric of each group by a column that is chosen, the worst first."""
    table = _told(monitored)
    metrics = {} if table is None else measured(table)
    if table is None or not metrics:
        frame.note(
            _("No row has a true answer that tells for whom the model is right. Tell them by the id of each request "
              "(/truth), or bring a table with a column of true answers.")
        )  # fmt: skip
        return
    columns = [name for name in feature_names(table) if len(divide(table, [name])) > 1]
    if not columns:
        frame.note(_("These rows have no column that divides them into groups."))
        return
    with st.container(horizontal=True, key="monitor_groups_choices"):
        metric = pickers.choose_here(_("Metric"), list(metrics), key="monitor_groups_metric", show=_named)
        column = pickers.choose_here(_("Groups by"), columns, key="monitor_groups_column")
    found = _scores(table, metric, column, monitored.key)
    other = _beside(monitored)
    others = None if other is None else _told(other)
    worse = [one for one in found if one.standing == "worse"]
    if worse:
        groups = "; ".join(
            f"**{plain(one.slice.title, 60)}** ({number(one.value)}, {_('others')} {number(one.rest)})"
            for one in worse[:MOST_NAMED]
        )
        st.markdown(
            _("{metric} is worse for certain for {groups}.").format(metric=plain(_named(metric)), groups=groups)
        )
    else:
        st.markdown(_("For no group by {column} is {metric} worse for certain than for all other rows.").format(
            column=plain(column), metric=plain(_named(metric))))  # fmt: skip
    if len(table) < len(monitored.rows):
        frame.note(_("Of {share} of the rows the true answer is known.").format(
            share=percent(len(table) / len(monitored.rows), 0)))  # fmt: skip
    labels, scores = {NOW: monitored.asked.title}, {NOW: found}
    if other is not None and others is not None:
        labels[OTHER], scores[OTHER] = other.asked.title, _scores(others, metric, column, other.key)
        st.markdown(_beside_words(other.asked.title, leads(
            others, table, [ALL_ROWS, *divide(table, [column])], {metric: metric not in LOW_IS_BETTER}
        )))  # fmt: skip
    charts.show(
        figure.slices(scores, _named(metric), [column], labels, session.style()),
        key="monitor_groups_figure",
        alt=_("The metric for each group of rows"),
        table=lambda: figure.slices_data(scores, labels),
    )


def _beside(monitored: Monitored) -> Monitored | None:
    """Return the same rows for what is live beside the version, where somebody wants it asked and it can be."""
    chosen = monitored.asked.version
    model = next((one for one in cache.models() if one.name == chosen.model), None)
    live = [] if model is None else live_beside(model, chosen)
    if not live:
        return None
    title = words.staged_version(live[0].number, live[0].stage)
    if not st.toggle(_("Beside {version}, asked about the same rows").format(version=title), key="monitor_beside"):
        return None
    try:
        opened = asking.opened(model, live[0])
        opened = replace(opened, cutoff=asking.saved_cutoff(opened))
        rows = typed_frame(opened.fields, monitored.rows)
    except PizarraError as problem:
        frame.show_error(problem)
        return None
    return replace(monitored, asked=opened, rows=rows, said=None, key=(opened.key, monitored.key))


def _beside_words(version: str, found: Sequence[SliceLead]) -> str:
    """Say for which groups the other version is better or worse for certain."""
    told = {
        standing: ", ".join(plain(lead.slice.title, 60) for lead in found if lead.standing == standing)
        for standing in ("better", "worse")
    }
    if told["better"] and told["worse"]:
        return _("**{version} is better for certain for {better}, and worse for certain for {worse}.**").format(
            version=version, **told)  # fmt: skip
    if told["better"]:
        return _("**{version} is better for certain for {better}, and for no group worse for certain.**").format(
            version=version, better=told["better"])  # fmt: skip
    if told["worse"]:
        return _("**{version} is worse for certain for {worse}, and for no group better for certain.**").format(
            version=version, worse=told["worse"])  # fmt: skip
    return _("**For no group is {version} better or worse for certain.**").format(version=version)


def _named(metric: str) -> str:
    """Return what a metric is called: these are no test rows."""
    return metric.removeprefix(TESTED)


@kept(lambda _table, metric, column, key: (metric, column, key, len(_table)), max_entries=32)
def _scores(table: pd.DataFrame, metric: str, column: str, _key: Sequence[object]) -> list[SliceScore]:
    better = metric not in LOW_IS_BETTER
    everybody = slice_scores.scores(table, [ALL_ROWS], metric, better)
    return [*everybody, *slice_scores.scores(table, divide(table, [column]), metric, better)]


def _told(monitored: Monitored) -> pd.DataFrame | None:
    """Return the rows with a true answer as a table of test answers, with their inputs."""
    said, truths = finding.answers_to(monitored), monitored.truths
    if said is None or truths is None or not truths.notna().any():
        return None
    tested = cut_alike(monitored.asked.predictor, cache.test_rows(monitored.asked.version))
    try:
        table = labelled(pd.Series(said.values), truths, said.probabilities, tested).table
    except ModelError as problem:
        frame.show_error(problem)
        return None
    inputs = monitored.rows.iloc[table[ROW].to_numpy()].reset_index(drop=True)
    return pd.concat([table, inputs.rename(columns=feature_columns(inputs.columns, table.columns))], axis="columns")
