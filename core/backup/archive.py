"""The file of a backup: written whole or not at all, and read so that no byte of it is believed unseen.

It is a tar file, so that it can be read without us: first what it says of itself, last the SHA-256 of everything.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO

from core.backup.manifest import About, LeftOut, Manifest, Member, damaged, read_about, read_list
from core.errors import StoreError
from core.i18n import N_
from core.store.full_disk import FULL, MAKE_ROOM, is_full

ABOUT, LIST = "about.json", "list.json"
UNFINISHED = ".unfinished"
_QUICK = 1  # of gzip: what is large among a run's files is packed already
_PIECE = 1 << 20  # bytes


class Packing:
    """A backup that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> bool:
        """Pack a file as long as it is now; False where it has gone.

        Raises:
            StoreError: it became shorter while it was read.
        """
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return False
        with source:
            size = os.fstat(source.fileno()).st_size
            seen = Seen(source)
            about = tarfile.TarInfo(name)
            about.size, about.mtime = size, int(os.fstat(source.fileno()).st_mtime)
            self._tar.addfile(about, seen)
            if seen.size != size:
                raise StoreError(
                    N_("The file {path} became shorter while it was read."), N_("Try again."), path=str(path)
                )
        self.members[name] = Member(size, seen.digest.hexdigest())
        return True

    def add_content(self, name: str, content: bytes) -> None:
        """Pack a few bytes."""
        about = tarfile.TarInfo(name)
        about.size = len(content)
        self._tar.addfile(about, io.BytesIO(content))
        self.members[name] = Member(len(content), sha256(content).hexdigest())


@contextmanager
def packing(file: Path, about: About) -> Iterator[tuple[Packing, list[LeftOut]]]:
    """Write a backup beside its place and put it there once all of it is on the disk; nothing stays if that fails."""
    unfinished = file.with_name(file.name + UNFINISHED)
    left_out: list[LeftOut] = []
    try:
        with unfinished.open("xb") as raw:
            unfinished.chmod(0o600)  # digests of tokens and what people asked are in it
            with (
                gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=_QUICK) as zipped,
                tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                packing = Packing(tar)
                packing.add_content(ABOUT, about.text())
                yield packing, left_out
                whole = Manifest(about, dict(packing.members), tuple(left_out))
                packing.add_content(LIST, whole.list())
                del packing.members[LIST]
            raw.flush()
            os.fsync(raw.fileno())
        _put(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)


def read(file: Path, bring: Callable[[str, Seen], None] | None = None) -> Manifest:
    """Read all of a backup, compare every byte with what was packed, and return what it says of itself.

    ``bring`` is given each file as it comes, and raises no ``OSError``. What it brought is to be trusted only once this
    returns.

    Raises:
        StoreError: it is damaged, or a newer Pizarra made it.
    """
    found: dict[str, Member] = {}
    about, listed = None, b""
    with _telling(), tarfile.open(file, "r|gz") as tar:
        for one in tar:
            source = tar.extractfile(one) if one.isreg() else None
            if source is None or not _is_inside(one.name):
                raise damaged(one.name)
            seen = Seen(source)
            if one.name == ABOUT:
                about = read_about(seen.read())
            elif one.name == LIST:
                listed = seen.read()
            elif about is None:
                raise damaged(one.name)
            elif bring is not None:
                bring(one.name, seen)
            while seen.read(_PIECE):
                pass
            found[one.name] = Member(seen.size, seen.digest.hexdigest())
    if about is None or not listed:
        raise damaged("it ends too early")
    manifest = read_list(about, listed)
    del found[LIST]
    if wrong := sorted(name for name in found.keys() | manifest.members.keys()
                       if found.get(name) != manifest.members.get(name)):  # fmt: skip
        raise damaged(", ".join(wrong))
    return manifest


def read_beginning(file: Path) -> About:
    """Return what a backup says first, without looking at the rest.

    Raises:
        StoreError: it is damaged, or a newer Pizarra made it.
    """
    with _telling(), tarfile.open(file, "r|gz") as tar:
        first = tar.next()
        source = tar.extractfile(first) if first is not None and first.isreg() and first.name == ABOUT else None
        return read_about(source.read() if source else b"")


class Seen:
    """A stream of which is known what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.digest, self.size = source, sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size`` of them; none at the end."""
        content = self._source.read(size)
        self.digest.update(content)
        self.size += len(content)
        return content


@contextmanager
def _telling() -> Iterator[None]:
    """Say in our words that a backup cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise StoreError(
            N_("There is no backup {file}."), N_("Check how it is written."), file=str(error.filename)
        ) from error
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        if is_full(error):
            raise StoreError(FULL, MAKE_ROOM) from error
        raise damaged(str(error) or type(error).__name__) from error


def _is_inside(name: str) -> bool:
    """Tell whether a name leads nowhere but into the folder into which it is brought."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name and ":" not in parts[0]


def _put(unfinished: Path, file: Path) -> None:
    """Give a file its name, unless another one has it."""
    try:
        os.link(unfinished, file)
    except FileExistsError:
        raise
    except OSError:  # a disk without second names
        if file.exists():
            raise FileExistsError(file) from None
        unfinished.rename(file)
    with suppress(OSError):  # Windows opens no folders
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
