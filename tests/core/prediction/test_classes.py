from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.prediction.classes import NoClassError, as_classes, class_word, same_class, words_of


def matched(answers: list[Any], classes: list[str], names: list[str] | None = None) -> list[str]:
    return as_classes(pd.Series(answers), classes, names or []).tolist()


@pytest.mark.part(2)
@pytest.mark.parametrize(
    "answers",
    [
        [0, 1], [0.0, 1.0], [False, True], ["0", "1"], ["0.0", "1.00"], [" 0", "1 "], ["FALSE", "TRUE"], ["no", "Yes "],
        ["N", "S"], ["F", "V"], ["FALSO", "VERDADERO"], ["falso", "cierto"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("classes", [["0", "1"], ["False", "True"], ["No", "Yes"], ["0.0", "1.0"], ["NO ", "sí"]])
def test_the_same_two_classes_match_however_they_are_spelled(answers: list[Any], classes: list[str]) -> None:
    assert matched(answers, classes) == classes


def test_an_empty_cell_that_makes_floats_of_whole_numbers_changes_no_class() -> None:
    assert as_classes(pd.Series([0.0, 1.0, np.nan, 2.0]), ["0", "1", "2"]).tolist() == ["0", "1", None, "2"]


def test_accents_and_capitals_do_not_count_where_no_two_classes_differ_by_them() -> None:
    assert matched([unicodedata.normalize("NFD", "Más"), "MENOS "], ["más", "menos"]) == ["más", "menos"]
    assert matched(["a", "A"], ["A", "a"]) == ["a", "A"]
    assert matched(["a ", "A"], ["A", "a"]) == ["a", "A"]


def test_numbers_of_classes_mean_their_names() -> None:
    names = ["setosa", "versicolor", "virginica"]
    assert matched([0, 2, 1], names, names) == ["setosa", "virginica", "versicolor"]
    assert matched(["2.0"], names, names) == ["virginica"]


def test_a_class_that_is_called_by_a_number_is_no_place() -> None:
    names = ["3", "4", "5"]
    assert matched([3, 4], names, names) == ["3", "4"]
    assert matched([0, 1, 2], names, names) == names


def test_counting_from_one_is_not_taken_for_places() -> None:
    with pytest.raises(NoClassError, match="none of them is: '1', '2', '3'"):
        matched([1, 2, 3], ["a", "b", "c"], ["a", "b", "c"])


def test_true_is_yes_also_where_yes_comes_first() -> None:
    assert matched([True, False], ["Yes", "No"], ["Yes", "No"]) == ["Yes", "No"]
    assert matched([1, 0], ["Yes", "No"], ["Yes", "No"]) == ["No", "Yes"]  # the numbers of the model's own classes


def test_an_answer_that_is_no_class_stays_as_it_is() -> None:
    assert matched(["yes", "no", "perhaps "], ["yes", "no"]) == ["yes", "no", "perhaps"]
    assert matched(["a", "b", "e"], ["a", "b", "c", "d"]) == ["a", "b", "e"]


@pytest.mark.parametrize(
    ("answers", "classes", "strange", "absent"),
    [
        ([1, 2], ["0", "1"], "'2'", "'0'"),
        ([-1, 1], ["0", "1"], "'-1'", "'0'"),
        (["2", "3"], ["0", "1", "2"], "'3'", "'0', '1'"),
        (["spam", "ham"], ["not spam", "spam"], "'ham'", "'not spam'"),
        (["bajo", "medium", "high"], ["low", "medium", "high"], "'bajo'", "'low'"),
    ],
)
def test_answers_that_may_be_classes_called_otherwise_are_not_counted_as_wrong(
    answers: list[Any], classes: list[str], strange: str, absent: str
) -> None:
    with pytest.raises(NoClassError, match=f"but {strange} are none, and no row has its {absent}"):
        matched(answers, classes)


def test_a_model_that_does_not_say_its_classes_may_have_others() -> None:
    assert as_classes(pd.Series([1, 2]), ["0", "1"], are_all=False).tolist() == ["1", "2"]


def test_answers_that_are_no_class_at_all_are_said() -> None:
    with pytest.raises(NoClassError, match=r"classes of the model, 'old', 'young', but none of them is: '1', '2'"):
        matched([1, 2], ["old", "young"])


def test_long_numbers_that_differ_are_two_classes() -> None:
    classes = ["12345678901234567890", "12345678901234567891"]
    assert matched([" 12345678901234567891"], classes) == classes[1:]
    assert not same_class(*classes)


def test_letters_are_no_yes_and_no_beside_other_letters() -> None:
    assert not same_class("f", "n")
    assert matched(["t", "f"], ["False", "True"]) == ["True", "False"]
    with pytest.raises(NoClassError):
        matched(["t", "f"], ["a", "b", "c"])


@pytest.mark.parametrize(
    ("value", "word"), [(1, "1"), (1.0, "1"), (np.float64(-2), "-2"), (0.5, "0.5"), (True, "True")]
)
def test_a_class_has_one_spelling(value: Any, word: str) -> None:
    assert class_word(value) == word


def test_no_answer_is_no_class() -> None:
    assert list(words_of(np.array(["yes", None, np.nan], dtype=object))) == ["yes", None, None]
    assert list(words_of(np.array([18, None], dtype=object))) == ["18", None]
