import numpy as np
import pandas as pd
import pytest

from core.comparison.constraints import as_range, holds, satisfying
from core.store.runs.tables import INFO_COLUMNS, Runs

IDS = ["a", "b", "c", "d"]
RUNS = Runs(
    pd.DataFrame("", index=IDS, columns=INFO_COLUMNS, dtype=object),
    pd.DataFrame(
        {"depth": ["2", "5.0", None, "8"], "kind": ["gini", "entropy", "gini", "auto"], "both": ["1", "2", "3", "4"]},
        index=IDS, dtype=object,
    ),
    pd.DataFrame({"accuracy": [0.5, 0.9, 0.8, np.nan], "both": [9.0, 9.0, 9.0, 9.0]}, index=IDS),
)  # fmt: skip


@pytest.mark.parametrize(
    ("constraints", "ids"),
    [
        ({}, IDS),
        ({"depth": (2, 5)}, ["a", "b"]),
        ({"depth": (3.0, float("inf"))}, ["b", "d"]),
        ({"depth": ["5"]}, ["b"]),
        ({"depth": (5, 2)}, []),
        ({"kind": ["gini", "auto"]}, ["a", "c", "d"]),
        ({"kind": []}, []),
        ({"kind": (0.0, 1.0)}, []),
        ({"accuracy": (0.8, 1.0)}, ["b", "c"]),
        ({"accuracy": (0.8, 1.0), "kind": ["gini"]}, ["c"]),
        ({"both": (1, 2)}, ["a", "b"]),
        ({"nowhere": (0, 1)}, []),
    ],
)
def test_runs_that_satisfy_every_constraint_are_kept_in_order(constraints, ids):
    assert satisfying(RUNS, constraints) == ids


def test_no_runs_satisfy_nothing():
    assert satisfying(RUNS.select([]), {"depth": (0, 9)}) == []


def test_two_texts_are_a_list_and_two_numbers_a_range():
    assert as_range(("gini", "auto")) is None
    assert as_range((1, 2)) == (1.0, 2.0)


def test_both_ends_belong_to_a_range():
    assert list(holds(pd.Series([1.0, 2.0, 3.0]), (1.0, 2.0))) == [True, True, False]
