"""Tables in the reader's language, with their download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from core import words
from core.comparison.columns import ordered_metrics, values_of
from core.comparison.differences import differing_params, objective
from core.comparison.direction import higher_is_better
from core.i18n import _, duration, number
from core.spreadsheets import as_csv
from core.store.runs.tables import Experiment, Runs, finite, run_labels
from core.text import shorten, shorten_apart

HERE = "tzlocal()"  # what pandas calls the machine's own time zone
MOST_STYLED = 20_000  # cells; formatting more in Python is felt, the browser's own format is used then
DATE_FORMATS = {"es": "D MMM YYYY, HH:mm", "en": "D MMM YYYY, HH:mm"}
FIRST_PARAMS, FIRST_METRICS = 4, 4
ENOUGH = 1000  # of the newest runs tell which columns to begin with
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
            lambda: as_csv(table),
            file_name=f"{download}.csv",
            mime="text/csv",
            key=f"{key}_csv",
            icon=":material/download:",
        )


def heading(column: str) -> str:
    """Return the heading of a column of runs by its id."""
    titles = {
        "name": _("Name"), "experiment": _("Experiment"), "status": _("Status"), "algorithm": _("Algorithm"),
        "task": _("Task"), "student": _("Student"), "duration": _("Duration"), "started": _("Started"),
    }  # fmt: skip
    return titles.get(column) or column.partition(".")[2] or column


def headings(columns: Sequence[str]) -> dict[str, str]:
    """Return the headings of columns by their ids; where two read alike, the later one says what it is."""
    kinds = {"metrics": _("metric"), "params": _("parameter"), "tags": _("tag")}
    found: dict[str, str] = {}
    for column in columns:
        title = heading(column)
        if title in found.values():
            title = f"{title} ({kinds.get(column.partition('.')[0], column)})"
        while title in found.values():
            title += " "
        found[column] = title
    return found


def runs_table(runs: Runs, columns: Sequence[str], labels: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return runs as a table for people with these columns, rows as they come; ``labels`` are names by run id."""
    labels = labels if labels is not None else run_labels(runs)
    shown = {title: _shown(runs, column, labels) for column, title in headings(columns).items()}
    return pd.DataFrame(shown, index=runs.info.index)


def _shown(runs: Runs, column: str, labels: Mapping[str, str]) -> object:
    info = runs.info
    if column == "name":
        return shorten_apart([labels[run_id] for run_id in info.index], 60)
    if column == "started":
        return info["start"].dt.tz_convert(HERE).dt.tz_localize(None)
    if column == "duration":
        return [duration(seconds) for seconds in info["seconds"]]
    if column in {"status", "algorithm"}:
        words_of = words.status if column == "status" else words.algorithm
        return info[column].map({value: words_of(value) for value in info[column].unique()})
    values = values_of(runs, column)
    return values if values is not None else pd.Series(data=None, index=info.index, dtype=object)


def experiments_table(experiments: Sequence[Experiment], everything: Runs) -> pd.DataFrame:
    """Return every experiment with its run count and its best run."""
    places = everything.info.groupby("experiment_id", sort=False).indices
    nowhere = np.array([], dtype=int)
    return pd.DataFrame(
        [_overview(experiment, everything, places.get(experiment.experiment_id, nowhere)) for experiment in experiments]
    )


def _overview(experiment: Experiment, everything: Runs, places: npt.NDArray[np.intp]) -> dict[str, object]:
    # Only what the objective needs: hundreds of experiments are taken apart here
    info, metrics = everything.info.iloc[places], everything.metrics.iloc[places]
    nothing = pd.DataFrame(index=info.index)
    metric = objective(Runs(info, nothing, metrics, nothing, everything.directions)) if len(info) else None
    values = finite(metrics[metric]).dropna() if metric else pd.Series(dtype=float)
    best = (values.idxmax() if higher_is_better(metric, everything.directions) else values.idxmin()) if metric else ""
    return {
        _("Experiment"): shorten(experiment.name, 60),
        _("Runs"): len(info),
        _("Best run"): shorten(_called(everything, str(best)), 60) if best else "–",
        _("Metric"): metric or "–",
        _("Value"): float(values[best]) if best else None,
        _("Last used"): info["start"].max().tz_convert(HERE).tz_localize(None) if len(info) else None,
    }


def _called(everything: Runs, run_id: str) -> str:
    return run_labels(everything.select([run_id]))[run_id]


def first_columns(runs: Runs) -> list[str]:
    """Return the ids of the columns to begin with; the rest are one click away."""
    newest = runs.select(runs.ids[:ENOUGH])
    metrics = [f"metrics.{metric}" for metric in ordered_metrics(newest)[:FIRST_METRICS]]
    told = [column for column in ("algorithm", "student") if runs.info[column].nunique() > 1]
    params = [f"params.{name}" for name in differing_params(newest) if name != ALGORITHM_PARAM][:FIRST_PARAMS]
    return ["name", "status", *metrics, *told, *params, "duration", "started"]
