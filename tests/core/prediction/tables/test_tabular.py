from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from core.errors import ModelError
from core.prediction.schema import InputField
from core.prediction.tables.dialects import recognise
from core.prediction.tables.tabular import read_rows
from core.tables.chunks import read_chunks

FIELDS = [
    InputField("length", "number", "double", 1.0),
    InputField("año", "integer", "long", 2000),
    InputField("colour", "category", "string", "red", choices=("red", "blue")),
]
HEADING = "length,año,colour\n"


def rows_of(content: bytes, fields: Sequence[InputField] = FIELDS) -> pd.DataFrame:
    dialect = recognise(content, fields)
    return pd.concat([chunk.table.to_pandas() for chunk in read_chunks(content, dialect, 1000)], ignore_index=True)


@pytest.mark.part(6)
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_whatever_program_wrote_it(sign: str, encoding: str, end: str) -> None:
    text = (HEADING + '1.5,2001,red\n2.25,2002,"blue, or año"\n').replace(",", sign).replace("\n", end)
    content = text.encode(encoding)
    dialect = recognise(content, FIELDS)
    assert (dialect.delimiter, dialect.header, dialect.rows) == (sign, True, 2)
    table = rows_of(content)
    assert list(table.columns) == ["length", "año", "colour"]
    assert list(table["colour"]) == ["red", f"blue{sign} or año"]


@pytest.mark.long
def test_a_letter_that_is_not_utf8_far_below_is_found() -> None:
    content = b"length,colour\n" + b"1.5,red\n" * 200_000 + "1.5,añil\n".encode("cp1252")
    assert recognise(content, FIELDS).encoding == "cp1252"
    assert rows_of(content)["colour"].iloc[-1] == "añil"


@pytest.mark.parametrize(
    ("more", "target", "names"), [("", "", []), (";yes", "sold", ["sold"]), (";yes", "", ["answer"])]
)
def test_without_a_heading_the_models_own_order_is_assumed(more: str, target: str, names: list[str]) -> None:
    content = f"1,5;2001;red{more}\n2,5;2002;blue{more}\n".encode()
    dialect = recognise(content, FIELDS, target)
    assert not dialect.header
    assert not dialect.header
    assert dialect.columns == ("length", "año", "colour", *names)
    assert len(rows_of(content)) == 2


def test_decimal_commas_are_not_taken_for_columns_where_nothing_is_named() -> None:
    numeric = [InputField(name, "number", "double", 1.0) for name in "abcd"]
    dialect = recognise(b"5,1;3,5;1,4;2\n6,1;3,5;1,4;2\n", numeric)  # by commas there are as many as with an answer
    assert (dialect.delimiter, dialect.columns) == (";", ("a", "b", "c", "d"))


def test_without_a_heading_and_with_other_columns_it_is_refused() -> None:
    with pytest.raises(ModelError, match="first line must have the names of the columns, but it has values: 1, 2"):
        recognise(b"1,2\n3,4\n", FIELDS)


def test_names_that_nobody_knows_are_still_a_heading() -> None:
    assert recognise(b"a,b,c\n1,2,3\n", FIELDS).header
    assert recognise(b"a,b\n1,2\n").header


def test_names_stay_as_they_are_written() -> None:
    content = "length, an\u0303o ,colour\n1,2,red\n".encode()
    assert list(rows_of(content)) == ["length", " an\u0303o ", "colour"]


@pytest.mark.parametrize("above", ["sep=;\n", '"sep=;"\n', "SEP=;;\n", "Clients 2026\n", '"Clients\nof 2026"\n\n;;;\n'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_above_the_heading_are_no_rows(above: str, encoding: str) -> None:
    text = f"{above}length;año;colour\n1,5;2001;red\n2,5;2002;red;x\n3,5;2003;blue\n"
    dialect = recognise(text.encode(encoding), FIELDS)
    assert (dialect.columns, dialect.rows) == (("length", "año", "colour"), 3)
    (chunk,) = read_chunks(text.encode(encoding), dialect, 1000)
    assert chunk.table["length"].to_pylist() == ["1,5", "3,5"]
    lines = 1 + above.replace("\nof", "").count("\n")
    assert chunk.rows.tolist() == [lines + 1, lines + 3]
    assert list(chunk.broken) == [lines + 2]


@pytest.mark.parametrize("note", ['pipe 5" long', '"a ""b""', '"two\nlines"', '""', 'x"y"z"'])
def test_a_quotation_mark_inside_a_cell_does_not_change_how_many_rows_there_are(note: str) -> None:
    closed = note + '"' if note == '"a ""b""' else note
    content = "".join([HEADING, *[f"1.5,{2000 + row},{closed if row == 3 else 'red'}\n" for row in range(40)]]).encode()
    assert recognise(content, FIELDS).rows == 40
    assert len(rows_of(content)) == 40


def test_columns_of_one_name_that_the_model_does_not_ask_for_are_kept() -> None:
    content = b"length,note,a\xc3\xb1o,,note,colour,\n1,x,2001,,y,red,z\n"
    assert list(rows_of(content)) == ["length", "note", "año", "Unnamed: 3", "note.1", "colour", "Unnamed: 6"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf\n \n", "it is empty"),
        (b"length,a\n", "must have rows below its heading"),
        (b"PK\x03\x04 and so on", "it is a spreadsheet or an archive. Open it in its program, save it as CSV"),
        (b"\xd0\xcf\x11\xe0 and so on", "it is a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "must be a table in text or Parquet"),
        (b"PAR1 and then nothing", "cannot be read as one"),
        (b"length,b,length\n1,2,3\n", "these come more than once: 'length'"),
        (
            b"length,b\n1,2,\n3,4,\n",
            "Every row must have 2 values like the heading, but row 2 has another number: 1,2,",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        recognise(content, FIELDS)


def test_lines_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    content = b'\nlength,b\n1,2\n\n3\n"4\n4",5,6\n,\n7,"8\n9"\n'
    dialect = recognise(content, FIELDS)
    (chunk,) = read_chunks(content, dialect, 1000)
    assert chunk.rows.tolist() == [3, 8]
    assert chunk.broken == {5: "3", 6: '"4\n4",5,6'}
    assert chunk.blank == 3
    assert chunk.table.to_pydict() == {"length": ["1", "7"], "b": ["2", "8\n9"]}


@pytest.mark.long
def test_lines_keep_their_numbers_from_chunk_to_chunk() -> None:
    lines = [f"{row},x" if row % 7 else "broken" for row in range(2, 300_000)]
    content = ("length,b\n" + "\n".join(lines)).encode()
    chunks = list(read_chunks(content, recognise(content, FIELDS), 50_000))
    assert len(chunks) > 2
    for chunk in chunks:
        assert chunk.table["length"].to_pylist() == [str(row) for row in chunk.rows]
    assert sorted(row for chunk in chunks for row in chunk.broken) == [row for row in range(2, 300_000) if not row % 7]


def test_a_quotation_mark_that_is_never_closed_is_refused() -> None:
    content = b'length,b\n1,2\n2,"x\n3,4\n'
    with pytest.raises(ModelError, match="one in column 'b' stays open to the end: x"):
        list(read_chunks(content, recognise(content, FIELDS), 1000))


def test_parquet_is_read_in_pieces_with_its_types(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"length": [1.5, None, 3.0], "año": pd.array([1, None, 3], "Int64"), "colour": ["red", None, ""]}
    )
    path = tmp_path / "rows.parquet"
    table.to_parquet(path)
    dialect = recognise(path, FIELDS)
    assert (dialect.kind, dialect.rows, dialect.columns) == ("parquet", 3, ("length", "año", "colour"))
    chunks = list(read_chunks(path, dialect, 2))
    assert [chunk.rows.tolist() for chunk in chunks] == [[1, 2], [3]]
    assert chunks[0].table["año"].to_pylist() == [1, None]


def test_parquet_without_rows_or_with_a_repeated_name_is_refused() -> None:
    empty = io.BytesIO()
    pd.DataFrame({"length": []}).to_parquet(empty)
    with pytest.raises(ModelError, match="must have rows"):
        recognise(empty.getvalue())


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_small_table_is_read_at_once_with_numbers_as_numbers(sign: str) -> None:
    table = read_rows(f"\ufeffage{sign}size{sign}señal\n1{sign}{sign}sí\n2{sign}2.5{sign}no\n".encode())
    assert list(table.columns) == ["age", "size", "señal"]
    assert list(table["señal"]) == ["sí", "no"]
    assert table["age"].dtype == "int64"
    assert table["size"].isna().tolist() == [True, False]


def test_a_small_tables_numbers_are_read_column_by_column() -> None:
    table = read_rows(b"price;km;note\n1,5;1,804.5;1.804\n2,25;12,000;soon\n")
    assert table["price"].tolist() == [1.5, 2.25]
    assert table["km"].tolist() == [1804.5, 12000]
    assert table["note"].tolist() == ["1.804", "soon"]


def test_a_small_table_with_numbers_that_read_in_two_ways_is_refused() -> None:
    with pytest.raises(ModelError, match=r"'400\.000' in row 3 of 'km' may have decimals or thousands"):
        read_rows(b"price,km\n1.5,900\n2.25,400.000\n")


def test_a_small_table_may_be_parquet() -> None:
    file = io.BytesIO()
    pd.DataFrame({"a": [1, 2]}).to_parquet(file)
    assert read_rows(file.getvalue())["a"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a,b\n1,2\n3\n4,5\n", "row 3 has another number: 3"), (b"x" * 20_000_001, "may have at most 20 MB")],
)
def test_a_small_table_must_be_whole_and_small(content: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read_rows(content)
