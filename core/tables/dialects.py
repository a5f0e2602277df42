"""How a table file is written: its encoding, its signs and its columns, and what is said of one that is none."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

import pyarrow as pa

from core.errors import ModelError
from core.i18n import N_
from core.tables.csv_records import Source, opened

Found = TypeVar("Found")

SAMPLE_BYTES = 1 << 20  # what tells delimiter, heading and decimal sign
SCAN_BYTES = 4 << 20
DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods are ZIP archives, .xls is an OLE file
PARQUET = b"PAR1"
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[^\r\n]{0,50}[\r\n]', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a table file is written.

    ``columns`` are the names of its columns; without a ``header`` they were assumed. ``rows`` counts the lines after
    the heading, blank ones too, and ``above`` those before it where they are no rows.
    """

    kind: Literal["csv", "parquet"]
    columns: tuple[str, ...]
    rows: int
    encoding: str = "utf-8"
    delimiter: str = ","
    header: bool = True
    above: int = 0


def encoding_of(first: bytes) -> str:
    """Return the encoding that the first bytes tell; UTF-8 where they do not."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if first.startswith(mark):
            return encoding
    zeros = [place % 2 for place, byte in enumerate(first[:4000]) if not byte]
    if len(zeros) > len(first[:4000]) / 4 and len(set(zeros)) == 1:
        return "utf-16-le" if zeros[0] else "utf-16-be"
    if zeros:
        raise ModelError(
            N_("The file must be a table in text or Parquet, but it is something else."),
            N_("Save it as CSV (UTF-8) and try again."),
        )
    return "utf-8"


def scan(source: Source, encoding: str) -> tuple[str, int, bool]:
    """Read through the whole file once; return its encoding, how many lines it has and whether it has quotation marks.

    What is not UTF-8 is read as Windows writes it in the west, or as Latin-1.
    """
    return _first_that_fits(encoding, lambda attempt: (attempt, *_count_lines(source, attempt)))


def whole_encoding(source: Source, encoding: str) -> str:
    """Return the encoding of the whole file, where its first bytes tell ``encoding``."""
    return _first_that_fits(encoding, lambda attempt: _decoded(source, attempt))


def _first_that_fits(encoding: str, read: Callable[[str], Found]) -> Found:
    for attempt in [encoding, "cp1252", "latin-1"] if encoding == "utf-8" else [encoding]:
        try:
            return read(attempt)
        except UnicodeDecodeError:
            continue
    raise ModelError(
        N_("The file must be text, but a part of it cannot be read as text in {encoding}."),
        N_("Save it as CSV (UTF-8) and try again."),
        encoding=encoding.upper(),
    )


def _decoded(source: Source, encoding: str) -> str:
    if encoding == "utf-8":
        refuse_other_than_utf8(pa.py_buffer(source) if isinstance(source, bytes) else _mapped(source))
        return encoding
    decoder = codecs.getincrementaldecoder(encoding)()
    with opened(source) as file:
        while block := file.read(SCAN_BYTES):
            decoder.decode(block)
    decoder.decode(b"", final=True)
    return encoding


def refuse_other_than_utf8(whole: Any) -> None:
    """Look through a whole buffer, which takes a third of what decoding it would.

    Raises:
        UnicodeDecodeError: it is not in UTF-8.
    """
    ends = pa.array([0, whole.size], pa.int64()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, ends, whole]).validate(full=True)
    except pa.ArrowInvalid as error:
        raise UnicodeDecodeError("utf-8", b"", 0, 0, str(error)) from error


def _mapped(path: Path) -> Any:
    return pa.memory_map(str(path)).read_buffer()


def _count_lines(source: Source, encoding: str) -> tuple[int, bool]:
    """Return how many lines a file has, and whether it has quotation marks, in which there may be more."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, returns, last, quoted = 0, 0, "\n", False
    with opened(source) as file:
        while True:
            block = file.read(SCAN_BYTES)
            text = decoder.decode(block, final=not block)
            lines += text.count("\n")
            returns += text.count("\r")
            quoted = quoted or '"' in text
            last = text[-1:] or last
            if not block:
                return (lines or returns) + (last not in "\r\n"), quoted


def records_in(sample: str, delimiter: str, is_cut: bool, most: int | None = None) -> dict[int, list[str]]:
    """Return the first records by their number, at most so many, without blank lines.

    The last one of a sample that ``is_cut`` off may be so too and is left out.
    """
    try:
        read = enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 1)
        records = dict(islice(((row, record) for row, record in read if any(record)), most))
    except csv.Error as error:
        raise cannot_be_read(error) from error
    if len(records) == most:
        return records
    if is_cut and len(records) > 1:
        records.popitem()
    return records or {1: [""]}


def no_rows() -> ModelError:
    """Return what to say of a table without rows."""
    return ModelError(N_("The file must have rows below its heading, but it has none."), N_("Choose another file."))


def width_differs(width: int, row: int, line: str) -> ModelError:
    """Return what to say of a line with too few or too many values."""
    return ModelError(
        N_("Every row must have {width} values like the heading, but row {row} has another number: {line}"),
        N_("Correct the file and try again."),
        width=width,
        row=row,
        line=line[:100],
    )


def cannot_be_read(error: Exception) -> ModelError:
    """Return what to say of a file that a library refuses."""
    return ModelError(
        N_("The file must be a CSV or Parquet table, but it cannot be read as one: {reason}"),
        N_("Save it as CSV (UTF-8) and try again."),
        reason=str(error)[:200],
    )


def as_pandas(names: Sequence[str]) -> list[str]:
    """Return names as pandas makes them of a heading: none is empty and none comes twice.

    >>> as_pandas(["", "size", "rooms", "size"])
    ['Unnamed: 0', 'size', 'rooms', 'size.1']
    """
    filled = [name if name else f"Unnamed: {place}" for place, name in enumerate(names)]
    taken, counts, found = set(filled), Counter[str](), []
    for name in filled:
        unique = name
        while counts[name] and unique in taken:
            unique = f"{name}.{counts[name]}"
            counts[name] += 1
        counts[name] += not counts[name]
        taken.add(unique)
        found.append(unique)
    return found
