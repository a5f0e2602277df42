"""A whole table that people bring, as a model takes it: read as it is where its rows are scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import InputField, fit_values
from core.prediction.tables.cells import known_cells, typed_cells
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import Matching, match_columns
from core.tables.chunks import Chunk, read_chunks
from core.tables.csv_records import Source, opened
from core.tables.dialects import SPREADSHEETS, Dialect, cannot_be_read
from core.tables.sheets import only_sheet

CHUNK_ROWS = 50_000


@dataclass(frozen=True)
class TypedTable:
    """The rows of a file with a model's columns and types; those in which a value does not fit are not among them.

    ``unfit`` is how many those are, broken lines included, of ``total``; ``answers`` are the right answers as they are
    written, beside the rows, None where no column has them.
    """

    rows: pd.DataFrame
    total: int
    unfit: int
    answers: pd.Series | None
    dialect: Dialect
    matching: Matching


def typed_table(
    source: Source,
    fields: Sequence[InputField],
    target: str = "",
    *,
    classes: Sequence[str] = (),
    decimals: Mapping[str, str] | None = None,
    most: int | None = None,
    whole: bool = True,
) -> TypedTable:
    """Read a file, CSV, Parquet or a workbook of one sheet; ``target`` is the column of the right answers.

    ``classes`` are what the answers may be, and ``most`` how many rows it may have, where somebody waits for them.
    Where it need not be ``whole``, inputs that it lacks are not among the columns of its rows.

    Raises:
        DataError: it is a workbook that cannot be read, or has several sheets.
        ModelError: it is no table or has too many rows, lacks an input, one has values of another kind, or it can be
            read in two ways.
    """
    try:
        with opened(source) as file:
            is_workbook = file.read(8).startswith(SPREADSHEETS)
    except OSError as error:
        raise cannot_be_read(error) from error
    if is_workbook:
        source = only_sheet(source)
    dialect = recognise(source, fields, target)
    if most is not None and dialect.rows > most:
        raise ModelError(
            N_("The table may have at most {most} rows here, but it has {rows}."),
            N_("Use fewer of them, or check it on the command line: python -m trainers check MODEL --data FILE."),
            most=most,
            rows=dialect.rows,
        )
    matching, _first = match_columns(source, dialect, fields, target, decimals)
    if whole:
        matching.require()
    else:
        replace(matching, missing=()).require()
        fields = [one for one in fields if one.name in matching.columns]
    parts, answers, total, broken = [], [], 0, 0
    for chunk in read_chunks(source, dialect, CHUNK_ROWS):
        frame, good = _typed(chunk, fields, matching)
        parts.append(frame[good])
        if matching.answers:
            signs = matching.signs[matching.answers]
            answers.append(known_cells(chunk.table[matching.answers], signs, classes)[good])
        total += len(chunk.rows) + len(chunk.broken)
        broken += len(chunk.broken) + int((~good).sum())
    if not parts:
        parts = [pd.DataFrame({one.name: fit_values(pd.Series([], dtype=object), one)[0] for one in fields})]
    known = pd.concat(answers, ignore_index=True) if answers else None
    return TypedTable(pd.concat(parts, ignore_index=True), total, broken, known, dialect, matching)


def _typed(chunk: Chunk, fields: Sequence[InputField], matching: Matching) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a chunk's rows as the model takes them, and which of them fit."""
    good, columns = np.ones(len(chunk.rows), dtype=bool), {}
    for one in fields:
        place = matching.columns.get(one.name)
        if place is None:
            columns[one.name] = fit_values(pd.Series([None] * len(chunk.rows), dtype=object), one)[0]
            continue
        found = typed_cells(chunk.table[place], one, matching.signs[place])
        columns[one.name] = found.values
        good &= ~found.bad
    return pd.DataFrame(columns), good
