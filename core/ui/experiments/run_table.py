"""The table of an experiment's runs: in pages, in any order, with ticks that stay whatever is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import streamlit as st

from core import words
from core.comparison.columns import column_ids, ordered
from core.comparison.differences import objective
from core.comparison.direction import higher_is_better
from core.i18n import _, current_language, ngettext, number
from core.process import shared
from core.store.runs.tables import Runs, folded_trials, in_families, run_labels
from core.ui import address, frame, pickers, tables
from core.ui.experiments import filters

ROWS = 500  # a page; more rows are slow to write out in the reader's format
TICKED, VERSION = "experiments_ticked", "experiments_version"
NEWEST, OLDEST = "started desc", "started asc"


def ticked(everything: Runs) -> list[str]:
    """Return the ids of the ticked runs, shown or not; a newly opened address says which ones are."""
    asked = address.listed("runs")
    if asked != st.session_state.get(TICKED, []):
        _make_anew(asked)
    # Some may not have been read yet, so what is unknown is not forgotten
    known = [run_id for run_id in asked if run_id in everything.info.index]
    address.carry(runs=",".join(known))
    if address.is_news("runs") and len(known) < len(asked) and not shared.mirror().state().reading:
        address.say_missing("runs", words.gone_runs(len(asked) - len(known)))
    return known


def tick(run_ids: Sequence[str]) -> None:
    """Tick these runs and no others."""
    address.choose("runs", ",".join(run_ids))
    _make_anew(run_ids)


def _make_anew(run_ids: Sequence[str]) -> None:
    """Have the table begin with these ticks; it is made anew, as its own ticks cannot be changed."""
    st.session_state[TICKED] = list(run_ids)
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1


def untick_all() -> None:
    """Tick no run."""
    tick([])


def columns(runs: Runs) -> list[str]:
    """Choose columns and their order; begins with those that say most."""
    offered = column_ids(runs)
    usual = tables.first_columns(runs)
    wanted = address.separated(address.value("columns"))
    asked = [column for column in wanted if column in offered]
    if address.is_news("columns") and len(asked) < len(wanted):
        gone, here = [column for column in wanted if column not in offered], map(tables.heading, asked or usual)
        address.say_missing("columns", pickers.not_there(_("Columns"), ", ".join(gone), ", ".join(here)))
    titles = tables.headings(offered)
    pickers.control("experiments_columns", asked or usual)
    with st.popover(_("Columns"), icon=":material/view_column:", key="experiments_columns_menu"):
        st.multiselect(
            _("Columns, in the order you choose them"),
            offered,
            format_func=titles.__getitem__,
            select_all=False,
            key="experiments_columns",
            placeholder=_("Choose columns"),
            on_change=lambda: address.choose("columns", address.joined(st.session_state["experiments_columns"])),
        )
        if asked:
            st.button(_("The usual columns"), key="experiments_usual", on_click=address.choose, args=("columns", ""))
    return asked or usual


def order(runs: Runs, shown: Sequence[str]) -> str:
    """Choose the order of the runs: a column's id, then "asc" or "desc"."""
    metric = objective(runs)
    best = [f"metrics.{metric} {'desc' if higher_is_better(metric, runs.directions) else 'asc'}"] if metric else []
    others = [f"{column} {way}" for column in shown for way in ("asc", "desc")]
    asked = address.value("order")
    known = _column(asked) in column_ids(runs) and asked.endswith((" asc", " desc"))
    chosen = asked if known else NEWEST
    if address.is_news("order") and asked and not known:
        address.say_missing("order", pickers.not_there(_("Order"), asked, _order_title(NEWEST, ())))
    pickers.control("experiments_order", chosen)
    st.selectbox(
        _("Order"),
        list(dict.fromkeys([NEWEST, OLDEST, *best, *others, chosen])),
        key="experiments_order",
        format_func=lambda option: _order_title(option, best),
        width=230,
        label_visibility="collapsed",
        on_change=lambda: _keep_order(st.session_state["experiments_order"]),
    )
    return chosen


def _keep_order(chosen: str) -> None:
    filters.first_page()
    address.choose("order", "" if chosen == NEWEST else chosen)


def _column(order: str) -> str:
    return order.rpartition(" ")[0]


def _order_title(option: str, best: Sequence[str]) -> str:
    if option in {NEWEST, OLDEST}:
        return _("Newest first") if option == NEWEST else _("Oldest first")
    title = tables.heading(_column(option))
    if option in best:
        return _("Best {metric} first").format(metric=title)
    return f"{title} ↑" if option.endswith(" asc") else f"{title} ↓"


def in_order(runs: Runs, chosen: str) -> tuple[list[str], dict[str, int]]:
    """Return run ids in this order; by time, children are below their parents, and the numbers say how deep."""
    if chosen == NEWEST:
        return in_families(runs)
    column, _space, way = chosen.rpartition(" ")
    if chosen == OLDEST:
        return in_families(runs.select(ordered(runs, column, descending=False), trim=False))
    return ordered(runs, column, descending=way == "desc"), {}


def show(runs: Runs, chosen_order: str, shown: Sequence[str], chosen: Sequence[str]) -> None:
    """Show runs, one a row, a page at a time."""
    ids, depth = in_order(runs, chosen_order)
    pages = -(-len(ids) // ROWS)
    if st.session_state.get(filters.PAGE, 1) > pages:
        filters.first_page()
    begin = (st.session_state.get(filters.PAGE, 1) - 1) * ROWS
    ids = ids[begin : begin + ROWS]
    labels = run_labels(runs)
    labels |= {run_id: f"{'↳ ' * depth[run_id]}{labels[run_id]}" for run_id in ids if depth.get(run_id)}
    _table(runs.select(ids, trim=False), shown, labels, chosen)
    if pages > 1:
        # Beside something else only the arrows would have room
        st.pagination(pages, key=filters.PAGE, width="stretch")
        frame.note(
            _("Runs {first} to {last} of {count}").format(
                first=number(begin + 1, 0), last=number(begin + len(ids), 0), count=number(len(runs), 0)
            )
        )


def _table(runs: Runs, shown: Sequence[str], labels: Mapping[str, str], chosen: Sequence[str]) -> None:
    ids = runs.ids
    table = tables.runs_table(runs, shown, labels)
    picked = set(chosen)
    # Rows are ticked by their place, so other rows or columns are another table
    key = f"experiments_table_{hash((st.session_state.get(VERSION, 0), tuple(ids), tuple(shown)))}"
    st.dataframe(
        tables.localized(table),
        key=key,
        hide_index=True,
        placeholder="–",
        on_select=lambda: _selected(key, ids, dict(zip(table.columns, shown, strict=True)), runs),
        # A heading is chosen rather than sorted by in the browser, which would untick all rows and sort one page
        selection_mode=["multi-row", "single-column"],
        selection_default={
            "selection": {"rows": [place for place, i in enumerate(ids) if i in picked], "columns": [], "cells": []}
        },
        column_config={
            tables.heading("started"): st.column_config.DatetimeColumn(format=tables.DATE_FORMATS[current_language()]),
        },
        alt=_("Runs, one a row"),
    )


def _selected(key: str, ids: Sequence[str], column_of: Mapping[str, str], runs: Runs) -> None:
    """Keep the ticks of this page beside those of others; a chosen heading sorts all runs."""
    selection = st.session_state[key]["selection"]
    st.session_state[TICKED] = merged(st.session_state.get(TICKED, []), ids, selection["rows"])
    address.choose("runs", ",".join(st.session_state[TICKED]))
    for title in selection["columns"]:
        _sort_by(column_of[cast(str, title)], runs)
        tick(st.session_state[TICKED])


def merged(before: Sequence[str], here: Sequence[str], rows: Sequence[int]) -> list[str]:
    """Return what is ticked: these rows of the runs that are shown here, and what was ticked elsewhere.

    >>> merged(["a", "hidden"], ["a", "b", "c"], [2])
    ['hidden', 'c']
    """
    shown, picked = set(here), [here[place] for place in sorted(rows) if place < len(here)]
    again = set(picked)
    kept_ticked = [run_id for run_id in before if run_id not in shown or run_id in again]
    return list(dict.fromkeys([*kept_ticked, *picked]))  # in the order they were ticked in, however they are sorted


def _sort_by(column: str, runs: Runs) -> None:
    """Sort by a column, the likelier way first; once more turns it round."""
    now = address.value("order") or NEWEST
    if _column(now) == column:
        way = "asc" if now.endswith(" desc") else "desc"
    else:
        kind, _dot, name = column.partition(".")
        falling = higher_is_better(name, runs.directions) is not False if kind == "metrics" else column == "started"
        way = "desc" if falling else "asc"
    _keep_order(f"{column} {way}")


def fold(found: Runs) -> Runs:
    """Leave out trials whose sweep is among the runs, unless somebody wants to see them: they would bury all others."""
    folded = folded_trials(found)
    if not (count := len(found) - len(folded)):
        return found
    words = ngettext("Show the {count} trial of sweeps too", "Show the {count} trials of sweeps too", count)
    shown = address.value("trials") == "1"
    pickers.control("experiments_trials", shown)
    st.toggle(
        words, key="experiments_trials",
        on_change=lambda: address.choose("trials", "1" if st.session_state["experiments_trials"] else ""),
    )  # fmt: skip
    return found if shown else folded


def state(found: Runs, chosen: Sequence[str]) -> None:
    """Say how many runs there are and how many are ticked, shown or hidden."""
    sentences = [ngettext("{count} run", "{count} runs", len(found)) + "."]
    if chosen:
        hidden = sum(run_id not in found.info.index for run_id in chosen)
        sentences.append(ngettext("{count} is ticked.", "{count} are ticked.", len(chosen)))
        if hidden:
            sentences.append(ngettext("{count} of them is not shown.", "{count} of them are not shown.", hidden))
    else:
        sentences.append(_("Tick runs to compare them; a heading sorts them."))
    with st.container(horizontal=True, vertical_alignment="center", key="experiments_state"):
        frame.note(" ".join(sentences))
        # Always there, so that the table stays where it is when the first run is ticked
        st.button(_("Untick all"), key="experiments_untick", type="tertiary", disabled=not chosen, on_click=untick_all)
