"""A file of text as columns, each piece of which is made while the next one is read: plain numbers, or coded words."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from core.tables.chunks import Chunk, read_chunks
from core.tables.csv_records import Source
from core.tables.dialects import Dialect
from core.tables.plain_numbers import PlainNumbers, joined, plain_numbers

PIECE_ROWS = 64_000


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
    made: list[Future[list[Any]]] = []
    rows: list[np.ndarray] = []
    broken: dict[int, str] = {}

    def make(place: int, cells: Any) -> Any:
        numbers = None if are_words[place] else plain_numbers(cells)
        are_words[place] = numbers is None
        return cells.dictionary_encode() if numbers is None else numbers

    def make_all(tables: Sequence[Any]) -> list[Any]:
        return [
            make(place, pa.concat_arrays(chain.from_iterable(column.chunks for column in columns)))
            for place, columns in enumerate(zip(*(table.columns for table in tables), strict=True))
        ]

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow lets other threads go on
        for chunks in _together(read_chunks(source, dialect, 1)):
            for one in chunks:
                rows.append(one.rows)
                broken |= dict(one.broken)
            report(sum(map(len, rows)))
            if tables := [one.table for one in chunks if len(one.rows)]:
                made.append(pool.submit(make_all, tables))
        pieces = [one.result() for one in made]
        places = range(len(dialect.columns))
        columns = list(pool.map(lambda place: _column([piece[place] for piece in pieces]), places))
    return columns, rows, broken


def read_texts(source: Source, dialect: Dialect, places: Collection[int]) -> dict[int, Any]:
    """Return some columns of a file as text."""
    found: dict[int, list[Any]] = {place: [] for place in places}
    for chunk in read_chunks(source, dialect, PIECE_ROWS):
        for place in places:
            found[place] += chunk.table.column(place).chunks
    return {place: pa.chunked_array(chunks, pa.string()) for place, chunks in found.items()}


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


def _column(pieces: Sequence[Any]) -> Any:
    if all(isinstance(one, PlainNumbers) for one in pieces):
        return joined(pieces)
    if any(isinstance(one, PlainNumbers) for one in pieces):
        return None
    return pa.chunked_array(pieces).unify_dictionaries().combine_chunks()
