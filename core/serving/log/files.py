"""The files of the log: a folder a model, and in it streams that are written and the Parquet files made of them.

A file is called by its day, what it holds, who writes it and a number. A Parquet file has the name of the stream that
it was made of, and takes its place as soon as it is there: so no row is ever read twice, and none is missed, wherever a
program was killed. See docs/decisions/033-streams-that-become-parquet.md.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from core.foreign_json import read_json
from core.prediction.names import normal
from core.serving.log.entries import Kind
from core.store.owner import is_gone
from core.systems import put_in_place

FOLDER = "predictions"  # below the cache
STREAM, PARQUET, UNFINISHED = ".arrows", ".parquet", ".unfinished"
ABOUT = b"pizarra"  # what the schema of a file says of itself
SILENT = 3600  # seconds after which nobody goes on writing a stream of a past day, nor a file that is not finished
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.([a-z]+)\.([0-9a-f]+)\.(\d+)")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True)
class Part:
    """Some rows of a model's log, in a stream or a Parquet file of the same name; written by ``writer``."""

    day: date
    kind: Kind
    writer: str
    number: int

    @property
    def name(self) -> str:
        """What its files are called before their endings."""
        return f"{self.day.isoformat()}.{self.kind}.{self.writer}.{self.number:06}"


def folder_of_store(cache_dir: Path, store: str) -> Path:
    """Return where the log of a store lies; ``store`` is what tells it from others."""
    return cache_dir / FOLDER / blake2b(store.encode(), digest_size=8).hexdigest()


def folder_of_model(folder: Path, model: str) -> Path:
    """Return where the log of a model lies, whatever it is called: on no system does the name of a folder fail.

    >>> folder_of_model(Path("log"), "Año/é*").name
    'a-o-9cce7536f894'
    """
    readable = re.sub(r"[^a-z0-9]+", "-", normal(model).casefold()).strip("-")[:40].strip("-")
    return folder / f"{readable or 'model'}-{blake2b(model.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"


def parts(folder: Path) -> list[Part]:
    """Return the parts of a model's log, the oldest day first."""
    return sorted({part for path in _files(folder) if (part := part_of(path)) is not None})


def part_of(path: Path) -> Part | None:
    """Return the part that a file is of, None where it is none of ours."""
    found = _NAME.fullmatch(path.name.removesuffix(path.suffix))
    if found is None or path.suffix not in {STREAM, PARQUET} or found[2] not in get_args(Kind):
        return None
    with suppress(ValueError):
        return Part(date.fromisoformat(found[1]), found[2], found[3], int(found[4]))  # type: ignore[arg-type]
    return None


def _files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # nothing was logged
        return []


def models_in(folder: Path) -> dict[str, Path]:
    """Return the models that have a log, with where it lies; the files themselves say which model it is."""
    found = {}
    for place in sorted(_files(folder)):
        for path in sorted(_files(place)):
            if part_of(path) is not None and (about := about_file(path)):
                found[str(about["model"])] = place
                break
    return found


def about_file(path: Path) -> dict[str, Any]:
    """Return what a file says of itself: its model, and which process writes it; nothing where it cannot be read."""
    schema = _schema(path)
    try:
        about = read_json((schema.metadata or {}).get(ABOUT, b"{}")) if schema is not None else {}
    except ValueError:
        return {}
    return about if isinstance(about, dict) and isinstance(about.get("model"), str) else {}


def schema_of(folder: Path, part: Part) -> pa.Schema | None:
    """Return which columns a part has, None where it cannot be read."""
    paths = (folder / f"{part.name}{ending}" for ending in (PARQUET, STREAM, PARQUET))
    return next((schema for path in paths if (schema := _schema(path)) is not None), None)


def _schema(path: Path) -> pa.Schema | None:
    try:
        if path.suffix == PARQUET:
            return pq.read_schema(path)
        with pa.OSFile(str(path)) as source:
            return pa.ipc.read_schema(source)
    except (OSError, EOFError, pa.ArrowException):  # it is gone, or its writer was killed in its first line
        return None


def with_about(schema: pa.Schema, model: str, owner: str) -> pa.Schema:
    """Return a schema that says of itself which model's rows it describes, and which process writes them."""
    return schema.with_metadata({ABOUT: json.dumps({"model": model, "owner": owner}).encode()})


# A stream, and what becomes of it


class Stream:
    """A file of batches that is written to: each is whole on the disk, or not there.

    Raises:
        OSError: it cannot be made, as on a full disk.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema, self.size = path, schema, 0
        self.is_broken = False
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0))
        try:
            self._write(schema.serialize())
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise

    def append(self, table: pa.Table) -> None:
        """Write rows of its schema, and wait until they are on the disk.

        Raises:
            OSError: they cannot be written; then nothing of them is.
        """
        for batch in table.combine_chunks().to_batches():
            self._write(batch.serialize())

    def _write(self, message: pa.Buffer) -> None:
        left = memoryview(message)
        try:
            while left:
                left = left[os.write(self._file, left) :]
            os.fsync(self._file)
        except OSError:
            self.is_broken = True  # half a batch would make all that follow unreadable
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
            self.is_broken = False
            raise
        self.size += message.size

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield what was written to a stream; where its writer was killed, all that was whole by then.

    Raises:
        FileNotFoundError: there is none.
    """
    with pa.OSFile(str(path)) as source:
        try:
            with pa.ipc.open_stream(source) as reader:
                for batch in reader:
                    batch.validate()
                    yield batch
        except (pa.ArrowException, OSError, EOFError):  # its end is not whole
            return


def compact(path: Path) -> bool:
    """Put a Parquet file in the place of a stream that nobody writes to any more; False where there is no room."""
    target, unfinished = path.with_suffix(PARQUET), path.with_suffix(f".{os.getpid()}{UNFINISHED}")
    try:
        if not target.exists():
            whole = list(batches(path))
            if whole:
                pq.write_table(pa.Table.from_batches(whole), unfinished, compression="zstd", row_group_size=1 << 16)
                _settle(unfinished)
                put_in_place(unfinished, target)  # from here on the stream does not count
        path.unlink(missing_ok=True)
    except FileNotFoundError:  # another process was first
        return True
    except (OSError, pa.ArrowException) as error:
        unfinished.unlink(missing_ok=True)
        _log.warning("A part of the prediction log stays as it was written: %s", error)
        return False
    return True


def _settle(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def compact_left_behind(folder: Path) -> bool:
    """Put a Parquet file in the place of a stream whose writer has ended, of any model; False where there is none."""
    for place in _files(folder):
        for path in _files(place):
            part = part_of(path)
            if part is not None and path.suffix == STREAM and _is_left_behind(path, part):
                if compact(path):
                    return True
            elif path.suffix == UNFINISHED and _is_silent(path):
                with suppress(OSError):  # on Windows somebody may have it open: the next time
                    path.unlink(missing_ok=True)
    return False


def _is_left_behind(path: Path, part: Part) -> bool:
    if path.with_suffix(PARQUET).exists() or (part.day < datetime.now(UTC).date() and _is_silent(path)):
        return True
    return is_gone(str(about_file(path).get("owner", "")))


def _is_silent(path: Path) -> bool:
    try:
        return datetime.now(UTC).timestamp() - path.stat().st_mtime > SILENT
    except OSError:
        return False


# How much there may be


def keep_within(folder: Path, most: int) -> list[date]:
    """Remove the oldest days of all models while there are more than ``most`` bytes; return which days lost rows.

    What is being written stays: of a day that is too large alone the files that are finished go, the oldest first.
    """
    found: list[tuple[date, bool, float, int, Path]] = []
    for place in _files(folder):
        for path in _files(place):
            part = part_of(path)
            with suppress(OSError):
                about = path.stat()
                day = date.min if part is None else part.day
                found.append((day, path.suffix == STREAM, about.st_mtime, about.st_size, path))
    total = sum(size for _day, _is_stream, _when, size, _path in found)
    gone: set[date] = set()
    today = datetime.now(UTC).date()
    for day, is_stream, _when, size, path in sorted(found):
        if total <= most:
            break
        if day == date.min or (is_stream and (day >= today or not _is_silent(path))):
            continue
        with suppress(OSError):
            path.unlink()
            total -= size
            gone.add(day)
    return sorted(gone)
