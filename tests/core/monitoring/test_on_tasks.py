"""False alarms and estimates of the models that come with Pizarra: one of each task, its rows parted anew each time."""

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
from core.monitoring.estimated import estimate_classes, estimate_numbers
from core.monitoring.labelled import labelled
from core.monitoring.residuals import residuals_of
from core.monitoring.scores import score_windows
from core.monitoring.windows import as_given
from core.settings import settings
from core.training.datasets import load_dataset, training_table
from core.training.evaluation import evaluation_table
from core.training.fit import answer, numbered
from core.training.pipeline import build_pipeline
from core.training.specs import complete
from tests.fixtures.draws import draws
from tests.fixtures.monitored import chances_in
from trainers import TASKS

REAL_DATA = Path(os.environ.get("PIZARRA_TEST_DATA") or Path(__file__).parents[4] / "shared" / "data")
SERIES = draws(100, 20)


def unseen_rows(name: str) -> pd.DataFrame:
    """Return what a task's first algorithm says of the rows that it did not learn from."""
    task, in_force = TASKS[name], replace(settings(), data_dir=REAL_DATA)
    loaded = load_dataset(
        task.dataset, data_dir=in_force.data_dir, cache_dir=in_force.cache_dir, downloads=in_force.downloads
    )
    table = training_table(loaded, task)
    answers = numbered(task, table.target)
    strata = answers if task.kind == "classification" else None
    learned, others = train_test_split(np.arange(len(answers)), train_size=0.4, random_state=0, stratify=strata)
    algorithm = task.algorithms[0]
    pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {}), table.features.iloc[learned])
    pipeline.fit(table.features.iloc[learned], answers[learned])
    rows = table.features.iloc[others]
    return evaluation_table(rows, answers[others], *answer(task, pipeline, rows), task.class_names)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "iris" else pytest.mark.long) for name in TASKS]
)
def test_nothing_changed_is_seldom_worse_and_estimated_within_the_interval(name: str) -> None:
    rows = unseen_rows(name)
    is_class = TASKS[name].kind == "classification"
    metric = "accuracy" if is_class else "mae"
    wrong = held = estimated = 0
    for seed in range(SERIES):
        mixed = rows.sample(frac=1, random_state=seed, ignore_index=True)
        tested, later = mixed.iloc[: len(rows) // 3], mixed.iloc[len(rows) // 3 :].reset_index(drop=True)
        chances = chances_in(later) if is_class else None
        known = labelled(later["prediction"], later["answer"], chances, tested)
        found = score_windows(known, as_given(len(later), max(15, len(later) // 10)), metric, tested)
        wrong += any(score.outcome == "worse" for score in (*found.windows, found.together))
        if is_class:
            expected = estimate_classes(calibrate(tested), later["prediction"], chances)
        else:
            expected = estimate_numbers(residuals_of(tested), later["prediction"])
        if expected.metrics:
            estimated += 1
            interval = expected.metrics[metric]
            held += interval.low <= recompute(later, f"test_{metric}") <= interval.high
    assert wrong <= max(2, 0.05 * SERIES)
    assert held >= 0.85 * estimated
