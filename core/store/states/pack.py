"""A store packed into one file that fits any place: its rows and files, with nothing in them of where it was made.

It says what it was made with: models of another scikit-learn, or rows of another MLflow, are not to be trusted.
"""

from __future__ import annotations

import io
import json
import lzma
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mlflow.store.db.utils import _get_latest_schema_revision

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, read_only_uri, sqlite_path
from core.store.owner import owner
from core.store.runs.tables import MADE_BY_TAG, OWNER_TAG
from core.store.states import files, rows
from core.store.states.rows import DATABASE

PACKAGES = ("scikit-learn", "skops", "xgboost-cpu")  # whose models are in it
ABOUT, DESCRIPTION = "about.json", "MLmodel"
# What stands for the folder of the database, and for the one in which MLflow keeps files unless it is told otherwise
BESIDE, ELSEWHERE = "file:///packed/beside", "file:///packed/elsewhere"
_DEFAULT = "select artifact_location, creation_time from experiments where experiment_id = 0"


def fits(file: Path) -> bool:
    """Tell whether a pack is there and was made with what is installed here."""
    return file.is_file() and made_with(file) == installed()


@cache
def installed() -> Mapping[str, str]:
    """Return the versions that a pack made now would name."""
    return {"MLflow's tables": _get_latest_schema_revision()} | {name: _version(name) for name in PACKAGES}


def made_with(file: Path) -> Mapping[str, str]:
    """Return the versions that a pack was made with; none where it cannot be read."""
    try:
        return {str(name): str(number) for name, number in _about(file)["made_with"].items()}
    except (OSError, tarfile.TarError, lzma.LZMAError, EOFError, KeyError, ValueError, AttributeError):
        return {}


def packed_files(file: Path) -> set[Path]:
    """Return the files of a pack, as seen from where they are to lie."""
    return {Path(name) for name in _about(file)["files"]}


def packed_rows(file: Path, path: Path, live: sqlite3.Connection) -> sqlite3.Connection:
    """Return the packed rows as they stand in the database at ``path``, which is open as ``live``; kept in memory."""
    database = sqlite3.connect("file:packed?mode=memory", uri=True)
    database.deserialize(_first_members(file)[DATABASE])
    rows.rewrite(database, ELSEWHERE, _default_place(live) or f"{path.resolve().parent.as_posix()}/mlruns")
    rows.rewrite(database, BESIDE, path.resolve().parent.as_uri())
    database.execute(
        "insert into experiment_tags (experiment_id, key, value) values (0, ?, ?)", (MADE_BY_TAG, _mark(database, path))
    )
    database.commit()
    return database


def is_of_pack(database: sqlite3.Connection, path: Path) -> bool:
    """Tell whether a database was empty before a pack came into it.

    The mark names the database and when its first experiment was made: neither a copy beside it, whose runs have their
    files in the same folders, nor another store into which programs copied tags takes itself for it.
    """
    found = database.execute(
        "select value from experiment_tags where experiment_id = 0 and key = ?", (MADE_BY_TAG,)
    ).fetchone()
    return found is not None and found[0] == _mark(database, path)


def unpack_files(file: Path, home: Path, folder: Path) -> None:
    """Put the packed files into ``folder`` as they are to lie in ``home``."""
    with tarfile.open(file) as pack:
        if hasattr(tarfile, "data_filter"):  # Python 3.11.4 and newer
            pack.extractall(folder, filter="data")
        else:
            pack.extractall(folder)  # noqa: S202 - our own file, which comes with the code
    for description in folder.rglob(DESCRIPTION):
        said = description.read_text(encoding="utf-8")
        description.write_text(said.replace(BESIDE, home.resolve().as_uri()), encoding="utf-8")


def write_pack(store: Store, actor: Actor, file: Path) -> None:
    """Pack a SQLite store with the files of its runs and models; the store is only read.

    Raises:
        StoreError: the store is no SQLite file.
        PizarraError: ``actor`` may not.
    """
    actor.check("change_store")
    path = sqlite_path(store.uri)
    if path is None:
        raise StoreError(N_("Only a SQLite file can be packed, but the store is {uri}."), uri=store.uri)
    home = path.resolve().parent
    with tempfile.TemporaryDirectory() as place:
        with (
            closing(sqlite3.connect(read_only_uri(path), uri=True)) as source,
            closing(sqlite3.connect(Path(place) / DATABASE)) as target,
        ):
            source.backup(target)
            _forget_machine(target, home)
            folders = files.owned(source, home)
        packed = sorted(files.files_below(home, folders), key=lambda one: (one.suffix, one.name, str(one)))
        about = {"made_with": installed(), "files": [name.as_posix() for name in packed]}
        with (
            lzma.open(file, "wb", preset=9 | lzma.PRESET_EXTREME) as packing,
            tarfile.open(fileobj=packing, mode="w") as pack,
        ):
            _add(pack, ABOUT, json.dumps(about, indent=1).encode())
            _add(pack, DATABASE, (Path(place) / DATABASE).read_bytes())
            for name in packed:  # what is alike lies together
                content = (home / name).read_bytes()
                if name.name == DESCRIPTION:
                    content = content.replace(home.as_uri().encode(), BESIDE.encode())
                _add(pack, name.as_posix(), content)


def members(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of everything in a pack."""
    with tarfile.open(file) as pack:
        for about in pack:
            found = pack.extractfile(about)
            if found is not None:
                yield about.name, found.read()


def _forget_machine(database: sqlite3.Connection, home: Path) -> None:
    """Take out where, by whom and by what program it was made."""
    for table, key in (("tags", "key"), ("experiment_tags", "key"), ("logged_model_tags", "tag_key")):
        database.execute(
            f"delete from {table} where {key} = ? or {key} = 'mlflow.user' or {key} like 'mlflow.source.%'",  # noqa: S608
            (OWNER_TAG,),
        )
    rows.rewrite(database, owner(), "")
    rows.rewrite(database, home.as_uri(), BESIDE)
    for (place,) in database.execute("select artifact_location from experiments").fetchall():
        if not place.startswith(BESIDE):
            rows.rewrite(database, place.rpartition("/")[0], ELSEWHERE)
    database.commit()
    database.execute("vacuum")


def _default_place(database: sqlite3.Connection) -> str:
    """Return where MLflow keeps files unless it is told otherwise: where those of the first experiment lie."""
    found = database.execute(_DEFAULT).fetchone()
    return str(found[0]).rpartition("/")[0] if found else ""


def _mark(database: sqlite3.Connection, path: Path) -> str:
    found = database.execute(_DEFAULT).fetchone()
    return f"{path.name} {found[1] if found else ''}"


def _about(file: Path) -> Mapping[str, Any]:
    return dict(json.loads(_first_members(file)[ABOUT]))


@cache
def _first_members(file: Path) -> dict[str, bytes]:
    """Return what a pack says of itself, and its database, without looking at the rest."""
    found: dict[str, bytes] = {}
    for name, content in members(file):
        found[name] = content
        if len(found) == 2:
            break
    return found


def _add(pack: tarfile.TarFile, name: str, content: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size = len(content)
    pack.addfile(about, io.BytesIO(content))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
