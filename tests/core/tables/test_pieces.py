"""A file of text that is read piece by piece is read as if it were looked at word by word, as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import ModelError
from core.tables import csv_records, pieces
from core.tables.columns import ColumnChoice, ColumnReading, read_column
from core.tables.layouts import Layout, recognise_layout
from core.tables.own import OwnTable, read_own

CELLS = st.sampled_from([
    "1", "2.5", "-3", "0", "-0", "0.5", "-0.25", "1e3", "2,5", "-0,75", "1.234", "1,234", "1.234,5", "08001", "-007",
    "", "NA", "n.d.", " 4", "+5", "inf", "nan", "1e16", "1234567890123456", "3 €", "12 %", "03/04/2024", "sí", "no",
    ".5", "5.", ",5",
])  # fmt: skip


def said(readings: Sequence[ColumnReading]) -> list[object]:
    """Return readings with what they say in words."""
    return [
        (replace(one, question=None, notes=()), one.question and one.question.text, [note.text for note in one.notes])
        for one in readings
    ]


def told(cells: object, count: int) -> tuple[list[object], list[object]]:
    """Read a column; None where it has no value."""
    values, reading = read_column("c", cells, np.arange(2, count + 2))
    return [str(values.dtype), *(None if pd.isna(value) else value for value in values)], said([reading])


@pytest.mark.long
@given(st.lists(CELLS, min_size=1, max_size=6) | st.lists(st.floats().map(repr) | st.integers().map(str), min_size=1))
@example(["08001", "28013"])
@example(["1.234", "5.678", "9"])
@example(["1,5", "", "1.234"])
@example(["", "NA"])
def test_plain_numbers_are_what_their_words_are_read_as(cells: list[str]) -> None:
    text = pa.array(cells, pa.string())
    assert told(text, len(cells)) == told(text.dictionary_encode(), len(cells))


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files of some lines come in several pieces."""
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 64)
    monkeypatch.setattr(pieces, "PIECE_ROWS", 4)


def as_whole(content: bytes, monkeypatch: pytest.MonkeyPatch) -> OwnTable:
    """Read a file in one piece."""
    with monkeypatch.context() as patched:
        patched.setattr(csv_records, "BLOCK_BYTES", 1 << 20)
        patched.setattr(pieces, "PIECE_ROWS", 64_000)
        return read_own(content, recognise_layout(content).layout)


@pytest.mark.long
@pytest.mark.usefixtures("small_pieces")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=20, max_size=60).map(
        lambda rows: [(f"{place}.5", *row) for place, row in enumerate(rows)]
    )
)
def test_pieces_make_the_table_that_the_whole_makes(
    monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, ...]]
) -> None:
    content = "\n".join(["a\tb\tc", *("\t".join(row) for row in rows)]).encode()
    layout = Layout("csv", delimiter="\t")
    with monkeypatch.context() as patched:
        patched.setattr(csv_records, "BLOCK_BYTES", 1 << 20)
        whole = read_own(content, layout)
    table = read_own(content, layout)
    pd.testing.assert_frame_equal(table.frame, whole.frame)
    assert said(table.readings) == said(whole.readings)


@pytest.mark.part(6)
@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("deep", ["n.d.", "08001", "2,5", "x", "", "1.234", "31/12/2024"])
@pytest.mark.parametrize("below", ["", "Total;99\n", "Total\n", "nota\n"])
def test_what_stands_deep_in_a_file_counts_as_much_as_what_stands_first(
    monkeypatch: pytest.MonkeyPatch, deep: str, below: str
) -> None:
    lines = [f"{place}.5;{'sí' if place % 3 else 'no'}" for place in range(80)]
    lines[70] = f"{deep};sí"
    content = ("número;palabra\n" + "\n".join(lines) + "\n" + below).encode()
    table, whole = read_own(content, recognise_layout(content).layout), as_whole(content, monkeypatch)
    pd.testing.assert_frame_equal(table.frame, whole.frame)
    assert said(table.readings) == said(whole.readings)
    assert len(table.frame) == 80


@pytest.mark.usefixtures("small_pieces")
def test_a_column_that_is_read_as_words_keeps_its_numbers_as_they_are_written() -> None:
    content = ("a;b\n" + "1.50;x\n" * 40).encode()
    table = read_own(content, Layout("csv", delimiter=";"), {"a": ColumnChoice("words")})
    assert set(table.frame["a"]) == {"1.50"}


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("lines", range(30, 40))
def test_a_quotation_mark_that_stays_open_is_refused_wherever_pieces_end(lines: int) -> None:
    with pytest.raises(ModelError, match="quotation mark"):
        read_own(("a;b\n" + "12345;x\n" * lines + '1;"x\n').encode(), Layout("csv", delimiter=";"))


@pytest.mark.long
@pytest.mark.parametrize("content", ["Peña;ñ\n1;2\n", "a;b\n" + "1;2\n" * 400_000 + "ñ;3\n"])
def test_an_encoding_is_told_by_all_of_a_file(tmp_path: Path, content: str) -> None:
    for encoding in ("utf-8", "cp1252"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(content.encode(encoding))
        assert recognise_layout(path).layout.encoding == encoding
        assert recognise_layout(path.read_bytes()).layout.encoding == encoding


def test_what_stands_below_is_found_in_a_short_file_of_many_rows() -> None:
    content = ("a;b\n" + "1;2\n" * 5_000 + "Total;10000\n").encode()
    assert recognise_layout(content).layout.below == 1
