"""A table of one's own, read as it was recognised or as somebody says that it is."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import DataError
from core.i18n import N_, translate
from core.tables.chunks import read_chunks
from core.tables.columns import ColumnChoice, ColumnReading, may_be_numbers, read_column
from core.tables.csv_records import Source, opened
from core.tables.dialects import Dialect, as_pandas, cannot_be_read, records_in, width_differs
from core.tables.layouts import Layout
from core.tables.limits import refuse_too_large, refuse_wide
from core.tables.notes import Note
from core.tables.pieces import read_pieces, read_texts
from core.tables.sheets import cell_text, sheet_records

MOST_BYTES = 200_000_000
MOST_HELD = 2_000_000_000  # bytes of a Parquet file, unpacked
CHUNK_ROWS = 100_000
NAME = N_("column {number}")


@dataclass(frozen=True)
class OwnTable:
    """A table as it was read: numbers float64, dates datetime64, all else ``str``; one reading a column.

    ``frame`` counts its rows from 0. ``notes`` say what was left out.
    """

    frame: pd.DataFrame
    readings: tuple[ColumnReading, ...]
    notes: tuple[Note, ...] = ()

    @property
    def questions(self) -> list[tuple[str, Note]]:
        """Columns that read in two ways, and what is asked of each."""
        return [(reading.name, reading.question) for reading in self.readings if reading.question]


def read_own(
    source: Source,
    layout: Layout,
    choices: Mapping[str, ColumnChoice] | None = None,
    usual: ColumnChoice | None = None,
    report: Callable[[int], None] = lambda _rows: None,
) -> OwnTable:
    """Read a whole table; ``choices`` say how single columns are read, ``usual`` how all others are.

    ``report`` is told how many rows of a file of text are read so far; what it raises ends the reading.

    Raises:
        DataError: it is too large, has no rows, or two columns of one name.
        ModelError: a line of it is broken, or it cannot be read to its end.
    """
    refuse_large(source)
    chosen = choices or {}
    if layout.kind == "csv":
        names, columns, rows = _csv(source, layout, lambda name: chosen.get(name, usual), report)
    else:
        names, columns, rows = (_sheet if layout.kind == "sheet" else _parquet)(source, layout)
        names = _unique(names, layout.header)
    refuse_wide(len(names))
    if not len(rows):
        raise DataError(N_("The file must have rows below its heading, but it has none."), N_("Choose another file."))
    if len(names) < 2:
        raise DataError(
            N_("A table must have a column to predict and one to learn from, but this one has {count} in all."),
            N_("Choose another separator, or another file."),
            count=len(names),
        )
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow lets other threads go on
        read = list(
            pool.map(lambda name, cells: read_column(name, cells, rows, chosen.get(name, usual)), names, columns)
        )
    nameless = [
        place for place, ((values, _reading), given) in enumerate(zip(read, names, strict=True))
        if given.startswith("Unnamed: ") and values.isna().all()
    ]  # fmt: skip
    kept = [one for place, one in enumerate(read) if place not in nameless]
    notes = (
        (Note(N_("Columns without a name and without values are left out: {count}."), {"count": len(nameless)}),)
        if nameless
        else ()
    )
    frame = pd.DataFrame({reading.name: values.reset_index(drop=True) for values, reading in kept}, copy=False)
    return OwnTable(frame, tuple(reading for _values, reading in kept), notes)


def refuse_large(source: Source) -> None:
    """Refuse a file that is larger than is taken.

    Raises:
        DataError: it is.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MOST_BYTES:
        raise DataError(
            N_("The file may have at most {most} MB, but it has {size}."),
            N_("Use fewer rows."),
            most=MOST_BYTES // 1_000_000,
            size=-(-size // 1_000_000),
        )


def _csv(
    source: Source, layout: Layout, choice: Callable[[str], ColumnChoice | None], report: Callable[[int], None]
) -> tuple[list[str], Sequence[Any], np.ndarray]:
    names = _names_in_text(source, layout)
    refuse_wide(len(names))
    names = _unique(names, layout.header)
    dialect = Dialect("csv", tuple(map(str, range(len(names)))), 0, layout.encoding, layout.delimiter,
                      layout.header, layout.above)  # fmt: skip
    columns, rows, broken = read_pieces(source, dialect, [may_be_numbers(choice(name)) for name in names], report)
    numbers = np.concatenate(rows) if rows else np.array([], dtype=int)
    last = sorted([*numbers[-max(layout.below, 1) :].tolist(), *broken])[-layout.below :] if layout.below else []
    for row, line in sorted(broken.items()):
        if row not in last:
            raise width_differs(len(names), row, line)
    kept = len(numbers) - sum(row not in broken for row in last)
    again = range(len(names)) if kept < len(numbers) else [place for place, one in enumerate(columns) if one is None]
    if again:  # read as what they seemed to be, or with what is no row
        texts = read_texts(source, dialect, again)
        columns = [texts[place].slice(0, kept) if place in texts else one for place, one in enumerate(columns)]
    return names, columns, numbers[:kept]


def _names_in_text(source: Source, layout: Layout) -> list[str]:
    """Return the names in the heading, or as many empty ones as there are cells in the first row."""
    with opened(source) as file:
        first = file.read(1 << 20)
    text = codecs.getincrementaldecoder(layout.encoding)().decode(first).removeprefix("\ufeff")
    records = records_in(text, layout.delimiter, False, layout.above + 1)
    found = next((cells for row, cells in records.items() if row > layout.above), [])
    return [cell.strip() for cell in found] if layout.header else [""] * len(found)


def _sheet(source: Source, layout: Layout) -> tuple[list[str], Sequence[Any], np.ndarray]:
    records = [(line, cells) for line, cells in sheet_records(source, layout.sheet) if line > layout.above]
    if layout.below:
        records = records[: -layout.below]
    if not records:
        return ["", ""], [[], []], np.array([], dtype=int)
    heading = records[0][1]
    body = records[1:] if layout.header else records
    names = [cell_text(cell).strip() for cell in heading] if layout.header else [""] * len(heading)
    columns = [[None if cell == "" else cell for cell in column] for column in zip(*(c for _l, c in body), strict=True)]
    return names, columns or [[]] * len(names), np.array([line for line, _cells in body], dtype=int)


def _parquet(source: Source, layout: Layout) -> tuple[list[str], Sequence[Any], np.ndarray]:
    try:
        with opened(source) as stream, pq.ParquetFile(stream) as file:
            refuse_too_large(file.metadata)
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise cannot_be_read(error) from error
    refuse_wide(len(schema.names))
    nested = [one.name for one in schema if pa.types.is_nested(one.type) or pa.types.is_binary(one.type)]
    if nested:
        raise DataError(
            N_("The columns of a table must hold numbers, words or dates, but these hold something else: {names}."),
            N_("Leave them out and try again."),
            names=", ".join(map(repr, nested[:10])),
        )
    tables, held = [schema.empty_table()], 0
    for chunk in read_chunks(source, Dialect("parquet", tuple(schema.names), rows), CHUNK_ROWS):
        tables.append(chunk.table)
        held += chunk.table.nbytes
        if held > MOST_HELD:  # a few MB of a file may be one long text, a million times
            raise DataError(
                N_("A table may have {most} MB unpacked, but this one has more."),
                N_("Use fewer rows, or leave out columns of long texts."),
                most=MOST_HELD // 1_000_000,
            )
    return list(schema.names), pa.concat_tables(tables).columns, np.arange(1, rows + 1)


def _unique(names: Sequence[str], header: bool) -> list[str]:
    """Return names of columns, each its own; those that nobody named have their number."""
    if not header:
        return [translate(NAME).format(number=number) for number in range(1, len(names) + 1)]
    repeated = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if repeated:
        raise DataError(
            N_("Each column must have a name of its own, but these come more than once: {names}."),
            N_("Rename or remove them and try again."),
            names=", ".join(map(repr, repeated[:10])),
        )
    return as_pandas(names)
