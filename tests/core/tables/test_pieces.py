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
from core.tables import csv_records, cuts, pieces
from core.tables.columns import ColumnChoice, ColumnReading, read_column
from core.tables.dialects import Dialect
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


@pytest.fixture(params=["in turn", "side by side"])
def small_pieces(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Have files of some lines come in several pieces."""
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 64)
    monkeypatch.setattr(pieces, "PIECE_ROWS", 4)
    if request.param == "side by side":
        for name, size in (("LEAST_BYTES", 0), ("FIRST_BYTES", 32), ("PART_BYTES", 64)):
            monkeypatch.setattr(cuts, name, size)


def as_whole(content: bytes, monkeypatch: pytest.MonkeyPatch) -> OwnTable:
    """Read a file in one piece."""
    with monkeypatch.context() as patched:
        patched.setattr(csv_records, "BLOCK_BYTES", 1 << 20)
        patched.setattr(pieces, "PIECE_ROWS", 64_000)
        patched.setattr(cuts, "LEAST_BYTES", 1 << 22)
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
        patched.setattr(cuts, "LEAST_BYTES", 1 << 22)
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


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("as_file", [False, True])
def test_rows_are_counted_through_all_parts_with_what_is_none_between(tmp_path: Path, as_file: bool) -> None:
    lines = [f"{place};x" for place in range(60)]
    lines[20], lines[21] = "", " ;"  # lines that are no rows still count
    content = ("Informe\n\na;b\n" + "\n".join(lines) + "\n").encode()
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    dialect = Dialect("csv", ("0", "1"), 0, delimiter=";", above=2)
    _columns, rows, broken = pieces.read_pieces(path if as_file else content, dialect, [True, True], lambda _rows: None)
    assert np.concatenate(rows).tolist() == [place + 4 for place in range(60) if place != 20]
    assert not broken


@pytest.mark.usefixtures("small_pieces")
def test_a_broken_line_has_its_number_in_the_whole_file() -> None:
    lines = [f"{place};x" for place in range(60)]
    lines[50] = "50;x;y"
    with pytest.raises(ModelError, match="row 52 has another number: 50;x;y"):
        read_own(("a;b\n" + "\n".join(lines) + "\n").encode(), Layout("csv", delimiter=";"))


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_whole_however_its_lines_end(end: str) -> None:
    content = (end.join(["a;b", *(f"{place};ñ{place % 3}" for place in range(60))]) + end).encode()
    table = read_own(content, Layout("csv", delimiter=";"))
    assert table.frame["a"].tolist() == list(range(60))
    assert set(table.frame["b"]) == {"ñ0", "ñ1", "ñ2"}


@pytest.mark.parametrize("content", [b'a;b\n1;2\n1;"2"\n' * 40, b"a;b\n" + b"1;" + b"2" * 200 + b"\n1;2\n" * 40])
def test_a_file_with_quotations_or_very_long_lines_is_not_cut(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 64)
    for name, size in (("LEAST_BYTES", 0), ("FIRST_BYTES", 32), ("PART_BYTES", 64)):
        monkeypatch.setattr(cuts, name, size)
    assert cuts.cut_in_parts(content) == []
    assert len(cuts.cut_in_parts(b"a;b\n" + b"1;2\n" * 40)) > 2


@pytest.mark.usefixtures("small_pieces")
def test_a_file_that_is_not_in_the_encoding_it_is_said_to_be_in_is_refused() -> None:
    content, dialect = b"a;b\n" + b"1;x\n" * 60 + b"1;\xf1\n", Dialect("csv", ("0", "1"), 0, delimiter=";")
    with pytest.raises(ModelError, match="UTF8"):
        pieces.read_pieces(content, dialect, [True, True], lambda _rows: None)
