"""The rows of tables that people bring, a chunk at a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import ModelError
from core.i18n import N_
from core.tables.csv_records import Source, csv_batches, opened
from core.tables.dialects import Dialect, cannot_be_read, refuse_other_than_utf8
from core.tables.limits import MOST_CHUNK_CELLS, texts_of, within_bytes
from core.tables.quotations import has_quotations, refuse_open_quotations

FIRST_ROWS = 20  # that are shown of a table


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, as they are there: the cells of a CSV are text, those of a Parquet file have their types.

    ``rows`` are their numbers, of shape (rows,). ``broken`` are the lines, by number, that have too few or too many
    cells and are not in ``table``; ``blank`` counts lines without any value, which are not there either.
    """

    table: Any
    rows: np.ndarray
    broken: Mapping[int, str] = field(default_factory=dict)
    blank: int = 0


def read_chunks(source: Source, dialect: Dialect, rows: int) -> Iterator[Chunk]:
    """Read a file about ``rows`` rows at a time; no more of it is in memory.

    Raises:
        ModelError: it cannot be read to its end.
    """
    if dialect.kind == "parquet":
        yield from _read_parquet(source, dialect, rows)
        return
    may_swallow = has_quotations(source)
    for chunk in _read_csv(opened(source), dialect, rows):
        if may_swallow:
            refuse_open_quotations(chunk.table, chunk.rows, chunk.broken, dialect.delimiter)
        yield chunk


def read_part(part: Any, dialect: Dialect) -> Chunk:
    """Read a part of a CSV file, a buffer of whole lines in UTF-8 without quotation marks, as one chunk.

    Its rows and lines are counted from 1.

    Raises:
        ModelError: it cannot be read, or is not in UTF-8.
    """
    try:
        refuse_other_than_utf8(part)
    except UnicodeDecodeError as error:
        raise cannot_be_read(error) from error
    reader = pa.BufferReader(part)
    chunks = list(_read_csv(reader, dialect, part.size, block_bytes=part.size, check_utf8=False))
    return chunks[0] if chunks else Chunk(None, np.array([], dtype=int))


@dataclass(frozen=True)
class Part:
    """One of several parts of a file, counted from 1, of about as many rows each."""

    number: int = 1
    of: int = 1

    def rows(self, chunks: Iterable[Chunk], first: int, count: int) -> Iterator[Chunk]:
        """Yield the chunks of the part: each of the ``count`` rows, from number ``first`` on, is in one part only.

        Blank lines, which have no numbers, are counted in the first one.
        """
        low, high = (first + round(count * place / self.of) for place in (self.number - 1, self.number))
        for chunk in chunks:
            inside = np.ones(len(chunk.rows), dtype=bool)
            broken = dict(chunk.broken)
            if self.number > 1:
                inside &= chunk.rows >= low
                broken = {row: line for row, line in broken.items() if row >= low}
            if self.number < self.of:
                inside &= chunk.rows < high
                broken = {row: line for row, line in broken.items() if row < high}
            if inside.any() or broken or (chunk.blank and self.number == 1):
                blank = chunk.blank if self.number == 1 else 0
                yield Chunk(chunk.table.filter(pa.array(inside)), chunk.rows[inside], broken, blank)


def _read_parquet(source: Source, dialect: Dialect, rows: int) -> Iterator[Chunk]:
    try:
        schema = pq.read_schema(io.BytesIO(source) if isinstance(source, bytes) else source)
        with pq.ParquetFile(
            io.BytesIO(source) if isinstance(source, bytes) else source, read_dictionary=texts_of(schema)
        ) as file:
            row = 1
            for batch in file.iter_batches(batch_size=max(1, min(rows, MOST_CHUNK_CELLS // len(dialect.columns)))):
                for table in within_bytes(batch, schema):
                    yield Chunk(table.rename_columns(list(dialect.columns)), np.arange(row, row + len(table)))
                    row += len(table)
    except (pa.ArrowException, OSError) as error:
        raise cannot_be_read(error) from error


def _read_csv(
    source: Any, dialect: Dialect, rows: int, *, block_bytes: int = 0, check_utf8: bool = True
) -> Iterator[Chunk]:
    """Read with Arrow: every cell as text, so that what is written out later is what was read."""
    broken: dict[int, str] = {}
    try:
        with source as file, csv_batches(
            file, broken, width=len(dialect.columns), delimiter=dialect.delimiter, encoding=dialect.encoding,
            block_bytes=block_bytes, check_utf8=check_utf8,
        ) as batches:  # fmt: skip
            waiting: list[Chunk] = []
            for part in _numbered(batches, dialect, broken):
                if sum(len(one.rows) for one in waiting) >= rows:  # and this is not the end, which is looked at
                    # Arrow reads ahead: lines further down may be known already
                    yield _joined(
                        waiting,
                        {row: broken.pop(row) for row in sorted(broken) if dialect.above < row < _last(waiting)},
                    )
                    waiting = []
                waiting.append(part)
            if waiting:
                _refuse_open_quote(waiting[-1].table)
            broken = {row: line for row, line in broken.items() if row > dialect.above}
            if any(len(one.rows) or one.blank for one in waiting) or broken:
                yield _joined(waiting, dict(sorted(broken.items())))
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise cannot_be_read(error) from error


def _numbered(batches: Iterable[Any], dialect: Dialect, broken: Mapping[int, str]) -> Iterator[Chunk]:
    """Return the rows of Arrow's batches with their numbers, without the heading and without blank lines."""
    row, is_heading = 1, dialect.header
    for batch in batches:
        table = pa.Table.from_batches([batch]).rename_columns(list(dialect.columns))
        places, row = _row_numbers(row, len(table), broken)
        kept = ~_is_blank(table) & (places > dialect.above)
        blank = int((~kept & (places > dialect.above)).sum())
        if is_heading and kept.any():
            kept[kept.argmax()] = False
            is_heading = False
        yield Chunk(table if kept.all() else table.filter(pa.array(kept)), places[kept], blank=blank)


def _last(parts: Sequence[Chunk]) -> int:
    return max((int(one.rows[-1]) for one in parts if len(one.rows)), default=0)


def _joined(parts: Sequence[Chunk], broken: Mapping[int, str]) -> Chunk:
    """Return parts as one chunk, with the broken lines between."""
    table = pa.concat_tables([one.table for one in parts]).combine_chunks()
    return Chunk(table, np.concatenate([one.rows for one in parts]), broken, sum(one.blank for one in parts))


def _row_numbers(first: int, count: int, broken: Mapping[int, str]) -> tuple[np.ndarray, int]:
    """Return the numbers of the next ``count`` rows, which skip the broken ones, and the number after them."""
    places = np.arange(first, first + count + len(broken))
    places = places[~np.isin(places, list(broken))][:count] if broken else places
    return places, int(places[-1]) + 1 if count else first


def _is_blank(table: Any) -> np.ndarray:
    found = np.ones(len(table), dtype=bool)
    for column in table.columns:
        if not found.any():
            break
        found &= pc.equal(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    return found


def _refuse_open_quote(table: Any) -> None:
    """A quotation mark that nobody closes swallows the rest of the file into one cell."""
    for name, cells in table.slice(max(len(table) - 1, 0)).to_pydict().items():
        if cells and cells[0].endswith(("\n", "\r")):
            raise ModelError(
                N_("A quotation mark must be closed, but one in column {column} stays open to the end: {start}"),
                N_("Close it or take it out, and try again."),
                column=repr(name),
                start=cells[0][:60],
            )
