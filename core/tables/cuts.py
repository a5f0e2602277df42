"""A file of text cut into parts that are read side by side: each begins a line, and no quotation holds two together."""

from __future__ import annotations

import mmap
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.tables import csv_records
from core.tables.csv_records import Source

FIRST_BYTES, PART_BYTES = 1 << 20, 1 << 23  # of the first part, which is read before the others, and of each of those
LEAST_BYTES = 1 << 22  # of a file that is worth it


def cut_in_parts(source: Source) -> list[Any]:
    """Return the buffers of a file's parts; none where it must be read from the beginning on, or is short.

    The letters must be such that the byte of a line's end or of a quotation mark is never a part of another one.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size < LEAST_BYTES:
        return []
    text = source if isinstance(source, bytes) else _mapped(source)
    if text.find(b'"') >= 0 or _may_have_too_long_lines(text, size):
        return []
    ends = [0]
    while ends[-1] < size:
        least = ends[-1] + (PART_BYTES if len(ends) > 1 else FIRST_BYTES)
        ends.append(text.find(b"\n", least) + 1 or size)
    whole = pa.py_buffer(text)
    return [whole.slice(begin, end - begin) for begin, end in pairwise(ends)]


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _may_have_too_long_lines(text: bytes | mmap.mmap, size: int) -> bool:
    """Tell whether there is half a block without the end of a line: one as long as a block is refused, in turn."""
    half = csv_records.BLOCK_BYTES // 2
    return any(text.find(b"\n", begin, begin + half) < 0 for begin in range(0, size - half, half))
