"""Where the files of a database's runs, models and traces are: read from its rows, and written anew when they move.

Unlike ``core.store.states.rows``, which rewrites every text of a SQLite store, this leaves alone what people wrote.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from core.store.places import local_folder

Connection = sa.Connection  # so that others need not name SQLAlchemy
EXPERIMENTS = ("experiments", "artifact_location")
# Whatever says where files are
COLUMNS = (
    EXPERIMENTS,
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("trace_tags", "value"),
)
# What has a folder of its own, which bears its name
_OWNERS = {
    "runs": ("run_uuid", "artifact_uri"),
    "logged_models": ("model_id", "artifact_location"),
    "trace_tags": ("request_id", "value"),
}
_TRACE_KEY = "mlflow.artifactLocation"
_COUNTED = ("experiments", "runs", "registered_models", "model_versions", "logged_models")
_OWN_FOLDER = "artifacts"


@dataclass(frozen=True)
class Places:
    """Where files are: folders on this disk, each in a root of several, and how many are in each other place."""

    folders: Mapping[Path, Path]
    elsewhere: Mapping[str, int]


def counts(connection: Connection) -> dict[str, int]:
    """Return how many rows the tables have that people know."""
    there = set(sa.inspect(connection).get_table_names())
    return {
        name: int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one())
        for name in _COUNTED
        if name in there
    }


def schema_of(connection: Connection) -> str:
    """Return the revision of MLflow's tables, empty where there are none."""
    if "alembic_version" not in sa.inspect(connection).get_table_names():
        return ""
    return str(connection.execute(sa.text("select version_num from alembic_version")).scalar() or "")


def is_empty(connection: Connection) -> bool:
    """Tell whether a database has no table at all."""
    return not sa.inspect(connection).get_table_names()


def places(connection: Connection) -> Places:
    """Return where the files of runs, models and traces are.

    A folder counts only where it bears the name of what it is of: whatever else an address leads to may be somebody
    else's. Its root is the folder in which the folder of its experiment lies.
    """
    above = {place.parent for _name, address in _rows(connection, *EXPERIMENTS) if (place := _absolute(address))}
    above = {root for root in above if len(root.parts) > 1}
    found: dict[Path, Path] = {}
    others: dict[str, int] = {}
    for table, (name, column) in _OWNERS.items():
        for owner, address in _rows(connection, table, column, name):
            place = _absolute(address)
            if place is None or place.parts[-2:] != (owner, _OWN_FOLDER) or place.parent.is_symlink():
                where = _place_of(address)
                others[where] = others.get(where, 0) + 1
            elif place.parent.is_dir():
                roots = [root for root in place.parents if root in above]
                found[place.parent] = roots[-1] if roots else place.parents[1]
    return Places(found, others)


def move(connection: Connection, moves: Mapping[Path, Path]) -> None:
    """Have addresses lead into the folders into which files have moved."""
    for name, column in _there(connection):
        table = sa.table(name, sa.column(column, sa.String), sa.column("key", sa.String))
        cell = table.c[column]
        for before, after in moves.items():
            for old, new in _written(before, after):
                wanted = [sa.func.substr(cell, 1, len(old)) == old]
                if name == "trace_tags":
                    wanted.append(table.c.key == _TRACE_KEY)
                rest = sa.func.substr(cell, len(old) + 1, type_=sa.String)
                connection.execute(sa.update(table).where(*wanted).values({column: sa.literal(new, sa.String) + rest}))


def _written(before: Path, after: Path) -> Iterator[tuple[str, str]]:
    """Yield how the beginning of an address may be written, and how it then is."""
    forms = {f"{before.as_posix()}/": f"{after.as_posix()}/", f"{before.as_uri()}/": f"{after.as_uri()}/"}
    yield from forms.items()
    unquoted = f"file://{before.as_posix()}/"
    if unquoted not in forms:
        yield unquoted, f"{after.as_uri()}/"


def _rows(connection: Connection, table: str, column: str, name: str = "") -> Iterator[tuple[str, str]]:
    if (table, column) not in _there(connection):
        return
    asked: Any = sa.select(sa.column(name or column), sa.column(column)).select_from(sa.table(table))
    if table == "trace_tags":
        asked = asked.where(sa.column("key") == _TRACE_KEY)
    for owner, address in connection.execute(asked):
        if address:
            yield str(owner), str(address)


def _there(connection: Connection) -> list[tuple[str, str]]:
    """Return the columns that this version of MLflow's tables has."""
    looked = sa.inspect(connection)
    tables = set(looked.get_table_names())
    return [
        (table, column)
        for table, column in COLUMNS
        if table in tables and column in {about["name"] for about in looked.get_columns(table)}
    ]


def _absolute(address: str) -> Path | None:
    place = local_folder(address)
    return Path(os.path.normpath(place)) if place is not None and place.is_absolute() else None


def _place_of(address: str) -> str:
    """Return the place of an address without what is inside it, and without a name or password.

    >>> _place_of("s3://me:secret@bucket/1/abc/artifacts"), _place_of("mlflow-artifacts:/1/abc/artifacts")
    ('s3://bucket', 'mlflow-artifacts:')
    >>> _place_of("somewhere/abc")
    'somewhere'
    """
    parts = urlsplit(address)
    if len(parts.scheme) < 2 or parts.scheme == "file":
        return str(Path(address).parent) if not parts.scheme else address.rpartition("/")[0]
    return f"{parts.scheme}:" + (f"//{parts.netloc.rpartition('@')[2]}" if parts.netloc else "")
