"""All runs of a store, kept here between visits: one mirror serves every session of the process.

What keeps it up to date is in ``mirror.database`` and, for servers and databases that are not known, ``mirror.server``.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Event, RLock, Thread
from time import monotonic
from typing import Any

import pyarrow as pa

from core.collector import collector_paused
from core.errors import PizarraError, StoreError
from core.store.connection import Store
from core.store.mirror import snapshot
from core.store.mirror.snapshot import Snapshot
from core.store.runs import tracking
from core.store.runs.directions import shared_directions
from core.store.runs.tables import Experiment, Runs

logger = logging.getLogger("pizarra")

FIRST_RUNS = 100  # what is read before a page is shown for the first time
SAVE_SECONDS = 10.0  # between two writes of the snapshot's file
KEPT_TABLES = 8
_versions = count()  # of all mirrors: one that takes another's place is never taken for it


@dataclass(frozen=True)
class State:
    """How much of a store is known. ``total`` is None where nobody can say how many runs there are."""

    version: int  # moves when anything that is shown may differ
    read: int
    total: int | None
    reading: bool  # not everything has been read yet
    exact: bool  # nothing is ever missed
    as_of: datetime | None
    swept: datetime | None  # when everything was compared with the store last
    sweeping: bool
    unreadable: int  # runs that MLflow refuses to read


class Mirror(ABC):
    """Mirrors one store's active runs; safe to use from many threads."""

    exact = False

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.file = folder / "snapshots" / f"{sha256(store.uri.encode()).hexdigest()[:24]}.parquet"
        self._lock = RLock()
        self._idle = Event()
        self._idle.set()
        self._job = object()
        self._snapshot = Snapshot()
        self._opened = self._reading = False
        self._total: int | None = None
        self._version = next(_versions)
        self._unsaved, self._saved = False, float("-inf")
        self._error: PizarraError | None = None
        self._tables: OrderedDict[tuple[int, str, tuple[str, ...]], Runs] = OrderedDict()

    def state(self) -> State:
        """Bring up to date what can be at once, and say how much is known.

        Raises:
            StoreError: the store no longer answers.
        """
        with self._current() as known:
            return State(
                version=self._version,
                read=len(known.table),
                total=self._total,
                reading=self._reading,
                exact=self.exact,
                as_of=known.as_of,
                swept=known.swept,
                sweeping=not self._idle.is_set() and not self._reading,
                unreadable=len(known.unreadable),
            )

    def experiments(self) -> list[Experiment]:
        """Return the active experiments, the last used first."""
        with self._current() as known:
            return list(known.experiments)

    def counts(self) -> dict[str, int]:
        """Return how many runs each experiment id has."""
        with self._current() as known:
            counted = known.table["experiment_id"].value_counts().to_pylist()
            return {entry["values"]: entry["counts"] for entry in counted}

    def runs(self, experiment_ids: Iterable[str]) -> Runs:
        """Return what is known of these experiments' runs, newest first. The tables are shared: never change them."""
        ids = tuple(sorted(experiment_ids))
        with self._current() as known:
            return self._kept("experiments", ids, lambda: snapshot.of_experiments(known.table, ids))

    def some_runs(self, run_ids: Iterable[str]) -> Runs:
        """Return those of these runs that are known, in this order, shared as those of ``runs``."""
        ids = tuple(dict.fromkeys(run_ids))
        with self._current() as known:
            return self._kept("runs", ids, lambda: snapshot.of_ids(known.table, ids)).select(ids)

    @abstractmethod
    def reread(self, run_ids: Sequence[str] = ()) -> None:
        """Ask anew at once, about these runs in particular: they were changed from here."""

    @abstractmethod
    def read_all_again(self) -> None:
        """Read every run again."""

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait until nothing is read in the background; tell whether that came to be."""
        return self._idle.wait(seconds)

    def close(self) -> None:
        """Write what is known to the snapshot's file."""
        with self._lock:
            self._save()

    # For the kinds of mirror

    @abstractmethod
    def _begin(self, before: Snapshot | None) -> None:
        """Start from the snapshot of an earlier visit, or from nothing."""

    @abstractmethod
    def _refresh(self) -> None:
        """Bring up to date what can be at once; called with the lock held."""

    def _current(self) -> _Current:
        return _Current(self)

    def _kept(self, kind: str, ids: tuple[str, ...], rows: Callable[[], pa.Table]) -> Runs:
        key = (self._version, kind, ids)
        if key not in self._tables:
            runs = snapshot.as_runs(rows())
            used = set(runs.info["experiment_id"])
            said = shared_directions([e for e in self._snapshot.experiments if e.experiment_id in used])
            self._tables[key] = replace(runs, directions=said)
            if len(self._tables) > KEPT_TABLES:
                self._tables.popitem(last=False)
        self._tables.move_to_end(key)
        return self._tables[key]

    def _ids(self) -> list[str]:
        return [experiment.experiment_id for experiment in self._snapshot.experiments]

    def _take(self, newer: pa.Table, gone: Collection[str] = ()) -> None:
        """Put rows in place of what was known of their runs; who holds no lock may call this."""
        with self._lock:
            rows = snapshot.differing(self._snapshot.table, newer)
            here = set(self._snapshot.table["run_id"].to_pylist()) if gone else set()
            if len(rows) or here & set(gone):
                self._change(table=snapshot.merged(self._snapshot.table, rows, gone))

    def _change(self, **fields: Any) -> None:
        self._note(**fields)
        self._version = next(_versions)
        self._tables.clear()

    def _note(self, **fields: Any) -> None:
        """Change what no table shows."""
        self._snapshot = replace(self._snapshot, **fields)
        self._unsaved = True

    def _in_background(self, work: Callable[[], None]) -> None:
        """Do something while pages go on; what fails is told to the next page."""
        self._idle.clear()
        self._job = job = object()

        def run() -> None:
            try:
                with collector_paused():
                    work()
                self._save_if_due()
            except StoreError as error:
                self._error = error
            except Exception:  # a thread has nobody else to tell
                logger.exception("Reading the store in the background failed")
            finally:
                with self._lock:
                    if self._job is job:  # else it has handed over to another one
                        self._reading = False
                        self._idle.set()

        Thread(target=run, name="pizarra-mirror", daemon=True).start()

    def _save_if_due(self) -> None:
        with self._lock:
            if self._unsaved and monotonic() - self._saved >= SAVE_SECONDS:
                self._save()

    def _save(self) -> None:
        if self._reading or not self._unsaved:
            return
        self._saved, self._unsaved = monotonic(), False
        try:
            snapshot.save(self._snapshot, self.file, self.store.uri)
        except OSError as error:  # a full or read-only disk: the next start only takes longer
            logger.warning("The snapshot %s cannot be written: %s", self.file, error)


class _Current:
    """Holds a mirror's lock while its snapshot, brought up to date, is looked at."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    def __enter__(self) -> Snapshot:
        mirror = self._mirror
        mirror._lock.acquire()
        try:
            if mirror._error is not None:
                error, mirror._error = mirror._error, None
                raise error
            if not mirror._opened:
                experiments = tracking.list_experiments(mirror.store)
                mirror._snapshot = Snapshot(experiments=experiments)
                mirror._begin(snapshot.load(mirror.file, mirror.store.uri, experiments))
                mirror._opened = True
            elif not mirror._reading:
                mirror._refresh()
        except BaseException:
            mirror._lock.release()
            raise
        return mirror._snapshot

    def __exit__(self, *error: object) -> None:
        self._mirror._lock.release()


def now() -> datetime:
    """Return the time, for what was just read."""
    return datetime.now(UTC)
