from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from core.settings import settings
from core.training.datasets import read_table
from core.training.fit import train
from core.training.specs import Value
from trainers import TASKS, stand_ins, task

REAL_DATA = Path(os.environ.get("PIZARRA_TEST_DATA") or Path(__file__).parents[2].parent / "shared" / "data")


def scores(name: str, algorithm: str, chosen: Mapping[str, Value] | None = None) -> Mapping[str, float]:
    record = train(task(name), algorithm, chosen or {}, settings=settings(), report=lambda stage: None)
    assert record.tags["pizarra.data_origin"] == "stand-in"
    return record.metrics


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason=f"the real files are not in {REAL_DATA}")
@pytest.mark.parametrize("name", ["telco_churn", "car_prices", "wine_quality"])
def test_a_stand_in_has_the_columns_and_words_of_the_real_file(name: str) -> None:
    dataset = TASKS[name].dataset
    file = next(REAL_DATA / filename for filename in dataset.filenames if (REAL_DATA / filename).exists())
    assert dataset.stand_in is not None
    real, made = read_table(dataset, file), dataset.stand_in()
    assert list(made) == list(dataset.read(file))
    assert len(made) == len(real)
    for column in real.select_dtypes("str").columns.drop(list(dataset.identifiers)):
        assert set(made[column]) == set(real[column])


def test_nobody_can_change_a_stand_in_for_the_next_reader() -> None:
    first = stand_ins.car_prices()
    first["precio"] = 0
    assert stand_ins.car_prices()["precio"].min() >= 400


def test_new_customers_have_no_total_charges_yet() -> None:
    frame = stand_ins.telco_churn()
    assert (frame["TotalCharges"].isna() == (frame["tenure"] == 0)).all()
    assert frame["TotalCharges"].isna().sum() == 11


def test_every_customer_has_an_identifier_and_a_quarter_leaves() -> None:
    frame = stand_ins.telco_churn()
    assert frame["customerID"].is_unique
    assert (frame["Churn"] == "Yes").mean() == pytest.approx(0.265, abs=0.001)


def test_wines_have_whole_marks_from_three_to_eight() -> None:
    assert set(stand_ins.wine_quality()["quality"]) == {3, 4, 5, 6, 7, 8}


@pytest.mark.long
def test_a_forest_beats_a_straight_line_on_car_prices() -> None:
    assert scores("car_prices", "linear_regression")["test_r2"] == pytest.approx(0.78, abs=0.03)
    assert scores("car_prices", "random_forest", {"n_estimators": 20})["test_r2"] > 0.93


@pytest.mark.long
def test_an_unlimited_forest_learns_customers_by_heart() -> None:
    assert scores("telco_churn", "logistic_regression")["test_accuracy"] == pytest.approx(0.8, abs=0.015)
    by_heart = scores("telco_churn", "random_forest", {"max_depth": None})
    assert by_heart["train_accuracy"] > 0.99
    assert by_heart["test_accuracy"] == pytest.approx(0.78, abs=0.015)


@pytest.mark.long
def test_wine_marks_can_be_learned_in_part() -> None:
    assert 0.4 <= scores("wine_quality", "random_forest")["test_r2"] <= 0.55


def test_a_stand_in_is_the_same_on_every_machine() -> None:
    totals = {
        "cars": float(stand_ins.car_prices()["precio"].sum()),
        "customers": float(stand_ins.telco_churn()["MonthlyCharges"].sum()),
        "wines": float(pd.to_numeric(stand_ins.wine_quality()["quality"]).sum()),
    }
    assert totals == pytest.approx({"cars": 58406400.0, "customers": 461167.22, "wines": 8956.0})
