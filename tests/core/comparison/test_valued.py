from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.comparison.valued import valued
from core.store.runs.tables import INFO_COLUMNS, Runs

METRICS = {"accuracy": [0.7, 0.6, np.nan], "loss": [0.3, np.inf, 0.2], "clusters": [3.0, 4.0, 5.0]}


@pytest.fixture
def runs():
    ids = ["r0", "r1", "r2"]
    return Runs(
        pd.DataFrame("", index=ids, columns=INFO_COLUMNS),
        pd.DataFrame(index=ids),
        pd.DataFrame(METRICS, index=ids),
        directions={"said": True},
    )


def history(**values):
    rows = [(run_id, step, value) for run_id, entries in values.items() for step, value in enumerate(entries)]
    return pd.DataFrame(rows, columns=["run_id", "step", "value"]).assign(time=pd.Timestamp(0, tz="UTC"))


HISTORIES = {
    "accuracy": history(r0=[0.5, 0.9, 0.7], r1=[np.inf, 0.6, np.nan], r2=[np.nan, np.inf]),
    "loss": history(r0=[0.9, 0.1, 0.3], r1=[-np.inf, 0.4, np.inf]),
    "clusters": history(r0=[9, 1, 3]),
}


def test_the_best_is_the_highest_or_lowest_by_the_metric(runs):
    metrics = valued(runs, HISTORIES, "best").metrics
    assert metrics["accuracy"].tolist()[:2] == [0.9, 0.6]
    assert metrics["loss"].tolist() == [0.1, 0.4, 0.2]


def test_without_a_direction_the_last_value_stays_the_best(runs):
    assert valued(runs, HISTORIES, "best").metrics["clusters"].tolist() == METRICS["clusters"]


def test_the_best_of_a_gap_is_the_nearest_to_zero(runs):
    gaps = replace(runs, metrics=runs.metrics.assign(train_test_gap=[0.5, 0.5, 0.5]))
    found = valued(gaps, {"train_test_gap": history(r0=[-0.5, 0.1, 0.3], r1=[-0.2, 0.4])}, "best")
    assert found.metrics["train_test_gap"].tolist() == [0.1, -0.2, 0.5]


def test_smallest_and_largest_need_no_direction(runs):
    assert valued(runs, HISTORIES, "min").metrics["clusters"].tolist() == [1, 4, 5]
    assert valued(runs, HISTORIES, "max").metrics["clusters"].tolist() == [9, 4, 5]


def test_a_run_without_finite_values_keeps_its_last(runs):
    assert np.isnan(valued(runs, HISTORIES, "max").metrics.loc["r2", "accuracy"])
    assert valued(runs, {"loss": history(r1=[np.nan, np.inf])}, "min").metrics.loc["r1", "loss"] == np.inf


def test_last_changes_nothing(runs):
    pd.testing.assert_frame_equal(valued(runs, HISTORIES, "last").metrics, runs.metrics)


@pytest.mark.parametrize("how", ["last", "best", "min", "max"])
def test_histories_of_no_run_here_or_of_an_unknown_metric_change_nothing(runs, how):
    others = {"accuracy": history(), "loss": history(elsewhere=[0.0]), "unknown": history(r0=[1.0])}
    pd.testing.assert_frame_equal(valued(runs, others, how).metrics, runs.metrics)


def test_the_runs_are_not_changed_and_keep_all_else(runs):
    before = runs.metrics.copy()
    result = valued(runs, HISTORIES, "min")
    pd.testing.assert_frame_equal(runs.metrics, before)
    assert result.info is runs.info
    assert result.directions == {"said": True}
    assert list(result.metrics.columns) == list(METRICS)
