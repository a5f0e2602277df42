"""A small table that people bring, read at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from core.errors import ModelError
from core.i18n import N_
from core.prediction.tables.dialects import recognise
from core.tables.cells import numbers, words
from core.tables.chunks import read_chunks
from core.tables.csv_records import Source
from core.tables.dialects import no_rows, width_differs
from core.tables.limits import MOST_CHUNK_BYTES, too_large
from core.tables.signs import NUMBER, TwoWays, signs_of

MOST_TABLE_BYTES = 20_000_000  # of a file that is read at once
ALL_ROWS = 1 << 30


def read_rows(source: Source) -> pd.DataFrame:
    """Read a small table at once: columns of numbers as numbers, all others as words.

    Raises:
        ModelError: it is too large, is no such table, a line of it is broken, or a column's numbers read in two ways.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MOST_TABLE_BYTES:
        raise ModelError(
            N_("The file may have at most {most} MB, but it has {size}."),
            N_("Use fewer rows."),
            most=MOST_TABLE_BYTES // 1_000_000,
            size=round(size / 1_000_000),
        )
    dialect = recognise(source)
    chunks, unpacked = [], 0
    for chunk in read_chunks(source, dialect, ALL_ROWS):
        chunks.append(chunk)
        unpacked += chunk.table.nbytes
        if unpacked > MOST_CHUNK_BYTES:
            raise too_large(unpacked)
    for chunk in chunks:
        for row, line in chunk.broken.items():
            raise width_differs(len(dialect.columns), row, line)
    if not chunks:
        raise no_rows()
    table = pa.concat_tables([chunk.table for chunk in chunks])
    if dialect.kind == "parquet":
        return table.to_pandas()
    columns, rows = {}, np.concatenate([chunk.rows for chunk in chunks])
    for name in dialect.columns:
        columns[name] = told = words(table[name])
        if told.dropna().str.strip().str.fullmatch(NUMBER).all():
            signs = signs_of(table[name], name, rows)
            if isinstance(signs, TwoWays):
                raise signs.refused()
            values, bad = numbers(table[name], signs)
            columns[name] = told if bad.any() else values
    return pd.DataFrame(columns)
