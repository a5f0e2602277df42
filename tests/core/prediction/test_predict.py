from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import ModelError
from core.prediction.answers import NoAnswerError, Prediction
from core.prediction.explain import explain
from core.prediction.predict import Predictor
from core.prediction.schema import input_fields, input_frame, starting_values
from core.store.connection import Store
from core.store.models import describe_model, load_model
from core.store.registry.registered_models import find_model
from tests.fixtures.stores import FLOWERS, SUGAR
from tests.fixtures.strangers import ROWS, a_line, save_pyfunc

ROW = ROWS.head(1)


class Answers:
    """A model that answers with what it was given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def predict(self, row: pd.DataFrame) -> Any:
        return self.answer


def refuse(rows: pd.DataFrame) -> None:
    raise RuntimeError("I do not like\nthis row")


def predict(model: Any, row: pd.DataFrame, class_names: tuple[str, ...] = ()) -> Prediction:
    return Predictor(model, class_names=class_names).ask(row).first()


def ask(store: Store, model: str, number: int, class_names: tuple[str, ...] = ()) -> Prediction:
    version = find_model(store, model).version(number)
    files = describe_model(store, version.uri, version.run_id)
    fields = input_fields(files)
    return predict(load_model(files), input_frame(fields, starting_values(fields)), class_names)


def test_numbered_classes_are_answered_by_name_with_chances_highest_first(populated: Store) -> None:
    prediction = ask(populated, FLOWERS, 2, ("setosa", "versicolor", "virginica"))
    assert prediction.answer == "versicolor"
    assert prediction.probabilities is not None
    assert set(prediction.probabilities) == {"setosa", "versicolor", "virginica"}
    assert sum(prediction.probabilities.values()) == pytest.approx(1)
    assert list(prediction.probabilities.values()) == sorted(prediction.probabilities.values(), reverse=True)
    assert prediction.confidence == prediction.probabilities["versicolor"]


def test_classes_that_are_words_need_no_names() -> None:
    prediction = predict(a_line(), ROW)
    assert prediction.answer == "small"
    assert prediction.probabilities is not None
    assert set(prediction.probabilities) == {"small", "large"}


def test_a_number_is_answered_as_a_number_without_chances(populated: Store) -> None:
    prediction = ask(populated, SUGAR, 1)
    assert isinstance(prediction.answer, float)
    assert 25 < prediction.answer < 350
    assert prediction.probabilities is None
    assert prediction.confidence is None


@pytest.mark.long
@pytest.mark.parametrize(
    "shape",
    [
        lambda values: pd.DataFrame({"answer": values}),
        lambda values: pd.Series(values),
        lambda values: list(values),
        lambda values: np.asarray(values),
        lambda values: np.asarray(values).reshape(-1, 1),
    ],
    ids=["table", "series", "list", "array", "column"],
)
def test_python_functions_may_answer_in_any_shape(store: Store, tmp_path: Path, shape: Callable[..., Any]) -> None:
    folder = save_pyfunc(tmp_path / "model", lambda rows: shape(rows["length"] * 2))
    model = load_model(describe_model(store, folder.as_uri()), allow_code=True)
    assert predict(model, ROW) == Prediction(2.0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(np.int64(3), 3.0), (np.float32(0.5), 0.5), ("yes", "yes"), (True, "True"), (np.bool_(False), "False"), (2, 2.0)],
)
def test_any_kind_of_value_is_an_answer(value: Any, shown: float | str) -> None:
    assert predict(Answers([value]), ROW).answer == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(1, "b"), (1.0, "b"), (np.int64(0), "a"), (2, "2"), (-1, "-1"), ("word", "word")]
)
def test_class_names_are_used_where_the_number_has_one(value: Any, shown: str) -> None:
    assert predict(Answers([value]), ROW, ("a", "b")).answer == shown


def test_an_answer_that_is_no_class_number_is_shown_as_it_is() -> None:
    assert predict(Answers([float("inf")]), ROW, ("a", "b")).answer == "inf"


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NaT, pd.NA])
@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_no_answer_is_said_and_is_no_class(nothing: Any, names: tuple[str, ...]) -> None:
    with pytest.raises(NoAnswerError, match="gave no answer to this row"):
        predict(Answers([nothing]), ROW, names)
    both = pd.concat([ROW, ROW], ignore_index=True)
    said = Predictor(Answers(["18", nothing])).ask(both)
    assert list(said.values) == ["18", None]
    numbers = Predictor(Answers([18, nothing])).ask(both)
    np.testing.assert_array_equal(numbers.values, [18.0, np.nan])


def test_a_value_with_its_spread_is_refused_for_any_number_of_rows() -> None:
    for count in (1, 2, 3):
        rows = pd.concat([ROW] * count, ignore_index=True)
        with pytest.raises(ModelError, match="it gave 2 things together, such as a value and its spread"):
            Predictor(Answers((np.zeros(count), np.ones(count)))).ask(rows)


@pytest.mark.parametrize("said", [[1 + 2j, 2j], np.array([1j, 2j]), pd.DataFrame({"root": [1j, 2j]})])
def test_complex_numbers_are_refused_as_a_part_of_them_would_say_something_else(said: Any) -> None:
    with pytest.raises(ModelError, match="it answered with complex numbers"):
        Predictor(Answers(said)).ask(pd.concat([ROW, ROW], ignore_index=True))


def test_exact_numbers_of_python_are_numbers() -> None:
    said = Predictor(Answers([Decimal("0.1"), Fraction(1, 4)])).ask(pd.concat([ROW, ROW], ignore_index=True))
    assert said.values.tolist() == [0.1, 0.25]


def test_a_table_that_the_model_sorted_is_read_by_its_index() -> None:
    rows = pd.DataFrame({"x": [3.0, 1.0, 2.0]}, index=[7, 8, 9])

    class Sorting:
        feature_names_in_ = ("x",)

        def predict(self, given: pd.DataFrame) -> pd.Series:
            return given["x"].sort_values()

    assert Predictor(Sorting()).ask(rows).values.tolist() == [3.0, 1.0, 2.0]


def test_one_class_has_nothing_to_explain() -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    forest = Predictor(RandomForestClassifier(3).fit(rows, ["yes"] * 3))
    assert forest.ask(rows).first().probabilities == {"yes": 1.0}
    with pytest.raises(ModelError, match=r"knows one class only, 'yes', .* nothing to explain"):
        explain(forest, rows.head(1), rows)


def test_each_label_has_a_chance_of_its_own() -> None:
    rows = pd.DataFrame({"age": [30.0, 70.0] * 20, "income": [1000.0, 1000.0, 5000.0, 5000.0] * 10})
    labels = np.column_stack([rows["age"] > 45, rows["income"] > 3000]).astype(int)
    model = OneVsRestClassifier(LogisticRegression(max_iter=1000)).fit(rows, labels)
    said = Predictor(model).ask(rows.iloc[[1]]).first()
    assert said.outputs == {"1": "1", "2": "0"}
    assert said.chances["1"]["1"] == pytest.approx(model.predict_proba(rows.iloc[[1]])[0, 0])
    assert said.chances["2"]["1"] == pytest.approx(model.predict_proba(rows.iloc[[1]])[0, 1])
    assert said.probabilities == said.chances["1"]
    np.testing.assert_allclose(Predictor(model, output="2").score(rows, "1"), model.predict_proba(rows)[:, 1])
    np.testing.assert_allclose(Predictor(model).score(rows, "1"), model.predict_proba(rows)[:, 0])


def test_a_model_that_raises_is_said_with_its_reason() -> None:
    with pytest.raises(ModelError, match=r"(?s)could not answer: ValueError: .*Change the inputs"):
        predict(a_line(), pd.DataFrame({"other": [1.0]}))


@pytest.mark.long
def test_a_function_that_raises_is_said_with_its_reason(store: Store, tmp_path: Path) -> None:
    folder = save_pyfunc(tmp_path / "model", refuse)
    model = load_model(describe_model(store, folder.as_uri()), allow_code=True)
    with pytest.raises(ModelError, match="could not answer: RuntimeError: I do not like"):
        predict(model, ROW)


@pytest.mark.parametrize("nothing", [[], pd.DataFrame(), np.array([])])
def test_an_empty_answer_is_said(nothing: Any) -> None:
    with pytest.raises(ModelError, match="gave an empty answer"):
        predict(Answers(nothing), ROW)


def test_a_long_reason_is_cut() -> None:
    class Talker:
        def predict(self, row: pd.DataFrame) -> None:
            raise ValueError("x" * 10_000)

    with pytest.raises(ModelError) as refusal:
        predict(Talker(), ROW)
    assert len(refusal.value.message) < 400


@pytest.mark.part(2)
@pytest.mark.parametrize("estimator", [RandomForestClassifier(3), LogisticRegression(), GaussianNB()])
@pytest.mark.parametrize("classes", [[0, 1, 2], ["a", "b", "c"]])
@pytest.mark.parametrize("piped", [True, False])
def test_asking_once_for_answer_and_chances_says_what_asking_twice_says(
    estimator: Any, classes: list[Any], piped: bool
) -> None:
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["x", "y"])
    model = (make_pipeline(StandardScaler(), clone(estimator)) if piped else clone(estimator)).fit(rows, classes * 20)
    said = Predictor(model).ask(rows)
    assert list(said.values) == [str(one) for one in model.predict(rows)]
    assert said.probabilities is not None
    np.testing.assert_array_equal(said.probabilities, model.predict_proba(rows))
    assert list(said.probabilities) == list(map(str, classes))
