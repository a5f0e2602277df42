from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from core.prediction.answers import Predictions, are_answers
from core.prediction.predict import predictor
from core.prediction.schema import NUMPY_TYPES, FieldKind, InputField, input_fields
from core.prediction.told import LONGEST, MOST_NAMES, are_fields, told_classes, told_task
from core.store.connection import Store
from core.store.models import describe_model, load_model
from tests.fixtures.foreigners import Boaster
from tests.fixtures.strangers import ROWS, save_pickled

AGE = InputField("age", "integer", "long", 40, low=18, high=90)
WORDS, CHANCES = np.array(["a", None], dtype=object), pd.DataFrame({"a": [0.5, 0.5], "b": [0.5, 0.5]})


@pytest.mark.parametrize("said", ["classification", "regression", "clusters", "outliers", ""])
def test_a_task_is_believed(said: str) -> None:
    assert told_task(said) == said


@pytest.mark.parametrize("said", ["banana", None, 7, {"classification": 1}, ["regression"]])
def test_what_is_no_task_is_not_known(said: Any) -> None:
    assert told_task(said) == ""


def test_classes_are_believed() -> None:
    assert told_classes(("no", "yes")) == ("no", "yes")


@pytest.mark.parametrize(
    "said",
    [{"no": 0, "yes": 1}, ["no", "yes"], ("no", 1), ("no", None), ("no", "no"), "no", 7, None, (("no",), "yes"),
     ("x" * (LONGEST + 1), "y"), tuple(map(str, range(MOST_NAMES + 1)))],
)  # fmt: skip
def test_what_are_no_classes_are_not_known(said: Any) -> None:
    assert told_classes(said) == ()


def fits(said: Any) -> bool:
    return are_fields(said, InputField, get_args(FieldKind), NUMPY_TYPES)


@pytest.mark.parametrize(
    "other",
    [{"name": 7}, {"kind": "banana"}, {"kind": ["integer"]}, {"dtype": "banana"}, {"dtype": {}}, {"low": "1"},
     {"choices": ["a"]}, {"choices": (1,)}, {"optional": "no"}, {"start": [1]}, {"name": "x" * (LONGEST + 1)},
     {"choices": tuple(map(str, range(MOST_NAMES + 1)))}],
)  # fmt: skip
def test_what_are_no_inputs_are_refused(other: dict[str, Any]) -> None:
    assert fits([AGE])
    assert not fits([AGE, replace(AGE, **other)])


@pytest.mark.parametrize("said", [None, "age", {"age": AGE}, [AGE, "pay"], [AGE] * 20_001])
def test_inputs_are_a_list_of_inputs(said: Any) -> None:
    assert not fits(said)


@pytest.mark.parametrize(
    "said",
    [
        np.array([1.0, 2.0]),
        Predictions(np.array([1.0, np.nan])),
        Predictions(WORDS, CHANCES),
        Predictions(WORDS, CHANCES, {"x": WORDS}, {"x": CHANCES}),
    ],
)
def test_numbers_words_and_chances_are_answers(said: Any) -> None:
    assert are_answers(said, 2)
    assert not are_answers(said, 3)


@pytest.mark.parametrize(
    "said",
    [
        "banana",
        None,
        np.array(["a", "b"]),
        Predictions(np.array([1, 2])),
        Predictions(np.array([{"a": 1}, "b"], dtype=object)),
        Predictions([1.0, 2.0]),  # type: ignore[arg-type]
        Predictions(WORDS, {"a": [0.5, 0.5]}),  # type: ignore[arg-type]
        Predictions(WORDS, CHANCES.astype(str)),
        Predictions(WORDS, CHANCES.rename(columns={"a": 7})),
        Predictions(WORDS, None, [WORDS]),  # type: ignore[arg-type]
        Predictions(WORDS, None, {7: WORDS}),  # type: ignore[dict-item]
        Predictions(WORDS, None, {}, {"x": WORDS}),  # type: ignore[dict-item]
    ],
)
def test_anything_else_is_no_answer(said: Any) -> None:
    assert not are_answers(said, 2)


@pytest.mark.long
def test_a_model_with_too_many_classes_is_asked_without_them(store: Store, tmp_path: Path) -> None:
    files = describe_model(store, save_pickled(tmp_path / "model", model=Boaster(MOST_NAMES + 1)).as_uri())
    model = load_model(files, allow_code=True)
    asked = predictor(files, model, input_fields(files, model))
    assert asked.task == "classification"
    assert asked.classes == ()
    assert asked.ask(ROWS).values.tolist() == ["0"] * len(ROWS)
