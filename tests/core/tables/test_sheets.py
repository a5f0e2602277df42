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
