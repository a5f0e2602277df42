"""Runs put together by what they share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.columns import column_ids
from core.comparison.groups import can_group, group_condition, grouped
from core.store.runs.filters import matching
from core.store.runs.tables import INFO_COLUMNS, Runs


def some_runs() -> Runs:
    ids = [f"r{place}" for place in range(5)]
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
    info["status"] = ["FINISHED", "FINISHED", "FAILED", "FINISHED", "FINISHED"]
    info["student"] = ["ana", "ana", "", "leo", "leo"]
    params = pd.DataFrame({"depth": ["10", "9", "9", None, "10"]}, index=ids, dtype=object)
    metrics = pd.DataFrame({"f1": [0.5, 0.7, np.nan, 0.1, np.inf]}, index=ids)
    return Runs(info, params, metrics, pd.DataFrame({"room": ["a", None, "a", "b", None]}, index=ids, dtype=object))


def test_a_group_has_its_size_and_how_far_its_metrics_reach() -> None:
    table = grouped(some_runs(), "params.depth", ["f1"])
    assert list(table.index) == ["9", "10", None]
    assert list(table["", "runs"]) == [2, 2, 1]
    assert list(table["f1", "count"]) == [1, 1, 1]
    assert list(table["f1", "mean"]) == [0.7, 0.5, 0.1]
    assert list(table["f1", "max"]) == [0.7, 0.5, 0.1]


def test_runs_without_it_are_a_group_and_the_last() -> None:
    assert list(grouped(some_runs(), "tags.room", []).index) == ["a", "b", None]
    assert list(grouped(some_runs(), "student", []).index) == ["ana", "leo", None]


def test_what_no_run_has_makes_no_groups() -> None:
    assert grouped(some_runs(), "params.nothing", ["f1"]).empty


@pytest.mark.parametrize("by", ["params.depth", "tags.room", "student", "status"])
def test_the_condition_of_a_group_finds_its_runs(by: str) -> None:
    runs = some_runs()
    for value, size in grouped(runs, by, [])["", "runs"].items():
        assert len(matching(runs, [group_condition(by, value)])) == size  # type: ignore[arg-type]


def test_metrics_and_names_are_nothing_to_group_by() -> None:
    assert [column for column in column_ids(some_runs()) if can_group(column)] == [
        "status", "student", "params.depth", "tags.room",
    ]  # fmt: skip
