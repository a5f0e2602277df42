"""Read runs as columns, straight from a database: what MLflow's client says of them, cell by cell, and much faster.

Only for the schemas of ``core.store.database``. What stands there and is nothing that MLflow writes is a
``SurpriseError``: then the client is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME
from sqlalchemy import column, select, table

from core.errors import StoreError
from core.store.database import Database
from core.store.mirror.snapshot import SCHEMA
from core.store.runs.tables import LARGEST
from core.store.times import FARTHEST

_RUNS = table("runs", *map(column, ("run_uuid", "experiment_id", "name", "status", "start_time", "end_time",
                                    "user_id", "lifecycle_stage")))  # fmt: skip
_TEXTS = {name: table(name, *map(column, ("run_uuid", "key", "value"))) for name in ("params", "tags")}
_METRICS = table("latest_metrics", *map(column, ("run_uuid", "key", "value", "is_nan")))


class SurpriseError(Exception):
    """The database holds something else than what MLflow writes, or does not let itself be read."""


def read_columns(
    database: Database, run_ids: Sequence[str], digests: Mapping[str, int]
) -> tuple[pa.Table, Collection[str]]:
    """Return those of these runs that are active as rows of ``SCHEMA``, and the ids of those that MLflow refuses.

    Raises:
        SurpriseError: ask the client.
    """
    if not run_ids:
        return SCHEMA.empty_table(), ()
    try:
        with database.moment() as connection:
            runs = _fetched(connection, _RUNS, run_ids)
            texts = {name: _fetched(connection, asked, run_ids) for name, asked in _TEXTS.items()}
            metrics = _fetched(connection, _METRICS, run_ids)
        return _rows(runs, texts["params"], metrics, texts["tags"], digests)
    except (StoreError, pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise SurpriseError(str(error)) from error


def _fetched(connection: sqlalchemy.Connection, asked: sqlalchemy.TableClause, run_ids: Sequence[str]) -> list[Any]:
    """Return the columns of these runs' rows, as the driver gives them: SQLAlchemy's rows would cost as much again."""
    with connection.execute(select(asked).where(asked.c.run_uuid.in_(run_ids))) as found:
        rows = found.cursor.fetchall()
    return list(zip(*rows, strict=True)) or [() for _ in asked.columns]


def _rows(
    runs: Sequence[Any], params: Sequence[Any], metrics: Sequence[Any], tags: Sequence[Any], digests: Mapping[str, int]
) -> tuple[pa.Table, Collection[str]]:
    ids, experiments, names, statuses, started, ended, users, stages = runs
    active = np.array([stage == "active" for stage in stages], dtype=bool)
    # MLflow makes no entity of a run without these
    whole = np.array(
        [None not in needed for needed in zip(experiments, users, statuses, started, strict=True)], dtype=bool
    )
    run_ids = pa.array(ids, pa.string())
    named = _maps(run_ids, tags[0], tags[1], pa.array(tags[2], pa.string()))
    found = pa.table(
        {
            "run_id": run_ids,
            "experiment_id": pa.array(list(map(str, experiments)), pa.string()),
            "name": _names(names, named),
            "status": pa.array(statuses, pa.string()),
            "created": _times(started),
            "end": _times(ended),
            "digest": pa.array([digests.get(run_id, 0) for run_id in ids], pa.int64()),
            "params": _maps(run_ids, params[0], params[1], pa.array(params[2], pa.string())),
            "metrics": _maps(run_ids, metrics[0], metrics[1], _numbers(metrics[2], metrics[3])),
            "tags": named,
        },
        schema=SCHEMA,
    )
    return found.filter(pa.array(active & whole)), run_ids.filter(pa.array(active & ~whole)).to_pylist()


def _maps(run_ids: pa.Array, of: Sequence[str], keys: Sequence[str], items: pa.Array) -> pa.MapArray:
    """Return a map a run of the rows of a table, which come in no order."""
    places = pc.index_in(pa.array(of, pa.string()), value_set=run_ids).to_numpy(zero_copy_only=False)
    order = pa.array(np.argsort(places, kind="stable"))
    offsets = np.cumsum(np.bincount(places.astype(np.int64), minlength=len(run_ids)))
    return pa.MapArray.from_arrays(
        pa.array(np.concatenate([[0], offsets]), pa.int32()), pa.array(keys, pa.string()).take(order), items.take(order)
    )


def _names(names: Sequence[str | None], tags: pa.MapArray) -> list[str]:
    """Return the runs' names; older versions of MLflow kept them in a tag alone."""
    if all(names):
        return list(names)  # type: ignore[arg-type]
    tagged = pc.map_lookup(tags, MLFLOW_RUN_NAME, "first").to_pylist()
    return [name or tag or "" for name, tag in zip(names, tagged, strict=True)]


def _times(milliseconds: Sequence[int | None]) -> pa.Array:
    known = pa.array(milliseconds, pa.int64())
    told = pc.and_(pc.less_equal(pc.abs(known), int(FARTHEST)), pc.not_equal(known, 0))
    return pc.if_else(told, known, None)


def _numbers(values: Sequence[float], is_nan: Sequence[object]) -> pa.Array:
    """Return metrics; MLflow keeps infinity as the largest number, and beside a number whether it is one."""
    stored = pa.array(values, pa.float64())
    if stored.null_count:
        raise ValueError("a metric without a value")
    numbers = stored.to_numpy(zero_copy_only=False).copy()
    numbers[numbers >= LARGEST] = np.inf
    numbers[numbers <= -LARGEST] = -np.inf
    numbers[np.array(is_nan, dtype=bool)] = np.nan
    return pa.array(numbers, pa.float64(), from_pandas=False)
