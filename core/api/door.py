"""The door before everything on the port: who may come in, what may be said inside, who may show us in a frame.

A browser that opens a page for the first time is given a word by which it is known again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.doors import check_entrance, forwarded
from core.errors import PizarraError
from core.i18n import DEFAULT_LANGUAGE, N_, preferred_language, speaking, translate
from core.setting_kinds import Network
from core.settings import known_hosts, known_proxies
from core.visits import browser_of, new_cookie

CLOSED = ("/_stcore/metrics",)  # Streamlit's own, which nobody here asks: how many visit, and what their sessions hold
UPLOADS = "/_stcore/upload_file/"  # a session and a file follow
NOBODY = N_("There is nothing here.")
OWN_FRAMES_ONLY = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
}


Taking = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True)
class Place:
    """Where an app is reached: by which names beside its own, below which path, through which proxies of ours."""

    known: frozenset[str] = frozenset()
    below: str = ""
    proxies: tuple[Network, ...] = ()


def place(below: str) -> Place:
    """Return where the settings say that the app is reached."""
    return Place(known_hosts(), below, known_proxies())


def door(may_say: Callable[[bytes], bool], taking: Taking, at: Place) -> Middleware:
    """Return the door for an app that is reached ``at`` a place.

    ``may_say`` tells which messages come through to it; ``taking`` takes in an upload of a session with so many bytes,
    is told of every piece, and raises a ``PizarraError`` where there is no room.
    """
    return Middleware(_Door, may_say=may_say, taking=taking, at=at)


class _Door:
    def __init__(self, app: ASGIApp, may_say: Callable[[bytes], bool], taking: Taking, at: Place) -> None:
        self._app, self._may_say, self._taking, self._at = app, may_say, taking, at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope = _as_forwarded(scope, headers, self._at.proxies)
        with speaking(_language(headers)):
            try:
                check_entrance(headers.getlist("host"), headers.getlist("origin"), self._at.known)
                refused = translate(NOBODY) if scope["path"].rstrip("/").endswith(CLOSED) else ""
                code = 404
            except PizarraError as error:
                refused, code = str(error), 403
        if refused and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})  # a policy forbids it
        elif refused:
            await PlainTextResponse(refused, code)(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, partial(self._heard, receive), send)
        elif scope["method"] == "PUT" and UPLOADS in scope["path"]:
            await self._upload(scope, receive, send)
        else:
            new = "text/html" in headers.get("accept", "") and not browser_of(cookie_parser(headers.get("cookie", "")))
            cookie = new_cookie(self._at.below, encrypted=scope["scheme"] == "https") if new else ""
            await self._app(scope, receive, partial(_framed, send, headers.get("host", ""), cookie))

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a file come in as far as there is room for it."""
        headers = Headers(scope=scope)
        language, announced = _language(headers), headers.get("content-length", "")
        framed = partial(_framed, send, headers.get("host", ""), "")
        size = int(announced) if announced.isdecimal() and len(announced) < 20 else 0  # no more than a first look
        with ExitStack() as stack:
            try:
                take = stack.enter_context(self._taking(_session(scope["path"]), size))
            except PizarraError as error:
                await PlainTextResponse(_said(error, language), 413)(scope, receive, framed)
            else:
                await self._app(scope, partial(_counted, receive, take, language), framed)

    async def _heard(self, receive: Receive) -> Message:
        """Return the next message that may come through."""
        while True:
            message = await receive()
            if message["type"] != "websocket.receive" or self._may_say(message.get("bytes") or b""):
                return message


def _session(path: str) -> str:
    return path.partition(UPLOADS)[2].partition("/")[0]


async def _counted(receive: Receive, take: Callable[[int], None], language: str) -> Message:
    """Return the next piece of a request, which may have more of them than it announced."""
    message = await receive()
    try:
        take(len(message.get("body", b"")))
    except PizarraError as error:
        raise HTTPException(413, _said(error, language)) from error
    return message


def _said(error: PizarraError, language: str) -> str:
    with speaking(language):
        return str(error)


def _as_forwarded(scope: Scope, headers: Headers, proxies: Sequence[Network]) -> Scope:
    """Return a request as it came to the first proxy of ours: from whom, and whether encrypted.

    That it came encrypted is believed of anybody: who makes it up only has a cookie of their own not sent any more.
    """
    host, port = scope.get("client") or ("", 0)
    address = forwarded(host, headers.getlist("x-forwarded-for"), proxies)
    changed: Scope = {"client": (address, port if address == host else 0)} if scope.get("client") else {}
    if headers.get("x-forwarded-proto", "").strip() == "https":
        changed["scheme"] = "wss" if scope["type"] == "websocket" else "https"
    return {**scope, **changed}


async def _framed(send: Send, host: str, cookie: str, message: Message) -> None:
    """Send a piece of an answer; the first says who may show it, and leads elsewhere here by a path alone.

    A whole address would begin as this process is reached, which behind a proxy is not how its visitors do.
    """
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        leads = headers.get("location", "")
        if host and leads.startswith((f"http://{host}/", f"https://{host}/")):
            headers["location"] = leads.partition(f"://{host}")[2]
        for name, value in OWN_FRAMES_ONLY.items():
            headers.setdefault(name, value)
        if cookie:
            headers.append("Set-Cookie", cookie)
    await send(message)


def _language(headers: Headers) -> str:
    return preferred_language(headers.get("accept-language", "")[:200]) or DEFAULT_LANGUAGE
