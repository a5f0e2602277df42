"""What a spreadsheet makes of our CSV: texts are shown, numbers are numbers."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.spreadsheets import as_csv, inert

ATTACKS = [
    '=HYPERLINK("http://evil.example";"click")', "=1+1", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1",
    ' "=1+1', "-2+3+cmd|' /C calc'!A0", "a;=1+1", "a,=1+1", "a\t@SUM(1)", "1;=1+1", "＝1+1", "+34 600 000 000",
    "a\n=1+1", '";=1+1', "=", "@",
]  # fmt: skip
NUMBERS = ["-5", "+3", "-1.5e-3", "-1,5", "-1.234,5", "-5%", "-.5", "-5;-6", "1;-2", "-", "+", "–"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_formula_is_shown(attack: str) -> None:
    assert inert(attack) == re.sub(r"([=+@＝-])", r"'\1", attack, count=1)
    assert inert(inert(attack)) == inert(attack)


@pytest.mark.parametrize(
    "number", [*NUMBERS, "a-b", "f1 >= 0.9", "mail@example.org", "x = 3", "max_depth=3", "", "'=1"]
)
def test_a_number_or_a_text_that_is_no_formula_stays(number: str) -> None:
    assert inert(number) == number


def cells(text: str, divider: str) -> list[str]:
    return [cell for line in csv.reader(io.StringIO(text, newline=""), delimiter=divider) for cell in line]


NAMES = some.sampled_from([*ATTACKS, *NUMBERS]) | some.text(alphabet="=+-@;,\t\r\n\"' a1", max_size=8)


@pytest.mark.long
@given(some.lists(NAMES, min_size=2, max_size=2), NAMES, NAMES)
@settings(deadline=None)
def test_no_cell_runs_whichever_sign_divides_them(values: list[str], heading: str, label: str) -> None:
    table = pd.DataFrame({heading: values, "n": [-1.5, 2.0]}, index=pd.Index([label, "b"], name="=x"))
    text = as_csv(table, index=True).decode("utf-8-sig")
    for divider in ",;\t":
        for cell in cells(text, divider):
            begin = cell.lstrip(' "')
            assert not begin.startswith(("=", "@", "＝")), cell
            if divider == "," and len(begin) > 1 and begin[0] in "+-":
                assert re.match(r"[+-][.,]?\d[\d.,]*(e[+-]?\d+)?%? *($|[;,|\t\r\n])", begin), cell


def test_numbers_stay_numbers_and_nothing_stays_nothing() -> None:
    mixed = pd.Series([-2, None], dtype=object)
    table = pd.DataFrame({"a": [-1.5, None], "b": mixed, "c": ["-3", "=3"], "d": [True, False]})
    read = pd.read_csv(io.BytesIO(as_csv(table)))
    assert read["a"].tolist()[0] == -1.5
    assert read["b"].tolist()[0] == -2
    assert read["b"].isna().tolist() == [False, True]
    assert read["c"].tolist() == ["-3", "'=3"]
    assert read["d"].tolist() == [True, False]


def test_two_columns_of_one_name_both_come_along() -> None:
    table = pd.DataFrame([["=a", 1]], columns=["same", "same"])
    assert as_csv(table) == "\ufeffsame,same\n'=a,1\n".encode()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["\n" * 100_000, " " * 100_000, "-" + "1" * 100_000 + "x", ";-1" * 50_000, '"' * 100_000]
)
def test_no_text_takes_long(text: str) -> None:
    inert(text)
