"""A table written in any dialect comes back equal, or something is asked or refused: never another table."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import PizarraError
from core.tables.layouts import recognise_layout
from core.tables.own import read_own

LETTERS = "abcdeñáíóúü ÑÁ"
WORDS = st.text(LETTERS, min_size=1, max_size=8).map(str.strip).filter(bool).filter(
    lambda word: word.casefold() not in {"sum", "suma", "total"}
)  # fmt: skip
CELLS = st.one_of(WORDS, WORDS.map(lambda word: f"{word}, y; {word}"), WORDS.map(lambda word: f'{word} "{word}"'))


@dataclass(frozen=True)
class Written:
    """How a table is written."""

    sign: str
    decimal: str
    thousands: bool
    encoding: str
    end: str
    above: tuple[str, ...]
    heading: bool
    tells: bool


DIALECTS = st.builds(
    Written,
    sign=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    thousands=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    above=st.sampled_from([(), ("Informe",), ("Informe de ventas", "")]),
    heading=st.booleans(),
    tells=st.booleans(),
)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Tables of words, numbers and whole numbers, some of them missing."""
    rows = draw(st.integers(3, 12))
    kinds = draw(st.lists(st.sampled_from(["words", "number", "whole"]), min_size=2, max_size=5))
    columns = {}
    for place, kind in enumerate(kinds):
        values: st.SearchStrategy[object] = {
            "words": CELLS,
            "number": st.integers(-10_000_00, 10_000_00).map(lambda hundredths: hundredths / 100),
            "whole": st.integers(0, 5_000).map(float),
        }[kind]
        some = draw(st.lists(st.one_of(values, st.none()) if place else values, min_size=rows, max_size=rows))
        columns[f"columna {'abcde'[place]}"] = pd.Series(some, dtype="str" if kind == "words" else "float64")
    return pd.DataFrame(columns)


def number(value: float, how: Written) -> str:
    """Write a number with two decimals, or a whole one without."""
    if pd.isna(value):
        return ""
    text = f"{value:,.2f}" if value % 1 or how.thousands else f"{value:.0f}"
    grouped = text if how.thousands else text.replace(",", "")
    return grouped.translate(str.maketrans(",.", ".,")) if how.decimal == "," else grouped


def write(frame: pd.DataFrame, how: Written) -> bytes:
    """Write a table as a program of somebody's would."""
    text = io.StringIO(newline="")
    if how.tells:
        text.write(f"sep={how.sign}{how.end}")
    for line in how.above:
        text.write(f"{line}{how.end}")
    out = csv.writer(text, delimiter=how.sign, lineterminator=how.end)
    if how.heading:
        out.writerow(frame.columns)
    for row in frame.itertuples(index=False):
        out.writerow([number(cell, how) if isinstance(cell, float) else cell for cell in row])
    return text.getvalue().encode(how.encoding)


@given(frames(), DIALECTS)
@example(
    pd.DataFrame({"columna a": pd.Series(["ñ", "b", "c"], dtype="str"), "columna b": [1234.5, 2.25, 3.0]}),
    Written(";", ",", True, "cp1252", "\r\n", ("Informe de ventas", ""), True, False),
)
def test_a_table_comes_back_equal_or_is_asked_about(frame: pd.DataFrame, how: Written) -> None:
    try:
        found = recognise_layout(write(frame, how))
        table = read_own(write(frame, how), found.layout)
    except PizarraError:
        return
    if found.questions or table.questions:
        return
    read = table.frame
    assert len(read) == len(frame.dropna(how="all"))
    assert read.shape[1] == frame.shape[1]
    if how.heading:
        assert list(read.columns) == list(frame.columns)
    read.columns = frame.columns
    for name in frame:
        if frame[name].dtype != "float64" or pd.api.types.is_numeric_dtype(read[name]):
            assert known(read[name]) == known(frame[name])
        else:
            assert known(read[name]) == [number(value, how) or None for value in frame[name]]


def known(values: pd.Series) -> list[object]:
    """Return values, None where there is none."""
    return [None if pd.isna(value) else value for value in values]
