"""How a CSV or Parquet file is written: its encoding, its signs, its columns, and whether it has a heading."""

from __future__ import annotations

import codecs
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import InputField, names_of
from core.prediction.tables.cells import is_value
from core.prediction.tables.headings import (
    MOST_ABOVE,
    MOST_BESIDE,
    assumed_names,
    is_row,
    names_in,
    place_of_heading,
    refuse_repeated,
)
from core.tables.csv_records import Source, count_records, opened
from core.tables.dialects import (
    DELIMITERS,
    PARQUET,
    SAMPLE_BYTES,
    SEPARATOR_LINE,
    SPREADSHEETS,
    Dialect,
    as_pandas,
    cannot_be_read,
    encoding_of,
    no_rows,
    records_in,
    scan,
    width_differs,
)
from core.tables.limits import refuse_too_large

MOST_TOLD = 1000  # rows that tell which column is which input


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
    encoding, lines, quoted = scan(source, encoding_of(first))
    sample = codecs.getincrementaldecoder(encoding)().decode(first).removeprefix("\ufeff")
    found = replace(_recognise_csv(sample, len(first) == SAMPLE_BYTES, fields, target), encoding=encoding)
    if quoted:
        try:
            lines = count_records(source, width=len(found.columns), delimiter=found.delimiter, encoding=encoding)
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise cannot_be_read(error) from error
    return replace(found, rows=lines - found.above - found.header)


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
    read = {sign: records_in(sample, sign, is_cut) for sign in possible}
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
