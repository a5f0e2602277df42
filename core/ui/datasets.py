"""Say where a dataset comes from and what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.figures import answers, distributions
from core.figures.style import Style
from core.i18n import N_, _, amount, number, percent
from core.text import plain
from core.training.tasks import Kind, LoadedDataset, Origin, Task
from core.ui import charts, frame, session, tables

SAMPLE_ROWS = 50
ORIGINS: dict[Origin, tuple[str, str]] = {
    "bundled": (":material/inventory:", N_("Real data that comes with scikit-learn.")),
    "file": (":material/description:", N_("From your own file {source}.")),
    "download": (":material/download_done:", N_("Real data, downloaded from {source} and checked.")),
    "own": (":material/person:", N_("A table of your own, brought as {source}.")),
    "stand-in": (
        ":material/warning:",
        N_("**Made-up data**, because the real file is not here and could not be downloaded. It has the same columns; "
           "what you find out from it says nothing about the real world. Put the real file into the data folder to "
           "use it."),
    ),
}  # fmt: skip


def origin(kind: str, source: str) -> tuple[str, str]:
    """Return an icon and a sentence that say where data came from."""
    icon, words = ORIGINS.get(kind, (":material/help:", N_("From {source}.")))  # type: ignore[call-overload]
    return icon, _(words).format(source=plain(source))


def summary(loaded: LoadedDataset, task: Task) -> str:
    """Say in one line what is asked of which data; a stand-in is never passed off as real."""
    words = f"**{_(task.title)}**: {plain(_(task.question))}"
    return f"{words} :material/warning: **{_('Made-up data')}**" if loaded.origin == "stand-in" else words


def places() -> tuple[Any, Any, Any, Any]:
    """Return where origin, sentences, numbers and answer go, one below the other; on the projector the answer first."""
    if not session.projector():
        return st.container(), st.container(), st.container(), st.container()
    sentences, answer = st.container(), st.container()
    return st.container(), sentences, st.container(), answer


def show_origin(loaded: LoadedDataset) -> None:
    """Say where the data comes from; a stand-in is never passed off as real."""
    icon, words = origin(loaded.origin, loaded.source)
    if loaded.origin == "stand-in":
        st.warning(words, icon=icon)
    else:
        credit = loaded.dataset.credit
        frame.note(f"{icon} {words} {_('Credit: {credit}.').format(credit=plain(credit)) if credit else ''}")


def show_line(loaded: LoadedDataset, task: Task) -> None:
    """Show a task's data in a line."""
    rows = len(loaded.frame)
    inputs = len(task.features(loaded.frame).columns)
    st.markdown(
        _("{title}: {rows} rows, {inputs} inputs, to predict **{target}**.").format(
            title=_(task.dataset.title), rows=number(rows), inputs=number(inputs), target=plain(task.target)
        )
    )
    st.markdown(division(task))
    show_origin(loaded)


def division(task: Task) -> str:
    """Say by what a task's rows are divided into those to learn from and those to test on."""
    by = task.division
    if by.groups:
        words = _(
            "Tested on {share} of the rows, as nearly as that can be: rows with the same **{column}** are never on "
            "both sides."
        )
    elif by.ordered_by:
        words = _(
            "Tested on the later rows by **{column}**, {share} as nearly as that can be; it learns from those before."
        )
    else:
        words = _("Tested on {share} of the rows, drawn by chance and the same ones for every run.")
    return words.format(share=percent(task.test_size), column=plain(by.column, 60))


def show_answer(answers: pd.Series, kind: Kind, style: Style) -> None:
    """Show how what is to be predicted is spread."""
    figure = distributions.class_balance if kind == "classification" else distributions.histogram
    charts.show(figure(answers, style), key="data_target", alt=_("How the values to predict are spread"))


def show_column(
    rows: pd.DataFrame,
    column: str,
    target: str,
    kind: Kind,
    style: Style,
    *,
    classes: Sequence[object] = (),
    unit: str = "",
) -> None:
    """Show what a column has to do with the answer, then how its own values are spread."""
    values, given = rows[column], rows[target]
    if kind == "classification":
        together = answers.shares(values, given, style, classes)
        numbers = partial(answers.shares_data, values, given, classes)
    else:
        together = answers.middles(values, given, style, partial(amount, unit=unit))
        numbers = partial(answers.middles_data, values, given)
    charts.show(together, key="data_answers", alt=_("What the column has to do with the answer"), table=numbers)
    by_class = given if kind == "classification" else None
    spread = (
        distributions.histogram(values, style, by_class)
        if answers.are_numbers(values)
        else distributions.category_counts(values, style)
    )
    charts.show(spread, key="data_distribution", alt=_("How the column is spread"))


def role(task: Task, column: str) -> str:
    """Say what a column is for."""
    if column == task.target:
        return _("to predict")
    if column == task.division.groups:
        return _("keeps rows together, never learned from")
    if column == task.division.ordered_by:
        return _("puts rows in order, never learned from")
    if column not in task.dataset.identifiers:
        return _("input")
    return _("left out, never used") if task.dataset.kept else _("identifier, never used")


def show_sample(rows: pd.DataFrame) -> None:
    """Show some rows, the same ones each time."""
    sample = rows if len(rows) <= SAMPLE_ROWS else rows.sample(SAMPLE_ROWS, random_state=0).sort_index()
    tables.show(sample.reset_index(drop=True), key="data_sample", alt=_("A sample of the rows"), download="sample")
