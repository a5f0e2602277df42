"""Score a whole table with one version of a model: what each row gets, and why some get nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from core.access import Actor
from core.errors import ModelError
from core.i18n import DEFAULT_LANGUAGE, N_, speaking, translate
from core.prediction.answers import Predictions
from core.prediction.classes import words_of
from core.prediction.known_answers import known_answers, output_of
from core.prediction.open_version import ToOpen, open_from
from core.prediction.predict import Predictor
from core.prediction.schema import InputField, fit_values
from core.prediction.tables.asking import Asking
from core.prediction.tables.cells import IS_MISSING, known_cells, reason_of, typed_cells
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import Matching, Unknown, lacks, listed, match_columns, some_of
from core.prediction.tables.results import NOTE, ResultFiles, ScoredChunk, Source, error_rows
from core.store.connection import open_store
from core.store.record import ANSWER, PREDICTION, PROBABILITY, ROW
from core.tables.chunks import Chunk, Part, read_chunks
from core.tables.dialects import Dialect

CHUNK_ROWS = 50_000
WHOLE = Part()
TESTED = "test_"  # how the names of metrics of rows begin that a model has not seen
RESULT = "scored"  # the name of files and folders

NEVER_EMPTY = N_("is empty, which it was in no known training row")
OTHER_WIDTH = N_("The line does not have {width} values.")
Report = Callable[[int, int], None]  # rows done, and of how many
Measure = Callable[[pd.DataFrame], Mapping[str, float]]  # metrics of a table with answers, predictions, probabilities
Ends = Mapping[str, tuple[float, float]]
Chance = Callable[[pd.DataFrame, Iterable[str]], Ends]  # how far chance moves metrics of such a table


@dataclass(frozen=True)
class Scoring:
    """The version that scores, its name, number and stage as the result says them, and the language of the errors."""

    store_uri: str
    to_open: ToOpen
    model: str
    version: int
    stage: str
    language: str = DEFAULT_LANGUAGE


@dataclass(frozen=True)
class Scored:
    """What came of it. ``rows`` are all rows of the file, ``answered`` those with an answer; the rest has errors.

    ``errors`` has one line an error: row, column, value, reason. ``first`` are the first rows of the result, and
    ``names`` what its own columns are called there, by their usual names. ``compared`` counts the rows whose right
    answer is known, of which the metrics are; ``intervals`` are their ends by chance, and ``undefined`` the metrics
    that mean nothing on these rows. ``against`` has an entry for each of the first rows: whether its answer is right,
    how far off a number is, or None where nobody knows.
    """

    rows: int
    answered: int
    blank: int
    results: Mapping[str, Path]
    errors: Path
    first: pd.DataFrame
    names: Mapping[str, str]
    unknown: Mapping[str, Unknown] = field(default_factory=dict)
    lacking: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    compared: int = 0
    not_compared: ModelError | None = None
    intervals: Ends = field(default_factory=dict)
    undefined: Sequence[str] = ()
    against: Sequence[bool | float | None] = ()


def score_file(
    actor: Actor,
    scoring: Scoring,
    source: Path,
    dialect: Dialect,
    matching: Matching,
    folder: Path,
    measure: Measure | None = None,
    chance: Chance | None = None,
    *,
    formats: Sequence[str] = ("csv", "parquet"),
    name: str = RESULT,
    part: Part = WHOLE,
    read: str = "",
    report: Report = lambda done, of: None,
) -> Scored:
    """Score all rows of a file, in a worker; the result is written to ``folder`` as it grows.

    A row with a value that does not fit gets no answer, and the result says why; all others are answered. Of a ``part``
    only its rows are scored, read as in the whole file. ``read`` tells the content of the file from any other, and is
    noted in the result.

    Raises:
        ModelError: the file or the folder cannot be reached from here, or the model cannot be opened or asked.
        PizarraError: ``actor`` may not.
    """
    actor.check("score")
    if not source.is_file() or not folder.is_dir():
        raise ModelError(
            N_("The workers must be able to read the file and write beside it, but {path} is not there for them."),
            N_("Set PIZARRA_CACHE_DIR to a folder that the dashboard and all workers share, then start again."),
            path=repr(str(source)),
        )
    with speaking(scoring.language):
        asked = _opened(scoring)
        table = ResultFiles(source_of(scoring), dialect, matching.decimal(dialect), folder, name, formats, read)
        tally = _Tally(asked, matching, dialect)
        report(0, dialect.rows)
        with table:
            chunks = read_chunks(source, dialect, CHUNK_ROWS)
            for chunk in (
                chunks if part == WHOLE else part.rows(chunks, 1 + dialect.above + dialect.header, dialect.rows)
            ):
                table.write(tally.score(chunk))
                report(min(tally.rows + tally.blank, dialect.rows), dialect.rows)
        measured, compared, not_compared = tally.measured(measure)
        undefined = [name for name in measured if name.removeprefix(TESTED) in _undefined(tally.known)]
        metrics = {name: value for name, value in measured.items() if name not in undefined}
        intervals = chance(tally.known, list(metrics)) if chance is not None and metrics else {}
        return Scored(
            tally.rows, tally.answered, tally.blank, table.results, table.errors, table.first, table.names,
            {name: some_of(found) for name, found in tally.unknown.items()}, tally.lacking, metrics,
            compared, not_compared, intervals, undefined, tally.against(len(table.first)),
        )  # fmt: skip


def score_part(
    actor: Actor,
    scoring: Scoring,
    source: Path,
    *,
    formats: Sequence[str] = ("parquet",),
    read: str = "",
    report: Report = lambda done, of: None,
) -> Scored:
    """Score one file of a folder, in a worker; the result is in a folder of the version's own below it.

    ``read`` is as for ``score_file``.

    Raises:
        ModelError: as ``score_file``, or the file lacks columns, or has wrong ones.
        PizarraError: ``actor`` may not score folders.
    """
    actor.check("score_folder")
    folder = results_folder(scoring, source)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ModelError(
            N_("The workers must be able to write to {folder}, but they cannot: {reason}"),
            N_("Choose a folder that all of them may write to."),
            folder=repr(str(folder)),
            reason=str(error)[:200],
        ) from error
    asked = _opened(scoring)
    dialect = recognise(source, asked.fields)
    matching, _first = match_columns(source, dialect, asked.fields)
    for one in matching.two_ways:
        raise one.refused()
    if not matching.is_complete:
        raise ModelError(
            N_("The file {name} must have all columns that the model wants, with values that fit, but these do not: "
               "{columns}."),
            N_("Correct the file and try again."),
            name=repr(source.name),
            columns=listed([*matching.missing, *(one.name for one in matching.wrong)]),
        )  # fmt: skip
    return score_file(
        actor, scoring, source, dialect, matching, folder, formats=formats, name=source.stem, read=read, report=report
    )


def results_folder(scoring: Scoring, source: Path) -> Path:
    """Return where the results of files of a folder lie, one folder a version."""
    return source.parent / re.sub(r"[^\w.-]+", "-", f"{RESULT}-{scoring.model}-v{scoring.version}")


def source_of(scoring: Scoring) -> Source:
    """Return what a result says of who scored it."""
    opened = scoring.to_open
    return Source(scoring.model, scoring.version, scoring.stage, opened.run_id, opened.cutoff)


def parquet_files(actor: Actor, folder: Path) -> list[Path]:
    """Return the Parquet files of a folder, in a worker.

    Raises:
        ModelError: there is no such folder, or no such file in it.
        PizarraError: ``actor`` may not score folders, nor see what is in them.
    """
    actor.check("score_folder")
    found = sorted(folder.glob("*.parquet")) if folder.is_absolute() and folder.is_dir() else []
    if not found:
        raise ModelError(
            N_("The folder must have Parquet files that the workers can read, but in {folder} they find none."),
            N_("Give the full path of a folder that all workers share, with files that end in .parquet."),
            folder=repr(str(folder)),
        )
    return found


@lru_cache(maxsize=1)  # the parts of a folder are scored one after another
def _opened(scoring: Scoring) -> Predictor:
    return open_from(open_store(scoring.store_uri, make=False), scoring.to_open).predictor


# Chunk by chunk


class _Tally:
    """Scores chunks, and adds up what the report says of all of them."""

    def __init__(self, asked: Predictor, matching: Matching, dialect: Dialect) -> None:
        followed = output_of(asked, matching.answers) if matching.answers else asked.output
        self._asked, self._matching, self._dialect = replace(asked, output=followed), matching, dialect
        self._asking = Asking(self._asked)
        self._compared: list[pd.DataFrame] = []
        self._first: list[int] = []  # numbers of the rows that the first chunk gives the result
        self.known = pd.DataFrame()
        self.rows = self.answered = self.blank = 0
        self.unknown: dict[str, Counter[str]] = {}
        self.lacking: Counter[str] = Counter()

    def score(self, chunk: Chunk) -> ScoredChunk:
        """Return a chunk's rows with their answers or errors."""
        frame, errors, notes = self._features(chunk)
        good = np.ones(len(chunk.rows), dtype=bool)
        good[np.isin(chunk.rows, errors[ROW].to_numpy())] = False
        places = np.flatnonzero(good)
        said, refused = self._asking.ask(frame, places) if len(places) else (pd.DataFrame(), {})
        more = [(chunk.rows[place], "", "", reason) for place, reason in refused.items()]
        wide = translate(OTHER_WIDTH).format(width=len(self._dialect.columns))
        more += [(row, "", line[:200], wide) for row, line in chunk.broken.items()]
        if more:
            errors = pd.concat([errors, error_rows(more)]) if len(errors) else error_rows(more)
            errors = errors.sort_values(ROW, kind="stable", ignore_index=True)
        said = said.reindex(range(len(chunk.rows))).assign(**{NOTE: notes})
        if not self.rows:
            self._first = sorted([*chunk.rows.tolist(), *chunk.broken])
        self.rows += len(chunk.rows) + len(chunk.broken)
        self.blank += chunk.blank
        self.answered += len(chunk.rows) + len(chunk.broken) - errors[ROW].nunique()
        if self._matching.answers and PREDICTION in said:
            self._compare(chunk, said)
        return ScoredChunk(*_with_broken(chunk, said), errors)

    def _features(self, chunk: Chunk) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
        """Return all rows as the model takes them, the values that do not fit, one a line, and a note on each row."""
        columns, errors = {}, [error_rows([])]
        notes = np.full(len(chunk.rows), "", dtype=object)
        for one in self._asked.fields:
            if one.name not in self._matching.columns:
                columns[one.name] = fit_values(pd.Series([None] * len(chunk.rows), dtype=object), one)[0]
                self._note(one, np.full(len(notes), one.never_missing), notes)
                continue
            cells = chunk.table[self._matching.columns[one.name]]
            signs = self._matching.signs[self._matching.columns[one.name]]
            found = typed_cells(cells, one, signs)
            columns[one.name] = found.values
            self._note(one, lacks(found, one), notes)
            if found.unknown:
                self.unknown.setdefault(one.name, Counter()).update(found.unknown)
            if found.bad.any():
                places = np.flatnonzero(found.bad)
                values = [str(value)[:200] for value in cells.take(pa.array(places)).to_pylist()]
                errors.append(error_rows([
                    (chunk.rows[place], one.name, *(
                        ("", translate(IS_MISSING)) if found.missing[place]
                        else (value, translate(reason_of(one, signs, value)))
                    ))
                    for place, value in zip(places, values, strict=True)
                ]))  # fmt: skip
        table = pd.concat(errors[1:], ignore_index=True) if len(errors) > 1 else errors[0]
        return pd.DataFrame(columns), table.sort_values(ROW, kind="stable", ignore_index=True), notes

    def _note(self, wanted: InputField, empty: np.ndarray, notes: np.ndarray) -> None:
        """Count the cells that are empty as none was in training, and say so of their rows."""
        if empty.any():
            self.lacking[wanted.name] += int(empty.sum())
            said = f"{wanted.name} {translate(NEVER_EMPTY)}"
            notes[empty] = [f"{note}; {said}" if note else said for note in notes[empty]]

    def _compare(self, chunk: Chunk, said: pd.DataFrame) -> None:
        """Keep the known answers beside what was said, words as categories: a column of a million has few."""
        classes, cells = self._asked.classes, chunk.table[self._matching.answers]
        answers = known_cells(cells, self._matching.signs[self._matching.answers], classes)
        chances = [] if self._asking.several else [name for name in said if name.startswith(PROBABILITY)]
        table = pd.concat([answers.rename(ANSWER), said[[PREDICTION, *chances]]], axis=1)
        table.insert(0, ROW, chunk.rows)
        table = table[table[ANSWER].notna() & table[PREDICTION].notna()]
        words = [name for name in (ANSWER, PREDICTION) if not pd.api.types.is_numeric_dtype(table[name])]
        self._compared.append(table.astype(dict.fromkeys(words, "category")))

    def measured(self, measure: Measure | None) -> tuple[Mapping[str, float], int, ModelError | None]:
        """Return the metrics of all rows whose right answer is known, how many rows those are, and why there is none.

        Rows match the model's classes as a column, since one chunk may have fewer ways to write them than all.
        """
        if measure is None or not sum(map(len, self._compared)):
            return {}, 0, None
        table = pd.concat([_uncategorised(one) for one in self._compared], ignore_index=True)
        self._compared = []
        chances = table[[name for name in table if str(name).startswith(PROBABILITY)]]
        named = chances.rename(columns=lambda name: str(name).removeprefix(PROBABILITY))
        said = Predictions(table[PREDICTION].to_numpy(), named if len(named.columns) else None, self._asking.several)
        try:
            table[ANSWER] = known_answers(self._asked, said, table[ANSWER])
        except ModelError as reason:
            return {}, 0, reason
        if not pd.api.types.is_numeric_dtype(table[ANSWER]):
            table[PREDICTION] = words_of(table[PREDICTION].to_numpy())
        self.known = table
        return measure(table), len(table), None

    def against(self, count: int) -> list[bool | float | None]:
        """Return how the answers to the first rows compare with the right ones, once these are measured."""
        if not len(self.known):
            return []
        first = self.known[self.known[ROW].isin(self._first[:count])]
        found = first[PREDICTION], first[ANSWER]
        if all(map(pd.api.types.is_numeric_dtype, found)):
            told: list[bool | float] = [float(off) for off in found[0] - found[1]]
        else:
            told = [bool(right) for right in found[0].astype(str) == found[1].astype(str)]
        by_row = dict(zip(first[ROW], told, strict=True))
        return [by_row.get(row) for row in self._first[:count]]


def _undefined(table: pd.DataFrame) -> frozenset[str]:
    """Name the metrics that known answers leave without a meaning, whatever number comes out of them."""
    if not len(table):
        return frozenset()
    if pd.api.types.is_numeric_dtype(table[ANSWER]):
        return frozenset({"r2"} if table[ANSWER].nunique() < 2 else ())
    classes = [str(name).removeprefix(PROBABILITY) for name in table if str(name).startswith(PROBABILITY)]
    is_absent = len(classes) == 2 and not (table[ANSWER].astype(str) == classes[1]).any()
    return frozenset({"precision", "recall", "f1"} if is_absent else ())


def _uncategorised(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({name: object for name in table if table[name].dtype == "category"})


def _with_broken(chunk: Chunk, said: pd.DataFrame) -> tuple[Any, pd.DataFrame]:
    """Return the rows with the broken lines where they belong, empty; a column tells their numbers."""
    if not chunk.broken:
        return chunk.table, said.assign(**{ROW: chunk.rows})
    rows = np.concatenate([chunk.rows, np.fromiter(chunk.broken, dtype=np.int64)])
    order = np.argsort(rows, kind="stable")
    empty = chunk.table.schema.empty_table().to_pylist() + [dict.fromkeys(chunk.table.column_names)] * len(chunk.broken)
    table = pa.concat_tables([chunk.table, pa.Table.from_pylist(empty, chunk.table.schema)]).take(pa.array(order))
    return table, said.reindex(range(len(rows))).iloc[order].reset_index(drop=True).assign(**{ROW: rows[order]})
