"""Score a file only where that is news: where it, or the version that scores, is another one than last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.access import Actor
from core.errors import ModelError
from core.prediction.tables.batch import Report, Scored, Scoring, results_folder, score_part, source_of
from core.prediction.tables.identified import result_about
from core.prediction.tables.results import ERRORS, READ
from core.tables.dialects import cannot_be_read


@dataclass(frozen=True)
class LeftAsItWas:
    """A file whose result of before still stands: it was made of the same content, by the same version."""

    results: Mapping[str, Path]
    errors: Path


def score_part_if_new(
    actor: Actor,
    scoring: Scoring,
    source: Path,
    *,
    formats: Sequence[str] = ("parquet",),
    report: Report = lambda done, of: None,
) -> Scored | LeftAsItWas:
    """Score one file of a folder, in a worker, as ``score_part`` does, unless its result of before still stands.

    It does where it was written whole, of a file with the very same content, by the same version of the same run, in
    the same stage and with the same cut-off. Content counts, not the time of a file: what was copied or touched is the
    same, what was exchanged for something of the same size and time is not.

    Raises:
        ModelError: as ``score_part``, or the file cannot be read.
        PizarraError: ``actor`` may not score folders.
    """
    actor.check("score_folder")
    read = content_of(source)  # before it is scored: what changes meanwhile is news next time
    folder = results_folder(scoring, source)
    results = {ending: folder / f"{source.stem}.{ending}" for ending in {*formats, "parquet"}}
    errors = folder / f"{source.stem}.{ERRORS}.csv"
    if all(path.is_file() for path in (*results.values(), errors)) and _stands(results["parquet"], scoring, read):
        report(1, 1)
        return LeftAsItWas(results, errors)
    return score_part(actor, scoring, source, formats=formats, read=read, report=report)


def content_of(source: Path) -> str:
    """Return what tells the content of a file from any other: its SHA-256.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        with source.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise cannot_be_read(error) from error


def _stands(result: Path, scoring: Scoring, read: str) -> bool:
    try:
        told = pq.read_metadata(result).metadata or {}
        return told.get(READ) == read.encode() and result_about(result).source == source_of(scoring)
    except (pa.ArrowException, OSError, ModelError):  # damaged, or no result of ours: it is made anew
        return False
