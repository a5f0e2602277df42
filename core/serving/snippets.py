"""Calls to copy: the same request for curl, Python, JavaScript and Excel's Power Query, each to be pasted as it is."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from core.i18n import N_

WIDTH = 88  # characters of a line, where values allow it
FAILURES = (400, 401, 403, 404, 413, 415, 429, 500, 503, 504)  # whose answers Power Query is to show


@dataclass(frozen=True)
class Call:
    """A request to copy: where it goes, what it sends (as ``json.loads`` gives it), and the token that it shows.

    Without a ``body`` it is a GET.
    """

    address: str
    body: Any = None
    token: str = ""


@dataclass(frozen=True)
class Snippet:
    """How one writes a call; ``needs`` says where it works and what it needs, as a msgid."""

    title: str
    needs: str
    write: Callable[[Call], str]


def curl(call: Call) -> str:
    """Return a call for curl in a POSIX shell."""
    lines = [f"curl -sS {shlex.quote(call.address)}"]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in _headers(call).items()]
    if call.body is not None:
        lines.append(f"--data-raw {shlex.quote(_json(call.body))}")
    return " \\\n  ".join(lines)


def python(call: Call) -> str:
    """Return a call for Python, of which nothing need be installed."""
    sends = call.body is not None
    inputs = f"inputs = {pformat(call.body, width=WIDTH, sort_dicts=False)}\n\n" if sends else ""
    data = "\n    data=json.dumps(inputs).encode()," if sends else ""
    return f"""import json
import urllib.error
import urllib.request

{inputs}request = urllib.request.Request(
    {call.address!r},{data}
    headers={pformat(_headers(call), width=WIDTH - 12, sort_dicts=False)},
)
try:
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    print(json.dumps(answer, indent=2, ensure_ascii=False))
except urllib.error.HTTPError as error:  # what is wrong stands in the answer
    print(error.code, error.read().decode())"""


def javascript(call: Call) -> str:
    """Return a call for Node.js, or for the console of a browser."""
    sends = call.body is not None
    method, body = ("POST", f"\n  body: JSON.stringify({_json(call.body)}),") if sends else ("GET", "")
    return f"""fetch({_json(call.address)}, {{
  method: "{method}",
  headers: {_json(_headers(call))},{body}
}})
  .then((response) => response.json())
  .then((answer) => console.log(JSON.stringify(answer, null, 2)));"""


def power_query(call: Call) -> str:
    """Return a call in M, for the advanced editor of Excel's Power Query."""
    headers = ", ".join(f"#{_m(name)} = {_m(value)}" for name, value in _headers(call).items())
    sends = call.body is not None
    body = f"\n    Body = {_m(_json(call.body))}," if sends else ""
    content = "\n        Content = Text.ToBinary(Body, TextEncoding.Utf8)," if sends else ""
    return f"""let{body}
    Response = Web.Contents({_m(call.address)}, [
        Headers = [{headers}],{content}
        ManualStatusHandling = {{{", ".join(map(str, FAILURES))}}}
    ]),
    Answer = Json.Document(Response, TextEncoding.Utf8)
in
    Answer"""


SNIPPETS: Mapping[str, Snippet] = {
    "curl": Snippet(
        "curl",
        N_("For a terminal of Linux or macOS, or Git Bash on Windows. curl is there already; nothing is installed."),
        curl,
    ),
    "python": Snippet("Python", N_("For Python 3. Nothing has to be installed."), python),
    "javascript": Snippet(
        "JavaScript",
        N_("For Node.js 18 or newer, with nothing installed. In a browser it works on pages of this address only."),
        javascript,
    ),
    "excel": Snippet(
        "Excel · Power Query",
        N_("In Excel: Data, Get Data, From Other Sources, Blank Query, Advanced Editor. Paste it in place of what is "
           "there, and choose Anonymous where Excel asks how to sign in."),
        power_query,
    ),
}  # fmt: skip


def _headers(call: Call) -> dict[str, str]:
    shown = {"Authorization": f"Bearer {call.token}"} if call.token else {}
    return shown if call.body is None else {"Content-Type": "application/json", **shown}


def _json(value: Any) -> str:
    """Return JSON in one line, which is JavaScript too: line breaks in texts are escaped."""
    return json.dumps(value, ensure_ascii=False)


def _m(text: str) -> str:
    """Return a text as M writes it (M language, Lexical structure): ``#(`` would begin an escape.

    >>> print(_m('say "#(lf)"').strip('"'))
    say ""#(#)(lf)
    """
    return '"' + text.replace("#(", "#(#)(").replace('"', '""') + '"'
