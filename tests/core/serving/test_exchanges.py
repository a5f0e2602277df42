"""A request goes over the wire as it is shown, and its answer is shown as it came."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import pytest

from core.errors import PizarraError
from core.serving import exchanges
from core.serving.exchanges import Sent, asking, readable, send
from tests.fixtures.dashboards import free_port

TOKEN = "pizarra_a-b_c"  # noqa: S105 - of nobody
Answering = Callable[[bytes], tuple[str, list[bytes]]]


def read_request(line: socket.socket) -> bytes:
    """Return all of a request, which may come in pieces."""
    came = line.recv(65_536)
    head, _end, body = came.partition(b"\r\n\r\n")
    length = next((int(one[15:]) for one in head.splitlines() if one.startswith(b"Content-Length:")), 0)
    while len(body) < length and (more := line.recv(65_536)):
        came, body = came + more, body + more
    return came


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Answer one request with these bytes; what came is in the list."""
    opened = []

    def start(answer: bytes) -> tuple[str, list[bytes]]:
        listener, heard = socket.create_server(("127.0.0.1", 0)), []

        def talk() -> None:
            with suppress(OSError):  # nobody came, or who came has gone
                line, _address = listener.accept()
                with line:
                    heard.append(read_request(line))
                    line.sendall(answer)

        opened.append(listener)
        Thread(target=talk, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}", heard

    yield start
    for one in opened:
        one.close()


def test_what_goes_out_is_byte_for_byte_what_is_shown(answering: Answering) -> None:
    address, heard = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    sent = asking(f"{address}/api/models/a%20b/Production/predict", '{"año": 1}'.encode(), language="es", token=TOKEN)
    came = send(sent)
    assert heard[0].decode() == f"{sent.head}\n\n".replace("\n", "\r\n") + '{"año": 1}'
    assert sent.head.splitlines()[0] == "POST /api/models/a%20b/Production/predict HTTP/1.1"
    assert f"Authorization: Bearer {TOKEN}" in sent.head
    assert (came.status, came.body, came.whole) == (200, b"{}", True)


def test_an_error_is_an_answer_too_with_its_headers(answering: Answering) -> None:
    answer = b"HTTP/1.1 404 Not Found\r\nServer-Timing: total;dur=1.5\r\nContent-Length: 2\r\n\r\nno"
    address, _heard = answering(answer)
    came = send(Sent("GET", f"{address}/?a=b"))
    assert came.head == "HTTP/1.1 404 Not Found\nServer-Timing: total;dur=1.5\nContent-Length: 2"
    assert came.header("server-timing") == "total;dur=1.5"
    assert came.header("retry-after") == ""
    assert came.seconds > 0


def test_of_an_endless_answer_the_beginning_is_read(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "MOST_BYTES", 10)
    address, _heard = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + b"x" * 40)
    came = send(Sent("GET", address))
    assert (came.body, came.whole) == (b"x" * 10, False)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n"])
def test_whoever_speaks_no_http_gets_no_answer_of_ours(answering: Answering, answer: bytes) -> None:
    address, _heard = answering(answer)
    with pytest.raises(PizarraError, match=r"Nobody answered the request at http://127\.0\.0\.1"):
        send(Sent("GET", address))


def test_where_nobody_listens_it_is_said() -> None:
    with pytest.raises(PizarraError, match="Nobody answered the request"):
        send(Sent("GET", f"http://127.0.0.1:{free_port()}/"))


def test_a_token_that_is_no_header_is_refused_before_it_is_sent(answering: Answering) -> None:
    address, heard = answering(b"")
    with pytest.raises(PizarraError, match="Nobody answered"):
        send(asking(address, b"{}", token=f"{TOKEN}\r\nX-Evil: 1"))
    assert heard == []


def test_what_is_no_json_is_readable_as_it_is() -> None:
    assert readable(b"plain \xff", 100) == "plain \ufffd"
    assert readable('{"a":"ñ"}'.encode(), 100) == '{\n  "a": "ñ"\n}'
    assert readable(b"x" * 20, 10) == "x" * 9 + "…"
