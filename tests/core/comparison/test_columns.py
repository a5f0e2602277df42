"""Columns of a table of runs, and runs in their order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.comparison.columns import (
    column_ids,
    in_order,
    metrics_in_order,
    ordered,
    ordered_metrics,
    telling_metrics,
    values_of,
)
from core.store.runs.tables import INFO_COLUMNS, Runs


def some_runs() -> Runs:
    ids = ["r0", "r1", "r2", "r3"]
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
    info["name"] = ["pine", "Oak", "", "ash"]
    info["start"] = pd.to_datetime([4, 3, 2, 1], unit="s", utc=True)
    info["seconds"] = [3.0, np.nan, 1.0, 2.0]
    info["student"] = ["", "ana", "", ""]
    params = pd.DataFrame({"depth": ["10", "9", None, "100"], "kind": ["b", "A", "c", None]}, index=ids, dtype=object)
    metrics = pd.DataFrame({"accuracy": [0.5, np.inf, 0.9, np.nan]}, index=ids)
    return Runs(info, params, metrics, pd.DataFrame({"note": [None, None, "x", None]}, index=ids, dtype=object))


def test_columns_nobody_fills_are_not_offered() -> None:
    assert column_ids(some_runs()) == [
        "name", "status", "student", "duration", "started", "metrics.accuracy", "params.depth", "params.kind",
        "tags.note",
    ]  # fmt: skip


def test_a_column_that_is_not_there_has_no_values() -> None:
    assert values_of(some_runs(), "params.nothing") is None
    assert values_of(some_runs(), "nothing") is None
    assert ordered(some_runs(), "params.nothing", descending=True) == ["r0", "r1", "r2", "r3"]


def test_texts_that_are_numbers_are_ordered_by_size() -> None:
    assert ordered(some_runs(), "params.depth", descending=False) == ["r1", "r0", "r3", "r2"]
    assert ordered(some_runs(), "params.depth", descending=True) == ["r3", "r0", "r1", "r2"]


def test_other_texts_are_ordered_by_the_alphabet() -> None:
    assert ordered(some_runs(), "params.kind", descending=False) == ["r1", "r0", "r2", "r3"]
    assert ordered(some_runs(), "name", descending=False) == ["r3", "r1", "r0", "r2"]


def test_what_is_missing_or_infinite_comes_last_either_way() -> None:
    assert ordered(some_runs(), "metrics.accuracy", descending=True) == ["r2", "r0", "r1", "r3"]
    assert ordered(some_runs(), "metrics.accuracy", descending=False) == ["r0", "r2", "r1", "r3"]
    assert ordered(some_runs(), "duration", descending=True)[-1] == "r1"
    assert ordered(some_runs(), "tags.note", descending=True)[0] == "r2"


def test_time_goes_both_ways() -> None:
    assert ordered(some_runs(), "started", descending=False) == ["r3", "r2", "r1", "r0"]


def test_choices_are_offered_as_people_expect_them() -> None:
    assert in_order(["10", "9", "1e1"]) == ["9", "10", "1e1"]
    assert in_order(["b", "A", "10"]) == ["10", "A", "b"]
    assert in_order([]) == []


def test_metrics_begin_with_the_likely_objective_and_end_with_those_of_no_direction() -> None:
    ids = ["r0"]
    names = ["clusters", "train_accuracy", "val_loss", "test_accuracy", "eval_size", "loss"]
    runs = Runs(
        pd.DataFrame("", index=ids, columns=INFO_COLUMNS), pd.DataFrame(index=ids), pd.DataFrame(1.0, ids, names)
    )
    assert ordered_metrics(runs) == ["test_accuracy", "val_loss", "loss", "train_accuracy", "eval_size", "clusters"]


def test_no_runs_have_metrics_in_the_order_of_their_names() -> None:
    nothing = some_runs().select([], trim=False)
    assert ordered_metrics(nothing) == ["accuracy"]


def test_metrics_of_the_objectives_rows_come_before_those_of_others() -> None:
    names = ["alpha", "val_auc", "test_f1", "test_accuracy", "train_f1", "fit_seconds", "test_logloss"]
    assert metrics_in_order(dict.fromkeys(names, 1.0), {}) == [
        "test_accuracy", "test_f1", "test_logloss", "val_auc", "train_f1", "fit_seconds", "alpha",
    ]  # fmt: skip


def test_metrics_of_training_rows_tell_where_there_is_no_other() -> None:
    assert telling_metrics({"train_f1": 1.0, "f1": 0.5}, {}) == ["f1"]
    assert telling_metrics({"train_f1": 1.0}, {}) == ["train_f1"]
    assert telling_metrics({}, {}) == []
