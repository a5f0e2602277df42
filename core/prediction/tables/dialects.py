"""How a CSV or Parquet file is written: its encoding, its signs, its columns, and whether it has a heading."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import InputField, names_of
from core.prediction.tables.cells import is_value
from core.prediction.tables.csv_records import Source, count_records, opened
from core.prediction.tables.headings import (
    MOST_ABOVE,
    MOST_BESIDE,
    as_pandas,
    assumed_names,
    is_row,
    names_in,
    place_of_heading,
    refuse_repeated,
)
from core.prediction.tables.limits import refuse_too_large

SAMPLE_BYTES = 1 << 20  # what tells delimiter, heading and decimal sign
SCAN_BYTES = 4 << 20
DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods are ZIP archives, .xls is an OLE file
PARQUET = b"PAR1"
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[^\r\n]{0,50}[\r\n]', re.IGNORECASE)
MOST_TOLD = 1000  # rows that tell which column is which input


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


def recognise(source: Source, fields: Sequence[InputField] = (), target: str = "") -> Dialect:
    """Find out how a file is written; ``fields`` and ``target`` are what a model wants to know and what it answers.

    A CSV without a heading is taken to have the model's columns in their order; before them may be a column more, and
    after them the right answers.

    Raises:
        ModelError: it is no table, is empty, or can be read in more than one way; the sentence says which.
    """
    with opened(source) as file:
        first = file.read(SAMPLE_BYTES)
    if not first.strip(b"\xef\xbb\xbf\xff\xfe\r\n\t \x00"):
        raise ModelError(N_("The file must have rows, but it is empty."), N_("Choose another file."))
    if first.startswith(SPREADSHEETS):
        raise ModelError(
            N_("The file must be CSV or Parquet, but it is a spreadsheet or an archive."),
            N_("Open it in its program, save it as CSV and try again."),
        )
    if first.startswith(PARQUET):
        return _recognise_parquet(source, [*names_of(fields), *([target] if target else [])])
    encoding, lines, quoted = _scan(source, _encoding(first))
    sample = codecs.getincrementaldecoder(encoding)().decode(first).removeprefix("\ufeff")
    found = replace(_recognise_csv(sample, len(first) == SAMPLE_BYTES, fields, target), encoding=encoding)
    if quoted:
        try:
            lines = count_records(source, width=len(found.columns), delimiter=found.delimiter, encoding=encoding)
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise cannot_be_read(error) from error
    return replace(found, rows=lines - found.above - found.header)


def _encoding(first: bytes) -> str:
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


def _scan(source: Source, encoding: str) -> tuple[str, int, bool]:
    """Read through the whole file once; return its encoding, how many lines it has and whether it has quotation marks.

    What is not UTF-8 is read as Windows writes it in the west, or as Latin-1.
    """
    for attempt in [encoding, "cp1252", "latin-1"] if encoding == "utf-8" else [encoding]:
        try:
            return attempt, *_count_lines(source, attempt)
        except UnicodeDecodeError:
            continue
    raise ModelError(
        N_("The file must be text, but a part of it cannot be read as text in {encoding}."),
        N_("Save it as CSV (UTF-8) and try again."),
        encoding=encoding.upper(),
    )


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


def _recognise_parquet(source: Source, wanted: Sequence[str]) -> Dialect:
    try:
        file = pq.ParquetFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except (pa.ArrowException, OSError) as error:
        raise cannot_be_read(error) from error
    with file:
        refuse_too_large(file.metadata)
        names = file.schema_arrow.names
        refuse_repeated(names, wanted)
        if not file.metadata.num_rows:
            raise no_rows()
        return Dialect("parquet", tuple(as_pandas(names)), file.metadata.num_rows, delimiter="")


def _recognise_csv(sample: str, is_cut: bool, fields: Sequence[InputField], target: str) -> Dialect:
    """Find out all but the encoding and the number of rows."""
    told = SEPARATOR_LINE.match(sample)  # spreadsheets read it, and write it for each other
    possible = [told[1]] if told and told[1] in DELIMITERS else DELIMITERS
    read = {sign: _records(sample, sign, is_cut) for sign in possible}
    if told:
        for records in read.values():
            records.pop(1)
    if not any(read.values()):
        raise no_rows()

    def merits(sign: str) -> tuple[int, bool, float, float]:
        """Names of the model's columns tell most, then their count, numbers where there should be some, and width."""
        records = list(read[sign].values())
        first = records[0] if records else []
        alike = sum(len(record) == len(first) for record in records) / max(len(records), 1)
        found = max((names_in(record, fields, target) for record in records[:MOST_ABOVE]), default=0)
        fitting = [is_value(cell.strip(), one) for cell, one in zip(first, fields, strict=False) if one.is_number]
        share = sum(one is not False for one in fitting) / len(fitting) if fitting else 0.0
        beside = len(first) - len(fields)
        return found, len(first) > 1 and 0 <= beside <= MOST_BESIDE, share, alike if len(first) > 1 else 0.0

    delimiter = max(possible, key=lambda sign: (merits(sign), -DELIMITERS.index(sign)))
    records = read[delimiter]
    place = place_of_heading(list(records.values()), fields, target)
    header = place is not None or not is_row(next(iter(records.values())), fields)
    rows = list(records)
    body = dict(list(records.items())[(place or 0) + header :])
    if not body:
        raise no_rows()
    if header:
        given = records[rows[place or 0]]
        refuse_repeated(given, [*names_of(fields), *([target] if target else [])])
        names = as_pandas(given)
    else:
        names = assumed_names(list(body.values())[:MOST_TOLD], fields, target)
    usual, count = Counter(map(len, body.values())).most_common(1)[0]
    if usual != len(names) and 2 * count > len(body):
        row = next(row for row, record in body.items() if len(record) == usual)
        raise width_differs(len(names), row, delimiter.join(body[row]))
    above = rows[place or 0] - 1 if place or told else 0
    return Dialect("csv", tuple(names), 0, delimiter=delimiter, header=header, above=above)


def _records(sample: str, delimiter: str, is_cut: bool) -> dict[int, list[str]]:
    """Return the first records by their number, without blank lines; the last one may be cut off and is left out."""
    try:
        read = enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 1)
        records = {row: record for row, record in read if any(record)}
    except csv.Error as error:
        raise cannot_be_read(error) from error
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
