from __future__ import annotations

import json
import logging
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

from core.api.programs.calls import Call, answered_by, answering, current, timing
from core.api.programs.errors import Refused, WrongField, answer_to, error_response, install
from core.errors import DataError, ModelError, ParameterError
from core.i18n import LANGUAGES, N_, speaking
from tests.fixtures.programs import ask

NO_YEAR = ParameterError(N_("There are no tokens."), "Look.", commands=("make run",))


class Car(BaseModel):
    """What a route declares."""

    model_config = {"extra": "forbid"}

    year: Annotated[int, Field(ge=2000, le=2030)]
    doors: int = 4


def app() -> FastAPI:
    made = FastAPI()
    install(made)

    @made.post("/cars")
    def cars(car: Car) -> int:
        return car.year

    @made.get("/page")
    def page(size: Annotated[int, Query(ge=1)]) -> int:
        return size

    @made.get("/refused")
    def refused() -> None:
        wrong = WrongField("year", 1999, "Too old.", {"minimum": 2000})
        raise Refused(404, NO_YEAR, fields=[wrong], headers={"X-Why": "old"})

    @made.get("/error/{kind}")
    def error(kind: str) -> None:
        raise {"model": ModelError, "data": DataError}[kind]("Broken.")

    return made


APP = app()


def body(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.body)
    return found


def test_an_error_has_one_shape() -> None:
    with answering(Call(id="r1")):
        response = error_response(400, NO_YEAR, fields=[WrongField("year", 1999, "Too old.", {"minimum": 2000})])
    assert (response.status_code, response.media_type) == (400, "application/json")
    assert body(response) == {
        "error_code": "INVALID_PARAMETER_VALUE",
        "message": "There are no tokens.",
        "what_to_do": "Look.\nmake run",
        "fields": [{"name": "year", "given": 1999, "problem": "Too old.", "may_be": {"minimum": 2000}}],
        "request_id": "r1",
    }


def test_the_open_inference_protocol_gets_its_own_word_beside_ours() -> None:
    with answering(Call(path="/v2/models/iris/infer")):
        assert body(error_response(400, NO_YEAR))["error"] == "There are no tokens. Look.\nmake run"
    with answering(Call(path="/v2x")):
        assert "error" not in body(error_response(400, NO_YEAR))


def test_an_error_is_said_in_the_readers_language() -> None:
    with speaking("es"):
        assert body(error_response(400, NO_YEAR))["message"] == "No hay ningún token."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 429, 500, 501, 503, 504, 507])
def test_every_code_has_a_name_of_mlflows_and_a_sentence(code: int, language: str) -> None:
    from mlflow.protos.databricks_pb2 import ErrorCode

    with speaking(language):
        said = body(error_response(code))
    assert said["error_code"] in ErrorCode.keys()  # noqa: SIM118 - it is no mapping
    assert said["message"]
    assert said["what_to_do"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (float("nan"), "nan"),
        (10**100, repr(10**100)),
        (7, 7),
        (True, True),
        (None, None),
        ("x" * 300, "x" * 199 + "…"),
        ({"a": 1}, "{'a': 1}"),
        ([1, [2]], [1, "[2]"]),
        ("half \ud800", "half ?"),
    ],
)
def test_what_was_given_is_told_as_far_as_json_and_its_length_allow(given: object, told: object) -> None:
    said = body(error_response(400, NO_YEAR, fields=[WrongField("a", given, "")]))
    assert said["fields"][0]["given"] == told


def test_a_route_ends_a_request_from_wherever_it_is() -> None:
    answer = ask(APP, "GET", "/refused")
    assert (answer.status_code, answer.headers["X-Why"]) == (404, "old")
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert answer.json()["fields"][0]["name"] == "year"


@pytest.mark.parametrize(
    ("kind", "code", "name"), [("model", 503, "TEMPORARILY_UNAVAILABLE"), ("data", 400, "INVALID_PARAMETER_VALUE")]
)
def test_an_error_of_ours_that_a_route_lets_through_is_said(kind: str, code: int, name: str) -> None:
    answer = ask(APP, "GET", f"/error/{kind}")
    assert (answer.status_code, answer.json()["error_code"], answer.json()["message"]) == (code, name, "Broken.")


def test_an_address_that_is_none_is_said_in_the_same_shape() -> None:
    answer = ask(APP, "GET", "/nowhere")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert answer.json()["message"] == "There is nothing at this address."


def test_a_wrong_method_says_which_ones_there_are() -> None:
    answer = ask(APP, "GET", "/cars")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["message"] == "This address is not asked in this way."


@pytest.mark.parametrize(
    ("sent", "name", "problem", "may_be"),
    [
        ({"year": "two"}, "year", "It must be a whole number.", {"type": "integer"}),
        ({"year": 1999}, "year", "It is not what it may be.", {"minimum": 2000}),
        ({}, "year", "It is missing.", {}),
        ({"year": 2001, "dors": 3}, "dors", "There is no such field.", {}),
    ],
)
def test_a_field_that_is_wrong_is_named_with_what_it_may_be(
    sent: object, name: str, problem: str, may_be: dict[str, object]
) -> None:
    answer = ask(APP, "POST", "/cars", json=sent)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_PARAMETER_VALUE")
    assert [(one["name"], one["problem"], one["may_be"]) for one in answer.json()["fields"]] == [
        (name, problem, may_be)
    ]


def test_a_wrong_query_is_named_too() -> None:
    assert ask(APP, "GET", "/page?size=0").json()["fields"] == [
        {"name": "size", "given": "0", "problem": "It is not what it may be.", "may_be": {"minimum": 1}}
    ]


def test_a_body_that_is_no_json_says_where() -> None:
    answer = ask(APP, "POST", "/cars", content='{"year": 2001,', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "BAD_REQUEST")
    assert answer.json()["message"] == "The body must be JSON, but it is not from character 14 on."


def test_an_error_that_nobody_foresaw_tells_nothing_from_inside_but_the_log_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR), answering(Call(id="r2")):
        try:
            raise KeyError("a secret of ours")
        except KeyError as error:
            said = answer_to(error)
    assert said.status_code == 500
    assert b"secret" not in said.body
    assert body(said)["request_id"] == "r2"
    assert "Request r2 failed" in caplog.text
    assert "a secret of ours" in caplog.text
    assert "Traceback" in caplog.text


def test_where_the_time_went_is_counted_by_part() -> None:
    call = Call()
    with answering(call):
        for _ in range(2):
            with timing("model"):
                pass
        with timing("queue"):
            answered_by("iris", "3")
    assert list(call.parts) == ["model", "queue"]
    assert (call.model, call.version) == ("iris", "3")
    assert call.server_timing().startswith("total;dur=")
    assert current() is not call


def test_outside_of_a_call_nothing_is_known_and_nothing_breaks() -> None:
    with timing("model"):
        answered_by("iris", "1")
    assert (current().model, current().parts) == ("", {})
