import numpy as np
import pandas as pd
import pytest

from core.comparison.pareto import pareto_front
from core.store.runs.tables import INFO_COLUMNS, Runs


def made_runs(directions=None, **metrics):
    table = pd.DataFrame(metrics, dtype=float)
    table.index = [f"r{place}" for place in range(len(table))]
    info = pd.DataFrame("", index=table.index, columns=INFO_COLUMNS, dtype=object)
    return Runs(info, pd.DataFrame(index=table.index), table, directions=directions or {})


def test_runs_that_no_other_beats_on_both_are_the_front():
    runs = made_runs(accuracy=[0.9, 0.8, 0.7, 0.6], rmse=[3, 2, 2.5, 1])
    assert pareto_front(runs, "accuracy", "rmse") == {"r0", "r1", "r3"}


def test_as_good_on_one_and_worse_on_the_other_is_beaten():
    runs = made_runs(accuracy=[0.9, 0.9, 0.8], f1=[0.5, 0.4, 0.5])
    assert pareto_front(runs, "accuracy", "f1") == {"r0"}


def test_runs_that_tie_on_both_are_all_kept():
    runs = made_runs(accuracy=[0.9, 0.9, 0.1], f1=[0.5, 0.5, 0.1])
    assert pareto_front(runs, "accuracy", "f1") == {"r0", "r1"}


def test_values_that_are_not_numbers_lead_nothing():
    runs = made_runs(accuracy=[np.inf, np.nan, 0.5, 0.4], f1=[0.1, 0.9, np.nan, 0.1])
    assert pareto_front(runs, "accuracy", "f1") == {"r3"}


def test_of_a_gap_the_distance_from_zero_counts():
    runs = made_runs(accuracy=[0.9, 0.8, 0.7], train_test_gap=[-0.5, 0.1, -0.2])
    assert pareto_front(runs, "accuracy", "train_test_gap") == {"r0", "r1"}


def test_what_people_said_of_a_direction_counts():
    runs = made_runs({"accuracy": False, "f1": False}, accuracy=[0.9, 0.1], f1=[0.9, 0.1])
    assert pareto_front(runs, "accuracy", "f1") == {"r1"}


@pytest.mark.parametrize("metric", ["alpha", "absent_accuracy"])
def test_without_a_direction_or_a_value_nobody_leads(metric):
    assert pareto_front(made_runs(accuracy=[0.9], alpha=[1]), "accuracy", metric) == set()


def test_the_front_is_the_one_that_comparing_all_pairs_finds():
    values = np.random.default_rng(0).integers(0, 12, (150, 2)).astype(float)
    runs = made_runs(accuracy=values[:, 0], f1=values[:, 1])
    beaten = {
        f"r{place}"
        for place, one in enumerate(values)
        if any((other >= one).all() and (other > one).any() for other in values)
    }
    assert pareto_front(runs, "accuracy", "f1") == set(runs.ids) - beaten
