from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import ModelError
from core.prediction.schema import InputField
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import match_columns
from core.tables.dialects import as_pandas

WINE = [
    InputField("alcohol", "number", "double", 13.0, low=11.0, high=14.8),
    InputField("acid", "number", "double", 1.9, low=0.7, high=5.8),
    InputField("ash", "number", "double", 2.3, low=1.3, high=3.3),
    InputField("magnesium", "number", "double", 98.0, low=70.0, high=162.0),
]
NUMBERED = [InputField(str(place), "number", "double", 1.0) for place in range(1, 5)]
BARE = [InputField(name, "number", "double", 1.0) for name in ("a", "b", "c")]


def rows(*before: Sequence[object], after: Sequence[object] = (), count: int = 30) -> bytes:
    chance = np.random.default_rng(0)
    columns = [chance.uniform(one.low or 0, one.high or 1, count).round(2) for one in WINE]
    lines = zip(
        *[list(one)[:count] for one in before], *columns, *([list(after)[:count]] if after else []), strict=True
    )
    return "".join(",".join(map(str, line)) + "\n" for line in lines).encode()


CLASSES = [1, 1, 1, 2, 2, 3] * 5


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (rows(), ("alcohol", "acid", "ash", "magnesium")),
        (rows(CLASSES), ("column", "alcohol", "acid", "ash", "magnesium")),
        (rows(range(30)), ("column", "alcohol", "acid", "ash", "magnesium")),
        (rows(after=CLASSES), ("alcohol", "acid", "ash", "magnesium", "kind")),
        (rows(range(1, 31), after=CLASSES), ("column", "alcohol", "acid", "ash", "magnesium", "kind")),
        (rows(range(1, 31), CLASSES), ("column", "column.1", "alcohol", "acid", "ash", "magnesium")),
    ],
)
def test_without_a_heading_the_values_tell_which_column_is_none_of_the_inputs(
    content: bytes, columns: tuple[str, ...]
) -> None:
    dialect = recognise(content, WINE, "kind")
    assert (dialect.columns, dialect.header, dialect.rows) == (columns, False, 30)


def test_where_no_range_is_known_a_counter_is_found() -> None:
    assert recognise(b"7,1.5,2.5,3.5\n8,1.1,2.1,3.1\n", BARE).columns == ("column", "a", "b", "c")


def test_what_may_be_in_either_order_is_refused() -> None:
    with pytest.raises(ModelError, match="the model's 3 columns, but it has 4, and which of them is no input"):
        recognise(b"7.5,1.5,2.5,3.5\n8.5,1.1,2.1,3.1\n", BARE)


@pytest.mark.parametrize("content", [b"900,13.1,1.9,2.3\n901,13.2,1.8,2.4\n", b"1,2,3,4\n2,3,4,5\n"])
def test_without_a_heading_columns_outside_the_training_range_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"in the model's order, but what 'alcohol', .* would be then is outside"):
        recognise(content, WINE)


def test_a_value_that_is_called_like_a_numbered_input_is_a_value() -> None:
    dialect = recognise(b"1,14.2,1.7,2.4\n2,13.2,1.8,2.1\n", NUMBERED)
    assert (dialect.header, dialect.rows) == (False, 2)
    assert recognise(b"1,2,3,4\n1,14.2,1.7,2.4\n", NUMBERED).header


@pytest.mark.parametrize("names", [["", "rooms", "price"], ["Unnamed: 0", "rooms", "price"]])
def test_an_unnamed_column_is_found_where_the_model_learned_from_it(names: list[str]) -> None:
    fields = [InputField(name, "integer", "long", 1) for name in ("Unnamed: 0", "rooms")]
    content = (",".join(names) + "\n0,2,100\n1,3,140\n").encode()
    found, _first = match_columns(content, recognise(content, fields, "price"), fields, "price")
    assert found.is_complete
    assert found.columns["Unnamed: 0"] == "Unnamed: 0"


def test_a_name_that_comes_twice_is_two_inputs_where_the_model_learned_from_both() -> None:
    fields = [InputField(name, "integer", "long", 1) for name in ("size", "rooms", "size.1")]
    content = b"size,rooms,size,price\n50,2,9,100\n60,3,8,140\n"
    found, first = match_columns(content, recognise(content, fields), fields)
    assert found.is_complete
    assert first[found.columns["size"]].tolist() == ["50", "60"]
    assert first[found.columns["size.1"]].tolist() == ["9", "8"]


@pytest.mark.parametrize("heading", ["size,rooms,size", "size ,rooms, size"])
def test_a_name_that_comes_twice_is_refused_where_the_model_asks_for_one(heading: str) -> None:
    fields = [InputField(name, "integer", "long", 1) for name in ("size", "rooms")]
    with pytest.raises(ModelError, match="more than once: 'size'"):
        recognise(f"{heading}\n50,2,9\n".encode(), fields)


def test_names_that_differ_by_a_space_are_two_inputs() -> None:
    fields = [InputField(name, "integer", "long", 1) for name in ("age", "age ")]
    content = b"age ,age\n1,2\n"
    found, _first = match_columns(content, recognise(content, fields), fields)
    assert dict(found.columns) == {"age": "age", "age ": "age "}
    content = b"age,x\n1,2\n"
    assert match_columns(content, recognise(content, fields), fields)[0].missing == ("age ",)


def test_parquet_names_are_found_in_the_same_way() -> None:
    fields = [InputField(name, "integer", "long", 1) for name in ("size", "size.1")]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array([50]), pa.array([9])], ["size", "size"]), file)
    content = file.getvalue()
    found, first = match_columns(content, recognise(content, fields), fields)
    assert found.is_complete
    assert first.to_dict("list") == {"size": [50], "size.1": [9]}


def test_a_name_that_pandas_would_make_but_is_there_already_is_not_made_twice() -> None:
    assert as_pandas(["a", "a", "a.1", "a"]) == ["a", "a.2", "a.1", "a.3"]
