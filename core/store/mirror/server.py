"""The mirror of a server, or of a database not known: polled for what is new, swept in the background for the rest.

A poll sees new, ended and running runs. Late tags and metrics, renames, deletes and restores of finished runs are only
seen by reading everything again, which ``swept`` tells the time of.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pyarrow as pa
import pyarrow.compute as pc

from core.store.connection import Store
from core.store.mirror.base import FIRST_RUNS, Mirror, now
from core.store.mirror.snapshot import Snapshot, rows
from core.store.runs import tracking
from core.store.runs.tables import Run

POLL_SECONDS = 5.0  # how long what the store said is taken as it is
SWEEP_SECONDS, SWEEP_SHARE = 60.0, 0.1  # read all again that often, for at most a tenth of the time
ACTIVE = ("RUNNING", "SCHEDULED")


class RemoteMirror(Mirror):
    """Mirrors a store that cannot tell what changed."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__(store, folder)
        self._polled = self._swept_at = float("-inf")
        self._sweep_took = 0.0
        self._fresh: set[str] = set()  # runs read since the sweep began: newer than what it found before

    def reread(self, run_ids: Sequence[str] = ()) -> None:
        """Ask at the next look, and about these runs now."""
        with self._lock:
            self._polled = float("-inf")
            if run_ids and self._opened:
                found = tracking.read_runs(self.store, self._ids(), run_ids)
                self._take_fresh(found, set(run_ids) - {run.run_id for run in found})

    def read_all_again(self) -> None:
        """Sweep now."""
        with self._lock:
            self._swept_at = self._polled = float("-inf")

    def sweep(self) -> None:
        """Read every run, and wait for it."""
        self.wait()
        self._sweep()

    def _begin(self, before: Snapshot | None) -> None:
        if before is not None:
            self._change(**vars(before))
            self._refresh()
            return
        first, token = tracking.read_page(self.store, self._ids(), size=FIRST_RUNS)
        self._take(rows(first))
        self._note(as_of=now())
        self._polled = monotonic()
        if token:
            self._reading = True
            self._in_background(lambda: self._sweep(token))
        else:
            self._swept_at = monotonic()
            self._note(swept=now())

    def _refresh(self) -> None:
        if monotonic() - self._polled >= POLL_SECONDS:
            self._poll()
        pause = max(SWEEP_SECONDS, self._sweep_took / SWEEP_SHARE)
        if self._idle.is_set() and monotonic() - self._swept_at >= pause:
            self._in_background(self._sweep)
        self._save_if_due()

    def _poll(self) -> None:
        """Read runs that are new, have ended, run, or ran when we last looked; the requests go side by side."""
        table, ids = self._snapshot.table, self._ids()
        since = _latest(table["created"])
        active = table.filter(pc.is_in(table["status"], pa.array(ACTIVE)))["run_id"].to_pylist()
        filters = [
            f"attributes.start_time >= {since}",
            f"attributes.end_time > {_latest(table['end'])}",
            *(f"attributes.status = '{status}'" for status in ACTIVE),
        ]
        with ThreadPoolExecutor(len(filters) + 2) as pool:
            asked = pool.submit(tracking.list_experiments, self.store)
            pages = [pool.submit(self._all_pages, ids, text) for text in filters]
            known = pool.submit(tracking.read_runs, self.store, ids, active)
            found = {run.run_id: run for page in [*pages, known] for run in page.result()}
            experiments = asked.result()
        new = [e.experiment_id for e in experiments if e.experiment_id not in set(ids)]
        found |= {run.run_id: run for run in self._all_pages(new, "")}
        deleted = pc.is_in(table["experiment_id"], pa.array([e.experiment_id for e in experiments], pa.string()))
        gone = {*table.filter(pc.invert(deleted))["run_id"].to_pylist(), *(set(active) - found.keys())}
        self._take_fresh(list(found.values()), gone)
        if experiments != list(self._snapshot.experiments):
            self._change(experiments=experiments)
        self._polled = monotonic()
        self._note(as_of=now())

    def _all_pages(self, ids: Sequence[str], filter_string: str) -> list[Run]:
        found: list[Run] = []
        token = None
        while ids:
            page, token = tracking.read_page(self.store, ids, filter_string=filter_string, token=token)
            found.extend(page)
            if not token:
                break
        return found

    def _take_fresh(self, newer: Sequence[Run], gone: set[str]) -> None:
        self._fresh |= {run.run_id for run in newer} | gone
        self._take(rows(newer), gone)

    def _sweep(self, token: str | None = None) -> None:
        """Read everything page by page; called without the lock, which is only taken to hand over what was read.

        With a ``token`` the first reading goes on behind it.
        """
        begun = monotonic()
        with self._lock:
            ids, before = self._ids(), set(self._snapshot.table["run_id"].to_pylist())
            self._fresh = set()
        seen = before if token else set()
        while True:
            page, token = tracking.read_page(self.store, ids, token=token)
            seen |= {run.run_id for run in page}
            with self._lock:
                self._take(rows([run for run in page if run.run_id not in self._fresh]))
            if not token:
                break
        # A delete while paging moves a run onto a page that was read already: ask before believing it gone
        missing = sorted(before - seen)
        found = tracking.read_runs(self.store, ids, missing)
        with self._lock:
            gone = set(missing) - {run.run_id for run in found} - self._fresh
            self._take(rows([run for run in found if run.run_id not in self._fresh]), gone)
            self._reading = False
            self._swept_at, self._sweep_took = monotonic(), monotonic() - begun
            self._note(swept=now(), as_of=now())


def _latest(column: pa.ChunkedArray) -> int:
    """Return the latest time in ms; one in the future, by a wrong clock, would hide all that comes after it."""
    latest = pc.max(column).as_py() or 0
    return min(int(latest), int(now().timestamp() * 1000) - 60_000)
