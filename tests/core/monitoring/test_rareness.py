from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.comparison.measures import recompute
from core.monitoring.rareness import area_variance, rareness
from tests.fixtures.draws import draws
from tests.fixtures.monitored import answered, answered_of_three, measured


def permuted(window: pd.DataFrame, tested: pd.DataFrame, metric: str, times: int) -> float:
    """How often rows of both, mixed, give a window that does as badly."""
    both, rng = pd.concat([window, tested], ignore_index=True), np.random.default_rng(1)
    sign = -1 if metric in {"mae", "rmse"} else 1

    def lead(order):
        parts = both.iloc[order[: len(window)]], both.iloc[order[len(window) :]]
        one, other = (recompute(part, f"test_{metric}") for part in parts)
        return sign * (one - other)

    found = lead(np.arange(len(both)))
    return float(np.mean([lead(rng.permutation(len(both))) <= found for _ in range(times)]))


@pytest.mark.part(4)
@pytest.mark.parametrize("metric", ["accuracy", "precision", "recall", "f1", "roc_auc"])
def test_it_is_about_how_often_mixed_rows_do_as_badly(metric: str) -> None:
    window, tested = answered(6, 80, -0.4), answered(2, 200)
    times = draws(2000, 20)
    expected = permuted(window, tested, metric, times)
    assert 0.001 < expected < 0.999
    close = 3 * np.sqrt(expected * (1 - expected) / times) + (0.03 if metric == "roc_auc" else 0.005)
    assert rareness(window, tested, metric) == pytest.approx(expected, abs=close)


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_errors_have_the_tail_of_their_permutations(metric: str) -> None:
    window, tested = measured(5, 40, 0.3), measured(1, 200)
    times = draws(2000, 20)
    expected = permuted(window, tested, metric, times)
    assert rareness(window, tested, metric) == pytest.approx(
        expected, abs=3 * np.sqrt(expected * (1 - expected) / times) + 0.01
    )


def test_accuracy_is_held_against_test_rows_by_fishers_test() -> None:
    window, tested = answered(1, 50), answered(2, 300)
    right = [int((table["answer"] == table["prediction"]).sum()) for table in (window, tested)]
    expected = stats.fisher_exact([[right[0], 50 - right[0]], [right[1], 300 - right[1]]], alternative="less").pvalue
    assert rareness(window, tested, "accuracy") == pytest.approx(expected)


def test_three_classes_have_averaged_metrics() -> None:
    window, tested = answered_of_three(1, 100), answered_of_three(2, 300)
    wrong = window.assign(prediction=np.roll(window["prediction"], 1))
    for metric in ("accuracy", "precision", "recall", "f1"):
        assert rareness(window, tested, metric) > 0.01
        assert rareness(wrong, tested, metric) < 0.001


def test_alike_test_rows_make_a_bad_window_less_rare() -> None:
    tested = answered(2, 40)
    alike = pd.concat([tested] * 10, ignore_index=True)
    alike.insert(1, "row_group", np.tile(np.arange(40), 10))
    window = answered(1, 100, -0.3)
    window["prediction"] = np.where(np.arange(100) < 20, "yes", window["prediction"])
    for metric in ("accuracy", "f1", "roc_auc"):
        apart = rareness(window, alike.drop(columns="row_group"), metric)
        assert rareness(window, alike, metric) == pytest.approx(rareness(window, tested, metric), abs=0.1)
        assert rareness(window, alike, metric) != apart
    numbers = pd.concat([measured(2, 40)] * 10, ignore_index=True)
    numbers.insert(1, "row_group", np.tile(np.arange(40), 10))
    far = measured(3, 40, 0.6)
    assert rareness(far, numbers, "mae") > rareness(far, numbers.drop(columns="row_group"), "mae")


def test_too_few_of_a_class_tell_nothing_of_the_ranking() -> None:
    window = answered(1, 50)
    window["answer"] = np.where(np.arange(50) < 4, "yes", "no")
    assert np.isnan(rareness(window, answered(2), "roc_auc"))
    window["answer"] = "no"
    assert np.isnan(rareness(window, answered(2), "roc_auc"))


def test_errors_that_are_all_the_same_are_never_rare() -> None:
    exact = measured(1, 50)
    exact["prediction"] = exact["answer"]
    assert rareness(exact, exact, "mae") == 1


def test_the_variance_of_an_area_is_that_of_drawn_ones() -> None:
    areas = [recompute(answered(seed, 200), "test_roc_auc") for seed in range(draws(600, 6))]
    assert area_variance(float(np.mean(areas)), 100, 100) == pytest.approx(np.var(areas), rel=0.35)
