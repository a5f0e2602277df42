"""Explanations of mixed rows that are put together of prepared ones are those of rows that a pipeline prepared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from core.errors import ModelError
from core.prediction.explain import Explainer, explainer
from core.prediction.predict import Predictor

RNG = np.random.default_rng(3)
ROWS = pd.DataFrame(
    {
        "income": RNG.normal(30, 8, 120),
        "debt": np.where(RNG.random(120) < 0.2, np.nan, RNG.exponential(5, 120)),
        "city": RNG.choice(["Lima", "Quito", "Cusco"], 120),
        "plan": RNG.choice(["month", "year"], 120),
        "same": np.ones(120),
    }
)
SIZE = (ROWS["income"] / 8 - ROWS["debt"].fillna(4) / 5 + (ROWS["city"] == "Lima") * 2).to_numpy()
CLASS = np.where(np.median(SIZE) < SIZE, "yes", "no")
WORDS = ["city", "plan"]


def columns(words: Any, *, sparse: float = 0.0) -> ColumnTransformer:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return ColumnTransformer(
        [("numbers", numbers, ["income", "debt", "same"]), ("words", words, WORDS)], sparse_threshold=sparse
    )


def one_hot() -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def ordinal() -> OrdinalEncoder:
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan)


def classifier(words: Any) -> Pipeline:
    return make_pipeline(columns(words), SimpleImputer(), LogisticRegression()).fit(ROWS, CLASS)


def assert_explains_alike(known: Explainer, rows: pd.DataFrame) -> None:
    """Explanations with and without prepared rows are the same to the last digit."""
    for place in range(len(rows)):
        fast = known.explain(rows.iloc[[place]])
        slow = replace(known, prepared=None).explain(rows.iloc[[place]])
        assert (fast.base, fast.answer) == (slow.base, slow.answer)
        assert fast.contributions.to_dict() == slow.contributions.to_dict()


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "of"),
    [
        (classifier(one_hot()), "yes"),
        (classifier(ordinal()), "no"),
        (make_pipeline(columns(one_hot()), KNeighborsClassifier()).fit(ROWS, CLASS), "yes"),
        (make_pipeline(columns(one_hot()), LinearRegression()).fit(ROWS, SIZE), ""),
    ],
    ids=["words in columns", "words as places", "neighbours", "a line"],
)
def test_a_pipeline_whose_columns_come_from_one_input_each_prepares_once(model: Pipeline, of: str) -> None:
    known = explainer(Predictor(model), ROWS, of)
    assert known.prepared is not None
    odd = ROWS.head(3).assign(income=[999.0, -5.0, np.nan], debt=[np.nan, 0.0, 1.0])
    rows = pd.concat([ROWS.iloc[::25], odd], ignore_index=True)
    for place in range(len(rows)):
        table = pd.concat([rows.iloc[[place]], known.reference], ignore_index=True)
        assert known.prepared.score(table, np.arange(4)) is not None
    assert_explains_alike(known, rows)


def test_a_word_that_no_reference_row_has_is_prepared_with_the_others() -> None:
    known = explainer(Predictor(classifier(one_hot())), ROWS[ROWS["city"] != "Lima"], "yes")
    assert known.prepared is not None
    row = ROWS[ROWS["city"] == "Lima"].head(1)
    assert known.explain(row).contributions["city"] > 0
    assert_explains_alike(known, row)


def filled(rows: pd.DataFrame) -> np.ndarray:
    """A debt that is far out is taken from the income; otherwise each column is its input."""
    debt = rows["debt"].fillna(4.0)
    return np.column_stack([rows["income"], np.where(debt > 100, rows["income"], debt)]).astype(float)


def test_inputs_that_meet_only_in_the_row_itself_are_prepared_together() -> None:
    model = make_pipeline(FunctionTransformer(filled), LinearRegression()).fit(ROWS, SIZE)
    known = explainer(Predictor(model), ROWS)
    assert known.prepared is not None
    usual, far = ROWS.head(1), ROWS.head(1).assign(debt=1000.0)
    for row, alone in ((usual, True), (far, False)):
        table = pd.concat([row, known.reference], ignore_index=True)
        assert (known.prepared.score(table, np.arange(4)) is not None) == alone
        assert_explains_alike(known, row)


TEXTS = ROWS.assign(text=[" ".join(pair) for pair in zip(ROWS["city"], ROWS["plan"], strict=True)])[["text"]]


@pytest.mark.parametrize(
    ("model", "rows", "of"),
    [
        (make_pipeline(columns(one_hot()), PCA(2), LogisticRegression()).fit(ROWS, CLASS), ROWS, "yes"),
        (make_pipeline(columns(OneHotEncoder(), sparse=1.0), LogisticRegression()).fit(ROWS, CLASS), ROWS, "yes"),
        (make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS["text"], CLASS), TEXTS, "yes"),
        (make_pipeline(columns(one_hot()).set_output(transform="pandas"), LogisticRegression()).fit(ROWS, CLASS),
         ROWS, "yes"),
        (LogisticRegression().fit(ROWS[["income"]], CLASS), ROWS[["income"]], "yes"),
    ],
    ids=["mixes inputs", "few among zeros", "texts", "a table with names", "no pipeline"],
)  # fmt: skip
def test_others_are_asked_about_mixed_rows(model: Any, rows: pd.DataFrame, of: str) -> None:
    known = explainer(Predictor(model), rows, of)
    assert known.prepared is None
    assert known.explain(rows.head(1)).contributions.abs().max() > 0


def test_of_several_labels_rows_are_not_prepared_apart() -> None:
    labels = np.column_stack([CLASS == "yes", ROWS["plan"] == "year"]).astype(int)
    model = make_pipeline(columns(one_hot()), MultiOutputClassifier(LogisticRegression())).fit(ROWS, labels)
    predictor = Predictor(model, output_names=["leaves", "yearly"], output="leaves")
    assert explainer(predictor, ROWS).prepared is None


def test_a_pipeline_that_refuses_a_row_says_so() -> None:
    encoder = OneHotEncoder(handle_unknown="error", sparse_output=False)
    model = make_pipeline(columns(encoder), LogisticRegression()).fit(ROWS, CLASS)
    known = explainer(Predictor(model), ROWS, "yes")
    assert known.prepared is not None
    with pytest.raises(ModelError, match="The model could not answer"):
        known.explain(ROWS.head(1).assign(city="Bogotá"))
