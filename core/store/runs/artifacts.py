"""A run's files: what there is, their bytes, and which are pictures."""

from __future__ import annotations

import io
import stat
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from mlflow.artifacts import download_artifacts
from mlflow.artifacts import list_artifacts as list_artifacts_at
from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from PIL import Image

from core.errors import StoreError
from core.foreign_json import read_json
from core.i18n import N_
from core.store.connection import Store
from core.store.places import PlaceError, ask, bring, local_folder, run_place, where

PICTURE_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
MOST_PIXELS = 40_000_000  # a page decodes each: four bytes a pixel
MIB = 1 << 20
MOST_PICTURE_BYTES = 20 * MIB
MOST_DOCUMENT_BYTES = 20 * MIB  # twenty times as much once it is read
MOST_BYTES = 200 * MIB  # of a file that is read: all of it is in memory, for each who asks
MOST_VALUES, MOST_TEXT_BYTES = 50_000_000, 1 << 30  # of a table, unpacked
MOST_FILES = 200  # a listing longer than this helps nobody; MLflow's own page is better for it
MOST_FOLDERS = 200  # links may lead round in circles


class TooLargeError(StoreError):
    """A file has more bytes than are read."""


@dataclass(frozen=True)
class Artifact:
    """A file among a run's artifacts; ``size`` in bytes, None where the store does not say."""

    path: str
    size: int | None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def may_be_picture(self) -> bool:
        """Tell by the name whether it could be shown; ``is_picture`` tells by the bytes."""
        return PurePosixPath(self.path).suffix.lower() in {".png", ".jpg", ".jpeg", ".gif", ".webp"}

    def is_within(self, most: int) -> bool:
        """Tell whether it has at most so many bytes, as far as the store says."""
        return self.size is None or self.size <= most


@dataclass(frozen=True)
class Listing:
    """A run's files, folders flattened; ``unread`` are the paths of what is there and cannot be read.

    ``more`` says that there may be others, which were not looked at.
    """

    files: tuple[Artifact, ...] = ()
    unread: tuple[str, ...] = ()
    more: bool = False


def list_artifacts(store: Store, run_id: str) -> Listing:
    """Return the run's files, at most ``MOST_FILES``; a folder that cannot be read leaves the others.

    Raises:
        StoreError: the place they were in cannot be reached.
    """
    found: list[Artifact] = []
    unread: list[str] = []
    folders, looked_at = [""], 0
    while folders and len(found) <= MOST_FILES and looked_at < MOST_FOLDERS:
        folder = folders.pop(0)
        looked_at += 1
        try:
            entries = list_folder(store, run_id, folder)
        except StoreError:
            if not folder:
                raise
            unread.append(folder)
            continue
        for entry in entries:
            if not _is_text(entry.path):
                unread.append(entry.path.encode(errors="replace").decode())
            elif entry.is_dir:
                folders.append(entry.path)
            else:
                found.append(Artifact(entry.path, entry.file_size))
    return Listing(tuple(found[:MOST_FILES]), tuple(unread), more=bool(folders) or len(found) > MOST_FILES)


def _is_text(path: str) -> bool:
    """Tell whether a name can be shown and asked for: names on a disk are bytes, which may be no text."""
    try:
        return bool(path.encode())
    except UnicodeEncodeError:
        return False


def list_folder(store: Store, run_id: str, folder: str = "") -> Sequence[FileInfo]:
    """Return what is in one folder of the run's files, as MLflow describes it.

    Raises:
        StoreError: the place cannot be reached.
    """
    try:
        return ask(
            store, f"runs:/{run_id}", (store, run_id, folder), lambda: store.client.list_artifacts(run_id, folder)
        )
    except PlaceError:
        raise
    except Exception as error:  # noqa: BLE001 - each kind of place (a disk, S3, HDFS, …) has errors of its own
        try:
            return _on_disk(run_place(store, run_id), folder)
        except (OSError, MlflowException):
            raise _gone(folder or "/") from error


def _on_disk(place: str, folder: str) -> list[FileInfo]:
    """Return what is in a folder on this computer; MLflow lists none of it where one link leads nowhere.

    Raises:
        OSError: the folder cannot be read.
    """
    root = local_folder(place)
    if root is None or not (root / folder).resolve().is_relative_to(root.resolve()):  # a link may lead anywhere
        raise FileNotFoundError(place)
    return [_described(entry, root) for entry in sorted((root / folder).iterdir())]


def _described(entry: Path, root: Path) -> FileInfo:
    path = entry.relative_to(root).as_posix()
    try:
        found = entry.stat()
    except OSError:  # a link that leads nowhere, a place on the disk that is damaged
        return FileInfo(path, False, None)
    return FileInfo(path, stat.S_ISDIR(found.st_mode), found.st_size)


def list_place(store: Store, uri: str) -> list[str]:
    """Return the paths at an address of a model: ``models:/…``, ``runs:/…``, a folder or a bucket.

    Raises:
        PlaceError: the place does not answer, or does not let us.
        Exception: whatever this kind of place raises where it cannot be reached.
    """
    place = where(store, uri)

    def listing() -> list[str]:
        return [entry.path for entry in list_artifacts_at(artifact_uri=place, tracking_uri=store.uri)]

    return ask(store, place, (store, place), listing)


def read_artifact(store: Store, run_id: str, path: str, most: int = MOST_BYTES) -> bytes:
    """Return a file's bytes.

    Raises:
        StoreError: it is gone, cannot be reached, or has more than ``most`` bytes.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            local = bring(store, f"runs:/{run_id}", partial(list_folder, store, run_id), partial(
                download_artifacts, run_id=run_id, artifact_path=path, dst_path=folder, tracking_uri=store.uri
            ))  # fmt: skip
            size = Path(local).stat().st_size
            if size > most:
                raise _too_large(path, size, most)
            return Path(local).read_bytes()
        except (PlaceError, TooLargeError):
            raise
        except Exception as error:  # as above
            raise _gone(path) from error


def is_picture(content: bytes) -> bool:
    """Tell by the first bytes whether this is a PNG, JPEG, GIF or WebP; SVG may carry scripts and is none."""
    return content.startswith(PICTURE_MAGIC) or (content[:4], content[8:12]) == (b"RIFF", b"WEBP")


def can_be_shown(content: bytes) -> bool:
    """Tell by a picture's header whether it can be read and has no more pixels than a page can show."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content)) as picture:
            return picture.width * picture.height <= MOST_PIXELS
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow says of damaged ones
        return False


def read_table(store: Store, run_id: str, path: str) -> pd.DataFrame:
    """Return a Parquet artifact as a table.

    Raises:
        StoreError: it is gone, is no Parquet, or would fill the memory once it is unpacked.
    """
    content = read_artifact(store, run_id, path)
    try:
        fits = _fits(content)
        table = pd.read_parquet(io.BytesIO(content)) if fits else None
    except (ValueError, OSError) as error:
        raise _gone(path) from error
    if table is None:
        raise TooLargeError(
            N_("The table {path} of this run is too large to be read, once it is unpacked."),
            N_("Fetch it from where it lies, or on MLflow’s own page."),
            path=path,
        )
    return table


def _fits(content: bytes) -> bool:
    """Tell whether a table can be held in memory; of texts that are repeated a file has each only once."""
    file = pq.ParquetFile(io.BytesIO(content))
    groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
    if sum(group.column(place).num_values for group in groups for place in range(group.num_columns)) > MOST_VALUES:
        return False
    texts = [
        one.name for one in file.schema_arrow if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)
    ]
    coded = pq.read_table(io.BytesIO(content), columns=texts, read_dictionary=texts)
    return sum(_text_bytes(part) for column in coded.columns for part in column.chunks) <= MOST_TEXT_BYTES


def _text_bytes(part: pa.DictionaryArray) -> int:
    lengths = pc.binary_length(part.dictionary).cast(pa.int64())
    return pc.sum(pc.take(lengths, part.indices)).as_py() or 0


def read_document(store: Store, run_id: str, path: str) -> object:
    """Return a JSON artifact, whoever wrote it.

    Raises:
        StoreError: it is gone, or is no JSON.
    """
    content = read_artifact(store, run_id, path, MOST_DOCUMENT_BYTES)
    try:
        return read_json(content)
    except ValueError as error:
        raise StoreError(
            N_("The file {path} of this run is no JSON that can be read."), N_("Choose another file."), path=path
        ) from error


def _too_large(path: str, size: int, most: int) -> TooLargeError:
    return TooLargeError(
        N_("The file {path} of this run has {size} MB, and up to {most} MB are read."),
        N_("Fetch it from where it lies, or on MLflow’s own page."),
        path=path,
        size=size // MIB,
        most=most // MIB,
    )


def _gone(path: str) -> StoreError:
    return StoreError(
        N_("The file {path} of this run cannot be read."),
        N_("It was removed, or lies on a machine that cannot be reached from here."),
        path=path,
    )
