"""What stands in a column: told by its cells, asked where they read in two ways."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.tables.columns import ColumnChoice, ColumnReading, read_column
from core.tables.dates import date_writing, read_dates


def read(cells: Sequence[object], choice: ColumnChoice | None = None) -> tuple[list[object], ColumnReading]:
    """Read cells of text, or of other types as a spreadsheet has them."""
    given = pa.array(cells, pa.string()) if all(isinstance(cell, str) for cell in cells) else list(cells)
    values, reading = read_column("c", given, np.arange(2, len(cells) + 2), choice)
    return [None if pd.isna(value) else value for value in values], reading


@pytest.mark.parametrize(
    ("cells", "values", "kind"),
    [
        (["1", "2", ""], [1.0, 2.0, None], "number"),
        (["1.234,5", "7,25", "NA"], [1234.5, 7.25, None], "number"),
        (["12,5 %", "3 %"], [12.5, 3.0], "number"),
        (["$1,200.50", "$ 3.00"], [1200.5, 3.0], "number"),
        (["12 345,6", "1 000,5"], [12345.6, 1000.5], "number"),
        (["08001", "28013"], ["08001", "28013"], "words"),
        (["1234567890123456789", "1234567890123456788"], ["1234567890123456789", "1234567890123456788"], "words"),
        (["1e20", "2"], [1e20, 2.0], "number"),
        (["sí", "NO", "Si"], ["sí", "NO", "sí"], "yes_no"),
        (["verdadero", "falso"], ["verdadero", "falso"], "yes_no"),
        (["sí", "sí"], ["sí", "sí"], "words"),
        (["no", "quizá", "sí"], ["no", "quizá", "sí"], "words"),
        (["31/12/2023", "01/02/2024"], [pd.Timestamp("2023-12-31"), pd.Timestamp("2024-02-01")], "date"),
        (["12/31/23", "02/01/24"], [pd.Timestamp("2023-12-31"), pd.Timestamp("2024-02-01")], "date"),
        (["2024-02-01T10:00:00", ""], [pd.Timestamp("2024-02-01"), None], "date"),
        (["31/02/2023"], [None], "date"),
        (["1.2.3.4", "10.0.0.1"], ["1.2.3.4", "10.0.0.1"], "words"),
        (["", " ", "NA"], [None, None, None], "words"),
        (["#N/A", "5"], [None, 5.0], "number"),
        (["inf", "5"], ["inf", "5"], "words"),
        ([1, 2.5, None], [1.0, 2.5, None], "number"),
        ([float("inf"), 1.0], [None, 1.0], "number"),
        ([True, False, None], ["True", "False", None], "yes_no"),
        ([date(2024, 1, 2), datetime(2024, 1, 3, 4)], [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03")], "date"),
        ([1, "dos"], ["1", "dos"], "words"),
        ([10.0, "x"], ["10", "x"], "words"),
    ],
)  # fmt: skip
def test_a_column_is_what_its_cells_say(cells: list[object], values: list[object], kind: str) -> None:
    read_values, reading = read(cells)
    assert read_values == values
    assert reading.kind == kind
    assert reading.missing == sum(value is None for value in values)
    assert reading.question is None


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (["1.234", "5.678"], "1.234 in row 2 may have decimals or thousands"),
        (["03/04/2024", "05/06/2024"], "03/04/2024 may be a day and a month or a month and a day"),
        (["1.5", "2,5"], "All numbers of a column must be written in one way"),
        (["3 €", "4 $"], "different units: $, €"),
    ],
)
def test_what_reads_in_two_ways_is_asked_for_and_is_words_until_then(cells: list[str], asked: str) -> None:
    values, reading = read(cells)
    assert values == cells
    assert reading.kind == "words"
    assert reading.question is not None
    assert asked in reading.question.text


@pytest.mark.parametrize(
    ("cells", "choice", "values"),
    [
        (["1.234", "5.678"], ColumnChoice(decimal="."), [1.234, 5.678]),
        (["1.234", "5.678"], ColumnChoice(decimal=","), [1234.0, 5678.0]),
        (["1,5", "1.234"], ColumnChoice(decimal="."), [1.5, 1234.0]),
        (["03/04/2024"], ColumnChoice(order="dmy"), [pd.Timestamp("2024-04-03")]),
        (["03/04/2024"], ColumnChoice(order="mdy"), [pd.Timestamp("2024-03-04")]),
        (["31/12/2024"], ColumnChoice(order="mdy"), [pd.Timestamp("2024-12-31")]),
        (["1", "2"], ColumnChoice(kind="words"), ["1", "2"]),
        (["08001", "x"], ColumnChoice(kind="number"), [8001.0, None]),
    ],
)
def test_a_person_decides_what_the_cells_do_not(cells: list[str], choice: ColumnChoice, values: list[object]) -> None:
    read_values, reading = read(cells, choice)
    assert read_values == values
    assert reading.question is None


def test_few_words_among_numbers_are_read_as_missing_and_said() -> None:
    values, reading = read([*["1,5"] * 40, "n.d.", "n.d."])
    assert values[-1] is None
    assert [note.text for note in reading.notes] == ["Read as missing, for they are no numbers: «n.d.» × 2."]
    assert read([*["1,5"] * 10, "n.d.", "n.d."])[1].kind == "words"


def test_spellings_of_yes_that_become_one_are_said() -> None:
    _values, reading = read(["Sí", "Sí", "si", "no"])
    assert [note.text for note in reading.notes] == ["Other spellings of yes and no count as the same: si."]


def test_dates_that_no_one_order_fits_are_none() -> None:
    assert date_writing(["31/12/2024", "12/31/2024"]) is None
    assert date_writing([]) is None
    assert read_dates(pd.Series(["1/2/70", "1/2/30"]), "dmy").dt.year.tolist() == [1970, 2030]
