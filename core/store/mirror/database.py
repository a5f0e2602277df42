"""The mirror of a database: fingerprints tell which runs differ, and those are read as columns."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pyarrow as pa
import pyarrow.compute as pc

from core.collector import collector_paused
from core.errors import StoreError
from core.store.connection import Store, sqlite_path
from core.store.database import Database
from core.store.mirror.base import FIRST_RUNS, Mirror, now
from core.store.mirror.fingerprints import Digests, file_state
from core.store.mirror.snapshot import SCHEMA, Snapshot, rows
from core.store.runs import tracking
from core.store.runs.columns import SurpriseError, columns_of, read_columns, surprising
from core.store.runs.tables import Experiment, Run

logger = logging.getLogger("pizarra")

AT_ONCE = 2000  # changed runs that a page waits for; more are read behind a progress bar
WHOLE = 100_000  # runs of a store that is read from one end to the other the first time
TOGETHER = 5000  # runs that are read at once; more are hardly faster and need more memory
# Where a database cannot say that nothing changed: between two looks, and how much of the time they may take
LOOK_SECONDS, LOOK_SHARE = 5.0, 0.1


@dataclass(frozen=True)
class _Differences:
    """What a database says of its runs now, and which of ours are ``stale`` (newest first) or ``gone``."""

    version: str
    state: str
    experiments: list[Experiment]
    digests: Mapping[str, int]
    stale: list[str]
    gone: set[str]


class DatabaseMirror(Mirror):
    """Mirrors a store whose tables are known; where the database says whether anything changed, it is never behind."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__(store, folder)
        self._path = sqlite_path(store.uri)
        self._database = Database(store.uri)
        self._digests = Digests(self._database)
        self._seen = ""  # the version of the database that the snapshot is as of
        self._looked, self._took = float("-inf"), 0.0
        self.exact = self._database.tells_changes

    def reread(self, run_ids: Sequence[str] = ()) -> None:
        """Look at the next occasion, wherever the database does not tell by itself."""
        self._looked = float("-inf")

    def read_all_again(self) -> None:
        """Forget everything, to read it anew at the next look."""
        with self._lock:
            if self._idle.is_set():
                self._change(table=SCHEMA.empty_table(), unreadable={}, file_state="")
                self._seen, self._looked = "", float("-inf")

    def close(self) -> None:
        """Write the snapshot and let go of the database."""
        super().close()
        self._database.close()

    def _begin(self, before: Snapshot | None) -> None:
        version = self._database.version()
        if before is not None:
            self._change(**vars(before))
            if self._path and before.file_state and before.file_state == file_state(self._path):
                self._seen = version
        self._refresh()

    def _refresh(self) -> None:
        if not self._idle.is_set():  # fingerprints of what was read first are on their way
            return
        version = self._database.version()
        if version and version == self._seen:
            return
        if not version and monotonic() - self._looked < max(LOOK_SECONDS, self._took / LOOK_SHARE):
            return
        with collector_paused():
            if not len(self._snapshot.table) and (count := self._digests.count()) > AT_ONCE:
                self._take(*self._read(self._digests.newest(FIRST_RUNS), {}))
                self._reading, self._total = True, count
                self._in_background(self._read_everything if count <= WHOLE else self._compare_and_catch_up)
                return
            differences = self._compare()
            if len(differences.stale) <= AT_ONCE:
                self._catch_up(differences)
                return
        self._reading, self._total = True, len(differences.digests)
        self._in_background(lambda: self._catch_up(differences))

    def _compare(self) -> _Differences:
        begun = monotonic()
        # Before anything is read: what comes later makes them others
        version, state = self._database.version(), file_state(self._path) if self._path else ""
        experiments = tracking.list_experiments(self.store)
        digests = self._digests.read()
        table = self._snapshot.table
        known = dict(zip(table["run_id"].to_pylist(), table["digest"].to_pylist(), strict=True))
        known |= self._snapshot.unreadable
        stale = [run_id for run_id, digest in digests.items() if known.get(run_id) != digest]
        self._looked, self._took = monotonic(), monotonic() - begun
        return _Differences(version, state, experiments, digests, stale, known.keys() - digests.keys())

    def _compare_and_catch_up(self) -> None:
        self._catch_up(self._compare())

    def _read_everything(self) -> None:
        """Read all runs for the first time, then their fingerprints as of that moment, which only later looks need."""
        version, state = self._database.version(), file_state(self._path) if self._path else ""
        experiments = tracking.list_experiments(self.store)
        begun = monotonic()
        try:
            with surprising():
                with self._database.moment() as connection:
                    ids = self._digests.ids(connection)
                    found, missing = columns_of(connection, ids, {}, whole=True)
                    found = found.filter(pc.is_in(found["run_id"], pa.array(ids, pa.string())))
                    refused = set(missing).intersection(ids)
                    with self._lock:
                        self._change(table=found, experiments=experiments, as_of=now(), swept=now(),
                                     unreadable=dict.fromkeys(refused, 0))  # fmt: skip
                        self._reading = False
                    digests = None if self._path else self._digests.read_of(connection)
                if digests is None:  # nobody can write into a file while it is read, so it is let go in between
                    digests = self._digests.read()
                    if self._database.version() != version:
                        raise SurpriseError("something was written meanwhile")
        except SurpriseError as error:
            logger.info("All runs are read once more: %s", error)
            self._reading = True
            self._compare_and_catch_up()
            return
        known = pa.array([digests.get(run_id, 0) for run_id in found["run_id"].to_pylist()], pa.int64())
        with self._lock:
            self._note(
                table=found.set_column(found.schema.get_field_index("digest"), SCHEMA.field("digest"), known),
                unreadable={run_id: digests.get(run_id, 0) for run_id in refused}, file_state=state,
            )  # fmt: skip
            self._seen, self._took = version, monotonic() - begun
            self._save_if_due()

    def _catch_up(self, differences: _Differences) -> None:
        """Read what differs, newest first; the lock is only needed to hand over what was read."""
        with self._lock:
            if differences.experiments != list(self._snapshot.experiments):
                self._change(experiments=differences.experiments)
            self._take(SCHEMA.empty_table(), differences.gone)
        digests, stale = differences.digests, differences.stale
        refused: dict[str, int] = {}
        for begin in range(0, len(stale), TOGETHER):
            found, missing = self._read(stale[begin : begin + TOGETHER], digests)
            refused |= {run_id: digests[run_id] for run_id in missing}
            self._take(found, missing)
        with self._lock:
            here = digests.keys() - set(stale)
            unreadable = {k: v for k, v in self._snapshot.unreadable.items() if k in here} | refused
            self._note(as_of=now(), swept=now(), file_state=differences.state, unreadable=unreadable)
            self._seen = differences.version
            self._save_if_due()

    def _read(self, run_ids: Sequence[str], digests: Mapping[str, int]) -> tuple[pa.Table, Collection[str]]:
        """Return these runs as rows, and the ids of those that MLflow cannot read."""
        try:
            return read_columns(self._database, run_ids, digests)
        except SurpriseError as error:
            logger.info("MLflow is asked for runs that cannot be read as columns: %s", error)
        found = self._readable(run_ids)
        return rows(found, digests), set(run_ids) - {run.run_id for run in found}

    def _readable(self, run_ids: Sequence[str]) -> list[Run]:
        """Return those of these runs that MLflow can read; one that it cannot makes it refuse the whole page."""
        try:
            return tracking.read_runs(self.store, self._ids(), run_ids)
        except StoreError:
            if len(run_ids) == 1:
                tracking.list_experiments(self.store)  # is it this run, or does the store no longer answer?
                return []
            half = len(run_ids) // 2
            return [*self._readable(run_ids[:half]), *self._readable(run_ids[half:])]
