"""The records of a CSV file, as Arrow reads them: every cell as text, so that what is written out is what was read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv

Source = Path | bytes  # a file, or what was in one
BLOCK_BYTES = 1 << 20  # a single record may not be larger


def opened(source: Source) -> BinaryIO:
    """Open a file, or what was in one."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def csv_batches(
    file: BinaryIO,
    broken: dict[int, str],
    *,
    width: int,
    delimiter: str,
    encoding: str,
    only: Sequence[int] | None = None,
    block_bytes: int = 0,
    check_utf8: bool = True,
) -> Any:
    """Open a CSV file for reading in batches, whose columns are called by their places.

    Lines that are not ``width`` cells wide come into ``broken`` by their number; of ``only`` some columns the cells
    are kept. ``block_bytes`` are read at once, the usual ones where it is 0; letters that are known to be in UTF-8 need
    no check.
    """

    def keep(line: Any) -> str:
        broken[line.number] = line.text
        return "skip"

    # Names of our own: Arrow takes none twice, and a heading is then a row like any other. Lines have numbers only
    # where one thread reads them.
    names = [str(place) for place in range(width)]
    return pyarrow.csv.open_csv(
        file,
        pyarrow.csv.ReadOptions(
            column_names=names, encoding=encoding, block_size=block_bytes or BLOCK_BYTES, use_threads=False
        ),
        pyarrow.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
        ),
        pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=False,
            check_utf8=check_utf8,
            include_columns=[names[place] for place in only] if only else None,
        ),
    )


def count_records(source: Source, *, width: int, delimiter: str, encoding: str) -> int:
    """Return how many records a CSV file has, by the parser that will read it: a mark of inches opens no quotation."""
    broken: dict[int, str] = {}
    with opened(source) as file, csv_batches(
        file, broken, width=width, delimiter=delimiter, encoding=encoding, only=[0]
    ) as batches:  # fmt: skip
        return sum(len(batch) for batch in batches) + len(broken)
