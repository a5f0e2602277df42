from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from xgboost import XGBClassifier, XGBRegressor

from core.errors import ModelError
from core.i18n import number, percent, speaking
from core.prediction.explain import (
    Explanation,
    explain,
    explain_difference,
    explainer,
    in_words,
)
from core.prediction.predict import Predictor
from tests.fixtures.kinds import lightgbm
from tests.fixtures.strangers import save_pyfunc


class Answering:
    """A model that answers what a function says."""

    def __init__(self, score: Callable[[pd.DataFrame], np.ndarray]) -> None:
        self.predict = score


def explain_score(
    score: Callable[[pd.DataFrame], np.ndarray], row: pd.DataFrame, reference: pd.DataFrame
) -> Explanation:
    return explain(Predictor(Answering(score)), row, reference)


def made_rows(count: int = 300) -> pd.DataFrame:
    """Rows with numbers (some missing), words, whole numbers, yes/no; ``noise`` matters to nothing."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "income": rng.normal(30, 8, count),
            "age": rng.integers(18, 80, count),
            "city": rng.choice(["Lima", "Quito", "Cusco"], count),
            "owner": rng.random(count) < 0.4,
            "debt": rng.exponential(5, count),
        }
    )
    rows.loc[::9, "debt"] = np.nan
    return rows


ROWS = made_rows()
ROW = ROWS.iloc[[4]]
SIZE = (ROWS["income"] / 8 - ROWS["debt"].fillna(4) / 5 + (ROWS["city"] == "Lima") * 2 + ROWS["owner"]).to_numpy()
TWO = np.where(np.median(SIZE) < SIZE, "yes", "no")
THREE = np.array(["low", "middle", "high"])[np.digitize(SIZE, np.quantile(SIZE, [0.3, 0.7]))]
NUMBERS = ["income", "age", "debt"]


def pipeline(estimator: Any) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer([("n", numbers, [*NUMBERS, "owner"]), ("w", words, ["city"])])
    return make_pipeline(columns, estimator)


def fitted(estimator: Any, target: np.ndarray) -> Predictor:
    return Predictor(pipeline(estimator).fit(ROWS, target))


def codes(target: np.ndarray) -> np.ndarray:
    return np.asarray(pd.factorize(target, sort=True)[0])


KINDS: dict[str, tuple[Callable[[], Any], np.ndarray, str, str]] = {
    "logistic": (LogisticRegression, TWO, "yes", "permutation"),
    "forest of two": (lambda: RandomForestClassifier(20, random_state=0), TWO, "yes", "trees"),
    "forest of three": (lambda: RandomForestClassifier(20, random_state=0), THREE, "middle", "trees"),
    "forest of numbers": (lambda: RandomForestRegressor(20, random_state=0), SIZE, "", "trees"),
    "extra trees": (lambda: ExtraTreesRegressor(20, random_state=0), SIZE, "", "trees"),
    "boosting": (lambda: GradientBoostingClassifier(n_estimators=20), TWO, "no", "permutation"),
    "boosted numbers": (lambda: GradientBoostingRegressor(n_estimators=20), SIZE * 10_000, "", "trees"),
    "histograms": (lambda: HistGradientBoostingClassifier(max_iter=5), TWO, "yes", "permutation"),
    "histograms of three": (lambda: HistGradientBoostingClassifier(max_iter=5), THREE, "low", "permutation"),
    "histograms of numbers": (lambda: HistGradientBoostingRegressor(max_iter=5), SIZE, "", "permutation"),
    "xgboost": (lambda: XGBClassifier(n_estimators=20, n_jobs=1), codes(TWO), "1", "permutation"),
    "xgboost of three": (lambda: XGBClassifier(n_estimators=5, n_jobs=1), codes(THREE), "2", "permutation"),
    "xgboost of numbers": (lambda: XGBRegressor(n_estimators=20, n_jobs=1), SIZE * 10_000, "", "trees"),
    "neighbours": (KNeighborsClassifier, THREE, "high", "permutation"),
    "classes without chances": (LinearSVC, TWO, "yes", "permutation"),
}


def assert_adds_up(explanation: Explanation, score: float, rows: pd.DataFrame) -> None:
    assert explanation.answer == pytest.approx(score, abs=1e-12)
    assert explanation.base + explanation.contributions.sum() == pytest.approx(score, rel=1e-5, abs=1e-5)
    assert sorted(explanation.contributions.index) == sorted(rows.columns)
    sizes = explanation.contributions.abs().to_numpy()
    assert (np.diff(sizes) <= 0).all()


@pytest.mark.part(15)
@pytest.mark.parametrize("kind", KINDS)
def test_contributions_and_the_typical_answer_add_up_to_the_answer(kind: str) -> None:
    estimator, target, of, method = KINDS[kind]
    predictor = fitted(estimator(), target)
    known = explainer(predictor, ROWS, of)
    for place in (4, 9, 100, 101, 200):
        row = ROWS.iloc[[place]]
        explanation = known.explain(row)
        assert_adds_up(explanation, float(predictor.score(row, of)[0]), ROWS)
        assert explanation.method == method
        assert explanation.contributions.abs().max() > 0


@pytest.mark.skipif(lightgbm is None, reason="LightGBM's library wants the machine's OpenMP")
@pytest.mark.parametrize(
    ("estimator", "target", "of"),
    [("LGBMClassifier", TWO, "yes"), ("LGBMClassifier", THREE, "low"), ("LGBMRegressor", SIZE, "")],
)
def test_lightgbm_adds_up(estimator: str, target: np.ndarray, of: str) -> None:
    rows = ROWS[NUMBERS].astype(float)
    predictor = Predictor(getattr(lightgbm, estimator)(n_estimators=10, n_jobs=1, verbose=-1).fit(rows, target))
    explanation = explain(predictor, rows.iloc[[4]], rows, of)
    assert_adds_up(explanation, float(predictor.score(rows.iloc[[4]], of)[0]), rows)
    assert explanation.method == ("permutation" if of else "trees")


def test_a_python_function_adds_up(tmp_path: Path) -> None:
    rows = ROWS.drop(columns="debt").astype({"city": object, "age": float})  # MLflow finds types for these

    def income(given: pd.DataFrame) -> pd.Series:
        return given["income"] * given["age"] + given["city"].str.len() * given["owner"]

    folder = save_pyfunc(tmp_path / "model", income, signature=infer_signature(rows))
    predictor = Predictor(mlflow.pyfunc.load_model(str(folder)))
    explanation = explain(predictor, rows.iloc[[4]], rows)
    assert_adds_up(explanation, float(predictor.score(rows.iloc[[4]])[0]), rows)
    assert explanation.method == "permutation"
    assert set(explanation.contributions.index[:2]) == {"income", "age"}


@pytest.mark.parametrize("estimator", [RandomForestRegressor(10, random_state=0), LinearRegression()])
def test_a_model_of_unnamed_columns_adds_up(estimator: Any) -> None:
    table = ROWS[NUMBERS].fillna(4).astype(float).set_axis(["1", "2", "3"], axis=1)
    predictor = Predictor(estimator.fit(table.to_numpy(), SIZE), named=False)
    explanation = explain(predictor, table.iloc[[4]], table)
    assert_adds_up(explanation, float(predictor.score(table.iloc[[4]])[0]), table)


def test_dates_yes_no_and_gaps_stay_what_they_are() -> None:
    rows = ROWS.assign(since=pd.date_range("2020-01-01", periods=len(ROWS), freq="D").astype("datetime64[ns]"))
    rows = rows.astype({"income": "float32", "age": "int32"})
    seen = []

    def score(given: pd.DataFrame) -> np.ndarray:
        seen.append(given.dtypes)
        return (
            given["since"].dt.year.to_numpy(dtype=float)
            + given["owner"].to_numpy(dtype=float)
            + given["debt"].isna().to_numpy(dtype=float)
        )

    explanation = explain_score(score, rows.iloc[[0]], rows)
    assert_adds_up(explanation, float(score(rows.iloc[[0]])[0]), rows)
    assert all(dtypes.equals(rows.dtypes) for dtypes in seen)
    moved = explanation.contributions
    drawn = rows.sample(100, random_state=0)
    assert moved["debt"] == pytest.approx(1 - drawn["debt"].isna().mean())
    assert moved["owner"] == pytest.approx(float(rows["owner"].iloc[0]) - drawn["owner"].mean())


def test_one_text_is_one_input() -> None:
    texts = pd.DataFrame({"text": ["good fine day", "bad rain", "fine fine", "bad bad day"] * 5})
    model = make_pipeline(TfidfVectorizer(), RandomForestClassifier(5, random_state=0))
    predictor = Predictor(model.fit(texts["text"], ["good", "bad", "good", "bad"] * 5))
    explanation = explain(predictor, texts.iloc[[0]], texts)
    assert_adds_up(explanation, float(predictor.score(texts.iloc[[0]], "good")[0]), texts)


def test_the_columns_of_one_input_are_added_up() -> None:
    predictor = fitted(RandomForestClassifier(20, random_state=0), TWO)
    explanation = explain(predictor, ROW, ROWS, "yes")
    assert explanation.method == "trees"
    assert set(explanation.contributions.index) == set(ROWS.columns)
    assert abs(explanation.contributions["city"]) > 0.01


def test_columns_that_mix_inputs_are_explained_by_draws() -> None:
    rows = ROWS[NUMBERS].fillna(4).astype(float)
    model = make_pipeline(PCA(2), RandomForestRegressor(10, random_state=0)).fit(rows, SIZE)
    explanation = explain(Predictor(model), rows.iloc[[4]], rows)
    assert explanation.method == "permutation"
    assert_adds_up(explanation, float(model.predict(rows.iloc[[4]])[0]), rows)


def test_a_word_that_the_reference_lacks_still_adds_up() -> None:
    predictor = fitted(RandomForestRegressor(20, random_state=0), SIZE)
    reference = ROWS[ROWS["city"] != "Lima"]
    row = ROWS[ROWS["city"] == "Lima"].iloc[[0]]
    explanation = explain(predictor, row, reference)
    assert_adds_up(explanation, float(predictor.score(row)[0]), ROWS)
    assert explanation.contributions["city"] > 0


def test_of_a_line_each_input_adds_its_slope_times_its_distance_from_the_mean() -> None:
    rows = ROWS[NUMBERS].fillna(4).head(80)
    model = LinearRegression().fit(rows, SIZE[:80])
    row = rows.iloc[[4]]
    expected = pd.Series(model.coef_ * (row.iloc[0] - rows.mean()), index=NUMBERS)
    explanation = explain(Predictor(model), row, rows)
    pd.testing.assert_series_equal(explanation.contributions[NUMBERS], expected, check_names=False)
    assert explanation.base == pytest.approx(model.predict(rows).mean())


@pytest.mark.parametrize("estimator", [RandomForestRegressor(20, random_state=0), KNeighborsClassifier()])
def test_an_input_that_a_model_ignores_adds_nothing(estimator: Any) -> None:
    rows = ROWS[["income"]].assign(ignored=1.0)
    model = estimator.fit(rows, TWO == "yes" if isinstance(estimator, KNeighborsClassifier) else SIZE)
    varied = rows.assign(ignored=np.arange(len(rows)) / 1e9)
    contributions = explain(Predictor(model), varied.iloc[[4]], varied, "True").contributions
    assert contributions["ignored"] == pytest.approx(0, abs=1e-9)
    assert contributions["income"] != 0


def exact_shapley(score: Callable[[pd.DataFrame], np.ndarray], row: pd.DataFrame, reference: pd.DataFrame) -> pd.Series:
    """Shapley's own formula: every coalition of inputs."""
    names = list(row.columns)

    def worth(taken: tuple[str, ...]) -> float:
        return float(score(reference.assign(**{name: row[name].iloc[0] for name in taken})).mean())

    values = dict.fromkeys(names, 0.0)
    for name in names:
        others = [other for other in names if other != name]
        for size in range(len(names)):
            weight = 1 / (len(names) * math.comb(len(others), size))
            for taken in itertools.combinations(others, size):
                values[name] += weight * (worth((*taken, name)) - worth(taken))
    return pd.Series(values)


def product(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(rows["income"] * rows["age"] / 100 + rows["owner"] * rows["debt"].fillna(9))


def test_draws_come_close_to_all_coalitions() -> None:
    reference = ROWS.head(60)
    found = explain_score(product, ROW, reference).contributions
    exact = exact_shapley(product, ROW, reference)
    assert (found - exact).abs().max() < 0.03 * exact.abs().max()
    assert found["city"] == pytest.approx(0, abs=1e-12)


def test_two_inputs_are_exact() -> None:
    rows = ROWS[["income", "age"]].head(60)

    def score(given: pd.DataFrame) -> np.ndarray:
        return np.asarray(given["income"] * given["age"])

    exact = exact_shapley(score, rows.iloc[[4]], rows)
    pd.testing.assert_series_equal(explain_score(score, rows.iloc[[4]], rows).contributions[exact.index], exact)


def test_trees_are_exact_where_each_input_is_a_column() -> None:
    rows = ROWS[NUMBERS].fillna(4).head(60)
    predictor = Predictor(RandomForestRegressor(20, random_state=0).fit(rows, SIZE[:60]))
    explanation = explain(predictor, rows.iloc[[4]], rows)
    exact = exact_shapley(predictor.score, rows.iloc[[4]], rows)
    assert explanation.method == "trees"
    pd.testing.assert_series_equal(explanation.contributions[NUMBERS], exact, atol=1e-5, check_names=False)


def test_the_chances_of_boosted_trees_come_close_to_all_coalitions() -> None:
    rows = ROWS[NUMBERS].fillna(4).head(100)
    predictor = Predictor(XGBClassifier(n_estimators=30, n_jobs=1).fit(rows, codes(TWO)[:100]))
    explanation = explain(predictor, rows.iloc[[4]], rows, "1")
    exact = exact_shapley(lambda given: predictor.score(given, "1"), rows.iloc[[4]], rows)
    assert (explanation.contributions - exact).abs().max() < 0.02 * exact.abs().max()


def test_trees_and_draws_agree_on_a_forest_with_words() -> None:
    predictor = fitted(RandomForestClassifier(30, random_state=0), THREE)
    trees = explain(predictor, ROW, ROWS, "high")
    draws = explain_score(lambda rows: predictor.score(rows, "high"), ROW, ROWS)
    assert (trees.method, draws.method) == ("trees", "permutation")
    assert trees.base == pytest.approx(draws.base)
    assert (trees.contributions - draws.contributions).abs().max() < 0.03


@pytest.mark.long
def test_a_large_forest_is_explained_by_draws() -> None:
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(2000, 2)), columns=["a", "b"])
    forest = RandomForestRegressor(60, random_state=0).fit(rows, rows["a"] * rows["b"])
    assert explain(Predictor(forest), rows.head(1), rows).method == "permutation"


def test_the_same_question_has_the_same_answer_and_leaves_chance_alone() -> None:
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    first, second = explain_score(product, ROW, ROWS), explain_score(product, ROW, ROWS)
    assert np.random.rand() == expected
    pd.testing.assert_series_equal(first.contributions, second.contributions)


def test_many_columns_are_compared_with_fewer_rows_and_still_add_up() -> None:
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(120, 400)), columns=[f"c{n}" for n in range(400)])

    def score(rows: pd.DataFrame) -> np.ndarray:
        return np.asarray(rows.sum(axis=1) + rows["c0"] * rows["c1"])

    explanation = explain_score(score, wide.iloc[[4]], wide)
    assert_adds_up(explanation, float(score(wide.iloc[[4]])[0]), wide)


def test_a_row_like_every_other_is_typical() -> None:
    same = pd.concat([ROW] * 3)
    explanation = explain_score(product, ROW, same)
    assert explanation.base == explanation.answer == pytest.approx(product(ROW)[0])
    assert (explanation.contributions == 0).all()


def test_without_a_class_the_one_answered_is_explained() -> None:
    predictor = fitted(LogisticRegression(), THREE)
    said = predictor.ask(ROW).first()
    assert explain(predictor, ROW, ROWS).answer == pytest.approx(said.confidence)


def test_the_answer_that_is_followed_is_explained() -> None:
    rows = ROWS[NUMBERS].fillna(4)
    forest = RandomForestRegressor(5, random_state=0).fit(rows, np.column_stack([SIZE, -2 * SIZE]))
    predictor = Predictor(forest, output_names=("size", "less"), output="less")
    explanation = explain(predictor, rows.iloc[[4]], rows)
    assert explanation.method == "permutation"
    assert_adds_up(explanation, float(forest.predict(rows.iloc[[4]])[0, 1]), rows)


def test_several_answers_of_which_none_is_named_are_explained_by_the_first() -> None:
    rows = ROWS[NUMBERS].fillna(4)
    forest = RandomForestRegressor(5, random_state=0).fit(rows, np.column_stack([SIZE, -2 * SIZE]))
    explanation = explain(Predictor(forest), rows.iloc[[4]], rows)
    assert_adds_up(explanation, float(forest.predict(rows.iloc[[4]])[0, 0]), rows)


def test_a_cutoff_does_not_change_the_reasons() -> None:
    predictor = fitted(LogisticRegression(), TWO)
    strict = Predictor(predictor.model, cutoff=0.9)
    pd.testing.assert_series_equal(
        explain(predictor, ROW, ROWS, "yes").contributions, explain(strict, ROW, ROWS, "yes").contributions
    )


def test_numbered_classes_are_explained_by_their_names() -> None:
    forest = RandomForestClassifier(10, random_state=0).fit(ROWS[["income", "age"]], codes(THREE))
    predictor = Predictor(forest, class_names=("alto", "bajo", "medio"))
    explanation = explain(predictor, ROW[["income", "age"]], ROWS[["income", "age"]], "bajo")
    assert explanation.method == "trees"
    assert explanation.answer == pytest.approx(forest.predict_proba(ROW[["income", "age"]])[0, 1])


def test_where_shap_is_missing_draws_explain_trees_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    predictor = fitted(RandomForestClassifier(10, random_state=0), TWO)
    explanation = explain(predictor, ROW, ROWS, "yes")
    assert explanation.method == "permutation"
    assert_adds_up(explanation, float(predictor.score(ROW, "yes")[0]), ROWS)


def test_without_rows_to_compare_with_nothing_is_explained() -> None:
    with pytest.raises(ModelError, match=r"none were kept with this version\. Choose a version that was trained here"):
        explain_score(product, ROW, ROWS.head(0))


def test_a_model_that_refuses_says_so() -> None:
    predictor = fitted(LogisticRegression(), TWO)
    with pytest.raises(ModelError, match="The model could not answer"):
        explain(predictor, ROW.drop(columns="age"), ROWS.drop(columns="age"), "yes")


def test_a_difference_adds_up_over_the_inputs_of_both() -> None:
    few = ROWS[["income", "age"]]
    first = fitted(RandomForestClassifier(20, random_state=0), TWO)
    second = Predictor(LogisticRegression().fit(few, TWO))
    difference = explain_difference(
        explain(first, ROW, ROWS, "yes"), explain(second, ROW[["income", "age"]], few, "yes")
    )
    assert_adds_up(difference, float(first.score(ROW, "yes")[0] - second.score(ROW[["income", "age"]], "yes")[0]), ROWS)
    assert difference.method == "permutation"


@pytest.mark.long
def test_a_difference_is_explained_as_one_function_is() -> None:
    first, second = fitted(LogisticRegression(), TWO), fitted(KNeighborsClassifier(), TWO)

    def minus(rows: pd.DataFrame) -> np.ndarray:
        return first.score(rows, "yes") - second.score(rows, "yes")

    both = explain_difference(explain(first, ROW, ROWS, "yes"), explain(second, ROW, ROWS, "yes"))
    alone = explain_score(minus, ROW, ROWS)
    assert both.base == pytest.approx(alone.base)
    pd.testing.assert_series_equal(both.contributions, alone.contributions)


def test_an_input_that_only_one_model_wants_counts_for_it_alone() -> None:
    first = Explanation(0.2, 0.5, pd.Series({"a": 0.3, "b": 0.0}), "trees")
    second = Explanation(0.1, 0.4, pd.Series({"c": 0.4, "a": -0.1}), "trees")
    difference = explain_difference(first, second)
    assert difference.contributions.to_dict() == pytest.approx({"a": 0.4, "c": -0.4, "b": 0.0})
    assert (difference.base, difference.answer) == pytest.approx((0.1, 0.1))
    assert difference.method == "trees"


def test_a_name_in_another_unicode_form_is_the_same_input() -> None:
    first = Explanation(0.0, 0.3, pd.Series({"an\u0303o": 0.3}), "trees")
    second = Explanation(0.0, 0.1, pd.Series({"a\u00f1o": 0.1}), "trees")
    assert explain_difference(first, second).contributions.to_dict() == pytest.approx({"an\u0303o": 0.2})


def explained(**moved: float) -> Explanation:
    return Explanation(0.5, 0.5 + sum(moved.values()), pd.Series(moved, dtype=float), "trees")


def test_words_say_what_moved_it_which_way() -> None:
    assert in_words(explained(income=0.12, age=-0.05, debt=0.01), percent) == (
        "income pushed it up most (+12%). age pulled it down (−5%). debt pushed it up (+1%)."
    )


def test_words_say_what_pulled_it_down_most() -> None:
    assert in_words(explained(age=-0.3, income=0.1), percent, at_most=1) == "age pulled it down most (−30%)."


def test_of_equals_none_moved_it_most() -> None:
    words = in_words(explained(income=0.1, age=-0.1), percent)
    assert words == "income pushed it up (+10%). age pulled it down (−10%)."


def test_what_reads_as_zero_is_not_said() -> None:
    assert in_words(explained(income=0.1, age=-0.0001), percent) == "income pushed it up most (+10%)."


@pytest.mark.parametrize("moved", [{}, {"income": 0.0}, {"income": 0.0001, "age": -0.0002}, {"income": float("nan")}])
def test_where_nothing_moved_it_words_say_so(moved: dict[str, float]) -> None:
    assert in_words(explained(**moved), percent) == "Nothing moved it much: the answer is about the typical one."


def test_spanish_words_name_the_same_inputs_and_sizes() -> None:
    with speaking("es"):
        words = in_words(explained(income=0.1234, age=-0.05), number)
    assert words.index("income") < words.index("+0,1234") < words.index("age") < words.index("−0,05")


def test_braces_in_a_name_stay() -> None:
    assert in_words(explained(**{"{x}": 0.5}), percent) == "{x} pushed it up most (+50%)."
