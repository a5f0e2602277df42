"""How files of one's own are laid out, as Spanish offices, spreadsheets and programs write them."""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import DataError, ModelError, PizarraError
from core.tables import own
from core.tables.columns import ColumnChoice
from core.tables.layouts import Recognised, recognise_layout
from core.tables.own import OwnTable, read_own

HEADING = ("nombre", "precio", "fecha", "compra", "cp")
ROWS = [
    ("Peña Muñoz", "1.234,50", "03/04/2024", "Sí", "08001"),
    ("José Íñigo", "987,00", "25/12/2023", "no", "28013"),
    ("Ana", "12.000,10", "01/01/2024", "SI", "00120"),
] * 8


def written(rows: Sequence[Sequence[str]] = ROWS, sign: str = ";", heading: Sequence[str] | None = HEADING) -> str:
    """Write rows as a CSV, quoting what has the separator in it."""
    lines = [*([heading] if heading else []), *rows]
    return "".join(sign.join(f'"{cell}"' if sign in cell else cell for cell in line) + "\n" for line in lines)


def read(content: bytes, **asked: object) -> tuple[OwnTable, list[str], list[str]]:
    """Return a file's table, what is said of it and what is asked."""
    found = recognise_layout(content, asked)
    table = read_own(content, found.layout)
    return table, [note.text for note in (*found.notes, *table.notes)], [note.text for note in found.questions.values()]


LEFT = "What stands above the heading is left out: Informe de ventas 2024 · Fuente: INE"
AWKWARD = {
    "semicolons of Windows": (written().encode("cp1252"), "It is not UTF-8 and is read as CP1252."),
    "commas around quoted decimal commas": (written(sign=",").encode(), ""),
    "Excel's Unicode text": (written(sign="\t").encode("utf-16"), ""),
    "bars and a byte order mark": (written(sign="|").encode("utf-8-sig"), ""),
    "a report with its title above": (f"Informe de ventas 2024;;;;\nFuente: INE\n\n{written()}".encode(), LEFT),
    "Excel's line that tells the separator": (
        ("sep=;\r\n" + written()).encode("cp1252"),
        "Its first line only tells spreadsheets the separator and is left out.",
    ),
    "a source below": (
        f"{written()}Fuente: elaboración propia\n".encode(),
        "What stands below the last row is left out: Fuente: elaboración propia",
    ),
    "a separator at each line's end": (
        written().replace("\n", ";\n").encode(),
        "Columns without a name and without values are left out: 1.",
    ),
    "euros beside the numbers": (
        written([(name, f"{price} €", *more) for name, price, *more in ROWS]).encode(),
        "",
    ),
    "cells of two lines": (
        written([(f'"{name}"', *more) for name, *more in ROWS]).replace("Muñoz", "Muñoz").encode(),
        "",
    ),
    "blank lines between": (written().replace("\n", "\n\n").encode(), ""),
    "old Macs' line ends": (written().replace("\n", "\r").encode(), ""),
}


@pytest.mark.part(2)
@pytest.mark.parametrize(("content", "said"), AWKWARD.values(), ids=AWKWARD)
def test_awkward_files_are_read_right(content: bytes, said: str) -> None:
    table, notes, questions = read(content)
    assert not questions
    assert not table.questions
    assert list(table.frame.columns) == list(HEADING)
    assert len(table.frame) == len(ROWS)
    assert table.frame.iloc[0].tolist() == ["Peña Muñoz", 1234.5, pd.Timestamp("2024-04-03"), "Sí", "08001"]
    assert table.frame["compra"].value_counts().to_dict() == {"Sí": 16, "no": 8} or set(table.frame["compra"]) == {
        "Sí", "no",
    }  # fmt: skip
    assert [reading.kind for reading in table.readings] == ["words", "number", "date", "yes_no", "words"]
    assert said in notes if said else not notes


def test_a_file_without_a_heading_keeps_its_first_row() -> None:
    table, notes, questions = read(written(heading=None).encode())
    assert len(table.frame) == len(ROWS)
    assert table.frame.iloc[0, 0] == "Peña Muñoz"
    assert list(table.frame.columns) == [f"column {number}" for number in range(1, 6)]
    assert notes == ["It has no heading: its columns have numbers for names."]
    assert not questions


def test_a_first_line_that_may_be_a_heading_or_a_row_is_asked_for() -> None:
    content = b"rojo;grande\nazul;chico\nverde;mediano\n"
    table, _notes, questions = read(content)
    assert questions == ["Its first line may be a heading or a row: rojo | grande"]
    assert len(table.frame) == 2
    assert len(read(content, header=False)[0].frame) == 3


def test_decimal_commas_that_also_separate_are_refused() -> None:
    with pytest.raises(DataError, match=r"that has 2 and they have 4: 1 \| 5 \| 2 \| 5"):
        recognise_layout(b"a,b\n1,5,2,5\n2,5,3,5\n3,5,4,5\n")


@pytest.mark.parametrize("content", [b"x\n1,5\n2,5\n3,5\n", b"Informe\n1;2\n3;4\n5;6\n"])
def test_a_single_word_above_rows_without_a_heading_is_asked_for(content: bytes) -> None:
    found = recognise_layout(content)
    assert not found.layout.header
    assert "above" in found.questions


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DataError, match=r"'x' is no encoding that is known here\. Choose one of utf-8, cp1252"):
        recognise_layout(b"a;b\n1;2\n", {"encoding": "x"})


def test_more_columns_than_are_taken_are_refused_before_their_rows_are_read() -> None:
    with pytest.raises(DataError, match="A table may have 2000 columns, but this has 3000"):
        read((";".join(f"c{place}" for place in range(3000)) + "\n" + ";".join("1" * 3000) + "\n").encode())


@pytest.mark.parametrize("heading", ["", ";".join(f"c{place}" for place in range(1_000_000)) + "\n"])
def test_a_million_columns_are_refused_by_their_first_line(heading: str) -> None:
    with pytest.raises(DataError, match="A table may have 2000 columns, but this has more"):
        read((heading + (";".join("1" * 1_000_000) + "\n") * 3).encode())


@pytest.mark.long
def test_a_small_parquet_file_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "MOST_HELD", 50_000_000)
    file = io.BytesIO()
    pq.write_table(pa.table({"a": ["x" * 20_000] * 20_000, "b": range(20_000)}), file, compression="zstd")
    assert len(file.getvalue()) < 1 << 20
    with pytest.raises(DataError, match="may have 50 MB unpacked"):
        read(file.getvalue())


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    table = pd.DataFrame({
        "n": [1, 2, None], "w": pd.Categorical(["a", "b", "a"]), "d": pd.to_datetime(["2024-01-02"] * 3),
        "t": ["1,5", "2,5", ""],
    })  # fmt: skip
    path = tmp_path / "a.parquet"
    table.to_parquet(path)
    found = read_own(path, recognise_layout(path).layout)
    assert [reading.kind for reading in found.readings] == ["number", "words", "date", "number"]
    assert found.frame["t"].tolist()[:2] == [1.5, 2.5]
    table.iloc[:0].to_parquet(path)
    with pytest.raises(DataError, match="it has none"):
        read_own(path, recognise_layout(path).layout)


def test_a_separator_that_could_be_another_is_asked_for() -> None:
    found = recognise_layout(b"a,b;c,d\n1,2;3,4\n5,6;7,8\n")
    assert found.separators[0] == ";"
    assert set(found.separators) == {";"} or found.questions


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n", "is empty"),
        (b"a\x00\x01b\x00\x02", "is something else"),
        (b"a;b;c\n", "it has none"),
        (b"a\n1\n2\n", "this one has 1 in all"),
        (b"a;a\n1;2\n3;4\n", "come more than once: 'a'"),
        (b"a;b\n1;2\n3;4;5\n6;7\n", "row 3 has another number: 3;4;5"),
        (b"PK\x03\x04 and no archive", "cannot be read as one"),
        (b"PAR1 and no more", "cannot be read as one"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(PizarraError, match=said):
        read(content)


def test_what_was_recognised_can_be_changed() -> None:
    content = "título\na;b\n1;ñ\n2;o\n".encode("cp850")
    table, notes, _questions = read(content, encoding="cp850", delimiter=";", above=1, header=True)
    assert table.frame["b"].tolist() == ["ñ", "o"]
    assert not notes
    assert len(read(content, encoding="cp850", above=2, header=False)[0].frame) == 2


def test_another_encoding_that_cannot_be_is_refused() -> None:
    with pytest.raises(DataError, match="text in UTF-8, but a part of it cannot be read so"):
        recognise_layout("año;b\n1;2\n".encode("latin-1"), {"encoding": "utf-8"})


@pytest.mark.parametrize("foot", ["Total;14.221,60;;;", "Fuente: INE;;;;"])
def test_a_foot_as_wide_as_the_rows_is_asked_for(foot: str) -> None:
    content = f"{written()}{foot}\n".encode()
    table, _notes, questions = read(content)
    assert questions == [f"What stands at the end may be no row and is left out: {foot.replace(';', ' ').strip()}"]
    assert len(table.frame) == len(ROWS)
    assert not read(content, below=1)[2]
    assert len(read(content, below=0)[0].frame) == len(ROWS) + 1


def test_first_rows_with_gaps_are_not_lost_where_there_is_no_heading() -> None:
    table, _notes, questions = read(b"1;;;\n2;;;\n3;4;5;6\n4;5;6;7\n5;6;7;8\n6;7;8;9\n")
    assert questions == ["What stands above may be rows and is left out: 1 \u00b7 2"]
    assert len(table.frame) == 4


def test_the_foot_of_a_long_file_is_found() -> None:
    rows = "".join(f"{number};Peña {number % 7};{number / 7:.3f}\n".replace(".", ",") for number in range(60_000))
    table, _notes, questions = read(f"id;nombre;valor\n{rows}Total;;99\n".encode())
    assert len(table.frame) == 60_000
    assert questions == ["What stands at the end may be no row and is left out: Total 99"]


def test_numbers_that_read_in_two_ways_are_asked_for_and_stay_words_until_then() -> None:
    content = written([(name, "1.234", *more) for name, _price, *more in ROWS]).encode()
    table, _notes, _questions = read(content)
    assert [name for name, _question in table.questions] == ["precio"]
    assert table.frame["precio"].iloc[0] == "1.234"
    layout = recognise_layout(content).layout
    told = read_own(content, layout, {"precio": ColumnChoice(decimal=",")})
    assert told.frame["precio"].iloc[0] == 1234
    assert read_own(content, layout, usual=ColumnChoice(decimal=".")).frame["precio"].iloc[0] == 1.234


def test_the_ways_of_other_columns_decide_nothing() -> None:
    content = b"a;b\n1,5;1.234\n2,5;5.678\n"
    table, _notes, _questions = read(content)
    assert table.frame["a"].tolist() == [1.5, 2.5]
    assert [name for name, _question in table.questions] == ["b"]


@pytest.mark.parametrize("content", [b"a;b\n1;2\n", b"x,y,z\n1,2,3\n4,5,6\n"])
def test_small_files_are_read_too(content: bytes) -> None:
    table, _notes, questions = read(content)
    assert not questions
    assert len(table.frame) == content.count(b"\n") - 1


def test_what_no_text_can_be_is_refused() -> None:
    with pytest.raises(ModelError):
        recognise_layout(bytes(range(256)) * 8)


SALES = "".join(f"Ana {place};{20 + place};{1000 + place},5;{('sí', 'no')[place % 2]}\n" for place in range(12))


def recognised(text: str) -> Recognised:
    return recognise_layout(text.encode())


def test_years_may_be_names_of_columns() -> None:
    found = recognised("producto;2019;2020;2021\n" + "".join(f"P{place};{place};1;7\n" for place in range(12)))
    assert found.layout.header
    assert "may be a heading or a row: producto | 2019 | 2020 | 2021" in found.questions["header"].text
    of_years = recognised("".join(f"{2000 + place};{2001 + place};{2002 + place}\n" for place in range(12)))
    assert not of_years.layout.header


@pytest.mark.parametrize("units", [";años;€;\n", "-;años;€;-\n", ";(años);(€);\n"])
def test_a_line_of_units_is_asked_about(units: str) -> None:
    found = recognised("nombre;edad;sueldo;compró\n" + units + SALES)
    assert "may hold units or more names and is read as a row" in found.questions["header"].text
    confirmed = recognise_layout(("nombre;edad;sueldo;compró\n" + units + SALES).encode(), {"header": True})
    assert not confirmed.questions


@pytest.mark.parametrize("row", ["Eva;s/d;-;no\n", "Eva;30;nada;no\n", "Eva;;;no\n"])
def test_a_first_row_that_lacks_numbers_is_a_row(row: str) -> None:
    assert not recognised("nombre;edad;sueldo;compró\n" + row + SALES).questions


def test_a_heading_that_comes_again_stays_the_heading_and_is_said() -> None:
    heading = "nombre;edad;sueldo;compró\n"
    found = recognised(heading + SALES + heading + SALES)
    assert found.layout.header
    assert "header" in found.questions
    assert [note.text for note in found.notes] == [
        "The line of names comes again further down; there it is read as a row."
    ]


@pytest.mark.parametrize(
    "foot", ["Totales;;12066,5;", "Gran total;300;12066,5;", "Subtotal;;5;", "Promedio;25;1005,5;", ";;12066,5;"]
)
def test_sums_at_the_end_are_asked_about(foot: str) -> None:
    found = recognised("nombre;edad;sueldo;compró\n" + SALES + foot + "\n")
    assert found.layout.below == 1
    assert "below" in found.questions


@pytest.mark.parametrize("row", ["Media luna;25;1005,5;no", ";25;1005,5;no", "Máximo;25;1005,5;no"])
def test_rows_at_the_end_stay_rows(row: str) -> None:
    assert recognised("nombre;edad;sueldo;compró\n" + SALES + row + "\n").layout.below == 0


OF_SPAIN = "apellido;año;sí o no\n" + "".join(f"Peña;{place};sí\nMuñoz;{place};no\n" for place in range(12))


@pytest.mark.parametrize(("encoding", "instead"), [("mac-roman", "a–o"), ("cp850", "a¤o")])
def test_accents_of_old_programs_are_told_by_where_they_stand_and_asked_about(encoding: str, instead: str) -> None:
    found = recognise_layout(OF_SPAIN.encode(encoding))
    assert found.layout.encoding == encoding
    assert found.questions["encoding"].text == (
        f"It is not UTF-8. As {encoding.upper()} it has words like «año», as CP1252 like «{instead}»."
    )
    assert read_own(OF_SPAIN.encode(encoding), found.layout).frame["apellido"].tolist()[:2] == ["Peña", "Muñoz"]
    assert recognise_layout(OF_SPAIN.encode(encoding), {"encoding": encoding}).questions == {}


@pytest.mark.parametrize(
    "text",
    [
        OF_SPAIN,
        "a;b\n" + "“Precio” – 5 €;¡Hola!\nd’Or;¿Sí?\n" * 12,
        "a;b\n5 €;x\n7 €;y\n",
        "a;b\nSÃO;2º\nÑandú;3ª\n",
        "a;b\n20 °C;±5\n30 °C;½\n",
    ],
)
def test_what_windows_writes_is_read_so(text: str) -> None:
    found = recognise_layout(text.encode("cp1252"))
    assert found.layout.encoding == "cp1252"
    assert "encoding" not in found.questions


def test_accents_that_were_spoilt_before_are_said() -> None:
    found = recognise_layout(OF_SPAIN.encode().decode("cp1252").encode())
    assert [note.text for note in found.notes] == [
        "Words like «aÃ±o» were written in a wrong encoding before; they stay so."
    ]
    assert not recognise_layout(OF_SPAIN.encode()).notes


def test_another_table_below_a_blank_line_is_asked_about() -> None:
    found = recognised("nombre;edad;sueldo;compró\n" + SALES + "\ntienda;ciudad;jefe;desde\nCentro;Lima;Eva;2019\n")
    assert found.layout.below == 2
    assert "tienda ciudad jefe desde · Centro Lima Eva 2019" in found.questions["below"].text
    assert not recognised("nombre;edad;sueldo;compró\n" + SALES + "\n" + SALES).questions
