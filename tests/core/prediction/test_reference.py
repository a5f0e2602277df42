from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from core.errors import ModelError
from core.prediction.predict import Predictor, predictor
from core.prediction.reference import Wanted, evaluated_rows, influence, matching, pick_case, training_rows
from core.prediction.schema import InputField, input_fields
from core.store.connection import Store
from core.store.models import describe_model, load_model
from core.store.record import EVALUATION_TABLE
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import read_table
from tests.fixtures.stores import FLOWERS, SUGAR

FIELDS = [InputField("row", "number", "double", 1.0), InputField("city", "category", "string", "Lima")]
TABLE = pd.DataFrame(
    {
        "row": [7, 8, 9, 10], "answer": ["yes", "no", "yes", "no"], "prediction": ["yes", "yes", "yes", "no"],
        "probability_no": [0.2, 0.45, 0.1, 0.9], "probability_yes": [0.8, 0.55, 0.9, 0.1],
        "row (feature)": [1.5, 2.5, 3.5, np.nan], "city": ["Lima", "Quito", "Lima", "Quito"],
    }
)  # fmt: skip
NUMBERS = pd.DataFrame({"row": range(20), "answer": np.arange(20.0), "prediction": np.arange(20.0) ** 1.1, "city": "x"})


def rows_of(table: pd.DataFrame, wanted: Wanted, **more: float | str) -> list[int]:
    return list(matching(table, wanted, **more)["row"])  # type: ignore[arg-type]


def test_our_own_runs_store_training_rows_as_their_model_wants_them(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    files = describe_model(populated, version.uri, version.run_id)
    rows = training_rows(files, input_fields(files))
    assert rows is not None
    assert list(rows) == [column.name for column in files.columns]
    assert len(load_model(files).predict(rows)) == len(rows)
    assert training_rows(describe_model(populated, version.uri), input_fields(files)) is None


def test_rows_of_other_columns_are_no_training_rows_of_the_model(populated: Store) -> None:
    flowers, sugar = (find_model(populated, name).versions[0] for name in (FLOWERS, SUGAR))
    files = describe_model(populated, flowers.uri, sugar.run_id)
    assert files.sample is not None
    assert training_rows(files, input_fields(files)) is None


def test_test_rows_can_be_asked_again(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    files = describe_model(populated, version.uri, version.run_id)
    table = read_table(populated, version.run_id, EVALUATION_TABLE)
    asked = predictor(files, load_model(files), input_fields(files))
    assert list(asked.ask(evaluated_rows(asked.fields, table)).values) == list(table["prediction"])


def test_an_input_that_is_called_like_an_answer_is_found() -> None:
    assert list(evaluated_rows(FIELDS, TABLE.head(3))["row"]) == [1.5, 2.5, 3.5]
    with pytest.raises(ModelError, match=r"lack columns that this version wants to know: city\."):
        evaluated_rows(FIELDS, TABLE.drop(columns="city"))


def test_rows_are_chosen_by_what_is_true_and_by_what_is_said() -> None:
    assert rows_of(TABLE, "any") == [7, 8, 9, 10]
    assert rows_of(TABLE, "wrong") == [8]
    assert rows_of(TABLE, "answer", answer="no") == [8, 10]
    assert rows_of(TABLE, "predicted", answer="yes", low=0.5, high=0.85) == [7, 8]
    assert rows_of(TABLE, "predicted", answer="maybe") == []
    assert rows_of(NUMBERS, "predicted", low=0, high=3) == [0, 1, 2]
    assert rows_of(NUMBERS, "wrong") == [18, 19]  # the tenth with the largest errors


def test_a_model_that_is_always_right_gets_none_wrong() -> None:
    assert rows_of(NUMBERS.assign(prediction=NUMBERS["answer"]), "wrong") == []


def test_a_case_says_its_row_and_its_true_answer() -> None:
    case = pick_case(TABLE[TABLE["row"] == 8], FIELDS, np.random.default_rng(0))
    assert case is not None
    assert (case.row, case.answer, case.prediction) == (8, "no", "yes")
    assert case.inputs == {"row": 2.5, "city": "Quito"}
    number = pick_case(NUMBERS[NUMBERS["row"] == 3], FIELDS[1:], np.random.default_rng(0))
    assert number is not None
    assert number.answer == 3.0
    assert pick_case(TABLE.head(0), FIELDS, np.random.default_rng(0)) is None


def test_every_row_may_be_drawn() -> None:
    chance = np.random.default_rng(0)
    drawn = {case.row for case in (pick_case(TABLE, FIELDS, chance) for _ in range(60)) if case}
    assert drawn == {7, 8, 9, 10}


def test_what_the_model_listens_to_comes_first() -> None:
    chance = np.random.default_rng(0)
    rows = pd.DataFrame(chance.normal(size=(200, 3)), columns=["little", "none", "most"])
    line = LinearRegression().fit(rows, 0.5 * rows["little"] + 5 * rows["most"])
    found = influence(Predictor(line), rows)
    assert list(found.index) == ["most", "little", "none"]
    assert found["none"] == pytest.approx(0, abs=1e-9)
    classes = LogisticRegression().fit(rows, np.where(rows["most"] > 0, "up", "down"))
    assert influence(Predictor(classes), rows).index[0] == "most"


def test_classes_without_probabilities_have_influences_too() -> None:
    class Rule:
        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            return np.where(rows["a"] > 0, "up", "down")

    rows = pd.DataFrame({"b": [1.0, 2, 3, 4], "a": [1.0, -1, 1, -1]})
    found = influence(Predictor(Rule()), rows)
    assert found["a"] > 0
    assert found["b"] == 0
