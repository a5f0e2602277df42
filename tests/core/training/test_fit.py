from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.errors import DataError, ParameterError
from core.settings import settings
from core.store.record import EVALUATION_TABLE
from core.training.datasets import load_dataset
from core.training.fit import rows_tested_on, train
from trainers import TASKS

IRIS = TASKS["iris"]


def test_every_stage_is_reported_as_it_begins() -> None:
    stages: list[str] = []
    train(IRIS, "logistic_regression", {}, settings=settings(), report=stages.append)
    assert stages == ["loading", "fitting", "evaluating"]


def test_a_bad_parameter_is_refused_before_anything_starts() -> None:
    stages: list[str] = []
    with pytest.raises(ParameterError, match=r"C must be a number from 0\.0001 to 1000\.0, but it is -1"):
        train(IRIS, "logistic_regression", {"C": -1}, settings=settings(), report=stages.append)
    assert stages == []


def test_an_algorithm_the_task_does_not_know_lists_those_it_does() -> None:
    with pytest.raises(ParameterError, match=r"iris cannot be learned by 'magic'.*logistic_regression"):
        train(IRIS, "magic", {}, settings=settings(), report=lambda stage: None)


def test_too_few_rows_to_split_are_refused() -> None:
    def one_of_each() -> pd.DataFrame:
        return pd.DataFrame({"x": [1.0, 2.0], "species": ["setosa", "virginica"]})

    tiny = replace(IRIS, dataset=replace(IRIS.dataset, bundled=one_of_each))
    with pytest.raises(DataError, match="iris has 2 rows, too few to learn from some and test on the others"):
        train(tiny, "logistic_regression", {}, settings=settings(), report=lambda stage: None)


@pytest.mark.long
def test_the_same_run_twice_has_the_same_numbers_and_pictures() -> None:
    first, second = (
        train(IRIS, "random_forest", {"n_estimators": 5}, settings=settings(), report=lambda stage: None)
        for _ in range(2)
    )
    assert first.metrics == second.metrics
    assert first.pictures == second.pictures
    assert first.dataset.sha256 == second.dataset.sha256


def test_the_rows_that_are_tested_on_can_be_told_before_training() -> None:
    loaded = load_dataset(IRIS.dataset, data_dir=Path("nowhere"), cache_dir=Path("nowhere"), downloads=False)
    record = train(IRIS, "logistic_regression", {}, settings=settings(), report=lambda stage: None)
    assert sorted(rows_tested_on(loaded, IRIS)) == sorted(record.tables[EVALUATION_TABLE]["row"])
