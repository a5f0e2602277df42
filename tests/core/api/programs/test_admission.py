from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp

from core.api.programs.admission import OPEN, Admission, Limits, check_model, limits
from core.api.programs.calls import Call, answered_by, timing
from core.api.programs.errors import install
from core.errors import PizarraError
from core.serving.serving_file import ServingFile
from core.serving.tokens import Tokens
from core.settings import settings
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import free_port
from tests.fixtures.loops import run
from tests.fixtures.processes import until
from tests.fixtures.programs import ask, program

WIDE = Limits(size=1000, waiting=10, a_minute=1000, seconds=20)


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[Tokens]:
    file = ServingFile(tmp_path)
    yield Tokens(file, required=False)
    file.close()


@pytest.fixture
def required(tokens: Tokens) -> Tokens:
    tokens.require(ANA, on=True)
    return tokens


def model_of(path: str) -> str | None:
    found = re.fullmatch(r"/models/([^/]+)(/.*)?", path)
    return "served" if path == "/predict" else found[1] if found else None


def app(tokens: Tokens, limits: Limits = WIDE, **more: Any) -> FastAPI:
    """Some routes behind the middleware."""
    made = FastAPI()
    install(made)
    made.add_middleware(Admission, tokens=lambda: tokens, model_of=model_of, limits=limits, **more)

    @made.get("/ping")
    def ping() -> str:
        return "pong"

    @made.post("/predict")
    async def predict(request: Request) -> int:
        return len(await request.body())

    @made.post("/models/{name}/predict")
    async def predict_named(name: str) -> str:
        with timing("model"):
            answered_by(name, "3")
        return name

    @made.post("/by-alias")
    def by_alias() -> None:
        check_model("wine")

    @made.get("/broken")
    def broken() -> None:
        raise KeyError("inside")

    @made.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    @made.get("/slow-thread")
    def slow_thread() -> None:
        time.sleep(1)

    @made.get("/long")
    async def long() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for _ in range(4):
                yield "a"
                await asyncio.sleep(0.1)

        return StreamingResponse(pieces())

    return made


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def post(app: ASGIApp, path: str, **headers: str) -> httpx.Response:
    return ask(app, "POST", path, headers=headers)


# Tokens


def test_where_none_is_required_everybody_may_ask(tokens: Tokens) -> None:
    assert post(app(tokens), "/predict").status_code == 200


def test_where_one_is_required_who_shows_none_is_told_how(required: Tokens) -> None:
    answer = post(app(required), "/predict")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["error_code"] == "UNAUTHENTICATED"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_who_shows_one_may_ask(required: Tokens) -> None:
    secret, _token = required.make(ANA, "shop")
    assert post(app(required), "/predict", **bearer(secret)).status_code == 200
    assert post(app(required), "/predict", Authorization=f"bearer  {secret} ").status_code == 200


@pytest.mark.parametrize("secret", ["pizarra_unknown", ""])
def test_an_unknown_token_is_refused_even_where_none_is_required(tokens: Tokens, secret: str) -> None:
    answer = post(app(tokens), "/predict", **bearer(secret))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json()["message"] == "This token is unknown here, or has ended."


def test_a_token_that_has_ended_is_refused(tokens: Tokens) -> None:
    secret, token = tokens.make(ANA, "shop")
    made = app(tokens)
    assert post(made, "/predict", **bearer(secret)).status_code == 200
    tokens.end(ANA, token.number)
    assert post(made, "/predict", **bearer(secret)).status_code == 401


def test_what_a_proxy_adds_is_no_token(tokens: Tokens) -> None:
    assert post(app(tokens), "/predict", Authorization="Basic YTpi").status_code == 200
    tokens.require(ANA, on=True)
    assert post(app(tokens), "/predict", Authorization="Basic YTpi").status_code == 401


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/models/iris/predict", 200),
        ("/models/wine/predict", 403),
        ("/models/wine", 403),
        ("/predict", 403),  # of the model that is served
        ("/by-alias", 403),  # the route itself finds out
        ("/nowhere", 404),
    ],
)
def test_a_token_for_one_model_opens_no_other(tokens: Tokens, path: str, code: int) -> None:
    secret, _token = tokens.make(ANA, "shop", ["iris"])
    answer = post(app(tokens), path, **bearer(secret))
    assert answer.status_code == code
    if code == 403:
        assert answer.json()["error_code"] == "PERMISSION_DENIED"
        assert answer.json()["message"].startswith("This token is for iris, not for ")


def test_a_token_for_all_models_opens_all(required: Tokens) -> None:
    secret, _token = required.make(ANA, "shop")
    for path in ("/models/iris/predict", "/predict", "/by-alias"):
        assert post(app(required), path, **bearer(secret)).status_code == 200


def test_whether_we_are_there_is_told_to_everybody(required: Tokens) -> None:
    tight = app(required, Limits(1000, 1, 1, 20))
    assert [ask(tight, "GET", "/ping", headers=bearer("x")).status_code for _ in range(3)] == [200] * 3
    assert ask(tight, "GET", "/docs").status_code == 200
    assert not {path for path in OPEN if model_of(path)}


def test_tokens_that_cannot_be_read_let_nobody_in(tokens: Tokens) -> None:
    def gone() -> Tokens:
        raise PizarraError("No file.")

    made = FastAPI()
    made.add_middleware(Admission, tokens=gone, model_of=model_of, limits=WIDE)
    assert post(made, "/predict").json()["message"] == "No file."


def test_below_another_address_paths_are_the_same(required: Tokens) -> None:
    outer = FastAPI()
    outer.mount("/api", app(required))
    secret, _token = required.make(ANA, "shop", ["iris"])
    assert ask(outer, "GET", "/api/ping").status_code == 200
    missing = ask(outer, "GET", "/api/nowhere", headers=bearer(secret))
    assert missing.json()["what_to_do"].startswith("Look at /api/docs for")
    assert post(outer, "/api/predict").status_code == 401
    assert post(outer, "/api/models/iris/predict", **bearer(secret)).status_code == 200
    assert post(outer, "/api/models/wine/predict", **bearer(secret)).status_code == 403


# How much


def test_a_request_that_says_it_is_too_large_is_refused_before_it_comes(tokens: Tokens) -> None:
    assert ask(app(tokens), "POST", "/predict", content=b"x" * 1000).json() == 1000
    answer = ask(app(tokens), "POST", "/predict", content=b"x" * 1001)
    assert (answer.status_code, answer.json()["error_code"]) == (413, "MAX_READ_SIZE_EXCEEDED")
    assert answer.json()["message"] == "A request may have at most 0.001 MB, but this one has more."
    assert post(app(tokens), "/predict", **{"Content-Length": "9" * 30}).status_code == 413


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an app over real HTTP, and yield the address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert until(lambda: server.started, 20)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def test_a_request_that_says_nothing_of_its_size_is_refused_while_it_comes(tokens: Tokens) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 100

    with served(app(tokens)) as address, httpx.Client(base_url=address) as client:
        answer = client.post("/predict", content=pieces())
        assert (answer.status_code, answer.json()["error_code"]) == (413, "MAX_READ_SIZE_EXCEEDED")
        assert client.post("/predict", content=iter([b"x" * 500] * 2)).json() == 1000


def test_bodies_that_wait_may_not_be_too_much_together(tokens: Tokens) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with served(app(tokens)) as address, ExitStack() as stack:
        place = address.removeprefix("http://").split(":")
        wires = [stack.enter_context(socket.create_connection((place[0], int(place[1])), 20)) for _ in range(5)]
        for wire in wires[:4]:
            wire.sendall(head + b"x" * 990)
        sleep(0.3)
        wires[4].sendall(head + b"x" * 500)
        assert wires[4].recv(1000).startswith(b"HTTP/1.1 429")
        for wire in wires[:4]:
            wire.sendall(b"x" * 10)
            assert wire.recv(1000).startswith(b"HTTP/1.1 200")
        assert httpx.post(f"{address}/predict", content=b"x" * 1000).json() == 1000


def test_a_request_that_never_comes_in_whole_is_not_waited_for(tokens: Tokens) -> None:
    with served(app(tokens, Limits(1000, 10, 1000, 0.3))) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as wire:
            wire.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            assert wire.recv(1000).startswith(b"HTTP/1.1 408")


# How often, and how many at once


def test_who_asks_too_often_is_told_when_they_may_again(tokens: Tokens) -> None:
    made = app(tokens, Limits(1000, 10, 3, 20))
    assert [post(made, "/predict").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = post(made, "/predict")
    assert answer.json()["error_code"] == "REQUEST_LIMIT_EXCEEDED"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    secret, _token = tokens.make(ANA, "shop")
    assert post(made, "/predict", **bearer(secret)).status_code == 200  # it counts for itself


def test_who_guesses_tokens_is_slowed_down(tokens: Tokens) -> None:
    made = app(tokens, Limits(1000, 10, 3, 20))
    assert [post(made, "/predict", **bearer(f"guess{n}")).status_code for n in range(4)] == [401, 401, 401, 429]


def test_when_too_many_wait_the_next_is_told_to_come_back(tokens: Tokens) -> None:
    made = app(tokens, Limits(1000, 2, 1000, 0.5))

    async def together() -> list[httpx.Response]:
        async with program(made) as client:
            waiting = [asyncio.create_task(client.get("/slow")) for _ in range(2)]
            await asyncio.sleep(0.1)
            refused, there = await client.post("/predict"), await client.get("/ping")
            await asyncio.gather(*waiting)
            return [refused, there, await client.post("/predict")]

    refused, there, later = run(together)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert [there.status_code, later.status_code] == [200, 200]


# How long


@pytest.mark.part(2)
@pytest.mark.parametrize("path", ["/slow", "/slow-thread"])
def test_an_answer_that_takes_too_long_is_not_waited_for(tokens: Tokens, path: str) -> None:
    answer = ask(app(tokens, Limits(1000, 10, 1000, 0.2)), "GET", path)
    assert (answer.status_code, answer.json()["error_code"]) == (504, "DEADLINE_EXCEEDED")


def test_an_answer_that_has_begun_has_all_the_time(tokens: Tokens) -> None:
    assert ask(app(tokens, Limits(1000, 10, 1000, 0.2)), "GET", "/long").text == "aaaa"


# What every answer carries


@pytest.mark.parametrize(
    ("said", "is_taken_over"),
    [("order-12.a_B", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("<b>", False), ("", False)],
)
def test_every_answer_says_which_request_it_is_to(tokens: Tokens, said: str, is_taken_over: bool) -> None:
    for path in ("/predict", "/nowhere"):
        found = post(app(tokens), path, **{"X-Request-Id": said}).headers["X-Request-Id"]
        assert (found == said) is is_taken_over
        assert re.fullmatch(r"[\w.-]{1,64}", found)


def test_requests_that_say_nothing_have_ids_of_their_own(tokens: Tokens) -> None:
    made = app(tokens)
    assert len({post(made, "/predict").headers["X-Request-Id"] for _ in range(5)}) == 5


def test_every_answer_says_where_its_time_went(tokens: Tokens) -> None:
    said = post(app(tokens), "/models/iris/predict").headers["Server-Timing"]
    assert re.fullmatch(r"total;dur=\d+\.\d\d, model;dur=\d+\.\d\d", said)
    assert post(app(tokens), "/nowhere").headers["Server-Timing"].startswith("total;dur=")


def test_an_error_that_nobody_foresaw_is_in_the_log_under_the_requests_id(
    tokens: Tokens, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = ask(app(tokens), "GET", "/broken", headers={"X-Request-Id": "r7"})
    assert (answer.status_code, answer.json()["error_code"], answer.json()["request_id"]) == (
        500, "INTERNAL_ERROR", "r7",
    )  # fmt: skip
    assert "inside" not in answer.text
    assert "Request r7 failed" in caplog.text
    assert "KeyError: 'inside'" in caplog.text


@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ("es-CO, en;q=0.5", "No hay nada en esta dirección."),
        ("es;q=0.5, en", "There is nothing at this address."),
        ("fr", "There is nothing at this address."),
    ],
)
def test_errors_are_said_in_the_language_that_is_liked_best(tokens: Tokens, accepted: str, message: str) -> None:
    assert post(app(tokens), "/nowhere", **{"Accept-Language": accepted}).json()["message"] == message


def test_who_counts_is_told_of_each_call_by_its_route(tokens: Tokens) -> None:
    noted: list[tuple[str, str, str, int]] = []

    def note(call: Call, route: str, code: int) -> None:
        noted.append((call.model, call.version, route, code))

    made = app(tokens, note=note)
    for path in ("/models/iris/predict", "/nowhere", "/ping"):
        post(made, path)
    ask(made, "GET", "/broken")
    post(made, "/predict", **bearer("x"))
    assert noted == [
        ("iris", "3", "/models/{name}/predict", 200),
        ("", "", "", 404),
        ("", "", "/ping", 405),
        ("", "", "/broken", 500),
        ("", "", "", 401),
    ]


def test_the_settings_say_what_the_limits_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MB": "2", "WAITING": "3", "A_MINUTE": "4", "SECONDS": "5"}.items():
        monkeypatch.setenv(f"PIZARRA_API_{name}", value)
    settings.cache_clear()
    assert limits() == Limits(2_000_000, 3, 4, 5)


def test_what_is_no_request_goes_through(tokens: Tokens) -> None:
    async def start() -> list[str]:
        sent: list[str] = []
        told: Callable[[], Any] = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]).__next__

        async def receive() -> Any:
            return told()

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await app(tokens)({"type": "lifespan", "asgi": {}}, receive, send)
        return sent

    assert run(start) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
