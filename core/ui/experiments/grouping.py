"""Runs put together by what they share, as a table; a click on a group filters to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core import words
from core.comparison.columns import column_ids, ordered_metrics
from core.comparison.groups import can_group, group_condition, grouped
from core.i18n import _, number
from core.spreadsheets import as_csv
from core.store.runs.tables import Runs
from core.ui import address, frame, pickers, tables
from core.ui.experiments import filters

MOST_GROUPS = 500  # rows that are shown; the file has all
MOST_METRICS = 4
VERSION = "experiments_groups_version"


def choose(runs: Runs) -> str:
    """Choose what runs are put together by; empty for nothing."""
    offered = [column for column in column_ids(runs) if can_group(column)]
    asked = address.value("group")
    chosen = asked if asked in offered else None
    if address.is_news("group") and asked and not chosen:
        address.say_missing("group", pickers.not_there(_("Group by"), asked, "–"))
    pickers.control("experiments_group", chosen)
    titles = tables.headings(offered)
    st.selectbox(
        _("Group by"),
        offered,
        index=None,
        key="experiments_group",
        format_func=titles.__getitem__,
        placeholder=_("Group by …"),
        label_visibility="collapsed",
        width=200,
        on_change=lambda: address.choose("group", st.session_state["experiments_group"] or ""),
    )
    return chosen or ""


def show(runs: Runs, by: str, shown: Sequence[str]) -> None:
    """Show one row a group, with what the metrics among the columns reach in it."""
    metrics = [column.partition(".")[2] for column in shown if column.startswith("metrics.")]
    metrics = [metric for metric in metrics if metric in runs.metrics][:MOST_METRICS]
    table = grouped(runs, by, metrics or ordered_metrics(runs)[:MOST_METRICS])
    values = [None if pd.isna(value) else str(value) for value in table.index[:MOST_GROUPS]]
    key = f"experiments_groups_{st.session_state.get(VERSION, 0)}_{hash((by, tuple(values)))}"
    st.dataframe(
        tables.localized(readable(table.head(MOST_GROUPS), by)),
        key=key,
        hide_index=True,
        placeholder="–",
        on_select=lambda: _selected(key, by, values),
        selection_mode="single-row",
        alt=_("Groups of runs, one a row"),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            _("Download groups as CSV"),
            partial(_as_csv, runs, by),
            file_name="groups.csv",
            mime="text/csv",
            key="experiments_groups_csv",
            icon=":material/download:",
            on_click="ignore",
        )
        frame.note(_("Tick a group to see its runs only."))
        if len(table) > MOST_GROUPS:
            frame.note(
                _("The first {shown} of {count} groups are shown; the file has all.").format(
                    shown=number(MOST_GROUPS, 0), count=number(len(table), 0)
                )
            )


def readable(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return groups with one row of headings in the reader's language."""
    titles = {"count": _("values"), "mean": _("mean"), "min": _("smallest"), "max": _("largest")}
    show = {"status": words.status, "algorithm": words.algorithm}.get(by, str)
    first = [_("(none)") if pd.isna(value) else show(str(value)) or _("(empty)") for value in table.index]
    flat = table.set_axis(
        [f"{metric} · {titles[statistic]}" if metric else _("Runs") for metric, statistic in table.columns],
        axis="columns",
    )
    flat = flat.loc[:, ~flat.columns.duplicated()]
    title = tables.heading(by)
    flat.insert(0, title if title not in flat.columns else f"{title} ", first)
    return flat


def _as_csv(runs: Runs, by: str) -> bytes:
    table = grouped(runs, by, [str(metric) for metric in runs.metrics.columns])
    table.columns = [f"{metric}.{statistic}" if metric else statistic for metric, statistic in table.columns]
    return as_csv(table, index=True)


def _selected(key: str, by: str, values: Sequence[str | None]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows and not (by == "status" and values[rows[0]] is None):
        filters.add(group_condition(by, values[rows[0]]))
        st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1
