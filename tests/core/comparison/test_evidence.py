from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.evidence import flips, logged_metrics, measured, weigh


def classes(said: list[str], truth: list[str] | None = None) -> pd.DataFrame:
    truth = truth or ["no", "no", "yes", "yes"] * 5
    return pd.DataFrame(
        {"row": range(100, 100 + len(said)), "answer": truth, "prediction": said, "age": range(len(said))}
    )


def numbers(said: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"row": range(len(said)), "answer": np.arange(len(said), dtype=float), "prediction": said})


RIGHT = ["no", "no", "yes", "yes"] * 5
WRONG_ONCE = ["yes", *RIGHT[1:]]


def test_rows_whose_answer_changes_are_counted_and_listed_with_what_was_asked() -> None:
    found = flips(classes(WRONG_ONCE), classes(["no", "yes", *RIGHT[2:]]))
    assert (found.rows, found.mended, found.broken) == (20, 1, 1)
    assert found.table.to_dict("records") == [
        {"row": 100, "answer": "no", "current": "no", "challenger": "yes", "age": 0},
        {"row": 101, "answer": "no", "current": "yes", "challenger": "no", "age": 1},
    ]


def test_rows_that_are_wrong_in_another_way_are_neither_mended_nor_broken() -> None:
    found = flips(classes(["a", *RIGHT[1:]]), classes(["b", *RIGHT[1:]]))
    assert (len(found.table), found.mended, found.broken) == (1, 0, 0)


def test_equal_answers_change_nothing() -> None:
    assert flips(classes(RIGHT), classes(RIGHT)).table.empty


def test_numbers_say_how_far_apart_and_who_is_closer_the_furthest_first() -> None:
    truth = np.arange(10, dtype=float)
    current, challenger = truth + 4, truth + 1
    challenger[7] = truth[7] - 20
    challenger[3] = current[3]
    found = flips(numbers(challenger), numbers(current))
    assert found.typical == pytest.approx(3)
    assert found.table["row"].iloc[0] == 7
    assert (len(found.table), found.closer) == (9, 8)


def test_metrics_are_measured_on_both_tables_with_their_noise() -> None:
    weighed = weigh(classes(WRONG_ONCE), classes(RIGHT), {})
    pairs = {pair.metric: pair for pair in weighed.pairs}
    assert pairs["test_accuracy"].mine == pytest.approx(0.95)
    assert (pairs["test_accuracy"].theirs, pairs["test_accuracy"].better) == (1, True)
    assert pairs["test_accuracy"].difference.outcome == "close"
    assert weighed.theirs["test_f1"] == measured(classes(RIGHT))["test_f1"] == 1
    assert (weighed.mine["test_accuracy"], weighed.flips.broken) == (pytest.approx(0.95), 1)


def test_lower_errors_are_better() -> None:
    truth = np.arange(30, dtype=float)
    pairs = {p.metric: p for p in weigh(numbers(truth + 1), numbers(truth + 5 + truth % 2), {}).pairs}
    assert pairs["test_rmse"].better is False
    assert pairs["test_rmse"].difference.outcome == "better"
    assert pairs["test_rmse"].difference.gap > 0


def test_logged_metrics_are_compared_where_both_have_them() -> None:
    pairs = logged_metrics({"a": 1.0, "f1": 0.5, "x": float("nan")}, {"f1": 0.25, "x": 1.0}, {})
    assert [(p.metric, p.mine, p.theirs, p.difference.outcome) for p in pairs] == [("f1", 0.5, 0.25, "unknown")]
