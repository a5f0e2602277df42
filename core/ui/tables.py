"""Tables in the reader's language, with their download and, where runs are picked, their selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from core.comparison.differences import best_runs, objective
from core.comparison.direction import higher_is_better
from core.i18n import _, current_language, duration, number
from core.store.runs import Experiment, Runs, run_labels
from core.text import shorten
from core.ui import words

MOST_STYLED = 60_000  # cells; formatting more in Python is felt, the browser's own format is used then
DATE_FORMATS = {"es": "D MMM YYYY, HH:mm", "en": "D MMM YYYY, HH:mm"}
FIRST_PARAMS, FIRST_METRICS = 4, 4
ALGORITHM_PARAM = "algorithm"  # logged as a parameter too; the column of that name says it better


def localized(table: pd.DataFrame) -> pd.DataFrame | Styler:
    """Show the table's numbers in the reader's format; they still sort as numbers."""
    floats = [column for column in table if pd.api.types.is_float_dtype(table[column])]
    if not floats or table.size > MOST_STYLED or not table.columns.is_unique or not table.index.is_unique:
        return table
    return table.style.format(_shown_number, subset=floats)


def _shown_number(value: float) -> str:
    return "" if pd.isna(value) else number(value)


def show(table: pd.DataFrame, *, key: str, alt: str, download: str = "") -> None:
    """Show a table; ``download`` names the CSV file offered below it."""
    st.dataframe(localized(table), key=key, hide_index=True, placeholder="–", alt=alt)
    if download:
        st.download_button(
            _("Download as CSV"),
            table.to_csv(index=False).encode("utf-8-sig"),  # the mark lets spreadsheets read accents
            file_name=f"{download}.csv",
            mime="text/csv",
            key=f"{key}_csv",
            icon=":material/download:",
        )


def runs_table(runs: Runs, experiments: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return runs as a table for people, children below their parent; ``experiments`` adds a column of names."""
    labels = run_labels(runs)
    order, depth = _family_order(runs)
    info, params, metrics = runs.info.loc[order], runs.params.loc[order], runs.metrics.loc[order]
    columns: dict[str, object] = {_("Name"): [f"{'↳ ' * depth[i]}{shorten(labels[i], 60)}" for i in order]}
    if experiments is not None:
        columns[_("Experiment")] = [shorten(experiments.get(e, "?"), 40) for e in info["experiment_id"]]
    columns[_("Status")] = [words.status(status) for status in info["status"]]
    columns[_("Algorithm")] = [words.algorithm(algorithm) for algorithm in info["algorithm"]]
    columns[_("Duration")] = [duration(seconds) for seconds in info["seconds"]]
    columns[_("Started")] = info["start"].dt.tz_convert(None)
    columns |= {_free(str(name), columns): metrics[name] for name in metrics}
    columns |= {_free(str(name), columns): params[name] for name in params}
    return pd.DataFrame(columns, index=order)


def _free(name: str, taken: Mapping[str, object]) -> str:
    """Return ``name``, or a variant where a column of that name stands already."""
    return f"{name} ({_('parameter')})" if name in taken else name


def experiments_table(experiments: Sequence[Experiment], everything: Runs) -> pd.DataFrame:
    """Return every experiment with its run count and its best run."""
    rows = []
    by_experiment = dict(tuple(everything.info.groupby("experiment_id").groups.items()))
    for experiment in experiments:
        runs = everything.select(by_experiment.get(experiment.experiment_id, []))
        metric = objective(runs) if len(runs) else None
        best = sorted(best_runs(runs, metric), key=runs.ids.index) if metric else []
        rows.append(
            {
                _("Experiment"): shorten(experiment.name, 60),
                _("Runs"): len(runs),
                _("Best run"): shorten(str(runs.info.at[best[0], "name"]), 60) if best else "–",
                _("Metric"): metric or "–",
                _("Value"): float(runs.metrics.at[best[0], metric]) if best and metric else None,
                _("Last used"): runs.info["start"].max().tz_convert(None) if len(runs) else None,
            }
        )
    return pd.DataFrame(rows)


def ordered_metrics(runs: Runs) -> list[str]:
    """Return metric names: the likely objective, those measured on unseen rows, those whose direction is known."""
    first = objective(runs) if len(runs) else None
    return sorted(
        (str(metric) for metric in runs.metrics.columns),
        key=lambda m: (
            m != first,
            not m.startswith(("test_", "val_", "eval_")),
            higher_is_better(m, runs.directions) is None,
            m,
        ),
    )


def first_columns(runs: Runs, differing: Sequence[str], experiments: bool) -> list[str]:
    """Return the columns to begin with; the rest are one click away."""
    metrics = ordered_metrics(runs)[:FIRST_METRICS]
    algorithm = [_("Algorithm")] if runs.info["algorithm"].any() else []
    chosen = [_("Name"), *([_("Experiment")] if experiments else []), _("Status"), *metrics, *algorithm]
    params = [name for name in differing if name != ALGORITHM_PARAM][:FIRST_PARAMS]
    return [*chosen, *params, _("Duration"), _("Started")]


def pick_runs(table: pd.DataFrame, columns: Sequence[str], *, key: str, chosen: Sequence[str]) -> list[str]:
    """Show runs and return the ids of the ticked ones; ``chosen`` are ticked at first and stay so when filtered."""
    ids = list(table.index)
    positions = [ids.index(run_id) for run_id in chosen if run_id in table.index]
    event = st.dataframe(
        localized(table[list(columns)]),
        key=f"{key}_{hash((tuple(ids), tuple(columns)))}",
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": positions, "columns": [], "cells": []}},
        column_config={
            _("Started"): st.column_config.DatetimeColumn(format=DATE_FORMATS[current_language()]),
        },
        alt=_("Runs, one a row"),
    )
    return [ids[position] for position in event.selection.rows if position < len(ids)]


def _family_order(runs: Runs) -> tuple[list[str], dict[str, int]]:
    """Return run ids with children below their parents, and how deep each is; loops and lost parents are roots."""
    parents = {i: p if p in runs.info.index and p != i else "" for i, p in runs.info["parent_id"].items()}
    children: dict[str, list[str]] = {}
    for run_id, parent in parents.items():
        children.setdefault(parent, []).append(str(run_id))
    order: dict[str, int] = {}
    stack = [(run_id, 0) for run_id in reversed(children.get("", []))]
    while stack:
        run_id, depth = stack.pop()
        order[run_id] = depth
        stack.extend((child, depth + 1) for child in reversed(children.get(run_id, [])))
    for run_id in runs.ids:
        order.setdefault(run_id, 0)
    return list(order), order
