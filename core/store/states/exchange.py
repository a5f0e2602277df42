"""Exchange all of a SQLite store for another state of it: the packed one, or one that was kept.

Whatever ends the program in between, the store is as before or as after, and what was before is kept: the backup is
complete before anything changes, new files are there before rows name them, all rows change in one transaction, and
what nobody needs any more goes last.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, read_only_uri, sqlite_path
from core.store.owner import is_gone
from core.store.runs.tables import OWNER_TAG
from core.store.states import backups, files, pack, rows
from core.store.states.backups import Backup

PATIENCE = 20.0  # seconds that other programs have to end what they are writing
TRAINED_WITHIN = 24 * 3600.0  # seconds: a run that is not over by then has nobody who works on it
_UNFINISHED = (
    "select coalesce(nullif(runs.name, ''), runs.run_uuid), start_time, coalesce(tags.value, '') from runs"
    " left join tags on tags.run_uuid = runs.run_uuid and tags.key = ?"
    " where status in ('RUNNING', 'SCHEDULED') and lifecycle_stage = 'active'"
)


def can_load(store: Store, file: Path) -> bool:
    """Tell whether a pack fits here and nobody has used the store yet."""
    return _is(store, file, lambda live, _path: rows.is_unused(live))


def can_reset(store: Store, file: Path) -> bool:
    """Tell whether a pack fits here and the store began with one."""
    return _is(store, file, pack.is_of_pack)


def load(store: Store, actor: Actor, file: Path) -> bool:
    """Bring a pack into a store that nobody has used yet; False where somebody has, or the pack does not fit.

    Raises:
        StoreError: the store does not take it.
        PizarraError: ``actor`` may not.
    """
    actor.check("load_demo")
    if not can_load(store, file):
        return False
    path = _file_of(store)

    def check(live: sqlite3.Connection) -> None:
        if not rows.is_unused(live):
            raise _Used

    try:
        with _packed(file, path) as packed:
            _exchange(path, packed, check)
    except _Used:  # just now
        return False
    return True


def reset(store: Store, actor: Actor, file: Path) -> Backup | None:
    """Bring a store back to its pack, and return the backup of what it was; None where nothing differed.

    Raises:
        StoreError: no pack made the store, something is being trained, or the store does not take it.
        PizarraError: ``actor`` may not.
    """
    actor.check("reset_demo")
    path = _file_of(store)
    if not can_reset(store, file):
        raise _not_ours()

    def check(live: sqlite3.Connection) -> None:
        if not pack.is_of_pack(live, path):
            raise _not_ours()
        _check_nothing_is_trained(live)

    with _packed(file, path) as packed:
        made = _exchange(path, packed, check)
    backups.remove_oldest(path)
    return made


def bring_back(store: Store, actor: Actor, file: Path, name: str) -> Backup | None:
    """Bring a store back to what it was before a reset; what it is now becomes a backup in its turn, and is returned.

    None where it is as it was packed: that can be had again without a backup.

    Raises:
        StoreError: there is no such backup, something is being trained, or the store does not take it.
        PizarraError: ``actor`` may not.
    """
    actor.check("reset_demo")
    path = _file_of(store)
    if not can_reset(store, file):
        raise _not_ours()
    chosen = next((backup for backup in backups.list_backups(path) if backup.name == name), None)
    if chosen is None:
        raise StoreError(
            N_("There is no backup {name} of this store: it was removed, or brought back already."),
            N_("Choose another one."),
            name=name,
        )
    with _packed(file, path) as packed, _reading(chosen.folder / rows.DATABASE) as kept:

        def check(live: sqlite3.Connection) -> None:
            if not pack.is_of_pack(live, path):
                raise _not_ours()
            if rows.schema(live) != rows.schema(kept):
                raise StoreError(
                    N_("The backup must be of the same MLflow as the store, but it was made by another one."),
                    N_("Nothing was changed. It lies in {folder}."),
                    folder=chosen.folder,
                )
            _check_nothing_is_trained(live)

        made = _exchange(path, _State(kept, chosen.folder), check, known=packed)
    shutil.rmtree(chosen.folder, ignore_errors=True)  # it is the store now
    backups.remove_oldest(path)
    return made


@dataclass(frozen=True)
class _State:
    """All that a store may be: rows, and a folder with its files."""

    rows: sqlite3.Connection
    folder: Path


class _Used(Exception):  # noqa: N818 - nothing went wrong: somebody else was quicker
    """Somebody has used the store."""


def _exchange(
    path: Path, new: _State, check: Callable[[sqlite3.Connection], None], known: _State | None = None
) -> Backup | None:
    """Give a store another state, once ``check`` has found nothing against it; nobody else writes meanwhile.

    Return the backup of what was there; None where nothing differed, or it was unused or ``known``.
    """
    home = path.resolve().parent
    with _writing(path) as live:
        check(live)
        if _is_state(live, home, new):
            return None
        before = files.owned(live, home)
        needless = rows.is_unused(live) or (known is not None and _is_state(live, home, known))
        made = None if needless else backups.keep(path, home, before)
        before.update(backups.going(path, home))
        try:
            staying = files.bring_files(new.folder, home)
            rows.replace_rows(live, new.rows)
            live.execute("commit")
        except BaseException:
            _take_back(home, made, known)
            raise
    files.remove_files(home, before, staying)
    backups.note_gone(path)
    return next((backup for backup in backups.list_backups(path) if backup.folder == made), None)


def _is_state(live: sqlite3.Connection, home: Path, state: _State) -> bool:
    same = rows.are_same(live, state.rows)
    return same and files.are_same_files(state.folder, home, files.owned(live, home))


def _take_back(home: Path, made: Path | None, known: _State | None) -> None:
    """Put back the files that others took the place of, and forget the backup that nobody needs then."""
    if made is not None:
        files.bring_files(made, home)
        shutil.rmtree(made, ignore_errors=True)
    elif known is not None:
        files.bring_files(known.folder, home)


def _is(store: Store, file: Path, told: Callable[[sqlite3.Connection, Path], bool]) -> bool:
    """Tell something of a SQLite store, where a pack fits here; what cannot be read is nothing of the kind."""
    path = sqlite_path(store.uri)
    if path is None or not path.is_file() or not pack.fits(file):
        return False
    try:
        with _reading(path) as live:
            return told(live, path)
    except sqlite3.Error:
        return False


@contextmanager
def _packed(file: Path, path: Path) -> Iterator[_State]:
    """Unpack a pack for the database at ``path``, for as long as the block lasts."""
    with _telling():
        folder = backups.unfinished_folder(path)
        try:
            pack.unpack_files(file, path.parent, folder)
            with _reading(path) as live:
                packed = pack.packed_rows(file, path, live)
            with closing(packed):
                yield _State(packed, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # backups are in it
                folder.parent.rmdir()


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Have nobody else write into a database; what the block does not commit itself is not done."""
    with (
        _telling(),
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)) as live,
    ):
        live.isolation_level = None
        live.execute("begin immediate")
        yield live  # closing takes back what was not committed


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(read_only_uri(path), uri=True, timeout=PATIENCE)) as database:
        yield database


@contextmanager
def _telling() -> Iterator[None]:
    """Say in our words why a disk or a database does not take something."""
    try:
        yield
    except (sqlite3.Error, OSError, EOFError) as error:
        raise StoreError(
            N_("The store could not be exchanged: {reason}"),
            N_("It is as it was. Check that the disk has room and no other program holds the store, then try again."),
            reason=str(error)[:300],
        ) from error


def _file_of(store: Store) -> Path:
    path = sqlite_path(store.uri)
    if path is None or not path.is_file():
        raise _not_ours()
    return path


def _not_ours() -> StoreError:
    return StoreError(
        N_("Only a store that began with the packed demo can be reset, and this one did not. It is not touched."),
        N_("For a store that can be reset, load the demo into a new one."),
    )


def _check_nothing_is_trained(live: sqlite3.Connection) -> None:
    """Refuse while a run is under way; one whose program has gone, or that began long ago, is not."""
    for name, start, owner in live.execute(_UNFINISHED, (OWNER_TAG,)):
        if not is_gone(owner) and time.time() - (start or 0) / 1000 < TRAINED_WITHIN:
            raise StoreError(
                N_("Nothing may be trained while the store is exchanged, but {name} is."),
                N_("Wait until it has ended, or stop it, then try again."),
                name=name,
            )
