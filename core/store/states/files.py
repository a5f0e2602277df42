"""The files of a store's runs and models, as far as they lie in our own folder beside its database."""

from __future__ import annotations

import filecmp
import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from core.store.places import local_folder
from core.systems import put_in_place

FOLDER = "mlartifacts"  # beside the database
_OWNERS = "select run_uuid, artifact_uri from runs union all select model_id, artifact_location from logged_models"


def owned(database: sqlite3.Connection, home: Path) -> set[Path]:
    """Return the folders of the runs and logged models of a database, as seen from ``home``, the database's folder.

    Only those count that bear the name of their run or model and lie below our own folder: whatever else an address
    leads to may be somebody else's.
    """
    top = Path(os.path.realpath(home)) / FOLDER
    found = set()
    real = lru_cache(os.path.realpath)  # many lie in few
    for name, address in database.execute(_OWNERS):
        place = local_folder(address or "")
        if place is None or not place.is_absolute() or place.parts[-2:] != (name, "artifacts"):
            continue
        folder = Path(real(place.parent.parent)) / name
        if folder.is_relative_to(top) and not folder.is_symlink():
            found.add(folder.relative_to(top.parent))
    return found


def files_below(home: Path, folders: Collection[Path]) -> set[Path]:
    """Return the files in these folders, all as seen from ``home``."""
    return {path.relative_to(home) for folder in folders for path in _files(home / folder)}


def keep_files(home: Path, folders: Collection[Path], kept: Path) -> None:
    """Keep the files of these folders in another one: as further names for them, which takes neither time nor room."""
    for folder in folders:
        if (home / folder).is_dir():
            shutil.copytree(home / folder, kept / folder, symlinks=True, copy_function=link, dirs_exist_ok=True)


def bring_files(state: Path, home: Path) -> set[Path]:
    """Bring all files of a state, each whole or not at all, and return them as seen from ``home``.

    They take the place of those that are there; nobody who reads one of these is disturbed, nor what was kept of them.
    """
    brought = files_below(state, [Path(FOLDER)])
    for file in brought:
        target = home / file
        target.parent.mkdir(parents=True, exist_ok=True)
        coming = target.with_name(f".{target.name}.coming")
        coming.unlink(missing_ok=True)
        link(state / file, coming)
        put_in_place(coming, target)
        coming.unlink(missing_ok=True)  # of two names of one file, replacing leaves both
    return brought


def are_same_files(state: Path, home: Path, folders: Collection[Path]) -> bool:
    """Tell whether these folders hold what a state has, byte by byte."""
    files = files_below(state, [Path(FOLDER)])
    return files == files_below(home, folders) and all(
        filecmp.cmp(state / file, home / file, shallow=False) for file in files
    )


def remove_files(home: Path, folders: Collection[Path], staying: Collection[Path]) -> None:
    """Remove what is in these folders and does not stay, and the folders that are empty then."""
    for file in files_below(home, folders) - set(staying):
        with suppress(OSError):  # it goes the next time
            (home / file).unlink()
    inner = [Path(place) for folder in folders for place, _inner, _names in os.walk(home / folder, topdown=False)]
    outer = {home / above for folder in folders for above in folder.parents if above != Path()}
    for place in [*inner, *sorted(outer, reverse=True)]:
        with suppress(OSError):  # something is in it
            place.rmdir()


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from (Path(place) / name for name in [*names, *links])


def link(source: str | Path, target: str | Path) -> str | Path:
    """Give a file a second name; where the disk knows none, copy it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)
    return target
