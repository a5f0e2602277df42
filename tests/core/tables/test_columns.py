"""What stands in a column: told by its cells, asked where they read in two ways."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tables.columns import ColumnChoice, ColumnReading, read_column
from core.tables.dates import date_writing, read_dates, written


def read(cells: Sequence[object], choice: ColumnChoice | None = None) -> tuple[list[object], ColumnReading]:
    """Read cells of text, or of other types as a spreadsheet has them."""
    brought = pa.array(cells, pa.string()) if all(isinstance(cell, str) for cell in cells) else list(cells)
    values, reading = read_column("c", brought, np.arange(2, len(cells) + 2), choice)
    return [None if pd.isna(value) else value for value in values], reading


@pytest.mark.part(2)
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
        (["2024-02-01T10:00:00", ""], [pd.Timestamp("2024-02-01 10:00"), None], "date"),
        (["2024-02-01 24:61"], ["2024-02-01 24:61"], "words"),
        (["31/02/2023"], [None], "date"),
        (["1.2.3.4", "10.0.0.1"], ["1.2.3.4", "10.0.0.1"], "words"),
        (["", " ", "NA"], [None, None, None], "words"),
        (["#N/A", "5"], [None, 5.0], "number"),
        (["inf", "5"], ["inf", "5"], "words"),
        ([1, 2.5, None], [1.0, 2.5, None], "number"),
        ([float("inf"), 1.0], [None, 1.0], "number"),
        ([True, False, None], ["True", "False", None], "yes_no"),
        ([date(2024, 1, 2), datetime(2024, 1, 3, 4)], [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03 04:00")],
         "date"),
        ([1, "dos"], ["1", "dos"], "words"),
        ([1, None, "dos"], ["1", None, "dos"], "words"),
        (["uno", None, "dos"], ["uno", None, "dos"], "words"),
        (["1,5", None, "2,25"], [1.5, None, 2.25], "number"),
        ([1234.5, "1.234,5", 2.25], [1234.5, 1234.5, 2.25], "number"),
        ([1234.5, "1.5", 2.25], [1234.5, 1.5, 2.25], "number"),
        ([Decimal("1.234"), None, Decimal("2.00")], [1.234, None, 2.0], "number"),
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
        (["24-03-05", "24-03-06", "23-12-31", "24-01-15"], "24-03-05 may begin with its year or with its day"),
        (["3 €", "4 $"], "different units: $, €"),
        (["500 g", "2 kg"], "different units: g, kg"),
        (["12%", "0.5", "7%"], "Some of its numbers have % and others, as 0.5, do not"),
        (["31/12/2024", "12/31/2024", "1/1/2024"], "in more than one way, as 31/12/2024 and 12/31/2024"),
        (["1/1/2024", "2024-12-31"], "in more than one way, as 2024-12-31 and 1/1/2024"),
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
        (["24-03-05", "24-03-06"], ColumnChoice(order="ymd"), [pd.Timestamp("2024-03-05"), pd.Timestamp("2024-03-06")]),
        (["24-03-05", "24-03-06"], ColumnChoice(order="dmy"), [pd.Timestamp("2005-03-24"), pd.Timestamp("2006-03-24")]),
        (["31/12/2024"], ColumnChoice(order="ymd"), [pd.Timestamp("2024-12-31")]),
        (["31/12/2024", "2024-12-31"], ColumnChoice("date", order="dmy"), [pd.Timestamp("2024-12-31"), None]),
        (["31/12/2024"], ColumnChoice(order="mdy"), [pd.Timestamp("2024-12-31")]),
        (["1", "2"], ColumnChoice(kind="words"), ["1", "2"]),
        (["08001", "x"], ColumnChoice(kind="number"), [8001.0, None]),
    ],
)
def test_a_person_decides_what_the_cells_do_not(cells: list[str], choice: ColumnChoice, values: list[object]) -> None:
    read_values, reading = read(cells, choice)
    assert read_values == values
    assert reading.question is None


def test_text_of_a_parquet_file_may_have_gaps() -> None:
    values, reading = read_column("c", pa.chunked_array([["uno", None], [None, "dos"]]), np.arange(4))
    assert values.isna().tolist() == [False, True, True, False]
    assert (reading.kind, reading.missing) == ("words", 2)


def test_few_words_among_numbers_are_read_as_missing_and_said() -> None:
    values, reading = read([*["1,5"] * 40, "n.d.", "n.d."])
    assert values[-1] is None
    assert [note.text for note in reading.notes] == ["Read as missing, for they are no numbers: «n.d.» × 2."]
    assert read([*["1,5"] * 40, "abajo", "arriba"])[1].missing == 2
    assert read([*["1,5"] * 10, "abajo", "abajo"])[1].kind == "words"


@pytest.mark.parametrize("unknown", ["-", "s/d", "?", "N/D", "sin dato", "#N/D"])
def test_a_word_that_says_that_nothing_is_known_may_be_frequent(unknown: str) -> None:
    values, reading = read([unknown, unknown, "1,5", unknown, "2"])
    assert values == [None, None, 1.5, None, 2.0]
    assert reading.kind == "number"
    assert [note.text for note in reading.notes] == (
        [] if unknown == "#N/D" else [f"Read as missing, for they are no numbers: «{unknown}» × 3."]
    )
    values, reading = read(["31/12/2024", unknown, unknown])
    assert (reading.kind, reading.missing) == ("date", 2)


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        (["(1.234,50)", "1.500,00", "(20,00)"], [-1234.5, 1500.0, -20.0], ""),
        (["1.234,50-", "20,00"], [-1234.5, 20.0], ""),
        (["−5", "–2,5", "3"], [-5.0, -2.5, 3.0], ""),
        (["-$5", "$-3", "($ 2.50)", "$ 1"], [-5.0, -3.0, -2.5, 1.0], "$"),
        (["$ 1,234.50 MXN", "$ 2.00 MXN"], [1234.5, 2.0], "$ MXN"),
        (["US$ 5", "U$S 7"], [5.0, 7.0], "US$"),
        (["S/ 5.20", "S/. 7.10"], [5.2, 7.1], "S/"),
        (["1'234.50", "1’950.00"], [1234.5, 1950.0], ""),
        (["1\u202f234,5", "950,0"], [1234.5, 950.0], ""),
        (["$ 500.-", "$ 20.-"], [500.0, 20.0], "$"),
        (["80 m²", "90 m2"], [80.0, 90.0], "m²"),
        (["25 años", "30 años"], [25.0, 30.0], "años"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_offices_write_them(cells: list[str], values: list[object], unit: str) -> None:
    read_values, reading = read(cells)
    assert read_values == values
    assert (reading.kind, reading.unit, reading.question) == ("number", unit, None)


@pytest.mark.parametrize(
    "cells",
    [["(1)", "(2)", "(3)"], ["g1", "g2"], ["12.345.678-5", "9.876.543-K"], ["10-20", "20-30"], ["5 mil", "6 mil"],
     ["1h 30m", "2h"]],
)  # fmt: skip
def test_names_with_digits_are_no_numbers(cells: list[str]) -> None:
    assert read(cells)[0] == cells


def test_what_is_below_zero_by_its_parentheses_is_said() -> None:
    assert [note.text for note in read(["(5)", "7-", "9"])[1].notes] == [
        "Numbers in parentheses, or with their minus behind, count as below 0: «(5)», «7-»."
    ]
    assert read(["18-", "25-", "40-"])[1].kind == "words"  # rather names


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["<5", "7", "8"], "Read as words, though most of it are numbers; no numbers are «<5»."),
        (["31/12/2024", "30/12/2024", "ayer"], "Read as words, though most of it are dates; no dates are «ayer»."),
    ],
)
def test_what_is_lost_of_a_column_is_said(cells: list[str], said: str) -> None:
    assert [note.text for note in read(cells)[1].notes] == [said]


def test_an_accent_that_is_a_sign_of_its_own_makes_no_other_word() -> None:
    assert read(["Si\u0301", "No", "Sí"])[0] == ["Sí", "No", "Sí"]


def test_spellings_of_yes_that_become_one_are_said() -> None:
    _values, reading = read(["Sí", "Sí", "si", "no"])
    assert [note.text for note in reading.notes] == ["Other spellings of yes and no count as the same: si."]


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("25/03/2026 13:45", "13:45"),
        ("25/03/2026, 13:45:07", "13:45:07"),
        ("25.03.26 9:05", "09:05"),
        ("25/03/2026 1:45 p. m.", "13:45"),
        ("25/03/2026 01:45:07 p.\u00a0m.", "13:45:07"),
        ("25/03/2026 12:05 a. m.", "00:05"),
        ("3/25/2026 1:45 PM", "13:45"),
        ("3/25/2026, 12:30:00\u202fPM", "12:30"),
        ("3/25/2026 12:05 am", "00:05"),
        ("2026-03-25 13:45", "13:45"),
        ("2026-03-25T13:45:07.250Z", "13:45:07.25"),
        ("2026-03-25 13:45:07,5-05:00", "13:45:07.5"),
        ("2026-03-25", "00:00"),
    ],
)
def test_the_time_of_day_is_read_as_either_language_writes_it(cell: str, time: str) -> None:
    values, reading = read([cell])
    assert (values, reading.kind) == ([pd.Timestamp(f"2026-03-25 {time}")], "date")


def test_times_of_several_zones_become_those_of_one() -> None:
    values, _reading = read(["2026-03-25 13:45+02:00", "2026-03-25 13:45+01:00", "2026-03-25 12:00"])
    assert [value.strftime("%H:%M") for value in values] == ["11:45", "12:45", "12:00"]  # type: ignore[attr-defined]


def test_days_stay_days_whatever_zones_other_programs_wrote_beside_them() -> None:
    days = [pd.Timestamp("2026-01-05"), pd.Timestamp("2026-07-05")]
    assert read(["2026-01-05T00:00:00+01:00", "2026-07-05T00:00:00+02:00"])[0] == days
    there, madrid = pd.Series(days).dt.tz_localize("Europe/Madrid"), pa.timestamp("us", "Europe/Madrid")
    assert read_column("x", pa.array(there.tolist(), madrid), np.arange(2))[0].tolist() == days
    later = (there + pd.Timedelta(hours=3)).tolist()
    moments = read_column("x", pa.array(later, madrid), np.arange(2))[0]
    assert moments.tolist() == [pd.Timestamp("2026-01-05 03:00"), pd.Timestamp("2026-07-05 03:00")]


@pytest.mark.long
@given(st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_moments_that_are_written_are_read_again(moments: list[datetime]) -> None:
    column = pd.Series(moments).astype("datetime64[us]")
    texts = written(column)
    assert read_dates(texts, "ymd").tolist() == column.tolist()
    assert texts.sort_values(kind="stable").index.tolist() == column.sort_values(kind="stable").index.tolist()


def test_dates_that_no_one_order_fits_are_none() -> None:
    assert date_writing(["31/12/2024", "12/31/2024"]) is None
    assert date_writing([]) is None
    assert read_dates(pd.Series(["1/2/70", "1/2/30"]), "dmy").dt.year.tolist() == [1970, 2030]


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["3-ene-24", "15-dic-24"], ["2024-01-03", "2024-12-15"]),
        (["3 de enero de 2024", "1 de sept. de 2024"], ["2024-01-03", "2024-09-01"]),
        (["Jan 3, 2024", "February 14, 2024"], ["2024-01-03", "2024-02-14"]),
        (["03-Apr-2024", "4/5/2024"], ["2024-04-03", "2024-05-04"]),
        (["25/03/2026 6:30 p. m.", "4/3/2026 9:15 AM"], ["2026-03-25 18:30", "2026-03-04 09:15"]),
        (["31/12/24", "01/02/23"], ["2024-12-31", "2023-02-01"]),
        (["98-03-05", "99-03-06"], ["1998-03-05", "1999-03-06"]),
        (["00/00/0000", "31/12/2024"], [None, "2024-12-31"]),
    ],
)
def test_dates_are_read_as_people_write_them(cells: list[str], days: list[str | None]) -> None:
    values, reading = read(cells)
    assert reading.kind == "date"
    assert values == [day and pd.Timestamp(day) for day in days]


@pytest.mark.parametrize("cells", [["3 mar"], ["5 abc 2024"], ["12 may"], ["mar-24"], ["2024T1"]])
def test_parts_of_dates_are_words(cells: list[str]) -> None:
    assert read(cells)[0] == cells


def test_texts_with_gaps_are_read() -> None:
    assert read_column("a", pa.array(["x", None, "y"], pa.string()), np.arange(3))[0].isna().tolist() == [
        False, True, False,
    ]  # fmt: skip
    coded = pa.chunked_array([pa.array(["1,5", None, "2"]).dictionary_encode()])
    assert read_column("a", coded, np.arange(3))[0].sum() == 3.5


def test_numbers_beside_texts_do_not_tell_how_those_are_written() -> None:
    cells = [950.5, 820.25, "1.234"]
    values, reading = read(cells)
    assert values == ["950.5", "820.25", "1.234"]
    assert reading.question is not None
    assert "1.234 in row 4 may have decimals or thousands" in reading.question.text
    assert read(cells, ColumnChoice(decimal=","))[0] == [950.5, 820.25, 1234.0]
    assert read(cells, ColumnChoice(decimal="."))[0] == [950.5, 820.25, 1.234]


def test_whole_numbers_that_a_float_cannot_hold_stay_apart() -> None:
    values, reading = read_column("a", pa.array([9007199254740993, 9007199254740992, None]), np.arange(3))
    assert values.tolist()[:2] == ["9007199254740993", "9007199254740992"]
    assert (reading.kind, reading.missing) == ("words", 1)


def test_what_is_infinite_is_said() -> None:
    assert [note.text for note in read([float("inf"), 1.0])[1].notes] == ["Read as missing, for they are infinite: 1."]
