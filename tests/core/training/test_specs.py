from __future__ import annotations

import pytest

from core.errors import ParameterError
from core.training.specs import (
    Choice,
    Flag,
    Integer,
    Real,
    complete,
    departures,
    parse_settings,
    with_defaults,
    written,
)

DEPTH = Integer("max_depth", "How deep.", None, low=1, high=50, optional=True)
TREES = Integer("n_estimators", "How many.", 100, low=1, high=1000)
RATE = Real("learning_rate", "How fast.", 0.1, low=0.001, high=1.0, log=True)
WEIGHTS = Choice("weights", "Which weights.", "uniform", choices=("uniform", "distance"))
BALANCE = Choice("class_weight", "Balance.", None, choices=(None, "balanced"))
SCALE = Flag("scale", "Scale.", False)
PARAMETERS = (DEPTH, TREES, RATE, WEIGHTS, BALANCE, SCALE)


def test_what_is_not_chosen_keeps_its_default() -> None:
    assert complete(PARAMETERS, {"n_estimators": 7}) == {
        "max_depth": None,
        "n_estimators": 7,
        "learning_rate": 0.1,
        "weights": "uniform",
        "class_weight": None,
        "scale": False,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_depth", 0),
        ("max_depth", 51),
        ("max_depth", 2.5),
        ("max_depth", True),
        ("n_estimators", None),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", "fast"),
        ("weights", "none"),
        ("scale", 1),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f"{name} must be .*but it is .*Choose another value for {name}"):
        complete(PARAMETERS, {name: value})  # type: ignore[dict-item]


def test_a_refusal_says_what_is_allowed() -> None:
    with pytest.raises(ParameterError, match="max_depth must be a whole number from 1 to 50 or none, but it is 0"):
        complete(PARAMETERS, {"max_depth": 0})


def test_an_unknown_parameter_lists_the_known_ones() -> None:
    with pytest.raises(ParameterError, match=r"no parameter 'depth'\. Choose one of max_depth, n_estimators"):
        complete(PARAMETERS, {"depth": 3})


def test_the_command_line_is_read_by_type() -> None:
    words = ["max_depth=none", "n_estimators=5", "learning_rate=1e-2", "weights=distance", "scale=yes"]
    assert parse_settings(PARAMETERS, words) == {
        "max_depth": None,
        "n_estimators": 5,
        "learning_rate": 0.01,
        "weights": "distance",
        "scale": True,
    }


def test_none_is_a_word_only_where_it_is_a_choice() -> None:
    assert parse_settings(PARAMETERS, ["class_weight=none"]) == {"class_weight": None}
    with pytest.raises(ParameterError, match="weights must be one of uniform, distance"):
        parse_settings(PARAMETERS, ["weights=none"])


@pytest.mark.parametrize("word", ["n_estimators", "n_estimators:5"])
def test_a_setting_without_equals_shows_an_example(word: str) -> None:
    with pytest.raises(ParameterError, match=r"must read param=value.*max_depth=5"):
        parse_settings(PARAMETERS, [word])


@pytest.mark.parametrize("word", ["n_estimators=many", "learning_rate=fast", "scale=perhaps", "n_estimators=1.5"])
def test_a_word_that_cannot_be_read_is_refused_and_not_guessed(word: str) -> None:
    with pytest.raises(ParameterError, match="must be"):
        parse_settings(PARAMETERS, [word])


def test_a_task_may_declare_other_defaults() -> None:
    assert complete(with_defaults(PARAMETERS, max_depth=20), {})["max_depth"] == 20


def test_a_default_must_be_allowed_too() -> None:
    with pytest.raises(ParameterError, match="max_depth must be"):
        with_defaults(PARAMETERS, max_depth=99)


def test_departures_read_back_as_what_was_chosen() -> None:
    chosen = complete(PARAMETERS, {"max_depth": 3, "learning_rate": 0.25, "scale": True, "class_weight": "balanced"})
    words = departures(PARAMETERS, chosen)
    assert words == ["max_depth=3", "learning_rate=0.25", "class_weight=balanced", "scale=yes"]
    assert complete(PARAMETERS, parse_settings(PARAMETERS, words)) == chosen


@pytest.mark.parametrize("value", [0.1, 1e-7, 0.12345678, 1234567.0, 100.0])
def test_a_number_is_written_with_all_its_digits(value: float) -> None:
    assert float(written(value)) == value
