"""How a CSV or Parquet file is written: its encoding, its signs, its columns, and whether it has a heading."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import InputField, by_name, normal
from core.prediction.tables.cells import is_value
from core.prediction.tables.signs import NUMBER

Source = Path | bytes  # a file, or what was in one

SAMPLE_BYTES = 1 << 20  # what tells delimiter, heading and decimal sign
SCAN_BYTES = 4 << 20
DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods are ZIP archives, .xls is an OLE file
PARQUET = b"PAR1"


@dataclass(frozen=True)
class Dialect:
    """How a table file is written.

    ``columns`` are the names of its columns; without a ``header`` they were assumed. ``rows`` counts the lines after
    the heading, blank ones too.
    """

    kind: Literal["csv", "parquet"]
    columns: tuple[str, ...]
    rows: int
    encoding: str = "utf-8"
    delimiter: str = ","
    header: bool = True


def recognise(source: Source, fields: Sequence[InputField] = (), target: str = "") -> Dialect:
    """Find out how a file is written; ``fields`` and ``target`` are what a model wants to know and what it answers.

    A CSV without a heading is taken to have the model's columns in their order, then maybe the right answers.

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
        return _recognise_parquet(source)
    encoding, records = _scan(source, _encoding(first))
    sample = codecs.getincrementaldecoder(encoding)().decode(first).removeprefix("\ufeff")
    return _recognise_csv(sample, len(first) == SAMPLE_BYTES, Dialect("csv", (), records, encoding), fields, target)


def opened(source: Source) -> BinaryIO:
    """Open a file, or what was in one."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


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


def _scan(source: Source, encoding: str) -> tuple[str, int]:
    """Read through the whole file once; return its encoding and how many lines it has, those in quotes not counted.

    What is not UTF-8 is read as Windows writes it in the west, or as Latin-1.
    """
    for attempt in [encoding, "cp1252", "latin-1"] if encoding == "utf-8" else [encoding]:
        try:
            return attempt, _count_lines(source, attempt)
        except UnicodeDecodeError:
            continue
    raise ModelError(
        N_("The file must be text, but a part of it cannot be read as text in {encoding}."),
        N_("Save it as CSV (UTF-8) and try again."),
        encoding=encoding.upper(),
    )


def _count_lines(source: Source, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    inside, lines, returns, last = False, 0, 0, "\n"
    with opened(source) as file:
        while True:
            block = file.read(SCAN_BYTES)
            text = decoder.decode(block, final=not block)
            parts = text.split('"') if '"' in text else [text]
            for part in parts[1 if inside else 0 :: 2]:
                lines += part.count("\n")
                returns += part.count("\r")
            inside ^= len(parts) % 2 == 0
            last = text[-1:] or last
            if not block:
                return (lines or returns) + (last not in "\r\n")


def _recognise_parquet(source: Source) -> Dialect:
    try:
        file = pq.ParquetFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except (pa.ArrowException, OSError) as error:
        raise cannot_be_read(error) from error
    with file:
        names = tuple(file.schema_arrow.names)
        _refuse_repeated(names)
        if not file.metadata.num_rows:
            raise no_rows()
        return Dialect("parquet", names, file.metadata.num_rows, delimiter="")


def _recognise_csv(sample: str, is_cut: bool, dialect: Dialect, fields: Sequence[InputField], target: str) -> Dialect:
    read = {sign: _records(sample, sign, is_cut) for sign in DELIMITERS}
    wanted = {normal(one.name) for one in fields}

    def merits(sign: str) -> tuple[int, bool, float, float]:
        """Names of the model's columns tell most, then their count, numbers where there should be some, and width."""
        first, width = next(iter(read[sign].values())), len(next(iter(read[sign].values())))
        alike = sum(len(record) == width for record in read[sign].values()) / len(read[sign])
        found = len(wanted & {normal(cell) for cell in first})
        fitting = [is_value(cell.strip(), one) for cell, one in zip(first, fields, strict=False) if one.is_number]
        share = sum(one is not False for one in fitting) / len(fitting) if fitting else 0.0
        return found, width > 1 and width - len(fields) in {0, 1}, share, alike if width > 1 else 0.0

    delimiter = max(DELIMITERS, key=lambda sign: (merits(sign), -DELIMITERS.index(sign)))
    records = read[delimiter]
    first = next(iter(records.values()))
    header = _is_header(first, fields, target)
    names = [normal(cell) for cell in first] if header else _assumed(first, fields, target)
    _refuse_repeated(names)
    body = dict(list(records.items())[header:])
    if not body:
        raise no_rows()
    usual, count = Counter(map(len, body.values())).most_common(1)[0]
    if usual != len(names) and 2 * count > len(body):
        row = next(row for row, record in body.items() if len(record) == usual)
        raise width_differs(len(names), row, delimiter.join(body[row]))
    return replace(dialect, columns=tuple(names), rows=dialect.rows - header, delimiter=delimiter, header=header)


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


def _is_header(first: Sequence[str], fields: Sequence[InputField], target: str) -> bool:
    """Tell whether the first line has names rather than values.

    Raises:
        ModelError: it has values, and nothing says of which columns.
    """
    known = {normal(one.name) for one in fields} | ({normal(target)} if target else set())
    if known & {normal(cell) for cell in first}:
        return True
    if len(first) not in {len(fields), len(fields) + 1}:
        if all(NUMBER.fullmatch(cell.strip()) for cell in first):
            raise ModelError(
                N_("The first line must have the names of the columns, but it has values: {values}."),
                N_("Write a line of names above them and try again."),
                values=", ".join(first[:5])[:200],
            )
        return True
    told = [is_value(cell.strip(), one) for cell, one in zip(first, fields, strict=False)]
    return not (any(told) and not any(one is False for one in told))


def _assumed(first: Sequence[str], fields: Sequence[InputField], target: str) -> list[str]:
    names = [one.name for one in fields]
    if len(first) == len(names):
        return names
    answers = target or "answer"
    return [*names, answers if normal(answers) not in by_name((name, 1) for name in names) else f"{answers}_2"]


def _refuse_repeated(names: Sequence[str]) -> None:
    repeated = [name for name, count in Counter(map(normal, names)).items() if count > 1]
    if repeated:
        raise ModelError(
            N_("Each column must have a name of its own, but the file has these more than once: {names}."),
            N_("Rename or remove them and try again."),
            names=", ".join(map(repr, repeated[:10])),
        )


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
