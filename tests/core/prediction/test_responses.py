from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from core.errors import ModelError
from core.prediction.predict import Predictor
from core.prediction.responses import movement, response_curves, response_surface
from core.prediction.schema import Answer, InputField, input_fields, input_frame, starting_values
from core.store.connection import Store
from core.store.models import describe_model, load_model
from core.store.registry.registered_models import find_model
from tests.fixtures.stores import FLOWERS

AGE = InputField("age", "integer", "long", 40, 18.0, 80.0, median=40.0)
PRICE = InputField("price", "number", "double", 5.0, 0.0, 10.0, median=5.0)
PLAN = InputField("plan", "category", "string", "basic", choices=("basic", "plus", "gold"))
PAPER = InputField("paper", "boolean", "boolean", True)
NOW: dict[str, Answer] = {"age": 41, "price": 5.25, "plan": "plus", "paper": True}


class Formula:
    """A model that answers with a formula and counts how often it is asked."""

    def __init__(self, formula: Any) -> None:
        self.formula, self.times = formula, 0

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        self.times += 1
        return np.asarray(self.formula(rows))


def asked(formula: Any, *fields: InputField) -> Predictor:
    return Predictor(Formula(formula), fields)


def total(rows: pd.DataFrame) -> Any:
    return rows["age"] * 1.0 + rows["price"] * 100 + (rows["plan"] == "gold") * 5000 + rows["paper"] * 0.5


def of(curves: pd.DataFrame, name: str) -> pd.DataFrame:
    return curves[curves["input"] == name]


def test_only_one_input_moves_at_a_time() -> None:
    predictor = asked(total, AGE, PRICE, PLAN, PAPER)
    curves = response_curves({"v1": predictor}, NOW)
    assert list(curves.columns) == ["input", "value", "place", "model", "answer"]
    for name, value, answer in curves[["input", "value", "answer"]].itertuples(index=False):
        (alone,) = predictor.ask(input_frame(predictor.fields, {**NOW, name: value})).values
        assert answer == alone


def test_a_curve_is_of_this_row_and_no_average() -> None:
    rows = pd.DataFrame({"age": [20.0, 20, 60, 60], "price": [1.0, 9, 1, 9]})
    answers = [1.0, 9, 9, 1]  # where age turns the effect of the price over, the average is flat
    model = RandomForestRegressor(20, bootstrap=False, max_features=2, random_state=0).fit(rows, answers)
    predictor = Predictor(model, (InputField("age", "number", "double", 20.0, 20.0, 60.0), PRICE))
    young = of(response_curves({"v1": predictor}, {"age": 20.0, "price": 5.0}), "price")["answer"]
    old = of(response_curves({"v1": predictor}, {"age": 60.0, "price": 5.0}), "price")["answer"]
    assert young.is_monotonic_increasing
    assert old.is_monotonic_decreasing
    assert movement(response_curves({"v1": predictor}, {"age": 20.0, "price": 5.0}))["price"] == pytest.approx(8)


def test_numbers_go_over_the_range_of_training_and_through_what_they_are() -> None:
    price = of(response_curves({"v1": asked(total, AGE, PRICE, PLAN, PAPER)}, NOW, steps=5), "price")
    assert list(price["value"]) == [0.0, 2.5, 5.0, 5.25, 7.5, 10.0]
    assert list(price["place"]) == [0, 1, 2, 3, 4, 5]


def test_whole_numbers_stay_whole() -> None:
    age = of(response_curves({"v1": asked(total, AGE, PRICE, PLAN, PAPER)}, NOW, steps=4), "age")
    assert list(age["value"]) == [18, 39, 41, 59, 80]
    assert {type(value) for value in age["value"]} == {int}


def test_a_number_outside_of_training_is_on_its_curve() -> None:
    price = of(response_curves({"v1": asked(total, AGE, PRICE, PLAN, PAPER)}, NOW | {"price": 30.0}), "price")
    assert price["value"].iloc[-1] == 30.0


def test_categories_are_their_choices_and_yes_or_no_is_both() -> None:
    curves = response_curves({"v1": asked(total, AGE, PRICE, PLAN, PAPER)}, NOW)
    assert list(of(curves, "plan")["value"]) == ["basic", "plus", "gold"]
    assert list(of(curves, "paper")["value"]) == [False, True]


def test_of_many_choices_the_most_frequent_are_there_and_the_one_it_is() -> None:
    many = InputField("plan", "category", "string", "0", choices=tuple(str(place) for place in range(30)))
    predictor = asked(lambda rows: rows["plan"].astype(float), many)
    assert list(response_curves({"v1": predictor}, {"plan": "25"})["value"]) == [*map(str, range(12)), "25"]
    assert list(response_curves({"v1": predictor}, {"plan": "3"})["value"]) == [*map(str, range(12))]


def test_each_model_is_asked_once() -> None:
    predictors = {name: asked(total, AGE, PRICE, PLAN, PAPER) for name in ("v1", "v2")}
    response_curves(predictors, NOW)
    assert [predictor.model.times for predictor in predictors.values()] == [1, 1]


def test_models_may_want_to_know_different_things() -> None:
    one = asked(lambda rows: rows["price"] * 1.0, PRICE)
    other = asked(lambda rows: rows["price"] * rows["age"], AGE, PRICE)
    curves = response_curves({"v1": one, "v2": other}, NOW)
    assert set(of(curves, "age")["model"]) == {"v2"}
    assert set(of(curves, "price")["model"]) == {"v1", "v2"}


def test_models_trained_on_other_ranges_share_the_order_of_values() -> None:
    wide = InputField("price", "number", "double", 5.0, -10.0, 20.0)
    plans = InputField("plan", "category", "string", "basic", choices=("silver", "gold"))
    one = asked(lambda rows: rows["price"] * 1.0, PRICE, PLAN)
    other = asked(lambda rows: rows["price"] * 1.0, wide, plans)
    curves = response_curves({"v1": one, "v2": other}, NOW | {"price": 5.0}, steps=3)
    price = of(curves, "price").set_index(["model", "value"])["place"]
    assert price.to_dict() == {
        ("v1", 0.0): 1, ("v1", 5.0): 2, ("v1", 10.0): 3, ("v2", -10.0): 0, ("v2", 5.0): 2, ("v2", 20.0): 4,
    }  # fmt: skip
    plan = of(curves, "plan").drop_duplicates("place").sort_values("place")
    assert list(plan["value"]) == ["basic", "plus", "gold", "silver"]


def test_names_are_the_same_in_either_unicode_form() -> None:
    one = asked(lambda rows: rows.iloc[:, 0] * 1.0, InputField("a\u00f1o", "number", "double", 1.0, 0.0, 2.0))
    other = asked(lambda rows: rows.iloc[:, 0] * 1.0, InputField("an\u0303o", "number", "double", 1.0, 0.0, 2.0))
    curves = response_curves({"v1": one, "v2": other}, {"an\u0303o": 1.0})
    assert set(curves["input"]) == {"a\u00f1o"}


def test_what_is_empty_now_may_be_filled() -> None:
    optional = InputField("age", "integer", "long", None, 18.0, 80.0, median=40.0, optional=True)
    is_whole = asked(
        lambda rows: np.full(len(rows), float("age" in rows and rows["age"].dtype == "int64")), optional, PRICE
    )
    curves = response_curves({"v1": is_whole}, {"age": None, "price": 5.0})
    assert set(of(curves, "age")["answer"]) == {1.0}
    assert set(of(curves, "price")["answer"]) == {0.0}


def test_inputs_without_a_known_range_have_no_curve() -> None:
    predictor = asked(lambda rows: rows["speed"], InputField("speed", "number", "double", 1.0))
    curves = response_curves({"v1": predictor}, {"speed": 1.0})
    assert curves.empty
    assert movement(curves).empty


def test_the_probability_of_a_class_is_followed() -> None:
    rows = pd.DataFrame({"price": [1.0, 2, 8, 9]})
    model = LogisticRegression().fit(rows, ["stays", "stays", "leaves", "leaves"])
    curves = response_curves({"v1": Predictor(model, (PRICE,))}, {"price": 5.0}, "leaves")
    expected = model.predict_proba(pd.DataFrame({"price": curves["value"].astype(float)}))[:, 0]
    assert curves["answer"].to_numpy() == pytest.approx(expected)


def test_the_input_that_moves_the_answer_most_comes_first() -> None:
    one = asked(total, AGE, PRICE, PLAN, PAPER)
    other = asked(lambda rows: rows["age"] * 100.0, AGE)
    assert movement(response_curves({"v1": one}, NOW)).to_dict() == pytest.approx(
        {"plan": 5000, "price": 1000, "age": 62, "paper": 0.5}
    )
    reach = movement(response_curves({"v1": one, "v2": other}, NOW))
    assert list(reach.index) == ["age", "plan", "price", "paper"]
    assert reach["age"] == pytest.approx(6200)


def test_a_surface_has_every_pair_and_one_call() -> None:
    predictor = asked(total, AGE, PRICE, PLAN, PAPER)
    surface = response_surface(predictor, NOW, "plan", "price", steps=3)
    assert predictor.model.times == 1
    assert list(surface.columns) == ["x", "y", "answer"]
    assert set(zip(surface["x"], surface["y"], strict=True)) == {
        (plan, price) for plan in ("basic", "plus", "gold") for price in (0.0, 5.0, 10.0)
    }
    for x, y, answer in surface.itertuples(index=False):
        (alone,) = predictor.ask(input_frame(predictor.fields, {**NOW, "plan": x, "price": y})).values
        assert answer == alone


@pytest.mark.parametrize(("x", "y"), [("price", "price"), ("price", "nothing"), ("note", "price")])
def test_a_surface_needs_two_inputs_that_move(x: str, y: str) -> None:
    predictor = asked(total, PRICE, InputField("note", "text", "string", ""))
    with pytest.raises(ModelError, match="different inputs that can be moved"):
        response_surface(predictor, NOW, x, y)


def test_a_model_that_refuses_is_said() -> None:
    model = LinearRegression().fit(pd.DataFrame({"other": [1.0, 2.0]}), [1.0, 2.0])
    with pytest.raises(ModelError, match="could not answer"):
        response_curves({"v1": Predictor(model, (PRICE,))}, {"price": 5.0})


@pytest.mark.long
def test_the_projects_own_models_have_curves(populated: Store) -> None:
    predictors = {}
    for number in (2, 3):
        version = find_model(populated, FLOWERS).version(number)
        files = describe_model(populated, version.uri, version.run_id)
        predictors[str(number)] = Predictor(
            load_model(files), input_fields(files), ("setosa", "versicolor", "virginica")
        )
    curves = response_curves(predictors, starting_values(predictors["2"].fields), "virginica")
    assert set(curves["model"]) == {"2", "3"}
    assert curves["answer"].between(0, 1).all()
    assert movement(curves).index[0].startswith("petal")
