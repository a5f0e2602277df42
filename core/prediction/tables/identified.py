"""The rows of a scored table by their ids: what each was answered, for whoever looks answers up later."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ModelError
from core.foreign_json import read_json
from core.i18n import N_
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import listed
from core.prediction.tables.results import ERROR, MODEL, NOTE, SCORED_BY, STAGE, VERSION, Source
from core.store.record import PREDICTION, PROBABILITY
from core.tables.dialects import cannot_be_read

ROWS_AT_ONCE = 10_000
LONGEST_ID = 200  # characters; it stands in an address
_ABOUT = {MODEL, VERSION, STAGE, ERROR, NOTE}  # own columns that are no answer


@dataclass(frozen=True)
class IdentifiedRow:
    """What a row was answered: its prediction and probabilities, by their usual names; or the ``problem`` it has."""

    id: str
    answer: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class ScoredFile:
    """A result of scoring, by which version it is, when that began, and what its own columns are called there."""

    path: Path
    source: Source
    at: datetime
    names: Mapping[str, str]


def scored_file(path: Path, column: str) -> ScoredFile:
    """Return what a Parquet file of results says of itself, once it is known to have ids in a column.

    Raises:
        ModelError: it is no such result, or the column is not there, is one of the answers or holds nothing that can
            be an id.
    """
    found, columns = _read_about(path)
    if column not in columns:
        raise no_column(column, list(columns))
    check_type(column, columns[column])
    return found


def scored_by(path: Path) -> tuple[ScoredFile, list[str]]:
    """Return what a Parquet file of results says of itself, and which of its columns may hold ids.

    Raises:
        ModelError: it is no such result.
    """
    found, columns = _read_about(path)
    return found, [name for name, kind in columns.items() if _may_be_ids(kind)]


def result_about(path: Path) -> ScoredFile:
    """Return what a Parquet file of results says of itself.

    Raises:
        ModelError: it is no such result.
    """
    return _read_about(path)[0]


def _read_about(path: Path) -> tuple[ScoredFile, dict[str, Any]]:
    """Return what a result says of itself, and the types of the columns that were in the table before."""
    try:
        schema = pq.read_schema(path)
        told = read_json((schema.metadata or {})[SCORED_BY])
        names = dict(told.pop("columns"))
        found = ScoredFile(path, Source(**{key: told[key] for key in told if key != "at"}),
                           datetime.fromisoformat(told["at"]), names)  # fmt: skip
    except (pa.ArrowException, OSError) as error:
        raise cannot_be_read(error) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            N_("Answers are looked up in a Parquet file that scoring wrote, but {name} does not say what scored it."),
            N_("Score the table again, and do not save its result with another program."),
            name=repr(path.name),
        ) from error
    own = set(names.values())
    return found, {field.name: field.type for field in schema if field.name not in own}


def check_has_ids(path: Path, column: str) -> None:
    """Check that a table, or the first of a folder of Parquet files, has a column that can hold ids.

    What a CSV file without a heading has is known only once a model reads it, so nothing is said of that.

    Raises:
        ModelError: it cannot be read as a table, has no such column, or that one can hold none.
    """
    file = next(iter(sorted(path.glob("*.parquet"))), None) if path.is_dir() else path
    if file is None:
        return
    dialect = recognise(file)
    if not dialect.header:
        return
    if column not in dialect.columns:
        raise no_column(column, dialect.columns)
    if dialect.kind == "parquet":
        check_type(column, pq.read_schema(file).field(column).type)


def no_column(column: str, known: Sequence[str]) -> ModelError:
    """Return the error that a table has no such column of ids."""
    return ModelError(
        N_("The table has no column {column}."), N_("Choose one of {names}."), column=repr(column), names=listed(known)
    )


def check_type(column: str, kind: Any) -> None:
    """Check that a column of a Parquet file can hold ids: texts, or whole numbers.

    Raises:
        ModelError: it cannot: of 1.0 nobody knows whether somebody will ask for 1 or for 1.0.
    """
    if not _may_be_ids(kind):
        raise ModelError(
            N_("Ids must be texts or whole numbers, but column {column} holds values of the type {type}."),
            N_("Save them as texts, written as they will be asked for."),
            column=repr(column),
            type=str(kind.value_type if pa.types.is_dictionary(kind) else kind),
        )


def _may_be_ids(kind: Any) -> bool:
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    texts = pa.types.is_string(values) or pa.types.is_large_string(values) or pa.types.is_string_view(values)
    return bool(texts or pa.types.is_integer(values))


def identified_rows(file: ScoredFile, column: str) -> Iterator[list[IdentifiedRow]]:
    """Yield the rows of a result, some at a time, with their ids as they are written: 007 is not 7.

    Lines that were broken have neither id nor answer, and are not among them.

    Raises:
        ModelError: a row has no id, or one that no address can have, or the file cannot be read.
    """
    answers = [name for name in file.names if name not in _ABOUT]
    wanted = [column, *(file.names[name] for name in (*answers, ERROR))]
    row = 0
    try:
        with pq.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(ROWS_AT_ONCE, columns=list(dict.fromkeys(wanted))):
                cells = [batch.column(name).to_pylist() for name in wanted]
                yield list(_rows(answers, zip(*cells, strict=True), row))
                row += len(batch)
    except (pa.ArrowException, OSError) as error:
        raise cannot_be_read(error) from error


def _rows(answers: Sequence[str], cells: Iterator[tuple[Any, ...]], before: int) -> Iterator[IdentifiedRow]:
    for row, (given, *said, problem) in enumerate(cells, before + 1):
        if given is None and problem:  # a broken line: nobody knows whose it is
            continue
        yield IdentifiedRow(
            _checked(given, row),
            {} if problem else _answer(dict(zip(answers, map(_plain, said), strict=True))),
            str(problem or ""),
        )


def _checked(given: object, row: int) -> str:
    text = "" if given is None else str(given)
    if not text.strip():
        raise ModelError(
            N_("Every row must have an id, but row {row} below the heading has none."),
            N_("Give it one, then score again."),
            row=row,
        )
    if len(text) > LONGEST_ID or any(sign < " " or sign == "\x7f" for sign in text):
        raise ModelError(
            N_("An id must have at most {most} signs that can be written, but row {row} below the heading has {id}."),
            N_("Choose another column."),
            most=LONGEST_ID,
            row=row,
            id=repr(text[:60]),
        )
    return text


def _answer(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer as programs are told it: one, or all by name where a model gives several."""
    chances = {name.removeprefix(PROBABILITY): said[name] for name in said if name.startswith(PROBABILITY)}
    several = {name.removeprefix(f"{PREDICTION}_"): said[name] for name in said if name.startswith(f"{PREDICTION}_")}
    return {"prediction": several or said.get(PREDICTION), "probabilities": chances or None}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
