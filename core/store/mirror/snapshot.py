"""Runs as one columnar table: one row a run, maps for what is named; kept in a file between visits.

Pure data: nothing here speaks to MLflow. Rows are in no order; ``as_runs`` puts the newest first.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.store.runs.tables import ALGORITHM_TAG, PARENT_TAG, STARTED_TAG, STUDENT_TAG, TASK_TAG, Experiment, Run, Runs
from core.store.times import read_times, written_time
from core.systems import put_in_place

FORMAT = "4"  # raise it whenever the columns or their meaning change: older files are then read anew
MOST_CELLS = 20_000_000  # of one table of parameters, metrics or tags; rarer names are left out beyond that
MOST_CHUNKS = 64  # pieces of a table; each change adds one, and many make looking slow
_TEXTS, _NUMBERS = pa.map_(pa.string(), pa.string()), pa.map_(pa.string(), pa.float64())
SCHEMA = pa.schema(
    {
        "run_id": pa.string(),
        "experiment_id": pa.string(),
        "name": pa.string(),
        "status": pa.string(),
        "created": pa.int64(),  # ms, as MLflow's start_time
        "end": pa.int64(),  # ms
        "digest": pa.int64(),  # what the database said of the run when it was read; 0 where nobody asked
        "params": _TEXTS,
        "metrics": _NUMBERS,
        "tags": _TEXTS,
    }
)


def rows(runs: Sequence[Run], digests: Mapping[str, int] | None = None) -> pa.Table:
    """Return runs as rows of ``SCHEMA``."""
    known = digests or {}
    return pa.table(
        {
            "run_id": [run.run_id for run in runs],
            "experiment_id": [run.experiment_id for run in runs],
            "name": [run.name for run in runs],
            "status": [run.status for run in runs],
            "created": [_milliseconds(run.created) for run in runs],
            "end": [_milliseconds(run.end) for run in runs],
            "digest": [known.get(run.run_id, 0) for run in runs],
            "params": _map([run.params for run in runs], _TEXTS),
            "metrics": _map([run.metrics for run in runs], _NUMBERS),
            "tags": _map([run.tags for run in runs], _TEXTS),
        },
        schema=SCHEMA,
    )


def merged(table: pa.Table, newer: pa.Table, gone: Collection[str] = ()) -> pa.Table:
    """Return ``table`` with the rows of ``newer`` in place of older ones, and without the runs that have ``gone``."""
    replaced = pa.array([*newer["run_id"].to_pylist(), *gone], pa.string())
    if len(table) and len(replaced):
        older = pc.is_in(table["run_id"], replaced)
        if pc.any(older).as_py():  # the rows would be copied even if all of them stayed
            table = table.filter(pc.invert(older))
    if not len(newer):
        return table
    longer = pa.concat_tables([table, newer])
    return longer.combine_chunks() if longer["run_id"].num_chunks > MOST_CHUNKS else longer


def differing(table: pa.Table, newer: pa.Table) -> pa.Table:
    """Return the rows of ``newer`` that say something else than ``table`` does."""
    known = table.filter(pc.is_in(table["run_id"], newer["run_id"].combine_chunks()))
    if not len(known):
        return newer
    is_known = pc.is_in(newer["run_id"], known["run_id"].combine_chunks())
    before = {row["run_id"]: _comparable(row) for row in known.to_pylist()}
    again = newer.filter(is_known)
    changed = [before[row["run_id"]] != _comparable(row) for row in again.to_pylist()]
    return pa.concat_tables([newer.filter(pc.invert(is_known)), again.filter(pa.array(changed, pa.bool_()))])


def _comparable(row: Mapping[str, object]) -> str:
    # as text, because NaN must be equal to itself; maps have no order
    return repr([sorted(value) if isinstance(value, list) else value for value in row.values()])


def of_experiments(table: pa.Table, experiment_ids: Collection[str]) -> pa.Table:
    """Return the rows of these experiments."""
    return table.filter(pc.is_in(table["experiment_id"], pa.array(list(experiment_ids), pa.string())))


def of_ids(table: pa.Table, run_ids: Collection[str]) -> pa.Table:
    """Return the rows of these runs."""
    return table.filter(pc.is_in(table["run_id"], pa.array(list(run_ids), pa.string())))


def as_runs(table: pa.Table) -> Runs:
    """Return all runs of a table, newest first."""
    order = pc.sort_indices(table, sort_keys=[("created", "descending"), ("run_id", "ascending")])
    table = table.take(order).combine_chunks()
    ids = pd.Index(table["run_id"].to_pylist(), dtype=object)
    tags = _wide(table["tags"], ids)
    return Runs(_info(table, ids, tags), _wide(table["params"], ids), _wide(table["metrics"], ids), tags)


def runs_table(runs: Sequence[Run]) -> Runs:
    """Turn runs into tables, in the order given."""
    return as_runs(rows(runs)).select([run.run_id for run in runs], trim=False)


def _info(table: pa.Table, ids: pd.Index, tags: pd.DataFrame) -> pd.DataFrame:
    def tag(name: str) -> np.ndarray:
        return tags[name].fillna("").to_numpy(dtype=object) if name in tags else np.full(len(ids), "", dtype=object)

    started = np.array([written_time(text) for text in tag(STARTED_TAG)], dtype=float)
    created, end = (table[name].to_numpy().astype(float) for name in ("created", "end"))
    # A run is created when it is queued, it starts later
    begun, ended = read_times(np.where(np.isnan(started), created, started)), read_times(end)
    seconds = pd.Series(((ended - begun) / pd.Timedelta(seconds=1)).to_numpy())
    return pd.DataFrame(
        {
            "name": table["name"].to_numpy().astype(object),
            "experiment_id": table["experiment_id"].to_numpy().astype(object),
            "status": table["status"].to_numpy().astype(object),
            "start": begun.array,
            "end": ended.array,
            "seconds": seconds.where(seconds >= 0).to_numpy(),  # a clock was set back where it ended before it began
            "parent_id": tag(PARENT_TAG),
            "task": tag(TASK_TAG),
            "algorithm": tag(ALGORITHM_TAG),
            "student": tag(STUDENT_TAG),
        },
        index=ids,
    )


def _wide(column: pa.ChunkedArray, ids: pd.Index) -> pd.DataFrame:
    """Return a map column as a table, a column a name; names in the order in which they first appear."""
    maps = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(maps, pa.ChunkedArray):  # no rows at all
        return pd.DataFrame(index=ids)
    offsets = maps.offsets.to_numpy()
    keys = maps.keys[offsets[0] : offsets[-1]].dictionary_encode()
    items = maps.items[offsets[0] : offsets[-1]]
    names, places = keys.dictionary.to_pylist(), keys.indices.to_numpy(zero_copy_only=False)
    run = np.repeat(np.arange(len(ids)), np.diff(offsets))
    if len(ids) * len(names) > MOST_CELLS:
        names, places, run, items = _commonest(names, places, run, items, MOST_CELLS // len(ids))
    if pa.types.is_floating(items.type):
        numbers = np.full((len(ids), len(names)), np.nan)
        numbers[run, places] = items.to_numpy(zero_copy_only=False)
        return pd.DataFrame(numbers, index=ids, columns=pd.Index(names, dtype=object))
    texts = np.full((len(ids), len(names)), None, dtype=object)
    coded = items.dictionary_encode()  # equal texts become one object
    texts[run, places] = np.array(coded.dictionary.to_pylist(), dtype=object)[coded.indices.to_numpy()]
    return pd.DataFrame(texts, index=ids, columns=pd.Index(names, dtype=object), dtype=object)


def _commonest(
    names: list[str], places: np.ndarray, run: np.ndarray, items: pa.Array, at_most: int
) -> tuple[list[str], np.ndarray, np.ndarray, pa.Array]:
    counts = np.bincount(places, minlength=len(names))
    kept = np.sort(np.argsort(-counts, kind="stable")[:at_most])
    renumbered = np.full(len(names), -1)
    renumbered[kept] = np.arange(len(kept))
    chosen = renumbered[places] >= 0
    return [names[place] for place in kept], renumbered[places][chosen], run[chosen], items.filter(pa.array(chosen))


def _map(values: Sequence[Mapping[str, object]], kind: pa.MapType) -> pa.MapArray:
    offsets = np.cumsum([0, *(len(value) for value in values)], dtype=np.int32)
    keys = pa.array([name for value in values for name in value], pa.string())
    items = pa.array([item for value in values for item in value.values()], kind.item_type, from_pandas=False)
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), keys, items)


def _milliseconds(moment: datetime | None) -> int | None:
    return round(moment.timestamp() * 1000) if moment else None


@dataclass(frozen=True)
class Snapshot:
    """All runs of a store as they were. ``swept`` is when all of them were read last.

    ``file_state`` says of a SQLite file what it was when it was read; empty where that cannot be said.
    """

    table: pa.Table = field(default_factory=SCHEMA.empty_table)
    experiments: Sequence[Experiment] = ()
    as_of: datetime | None = None
    swept: datetime | None = None
    file_state: str = ""
    unreadable: Mapping[str, int] = field(default_factory=dict)  # run id: digest


def save(snapshot: Snapshot, path: Path, store_uri: str) -> None:
    """Write a snapshot whole or not at all, whoever else writes there."""
    described = {
        "format": FORMAT,
        "store": store_uri,
        "as_of": snapshot.as_of.isoformat() if snapshot.as_of else "",
        "swept": snapshot.swept.isoformat() if snapshot.swept else "",
        "file_state": snapshot.file_state,
        "experiments": _identities(snapshot.experiments),
        "unreadable": dict(snapshot.unreadable),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{uuid.uuid4().hex}.part")
    try:
        pq.write_table(
            snapshot.table.replace_schema_metadata({"pizarra": json.dumps(described)}),
            unfinished,
            compression="zstd",
            write_page_checksum=True,
        )
        put_in_place(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: Path, store_uri: str, experiments: Sequence[Experiment]) -> Snapshot | None:
    """Return the snapshot in a file; None where it is missing, damaged, of another format or of another store.

    ``experiments`` are the store's own: one of them with the same id but another time of creation, or none
    in common, means that another store is at that address now.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
        described = json.loads((table.schema.metadata or {})[b"pizarra"])
        if described["format"] != FORMAT or described["store"] != store_uri or table.schema != SCHEMA:
            return None
        before, now = described["experiments"], _identities(experiments)
        shared = before.keys() & now.keys()
        if not shared or any(before[key] != now[key] for key in shared):
            return None
        return Snapshot(
            table.replace_schema_metadata(None),
            experiments,
            _moment(described["as_of"]),
            _moment(described["swept"]),
            described["file_state"],
            {str(run_id): int(digest) for run_id, digest in described["unreadable"].items()},
        )
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError, AttributeError):
        return None


def _identities(experiments: Sequence[Experiment]) -> dict[str, str]:
    return {e.experiment_id: e.created.isoformat() if e.created else "" for e in experiments}


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
