"""What the log has of a model, read for those who ask how it does: only the days and columns that are asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.serving.log.columns import INPUT, MOMENT, OWN, common_type
from core.serving.log.entries import Kind, in_utc
from core.serving.log.files import PARQUET, STREAM, Part, batches, folder_of_model, parts, schema_of

ROW = ["request_id", "row"]  # what tells a row that was asked from all others
OURS = [*OWN, "prediction", "chance", "truth", "shadow_version", "shadow_prediction", "shadow_differs"]
LATER: dict[Kind, list[str]] = {
    "truth": ["truth"], "shadow": ["shadow_version", "shadow_prediction", "shadow_differs"],
}  # fmt: skip
_log = logging.getLogger(__name__)


def read_log(
    folder: Path, model: str, since: datetime, until: datetime | None = None, version: int | None = None
) -> pd.DataFrame:
    """Return a row for each row that was asked since then (and before ``until``), the oldest first.

    Our columns are ``OURS``, then how likely each class was (``chance:…``), then the inputs (``input:…``; without
    values where they are masked). ``truth`` is the last one that was told, ``shadow_…`` what another version would
    have answered; where nothing is known of them they are missing. A column that is a number in some rows and a word
    in others is one of words.
    """
    table = in_order(read_parts(folder, model, "asked", since, until, version=version))
    for kind, names in LATER.items():
        known = read_parts(folder, model, kind, columns=[*ROW, "at", *names], first=in_utc(since).date())
        table = _beside(table, in_order(known, newest_first=True), names)
    others = sorted((name for name in table.column_names if name not in OURS), key=lambda one: one.startswith(INPUT))
    nothing = pa.nulls(len(table))
    ordered = {name: table[name] if name in table.column_names else nothing for name in [*OURS, *others]}
    return pa.table(ordered).to_pandas()


def inputs_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the inputs of rows of the log, under their own names."""
    names = [name for name in frame if name.startswith(INPUT)]
    return frame[names].set_axis([name.removeprefix(INPUT) for name in names], axis="columns")


def _beside(table: pa.Table, known: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return rows with what is known of them; of several words on one row the first counts."""
    if not len(known) or not len(table):
        return table
    places = pc.index_in(_keys(table), value_set=_keys(known))
    for name in names:
        table = table.append_column(name, known[name].take(places))
    return table


def _keys(table: pa.Table) -> pa.ChunkedArray:
    """Return what tells each row from all others, as one word: a join of all columns takes five times as long."""
    return pc.binary_join_element_wise(table["request_id"], table["row"].cast(pa.string()), ":")


def in_order(table: pa.Table, *, newest_first: bool = False) -> pa.Table:
    """Return rows by when they were asked or told; what came at the same moment stays as it was written."""
    if newest_first:  # a stable sort leaves what was written last behind
        table = table.take(np.arange(len(table))[::-1])
    elif _is_in_order(table["at"]):  # as one process writes it; exchanging rows takes a quarter of reading a log
        return table
    order = pc.sort_indices(table, [("at", "descending" if newest_first else "ascending")])
    return table.take(order)


def _is_in_order(moments: pa.ChunkedArray) -> bool:
    later = pc.less_equal(moments.slice(0, max(len(moments) - 1, 0)), moments.slice(1))
    return bool(pc.all(later, skip_nulls=False, min_count=0).as_py())


def read_parts(
    folder: Path,
    model: str,
    kind: Kind,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    version: int | None = None,
    columns: Sequence[str] | None = None,
    first: date | None = None,
) -> pa.Table:
    """Return the rows of one kind, in the order of their files; no column where there is no row.

    ``first`` is the first day that is looked at where it is another than that of ``since``.
    """
    begin = first or (in_utc(since).date() if since else date.min)
    end = in_utc(until).date() if until else date.max
    place = folder_of_model(folder, model)
    wanted = [part for part in parts(place) if part.kind == kind and begin <= part.day <= end]
    bounds = _bounds(wanted, since, until, version)
    found = [table for part in wanted for table in _read(place, part, bounds, columns) if len(table)]
    return unified(found) if found else pa.table({name: pa.array([], OWN.get(name)) for name in columns or OURS})


def column_names(folder: Path, model: str, kind: Kind) -> list[str]:
    """Return the columns that rows of one kind have."""
    place = folder_of_model(folder, model)
    schemas = [schema_of(place, part) for part in parts(place) if part.kind == kind]
    return list(dict.fromkeys(name for schema in schemas if schema is not None for name in schema.names))


def _bounds(
    wanted: Sequence[Part], since: datetime | None, until: datetime | None, version: int | None
) -> list[tuple[str, str, object]]:
    """Return what is asked of a row, as Parquet's filters are written."""
    bounds: list[tuple[str, str, object]] = []
    if since is not None:
        bounds.append(("at", ">=", pa.scalar(in_utc(since), MOMENT)))
    if until is not None:
        bounds.append(("at", "<", pa.scalar(in_utc(until), MOMENT)))
    if version is not None:
        bounds.append(("version", "==", version))
    return bounds if wanted else []


def _read(
    place: Path, part: Part, bounds: Sequence[tuple[str, str, object]], columns: Sequence[str] | None
) -> Iterator[pa.Table]:
    """Yield the rows of a part, from its Parquet file as soon as there is one."""
    for path in (place / f"{part.name}{ending}" for ending in (PARQUET, STREAM, PARQUET)):
        try:
            if path.suffix == PARQUET:
                names = None if columns is None else _known(pq.read_schema(path), columns)
                yield pq.read_table(path, columns=names, filters=list(bounds) or None, partitioning=None)
            else:
                whole = list(batches(path))
                if whole:
                    yield _within(pa.Table.from_batches(whole), bounds, columns)
        except FileNotFoundError:
            continue  # it is a Parquet file by now, or was the oldest
        except (OSError, pa.ArrowException) as error:
            _log.warning("A part of the prediction log cannot be read: %s: %s", path.name, error)
        return


def _known(schema: pa.Schema, columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name in schema.names]


def _within(table: pa.Table, bounds: Sequence[tuple[str, str, object]], columns: Sequence[str] | None) -> pa.Table:
    if bounds:
        table = table.filter(pq.filters_to_expression(list(bounds)))
    return table if columns is None else table.select(_known(table.schema, columns))


def unified(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables one after the other; what is missing in one is empty there, what differs is in a common type."""
    names = list(dict.fromkeys(name for table in tables for name in table.column_names))
    columns = []
    for name in names:
        types = [table.schema.field(name).type for table in tables if name in table.column_names]
        kind = types[0] if len(set(types)) == 1 else common_type(types)
        columns.append(pa.chunked_array([chunk for table in tables for chunk in _chunks(table, name, kind)], kind))
    return pa.table(columns, names=names)


def _chunks(table: pa.Table, name: str, kind: pa.DataType) -> list[pa.Array]:
    if name not in table.column_names:
        return [pa.nulls(len(table), kind)]
    chunks: list[pa.Array] = table[name].cast(kind, safe=False).chunks
    return chunks


def first_moment(table: pa.Table) -> datetime | None:
    """Return when the first of these rows was asked."""
    found = pc.min(table["at"]).as_py() if len(table) else None
    return found if isinstance(found, datetime) else None
