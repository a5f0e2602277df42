"""The files of a scored table, written as they grow: every row with its answer, or with what was wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from core.i18n import N_, translate
from core.spreadsheets import BEGIN, FORMULA, NUMBER, SIGNS, inert
from core.store.record import PREDICTION, ROW
from core.systems import put_in_place
from core.tables.chunks import FIRST_ROWS
from core.tables.dialects import Dialect

ERRORS = "errors"  # a file of its own
MODEL, VERSION, STAGE, ERROR, NOTE = "model", "model_version", "model_stage", "error", "note"  # columns
# In a Parquet file: JSON with the source, when it began to answer, and what its own columns are called there
SCORED_BY = b"pizarra.scored_by"
READ = b"pizarra.read"  # and the SHA-256 of the file that was scored, where somebody will look whether it is another


@dataclass(frozen=True)
class Source:
    """The version that scored, as every row of the result names it, its run, and the cut-off that people chose."""

    model: str
    number: int
    stage: str
    run_id: str = ""
    cutoff: float | None = None


@dataclass(frozen=True)
class ScoredChunk:
    """Rows with what was said of them: ``said`` has a line a row, empty where ``errors`` has one or more."""

    table: Any
    said: pd.DataFrame
    errors: pd.DataFrame


class ResultFiles:
    """The files of a result, written as it grows: under another name until they are complete."""

    def __init__(
        self, source: Source, dialect: Dialect, decimal: str, folder: Path, name: str, formats: Sequence[str],
        read: str = "",
    ) -> None:  # fmt: skip
        self._source, self._dialect, self._decimal, self._read = source, dialect, decimal, read
        self._began = datetime.now(UTC)
        self.results = {ending: folder / f"{name}.{ending}" for ending in formats}
        self.errors = folder / f"{name}.{ERRORS}.csv"
        self.first = pd.DataFrame()
        self.names: dict[str, str] = {}
        self._columns: list[str] = []
        self._words: set[str] = {PREDICTION}  # columns of it
        self._waiting: list[ScoredChunk] = []
        self._writers: list[_CsvWriter | _ParquetWriter] = []

    def __enter__(self) -> Self:
        self._listed = _CsvWriter(_unfinished(self.errors), self._dialect, self._decimal)
        if "csv" in self.results:
            self._writers.append(_CsvWriter(_unfinished(self.results["csv"]), self._dialect, self._decimal))
        if "parquet" in self.results:
            self._writers.append(_ParquetWriter(_unfinished(self.results["parquet"]), self._told))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._write_waiting()
                self._listed.write(_error_table(error_rows([])))
        finally:
            for writer in (self._listed, *self._writers):
                writer.close()
            for path in (self.errors, *self.results.values()):
                if kind is None:
                    put_in_place(_unfinished(path), path)
                else:
                    _unfinished(path).unlink(missing_ok=True)

    def write(self, chunk: ScoredChunk) -> None:
        """Add rows; those before the first answer wait until it is known what an answer looks like."""
        if len(chunk.errors):
            self._listed.write(_error_table(chunk.errors))
        self._waiting.append(chunk)
        if not self._columns and PREDICTION in chunk.said:
            self._columns = [name for name in chunk.said if name not in (ROW, NOTE)]
            self._words = {n for n in self._columns if not pd.api.types.is_numeric_dtype(chunk.said[n])}
        if self._columns:
            self._write_waiting()

    def _told(self) -> Mapping[bytes, bytes]:
        """Return what a Parquet file says of itself, once the names of its own columns are known."""
        said = asdict(self._source) | {"at": self._began.isoformat(), "columns": self.names}
        return {SCORED_BY: json.dumps(said).encode()} | ({READ: self._read.encode()} if self._read else {})

    def _write_waiting(self) -> None:
        for chunk in self._waiting:
            table = self._result(chunk, self._columns or [PREDICTION])
            if self.first.empty:
                self.first = table.slice(0, FIRST_ROWS).to_pandas()
            for writer in self._writers:
                writer.write(table)
        self._waiting = []

    def _result(self, chunk: ScoredChunk, columns: Sequence[str]) -> Any:
        said, count = chunk.said, len(chunk.table)
        texts = {row: "; ".join(found) for row, found in _error_texts(chunk.errors).items()}
        told = said[ROW].map(texts) if texts else pd.Series([""] * count, dtype="str")
        own: dict[str, Any] = {name: _answers(said.get(name), count, name in self._words) for name in columns}
        own |= {
            MODEL: _constant(self._source.model, count),
            VERSION: pa.array(np.full(count, self._source.number, dtype=np.int64)),
            STAGE: _constant(self._source.stage, count),
            ERROR: pa.array(told.fillna("").astype("str"), pa.string()),
            NOTE: pa.array(said[NOTE].fillna("").astype("str"), pa.string()),
        }
        table, taken = chunk.table, set(self._dialect.columns)
        for name, values in own.items():
            if name not in self.names:
                self.names[name] = _free_name(name, {*taken, *self.names.values()})
            table = table.append_column(self.names[name], values)
        return table


class _ParquetWriter:
    def __init__(self, path: Path, told: Callable[[], Mapping[bytes, bytes]]) -> None:
        self._path, self._told = path, told
        self._writer: Any = None

    def write(self, table: Any) -> None:
        if self._writer is None:
            told = {**(table.schema.metadata or {}), **self._told()}
            self._writer = pq.ParquetWriter(self._path, table.schema.with_metadata(told))
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _CsvWriter:
    """Writes a CSV as the file itself was written, in UTF-8."""

    def __init__(self, path: Path, dialect: Dialect, decimal: str) -> None:
        self._file, self._dialect, self._decimal = path.open("wb"), dialect, decimal
        self._heading = True

    def write(self, table: Any) -> None:
        if self._heading:
            self._file.write(b"\xef\xbb\xbf")  # the mark lets spreadsheets read accents
        elif not len(table):
            return
        self._file.write(_as_csv(table, self._dialect, self._decimal, heading=self._heading))
        self._heading = False

    def close(self) -> None:
        self._file.close()


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _free_name(name: str, taken: set[str]) -> str:
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    return free


def _constant(text: str, count: int) -> Any:
    return pa.DictionaryArray.from_arrays(np.zeros(count, dtype=np.int32), pa.array([text]))


def _answers(values: pd.Series | None, count: int, as_words: bool) -> Any:
    if values is None:
        return pa.nulls(count, pa.string() if as_words else pa.float64())
    if pd.api.types.is_numeric_dtype(values):
        return pa.array(values.to_numpy(dtype=float), pa.float64(), from_pandas=True)
    return pa.array(values.where(values.notna(), None), pa.string())


def _error_texts(errors: pd.DataFrame) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row, column, value, reason in errors.itertuples(index=False):
        said = f"{column}: {value!r} {reason}" if column and value else f"{column} {reason}" if column else reason
        found.setdefault(row, []).append(said)
    return found


def _error_table(errors: pd.DataFrame) -> Any:
    heading = [translate(name) for name in (N_("Row"), N_("Column"), N_("Value"), N_("Reason"))]
    columns = [pa.array(errors[ROW].to_numpy())] + [pa.array(errors[name], pa.string()) for name in errors.columns[1:]]
    return pa.table(columns, heading)


def _as_csv(table: Any, dialect: Dialect, decimal: str, *, heading: bool) -> bytes:
    """Return rows as CSV; quotation marks stand only in chunks where something needs them."""
    columns = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = _inert(column)
        elif pa.types.is_floating(column.type) and decimal == ",":
            column = pc.replace_substring(column.cast(pa.string()), ".", ",")
        columns.append(column if not pa.types.is_nested(column.type) else pa.array(map(str, column.to_pylist())))
    plain = pa.table(columns, [inert(name) for name in table.column_names])
    for quoting in ("none", "needed"):
        sink = pa.BufferOutputStream()
        options = pyarrow.csv.WriteOptions(
            include_header=heading,
            delimiter=dialect.delimiter or ",",
            quoting_style=quoting,
            quoting_header=quoting,
        )
        try:
            pyarrow.csv.write_csv(plain, sink, options)
        except pa.ArrowInvalid:
            continue
        break
    return bytes(sink.getvalue())


def _inert(column: Any) -> Any:
    """Return texts that no spreadsheet runs; each is looked at once, and those that may be formulas one by one."""
    texts = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = texts.dictionary_encode()
    known = coded.dictionary
    places = np.flatnonzero(pc.match_substring_regex(known, SIGNS).to_numpy(zero_copy_only=False))
    signed = known.take(pa.array(places))
    risky = pc.and_(
        pc.match_substring_regex(signed, rf"(?s){BEGIN}{FORMULA}"),
        pc.invert(pc.match_substring_regex(signed, f"^{NUMBER}$")),
    )
    found = np.isin(np.arange(len(known)), places[risky.to_numpy(zero_copy_only=False)])
    if not found.any():
        return column
    changed = pa.array([inert(text) for text in known.filter(pa.array(found)).to_pylist()], texts.type)
    known = pc.replace_with_mask(known, pa.array(found), changed)
    return pa.DictionaryArray.from_arrays(coded.indices, known).cast(texts.type)


def error_rows(found: Sequence[tuple[int, str, str, str]]) -> pd.DataFrame:
    """Return errors as a table: row, column, value, reason."""
    table = pd.DataFrame(found, columns=[ROW, "column", "value", "reason"])
    return table.astype({ROW: "int64"})
