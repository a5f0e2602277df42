"""Datasets: bundled, your own file, a verified download, or a stand-in that says it is one."""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from core.errors import DataError
from core.i18n import N_
from core.settings import Settings
from core.systems import put_in_place
from core.training.division import Division, keys_of
from core.training.tasks import Dataset, LoadedDataset, Origin, Task

DOWNLOAD_SECONDS = 5
UNREACHABLE_SECONDS = 600
BUNDLED_SOURCE, STAND_IN_SOURCE = "scikit-learn", "pizarra stand-in"

Fetch = Callable[[str], bytes]

_log = logging.getLogger(__name__)
_unreachable: dict[str, float] = {}


@dataclass(frozen=True)
class TrainingTable:
    """What a model learns from: ``features``, ``target`` and ``keys`` with the dataset's own index.

    ``target`` holds class words for classification and numbers for regression. ``without_target`` counts the
    rows that were left out because their target is missing. ``keys`` say by what the rows are divided, where that is
    not chance (``core/training/division.py``).
    """

    features: pd.DataFrame
    target: pd.Series
    without_target: int
    keys: pd.Series | None = None

    def keys_at(self, rows: pd.Index) -> np.ndarray | None:
        """Return the keys of some rows."""
        return None if self.keys is None else self.keys.loc[rows].to_numpy()

    def groups_at(self, rows: pd.Index, division: Division) -> np.ndarray | None:
        """Return which group each of some rows is of; None where rows are not divided by groups."""
        return self.keys_at(rows) if division.groups else None


def fetch_https(url: str) -> bytes:
    """Return what ``url`` answers within a few seconds.

    Raises:
        DataError: the address is not https.
        OSError: there is no answer.
    """
    if urlsplit(url).scheme != "https":
        raise DataError(
            N_("A download must come over https, but its address is {url}."),
            N_("Put the file into the data folder yourself."),
            url=url,
        )
    with urllib.request.urlopen(url, timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310 - https, checked above
        return bytes(answer.read())


def load_dataset(
    dataset: Dataset, *, data_dir: Path, cache_dir: Path, downloads: bool, fetch: Fetch = fetch_https
) -> LoadedDataset:
    """Load a dataset from the first place that has it: scikit-learn, ``data_dir``, a download, a stand-in.

    A table of one's own has only one place.

    Numeric columns are float64 (a model's signature is then double throughout) and all others ``str``; blank
    numbers are missing. Columns the dataset does not declare are left out. A download that was kept in
    ``cache_dir`` is used even where ``downloads`` are off.

    Raises:
        DataError: a file is not what the dataset declares, or no place has the dataset.
    """
    if dataset.kept is not None:
        origin: Origin = "stand-in" if dataset.made_up else "own"
        return LoadedDataset(dataset, _kept(dataset, dataset.kept), origin, dataset.filenames[0], dataset.sha256)
    if dataset.bundled is not None:
        frame = _typed(dataset.bundled())
        return LoadedDataset(dataset, frame, "bundled", BUNDLED_SOURCE, content_sha256(frame))
    for filename in dataset.filenames:
        path = data_dir / filename
        if path.is_file():
            return LoadedDataset(dataset, read_table(dataset, path), "file", filename, file_sha256(path))
    if dataset.url:
        downloaded = _downloaded_file(dataset, cache_dir, fetch if downloads else None)
        if downloaded is not None:
            frame = read_table(dataset, downloaded)
            return LoadedDataset(dataset, frame, "download", dataset.url, dataset.sha256)
    if dataset.stand_in is not None:
        frame = _typed(dataset.stand_in())
        return LoadedDataset(dataset, frame, "stand-in", STAND_IN_SOURCE, content_sha256(frame))
    raise DataError(
        N_("The dataset {name} is not in {folder} and could not be downloaded."),
        N_("Put a file named {filename} into that folder."),
        name=dataset.name,
        folder=data_dir,
        filename=dataset.filenames[0] if dataset.filenames else dataset.name,
    )


def table_of(task: Task, settings: Settings) -> TrainingTable:
    """Load what a task learns from, from where these settings say.

    Raises:
        DataError: as ``load_dataset`` and ``training_table``.
    """
    loaded = load_dataset(
        task.dataset, data_dir=settings.data_dir, cache_dir=settings.cache_dir, downloads=settings.downloads
    )
    return training_table(loaded, task)


def training_table(loaded: LoadedDataset, task: Task) -> TrainingTable:
    """Split a dataset into features and target, without the rows that have no target.

    Raises:
        DataError: a class is not among the task's ``class_names``, no row has a target, or a row has no place in time.
    """
    known = loaded.frame[task.target].notna()
    frame = loaded.frame[known]
    if frame.empty:
        raise DataError(
            N_("Training needs rows with a value for {target}, but {source} has none."),
            N_("Use another file."),
            target=task.target,
            source=loaded.source,
        )
    target = frame[task.target]
    strangers = sorted(set(target) - set(task.class_names)) if task.kind == "classification" else []
    if strangers:
        raise DataError(
            N_("{target} must be one of {classes}, but {source} also holds {strangers}."),
            N_("Correct the file, or use another one."),
            target=task.target,
            classes=", ".join(task.class_names),
            source=loaded.source,
            strangers=", ".join(map(str, strangers[:5])),
        )
    return TrainingTable(task.features(frame), target, int((~known).sum()), keys_of(task.division, frame))


def read_table(dataset: Dataset, path: Path) -> pd.DataFrame:
    """Read a dataset's file into the columns, order and types that its stand-in declares.

    Raises:
        DataError: the file cannot be read, lacks columns, or holds words where numbers belong.
    """
    try:
        frame = dataset.read(path)
    except (OSError, ValueError) as reason:  # pandas' own parsing errors are ValueErrors
        raise DataError(
            N_("{file} must be a readable table, but: {reason}."),
            N_("Save it again as CSV, or remove it."),
            file=path.name,
            reason=str(reason).rstrip("."),
        ) from reason
    if dataset.stand_in is None:
        return _typed(frame)
    declared = dataset.stand_in().dtypes
    missing = [column for column in declared.index if column not in frame.columns]
    if missing:
        raise DataError(
            N_("{file} must have every column of {name}, but it lacks {columns}."),
            N_("Add them, or remove the file."),
            file=path.name,
            name=dataset.name,
            columns=", ".join(missing),
        )
    columns = {
        name: _numbers(frame[name], path.name) if pd.api.types.is_numeric_dtype(dtype) else _words(frame[name])
        for name, dtype in declared.items()
    }
    return pd.DataFrame(columns)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content_sha256(frame: pd.DataFrame) -> str:
    """Return a SHA-256 of a table's column names, types and values."""
    digest = hashlib.sha256(repr([(name, str(dtype)) for name, dtype in frame.dtypes.items()]).encode())
    digest.update(np.asarray(pd.util.hash_pandas_object(frame, index=False)).tobytes())
    return digest.hexdigest()


def write_in_one_step(path: Path, content: bytes) -> None:
    """Write a file in one step, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        put_in_place(Path(temporary), path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _kept(dataset: Dataset, path: Path) -> pd.DataFrame:
    """Read the rows of a table of one's own, and see that they are what was kept."""
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as reason:  # PyArrow's errors are ValueErrors
        raise DataError(
            N_("The table {name} must be in {file}, but it cannot be read there: {reason}."),
            N_("Bring it again. If it is trained on other computers, all need the same PIZARRA_CACHE_DIR."),
            name=dataset.title,
            file=path,
            reason=str(reason).rstrip(".")[:200],
        ) from reason
    if content_sha256(frame) != dataset.sha256:
        raise DataError(
            N_("The rows of {name} must be those that were kept, but {file} has been changed."),
            N_("Bring the table again."),
            name=dataset.title,
            file=path,
        )
    return frame


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {name: column.astype(float) if _is_number(column) else _words(column) for name, column in frame.items()}
    )


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _words(column: pd.Series) -> pd.Series:
    return column.astype("str")


def _numbers(column: pd.Series, file: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    written = column.notna() & (column.astype("str").str.strip() != "")
    wrong = column[numbers.isna() & written]
    if len(wrong):
        raise DataError(
            N_("Column {column} of {file} must hold numbers, but row {row} has {value}."),
            N_("Correct the file, or remove it."),
            column=column.name,
            file=file,
            row=int(np.argmax(numbers.isna() & written)) + 1,
            value=repr(wrong.iloc[0]),
        )
    return numbers.replace([np.inf, -np.inf], np.nan)


def _downloaded_file(dataset: Dataset, cache_dir: Path, fetch: Fetch | None) -> Path | None:
    """Return the verified download, fetched now where it has to be; None where it cannot be had."""
    path = cache_dir / dataset.filenames[0]
    if path.is_file() and file_sha256(path) == dataset.sha256:
        return path
    if fetch is None:
        return None
    content = _fetched(dataset, fetch)
    if content is None:
        return None
    try:
        write_in_one_step(path, content)
    except OSError as reason:
        raise DataError(
            N_("The downloaded {name} must be kept in {folder}, but: {reason}."),
            N_("Make that folder writable, or choose another one with PIZARRA_CACHE_DIR."),
            name=dataset.name,
            folder=cache_dir,
            reason=reason.strerror or str(reason),
        ) from reason
    return path


def _fetched(dataset: Dataset, fetch: Fetch) -> bytes | None:
    host = urlsplit(dataset.url).netloc
    # An offline classroom must not wait for the same silent host at every run.
    if time.monotonic() < _unreachable.get(host, 0.0):
        return None
    try:
        content = fetch(dataset.url)
    except (OSError, http.client.HTTPException) as reason:
        _log.warning("%s could not be downloaded: %s", dataset.url, reason)
        _unreachable[host] = time.monotonic() + UNREACHABLE_SECONDS
        return None
    if hashlib.sha256(content).hexdigest() != dataset.sha256:
        _log.warning("%s is not the file we know (its checksum differs) and is not used", dataset.url)
        _unreachable[host] = time.monotonic() + UNREACHABLE_SECONDS
        return None
    return content
