"""True answers that come later are held against what was asked, in the model's own words."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from core.errors import DataError
from core.serving.log.entries import Entry
from core.serving.log.prediction_log import PredictionLog
from core.serving.log.reading import read_log
from core.serving.log.truths import Told, Truths
from tests.fixtures.actors import ANA
from tests.fixtures.entries import NOON, entry

CHANCES = {"setosa": [0.9], "virginica": [0.1]}


def noted(log: PredictionLog, *entries: Entry) -> Truths:
    for one in entries:
        log.note(one)
    return Truths(log, "iris")


def truths(log: PredictionLog) -> list[object]:
    said = read_log(log.folder, "iris", NOON)["truth"].astype(object)
    return said.where(said.notna(), None).tolist()


def test_a_truth_stands_beside_what_was_answered(log: PredictionLog) -> None:
    asked = noted(log, entry([1.0, "red"], request_id="a"), entry([2.0, "red"], request_id="b", minutes=1))
    assert asked.note(ANA, "a", None, "setosa") == Told(1)
    assert truths(log) == ["setosa", None]


def test_a_second_truth_replaces_the_first(log: PredictionLog) -> None:
    asked = noted(log, entry([1.0, "red"], request_id="a", chances=CHANCES))
    asked.note(ANA, "a", 0, "virginica")
    assert asked.note(ANA, "a", 0, "setosa") == Told(1, replaced=1)
    assert truths(log) == ["setosa"]


@pytest.mark.parametrize("row", [None, 0, 1])
def test_an_unknown_request_or_row_is_told_and_kept_nowhere(log: PredictionLog, row: int | None) -> None:
    asked = noted(log, entry([1.0, "red"], request_id="a"))
    which = "a" if row == 1 else "never asked"
    assert asked.note(ANA, which, row, "setosa") == Told(unknown=1, examples=(which,))
    assert truths(log) == [None]


def test_before_anything_was_asked_every_truth_is_unknown(log: PredictionLog) -> None:
    assert Truths(log, "iris").note(ANA, "a", None, 1.0).unknown == 1


def test_an_id_that_came_twice_is_not_guessed_at(log: PredictionLog) -> None:
    asked = noted(
        log, entry([1.0, "red"], request_id="a"), entry([2.0, "red"], request_id="a", minutes=1),
        entry([3.0, "red"], request_id="b", minutes=2),
    )  # fmt: skip
    for row in (None, 0, 1):
        assert asked.note(ANA, "a", row, "setosa") == Told(ambiguous=1, examples=("a",))
    table = pd.DataFrame({"request_id": ["a", "b"], "truth": ["setosa", "setosa"]})
    assert asked.note_table(ANA, table) == Told(1, ambiguous=1, examples=("a",))
    assert truths(log) == [None, None, "setosa"]


def test_of_several_rows_it_must_be_said_which(log: PredictionLog) -> None:
    asked = noted(log, entry([1.0, "red"], [2.0, "red"], request_id="a"))
    assert asked.note(ANA, "a", None, "setosa") == Told(rowless=1)
    assert asked.note(ANA, "a", 1, "setosa") == Told(1)
    assert truths(log) == [None, "setosa"]


@pytest.mark.parametrize("row", [-1, 0.5, "first", float("inf")])
def test_a_row_that_is_none_is_refused(log: PredictionLog, row: object) -> None:
    asked = noted(log, entry([1.0, "red"], request_id="a"))
    with pytest.raises(DataError, match="The rows of a request count from 0"):
        asked.note(ANA, "a", row, "setosa")  # type: ignore[arg-type]


@pytest.mark.part(2)
@pytest.mark.parametrize("said", ["setosa", " Setosa ", "SETOSA", 0])
def test_classes_match_by_what_they_mean(log: PredictionLog, said: object) -> None:
    noted(log, entry([1.0, "red"], request_id="a", chances=CHANCES))
    Truths(log, "iris", ["setosa", "virginica"]).note(ANA, "a", None, said)
    assert truths(log) == ["setosa"]


@pytest.mark.parametrize("said", ["rose", 1, "1"])
def test_a_class_that_the_model_does_not_have_is_refused(log: PredictionLog, said: object) -> None:
    asked = noted(log, entry([1.0, "red"], request_id="a", chances=CHANCES))
    with pytest.raises(DataError, match=r"must be one of the classes.*'setosa', 'virginica', but one is"):
        asked.note(ANA, "a", None, said)
    assert truths(log) == [None]


def test_where_not_all_classes_are_known_another_word_is_one_but_a_number_is_not(log: PredictionLog) -> None:
    asked = noted(log, entry([1.0, "red"], request_id="a"))
    with pytest.raises(DataError, match="must be one of the classes"):
        asked.note(ANA, "a", None, 2)
    assert asked.note(ANA, "a", None, "rose").noted == 1
    assert truths(log) == ["rose"]


def test_of_numbers_a_word_is_refused(log: PredictionLog) -> None:
    asked = noted(log, entry([1.0, "red"], answers=[3.5], request_id="a"))
    with pytest.raises(DataError, match="The model answers with numbers"):
        asked.note(ANA, "a", None, "many")
    assert asked.note(ANA, "a", None, "4").noted == 1
    assert truths(log) == [4.0]


@pytest.mark.part(2)
@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
def test_a_table_with_ids_is_taken_in_any_form(log: PredictionLog, kind: str) -> None:
    asked = noted(log, *(entry([1.0, "red"], request_id=f"{n:031x}a", minutes=n) for n in range(3)))
    table = pd.DataFrame({"truth": ["setosa", "virginica", "setosa", "setosa"],
                          "request_id": [f"{n:031x}a" for n in (0, 2, 7, 0)]})  # fmt: skip
    buffer = io.BytesIO()
    table.to_parquet(buffer) if kind == "parquet" else table.to_csv(buffer, index=False)
    told = asked.note_table(ANA, table if kind == "frame" else buffer.getvalue())
    assert told == Told(2, unknown=1, examples=(f"{7:031x}a",))
    assert truths(log) == ["setosa", None, "virginica"]


def test_a_table_without_ids_says_what_it_must_have(log: PredictionLog) -> None:
    with pytest.raises(DataError, match="must have the columns request_id and truth, but it lacks request_id"):
        Truths(log, "iris").note_table(ANA, pd.DataFrame({"truth": [1.0]}))
