"""Score a whole table that somebody brings with a named version, for the command line: every row, and what fails."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from core.access import Actor
from core.comparison.evidence import chance_of, measured
from core.errors import ModelError
from core.i18n import N_, current_language
from core.prediction.open_version import OpenVersion, ToOpen, open_from
from core.prediction.tables.batch import WHOLE, Scored, Scoring, score_file
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import Matching, match_columns
from core.store.connection import open_store
from core.store.registry.references import version_named
from core.store.registry.registered_models import Version
from core.tables.chunks import Part
from core.tables.dialects import SPREADSHEETS, Dialect, cannot_be_read
from core.tables.sheets import only_sheet

FORMATS = ("csv", "parquet")
MOST_NAMED = 1000  # rows without an answer that are named; the file of errors has all


@dataclass(frozen=True)
class ScoredTable:
    """What came of a table: the version that answered, where its answers are, and ``failed`` rows with why."""

    scored: Scored
    version: Version
    result: Path
    failed: tuple[tuple[int, str], ...]


def score_table(
    actor: Actor,
    store_uri: str,
    named: str,
    table: Path,
    out: Path,
    allow_code: Collection[str] = (),
    part: Part = WHOLE,
) -> ScoredTable:
    """Write the rows of a table with their answers to ``out``, whose ending says as what.

    Rows with a value that does not fit get none; they are named, and their errors are in a file beside the result.

    Raises:
        PizarraError: ``actor`` may not have files on this computer read.
        StoreError: there is no such model or version, or the store does not answer.
        DataError: a workbook cannot be read.
        ModelError: the version cannot be opened or asked, or a file cannot be read or written.
    """
    actor.check("score_folder")
    ending = out.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise ModelError(
            N_("Answers are written as CSV or Parquet, but the file is to be called {file}."),
            N_("Let its name end in .csv or .parquet."),
            file=repr(out.name),
        )
    if out.resolve() == table.resolve() or not out.absolute().parent.is_dir():
        raise ModelError(
            N_("Answers need a file of their own in a folder that is there, but it is to be {file}."),
            N_("Choose another one with --out."),
            file=repr(str(out)),
        )
    store = open_store(store_uri, make=False)
    version, cutoff = version_named(store, named)
    to_open = ToOpen(version.uri, version.run_id, version.model in allow_code, cutoff)
    asked = open_from(store, to_open)
    scoring = Scoring(store.uri, to_open, version.model, version.number, version.stage, current_language())
    with _as_rows(table) as source:
        dialect, matching = _matched(source, asked)
        scored = score_file(
            actor, scoring, source, dialect, matching, out.absolute().parent, measured, chance_of,
            formats=[ending], name=out.stem, part=part,
        )  # fmt: skip
    written = scored.results[ending]
    if written != out.absolute():  # an ending in capitals
        written.replace(out.absolute())
    return ScoredTable(scored, version, out, _failed(scored.errors, dialect.delimiter or ","))


def count_rows(
    actor: Actor, store_uri: str, named: str, table: Path, allow_code: Collection[str] = ()
) -> tuple[Version, int]:
    """Return which version would score a table, and how many rows that has; both are checked as if it were scored.

    Raises:
        PizarraError: as ``score_table``.
    """
    actor.check("score_folder")
    store = open_store(store_uri, make=False)
    version, cutoff = version_named(store, named)
    asked = open_from(store, ToOpen(version.uri, version.run_id, version.model in allow_code, cutoff))
    with _as_rows(table) as source:
        dialect, _matching = _matched(source, asked)
        return version, dialect.rows


def _matched(source: Path, asked: OpenVersion) -> tuple[Dialect, Matching]:
    dialect = recognise(source, asked.fields, asked.target)
    matching, _first = match_columns(source, dialect, asked.fields, asked.target)
    matching.require()
    return dialect, matching


@contextmanager
def _as_rows(table: Path) -> Iterator[Path]:
    """Give a file as it is, a workbook as the Parquet file that its one sheet is."""
    try:
        with table.open("rb") as file:
            is_workbook = file.read(8).startswith(SPREADSHEETS)
    except OSError as error:
        raise cannot_be_read(error) from error
    if not is_workbook:
        yield table
        return
    with TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.parquet"
        sheet.write_bytes(only_sheet(table))
        yield sheet


def _failed(errors: Path, delimiter: str) -> tuple[tuple[int, str], ...]:
    """Return the rows without an answer, with what was wrong."""
    found = pd.read_csv(errors, sep=delimiter, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    told: dict[int, list[str]] = {}
    for row, *what in found.itertuples(index=False):
        told.setdefault(int(row), []).append(" ".join(filter(None, what)))
    return tuple((row, "; ".join(what)) for row, what in list(told.items())[:MOST_NAMED])
