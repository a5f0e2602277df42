"""Spreadsheets (xlsx, xls, ods), read by python-calamine: their sheets, and the cells of one as they are there."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from core.errors import DataError
from core.i18n import N_
from core.tables.csv_records import Source
from core.tables.notes import Note

Cell = float | str | bool | datetime | date | time | timedelta  # int is a float to a type checker

MOST_SHEET_CELLS = 20_000_000  # each is a Python object
MOST_UNPACKED = 2_000_000_000  # bytes of a workbook, which is a ZIP archive
MIB = 1 << 20
MOST_SCANNED = 20_000_000  # bytes of a sheet
UNCALCULATED = re.compile(rb"(?:</f>|<f(?: [^>]*)?/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
ERRORS = (
    "#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA",
    "#N/D", "#¡DIV/0!", "#¡REF!", "#¡VALOR!", "#¿NOMBRE?", "#¡NULO!", "#¡NUM!",  # as a Spanish one writes them
)  # fmt: skip


def sheets_in(source: Source) -> tuple[str, ...]:
    """Return the names of a workbook's sheets that people see and that have cells, in their order.

    Raises:
        DataError: it is no workbook, is locked by a password, or has no such sheet.
    """
    with _opened(source) as book:
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == python_calamine.SheetVisibleEnum.Visible
            and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        found = tuple(name for name in visible if book.get_sheet_by_name(name).height)
    if not found:
        raise DataError(N_("The file must have rows, but it is empty."), N_("Choose another file."))
    return found


def sheet_records(source: Source, sheet: str, most: int | None = None) -> list[tuple[int, list[Cell]]]:
    """Return the rows of a sheet with the numbers that they have there, at most the first ``most``; no blank ones.

    All are equally long: from the first to the last column that has anything. An empty cell is "".

    Raises:
        DataError: there is no such sheet, it cannot be read or is too large.
    """
    with _opened(source) as book:
        if sheet not in book.sheet_names:
            raise DataError(
                N_("The file has no sheet {sheet}."),
                N_("Choose one of {sheets}."),
                sheet=repr(sheet),
                sheets=", ".join(map(repr, book.sheet_names)),
            )
        page = book.get_sheet_by_name(sheet)
        if page.height * page.width > MOST_SHEET_CELLS:
            raise DataError(
                N_("A sheet may have {most} million cells, but this one has {rows} rows of {columns} columns."),
                N_("Save it as CSV and try again."),
                most=MOST_SHEET_CELLS // 1_000_000,
                rows=page.height,
                columns=page.width,
            )
        first = page.start[0] + 1 if page.start else 1
        rows = page.to_python(nrows=most)
    return [(line, list(cells)) for line, cells in enumerate(rows, first) if any(cell != "" for cell in cells)]


def only_sheet(source: Source) -> bytes:
    """Return the one sheet of a workbook as a Parquet file, its first row as names; what it holds keeps its type.

    Raises:
        DataError: it is no workbook, cannot be read, or has several sheets, so that nobody knows which is meant.
    """
    sheets = sheets_in(source)
    if len(sheets) > 1:
        raise DataError(
            N_("A workbook must have one sheet with cells, or nobody knows which is meant, but this one has {sheets}."),
            N_("Remove the others, or save the sheet as CSV."),
            sheets=", ".join(map(repr, sheets)),
        )
    (_line, heading), *body = sheet_records(source, sheets[0])
    columns = list(zip(*(cells for _place, cells in body), strict=True)) or [()] * len(heading)
    stream = io.BytesIO()
    pq.write_table(pa.table([_column(cells) for cells in columns], names=[cell_text(cell) for cell in heading]), stream)
    return stream.getvalue()


def _column(cells: Sequence[Cell]) -> pa.Array:
    """Return cells as Arrow has them: numbers, truth values or moments where all are, else texts."""
    told = [None if cell == "" else cell for cell in cells]
    kinds = {type(cell) for cell in told if cell is not None}
    if kinds <= {int, float} or kinds == {bool} or kinds == {datetime} or kinds == {date}:
        return pa.array(told, pa.float64() if kinds <= {int, float} else None)
    return pa.array([None if cell is None else cell_text(cell) for cell in told], pa.string())


def oddities(source: Source, sheet: str) -> list[Note]:
    """Return what is to be known of a sheet's empty cells: parts of merged ones, and formulas without a value."""
    notes = []
    with _opened(source) as book:
        merged = book.get_sheet_by_name(sheet).merged_cell_ranges or []
    if any(bottom > top for (top, _left), (bottom, _right) in merged):
        notes.append(Note(N_("Merged cells have their value in the first of their rows only; the others are empty.")))
    if _has_uncalculated(source):
        notes.append(
            Note(N_("The file has formulas that were never calculated: their cells are empty. Open it in a spreadsheet "
                    "program and save it there."))
        )  # fmt: skip
    return notes


def _has_uncalculated(source: Source) -> bool:
    """Tell whether an .xlsx file has a cell with a formula and no value, in the beginning of one of its sheets."""
    content = io.BytesIO(source) if isinstance(source, bytes) else source
    if not zipfile.is_zipfile(content):
        return False
    with zipfile.ZipFile(content) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        for name in sheets:
            with archive.open(name) as part:
                if UNCALCULATED.search(part.read(MOST_SCANNED)):
                    return True
    return False


def cell_text(cell: object) -> str:
    """Return a cell as somebody would write it: whole numbers without decimals, dates as 2026-03-25."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)


@contextmanager
def _opened(source: Source) -> Iterator[python_calamine.CalamineWorkbook]:
    """Open a workbook, and say of one that cannot be read why."""
    content = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        if zipfile.is_zipfile(content):
            with zipfile.ZipFile(content) as archive:
                size = sum(part.file_size for part in archive.infolist())
            if size > MOST_UNPACKED:
                raise DataError(
                    N_("A spreadsheet may have {most} MB unpacked, but this one has {size}."),
                    N_("Save it as CSV and try again."),
                    most=MOST_UNPACKED // MIB,
                    size=size // MIB,
                )
        if isinstance(content, io.BytesIO):
            content.seek(0)
        with python_calamine.load_workbook(content) as book:
            yield book
    except python_calamine.PasswordError as error:
        raise DataError(
            N_("The spreadsheet must be readable, but a password locks it."),
            N_("Take the password off and try again."),
        ) from error
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(
            N_("The file must be a table or a spreadsheet, but it cannot be read as one: {reason}"),
            N_("Open it in its program, save it as CSV and try again."),
            reason=str(error)[:200],
        ) from error
