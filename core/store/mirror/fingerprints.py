"""Fingerprints of the runs in a SQLite store: they tell exactly which runs changed, in a fraction of reading them.

SQLite's ``data_version`` says that something changed, not what. MLflow says it for new and ended runs only, so the
database itself is asked, read-only; what changed is then read through MLflow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import pandas as pd

from core.store.connection import read_only_uri
from core.store.runs.tables import TIMELINE_EXPERIMENT
from core.store.store_file import read_header

_RUNS = """
    select r.run_uuid, r.start_time, r.name, r.status, r.end_time, r.experiment_id
    from runs r join experiments e on e.experiment_id = r.experiment_id
    where r.lifecycle_stage = 'active' and e.lifecycle_stage = 'active' and e.name <> :timelines
"""
_OURS = {"timelines": TIMELINE_EXPERIMENT}
# One text a run and table, put together inside SQLite: a Python object for every value would cost ten times as much
_CONTENTS = {
    "params": "select run_uuid, group_concat(key || char(31) || value, char(30)) from params group by run_uuid",
    "latest_metrics": """
        select run_uuid, group_concat(
            key || char(31) || printf('%!.17g', value) || char(31) || timestamp || char(31) || step || is_nan, char(30))
        from latest_metrics group by run_uuid
    """,
    "tags": """
        select run_uuid, group_concat(key || char(31) || coalesce(value, char(29)), char(30))
        from tags group by run_uuid
    """,
}
# MLflow only ever adds to these, so that they need not be read again while this stands still; tags are overwritten
_GROWTH = {
    "params": "select count(*), max(rowid) from params",
    "latest_metrics": "select (select count(*) from latest_metrics), (select max(rowid) from metrics)",
}


class Digests:
    """Reads the fingerprints of a store's active runs."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(read_only_uri(path), uri=True, check_same_thread=False)
        self._lock = Lock()
        self._kept: dict[str, tuple[tuple[object, ...], Mapping[str, int]]] = {}

    def version(self) -> int:
        """Return SQLite's ``data_version``, which moves when any other connection commits."""
        with self._lock:
            return int(self._connection.execute("pragma data_version").fetchone()[0])

    def count(self) -> int:
        """Return how many active runs there are."""
        with self._lock:
            return int(self._connection.execute(f"select count(*) from ({_RUNS})", _OURS).fetchone()[0])  # noqa: S608 - ours

    def read(self) -> pd.Series:
        """Return an integer for each active run by run id, newest first; it differs when anything in a run does."""
        with self._lock:
            self._connection.execute("begin")  # all tables as of one moment
            try:
                runs = self._connection.execute(_RUNS, _OURS).fetchall()
                contents = [self._content(table) for table in _CONTENTS]
            finally:
                self._connection.rollback()
        runs.sort(key=lambda run: (-(run[1] or 0), run[0]))
        combined = {
            run[0]: _number("\x1f".join(map(str, (run, *(content.get(run[0], 0) for content in contents)))))
            for run in runs
        }
        return pd.Series(combined, dtype="int64")

    def _content(self, table: str) -> Mapping[str, int]:
        growth = self._connection.execute(_GROWTH[table]).fetchone() if table in _GROWTH else ()
        kept = self._kept.get(table)
        if kept is None or table not in _GROWTH or kept[0] != growth:
            read = {run_id: _number(text) for run_id, text in self._connection.execute(_CONTENTS[table])}
            self._kept[table] = kept = (growth, read)
        return kept[1]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


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
