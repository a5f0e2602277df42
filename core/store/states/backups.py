"""What a store was before it was exchanged: its rows and files, in a folder beside its database."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.store.connection import read_only_uri
from core.store.runs.tables import TIMELINE_EXPERIMENT
from core.store.states import files
from core.store.states.rows import DATABASE

MOST_BACKUPS = 3  # the oldest goes for a new one
_STAMP = "%Y%m%d-%H%M%S"
_UNFINISHED = "unfinished-"
_GOING = "going"  # what is kept here may still lie in the store as well, where nobody needs it
_COUNTS = """
select count(distinct experiment_id), count(*), (select count(*) from model_versions)
from runs join experiments using (experiment_id)
where runs.lifecycle_stage = 'active' and experiments.lifecycle_stage = 'active' and experiments.name <> :timeline
"""
_LEFT_BEHIND = 3600.0  # seconds after which nobody works on what is unfinished


@dataclass(frozen=True)
class Backup:
    """A state that a store was in: when it was kept (UTC), and how much is in it; experiments are those with runs."""

    folder: Path
    made: datetime
    experiments: int
    runs: int
    versions: int

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return self.folder.name


def folder_of(path: Path) -> Path:
    """Return the folder in which the backups of a database lie."""
    return path.with_name(f"{path.stem}-backups")


def list_backups(path: Path) -> list[Backup]:
    """Return the backups of a database that are complete, newest first."""
    found = sorted(folder_of(path).glob(f"[0-9]*/{DATABASE}"), reverse=True)
    return [backup for database in found if (backup := _read(database.parent)) is not None]


def keep(path: Path, home: Path, folders: Collection[Path]) -> Path:
    """Keep a database that nobody else writes meanwhile, and the files of its ``folders``; return the backup's own."""
    unfinished = unfinished_folder(path)
    try:
        with (
            closing(sqlite3.connect(read_only_uri(path), uri=True)) as source,
            closing(sqlite3.connect(unfinished / DATABASE)) as target,
        ):
            source.backup(target)
        files.keep_files(home, folders, unfinished)
        (unfinished / _GOING).touch()
        return unfinished.rename(_free_name(path))
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def unfinished_folder(path: Path) -> Path:
    """Make a folder for what is being put together, and remove those that programs left behind when they ended."""
    for left in folder_of(path).glob(f"{_UNFINISHED}*"):
        if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
            shutil.rmtree(left, ignore_errors=True)
    folder = folder_of(path) / f"{_UNFINISHED}{time.time_ns()}"
    folder.mkdir(parents=True)
    return folder


def remove_oldest(path: Path) -> None:
    """Remove backups until no more than ``MOST_BACKUPS`` are left."""
    for backup in list_backups(path)[MOST_BACKUPS:]:
        shutil.rmtree(backup.folder, ignore_errors=True)


def going(path: Path, home: Path) -> Iterator[Path]:
    """Yield the folders, as seen from ``home``, of runs and models that were kept but not seen to be removed."""
    for mark in folder_of(path).glob(f"[0-9]*/{_GOING}"):
        with closing(sqlite3.connect(read_only_uri(mark.with_name(DATABASE)), uri=True)) as database:
            yield from files.owned(database, home)


def note_gone(path: Path) -> None:
    """Note that all of this was removed."""
    for mark in folder_of(path).glob(f"[0-9]*/{_GOING}"):
        mark.unlink()


def _free_name(path: Path) -> Path:
    """Return the place of a backup that is made now; of two in a second the later one waits."""
    while True:
        place = folder_of(path) / datetime.now(UTC).strftime(_STAMP)
        if not place.exists():
            return place
        time.sleep(0.1)


def _read(folder: Path) -> Backup | None:
    """Return what a backup holds; None where it cannot be read."""
    try:
        made = datetime.strptime(folder.name, _STAMP).replace(tzinfo=UTC)
        with closing(sqlite3.connect(read_only_uri(folder / DATABASE), uri=True)) as database:
            return Backup(folder, made, *database.execute(_COUNTS, {"timeline": TIMELINE_EXPERIMENT}).fetchone())
    except (ValueError, sqlite3.Error):
        return None
