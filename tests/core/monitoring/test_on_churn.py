"""How far off the estimate is on customers of a telephone company: the real table where there is one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from core.comparison.measures import recompute
from core.monitoring.calibration import calibrate
from core.monitoring.estimated import estimate_classes
from core.settings import settings
from core.training.datasets import load_dataset, training_table
from core.training.evaluation import evaluation_table
from core.training.fit import answer, numbered
from core.training.pipeline import build_pipeline
from core.training.specs import complete
from tests.fixtures.draws import is_long
from tests.fixtures.monitored import chances_in
from trainers import TASKS

REAL_DATA = Path(os.environ.get("PIZARRA_TEST_DATA") or Path(__file__).parents[4] / "shared" / "data")
CHURN = TASKS["telco_churn"]
SPLITS = range(5 if is_long() else 1)
# How often each customer comes once the world has moved
SHIFTS = {
    "month to month": lambda rows: np.where(rows["Contract"] == "Month-to-month", 0.85 / 0.55, 0.15 / 0.45),
    "new customers": lambda rows: np.where(rows["tenure"] <= 6, 5.0, 1.0),
    "older customers": lambda rows: np.where(rows["SeniorCitizen"] == 1, 6.0, 1.0),
}


def test_and_later_rows(algorithm: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a model that learned from two fifths says of one fifth, and later of the other two."""
    in_force = replace(settings(), data_dir=REAL_DATA)
    loaded = load_dataset(
        CHURN.dataset, data_dir=in_force.data_dir, cache_dir=in_force.cache_dir, downloads=in_force.downloads
    )
    table = training_table(loaded, CHURN)
    answers = numbered(CHURN, table.target)
    learned, others = train_test_split(np.arange(len(answers)), train_size=0.4, random_state=seed, stratify=answers)
    parts = train_test_split(others, train_size=1 / 3, random_state=seed, stratify=answers[others])
    way = CHURN.algorithm(algorithm)
    pipeline = build_pipeline(way, complete(way.parameters, {}), table.features.iloc[learned])
    pipeline.fit(table.features.iloc[learned], answers[learned])
    tested, later = (
        evaluation_table(
            table.features.iloc[part],
            answers[part],
            *answer(CHURN, pipeline, table.features.iloc[part]),
            CHURN.class_names,
        )
        for part in parts
    )
    return tested, later


test_and_later_rows.__test__ = False  # type: ignore[attr-defined]


def off(tested: pd.DataFrame, window: pd.DataFrame) -> float:
    """Return by how much the accuracy is estimated too high."""
    found = estimate_classes(calibrate(tested), window["prediction"], chances_in(window)).metrics["accuracy"]
    return found.value - recompute(window, "test_accuracy")


@pytest.mark.parametrize(
    "algorithm",
    [
        "logistic_regression",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("random_forest", "nearest_neighbours", "hist_gradient_boosting", "xgboost")
        ),
    ],
)
def test_the_estimate_is_near_and_blind_to_changed_answers(algorithm: str) -> None:
    same: list[float] = []
    moved: dict[str, list[float]] = {name: [] for name in SHIFTS}
    flipped: list[float] = []
    for seed in SPLITS:
        tested, later = test_and_later_rows(algorithm, seed)
        same.append(off(tested, later))
        rng = np.random.default_rng(seed)
        for name, weigh in SHIFTS.items():
            weights = weigh(later)
            chosen = rng.choice(len(later), 2000, p=weights / weights.sum())
            moved[name].append(off(tested, later.iloc[chosen].reset_index(drop=True)))
        turned = rng.random(len(later)) < 0.15
        answers = later["answer"].mask(turned, later["answer"].map({"No": "Yes", "Yes": "No"}))
        flipped.append(off(tested, later.assign(answer=answers)))
    assert np.abs(same).mean() <= 0.02
    assert all(np.abs(one).mean() <= 0.04 for one in moved.values())
    assert 0.05 < np.mean(flipped) < 0.13
