from __future__ import annotations

import pytest

from core.comparison.places import distance_words, of_the_same_rows, place_words, with_the_best
from core.comparison.verdict import verdict
from core.i18n import speaking
from tests.core.comparison.test_verdict import LABELS, answers_with, some_runs

RIGHT = [range(5), range(7), range(60), range(7)]  # the rows on which each run errs


def place(runs, of, metric, found) -> str:
    return place_words(runs, of, "Lucía 3B", metric, found)


def distance(runs, of, metric, found) -> str:
    return distance_words(runs, of, LABELS, metric, found)


def said(of: str, wrong=RIGHT, metric="test_accuracy", how=place) -> str:
    tables = [answers_with(rows) for rows in wrong]
    runs = some_runs(metrics={"test_accuracy": [1 - len(rows) / 200 for rows in wrong]})
    found = verdict(runs, LABELS, metric, dict(zip(runs.ids, tables, strict=True)))
    return how(runs, of, metric, found)


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("of", "words"),
    [
        ("r0", "Lucía 3B: place 1 of 4, too close to another one to call."),
        ("r1", "Lucía 3B: place 2 of 4, too close to the best to call."),
        ("r2", "Lucía 3B: place 4 of 4, really worse than the best."),
        ("r3", "Lucía 3B: place 2 of 4, too close to the best to call."),
    ],
)
def test_a_place_comes_with_what_the_verdict_says_of_it(of: str, words: str) -> None:
    assert said(of) == words


def test_a_leader_that_is_really_better_is_said_to_be_so() -> None:
    assert said("r0", [range(5), range(60)]) == "Lucía 3B: place 1 of 2, really better than the next."


def test_a_run_without_a_value_has_no_place() -> None:
    assert said("r0", metric="none_such").startswith("Lucía 3B: no place")


def test_a_run_with_the_answers_of_the_best_is_as_good() -> None:
    assert said("r1", [range(5), range(5)]) == "Lucía 3B: place 1 of 2, as good as the best."


def test_a_run_that_was_not_compared_is_not_said_to_be_far_behind() -> None:
    runs = some_runs(metrics={"test_accuracy": [1 - place / 100 for place in range(40)]})
    found = verdict(runs, {}, "test_accuracy", {})
    assert place_words(runs, "r39", "x", "test_accuracy", found).endswith("only the best 21 were compared.")
    assert place_words(runs, "r9", "x", "test_accuracy", found).endswith("is really worse than the best is not known.")


@pytest.mark.long
def test_a_run_behind_many_others_is_compared_where_its_own_place_is_said() -> None:
    runs = some_runs(metrics={"test_accuracy": [1.0] * 30})
    compared = with_the_best(runs, "r29", "test_accuracy")
    assert (len(compared), compared[-1]) == (21, "r29")
    answers = dict.fromkeys(compared, answers_with(()))
    found = verdict(runs.select(compared), {}, "test_accuracy", answers)
    words = distance_words(runs, "r29", {}, "test_accuracy", found)
    assert words == "Place 1 of 30 of this task on test_accuracy, as good as the best."


def test_runs_tested_on_other_rows_are_no_rivals() -> None:
    runs = some_runs(params={"rows": ["half", None, "half"]}, metrics={"test_accuracy": [0.9, 0.8, 0.7]})
    assert of_the_same_rows(runs, "rows", "half").ids == ["r0", "r2"]
    assert of_the_same_rows(runs, "rows", None).ids == ["r1"]
    assert of_the_same_rows(runs, "others", None).ids == runs.ids


@pytest.mark.part(4)
@pytest.mark.parametrize(
    ("of", "words"),
    [
        ("r0", "Place 1 of 4 of this task on test_accuracy, too close to another one to call."),
        ("r1", "Place 2 of 4 of this task on test_accuracy, 0.01 behind “A”: too close to the best to call."),
        ("r2", "Place 4 of 4 of this task on test_accuracy, 0.275 behind “A”: really worse than the best."),
    ],
)
def test_a_distance_to_the_best_comes_with_what_the_verdict_says_of_it(of: str, words: str) -> None:
    assert said(of, how=distance) == words


def test_the_distance_of_an_error_is_above_zero_too() -> None:
    runs = some_runs(metrics={"test_rmse": [3.0, 2.0]})
    found = verdict(runs, LABELS, "test_rmse", {})
    assert "1 behind “B”" in distance_words(runs, "r0", LABELS, "test_rmse", found)


def test_places_are_said_in_spanish_too() -> None:
    with speaking("es"):
        assert said("r1") == "Lucía 3B: puesto 2 de 4, demasiado igualada con la mejor para decidir."
