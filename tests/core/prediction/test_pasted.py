from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import ModelError
from core.prediction.given import read_cells
from core.prediction.pasted import read_pasted
from core.prediction.schema import InputField

FIELDS = [
    InputField("age", "integer", "long", 40, low=18, high=90),
    InputField("weight (kg)", "number", "double", 4.25),
    InputField("ciudad año", "category", "string", "Lima", choices=("Lima", "Quito")),
]


@pytest.mark.part(2)
@pytest.mark.parametrize(
    "text",
    [
        "age,weight (kg),ciudad año\n41,7.5,Quito",
        "age;weight (kg);ciudad año\n41;7,5;Quito\n",
        "age\tweight (kg)\tciudad año\n41\t7.5\tQuito",
        "ciudad año,age,weight (kg)\nQuito,41,7.5",
        '"age","weight (kg)","ciudad año"\n"41","7.5","Quito"',
        "\ufeffage,weight (kg),ciudad an\u0303o\n41,7.5,Quito\n50,1,Lima",
        "41,7.5,Quito",
        "41;7,5;Quito",
        "sep=;\nage;weight (kg);ciudad año\n41;7,5;Quito",
        '"sep=,"\r\n\r\nage,weight (kg),ciudad año\r\n41,7.5,Quito\r\n',
        '{"age": 41, "weight (kg)": 7.5, "ciudad año": "Quito"}',
        '[{"age": 41, "weight (kg)": 7.5, "ciudad año": "Quito"}, {}]',
        '{"dataframe_records": [{"age": 41, "weight (kg)": 7.5, "ciudad año": "Quito"}]}',
        '{"dataframe_split": {"columns": ["age", "weight (kg)", "ciudad año"], "data": [[41, 7.5, "Quito"]]}}',
        '{"inputs": {"age": [41], "weight (kg)": [7.5], "ciudad año": ["Quito"]}}',
        "[41, 7.5, \"Quito\"]",
        "[[41, 7.5, \"Quito\"]]",
    ],
)  # fmt: skip
def test_a_row_is_read_however_it_is_written(text: str) -> None:
    pasted = read_pasted(text, FIELDS)
    assert read_cells(pasted.values, FIELDS) == {"age": 41, "weight (kg)": 7.5, "ciudad año": "Quito"}
    assert not pasted.unknown
    assert not pasted.missing


def test_thousands_points_go_where_commas_are_decimal() -> None:
    assert read_cells(read_pasted("age;weight (kg)\n41;1.234,5", FIELDS).values, FIELDS)["weight (kg)"] == 1234.5


def test_what_is_not_asked_for_and_what_is_not_given_is_named() -> None:
    pasted = read_pasted('{"age": 41, "shoe": 43}', FIELDS)
    assert pasted.values == {"age": 41}
    assert pasted.unknown == ["shoe"]
    assert pasted.missing == ["weight (kg)", "ciudad año"]


def test_an_empty_cell_is_missing() -> None:
    assert read_pasted("age,weight (kg)\n41,", FIELDS).values == {"age": "41", "weight (kg)": None}
    assert read_pasted("age\tweight (kg)\n41\t\n", FIELDS).values == {"age": "41", "weight (kg)": None}


@pytest.mark.parametrize("text", ["age,weight (kg),age\n41,7.5,42", '{"age": 41, "weight (kg)": 7.5, "age": 42}'])
def test_a_value_that_is_given_twice_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="these come more than once: 'age'"):
        read_pasted(text, FIELDS)


def test_names_that_pandas_makes_are_those_of_the_model_that_learned_from_them() -> None:
    fields = [InputField(name, "number", "double", 1.0) for name in ("Unnamed: 0", "size", "size.1")]
    pasted = read_pasted(",size,size,price\n3,50,9,100", fields)
    assert pasted.values == {"Unnamed: 0": "3", "size": "50", "size.1": "9"}
    assert pasted.unknown == ["price"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be one row, as CSV or as JSON"),
        ("{not json", "must be one row, as CSV or as JSON"),
        ("[]", "must be one row, as CSV or as JSON"),
        ("[" * 50_000, "must be one row, as CSV or as JSON"),
        ('{"a": ' + "9" * 50_000 + "}", "must be one row, as CSV or as JSON"),
        ("41,7.5", "must have 3 values in the model's order, but it has 2"),
        ("age,weight (kg)\n41,7.5,8", "as many values as its heading has names, 2, but it has 3"),
        ('{"shoe": 43}', r"none of its names is one: shoe\. The model wants to know: age, weight \(kg\), ciudad año"),
    ],
)
def test_what_is_no_row_is_said(text: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read_pasted(text, FIELDS)


def test_where_nothing_is_known_the_row_names_the_inputs() -> None:
    row: dict[str, Any] = {"x": 1.5, "colour": "red"}
    assert read_pasted(json.dumps(row), ()).values == row
    with pytest.raises(ModelError, match="must name them, but it has only values"):
        read_pasted("1,2", ())


@pytest.mark.parametrize("depth", [6, 3_000])
def test_objects_inside_each_other_are_refused_with_the_depth(depth: int) -> None:
    with pytest.raises(ModelError, match=r"up to 4 deep|must be one row"):
        read_pasted('{"age":' * depth + "1" + "}" * depth, FIELDS)


@pytest.mark.parametrize("data", ["[5]", '["ab"]', "[{}]"])
def test_a_split_table_without_rows_of_values_is_refused(data: str) -> None:
    with pytest.raises(ModelError):
        read_pasted(f'{{"dataframe_split": {{"columns": ["age"], "data": {data}}}}}', FIELDS)
