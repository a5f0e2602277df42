"""One request over HTTP and its answer, both as they go over the wire; nothing is added to what was said to send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from time import perf_counter
from urllib.parse import urlsplit

from core.errors import PizarraError
from core.i18n import N_

SECONDS = 70.0  # longer than a model that asks a process of its own may take
MOST_BYTES = 1_000_000  # of an answer that are read
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sent:
    """A request: its method, the whole address, headers in their order, and the body."""

    method: str
    address: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def target(self) -> str:
        """What stands behind the method in the first line."""
        parts = urlsplit(self.address)
        return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"

    @property
    def head(self) -> str:
        """The first line and the headers."""
        return _head(f"{self.method} {self.target} HTTP/1.1", self.headers)


@dataclass(frozen=True)
class Came:
    """An answer, and the seconds from the beginning of the connection until all of it was here."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    seconds: float
    whole: bool = True

    @property
    def head(self) -> str:
        """The first line and the headers."""
        return _head(f"HTTP/1.1 {self.status} {self.reason}".rstrip(), self.headers)

    def header(self, name: str) -> str:
        """Return a header's value, empty where there is none."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


def asking(address: str, body: bytes, *, language: str = "", token: str = "") -> Sent:
    """Return the request of a program that sends JSON; where it has a ``token`` it shows it."""
    named: Mapping[str, str] = {
        "Host": urlsplit(address).netloc,
        "Accept": "application/json",
        "Accept-Language": language,
        "Authorization": f"Bearer {token}" if token else "",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    return Sent("POST", address, tuple((name, value) for name, value in named.items() if value), body)


def send(sent: Sent, seconds: float = SECONDS) -> Came:
    """Send a request and return its answer, whatever its status; wait for each part of it for so many seconds.

    Raises:
        PizarraError: nobody answers there, or not in HTTP.
    """
    parts = urlsplit(sent.address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    began = perf_counter()
    try:
        connection.putrequest(sent.method, sent.target, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.headers:
            connection.putheader(name, value)
        connection.endheaders(sent.body or None)
        return _came(connection.getresponse(), began)
    except (OSError, HTTPException, ValueError) as error:  # ValueError: a header that no program may send
        raise PizarraError(
            N_("Nobody answered the request at {address}: {reason}."),
            N_("Try again. If it stays so, look whether something between stops it, such as a firewall."),
            address=f"{parts.scheme}://{parts.netloc}",
            reason=str(error) or type(error).__name__,
        ) from error
    finally:
        connection.close()


def _came(response: HTTPResponse, began: float) -> Came:
    body = response.read(MOST_BYTES + 1)
    seconds = perf_counter() - began
    headers = tuple(response.getheaders())
    return Came(response.status, response.reason, headers, body[:MOST_BYTES], seconds, len(body) <= MOST_BYTES)


def readable(body: bytes, longest: int) -> str:
    """Return a body as text for people: JSON with each value on a line of its own, what is longer cut.

    >>> print(readable(b'{"a": 1}', 100))
    {
      "a": 1
    }
    """
    text = body.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _head(first: str, headers: Headers) -> str:
    return "\n".join([first, *(f"{name}: {value}" for name, value in headers)])
