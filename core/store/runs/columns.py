"""Read runs as columns, straight from a database: what MLflow's client says of them, cell by cell, and much faster.

Only for the schemas of ``core.store.database``. What stands there and is nothing that MLflow writes is a
``SurpriseError``: then the client is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
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

ROWS_AT_ONCE = 50_000  # of a table: as Python's own objects they need ten times their memory

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
    with surprising(), database.moment() as connection:
        return columns_of(connection, run_ids, digests)


@contextmanager
def surprising() -> Iterator[None]:
    """Turn whatever columns cannot be read of into a ``SurpriseError``."""
    try:
        yield
    except (StoreError, pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise SurpriseError(str(error)) from error


def columns_of(
    connection: sqlalchemy.Connection, run_ids: Sequence[str], digests: Mapping[str, int], *, whole: bool = False
) -> tuple[pa.Table, Collection[str]]:
    """Return what ``read_columns`` does, of the moment of a connection, inside ``surprising``.

    ``whole``: from one end of the tables to the other, which is faster where these are most of the store's runs.
    """
    asked = None if whole else run_ids
    runs = [list(chain.from_iterable(some)) for some in zip(*_parts(connection, _RUNS, asked), strict=True)]
    here = pa.array(runs[0] if runs else (), pa.string())
    texts = {name: _maps(here, _parts(connection, table, asked), _texts) for name, table in _TEXTS.items()}
    metrics = _maps(here, _parts(connection, _METRICS, asked), _numbers)
    return _rows(runs, here, texts["params"], metrics, texts["tags"], digests) if runs else (SCHEMA.empty_table(), ())


def _parts(
    connection: sqlalchemy.Connection, asked: sqlalchemy.TableClause, run_ids: Sequence[str] | None
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield columns of so many rows, as the driver gives them: SQLAlchemy's rows would cost as much again."""
    wanted = select(asked) if run_ids is None else select(asked).where(asked.c.run_uuid.in_(run_ids))
    with connection.execute(wanted) as found:  # SQLAlchemy keeps rows of a streamed one to itself
        while some := found.cursor.fetchmany(ROWS_AT_ONCE):
            yield list(zip(*some, strict=True))


def _rows(
    runs: Sequence[Any], run_ids: pa.Array, params: pa.MapArray, metrics: pa.MapArray, tags: pa.MapArray,
    digests: Mapping[str, int],
) -> tuple[pa.Table, Collection[str]]:  # fmt: skip
    ids, experiments, names, statuses, started, ended, users, stages = runs
    active = np.array([stage == "active" for stage in stages], dtype=bool)
    # MLflow makes no entity of a run without these
    whole = np.array(
        [None not in needed for needed in zip(experiments, users, statuses, started, strict=True)], dtype=bool
    )
    found = pa.table(
        {
            "run_id": run_ids,
            "experiment_id": pa.array(list(map(str, experiments)), pa.string()),
            "name": _names(names, tags),
            "status": pa.array(statuses, pa.string()),
            "created": _times(started),
            "end": _times(ended),
            "digest": pa.array([digests.get(run_id, 0) for run_id in ids], pa.int64()),
            "params": params,
            "metrics": metrics,
            "tags": tags,
        },
        schema=SCHEMA,
    )
    return found.filter(pa.array(active & whole)), run_ids.filter(pa.array(active & ~whole)).to_pylist()


def _maps(run_ids: pa.Array, parts: Iterable[Sequence[Any]], items_of: Callable[..., pa.Array]) -> pa.MapArray:
    """Return a map a run of the rows of a table, which come in no order; those of other runs are left out."""
    places, keys, items = [np.empty(0, np.int64)], [pa.array([], pa.string())], [items_of((), ())]
    for of, names, *values in parts:
        found = pc.index_in(pa.array(of, pa.string()), value_set=run_ids)
        ours = found.is_valid()
        places.append(found.drop_null().to_numpy(zero_copy_only=False).astype(np.int64))
        keys.append(pa.array(names, pa.string()).filter(ours))
        items.append(items_of(*values).filter(ours))
    whose = np.concatenate(places)
    order = pa.array(np.argsort(whose, kind="stable"))
    offsets = np.cumsum(np.bincount(whose, minlength=len(run_ids)))
    return pa.MapArray.from_arrays(
        pa.array(np.concatenate([[0], offsets]), pa.int32()),
        pa.concat_arrays(keys).take(order), pa.concat_arrays(items).take(order),
    )  # fmt: skip


def _texts(values: Sequence[str | None], *_more: object) -> pa.Array:
    return pa.array(values, pa.string())


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
