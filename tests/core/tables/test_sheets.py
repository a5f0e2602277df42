"""Spreadsheets of three programs' formats."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from core.errors import DataError
from core.tables import sheets
from core.tables.layouts import recognise_layout
from core.tables.own import OwnTable, read_own
from core.tables.sheets import sheet_records, sheets_in

BOOKS = Path(__file__).parent / "books"


def read(name: str, **asked: object) -> tuple[OwnTable, list[str], list[str]]:
    """Return a workbook's table, what is said of it and what is asked."""
    source = (BOOKS / name).read_bytes()
    found = recognise_layout(source, asked)
    table = read_own(source, found.layout)
    return table, [note.text for note in found.notes], [note.text for note in found.questions.values()]


@pytest.mark.parametrize("name", ["ventas.xlsx", "ventas.xls", "ventas.ods"])
def test_each_format_gives_the_same_table(name: str) -> None:
    table, _notes, _questions = read(name)
    assert len(table.frame) == 30
    assert [reading.kind for reading in table.readings] == ["words", "number", "date", "yes_no", "words"]
    assert table.frame.iloc[1].tolist() == ["Peña", 1235.5, pd.Timestamp("2024-01-02"), "sí", "08001"]


def test_a_title_above_and_a_sum_below_are_no_rows_and_a_second_sheet_is_asked_for() -> None:
    _table, notes, questions = read("ventas.xlsx")
    assert notes == ["What stands above the heading is left out: Informe de ventas"]
    assert questions == [
        "It has 2 sheets; this is the first one.",
        "What stands at the end may be no row and is left out: Total 37470",
    ]
    assert not read("ventas.xlsx", sheet="Ventas", below=1)[2]


def test_sheets_that_are_empty_or_hidden_are_not_offered() -> None:
    assert sheets_in(BOOKS / "ventas.xlsx") == ("Ventas", "Otra")


def test_cells_of_mixed_types_are_read_as_one_type_where_they_can_be() -> None:
    table, _notes, _questions = read("ventas.xlsx", sheet="Otra")
    assert table.frame["a"].tolist()[:2] == [1.0, 2.0]
    assert table.frame["b"].tolist()[:2] == ["True", "False"]
    assert table.frame.isna().sum().to_dict() == {"a": 1, "b": 1, "c": 1}
    assert [reading.kind for reading in table.readings] == ["number", "yes_no", "number"]
    assert table.frame["c"].tolist()[:2] == [1.5, 2.25]


def test_rows_have_the_numbers_that_the_spreadsheet_shows() -> None:
    lines = [line for line, _cells in sheet_records(BOOKS / "ventas.xlsx", "Ventas")]
    assert lines == [1, *range(3, 34), 35]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(DataError, match=r"has no sheet 'X'\. Choose one of 'Ventas', 'Otra'"):
        sheet_records(BOOKS / "ventas.xlsx", "X")


def test_what_would_not_fit_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_SHEET_CELLS", 100)
    with pytest.raises(DataError, match="35 rows of 5 columns"):
        sheet_records(BOOKS / "ventas.xlsx", "Ventas")


def test_an_archive_that_unpacks_to_much_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (1 << 22))
    with pytest.raises(DataError, match="this one has 4"):
        sheets_in(packed.getvalue())


def book(rows: list[list[str]], merged: str = "") -> bytes:
    """Return a workbook of one sheet whose cells are XML: a number, or what a cell has inside it."""
    cells = [
        "".join(
            f'<c r="{"ABCD"[place]}{line}"{"" if cell[:1] == "<" else " t=" + chr(34) + "str" + chr(34)}>'
            f'{cell if cell[:1] == "<" else f"<v>{cell}</v>"}</c>'
            for place, cell in enumerate(row) if cell
        )
        for line, row in enumerate(rows, 1)
    ]  # fmt: skip
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    data = "".join(f'<row r="{line}">{row}</row>' for line, row in enumerate(cells, 1))
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="a" Type="{links}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet name="a" sheetId="1" r:id="a"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="a" '
        f'Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData>{merged}</worksheet>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def numbers(count: int) -> list[list[str]]:
    return [[f"C{place}", f"<v>{20 + place}</v>", f"<v>{place}.5</v>"] for place in range(count)]


def test_formulas_without_a_value_are_said() -> None:
    rows = [["nombre", "edad", "total"], *numbers(5), ["C5", "<v>25</v>", "<f>B7*2</f>"]]
    found = recognise_layout(book(rows))
    assert [note.text[:57] for note in found.notes] == ["The file has formulas that were never calculated: their c"]
    rows[-1][2] = "<f>B7*2</f><v>50</v>"
    assert not recognise_layout(book(rows)).notes


def test_merged_cells_are_said_where_rows_are_empty_by_them() -> None:
    rows = [["nombre", "edad", "total"], *numbers(5)]
    down, across = (f'<mergeCells><mergeCell ref="{cells}"/></mergeCells>' for cells in ("A2:A4", "A1:B1"))
    assert "Merged cells have their value in the first of their rows only" in (
        recognise_layout(book(rows, down)).notes[0].text
    )
    assert not recognise_layout(book(rows, across)).notes


def test_names_that_are_numbers_are_written_as_people_do() -> None:
    content = book([["producto", "<v>2019</v>", "<v>2020</v>"], *numbers(5)])
    found = recognise_layout(content)
    assert "header" in found.questions
    assert list(read_own(content, found.layout).frame.columns) == ["producto", "2019", "2020"]


def test_a_second_table_on_a_sheet_is_asked_about() -> None:
    stores = [["tienda", "ciudad", "ventas"], ["T1", "Lima", "<v>3</v>"]]
    content = book([["nombre", "edad", "total"], *numbers(8), [], *stores])
    found = recognise_layout(content)
    assert found.layout.below == 2
    assert "below" in found.questions
    assert len(read_own(content, found.layout).frame) == 8
