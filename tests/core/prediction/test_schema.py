from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.models import ModelSignature, infer_signature
from mlflow.types.schema import ColSpec, DataType, Map, Schema
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from core.errors import ModelError
from core.prediction.given import read_unknown
from core.prediction.schema import (
    InputField,
    fit_values,
    input_fields,
    input_frame,
    inside,
    is_outside,
    starting_values,
    typed_frame,
)
from core.store.connection import Store
from core.store.models import InputColumn, ModelFiles, describe_model, load_model
from core.store.registry.registered_models import find_model
from tests.fixtures.stores import FLOWERS
from tests.fixtures.strangers import ROWS, a_line, save_pickled, save_pyfunc, save_skops

PROFILE = {
    "features": [
        {"name": "age", "type": "integer", "min": 18, "max": 90, "median": 40.5},
        {"name": "weight", "type": "number", "min": 1.5, "max": 9.5, "median": 4.25},
        {"name": "colour", "type": "category", "mode": "red", "categories": [{"value": "blue"}, {"value": "red"}]},
    ]
}


def files(
    columns: Mapping[str, str] | None = None,
    example: pd.DataFrame | None = None,
    profile: Mapping[str, Any] | None = None,
) -> ModelFiles:
    described = [InputColumn(name, kind, required=True) for name, kind in (columns or {}).items()]
    return ModelFiles(Path("nowhere"), {}, described, example, profile, None)


def kinds(fields: Sequence[InputField]) -> dict[str, str]:
    return {field.name: field.kind for field in fields}


def test_a_profile_gives_ranges_categories_and_typical_values() -> None:
    fields = input_fields(files({"age": "long", "weight": "double", "colour": "string"}, profile=PROFILE))
    assert fields == [
        InputField("age", "integer", "long", 40, low=18, high=90, median=40.5, never_missing=True),
        InputField("weight", "number", "double", 4.25, low=1.5, high=9.5, median=4.25, never_missing=True),
        InputField("colour", "category", "string", "red", choices=("blue", "red"), never_missing=True),
    ]


def test_a_signature_alone_gives_kinds_in_its_order() -> None:
    columns = {"z": "double", "a": "long", "b": "boolean", "word": "string", "when": "datetime", "f": "float",
               "i": "integer"}  # fmt: skip
    fields = input_fields(files(columns))
    assert list(kinds(fields).items()) == [
        ("z", "number"), ("a", "integer"), ("b", "boolean"), ("word", "text"), ("when", "date"), ("f", "number"),
        ("i", "integer"),
    ]  # fmt: skip
    assert all(field.low is None and field.high is None and not field.choices for field in fields)


def test_an_example_alone_gives_kinds_and_typical_values() -> None:
    example = pd.DataFrame({"x": [1.5], "n": [3], "yes": [True], "word": ["hi"], "gone": [np.nan]})
    fields = input_fields(files(example=example))
    assert kinds(fields) == {"x": "number", "n": "integer", "yes": "boolean", "word": "text", "gone": "number"}
    assert starting_values(fields) == {"x": 1.5, "n": 3, "yes": True, "word": "hi", "gone": 0.0}


def test_a_signature_with_an_example_starts_where_the_example_is() -> None:
    fields = input_fields(files({"x": "double", "n": "long"}, example=pd.DataFrame({"n": [7], "x": [0.5]})))
    assert starting_values(fields) == {"x": 0.5, "n": 7}


def test_a_model_that_remembers_its_columns_needs_neither(store: Store, tmp_path: Path) -> None:
    described = describe_model(store, save_skops(tmp_path / "model").as_uri())
    assert described.columns == []
    fields = input_fields(described, load_model(described))
    assert kinds(fields) == {"length": "number", "width of it": "number"}
    assert load_model(described).predict(input_frame(fields, starting_values(fields))).shape == (1,)


@pytest.mark.parametrize("model", [None, object()])
def test_a_model_that_says_nothing_is_refused(model: object) -> None:
    with pytest.raises(ModelError, match=r"it has no signature and no input example\. Log it again with a signature"):
        input_fields(files(), model)


def test_the_columns_of_an_array_are_numbered(store: Store, tmp_path: Path) -> None:
    model = a_line().__class__().fit(ROWS.to_numpy(), [0, 0, 1, 1])
    folder = save_skops(tmp_path / "model", model, signature=infer_signature(ROWS.to_numpy()))
    described = describe_model(store, folder.as_uri())
    assert not described.named
    fields = input_fields(described, load_model(described))
    assert kinds(fields) == {"1": "number", "2": "number"}


def test_what_no_training_row_lacked_is_known(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    assert all(field.never_missing for field in input_fields(describe_model(populated, version.uri, version.run_id)))


def test_pictures_cannot_be_typed_in(store: Store, tmp_path: Path) -> None:
    folder = save_skops(tmp_path / "model", signature=infer_signature(np.zeros((2, 28, 28))))
    described = describe_model(store, folder.as_uri())
    with pytest.raises(ModelError, match=r"cannot be entered here: 1 \(float64 \(-1, 28, 28\)\)"):
        input_fields(described)


def test_columns_that_cannot_be_typed_in_are_named() -> None:
    with pytest.raises(
        ModelError, match=r"entered here: photo \(binary\), tags \(object\)\. Only numbers, words, dates"
    ):
        input_fields(files({"x": "double", "photo": "binary", "tags": "object"}))


def test_a_profile_of_other_columns_does_no_harm() -> None:
    assert kinds(input_fields(files({"other": "double"}, profile=PROFILE))) == {"other": "number"}


def test_our_own_models_have_ranges_that_hold_their_start(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    described = describe_model(populated, version.uri, version.run_id)
    fields = input_fields(described)
    assert len(fields) == 4
    for field in fields:
        assert field.low is not None
        assert field.high is not None
        assert isinstance(field.start, float)
        assert field.low <= field.start <= field.high
    assert described.sample is not None
    real = starting_values(fields, described.sample.iloc[3].to_dict())
    assert load_model(described).predict(input_frame(fields, real)).shape == (1,)


@pytest.mark.parametrize(
    ("dtype", "answer", "expected"),
    [
        ("double", 1, "float64"), ("float", 1.5, "float32"), ("long", 3, "int64"), ("integer", 3, "int32"),
        ("boolean", True, "bool"), ("string", "red", "str"), ("datetime", "2026-01-31 10:00", "datetime64[ns]"),
    ],
)  # fmt: skip
def test_the_frame_has_the_type_the_model_expects(dtype: str, answer: Any, expected: str) -> None:
    frame = input_frame([InputField("x", "text", dtype, None)], {"x": answer})
    assert frame.shape == (1, 1)
    assert str(frame["x"].dtype) == expected


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("dtype", "answer"),
    [
        ("double", 1.5), ("double", 3), ("double", 2**53 + 1), ("double", True), ("double", float("nan")),
        ("double", "1.5"), ("float", 0.1), ("long", 3), ("long", 3.0), ("long", 2**53 + 1), ("long", -(2**63)),
        ("integer", 3), ("boolean", True), ("boolean", "sí"), ("string", "red"), ("string", ""), ("string", 3),
    ],
)  # fmt: skip
def test_a_row_by_itself_is_what_it_is_among_others(dtype: str, answer: Any) -> None:
    fields = [InputField("x", "text", dtype, None), InputField("y", "number", "double", 0.0)]
    among = pd.DataFrame({"x": [answer, answer], "y": [2.0, 2.0]})
    pd.testing.assert_frame_equal(input_frame(fields, {"x": answer, "y": 2.0}), typed_frame(fields, among).head(1))


def test_a_whole_number_beyond_its_type_is_refused_in_a_row_by_itself() -> None:
    with pytest.raises(ModelError, match="n must be of type long"):
        input_frame([InputField("n", "integer", "long", 0)], {"n": 2**63})


@pytest.mark.parametrize(
    ("dtype", "answer"),
    [("long", 1.5), ("long", "many"), ("double", "x"), ("datetime", "yesterday-ish"), ("long", None)],
)
def test_an_answer_that_does_not_fit_is_said_with_its_column(dtype: str, answer: Any) -> None:
    with pytest.raises(ModelError, match=rf"the x must be of type {dtype}, but it is {answer!r}\. Enter another value"):
        input_frame([InputField("the x", "text", dtype, None)], {"the x": answer})


@pytest.mark.parametrize(
    ("dtype", "smallest", "largest", "beyond"),
    [
        ("integer", -(2**31), 2**31 - 1, [-(2**31) - 1, 2**31, 1e18]),
        ("long", -(2**63), 2**63 - 1024, [-(2.0**63) - 2048, 2.0**63, 1e30]),  # floats next to the ends
    ],
)
def test_whole_numbers_beyond_the_type_do_not_fit(
    dtype: str, smallest: int, largest: int, beyond: Sequence[float]
) -> None:
    field = InputField("n", "integer", dtype, 0)
    for values in ([smallest, largest], [float(smallest), float(largest)]):
        fitting, bad = fit_values(pd.Series(values), field)
        assert fitting.tolist() == [smallest, largest]
        assert not bad.any()
    for value in beyond:
        _fitting, bad = fit_values(pd.Series([value]), field)
        assert bad.tolist() == [True], value


def test_the_largest_whole_numbers_keep_every_digit() -> None:
    numbers = [2**63 - 1, 2**53 + 1]
    assert fit_values(pd.Series(numbers), InputField("n", "integer", "long", 0))[0].tolist() == numbers


def test_columns_keep_the_models_order() -> None:
    fields = [InputField(name, "number", "double", 0.0) for name in ("b", "a", "año nuevo")]
    assert list(input_frame(fields, {"a": 1, "año nuevo": 2, "b": 3}).columns) == ["b", "a", "año nuevo"]


def test_missing_values_of_a_real_row_start_at_the_typical_one() -> None:
    fields = input_fields(files({"age": "long", "weight": "double", "colour": "string"}, profile=PROFILE))
    row = {"age": np.nan, "weight": np.float64("nan"), "colour": None}
    assert starting_values(fields, row) == {"age": 40, "weight": 4.25, "colour": "red"}


AGE = InputField("age", "integer", "long", 40, low=18, high=90)
COLOUR = InputField("colour", "category", "string", "red", choices=("red", "blue"))


@pytest.mark.parametrize(
    ("field", "value", "outside", "nearest"),
    [
        (AGE, 18, False, 18), (AGE, 90, False, 90), (AGE, 17.6, True, 18), (AGE, 91, True, 90),
        (AGE, None, False, None),
        (COLOUR, "blue", False, "blue"), (COLOUR, "green", True, "red"), (COLOUR, None, False, None),
        (InputField("x", "number", "double", 0.0), 1e9, False, 1e9),
    ],
)  # fmt: skip
def test_what_training_never_saw_is_outside_and_the_nearest_is_what_it_saw(
    field: InputField, value: Any, outside: bool, nearest: Any
) -> None:
    assert is_outside(field, value) is outside
    assert inside(field, value) == nearest


def test_a_name_that_is_there_twice_is_said(store: Store, tmp_path: Path) -> None:
    twice = ModelSignature(Schema([ColSpec("double", "x"), ColSpec("double", "x"), ColSpec("double", "y")]))
    files = describe_model(store, save_pyfunc(tmp_path / "model", lambda rows: [1.0], signature=twice).as_uri())
    with pytest.raises(ModelError, match="must have different names, but its signature has these twice: 'x'"):
        input_fields(files)


def test_an_input_of_an_odd_type_is_said_unless_it_may_be_left_out(store: Store, tmp_path: Path) -> None:
    def fields(required: bool, folder: Path) -> list[InputField]:
        schema = Schema([ColSpec(Map(DataType.string), "odd", required=required), ColSpec("double", "x")])
        signature = ModelSignature(schema)
        return input_fields(describe_model(store, save_pyfunc(folder, None, signature=signature).as_uri()))

    assert [field.name for field in fields(False, tmp_path / "may")] == ["x"]
    with pytest.raises(ModelError, match=r"things that cannot be entered here: odd \(Map\(str -> DataType.string\)\)"):
        fields(True, tmp_path / "must")


def test_encoders_and_a_row_say_the_types_that_no_signature_says(store: Store, tmp_path: Path) -> None:
    rows = pd.DataFrame({"city": ["Lima", "Quito"] * 5, "age": range(10), "note": ["a", "b"] * 5})
    encoded = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["city"]), remainder="drop")
    model = make_pipeline(encoded, LogisticRegression()).fit(rows, ["yes", "no"] * 5)
    folder = save_pickled(tmp_path / "model", model=model, signature=None)
    files = describe_model(store, folder.as_uri())
    city, age, _note = input_fields(files, model)
    assert (city.kind, city.choices, city.dtype) == ("category", ("Lima", "Quito"), "string")
    assert age.dtype == "double"
    given = input_fields(files, model, read_unknown({"note": "a", "age": "41", "city": "Quito"}))
    assert [(field.name, field.dtype, field.start) for field in given] == [
        ("city", "string", "Quito"), ("age", "long", 41), ("note", "string", "a"),
    ]  # fmt: skip
