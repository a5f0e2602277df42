"""Fingerprints of the runs in a database: they tell exactly which runs changed, in a fraction of reading them.

A database says that something changed, not what. MLflow says it for new and ended runs only, so the tables themselves
are asked; what changed is then read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy
from sqlalchemy import text

from core.store.database import Database
from core.store.runs.tables import TIMELINE_EXPERIMENT
from core.store.store_file import read_header

_RUNS = """
    select r.run_uuid, r.start_time, r.name, r.status, r.end_time, r.experiment_id, r.user_id is null, e.name
    from runs r join experiments e on e.experiment_id = r.experiment_id
    where r.lifecycle_stage = 'active' and e.lifecycle_stage = 'active'
"""
_COUNT = f"select count(*) from ({_RUNS.replace(', e.name', '', 1)}) as active"  # noqa: S608 - ours
_NEWEST = f"{_RUNS} order by r.start_time desc limit :most"


@dataclass(frozen=True)
class _Dialect:
    """How a database puts all that a table says of each run into one value: in no order that it might change.

    A Python object for every value would cost ten times as much.
    """

    params: str
    latest_metrics: str
    tags: str
    # MLflow only ever adds to these, so that they need not be read again while this stands still; tags are overwritten
    growth: Mapping[str, str]


_DIALECTS = {
    "sqlite": _Dialect(
        params="cast(group_concat(key || char(31) || value, char(30)) as blob)",
        latest_metrics="""cast(group_concat(
            key || char(31) || printf('%!.17g', value) || char(31) || timestamp || char(31) || step || is_nan,
            char(30)) as blob)""",
        tags="cast(group_concat(key || char(31) || coalesce(value, char(29)), char(30)) as blob)",
        growth={
            "params": "select count(*), max(rowid) from params",
            "latest_metrics": "select (select count(*) from latest_metrics), (select max(rowid) from metrics)",
        },
    ),
    "postgresql": _Dialect(
        params="cast(sum(hashtextextended(key || chr(31) || value, 0)) as text)",
        latest_metrics="""cast(sum(hashtextextended(
            key || chr(31) || value || chr(31) || timestamp || chr(31) || step || is_nan, 0)) as text)""",
        tags="cast(sum(hashtextextended(key || chr(31) || coalesce(value, chr(29)), 0)) as text)",
        growth={},
    ),
    "mysql": _Dialect(
        params="bit_xor(cast(conv(left(md5(concat_ws('\x1f', `key`, value)), 16), 16, 10) as unsigned))",
        latest_metrics="""bit_xor(cast(conv(left(md5(
            concat_ws('\x1f', `key`, value, timestamp, step, is_nan)), 16), 16, 10) as unsigned))""",
        tags="""bit_xor(cast(conv(left(md5(
            concat_ws('\x1f', `key`, coalesce(value, '\x1d'))), 16), 16, 10) as unsigned))""",
        growth={},
    ),
}
_TABLES = ("params", "latest_metrics", "tags")


class Digests:
    """Reads the fingerprints of a database's active runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect = _DIALECTS[database.kind]
        self._lock = Lock()
        self._kept: dict[str, tuple[tuple[object, ...], Mapping[str, int]]] = {}

    def try_out(self) -> None:
        """Ask for the fingerprints of no run.

        Raises:
            StoreError: this database does not know what we ask it with, or may not be asked.
        """
        with self._database.moment() as connection:
            for table in _TABLES:
                connection.exec_driver_sql(f"{self._asked(table)} limit 0")

    def count(self) -> int:
        """Return how many active runs there are, those of the timeline among them."""
        with self._database.moment() as connection:
            return int(connection.execute(text(_COUNT)).scalar_one())

    def newest(self, most: int) -> list[str]:
        """Return the ids of the active runs that were created last."""
        with self._database.moment() as connection:
            return [str(run[0]) for run in _listed(connection.execute(text(_NEWEST), {"most": most}))]

    def ids(self, connection: sqlalchemy.Connection) -> list[str]:
        """Return the ids of all active runs, of the moment of a connection."""
        return [str(run[0]) for run in _listed(connection.execute(text(_RUNS)))]

    def read(self) -> dict[str, int]:
        """Return an integer for each active run by run id, newest first; it differs when anything in a run does."""
        with self._database.moment() as connection:
            return self.read_of(connection)

    def read_of(self, connection: sqlalchemy.Connection) -> dict[str, int]:
        """Return what ``read`` does, of the moment of a connection."""
        with self._lock:
            runs = _listed(connection.execute(text(_RUNS)))
            contents = [self._content(connection, table) for table in _TABLES]
        runs.sort(key=lambda run: (-(run[1] or 0), run[0]))
        return {
            run[0]: _number("\x1f".join(map(str, (run, *(content.get(run[0], 0) for content in contents)))).encode())
            for run in runs
        }

    def _content(self, connection: sqlalchemy.Connection, table: str) -> Mapping[str, int]:
        growth: tuple[object, ...] | None = None
        if table in self._dialect.growth:
            growth = tuple(connection.execute(text(self._dialect.growth[table])).one())
            if table in self._kept and self._kept[table][0] == growth:
                return self._kept[table][1]
        read = {run_id: _number(content) for run_id, content in _raw(connection, self._asked(table))}
        if growth is not None:
            self._kept[table] = (growth, read)
        return read

    def _asked(self, table: str) -> str:
        return f"select run_uuid, {getattr(self._dialect, table)} from {table} group by run_uuid"  # noqa: S608 - ours


def _listed(found: Iterable[Any]) -> list[tuple[Any, ...]]:
    return [tuple(run[:-1]) for run in found if run[-1] != TIMELINE_EXPERIMENT]


def _raw(connection: sqlalchemy.Connection, asked: str) -> Iterable[tuple[str, Any]]:
    """Yield rows as the driver gives them: SQLAlchemy's own would cost as much again."""
    with connection.exec_driver_sql(asked) as found:
        return found.cursor.fetchall()


def _number(content: bytes | str | int | None) -> int:
    known = content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(known, digest_size=8).digest(), signed=True)


def file_state(path: Path) -> str:
    """Return what stays the same, between starts of the program too, as long as nobody wrote to a SQLite file.

    Empty where the file does not tell: in WAL mode its change counter stands still, and a journal beside it
    means that somebody is writing.
    """
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")]
    try:
        header, about = read_header(path), path.stat()
    except OSError:
        return ""
    in_wal_mode = len(header) < 100 or header[18] == 2
    if in_wal_mode or any(file.exists() for file in beside):
        return ""
    return f"{header[24:28].hex()} {header[92:96].hex()} {about.st_size} {about.st_mtime_ns} {about.st_ino}"
