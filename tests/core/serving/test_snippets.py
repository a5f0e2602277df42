"""Calls to copy are pasted: into a shell, into Python, into Node.js; Power Query's is read by its own rules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from core.serving.addresses import path_to, path_to_row
from core.serving.snippets import FAILURES, SNIPPETS, Call, curl, javascript, power_query, python

MODEL = 'it\'s a "model" of $HOME & 100 % #(lf) año'
NAMES = (
    "año",
    "it's",
    'say "hi"',
    "back\\slash",
    "$HOME `id` !!",
    "line\nbreak",
    "#(lf)",
    "@file",
    "\u2028",
    "emoji 🚗",
)
AWKWARD: dict[str, Any] = {f"{name} {at}": name for at, name in enumerate(NAMES)} | {
    "number": 1.5, "whole": 10**15, "yes": True, "nothing": None, "rows": [[1, "ñ"], []],
}  # fmt: skip
TOKEN = "pizarra_a-b_c"  # noqa: S105 - of nobody
Heard = list[tuple[str, dict[str, str], Any]]


class Listener(BaseHTTPRequestHandler):
    """Notes what is sent, and answers with it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(418 if self.path.endswith("/explain") else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.server.heard.append((self.path, dict(self.headers), None))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"id": "a/b"}')

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, Heard]]:
    """Where somebody listens, and what they have heard."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.heard = []  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", server.heard  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def pasted(call: str, name: str) -> str:
    """Return what a call prints when it is pasted where it belongs."""
    ways = {"curl": ["bash"], "python": [sys.executable, "-I", "-"], "javascript": ["node", "-"]}
    done = subprocess.run(ways[name], input=call, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def written(snippet: str, call: Call) -> str:
    return SNIPPETS[snippet].write(call)


@pytest.mark.part(4)
@pytest.mark.parametrize(
    "name",
    [
        "curl",
        "python",
        pytest.param("javascript", marks=[] if shutil.which("node") else [pytest.mark.long]),
    ],
)
def test_a_call_sends_what_it_says_as_it_is_pasted(name: str, listener: tuple[str, Heard]) -> None:
    address, heard = listener
    path = path_to(MODEL, "Production", "predict")
    said = pasted(written(name, Call(f"{address}{path}", AWKWARD, TOKEN)), name)
    at, headers, body = heard[-1]
    assert at == path
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body == AWKWARD
    assert json.loads(said) == AWKWARD


@pytest.mark.parametrize(
    "name", ["curl", "python", pytest.param("javascript", marks=[] if shutil.which("node") else [pytest.mark.long])]
)
def test_a_call_without_a_body_looks_something_up(name: str, listener: tuple[str, Heard]) -> None:
    path = path_to_row(MODEL, "Production", "a/b 'c'")
    said = pasted(written(name, Call(f"{listener[0]}{path}", token=TOKEN)), name)
    at, headers, body = listener[1][-1]
    assert (at, body) == (path, None)
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(said) == {"id": "a/b"}


def test_power_query_without_a_body_has_no_content() -> None:
    call = power_query(Call("http://here/7"))
    assert texts_of(call) == ["http://here/7"]
    assert "Content" not in call.replace("Web.Contents", "")


@pytest.mark.parametrize("name", ["curl", "python"])
def test_an_error_is_shown_by_what_stands_in_it(name: str, listener: tuple[str, Heard]) -> None:
    said = pasted(written(name, Call(f"{listener[0]}/explain", {"message": "the year is missing"})), name)
    assert "the year is missing" in said
    assert "Authorization" not in listener[1][-1][1]


@pytest.mark.parametrize("write", [curl, python, javascript, power_query])
def test_without_a_token_none_is_shown(write: Any) -> None:
    assert "Authorization" not in write(Call("http://here/", {}))
    assert TOKEN in write(Call("http://here/", {}, TOKEN))


def test_javascript_holds_data_as_json_which_it_is(listener: tuple[str, Heard]) -> None:
    call = javascript(Call(listener[0], AWKWARD, TOKEN))
    body = re.search(r"JSON\.stringify\((\{.*\})\),\n", call)
    assert body is not None
    assert json.loads(body[1]) == AWKWARD
    assert call.count("(") == call.count(")") + sum(str(name).count("(") - str(name).count(")") for name in AWKWARD)


M_TEXT = re.compile(r'"(?:[^"#]|""|#(?!\()|#\([^)]*\))*"')  # M language specification, text literals


def texts_of(call: str) -> list[str]:
    """Return the text literals of M in a call, read as its specification says."""
    escapes = {"lf": "\n", "cr": "\r", "tab": "\t", "#": "#"}
    found = []
    for literal in M_TEXT.findall(re.sub(r'#"[^"]*"', "", call)):
        inside = literal[1:-1].replace('""', '"')
        found.append(re.sub(r"#\(([^)]*)\)", lambda match: escapes[match[1]], inside))
    return found


def test_power_query_holds_the_body_and_the_address_as_its_language_writes_text() -> None:
    address = f"http://localhost:8501{path_to(MODEL, 'Staging', 'predict')}"
    call = power_query(Call(address, AWKWARD, TOKEN))
    body, at, kind, bearer = texts_of(call)
    assert json.loads(body) == AWKWARD
    assert (at, kind, bearer) == (address, "application/json", f"Bearer {TOKEN}")
    assert '#"Content-Type" = "application/json", #"Authorization" = "Bearer' in call
    left = M_TEXT.sub("", re.sub(r'#"[^"]*"', "", call))
    assert '"' not in left
    for opening, closing in ("()", "[]", "{}"):
        assert left.count(opening) == left.count(closing)
    assert f"ManualStatusHandling = {{{', '.join(map(str, FAILURES))}}}" in left
    assert left.split()[0] == "let"
    assert left.split()[-2:] == ["in", "Answer"]


def test_a_name_with_a_slash_stays_one_part_of_the_path() -> None:
    assert path_to("a/b?c", "@champion", "predict") == "/api/models/a%2Fb%3Fc/@champion/predict"
