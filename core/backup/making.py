"""Make a backup: rows as they were at one moment, then the files that they name, then Pizarra's own."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from core.access import Actor
from core.backup import own_files
from core.backup.archive import Packing, packing
from core.backup.manifest import About, LeftOut, Manifest
from core.errors import StoreError
from core.i18n import N_
from core.passwords import without_password
from core.serving.log.files import folder_of_store
from core.settings import VERSION
from core.store import addresses, dumps
from core.store.connection import name_of, sqlite_path
from core.store.full_disk import FULL, MAKE_ROOM, is_full

STORE, BESIDE, ELSEWHERE, OWN = "store", "files/beside", "files/elsewhere", "own"  # folders in a backup
NOT_HERE = N_("These files are on no disk of this computer: copy them with the tools of whoever keeps them.")
NOT_THEIRS = N_("These addresses lead to no folder of a run's or model's own, so they were left alone.")
LINKED = N_("These are links, which may lead anywhere, so they were left alone.")
GONE = N_("These went while the backup was made.")
_MOST_LOOKS = 5  # at files that the log puts in the place of others meanwhile


def back_up(uri: str, actor: Actor, file: Path, cache_dir: Path, *, own_only: bool = False) -> Manifest:
    """Write a backup of the store at ``uri`` and of our own files into ``file``; others may go on writing meanwhile.

    Raises:
        StoreError: ``file`` is there already, the disk is full, or the store cannot be kept by us.
        PizarraError: ``actor`` may not.
    """
    actor.check("change_store")
    kind = "" if own_only else dumps.kind_of(uri)
    _check_place(file, cache_dir)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as scratch,
            dumps.reading(uri) if kind else nullcontext() as connection,
        ):
            rows, places, about = Path(scratch) / dumps.NAMES.get(kind, ""), addresses.Places({}, {}), _about(uri, kind)
            if connection is not None:
                about, places = _read(connection, uri, about, rows)
            with packing(file, about) as (packed, left_out):
                if kind:
                    packed.add(f"{STORE}/{rows.name}", rows)
                    rows.unlink()
                    left_out += _pack_files(packed, about, places)
                left_out += _pack_own(packed, cache_dir, scratch)
            return Manifest(about, packed.members, tuple(left_out))
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, FileExistsError):
            raise _there(file) from error
        if is_full(error):
            raise StoreError(FULL, MAKE_ROOM) from error
        raise StoreError(
            N_("The backup could not be written: {reason}"),
            N_("There is none now. Look at what is said, then try again."),
            reason=str(error)[:300],
        ) from error


def name_in(about: About, folder: Path) -> str:
    """Return what a folder of files is called in a backup."""
    if about.home and folder.is_relative_to(about.home):
        return f"{BESIDE}/{folder.relative_to(about.home).as_posix()}"
    place = next(number for number, root in enumerate(about.roots) if folder.is_relative_to(root))
    return f"{ELSEWHERE}/{place}/{folder.relative_to(about.roots[place]).as_posix()}"


def _read(connection: addresses.Connection, uri: str, about: About, rows: Path) -> tuple[About, addresses.Places]:
    """Keep the rows, and return what stands in the very same."""
    path = sqlite_path(uri)
    with dumps.reading(_kept(connection, uri, rows)) if path else nullcontext(connection) as kept:
        places = addresses.places(kept)
        home = str(path.resolve().parent) if path else ""
        roots = {root for folder, root in places.folders.items() if not home or not folder.is_relative_to(home)}
        top = tuple(str(root) for root in sorted(roots) if not roots & set(root.parents))
        schema, counts = addresses.schema_of(kept), addresses.counts(kept)
    if not path:
        dumps.dump(connection, uri, rows)
    return replace(about, schema=schema, home=home, roots=top, counts=counts), places


def _kept(connection: addresses.Connection, uri: str, rows: Path) -> str:
    dumps.dump(connection, uri, rows)
    return f"sqlite:///{rows}"


def _about(uri: str, kind: str) -> About:
    return About(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        pizarra=VERSION,
        mlflow=version("mlflow"),
        kind=kind,
        uri=without_password(uri),
        log=folder_of_store(Path(), name_of(uri)).name,
    )


def _pack_files(packed: Packing, about: About, places: addresses.Places) -> Iterator[LeftOut]:
    """Pack the files of runs and models; yield what is left out."""
    outside = Counter[tuple[str, str]]()
    for folder in sorted(places.folders):
        for place, folders, names in os.walk(folder):
            for name in [*names, *(one for one in folders if (Path(place) / one).is_symlink())]:
                path = Path(place) / name
                if not path.is_file() or path.is_symlink():
                    outside[str(folder), LINKED] += 1
                elif not packed.add(f"{name_in(about, path.parent)}/{name}", path):
                    outside[str(folder), GONE] += 1
    for what, count in places.elsewhere.items():
        outside[what, NOT_HERE if ":" in what and not what.startswith("file:") else NOT_THEIRS] += count
    for (what, why), count in sorted(outside.items()):
        yield LeftOut(what, count, why)


def _pack_own(packed: Packing, cache_dir: Path, scratch: str) -> Iterator[LeftOut]:
    """Pack our own files; the log may put one in the place of another meanwhile, so it is looked for again."""
    done: set[Path] = set()
    for _look in range(_MOST_LOOKS):
        new = [file for file in own_files.files(cache_dir) if file not in done]
        if not new:
            return
        for file in new:
            path, done = cache_dir / file, done | {file}
            if own_files.is_database(path):
                copy = own_files.copied(path, scratch)
                packed.add(f"{OWN}/{file.as_posix()}", copy)
                copy.unlink()
            else:
                packed.add(f"{OWN}/{file.as_posix()}", path)
    yield LeftOut(str(cache_dir), 1, GONE)


def _check_place(file: Path, cache_dir: Path) -> None:
    if file.exists():
        raise _there(file)
    if not file.absolute().parent.is_dir():
        raise StoreError(N_("There is no folder {folder}."), N_("Make it, then try again."), folder=file.parent)
    if file.resolve().is_relative_to(cache_dir.resolve()):
        raise StoreError(
            N_("A backup must not lie among what it keeps, but {file} is in {folder}."),
            N_("Choose a place on another disk."),
            file=file,
            folder=cache_dir,
        )


def _there(file: Path) -> StoreError:
    return StoreError(
        N_("{file} is there already, and no backup takes the place of another."), N_("Choose another name."), file=file
    )
