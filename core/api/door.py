"""The door before everything on the port: who may come in, what may be said inside, who may show us in a frame.

A browser that opens a page for the first time is given a word by which it is known again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.doors import check_entrance
from core.errors import PizarraError
from core.i18n import DEFAULT_LANGUAGE, N_, preferred_language, speaking, translate
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


def door(may_say: Callable[[bytes], bool], taking: Taking, known: Iterable[str]) -> Middleware:
    """Return the door for an app, whose own names are ``known``.

    ``may_say`` tells which messages come through to it; ``taking`` takes in an upload of a session with so many bytes,
    is told of every piece, and raises a ``PizarraError`` where there is no room.
    """
    return Middleware(_Door, may_say=may_say, taking=taking, known=tuple(known))


class _Door:
    def __init__(self, app: ASGIApp, may_say: Callable[[bytes], bool], taking: Taking, known: tuple[str, ...]) -> None:
        self._app, self._may_say, self._taking, self._known = app, may_say, taking, known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with speaking(_language(headers)):
            try:
                check_entrance(headers.getlist("host"), headers.getlist("origin"), self._known)
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
            await self._app(scope, receive, partial(_framed, send, new_cookie() if new else ""))

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a file come in as far as there is room for it."""
        headers = Headers(scope=scope)
        language, announced = _language(headers), headers.get("content-length", "")
        framed = partial(_framed, send, "")
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


async def _framed(send: Send, cookie: str, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in OWN_FRAMES_ONLY.items():
            headers.setdefault(name, value)
        if cookie:
            headers.append("Set-Cookie", cookie)
    await send(message)


def _language(headers: Headers) -> str:
    return preferred_language(headers.get("accept-language", "")[:200]) or DEFAULT_LANGUAGE
