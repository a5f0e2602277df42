"""Bring back what a backup holds: all of it is read and found whole before anything that is there changes.

New files are there before rows name them, and what was there is set aside, never removed. Nothing is ever written
outside the folder of the store and our own.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from filecmp import cmp
from pathlib import Path

from core.access import Actor
from core.backup import own_files
from core.backup.archive import Seen, read, read_beginning
from core.backup.making import BESIDE, ELSEWHERE, OWN, STORE
from core.backup.manifest import About, Manifest, damaged
from core.errors import StoreError
from core.i18n import N_
from core.serving.log.files import FOLDER as LOG
from core.serving.log.files import folder_of_store
from core.store import addresses, dumps
from core.store.connection import name_of, sqlite_path
from core.store.full_disk import FULL, MAKE_ROOM, is_full
from core.store.states.files import FOLDER, link

DESCRIPTION = "MLmodel"  # of a logged model, which names the folder that it is in
PATIENCE = 20.0  # seconds that another program has to end what it writes
_PIECE = 1 << 20  # bytes


@dataclass(frozen=True)
class Restored:
    """What came back; ``aside`` are the folders that now hold what was there before."""

    manifest: Manifest
    aside: tuple[Path, ...]


def check(file: Path) -> Manifest:
    """Read all of a backup and return what it says of itself; nothing is written.

    Raises:
        StoreError: it is damaged, or a newer Pizarra made it.
    """
    return read(file)


def restore(
    file: Path, uri: str, actor: Actor, cache_dir: Path,
    *, replace: bool = False, files: Path | None = None, own_only: bool = False,
) -> Restored:  # fmt: skip
    """Bring a backup back as the store at ``uri`` and our own files in ``cache_dir``.

    What is there is set aside where ``replace`` is given. ``files`` is where files go of a store that is no SQLite
    file; one that is has them beside it.

    Raises:
        StoreError: the backup is damaged or of another kind of store, something is there, Pizarra is running, or the
            disk is full; all is as before then.
        PizarraError: ``actor`` may not.
    """
    actor.check("change_store")
    about = read_beginning(file)
    own_only = own_only or not about.kind
    home = None if own_only else _home(about, uri, files)
    with _telling(), ExitStack() as stack:
        _check_free(None if own_only else uri, cache_dir, replace=replace)
        own = stack.enter_context(_scratch(cache_dir))
        staged = stack.enter_context(_scratch(home)) if home else own
        manifest = read(file, lambda name, source: _bring(name, source, staged if home else None, own))
        moves = _moves(about, home) if home else {}
        _place_files(staged, moves)
        aside = _Aside()
        try:
            if not own_only:
                path = sqlite_path(uri)
                if path:
                    _mend(staged, manifest, moves)
                    log = f"{uri}#{_number(staged / STORE / dumps.NAMES[dumps.SQLITE])}"
                else:
                    log = name_of(uri)
                _rename_log(own, about.log, folder_of_store(Path(), log).name)
            _exchange_own(own / OWN, cache_dir, aside)
            if home:
                _exchange_files(staged, home, aside)
                _exchange_rows(staged, uri, moves, aside)
        except BaseException:
            aside.take_back()
            raise
    return Restored(manifest, tuple(sorted(aside.folders)))


class _Aside:
    """What was there and makes place: put back when anything fails."""

    def __init__(self) -> None:
        self._stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        self._moved: list[tuple[Path, Path]] = []
        self._new: list[Path] = []
        self.folders: set[Path] = set()

    def put(self, path: Path, home: Path, *, stays: bool = False) -> None:
        """Set aside what lies at a path; with ``stays`` its name stays until something else takes it."""
        folder = home / f"{own_files.BEFORE}{self._stamp}"
        target = folder / path.relative_to(home)
        target.parent.mkdir(parents=True, exist_ok=True)
        if stays:
            link(path, target)
        else:
            path.rename(target)
        self._moved.append((path, target))
        self.folders.add(folder)

    def note_new(self, path: Path) -> None:
        """Note that something is here now where nothing was."""
        self._new.append(path)

    def take_back(self) -> None:
        """Have all be as it was."""
        for path in reversed(self._new):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path, target in reversed(self._moved):
            with suppress(OSError):
                target.replace(path)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


def _home(about: About, uri: str, files: Path | None) -> Path:
    """Return the folder in which the files are to lie.

    Raises:
        StoreError: the store is of another kind, or nobody says where its files go.
    """
    kind, path = dumps.kind_of(uri), sqlite_path(uri)
    if kind != about.kind:
        raise StoreError(
            N_("The backup holds a store of the kind {found}, but MLFLOW_TRACKING_URI names one of the kind {kind}."),
            N_("Set it to the address of a new database of the same kind, or add --own for Pizarra's own files alone."),
            found=about.kind,
            kind=kind,
        )
    if path is not None:
        return path.resolve().parent
    if files is None and about.roots:
        raise StoreError(
            N_("Somebody must say where the files of runs and models are to lie."), N_("Add --files FOLDER.")
        )
    return (files or Path(tempfile.gettempdir())).resolve()


def _check_free(uri: str | None, cache_dir: Path, *, replace: bool) -> None:
    """Refuse where something is that nobody said may go, and while Pizarra runs.

    Raises:
        StoreError: as above.
    """
    path = sqlite_path(uri) if uri else None
    if uri and path is None:
        dumps.check_empty(uri)
    there = [*([path] if path and path.exists() else []), *own_files.entries(cache_dir)]
    if there and not replace:
        raise StoreError(
            N_("Nothing is to be lost, but this is there: {names}."),
            N_("Set MLFLOW_TRACKING_URI and PIZARRA_CACHE_DIR to other places, or add --replace: what is there is then "
               "set aside in a folder “before-…” beside it."),
            names=", ".join(map(str, there)),
        )  # fmt: skip
    for entry in own_files.entries(cache_dir):
        if own_files.is_database(entry):
            _check_nobody_has(entry)


def _check_nobody_has(path: Path) -> None:
    """Refuse while another program has one of our databases open; its last writes are brought into the file itself."""
    try:
        with closing(sqlite3.connect(path, timeout=0.5)) as database:
            if database.execute("pragma journal_mode = delete").fetchone()[0] == "delete":
                return
    except sqlite3.DatabaseError as error:
        if not isinstance(error, sqlite3.OperationalError):  # it is damaged, which may be why somebody restores
            return
    raise StoreError(
        N_("Pizarra is running: {path} is in use."), N_("End it, also `make api`, then try again."), path=path
    )


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Have a folder on the disk on which something is to lie."""
    made = [above for above in [folder, *folder.parents] if not above.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=own_files.UNFINISHED, dir=folder) as place:
            yield Path(place)
    finally:
        for above in made:  # where nothing came
            with suppress(OSError):
                above.rmdir()


def _bring(name: str, source: Seen, staged: Path | None, own: Path) -> None:
    folder = own if name.startswith(f"{OWN}/") else staged
    if folder is None:
        return
    target = folder / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while piece := source.read(_PIECE):
                file.write(piece)
    except FileExistsError as error:
        raise damaged(name) from error
    except OSError as error:
        raise _refusal(error) from error


def _moves(about: About, home: Path) -> dict[Path, Path]:
    """Return which folders of files are elsewhere now; those outside the store's own come into it."""
    moves = {Path(about.home): home} if about.home and Path(about.home) != home else {}
    return moves | {Path(root): home / FOLDER / f"elsewhere-{place}" for place, root in enumerate(about.roots)}


def _place_files(staged: Path, moves: Mapping[Path, Path]) -> None:
    """Have all files of runs lie below one folder, as they are to lie in the store's, and name where that is."""
    beside = staged / BESIDE
    beside.mkdir(parents=True, exist_ok=True)
    for folder in sorted((staged / ELSEWHERE).glob("*")):
        target = beside / FOLDER / f"elsewhere-{folder.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    for description in beside.rglob(DESCRIPTION) if moves else ():
        said = description.read_bytes()
        for before, after in moves.items():
            said = said.replace(f"{before.as_uri()}/".encode(), f"{after.as_uri()}/".encode())
        description.write_bytes(said)


def _mend(staged: Path, manifest: Manifest, moves: Mapping[Path, Path]) -> None:
    """Have the rows name where files are, and see that they are whole."""
    rows = staged / STORE / dumps.NAMES[dumps.SQLITE]
    if said := dumps.reason_against(rows):
        raise damaged(said)
    with dumps.reading(f"sqlite:///{rows}") as connection:
        if addresses.counts(connection) != dict(manifest.about.counts):
            raise damaged(str(addresses.counts(connection)))
    if moves:
        dumps.move_in_file(rows, lambda connection: addresses.move(connection, moves))


def _rename_log(own: Path, before: str, after: str) -> None:
    """Have the prediction log be that of the store that comes: it is called by the store's address and file."""
    folder = own / OWN / LOG
    if before != after and (folder / before).is_dir():
        (folder / before).rename(folder / after)


def _number(path: Path) -> str:
    return name_of(f"sqlite:///{path}").rpartition("#")[2]


def _exchange_own(staged: Path, cache_dir: Path, aside: _Aside) -> None:
    staged.mkdir(parents=True, exist_ok=True)
    snapshots = cache_dir / "snapshots"  # of what was there; they are made again
    for entry in [*own_files.entries(cache_dir), *([snapshots] if snapshots.is_dir() else [])]:
        aside.put(entry, cache_dir)
    for entry in sorted(staged.iterdir()):
        aside.note_new(cache_dir / entry.name)
        entry.rename(cache_dir / entry.name)
        if own_files.is_database(cache_dir / entry.name):
            (cache_dir / entry.name).chmod(0o600)


def _exchange_files(staged: Path, home: Path, aside: _Aside) -> None:
    """Bring the files of runs; those that are the same stay, and so do all that the backup does not know."""
    beside = staged / BESIDE
    for place, _folders, names in os.walk(beside):
        for name in names:
            file = Path(place) / name
            target = home / file.relative_to(beside)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_file() and not target.is_symlink() and cmp(file, target, shallow=False):
                continue
            if target.exists() or target.is_symlink():
                aside.put(target, home, stays=True)
            else:
                aside.note_new(target)
            file.replace(target)


def _exchange_rows(staged: Path, uri: str, moves: Mapping[Path, Path], aside: _Aside) -> None:
    path, rows = sqlite_path(uri), staged / STORE / dumps.NAMES[dumps.kind_of(uri)]
    if path is None:
        dumps.load(uri, rows, lambda connection: addresses.move(connection, moves))
        return
    path = path.resolve()
    if not path.exists():
        aside.note_new(path)
        rows.replace(path)
        return
    with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as live:
        try:
            live.execute("begin exclusive")  # so that nobody is in the middle of writing
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # else it is damaged, which may be why somebody restores
        aside.put(path, path.parent, stays=True)
        rows.replace(path)
        for ending in ("-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                aside.put(path.with_name(path.name + ending), path.parent)


@contextmanager
def _telling() -> Iterator[None]:
    """Say in our words why a disk or a database does not take something."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _refusal(error) from error


def _refusal(error: BaseException) -> StoreError:
    if is_full(error):
        return StoreError(FULL, MAKE_ROOM)
    return StoreError(
        N_("The backup could not be brought back: {reason}"),
        N_("All is as it was. Check that no other program holds the store, then try again."),
        reason=str(error)[:300],
    )
