"""Who may ask, how much and how often, and what every answer to a program carries; before all routes for programs."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.api.programs.calls import Call, answering, current
from core.api.programs.errors import Refused, answer_to
from core.doors import neighbourhood
from core.errors import PizarraError
from core.i18n import DEFAULT_LANGUAGE, N_, number, preferred_language, speaking
from core.serving.rates import Rates
from core.serving.tokens import Token, Tokens
from core.settings import settings

# Whoever asks whether we are there, or how to ask, is told in any case
OPEN = frozenset({"", "/health", "/ping", "/version", "/docs", "/redoc", "/openapi.json", "/v2", "/v2/health/live",
                  "/v2/health/ready"})  # fmt: skip
OPEN_BELOW = "/docs-files/"
AT_ONCE = 4  # times as many bytes as one request may have, those that are here at once may have together
GONE = 499  # what servers note of an answer that nobody waits for any more; nobody gets it
HEARD = {b"authorization", b"content-encoding", b"content-length", b"accept-language", b"x-request-id"}
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """What programs may ask of one process: bytes of a request, how many wait at once, how many come in a minute.

    ``seconds`` has a request to come in, and its answer once more.
    """

    size: int
    waiting: int
    a_minute: int
    seconds: float


def limits() -> Limits:
    """Return the limits of the settings."""
    chosen = settings()
    return Limits(chosen.api_mb * 1_000_000, chosen.api_waiting, chosen.api_a_minute, chosen.api_seconds)


def check_model(model: str) -> None:
    """Refuse a call whose token is not for a model: for routes, once they know which one is asked.

    Raises:
        Refused: it is not.
    """
    token = current().token
    if token is not None and not token.allows(model):
        raise _not_for(token, model)


class Admission:
    """Answers what may not come in, and gives every answer a ``X-Request-Id`` and its ``Server-Timing``.

    It is the middleware of an app for programs (``app.add_middleware(Admission, …)``), so that the app's own answer to
    errors that nobody foresaw lies outside of it. ``model_of`` tells which model is asked at a path below the address
    of the routes, None where it is none; it is only called for tokens that are not for all models. ``note`` is told of
    each call that was answered: with the template of its route (empty where there is none) and the code.
    """

    def __init__(
        self, app: ASGIApp, *, tokens: Callable[[], Tokens], model_of: Callable[[str], str | None], limits: Limits,
        note: Callable[[Call, str, int], None] = lambda _call, _route, _code: None,
    ) -> None:  # fmt: skip
        self._app, self._tokens, self._model_of, self._limits, self._note = app, tokens, model_of, limits, note
        self._rates, self._waiting, self._bodies = Rates(limits.a_minute), 0, _Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # as GET; servers send no body to it
            scope = {**scope, "method": "GET"}
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in HEARD}
        scope.pop("route", None)  # of the app around this one
        said = headers.get(b"x-request-id", "")
        call = Call(path=_path(scope), root=scope.get("root_path", ""))
        if _ID.fullmatch(said):
            call.id = said
        answer = _Answer(call, send)
        language = preferred_language(headers.get(b"accept-language", "")[:200]) or DEFAULT_LANGUAGE
        with answering(call), speaking(language):
            try:
                if not _is_open(call.path):
                    self._admit(call, scope, headers)
                await self._answer(scope, receive, answer)
            except ClientDisconnect:
                answer.code = answer.code or GONE
            except Exception as error:
                if answer.code:
                    raise  # what has begun can only be broken off
                await answer_to(error)(scope, receive, answer.send)
            finally:
                self._note(call, _template(scope), answer.code or GONE)

    def _admit(self, call: Call, scope: Scope, headers: Mapping[bytes, str]) -> None:
        """Refuse who may not ask, and what is too much.

        Raises:
            Refused: it is one of both.
            PizarraError: it cannot be told who asks.
        """
        tokens, secret = self._tokens(), _secret(headers.get(b"authorization", ""))
        call.token = tokens.who(secret) if secret is not None else None
        client = scope.get("client")
        wait = self._rates.wait(call.token.number if call.token else neighbourhood(client[0] if client else ""))
        if wait:
            raise Refused(429, _too_often(self._limits.a_minute), headers={"Retry-After": str(math.ceil(wait))})
        if secret is not None and call.token is None:
            raise Refused(401, _unknown(), headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if call.token is None and tokens.requires_tokens():
            raise Refused(401, headers={"WWW-Authenticate": "Bearer"})
        if call.token is not None and call.token.models:
            model = self._model_of(call.path)
            if model is not None:
                check_model(model)
        coding = headers.get(b"content-encoding", "identity").strip().lower()
        if scope["method"] == "POST" and coding not in {"", "identity"}:
            raise Refused(415, _compressed(coding), headers={"Accept-Encoding": "identity"})
        announced = headers.get(b"content-length", "")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > self._limits.size):
            raise Refused(413, _too_large(self._limits.size))

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Have the app answer in time, unless too many wait.

        Raises:
            Refused: there was no answer in time, or there is no place to wait.
        """
        place = 0 if _is_open(answer.call.path) else 1
        if place and self._waiting >= self._limits.waiting:
            raise Refused(429, headers={"Retry-After": "1"})
        self._waiting += place
        body: _Body | None = None
        try:
            async with asyncio.timeout(self._limits.seconds) as deadline:
                answer.deadline = deadline
                body = _Body(receive, self._limits, deadline, self._bodies)
                await self._app(scope, body.receive, answer.send)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise Refused(408 if body and body.is_awaited else 504) from None
        finally:
            self._waiting -= place
            self._bodies.size -= body.size if body else 0
            answer.deadline = None


@dataclass
class _Bodies:
    """The bytes of all bodies that are here now."""

    size: int = 0


class _Body:
    """The body of a request, as it comes in."""

    def __init__(self, receive: Receive, limits: Limits, deadline: asyncio.Timeout, bodies: _Bodies) -> None:
        self._receive, self._limits, self._deadline, self._all = receive, limits, deadline, bodies
        self.size, self._is_here = 0, False
        self.is_awaited = False

    async def receive(self) -> Message:
        """Return the next piece, as long as they are not too large together; the answer's time begins with the last."""
        self.is_awaited = not self._is_here
        message = await self._receive()
        self.is_awaited = False
        if message["type"] == "http.request" and not self._is_here:
            more = len(message.get("body", b""))
            self.size += more
            self._all.size += more
            if self.size > self._limits.size:
                raise HTTPException(413)  # FastAPI lets this kind of error through, and no other
            if self._all.size > AT_ONCE * self._limits.size:
                raise HTTPException(429, headers={"Retry-After": "1"})
            if not message.get("more_body"):
                self._is_here = True
                self._begin_anew()
        return message

    def _begin_anew(self) -> None:
        """Give the answer its time, unless so little of it is gone that this would cost more than it gives."""
        until, now = self._deadline.when(), asyncio.get_running_loop().time()
        if until is not None and not self._deadline.expired() and until - now < 0.95 * self._limits.seconds:
            self._deadline.reschedule(now + self._limits.seconds)


class _Answer:
    """The answer to a call, as it goes out. ``code`` is 0 until it has begun."""

    def __init__(self, call: Call, send: Send) -> None:
        self.call, self.code, self._send = call, 0, send
        self.deadline: asyncio.Timeout | None = None

    async def send(self, message: Message) -> None:
        """Send a piece; the first says which call it is and where the time went. Once begun it has all the time."""
        if message["type"] == "http.response.start":
            self.code = int(message["status"])
            if self.deadline is not None and not self.deadline.expired():
                self.deadline.reschedule(None)
            own = [(b"x-request-id", self.call.id.encode()), (b"server-timing", self.call.server_timing().encode())]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        await self._send(message)


def _path(scope: Scope) -> str:
    """Return the path of a request below the address of the routes, without a slash at its end."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    below = path[len(root) :] if path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"} else path
    return below.rstrip("/")


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_BELOW)


def _template(scope: Scope) -> str:
    """Return the address of the route that answered, with names in the place of what stood there."""
    return str(getattr(scope.get("route"), "path_format", ""))


def _secret(authorization: str) -> str | None:
    """Return the token that a request shows (RFC 6750), None where it shows none."""
    scheme, _, secret = authorization.strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def _unknown() -> PizarraError:
    return PizarraError(
        N_("This token is unknown here, or has ended."), N_("Ask whoever presents the dashboard for another one.")
    )


def _not_for(token: Token, model: str) -> Refused:
    return Refused(
        403,
        PizarraError(
            N_("This token is for {models}, not for {model}."),
            N_("Ask whoever presents the dashboard for another one."),
            models=", ".join(sorted(token.models)),
            model=model,
        ),
        headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
    )


def _compressed(coding: str) -> PizarraError:
    return PizarraError(
        N_("Requests are read as they are, but this one is compressed: {coding}."),
        N_("Send it without Content-Encoding."),
        coding=coding[:40],
    )


def _too_often(a_minute: int) -> PizarraError:
    return PizarraError(
        N_("At most {most} requests a minute may come from one token or address, but more did."),
        N_("Wait as long as the header Retry-After says, then ask again; many rows may come in one request."),
        most=a_minute,
    )


def _too_large(size: int) -> PizarraError:
    return PizarraError(
        N_("A request may have at most {most} MB, but this one has more."),
        N_("Send fewer rows at once, or set PIZARRA_API_MB to more."),
        most=number(size / 1_000_000),
    )
