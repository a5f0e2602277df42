from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.training.evaluation import evaluation_table, feature_importances, metrics, train_test_gap
from core.training.pipeline import build_pipeline
from core.training.specs import complete
from core.training.tasks import Algorithm
from trainers import algorithms

ANSWERS = np.array([0, 0, 0, 1, 1])
PREDICTIONS = np.array([0, 0, 1, 1, 0])
PROBABILITIES = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.1, 0.9], [0.7, 0.3]])


def test_two_classes_are_scored_by_the_positive_one() -> None:
    scores = metrics("classification", ANSWERS, PREDICTIONS, PROBABILITIES, "test_")
    assert scores == pytest.approx(
        {
            "test_accuracy": 0.6,
            "test_precision": 0.5,
            "test_recall": 0.5,
            "test_f1": 0.5,
            "test_roc_auc": 5 / 6,
        }
    )


def test_more_classes_are_averaged_by_their_size() -> None:
    answers, predictions = np.array([0, 0, 0, 1, 2]), np.array([0, 0, 0, 2, 2])
    scores = metrics("classification", answers, predictions, np.full((5, 3), 1 / 3), "train_")
    assert scores["train_recall"] == pytest.approx(0.8)
    assert scores["train_precision"] == pytest.approx((3 * 1 + 0 + 0.5) / 5)
    assert "train_roc_auc" not in scores


def test_a_class_that_is_never_predicted_counts_as_zero() -> None:
    scores = metrics("classification", ANSWERS, np.zeros(5, dtype=int), PROBABILITIES, "")
    assert (scores["precision"], scores["recall"], scores["f1"]) == (0, 0, 0)


def test_roc_auc_is_left_out_where_only_one_class_occurs() -> None:
    scores = metrics("classification", np.zeros(5, dtype=int), PREDICTIONS, PROBABILITIES, "")
    assert "roc_auc" not in scores
    assert np.isfinite(list(scores.values())).all()


def test_regression_has_its_own_scores() -> None:
    scores = metrics("regression", np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 5.0]), None, "test_")
    assert scores == pytest.approx({"test_rmse": (4 / 3) ** 0.5, "test_mae": 2 / 3, "test_r2": -1.0})


def test_the_gap_is_train_minus_test() -> None:
    assert train_test_gap("regression", {"train_r2": 0.9, "test_r2": 0.7}) == pytest.approx({"train_test_gap": 0.2})
    assert train_test_gap("regression", {"train_r2": 0.9}) == {}


def test_the_table_keeps_the_rows_of_the_dataset_and_speaks_in_class_words() -> None:
    features = pd.DataFrame({"age": [30.0, 40.0]}, index=[17, 4])
    table = evaluation_table(
        features, np.array([0, 1]), np.array([1, 1]), np.array([[0.2, 0.8], [0.1, 0.9]]), ("no", "yes")
    )
    assert table.to_dict("list") == {
        "row": [17, 4],
        "answer": ["no", "yes"],
        "prediction": ["yes", "yes"],
        "probability_no": [0.2, 0.1],
        "probability_yes": [0.8, 0.9],
        "age": [30.0, 40.0],
    }


def test_a_feature_with_a_reserved_name_is_renamed_and_not_lost() -> None:
    features = pd.DataFrame({"row": [1.0], "answer": [2.0], "answer (feature)": [3.0]}, index=[9])
    table = evaluation_table(features, np.array([5.0]), np.array([6.0]))
    assert table.columns.is_unique
    assert table.iloc[0].to_dict() == {
        "row": 9,
        "answer": 5,
        "prediction": 6,
        "row (feature)": 1,
        "answer (feature) (feature)": 2,
        "answer (feature)": 3,
    }


@pytest.mark.parametrize(
    "algorithm",
    [
        algorithms.linear_regression(),
        algorithms.random_forest("regression", n_estimators=10),
        algorithms.nearest_neighbours("regression"),
        algorithms.xgboost("regression", n_estimators=10),
    ],
    ids=lambda algorithm: algorithm.name,
)
def test_the_column_that_decides_matters_most_whatever_its_unit(algorithm: Algorithm) -> None:
    rng = np.random.default_rng(0)
    features = pd.DataFrame(
        {
            "noise": rng.normal(size=300) * 1e-3,
            "city": rng.choice(["Lima", "Quito", "Bogotá"], 300),
            "colour": rng.choice(["red", "blue"], 300),
        }
    )
    answers = features["city"].map({"Lima": 0.0, "Quito": 5.0, "Bogotá": 10.0}).to_numpy()
    pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {}), features).fit(features, answers)
    shares = feature_importances(pipeline, features, answers)
    assert shares.index[0] == "city"
    assert set(shares.index) == {"noise", "city", "colour"}
    assert shares.sum() == pytest.approx(1)


def test_importances_of_a_model_that_uses_nothing_are_zero() -> None:
    algorithm = algorithms.linear_regression()
    features = pd.DataFrame({"constant": np.ones(20)})
    answers = np.arange(20.0)
    pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {}), features).fit(features, answers)
    assert feature_importances(pipeline, features, answers).to_dict() == {"constant": 0.0}


def test_a_weight_counts_as_much_in_any_unit() -> None:
    algorithm = algorithms.linear_regression()
    metres = np.random.default_rng(0).normal(size=(2, 200))
    features = pd.DataFrame({"metres": metres[0], "millimetres": 1000 * metres[1]})
    answers = metres[0] + 3 * metres[1]
    pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {}), features).fit(features, answers)
    shares = feature_importances(pipeline, features, answers)
    assert shares["millimetres"] / shares["metres"] == pytest.approx(3, rel=0.2)


def test_a_column_that_misleads_matters_no_less_than_nothing() -> None:
    algorithm = algorithms.nearest_neighbours("regression", n_neighbors=1)
    rng = np.random.default_rng(0)
    seen = pd.DataFrame({"useful": rng.normal(size=100), "misleading": rng.normal(size=100)})
    pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {}), seen)
    pipeline.fit(seen, (seen["useful"] + 2 * seen["misleading"]).to_numpy())
    features = pd.DataFrame({"useful": rng.normal(size=100), "misleading": rng.normal(size=100)})
    shares = feature_importances(pipeline, features, (features["useful"] - 2 * features["misleading"]).to_numpy())
    assert shares.min() == 0
    assert shares.sum() == pytest.approx(1)
