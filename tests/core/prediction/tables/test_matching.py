from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.prediction.schema import InputField
from core.prediction.tables.cells import typed_cells
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import Matching, Outside, match_columns

CARS = [
    InputField("year", "integer", "long", 2015, low=2005, high=2023),
    InputField("km", "integer", "long", 90_000, low=0, high=350_000),
    InputField("weight", "integer", "long", 1400, low=900, high=2200),
    InputField("litres", "number", "double", 1.6, low=0.9, high=6.2),
]


def match(content: bytes | str, target: str = "", **decimals: str) -> Matching:
    content = content.encode() if isinstance(content, str) else content
    return match_columns(content, recognise(content, CARS, target), CARS, target, decimals)[0]


def test_each_column_is_read_as_it_is_written() -> None:
    found = match("year;km;weight;litres;price\n2022;45,804;1,294;1,598;1.5\n2012;120,000;1,378;2,494;2.5\n", "price")
    assert {name: (one.decimal, one.thousands) for name, one in found.signs.items() if one.sure} == {
        "km": (".", ","), "weight": (".", ","), "litres": (",", ""), "price": (".", ""),
    }  # fmt: skip


@pytest.mark.parametrize("sign", [",", ";"])
@pytest.mark.parametrize("km", ["400.000", "400,000"])
def test_thousands_that_may_be_decimals_are_asked_for_whatever_separates_the_cells(sign: str, km: str) -> None:
    found = match("".join(sign.join(line) + "\n" for line in [
        ("year", "km", "weight", "litres"), ("2022", f'"{km}"', "1294", "1.62"), ("2012", f'"{km}"', "1378", "2.49"),
    ]))  # fmt: skip
    assert [(one.column, one.cell, one.row) for one in found.two_ways] == [("km", km, 2)]
    assert not found.is_complete


def test_what_a_person_chose_is_read_so() -> None:
    text = "year,km,weight,litres\n2022,400.000,1294,1.62\n"
    for sign, value in ((".", 400), (",", 400_000)):
        found = match(text, km=sign)
        assert found.is_complete
        assert typed_cells(pa.array(["400.000"]), CARS[1], found.signs["km"]).values.tolist() == [value]


def test_texts_in_parquet_are_read_as_carefully() -> None:
    file = io.BytesIO()
    rows = {"year": [2022], "km": ["400.000"], "weight": ["1.294"], "litres": ["1,62"]}
    pq.write_table(pa.table(rows), file)
    found = match(file.getvalue())
    assert [one.column for one in found.two_ways] == ["km"]
    assert found.signs["weight"].thousands == "."
    assert found.signs["litres"].decimal == ","


def test_right_answers_that_read_in_two_ways_are_asked_for_too() -> None:
    found = match("year,km,weight,litres,price\n2022,45000,1294,1.62,9.500\n", "price")
    assert [one.column for one in found.two_ways] == ["price"]


def test_a_column_that_lies_outside_the_training_range_as_a_whole_is_said() -> None:
    rows = pd.DataFrame({"year": [2022, 2012], "km": [400_000, 900_000], "weight": [1294, 9000], "litres": [1.6, 2.0]})
    found = match(rows.to_csv(index=False))
    assert found.outside == (Outside("km", 400_000, 900_000, 0, 350_000),)
    assert found.is_complete


def test_what_is_written_out_uses_the_sign_of_most_columns() -> None:
    text = "year;km;weight;litres\n2022;45000;1294;1,62\n"
    assert match(text).decimal(recognise(text.encode(), CARS)) == ","
    assert match(text.replace("1,62", "1.62")).decimal(recognise(text.encode(), CARS)) == "."
