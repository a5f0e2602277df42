from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from core.prediction.fast.way import CannotSayError, FastWay, fast_way, same_bits
from tests.fixtures.draws import draws
from tests.fixtures.pairs import PAIRS, fitted

CHANCE = np.random.default_rng(0)
NUMBERS = pd.DataFrame({name: CHANCE.normal(50, 20, 150) for name in ("a", "b", "c")})
MIXED = NUMBERS.assign(
    n=CHANCE.integers(0, 9, 150), word=CHANCE.choice(["no", "yes", "maybe"], 150), color=CHANCE.choice(["r", "g"], 150)
)
ODD_NUMBERS = [np.inf, -np.inf, 1e300, -1e300, 3e38, 1e-320, -0.0, 0]
THREE = np.select([NUMBERS["a"] < 40, NUMBERS["a"] < 60], ["low", "middle"], "high")
TWO = NUMBERS["a"] > NUMBERS["b"]
AMOUNT = (NUMBERS["a"] * 3 + NUMBERS["b"]).to_numpy()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("no files")


def library(model: Any, rows: Any) -> tuple[np.ndarray, np.ndarray | None]:
    return model.predict(rows), model.predict_proba(rows) if hasattr(model, "predict_proba") else None


def assert_same(way: FastWay, model: Any, rows: pd.DataFrame) -> None:
    answers, chances = library(model, rows)
    assert same_bits(way.predict(rows), answers)
    assert same_bits(way.chances(rows), chances)


def found(model: Any, rows: pd.DataFrame) -> FastWay:
    way = fast_way(model, rows)
    assert way is not None
    return way


@pytest.mark.part(11)
@pytest.mark.parametrize(("task", "algorithm"), PAIRS)
def test_each_algorithm_of_each_task_is_answered_fast_to_the_last_bit(task: str, algorithm: str, folder: Path) -> None:
    model, rows = fitted(task, algorithm, folder)
    way = found(model, rows)
    for some in (rows.iloc[[11]], rows.iloc[20:26], rows.tail(64)):
        assert_same(way, model, some)
    values = [tuple(row) for row in rows.head(3).itertuples(index=False)]
    assert same_bits(way.predict_values(values), model.predict(rows.head(3)))
    assert same_bits(way.chances_values(values), library(model, rows.head(3))[1])


@pytest.mark.long
@pytest.mark.parametrize(("task", "algorithm"), PAIRS)
def test_whole_models_are_answered_fast_to_the_last_bit(task: str, algorithm: str, folder: Path) -> None:
    model, rows = fitted(task, algorithm, folder, 10_000)
    way = found(model, rows)
    for at in range(0, len(rows), 64):
        assert_same(way, model, rows.iloc[at : at + 64])
    for at in range(min(60, len(rows))):
        assert_same(way, model, rows.iloc[[at]])


def spoilt(rows: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """Return some rows with odd things in them, in tables of odd types."""
    some = rows.sample(
        int(chance.choice([1, 1, 1, 2, 7, 40])), random_state=int(chance.integers(1 << 30)), replace=True
    )
    table = some.reset_index(drop=True)
    for name in chance.choice(list(rows), int(chance.integers(1, 4)), replace=False):
        column, at = table[name], chance.random(len(table)) < 0.6
        if pd.api.types.is_numeric_dtype(column):
            ways: list[Callable[[], Any]] = [
                lambda c=column, a=at: c.mask(a),
                lambda c=column: c.fillna(0).round().astype("int64"),
                lambda c=column: c.round().astype("Int64"),
                lambda c=column: c > c.median(),
                lambda c=column: c.astype("float32"),
                lambda c=column: c.astype(object),
                lambda c=column: c.astype(str),
                lambda c=column, a=at: c.astype(float).mask(a, chance.choice(ODD_NUMBERS)),
                lambda c=column, a=at: c.fillna(0).round().astype("int64").mask(a, 2**53 + 1),
            ]  # fmt: skip
        else:
            ways = [
                lambda c=column, a=at: c.mask(a),
                lambda c=column, a=at: c.mask(a, chance.choice(["new", "", " ", "ÑÜ", "nan", "None", "1"])),
                lambda c=column, a=at: c.astype(object).mask(a, None),
                lambda c=column, a=at: c.astype(object).where(~a, None),
                lambda c=column, a=at: c.astype(object).mask(a, 7),
                lambda c=column, a=at: c.astype(object).mask(a, np.nan),
                lambda c=column: c.astype("category"),
                lambda c=column: c.astype(object),
                lambda c=column: c.astype("string"),
            ]
        table[name] = ways[int(chance.integers(len(ways)))]()
    if chance.random() < 0.1:
        table = table.iloc[:, ::-1]
    return table.mask(table == table) if chance.random() < 0.02 else table


@pytest.mark.part(10)
@pytest.mark.parametrize(("task", "algorithm"), PAIRS)
def test_of_odd_rows_it_says_the_same_or_that_it_cannot(task: str, algorithm: str, folder: Path) -> None:
    model, rows = fitted(task, algorithm, folder)
    way, chance = found(model, rows), np.random.default_rng(len(task) + len(algorithm))
    for _ in range(draws(400, 80)):
        table = spoilt(rows, chance)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                said = way.say(table)
            except CannotSayError:
                continue
            answers, chances = library(model, table)  # it must not refuse what was answered
        assert same_bits(said[0], answers), table
        assert same_bits(said[1], chances), table


def columns(numbers: Any, words: Any, **more: Any) -> ColumnTransformer:
    return ColumnTransformer([("n", numbers, ["a", "b", "c", "n"]), ("w", words, ["word", "color"])], **more)


def filled(encoder: Any) -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)


DENSE: dict[str, Any] = {"sparse_output": False}
# Pipelines as other people make them, the rows they learn from, and the answers
OTHERS: dict[str, tuple[Any, pd.DataFrame, Any]] = {
    "words without the first, straight": (
        make_pipeline(columns(StandardScaler(), OneHotEncoder(drop="first", **DENSE)), LogisticRegression()),
        MIXED, THREE,
    ),
    "rare words together": (
        make_pipeline(columns(SimpleImputer(), OneHotEncoder(min_frequency=60, handle_unknown="infrequent_if_exist",
                                                             **DENSE)), GaussianNB()), MIXED, TWO,
    ),
    "words by their place": (
        make_pipeline(columns(make_pipeline(SimpleImputer(strategy="mean"), MinMaxScaler()),
                              filled(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1))),
                      HistGradientBoostingClassifier(max_iter=5)), MIXED, THREE,
    ),
    "the rest is let through": (
        make_pipeline(ColumnTransformer([("w", OneHotEncoder(handle_unknown="ignore", **DENSE), ["word", "color"])],
                                        remainder="passthrough"), DecisionTreeClassifier(max_depth=4)), MIXED, TWO,
    ),
    "the rest is left out": (
        make_pipeline(ColumnTransformer([("n", RobustScaler(), ["b", "a"])]), LinearRegression()), MIXED, AMOUNT,
    ),
    "no columns, two scalers": (
        make_pipeline(SimpleImputer(), StandardScaler(), MinMaxScaler(), LogisticRegression()), NUMBERS, TWO,
    ),
    "no columns, distances": (make_pipeline(StandardScaler(), SVC()), NUMBERS, THREE),
    "nothing before": (RandomForestClassifier(20), NUMBERS, THREE),
    "nothing before, and gaps": (
        HistGradientBoostingRegressor(max_iter=20), NUMBERS.mask(NUMBERS > 75), AMOUNT,
    ),
    "nothing before, a line": (Ridge(), NUMBERS, AMOUNT),
    "nothing before, extra trees": (ExtraTreesRegressor(9, max_depth=7), NUMBERS, AMOUNT),
    "nothing before, boosted": (XGBClassifier(n_estimators=5), NUMBERS.mask(NUMBERS > 75), TWO.astype(int)),
}  # fmt: skip


@pytest.fixture(scope="module", params=OTHERS)
def other(request: pytest.FixtureRequest) -> tuple[Any, pd.DataFrame]:
    model, rows, answers = OTHERS[request.param]
    return model.fit(rows, answers), rows


@pytest.mark.part(14)
def test_pipelines_of_other_people_are_answered_fast_as_well(other: tuple[Any, pd.DataFrame]) -> None:
    model, rows = other
    way = found(model, rows)
    for at in range(4):
        assert_same(way, model, rows.iloc[[at]])
    if way.most > 1:
        assert_same(way, model, rows.iloc[10:17])
        assert_same(way, model, rows.head(64))
    else:
        with pytest.raises(CannotSayError, match="2 rows are not few"):
            way.predict(rows.head(2))


@pytest.mark.part(6)
def test_odd_rows_of_other_people_too(other: tuple[Any, pd.DataFrame]) -> None:
    model, rows = other
    way, chance = found(model, rows), np.random.default_rng(len(rows.columns))
    for _ in range(draws(300, 20)):
        table = spoilt(rows, chance)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                answers, chances = way.say(table)
            except CannotSayError:
                continue
            wanted = library(model, table)
        assert same_bits(answers, wanted[0]), table
        assert same_bits(chances, wanted[1]), table


@pytest.mark.parametrize(
    ("model", "rows", "answers"),
    [
        (make_pipeline(StandardScaler(), PCA(2), LogisticRegression()), NUMBERS, TWO),
        (make_pipeline(columns(StandardScaler(), OneHotEncoder(), sparse_threshold=1), LogisticRegression()),
         MIXED, TWO),
        (make_pipeline(columns(StandardScaler(), OneHotEncoder(**DENSE)).set_output(transform="pandas"),
                       RandomForestClassifier(3)), MIXED, TWO),
        (make_pipeline(SimpleImputer(add_indicator=True), RandomForestClassifier(3)), NUMBERS.mask(NUMBERS > 75), TWO),
        (make_pipeline(SimpleImputer(missing_values=0), RandomForestClassifier(3)), NUMBERS, TWO),
        (make_pipeline(StandardScaler(), RandomForestRegressor(3)), NUMBERS, np.column_stack([AMOUNT, AMOUNT])),
        (make_pipeline(StandardScaler(), LinearRegression()), NUMBERS, np.column_stack([AMOUNT, AMOUNT])),
        (GaussianNB(), NUMBERS, TWO),
    ],
)  # fmt: skip
def test_what_is_not_known_here_is_left_to_the_library(model: Any, rows: pd.DataFrame, answers: Any) -> None:
    assert fast_way(model.fit(rows, answers), rows) is None


def test_a_model_that_answers_otherwise_than_its_trees_is_left_to_the_library() -> None:
    model = RandomForestRegressor(5, random_state=0).fit(NUMBERS, AMOUNT)
    assert fast_way(model, NUMBERS) is not None
    model.predict = lambda rows: RandomForestRegressor.predict(model, rows) * (1 + 1e-16 * len(rows)) + 1e-13
    assert fast_way(model, NUMBERS) is None


def test_a_model_that_lacks_what_it_should_have_is_left_to_the_library() -> None:
    model = RandomForestRegressor(5).fit(NUMBERS, AMOUNT)
    del model.estimators_
    assert fast_way(model, NUMBERS) is None
    assert fast_way("no model", NUMBERS) is None
    assert fast_way(RandomForestRegressor(5).fit(NUMBERS, AMOUNT), NUMBERS.head(0)) is None


def test_only_a_table_of_its_inputs_with_few_rows_is_answered() -> None:
    way = found(RandomForestRegressor(5).fit(NUMBERS, AMOUNT), NUMBERS)
    with pytest.raises(CannotSayError, match="65 rows are not few"):
        way.predict(NUMBERS.head(65))
    with pytest.raises(CannotSayError, match="0 rows are not few"):
        way.predict_values([])
    with pytest.raises(CannotSayError, match="the columns are not the inputs"):
        way.predict(NUMBERS[["b", "a", "c"]].head(1))
    with pytest.raises(CannotSayError, match="the columns are not the inputs"):
        way.predict(NUMBERS[["a", "b"]].head(1))
    with pytest.raises(CannotSayError, match="a row has not 3 values"):
        way.predict_values([(1.0, 2.0)])
    with pytest.raises(CannotSayError, match="a column is of another type"):
        way.predict(NUMBERS.head(1).astype({"b": "float32"}))


def test_models_that_know_no_names_are_asked_by_place() -> None:
    rows = NUMBERS.to_numpy()
    for model in (LogisticRegression(), make_pipeline(StandardScaler(), SVC()), RandomForestClassifier(5)):
        way = found(model.fit(rows, THREE), NUMBERS.set_axis(["1", "2", "3"], axis=1))
        assert way.names is None
        assert same_bits(way.predict(NUMBERS.head(1)), model.predict(rows[:1]))
        with pytest.raises(CannotSayError, match="missing"):
            way.predict_values([[1, 2.0, None]])


def test_a_table_that_lies_otherwise_in_memory_is_left_to_the_library() -> None:
    model = make_pipeline(ColumnTransformer([("n", StandardScaler(), ["a", "b", "c"])]), LogisticRegression())
    way = found(model.fit(NUMBERS, THREE), NUMBERS)
    by_rows = pd.DataFrame(NUMBERS.T.to_numpy(), index=NUMBERS.columns, columns=NUMBERS.index).T
    assert by_rows.to_numpy().flags.c_contiguous
    assert_same(way, model, by_rows.head(1))
    with pytest.raises(CannotSayError, match="does not lie by columns"):
        way.predict(by_rows.head(20))
