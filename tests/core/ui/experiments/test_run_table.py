"""Runs in the order that was chosen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.store.runs.tables import INFO_COLUMNS, Runs
from core.ui.experiments import run_table
from core.ui.experiments.run_table import NEWEST, OLDEST


def family() -> Runs:
    """A parent between two of its children, and a run of its own, newest first."""
    ids = ["young", "parent", "old", "alone"]
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
    info["parent_id"] = ["parent", "", "parent", ""]
    info["start"] = pd.to_datetime([4, 3, 2, 1], unit="s", utc=True)
    metrics = pd.DataFrame({"f1": [0.5, np.nan, 0.9, 0.7]}, index=ids)
    return Runs(info, pd.DataFrame(index=ids), metrics)


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        (NEWEST, ["parent", "young", "old", "alone"]),
        (OLDEST, ["alone", "parent", "old", "young"]),
        ("metrics.f1 desc", ["old", "alone", "young", "parent"]),
        ("metrics.f1 asc", ["young", "alone", "old", "parent"]),
    ],
)
def test_by_time_children_are_below_their_parents_and_else_each_run_is_where_it_belongs(
    chosen: str, ids: list[str]
) -> None:
    order, depth = run_table.in_order(family(), chosen)
    assert order == ids
    assert {run_id for run_id, deep in depth.items() if deep} == ({"young", "old"} if "started" in chosen else set())


@pytest.mark.parametrize(
    ("option", "title"),
    [
        (NEWEST, "Newest first"),
        (OLDEST, "Oldest first"),
        ("metrics.f1 desc", "Best f1 first"),
        ("metrics.f1 asc", "f1 ↑"),
        ("duration desc", "Duration ↓"),
    ],
)
def test_an_order_says_what_comes_first(option: str, title: str) -> None:
    assert run_table._order_title(option, ["metrics.f1 desc"]) == title
