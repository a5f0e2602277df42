"""Filter runs without writing a query, and choose columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from core.comparison.differences import objective, rank
from core.i18n import _
from core.store.runs import Runs
from core.text import plain
from core.ui import words

FEW = 8  # choices that are shown at once; more go into a list


def filter_runs(runs: Runs, *, key: str) -> Runs:
    """Return the runs that fit what was clicked, in the order that was chosen."""
    if not len(runs):
        return runs
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_filters"):
        wanted = st.text_input(
            _("Search names and parameters"),
            key=f"{key}_search",
            placeholder=_("Search"),
            type="search",
            live=True,
            width=280,
        )
        statuses = _choice(_("Status"), runs.info["status"], words.status, f"{key}_status")
        algorithms = _choice(_("Algorithm"), runs.info["algorithm"], words.algorithm, f"{key}_algorithm")
        order = st.selectbox(_("Order"), _orders(runs), key=f"{key}_order", width=220)
    fits = pd.Series(data=True, index=runs.info.index)
    if wanted.strip():
        fits &= _mentions(runs, wanted.strip())
    if statuses:
        fits &= runs.info["status"].isin(statuses)
    if algorithms:
        fits &= runs.info["algorithm"].isin(algorithms)
    return runs.select(_ordered(runs, order, list(fits.index[fits])))


def _choice(label: str, values: pd.Series, show: Callable[[str], str], key: str) -> list[str]:
    options: list[str] = [value for value in values.value_counts().index if value]
    if len(options) < 2:
        return []
    if len(options) <= FEW:
        return st.pills(label, options, selection_mode="multi", format_func=lambda v: plain(show(v)), key=key)
    return st.multiselect(label, options, format_func=show, key=key, placeholder=_("All"))


def _mentions(runs: Runs, wanted: str) -> pd.Series:
    found = runs.info["name"].str.contains(wanted, case=False, regex=False)
    found |= runs.info["algorithm"].str.contains(wanted, case=False, regex=False)
    for name in runs.params:
        values = runs.params[name]
        if wanted.lower() in str(name).lower():
            found |= values.notna()
        else:
            found |= values.astype(str).str.contains(wanted, case=False, regex=False) & values.notna()
    return found


def _orders(runs: Runs) -> list[str]:
    metric = objective(runs)
    return [
        _("Newest first"),
        _("Oldest first"),
        *([_("Best {metric} first").format(metric=metric)] if metric else []),
    ]


def _ordered(runs: Runs, order: str, ids: list[str]) -> list[str]:
    position = _orders(runs).index(order)
    if position == 0:
        return ids
    if position == 1:
        return ids[::-1]
    places = rank(runs, objective(runs) or "").reindex(ids)
    return list(places.sort_values(kind="stable", na_position="last").index)


def choose_columns(table: pd.DataFrame, first: Sequence[str], *, key: str) -> list[str]:
    """Choose the columns of a table; begins with ``first``."""
    offered = [str(column) for column in table.columns]
    known = [column for column in dict.fromkeys(first) if column in offered]
    with st.expander(_("Columns"), icon=":material/view_column:"):
        chosen = st.multiselect(
            _("Columns to show"),
            offered,
            default=known,
            key=f"{key}_{hash(tuple(offered))}",
            label_visibility="collapsed",
            placeholder=_("Choose columns"),
        )
    return chosen or known
