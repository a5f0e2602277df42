"""New rows with their true answers, as a model takes them: from a table that somebody brings, or from the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from core.errors import DataError
from core.i18n import N_
from core.monitoring.logged import LoggedRows
from core.prediction.open_version import OpenVersion
from core.prediction.schema import InputField
from core.prediction.tables.typed_table import typed_table
from core.tables.csv_records import Source


@dataclass(frozen=True)
class NewRows:
    """Rows with a model's columns and types, each with its true answer.

    ``by`` is by what rows are divided, where that is known. ``source`` says where they come from, ``since`` and
    ``until`` when the first and the last was asked, where that is known. ``untold`` rows have no true answer and are
    not among them, nor are ``unfit`` ones, of which a value does not fit.
    """

    features: pd.DataFrame
    answers: pd.Series
    source: str
    by: pd.Series | None = None
    since: datetime | None = None
    until: datetime | None = None
    untold: int = 0
    unfit: int = 0

    @property
    def known(self) -> int:
        """How many rows have a true answer."""
        return len(self.answers)


def rows_of_table(
    source: Source, name: str, opened: OpenVersion, target: str, *, by: str = "", most: int | None = None
) -> NewRows:
    """Return the rows of a file, CSV, Parquet or a workbook of one sheet, whose column ``target`` has the true answers.

    ``by`` is the column by which the task's rows are divided, ``most`` how many rows there may be.

    Raises:
        DataError: it has no column of true answers or none by which rows are divided, or is a workbook that cannot be
            read.
        ModelError: it is no table, lacks an input, or one has values of another kind.
    """
    fields: list[InputField] = list(opened.fields)
    is_apart = bool(by) and by not in {one.name for one in fields}
    if is_apart:
        fields.append(InputField(by, "text", "str", None, optional=True))
    table = typed_table(source, fields, target, classes=opened.predictor.classes, most=most)
    if table.answers is None:
        raise DataError(
            N_("The table must have the true answers in a column {target}, but it has none."),
            N_("Add that column, or tell the answers by the ids of the requests."),
            target=repr(target),
        )
    known = table.answers.notna().to_numpy()
    rows = table.rows[known].reset_index(drop=True)
    return NewRows(
        rows.drop(columns=[by]) if is_apart else rows,
        table.answers[known].reset_index(drop=True),
        name,
        rows[by] if by else None,
        untold=int((~known).sum()),
        unfit=table.unfit,
    )


def rows_of_log(found: LoggedRows, fields: Sequence[InputField], masked: Collection[str] = ()) -> NewRows:
    """Return those rows of the log whose true answer was told.

    Raises:
        DataError: the log masks an input, so that nobody can learn from what it has.
    """
    hidden = [one.name for one in fields if one.name in masked]
    if hidden:
        raise DataError(
            N_("Nothing can be learned from the log's rows, as it masks what the model learns from: {names}."),
            N_("Bring a table with these columns and the true answers."),
            names=", ".join(map(repr, hidden)),
        )
    known = found.truths.notna().to_numpy()
    at = found.at[known].reset_index(drop=True)
    return NewRows(
        found.rows[known].reset_index(drop=True),
        found.truths[known].reset_index(drop=True),
        "log",
        at.map(lambda moment: moment.isoformat()),
        at.iloc[0].to_pydatetime() if len(at) else None,
        at.iloc[-1].to_pydatetime() if len(at) else None,
        int((~known).sum()),
        found.unfit,
    )
