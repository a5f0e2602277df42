"""A file of text as columns, each piece of which is made while the others are read: plain numbers, or coded words."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from core.errors import ModelError
from core.tables.chunks import Chunk, read_chunks, read_part
from core.tables.csv_records import Source
from core.tables.cuts import cut_in_parts
from core.tables.dialects import Dialect
from core.tables.plain_numbers import PlainNumbers, joined, plain_numbers

PIECE_ROWS = 64_000


@dataclass
class _Made:
    """What was made of the pieces of a file so far: their columns, their rows' numbers, and the broken lines."""

    are_words: list[bool]
    pieces: list[list[Any]] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)

    def columns(self, tables: Sequence[Any]) -> list[Any]:
        """Return what the columns of tables, one below the other, become."""
        return [
            self._column(place, _one_array([*chain.from_iterable(column.chunks for column in columns)]))
            for place, columns in enumerate(zip(*(table.columns for table in tables), strict=True))
        ]

    def _column(self, place: int, cells: Any) -> Any:
        numbers = None if self.are_words[place] else plain_numbers(cells)
        self.are_words[place] = numbers is None
        return cells.dictionary_encode() if numbers is None else numbers


def read_pieces(
    source: Source, dialect: Dialect, may_be_numbers: Sequence[bool], report: Callable[[int], None]
) -> tuple[list[Any], list[np.ndarray], dict[int, str]]:
    """Return a file's columns, the numbers of their rows, and the lines that are broken.

    A column is ``PlainNumbers`` or words, coded by Arrow. Its text is not kept: None is a column that seemed to be
    numbers, or to be written in one way, until a piece showed that it is not. ``report`` is told how many rows there
    are so far.

    Raises:
        ModelError: it cannot be read to its end.
    """
    are_words = [not may for may in may_be_numbers]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow lets other threads go on
        made = _beside(pool, source, dialect, are_words, report) or _in_turn(pool, source, dialect, are_words, report)
        places = range(len(dialect.columns))
        columns = list(pool.map(lambda place: _column([piece[place] for piece in made.pieces]), places))
    return columns, made.rows, made.broken


def read_texts(source: Source, dialect: Dialect, places: Collection[int]) -> dict[int, Any]:
    """Return some columns of a file as text."""
    found: dict[int, list[Any]] = {place: [] for place in places}
    for chunk in read_chunks(source, dialect, PIECE_ROWS):
        for place in places:
            found[place] += chunk.table.column(place).chunks
    return {place: pa.chunked_array(chunks, pa.string()) for place, chunks in found.items()}


def _beside(
    pool: ThreadPoolExecutor,
    source: Source,
    dialect: Dialect,
    are_words: Sequence[bool],
    report: Callable[[int], None],
) -> _Made | None:
    """Read the parts of a file side by side; None where one has to read it from the beginning on.

    The first part, a short one, has the heading and tells which columns are words.
    """
    parts = cut_in_parts(source) if dialect.encoding == "utf-8" else []
    if len(parts) < 2:
        return None
    made = _Made(list(are_words))
    below = replace(dialect, header=False, above=0)

    def make(part: Any, written: Dialect) -> tuple[Chunk, list[Any]]:
        chunk = read_part(part, written)
        columns = made.columns([chunk.table]) if len(chunk.rows) else []
        return replace(chunk, table=None), columns

    try:
        first = make(parts[0], dialect)
        if not len(first[0].rows):  # nor may the heading be in it
            return None
        row = dialect.above + dialect.header
        for chunk, columns in chain([first], pool.map(lambda part: make(part, below), parts[1:])):
            ahead = row if made.rows else 0
            made.rows.append(chunk.rows + ahead)
            made.broken |= {line + ahead: text for line, text in chunk.broken.items()}
            made.pieces += [columns] if columns else []
            row += len(chunk.rows) + chunk.blank + len(chunk.broken)
            report(sum(map(len, made.rows)))
    except ModelError:  # read in turn, it says where
        return None
    return made


def _in_turn(
    pool: ThreadPoolExecutor,
    source: Source,
    dialect: Dialect,
    are_words: Sequence[bool],
    report: Callable[[int], None],
) -> _Made:
    """Read a file from the beginning on, and make columns of what was read meanwhile."""
    made = _Made(list(are_words))
    waiting: list[Future[list[Any]]] = []
    for chunks in _together(read_chunks(source, dialect, 1)):
        for one in chunks:
            made.rows.append(one.rows)
            made.broken |= dict(one.broken)
        report(sum(map(len, made.rows)))
        if tables := [one.table for one in chunks if len(one.rows)]:
            waiting.append(pool.submit(made.columns, tables))
    made.pieces += [one.result() for one in waiting]
    return made


def _together(chunks: Iterator[Chunk]) -> Iterator[list[Chunk]]:
    """Gather chunks to such as are worth the trouble of handing them over."""
    waiting: list[Chunk] = []
    for chunk in chunks:
        waiting.append(chunk)
        if sum(len(one.rows) for one in waiting) >= PIECE_ROWS:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _one_array(chunks: Sequence[Any]) -> Any:
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)


def _column(pieces: Sequence[Any]) -> Any:
    if all(isinstance(one, PlainNumbers) for one in pieces):
        return joined(pieces)
    if any(isinstance(one, PlainNumbers) for one in pieces):
        return None
    return pa.chunked_array(pieces).unify_dictionaries().combine_chunks()
