"""Requests to begin with are answered, and those that are wrong on purpose are refused for what is wrong."""

from __future__ import annotations

import pytest

from core.prediction.schema import InputField
from core.serving.examples import QUESTIONS, mistakes
from core.serving.inputs import read_record
from core.serving.problems import WrongInputsError

CARS = [
    InputField("marca", "category", "string", "Toyota", choices=("Toyota", "Kia")),
    InputField("year", "integer", "long", 2017, low=2001.0, high=2024.0),
    InputField("steps", "integer", "long", 3, optional=True, is_parameter=True),
]


def test_each_way_of_asking_takes_its_own_form() -> None:
    assert {route: one.body(CARS) for route, one in QUESTIONS.items()} == {
        "predict": {"marca": "Toyota", "year": 2017, "steps": 3},
        "invocations": {
            "dataframe_split": {"columns": ["marca", "year"], "data": [["Toyota", 2017]]}, "params": {"steps": 3},
        },
        "predict_names": {"instances": [["Toyota", 2017]]},
        "explain": {"inputs": {"marca": "Toyota", "year": 2017, "steps": 3}},
        "what-if": {"inputs": {"marca": "Toyota", "year": 2017, "steps": 3}, "along": "year", "steps": 5},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["missing", "type", "extra"])
def test_each_mistake_is_refused_for_one_field(name: str) -> None:
    mistake = next(one for one in mistakes(CARS, newest=3) if one.name == name)
    with pytest.raises(WrongInputsError, match="Every input must be there") as refused:
        read_record(mistake.body, CARS)
    wrong = {"missing": "marca", "type": "year", "extra": "horoscope"}
    assert [field.name for field in refused.value.fields] == [wrong[name]]


def test_a_version_that_does_not_exist_is_above_all_that_do() -> None:
    assert [one.which for one in mistakes(CARS, newest=3)] == ["", "", "", "4"]


def test_of_a_model_that_does_not_answer_there_is_something_to_send_all_the_same() -> None:
    assert QUESTIONS["predict"].body(()) == {}
    assert QUESTIONS["what-if"].body(()) == {"inputs": {}, "along": "", "steps": 5}
    assert [one.name for one in mistakes((), newest=1)] == ["extra", "version"]
