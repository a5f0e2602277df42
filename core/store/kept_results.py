"""Results of runs whose store did not take them: kept on this computer, so that they can be uploaded later."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from core.foreign_json import read_json
from core.store.record import ModelRecord
from core.store.sending import Results
from core.store.trust import TRUSTED_TYPES

FOLDER = "results"  # below the cache
MOST_KEPT, MOST_BYTES = 100, 1 << 30  # of all that is kept; the oldest go
MOST_NOTED = 1000  # that were let go
DESCRIPTION, FILES, MODEL, EXAMPLE = "results.json", "files", "model.skops", "example.parquet"
UNFINISHED, LET_GO = ".unfinished-", ".let-go"
ABANDONED = timedelta(hours=1)  # after which nobody keeps on writing what is not finished


@dataclass(frozen=True)
class Kept:
    """What is kept of a run: since when, and how much it is; ``let_go`` where it was, and is no more."""

    run_id: str
    since: datetime
    size: int
    let_go: bool = False


def keep(cache_dir: Path, run_id: str, prepare: Callable[[Path], Results]) -> None:
    """Keep what ``prepare`` writes into a folder and returns; in one step, and the oldest are let go.

    Raises:
        OSError: it cannot be written.
        ValueError: its model could not be read again, or it is too much.
    """
    import skops.io  # scikit-learn comes with it, and pages import this module

    folder = cache_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    try:
        results = prepare(unfinished / FILES)
        (unfinished / FILES).mkdir(exist_ok=True)
        skops.io.dump(results.model.estimator, unfinished / MODEL)
        if unknown := set(skops.io.get_untrusted_types(file=unfinished / MODEL)) - set(TRUSTED_TYPES):
            raise ValueError(f"not to be read again: {', '.join(sorted(unknown))}")
        results.model.input_example.to_parquet(unfinished / EXAMPLE)
        described = {name: value for name, value in vars(results).items() if name not in {"model", "files"}}
        described["requirements"] = list(results.model.requirements)
        (unfinished / DESCRIPTION).write_text(json.dumps(described), encoding="utf-8")
        if _size(unfinished) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES >> 20} MB")
        if not (folder / run_id).exists():
            unfinished.rename(folder / run_id)
        (folder / f"{run_id}{LET_GO}").unlink(missing_ok=True)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _let_go(folder)


def kept_results(cache_dir: Path) -> list[Kept]:
    """Return what is kept, the oldest first, and before it what was let go."""
    folder = cache_dir / FOLDER
    found = [_kept(path) for path in _entries(folder)]
    return sorted((one for one in found if one is not None), key=lambda one: (not one.let_go, one.since))


def kept_of(cache_dir: Path, run_id: str) -> Kept | None:
    """Return what is, or was, kept of a run; None where nothing ever was."""
    folder = cache_dir / FOLDER
    return (_kept(folder / run_id) or _kept(folder / f"{run_id}{LET_GO}")) if run_id.isalnum() else None


def read_kept(cache_dir: Path, run_id: str) -> Results:
    """Return what is kept of a run.

    Raises:
        OSError: nothing is.
        ValueError: the disk is damaged.
    """
    import skops.io  # as above

    folder = cache_dir / FOLDER / run_id
    try:
        described: dict[str, Any] = read_json((folder / DESCRIPTION).read_bytes())
        model = ModelRecord(
            skops.io.load(folder / MODEL, trusted=list(TRUSTED_TYPES)),
            pd.read_parquet(folder / EXAMPLE),
            tuple(described.pop("requirements")),
        )
        return Results(**described, model=model, files=folder / FILES)
    except (KeyError, TypeError, AttributeError, BadZipFile) as error:
        raise ValueError(str(error)) from error


def forget_kept(cache_dir: Path, run_id: str) -> None:
    """Keep a run's results no more."""
    folder = cache_dir / FOLDER
    with suppress(FileNotFoundError):
        _remove(folder, run_id)
    (folder / f"{run_id}{LET_GO}").unlink(missing_ok=True)


def _remove(folder: Path, run_id: str) -> None:
    """Remove a folder so that nobody finds half of it."""
    going = folder / f"{UNFINISHED}{run_id}"
    (folder / run_id).rename(going)
    shutil.rmtree(going, ignore_errors=True)


def _let_go(folder: Path) -> None:
    """Let go of the oldest where there is too much, note which, and clear away what was never finished."""
    whole = [one for path in _entries(folder) if (one := _kept(path)) is not None]
    kept = sorted((one for one in whole if not one.let_go), key=lambda one: one.since)
    while len(kept) > MOST_KEPT or sum(one.size for one in kept) > MOST_BYTES:
        oldest = kept.pop(0)
        (folder / f"{oldest.run_id}{LET_GO}").touch()
        with suppress(OSError):
            _remove(folder, oldest.run_id)
    noted = sorted((one for one in whole if one.let_go), key=lambda one: one.since)
    for one in noted[:-MOST_NOTED]:
        (folder / f"{one.run_id}{LET_GO}").unlink(missing_ok=True)
    for path in folder.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            if datetime.now(UTC) - _time(path) > ABANDONED:
                shutil.rmtree(path, ignore_errors=True)


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.removesuffix(LET_GO).isalnum()] if folder.is_dir() else []


def _kept(path: Path) -> Kept | None:
    try:
        if path.name.endswith(LET_GO):
            return Kept(path.name.removesuffix(LET_GO), _time(path), 0, let_go=True)
        return Kept(path.name, _time(path / DESCRIPTION), _size(path))
    except OSError:
        return None


def _time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
