from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import ModelError
from core.prediction.tables.dialects import recognise
from core.prediction.tables.tabular import read_rows
from core.tables import limits
from core.tables.chunks import read_chunks


def parquet(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def wide(rows: int, columns: int) -> bytes:
    return parquet(pa.table({f"c{place}": np.zeros(rows, dtype="int8") for place in range(columns)}))


def test_a_file_of_too_many_cells_is_refused_by_what_it_says_of_itself() -> None:
    content = wide(600_000, 420)
    assert len(content) < 1 << 20
    with pytest.raises(ModelError, match="may have 250 million cells, but this one has 600000 rows of 420 columns"):
        recognise(content)


def test_a_row_group_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_GROUP_BYTES", 1 << 20)
    content = parquet(pa.table({"a": ["x" * 2_000_000]}), compression="zstd")
    with pytest.raises(ModelError, match="unpacked"):
        recognise(content)


def test_a_million_rows_of_fourteen_columns_go_on() -> None:
    content = wide(1_000_000, 14)
    dialect = recognise(content)
    assert sum(len(chunk.rows) for chunk in read_chunks(content, dialect, 50_000)) == 1_000_000


@pytest.mark.long
def test_wide_rows_come_in_smaller_chunks() -> None:
    content = wide(5_000, 4_000)
    sizes = [len(chunk.rows) for chunk in read_chunks(content, recognise(content), 50_000)]
    assert sum(sizes) == 5_000
    assert max(sizes) * 4_000 <= limits.MOST_CHUNK_CELLS


@pytest.mark.long
def test_a_long_text_in_every_row_comes_in_smaller_chunks_and_stays_what_it_was() -> None:
    content = parquet(pa.table({"a": ["x" * 1_000_000] * 1_000, "b": range(1_000)}), compression="zstd")
    assert len(content) < 100_000
    found = [(len(chunk.rows), chunk.rows[0], chunk.table.nbytes) for chunk in read_chunks(
        content, recognise(content), 50_000)]  # fmt: skip
    assert sum(count for count, _row, _size in found) == 1_000
    assert [row for _count, row, _size in found] == list(range(1, 1_000, 134))
    assert max(size for _count, _row, size in found) < 2 * limits.MOST_CHUNK_BYTES


def test_a_single_row_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CHUNK_BYTES", 1 << 20)
    content = parquet(pa.table({"a": ["x" * 2_000_000]}))
    with pytest.raises(ModelError, match="at once may have 1 MB unpacked, but this has 1"):
        list(read_chunks(content, recognise(content), 50_000))


@pytest.mark.long
def test_a_small_file_that_unpacks_to_much_is_not_read_at_once() -> None:
    content = parquet(pa.table({"a": ["x" * 1_000_000] * 1_000}), compression="zstd")
    with pytest.raises(ModelError, match="at once may have 128 MB unpacked"):
        read_rows(content)


def test_texts_dates_and_gaps_are_read_as_they_are() -> None:
    table = pa.table(
        {
            "a": ["x", None, "z"],
            "n": [1, None, 3],
            "l": pa.array(["q", "r", None], pa.large_string()),
            "c": pa.array(["q", "r", "q"]).dictionary_encode(),
            "w": pa.array([1, 2, 1]).dictionary_encode(),
        }
    )
    content = parquet(table)
    (chunk,) = read_chunks(content, recognise(content), 50_000)
    assert chunk.table.to_pydict() == table.to_pydict()
    assert chunk.table.schema.types == recognised_types(content)


def recognised_types(content: bytes) -> list[pa.DataType]:
    return pq.read_schema(io.BytesIO(content)).types  # type: ignore[no-any-return]
