from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import ModelError
from core.prediction.answers import Prediction
from core.prediction.fast.way import fast_way
from core.prediction.predict import Predictor
from core.prediction.schema import InputField, input_frame, names_of
from tests.fixtures.draws import draws
from tests.fixtures.pairs import PAIRS, fitted
from trainers import TASKS

ODD: list[Any] = [
    None, float("nan"), float("inf"), -0.0, 1e300, 7, 2**53 + 1, 10**400, True, "", "new", "\ud800", "nan", "3.5",
    np.float64(3.5), np.int64(3),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("no files")


def fields_of(rows: pd.DataFrame, *, optional: bool = True) -> list[InputField]:
    types = {"f": "double", "i": "long"}
    return [
        InputField(name, "number" if kind.kind in types else "text", types.get(kind.kind, "string"), None,
                   optional=optional)
        for name, kind in rows.dtypes.items()
    ]  # fmt: skip


def plain(line: pd.Series) -> list[Any]:
    return [float(value) if isinstance(value, float) else value for value in line.tolist()]


def said(predictor: Predictor, values: list[Any], *, in_table: bool) -> Any:
    """Return an answer with the order of its chances, or the error."""
    try:
        if in_table:
            row = input_frame(predictor.fields, dict(zip(names_of(predictor.fields), values, strict=True)))
            found = predictor.ask(row).first()
        else:
            found = predictor.ask_one(values)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is to be the same
        return type(error), str(error)
    return type(found.answer), found, list(found.probabilities or {})


@pytest.mark.part(20)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("task", "algorithm"), PAIRS)
def test_one_row_is_answered_as_in_a_table(task: str, algorithm: str, folder: Path) -> None:
    model, rows = fitted(task, algorithm, folder)
    slow = Predictor(model, fields_of(rows), TASKS[task].class_names)
    fast = replace(slow, fast=fast_way(model, rows))
    chance = np.random.default_rng(len(task) + len(algorithm))
    values = plain(rows.iloc[0])
    assert fast._one_row is not None
    assert isinstance(fast._one_row.answer(values), Prediction)
    assert said(fast, values, in_table=False) == said(fast, values, in_table=True) == said(slow, values, in_table=True)
    for _ in range(draws(200, 60)):
        values = plain(rows.iloc[int(chance.integers(len(rows)))])
        values[int(chance.integers(len(values)))] = ODD[int(chance.integers(len(ODD)))]
        assert said(fast, values, in_table=False) == said(slow, values, in_table=True), values
        assert said(fast, values, in_table=True) == said(slow, values, in_table=True), values


NUMBERS = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
SIDES = np.where(NUMBERS["a"] > 0, "above", "below")


def asked(model: Any, answers: Any, **more: Any) -> Predictor:
    way = fast_way(model.fit(NUMBERS, answers), NUMBERS)
    assert way is not None
    return Predictor(model, fields_of(NUMBERS, optional=False), fast=way, **more)


def test_people_s_cut_off_counts() -> None:
    predictor = asked(make_pipeline(StandardScaler(), LogisticRegression()), SIDES)
    likely = predictor.ask_one([0.5, 0.0]).probabilities
    assert likely is not None
    assert predictor.ask_one([0.5, 0.0]).answer == "above"
    low = replace(predictor, cutoff=likely["below"])
    assert low.ask_one([0.5, 0.0]).answer == low.ask(pd.DataFrame({"a": [0.5], "b": [0.0]})).first().answer == "below"
    assert replace(predictor, cutoff=likely["below"] + 1e-9).ask_one([0.5, 0.0]).answer == "above"


def test_few_rows_get_the_same_table_of_answers_and_chances() -> None:
    fast = asked(RandomForestClassifier(9, random_state=0), SIDES)
    slow = replace(fast, fast=None)
    for rows in (NUMBERS.head(1), NUMBERS.head(20), NUMBERS.head(20).mask(NUMBERS < 0)):
        few, many = fast.ask(rows), slow.ask(rows)
        assert few.values.tolist() == many.values.tolist()
        pd.testing.assert_frame_equal(few.probabilities, many.probabilities, check_exact=True)
        assert fast.score(rows, "below").tolist() == slow.score(rows, "below").tolist()
    number = asked(RandomForestRegressor(9, random_state=0), NUMBERS["a"])
    assert (
        number.ask(NUMBERS.head(9)).values.tolist() == replace(number, fast=None).ask(NUMBERS.head(9)).values.tolist()
    )


def test_what_does_not_fit_is_refused_as_in_a_table() -> None:
    predictor = asked(RandomForestClassifier(3), SIDES)
    with pytest.raises(ModelError, match="a must be of type double, but it is 'much'"):
        predictor.ask_one(["much", 1.0])
    with pytest.raises(ValueError, match="zip"):
        predictor.ask_one([1.0])


def test_inputs_in_another_order_than_the_model_learned_go_the_usual_way() -> None:
    predictor = asked(RandomForestRegressor(9, random_state=0), NUMBERS["a"])
    turned = replace(predictor, fields=tuple(reversed(predictor.fields)))
    assert turned._one_row is None
