"""One request of a program: what it sent, in which language it is answered, and where its work is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, ParamSpec, TypeVar

import anyio.to_thread
import orjson
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from core.access import Actor
from core.api.programs.admission import check_model
from core.api.programs.calls import answered_by, current
from core.doors import visitor_address
from core.errors import PizarraError
from core.foreign_json import read_json
from core.i18n import DEFAULT_LANGUAGE, N_, preferred_language, speaking, translate
from core.process import visitors
from core.serving.served import Served, serving
from core.visits import browser_of

P = ParamSpec("P")
T = TypeVar("T")
READ_AT_ONCE = 256 * 1024  # bytes; of what is larger pages would wait
THREADS = 8  # that work for programs: more would only share one interpreter, and pages need some of it
_limiters: list[CapacityLimiter] = []


class Exchange:
    """One request."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @property
    def name(self) -> str | None:
        """The model that the address names; None where it is the served one."""
        name = self.request.path_params.get("name")
        return None if name is None else str(name)

    async def served(self) -> Served:
        """Return the version that answers: the one that the address names, else the served model's.

        Raises:
            PizarraError: nothing does.
        """
        which = str(self.request.path_params.get("which", "Production"))
        name, which = await in_thread(serving().served) if self.name is None else (self.name, which)
        check_model(name)
        known = serving().at_once(name, which)
        served = await in_thread(serving().find, name, which) if known is None else known
        answered_by(served.model.name, str(served.version.number))
        return served

    @property
    def actor(self) -> Actor:
        """Who asks: whoever shows a token speaks for the presenter who made it, others are told as on the pages."""
        token = current().token
        if token is not None:
            return Actor(token.name, "presenter")
        host = self.request.client.host if self.request.client else ""
        return visitors.actor("", visitor_address(host, self.request.headers), browser_of(self.request.cookies))

    async def document(self) -> Any:
        """Return what was sent, as JSON.

        Raises:
            PizarraError: it is none.
        """
        body = await self.request.body()
        return await in_thread(parsed, body) if len(body) > READ_AT_ONCE else parsed(body)

    async def record(self) -> dict[str, Any]:
        """Return the JSON object that was sent.

        Raises:
            PizarraError: it is none.
        """
        document = await self.document()
        if not isinstance(document, dict):
            raise PizarraError(
                N_("The request must be a JSON object with a value for each input, but it is {given}."),
                N_("Send something like {example}."),
                given=_kind(document),
                example='{"year": 2020}',
            )
        return document


def parsed(body: bytes) -> Any:
    """Return what JSON says.

    Raises:
        PizarraError: it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise PizarraError(
            N_("The request must be JSON, but it cannot be read as such: {reason}."),
            N_("Numbers have a point for decimals, texts stand in double quotes, and NaN is written null."),
            reason=str(error)[:200],
        ) from error


def foreign(body: bytes) -> Any:
    """Return what JSON says as Python reads it, with NaN and Infinity, as MLflow's server takes them.

    Raises:
        PizarraError: it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return read_json(body)
        except ValueError:
            return parsed(body)  # says why


async def in_thread(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do what takes its time in a thread, so that other requests go on."""
    if not _limiters:
        _limiters.append(CapacityLimiter(THREADS))
    return await anyio.to_thread.run_sync(partial(work, *arguments, **named), limiter=_limiters[0])


def answering(handle: Callable[[Exchange], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Have a function answer requests, in the reader's language."""

    async def answer(request: Request) -> Response:
        accepted = request.headers.get("accept-language", "")
        with speaking(preferred_language(accepted) or DEFAULT_LANGUAGE):
            return await handle(Exchange(request))

    answer.__doc__ = handle.__doc__  # not ``wraps``: FastAPI would look for parameters in what is wrapped
    return answer


def json_response(content: Mapping[str, Any] | list[Any], code: int = 200) -> Response:
    """Return JSON; what is no number in it is null."""
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), code, media_type="application/json")


_KINDS = {
    list: N_("a list"), str: N_("a text"), int: N_("a number"), float: N_("a number"), bool: N_("true or false"),
    type(None): N_("nothing"),
}  # fmt: skip


def _kind(document: Any) -> str:
    return translate(_KINDS[type(document)])
