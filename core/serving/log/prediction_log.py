"""The log as it is written: whoever answers hands an entry over and goes on; a thread of its own writes it down."""

from __future__ import annotations

import logging
import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import Any

import pyarrow as pa

from core.serving import meters
from core.serving.log import files
from core.serving.log.columns import asked_table, fitted, shadow_table, truth_table, widened
from core.serving.log.entries import Entry, Kind, TrueAnswers, day_of, is_sampled
from core.serving.log.files import Part, Stream
from core.serving.tally import added
from core.store.owner import owner

GATHERED = 0.2  # seconds in which entries gather before they are written
MOST_ENTRIES, MOST_VALUES = 20_000, 5_000_000  # that may wait, in all
STREAM_BYTES = 16_000_000  # after which a stream becomes a Parquet file
MOST_OPEN, MOST_OF_A_MODEL = 64, 4  # streams
TIDIED = 30.0  # seconds between looks at what is left behind, and at how much there is

_log = logging.getLogger(__name__)
TABLES: Mapping[Kind, Callable[[Any, Collection[str]], pa.Table]] = {
    "asked": asked_table, "shadow": shadow_table, "truth": truth_table,
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What is logged: a share of the requests (0 switches it off), no more than so much, and columns never written."""

    share: float = 1.0
    megabytes: int = 500
    masks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counts:
    """What became of entries: ``dropped`` ones came too fast, ``lost`` found no room, ``unfit`` were not whole.

    ``sampled_out`` ones were not meant to be logged.
    """

    noted: int = 0
    written: int = 0
    sampled_out: int = 0
    dropped: int = 0
    lost: int = 0
    unfit: int = 0


_Item = tuple[Kind, Any]


class PredictionLog:
    """A log in a folder, which several processes may write to at once."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder, self.limits = folder, limits or Limits()
        self._changed = Condition()
        self._waiting: list[_Item] = []
        self._values = 0
        self._counts = Counts()
        self._handed, self._settled = 0, 0  # items
        self._thread: Thread | None = None
        self._is_closed = self._is_urgent = False
        self._begin()

    def _begin(self) -> None:
        """Be a writer of one's own: a process that was forked must not write to the streams of another."""
        self._process, self._writer, self._number = os.getpid(), secrets.token_hex(4), 0
        self._open: dict[tuple[Kind, str, date], list[Stream]] = {}
        self._is_failing = False
        self._tidied = -TIDIED

    @property
    def counts(self) -> Counts:
        """What became of all entries so far."""
        return self._counts

    def takes(self, request_id: str) -> bool:
        """Tell whether a request is one of those that are logged."""
        return is_sampled(request_id, self.limits.share)

    def note(self, entry: Entry) -> None:
        """Have an entry written soon; never waits and never raises. What is too much is counted."""
        try:
            if not self.takes(entry.request_id):
                self._count(sampled_out=1)
                return
            self._hand("asked", entry)
            if entry.shadow_version is not None:
                self._hand("shadow", entry)
        except Exception:  # noqa: BLE001 - whoever answers must not be held up by what is written of it
            self._count(unfit=1)
            _log.exception("An entry of the prediction log was left out")

    def note_shadow(self, entry: Entry) -> None:
        """Have it written what another version would have answered to a request that was noted; as ``note``."""
        try:
            if self.takes(entry.request_id):
                self._hand("shadow", entry)
        except Exception:  # noqa: BLE001 - as above
            self._count(unfit=1)
            _log.exception("An entry of the prediction log was left out")

    def note_truth(self, told: TrueAnswers) -> bool:
        """Have true answers written, and wait for it; False where that failed."""
        lost = self._counts.lost + self._counts.dropped + self._counts.unfit
        self._hand("truth", told)
        return self.flush() and lost == self._counts.lost + self._counts.dropped + self._counts.unfit

    def flush(self, seconds: float = 10.0) -> bool:
        """Wait until all that was noted so far is written or lost; False where that takes longer."""
        with self._changed:
            handed, self._is_urgent = self._handed, self._settled < self._handed
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._settled >= handed, seconds)

    def close(self) -> None:
        """Write what waits, and end; what is noted afterwards is dropped."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(10.0)

    def _hand(self, kind: Kind, item: Any) -> None:
        values = len(item.values) if kind == "truth" else len(item.answers) * (1 + _width(item))
        with self._changed:
            is_too_much = len(self._waiting) >= MOST_ENTRIES or (self._values and self._values + values > MOST_VALUES)
            if self._is_closed or is_too_much:
                self._counts = added(self._counts, dropped=1)
                meters.log_dropped()
                return
            if self._process != os.getpid():
                owner.cache_clear()
                self._begin()
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="pizarra-log", daemon=True)
                self._thread.start()
            self._waiting.append((kind, item))
            self._values += values
            self._handed += 1
            self._counts = added(self._counts, noted=1)
            if len(self._waiting) == 1:
                self._changed.notify_all()

    def _count(self, **more: int) -> None:
        with self._changed:
            self._counts = added(self._counts, **more)

    # The thread

    def _work(self) -> None:
        wait = TIDIED
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed, wait)
                self._changed.wait_for(lambda: self._is_closed or self._is_urgent, GATHERED if self._waiting else 0)
                self._is_urgent = False
                items, self._waiting, self._values = self._waiting, [], 0
                is_last = self._is_closed
            try:
                self._write(items)
                self._rotate()
                wait = self._tidy() if not is_last and monotonic() - self._tidied > TIDIED else TIDIED
            except Exception:  # noqa: BLE001 - the thread goes on, whatever one round met
                _log.exception("The prediction log could not be written")
            with self._changed:
                self._settled += len(items)
                self._changed.notify_all()
                if is_last and not self._waiting:
                    break
        for stream in [stream for streams in self._open.values() for stream in streams]:
            stream.close()
        self._open.clear()

    def _write(self, items: Sequence[_Item]) -> None:
        groups: dict[tuple[Kind, str, date], list[Any]] = defaultdict(list)
        for kind, item in items:
            groups[kind, item.model, day_of(item.at)].append(item)
        for (kind, model, day), group in groups.items():
            for some, table in self._tables(kind, group):
                try:
                    self._append((kind, model, day), table)
                    self._count(written=len(some))
                    self._is_failing = False
                except (OSError, pa.ArrowException) as error:
                    self._count(lost=len(some))
                    if not self._is_failing:
                        _log.warning("What models are asked cannot be logged for now, and is lost: %s", error)
                    self._is_failing = True

    def _tables(self, kind: Kind, group: Sequence[Any]) -> list[tuple[Sequence[Any], pa.Table]]:
        """Return entries as a table; where one of them makes none, the others each as their own."""
        try:
            return [(group, TABLES[kind](group, self.limits.masks))]
        except Exception:  # noqa: BLE001 - whatever its values did, one entry must not take the others along
            if len(group) == 1:
                self._count(unfit=1)
                _log.warning("An entry of the prediction log is left out", exc_info=True)
                return []
            return [one for item in group for one in self._tables(kind, [item])]

    def _append(self, key: tuple[Kind, str, date], table: pa.Table) -> None:
        streams = self._open.setdefault(key, [])
        for stream in reversed(streams):
            fitting = None if stream.is_broken else fitted(table, stream.schema)
            if fitting is not None:
                stream.append(fitting)
                return
        schema = widened(table.schema, streams[-1].schema) if streams else table.schema
        fitting = fitted(table, schema)
        if fitting is None:
            schema, fitting = table.schema, table
        stream = self._made(key, schema)
        streams.append(stream)
        if len(streams) > MOST_OF_A_MODEL:
            self._finish(streams.pop(0))
        stream.append(fitting)

    def _made(self, key: tuple[Kind, str, date], schema: pa.Schema) -> Stream:
        kind, model, day = key
        folder = files.folder_of_model(self.folder, model)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what people send is for nobody else on this computer
        self._number += 1
        name = Part(day, kind, self._writer, self._number).name
        return Stream(folder / f"{name}{files.STREAM}", files.with_about(schema, model, owner()))

    def _rotate(self) -> None:
        """Finish streams that are large or of a past day, and the oldest where many are open."""
        today = datetime.now(UTC).date()
        most = min(STREAM_BYTES, self.limits.megabytes * 1_000_000 // 10)
        for key, streams in list(self._open.items()):
            for stream in list(streams):
                if stream.size > most or (key[2] < today and monotonic() - self._tidied > TIDIED):
                    streams.remove(stream)
                    self._finish(stream)
            if not streams:
                del self._open[key]
        while sum(map(len, self._open.values())) > MOST_OPEN:
            key = next(iter(self._open))
            self._finish(self._open[key].pop(0))
            if not self._open[key]:
                del self._open[key]

    @staticmethod
    def _finish(stream: Stream) -> None:
        stream.close()
        files.compact(stream.path)

    def _tidy(self) -> float:
        """Do what is left to do in the folder, a file at once; return in how many seconds to look again."""
        if files.compact_left_behind(self.folder):
            return 0.0
        gone = files.keep_within(self.folder, self.limits.megabytes * 1_000_000)
        if gone:
            _log.warning(
                "The prediction log may have %s MB, so its oldest rows were removed, of %s.",
                self.limits.megabytes,
                ", ".join(day.isoformat() for day in gone),
            )
        self._tidied = monotonic()
        return TIDIED


def _width(entry: Entry) -> int:
    return len(entry.rows if isinstance(entry.rows, Mapping) else entry.columns)
