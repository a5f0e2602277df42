"""Numbers that workshops and courses have published must come out to the digit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import settings
from core.training.fit import train
from core.training.specs import Value
from trainers import task

REAL_DATA = Path(os.environ.get("PIZARRA_TEST_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
needs_real_data = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"the real files are not in {REAL_DATA}; name their folder in PIZARRA_TEST_DATA"
)


def scores(name: str, algorithm: str, chosen: Mapping[str, Value] | None = None) -> Mapping[str, float]:
    in_force = replace(settings(), data_dir=REAL_DATA)
    record = train(task(name), algorithm, chosen or {}, settings=in_force, report=lambda stage: None)
    assert record.tags["pizarra.data_origin"] in {"bundled", "file"}
    return record.metrics


def test_iris_by_logistic_regression() -> None:
    found = scores("iris", "logistic_regression")
    assert round(found["test_accuracy"], 6) == 0.966667
    assert round(found["train_accuracy"], 6) == 0.975000
    assert round(found["test_f1"], 6) == 0.966583
    assert round(found["test_precision"], 6) == 0.969697


@pytest.mark.long
@pytest.mark.parametrize(
    ("n_estimators", "max_depth", "accuracy"), [(100, None, 0.9), (50, 5, 0.9), (200, 10, 0.9), (50, 3, 0.9667)]
)
def test_iris_by_random_forests(n_estimators: int, max_depth: int | None, accuracy: float) -> None:
    found = scores("iris", "random_forest", {"n_estimators": n_estimators, "max_depth": max_depth})
    assert round(found["test_accuracy"], 4) == accuracy


@pytest.mark.long
@needs_real_data
def test_car_prices_by_random_forest() -> None:
    found = scores("car_prices", "random_forest")
    assert round(found["test_rmse"], 2) == 1309.54
    assert round(found["test_mae"], 2) == 632.21
    assert round(found["test_r2"], 4) == 0.9519


@needs_real_data
def test_car_prices_by_linear_regression() -> None:
    found = scores("car_prices", "linear_regression")
    assert round(found["test_rmse"], 2) == 2818.65
    assert round(found["test_r2"], 4) == 0.7770


@needs_real_data
@pytest.mark.parametrize(
    ("algorithm", "at_least"),
    [
        ("logistic_regression", 0.79),
        pytest.param("random_forest", 0.78, marks=pytest.mark.long),
        pytest.param("xgboost", 0.77, marks=pytest.mark.long),
    ],
)
def test_customer_churn_is_learned_well(algorithm: str, at_least: float) -> None:
    assert scores("telco_churn", algorithm)["test_accuracy"] >= at_least


@needs_real_data
def test_wine_quality_is_read_with_its_semicolons() -> None:
    assert scores("wine_quality", "random_forest")["test_r2"] > 0.4
