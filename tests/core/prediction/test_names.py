from __future__ import annotations

from core.prediction.names import by_name, matches, words_among


def test_the_same_name_goes_before_another_form_of_it() -> None:
    assert matches(["age", "age "], ["age ", "age"]) == {"age": "age", "age ": "age "}


def test_another_form_counts_where_nothing_else_has_it() -> None:
    assert matches(["an\u0303o", "size"], [" año ", "SIZE"]) == {"an\u0303o": " año "}


def test_a_form_that_two_share_belongs_to_neither() -> None:
    assert matches(["age"], ["age ", " age"]) == {}
    assert matches(["age ", " age"], ["age"]) == {}
    assert matches(["age", "age "], ["age"]) == {"age": "age"}  # the other one has no value


def test_names_that_are_numbers_are_found_by_how_they_are_written() -> None:
    assert by_name(["1", "2"], {1: "a", "2": "b"}) == {"1": "a", "2": "b"}


def test_words_that_differ_by_a_space_stay_apart_where_both_are_known() -> None:
    assert words_among(["Yes", "Yes ", " Yes"], ["Yes", "Yes "]) == {"Yes": "Yes", "Yes ": "Yes ", " Yes": " Yes"}
    assert words_among([" Yes"], ["Yes", "No"]) == {" Yes": "Yes"}
