"""The mirror of a SQLite file, which is never behind: fingerprints tell which runs differ, MLflow reads those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.collector import collector_paused
from core.errors import StoreError
from core.store.connection import Store
from core.store.mirror.base import FIRST_RUNS, Mirror, now
from core.store.mirror.fingerprints import Digests, file_state
from core.store.mirror.snapshot import SCHEMA, Snapshot
from core.store.runs import tracking
from core.store.runs.tables import Experiment, Run

AT_ONCE = 1000  # changed runs that a page waits for; more are read behind a progress bar


@dataclass(frozen=True)
class _Differences:
    """What a file says of its runs now, and which of ours are ``stale`` (newest first) or ``gone``."""

    version: int
    state: str
    experiments: list[Experiment]
    digests: pd.Series
    stale: list[str]
    gone: set[str]


class LocalMirror(Mirror):
    """Mirrors a SQLite store."""

    exact = True

    def __init__(self, store: Store, folder: Path, path: Path) -> None:
        super().__init__(store, folder)
        self._path = path
        self._digests = Digests(path)
        self._seen: int | None = None  # the data_version that the snapshot is as of

    def reread(self, run_ids: Sequence[str] = ()) -> None:
        """Do nothing: the file tells by itself."""

    def read_all_again(self) -> None:
        """Forget everything, to read it anew at the next look."""
        with self._lock:
            if not self._reading:
                self._change(table=SCHEMA.empty_table(), unreadable={}, file_state="")
                self._seen = None

    def close(self) -> None:
        """Write the snapshot and let go of the file."""
        super().close()
        self._digests.close()

    def _begin(self, before: Snapshot | None) -> None:
        version = self._digests.version()
        if before is not None:
            self._change(**vars(before))
            if before.file_state and before.file_state == file_state(self._path):
                self._seen = version
        self._refresh()

    def _refresh(self) -> None:
        if self._digests.version() == self._seen:
            return
        if not len(self._snapshot.table) and (count := self._digests.count()) > AT_ONCE:
            newest, _ = tracking.read_page(self.store, self._ids(), size=FIRST_RUNS)
            self._take(newest)
            self._reading, self._total = True, count
            self._in_background(lambda: self._catch_up(self._compare()))
            return
        differences = self._compare()
        if len(differences.stale) > AT_ONCE:
            self._reading, self._total = True, len(differences.digests)
            self._in_background(lambda: self._catch_up(differences))
            return
        with collector_paused():
            self._catch_up(differences)

    def _compare(self) -> _Differences:
        version, state = self._digests.version(), file_state(self._path)  # before: what comes later makes them others
        experiments = tracking.list_experiments(self.store)
        digests = self._digests.read()
        table = self._snapshot.table
        known = dict(zip(table["run_id"].to_pylist(), table["digest"].to_pylist(), strict=True))
        known |= self._snapshot.unreadable
        stale = [str(run_id) for run_id, digest in digests.items() if known.get(str(run_id)) != digest]
        return _Differences(version, state, experiments, digests, stale, known.keys() - set(digests.index))

    def _catch_up(self, differences: _Differences) -> None:
        """Read what differs, newest first; the lock is only needed to hand over what was read."""
        with self._lock:
            if differences.experiments != list(self._snapshot.experiments):
                self._change(experiments=differences.experiments)
            self._take([], differences.gone)
        digests = differences.digests.to_dict()
        waiting = dict.fromkeys(differences.stale)
        if len(waiting) == len(digests):  # all of them: going through the pages is quicker than asking for each
            for page in self._pages():
                self._take(page, (), digests)
                for run in page:
                    waiting.pop(run.run_id, None)
        refused: dict[str, int] = {}
        asked = list(waiting)
        for begin in range(0, len(asked), tracking.PAGE_SIZE):
            some = asked[begin : begin + tracking.PAGE_SIZE]
            found = self._readable(some)
            missing = set(some) - {run.run_id for run in found}
            refused |= {run_id: digests[run_id] for run_id in missing}
            self._take(found, missing, digests)
        with self._lock:
            here = set(differences.digests.index) - set(differences.stale)
            unreadable = {k: v for k, v in self._snapshot.unreadable.items() if k in here} | refused
            self._note(as_of=now(), swept=now(), file_state=differences.state, unreadable=unreadable)
            self._seen = differences.version
            self._save_if_due()

    def _pages(self) -> Iterator[list[Run]]:
        """Yield all runs page by page, up to a page that MLflow refuses."""
        token = None
        while True:
            try:
                page, token = tracking.read_page(self.store, self._ids(), token=token)
            except StoreError:
                return
            yield page
            if not token:
                return

    def _readable(self, run_ids: Sequence[str]) -> list[Run]:
        """Return those of these runs that MLflow can read; one that it cannot makes it refuse the whole page."""
        if not run_ids:
            return []
        try:
            return tracking.read_runs(self.store, self._ids(), run_ids)
        except StoreError:
            if len(run_ids) == 1:
                tracking.list_experiments(self.store)  # is it this run, or does the store no longer answer?
                return []
            half = len(run_ids) // 2
            return [*self._readable(run_ids[:half]), *self._readable(run_ids[half:])]
