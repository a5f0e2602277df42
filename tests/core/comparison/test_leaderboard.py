from __future__ import annotations

import pytest

from core.comparison.leaderboard import COMPARED_AT_MOST, Placed, best_of_each, places, train_metric
from core.i18n import speaking
from tests.core.comparison.test_verdict import answers_with, some_runs

METRIC = "test_accuracy"
PEOPLE = {"r0": "Ana", "r1": "Ana", "r2": "Luz", "r3": "Luz"}


def placed(wrong) -> list[Placed]:
    """Return the places of runs that err on these rows."""
    values = {f"r{at}": 1 - len(rows) / 200 for at, rows in enumerate(wrong)}
    tables = {f"r{at}": answers_with(rows) for at, rows in enumerate(wrong)}
    return places(sorted(values, key=lambda one: -values[one]), values, METRIC, True, tables)


def runs_with(values, status="FINISHED"):
    runs = some_runs(metrics={METRIC: values})
    runs.info["status"] = status
    return runs


def test_who_is_too_close_to_the_best_shares_its_place() -> None:
    found = placed([range(5), range(7), range(60)])
    assert [(one.run_id, one.place, one.outcome) for one in found] == [
        ("r0", 1, "close"), ("r1", 1, "close"), ("r2", 3, "better"),
    ]  # fmt: skip
    assert [one.standing for one in found] == [
        "too close to another one to call", "too close to the best to call", "really worse than the best",
    ]  # fmt: skip


def test_behind_the_best_ties_are_ties_too() -> None:
    found = placed([range(5), range(60), range(62), range(150)])
    assert [one.place for one in found] == [1, 2, 2, 4]
    assert [one.standing for one in found][:2] == ["really better than the next", "really worse than the best"]


def test_the_same_answers_are_as_good() -> None:
    assert [one.standing for one in placed([range(5), range(5)])] == [
        "another one is equally good", "as good as the best",
    ]  # fmt: skip


def test_a_run_whose_answers_cannot_be_read_is_not_said_to_be_worse() -> None:
    values = {"r0": 0.9, "r1": 0.5}
    found = places(["r0", "r1"], values, METRIC, True, {"r0": answers_with(range(20)), "r1": None})
    assert [(one.place, one.outcome) for one in found] == [(1, "unknown"), (1, "unknown")]


def test_one_alone_is_first_with_nothing_beside_it() -> None:
    with speaking("es"):
        assert [(one.place, one.standing) for one in placed([range(5)])] == [(1, "sin nada con qué compararla")]


def test_nobody_has_a_place_where_there_are_no_runs() -> None:
    assert places([], {}, METRIC, True, {}) == []


def test_who_was_not_compared_is_told_so() -> None:
    many = [f"r{at}" for at in range(COMPARED_AT_MOST + 2)]
    found = places(many, {one: 1 - at / 1000 for at, one in enumerate(many)}, METRIC, True, {})
    assert (found[-1].place, found[-1].standing) == (COMPARED_AT_MOST + 2, "only the best 101 were compared")


def test_the_best_run_of_each_counts_and_of_equal_ones_the_earlier() -> None:
    assert best_of_each(runs_with([0.8, 0.9, 0.7, 0.7]), PEOPLE, METRIC) == ["r1", "r2"]


def test_lower_is_better_where_the_metric_says_so() -> None:
    runs = some_runs(metrics={"test_rmse": [3.0, 2.0, 1.0, 4.0]})
    runs.info["status"] = "FINISHED"
    assert best_of_each(runs, PEOPLE, "test_rmse") == ["r2", "r1"]


def test_what_has_not_finished_or_has_no_value_or_is_nobodys_does_not_count() -> None:
    runs = runs_with([0.8, 0.9, 0.7, float("nan")], ["FINISHED", "FAILED", "FINISHED", "FINISHED"])
    assert best_of_each(runs, {**PEOPLE, "r9": "Eva"}, METRIC) == ["r0", "r2"]
    assert best_of_each(runs, {}, METRIC) == best_of_each(runs_with([]), PEOPLE, METRIC) == []


def test_the_score_on_the_training_rows_stands_beside() -> None:
    assert train_metric("test_rmse") == "train_rmse"


@pytest.mark.long
def test_who_has_the_value_of_the_best_has_its_place_beyond_those_that_are_compared() -> None:
    order = [f"r{place}" for place in range(120)]
    found = places(order, dict.fromkeys(order, 0.9), METRIC, True, dict.fromkeys(order, answers_with(range(20))))
    assert {one.place for one in found} == {1}
    assert "only the best 101 were compared" in found[-1].standing
