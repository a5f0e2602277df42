"""What a file may become once it is read, whatever it weighs: rows times columns, bytes of a part, bytes of a chunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import DataError, ModelError
from core.i18n import N_

MOST_CELLS = 250_000_000  # a million rows of 250 columns
MOST_COLUMNS = 2_000  # of a table to learn from
MOST_GROUP_BYTES = 1 << 30  # of a row group, unpacked: the least that a reader of Parquet may have to hold
MOST_CHUNK_CELLS = 1 << 23
MOST_CHUNK_BYTES = 1 << 27
MIB = 1 << 20


def refuse_too_large(metadata: Any) -> None:
    """Refuse a Parquet file by what it says of itself.

    Raises:
        ModelError: it has too many cells, or a row group that is too large.
    """
    if metadata.num_rows * metadata.num_columns > MOST_CELLS:
        raise ModelError(
            N_("A file may have {most} million cells, but this one has {rows} rows of {columns} columns."),
            N_("Split it into several files, or leave out columns that the model does not ask for."),
            most=MOST_CELLS // 1_000_000,
            rows=metadata.num_rows,
            columns=metadata.num_columns,
        )
    largest = max((metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups)), default=0)
    if largest > MOST_GROUP_BYTES:
        raise ModelError(
            N_("A row group of a Parquet file may have {most} MB unpacked, but one of this file has {size}."),
            N_("Write it again with smaller row groups and try again."),
            most=MOST_GROUP_BYTES // MIB,
            size=largest // MIB,
        )


def refuse_wide(columns: int, *, or_more: bool = False) -> None:
    """Refuse a table to learn from that has too many columns; ``or_more`` where not all of them were counted.

    Raises:
        DataError: it has.
    """
    if columns > MOST_COLUMNS:
        raise DataError(
            N_("A table may have {most} columns, but this has more.")
            if or_more
            else N_("A table may have {most} columns, but this has {count}."),
            N_("Leave out columns and try again."),
            most=MOST_COLUMNS,
            count=columns,
        )


def texts_of(schema: Any) -> list[str]:
    """Return the columns of text, which are read coded: each may be a long one that the file has only once."""
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)
    return [one.name for one in schema if any(test(one.type) for test in kinds)]


def within_bytes(batch: Any, schema: Any) -> Iterator[Any]:
    """Return a batch as tables of a schema whose texts, coded until now, take no more memory than a chunk may.

    Raises:
        ModelError: one row alone takes more.
    """
    sizes = pa.array(np.zeros(len(batch), dtype=np.int64))
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and texts_of([pa.field("", column.type.value_type)]):
            lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
            sizes = pc.add(sizes, pc.fill_null(lengths.cast(pa.int64()), 0))
    upto = pc.cumulative_sum(sizes).to_numpy()
    first = 0
    while first < len(batch):
        before = int(upto[first - 1]) if first else 0
        end = int(upto.searchsorted(before + MOST_CHUNK_BYTES, side="right"))
        if end == first:
            raise too_large(int(upto[first]) - before)
        yield _uncoded(batch.slice(first, end - first), schema)
        first = end


def too_large(size: int) -> ModelError:
    """Return what to say of rows that have to be held at once and take too much memory."""
    return ModelError(
        N_("What is read of a file at once may have {most} MB unpacked, but this has {size}."),
        N_("Use fewer rows, or leave out columns that the model does not ask for."),
        most=MOST_CHUNK_BYTES // MIB,
        size=size // MIB,
    )


def _uncoded(batch: Any, schema: Any) -> Any:
    columns = [
        column if column.type == one.type else column.cast(one.type)
        for column, one in zip(batch.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, names=schema.names)
