"""Right for whom? How good the compared runs are for each group of their stored test rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st

from core.comparison.direction import higher_is_better
from core.comparison.evidence import measured
from core.comparison.measures import readable, same_test_set
from core.comparison.slice_scores import SliceScore
from core.comparison.slices import divide, feature_names
from core.figures import slices as figure
from core.figures.style import Style
from core.i18n import _, ngettext, number
from core.process import analysis
from core.store.runs.tables import Runs
from core.text import plain
from core.ui import address, charts, frame

MOST_RUNS = 4  # with a bar each in every group
MOST_NAMED = 3


def show(
    runs: Runs, run_ids: Sequence[str], labels: Mapping[str, str], metric: str, style: Style, places: Mapping[str, int]
) -> None:
    """Show how good the first of these runs are for each group by a column that is chosen, or by two together."""
    stored = analysis.test_answers(runs, run_ids[:MOST_RUNS])
    answers = {run_id: table for run_id, table in stored.items() if table is not None and readable(table)}
    first = next((run_id for run_id, table in answers.items() if measured(table)), None)
    if first is None:
        say_unanswered(len(stored))
        return
    answers = {first: answers[first], **answers}
    metrics, columns = list(measured(answers[first])), _dividing(answers.values())
    if not columns:
        frame.note(_("The stored test rows have no column that divides them into groups."))
        return
    with st.container(horizontal=True, key="compare_groups_choices"):
        asked = st.selectbox(
            _("Metric"), metrics, index=metrics.index(metric) if metric in metrics else 0,
            key=address.unsaid("compare_groups_metric"),
        )  # fmt: skip
        better = higher_is_better(asked, runs.directions) is not False
        worse = analysis.worse_off(runs, first, answers, asked, better)
        # Only what is certain among all columns is shown first: the chart corrects for its own groups alone
        told = worse[0].slice.parts[0].column if worse and worse[0].standing == "worse" else columns[0]
        column = st.selectbox(
            _("Groups by"), columns, index=columns.index(told), key=address.unsaid(f"compare_groups_column_{asked}")
        )
        others = [name for name in columns if name != column]
        also = st.selectbox(
            _("and also by"), others, index=None, placeholder=_("nothing else"),
            key=address.unsaid(f"compare_groups_also_{asked}_{column}"),
        )  # fmt: skip
    _say_who_is_worse_off(worse, labels[first], asked)
    by = [column, also] if also else [column]
    scores = analysis.slice_scores(runs, answers, by, asked, better)
    _say_what_is_left_out(len(runs), scores, answers)
    charts.show(
        figure.slices(scores, asked, by, labels, style, places=places),
        key="compare_groups_chart",
        alt=_("The metric of each run for each group of test rows"),
        table=lambda: figure.slices_data(scores, labels),
    )


def say_unanswered(count: int) -> None:
    """Say that none of so many runs stored answers to its test rows."""
    frame.note(
        ngettext(
            "No answers of {count} run to its test rows can be read. Runs that are trained here store them.",
            "No answers of {count} runs to their test rows can be read. Runs that are trained here store them.",
            count,
        )
    )


def _dividing(tables: Iterable[pd.DataFrame]) -> list[str]:
    """Return the columns of any of these tables that divide its rows into groups."""
    known: dict[str, bool] = {}
    for table in tables:
        known |= {name: len(divide(table, [name])) > 1 for name in feature_names(table) if name not in known}
    return [name for name, divides in known.items() if divides]


def _say_who_is_worse_off(found: Sequence[SliceScore] | None, run: str, metric: str) -> None:
    """Say for which groups by any column a run is worse for certain."""
    if not found:
        return
    worse = [one for one in found if one.standing == "worse"]
    looked_at = ngettext(
        "{count} group by all columns was looked at, and is corrected for.",
        "{count} groups by all columns were looked at, and are corrected for.",
        len(found),
    )
    if not worse:
        said = _("{run}: for no group is its {metric} worse for certain than for all other rows.")
        st.markdown(said.format(run=f"**{plain(run, 60)}**", metric=plain(metric)))
    else:
        said = _("{run}: {metric} is worse for certain for {groups}.")
        groups = "; ".join(
            f"**{plain(one.slice.title, 60)}** ({number(one.value)}, {_('others')} {number(one.rest)})"
            for one in worse[:MOST_NAMED]
        )
        st.markdown(said.format(run=f"**{plain(run, 60)}**", metric=plain(metric), groups=groups))
    frame.note(looked_at)


def _say_what_is_left_out(
    count: int, scores: Mapping[str, Sequence[SliceScore]], answers: Mapping[str, pd.DataFrame]
) -> None:
    if left := count - len(scores):
        frame.note(
            _("The answers of {count} runs are shown; {left} are not.").format(
                count=number(len(scores), 0), left=number(left, 0)
            )
        )
    tables = [answers[run_id] for run_id in scores]
    if not all(same_test_set(tables[0], table) for table in tables[1:]):
        frame.note(_("These runs were tested on different rows, so chance alone sets their groups apart, too."))
