"""A visit of a light page: what the request says of a browser, what came with it, and the error that ends it."""

from __future__ import annotations

import logging
from asyncio import Lock
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, wraps
from urllib.parse import parse_qsl, urlencode
from zlib import crc32

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.access import Actor
from core.api.light import rendering
from core.classroom.listening import LIGHT
from core.classroom.members import Member
from core.doors import visitor_address
from core.errors import PizarraError
from core.i18n import DEFAULT_LANGUAGE, N_, preferred_language, speaking, supported_language
from core.process import shared, visitors
from core.visits import browser_of

logger = logging.getLogger("pizarra")

LANGUAGE = "pizarra_language"  # the cookie that keeps what a visitor chose
LANES = 4  # of pages that are answered in turn: what waits long for one thing must not hold up all others
GONE = 499  # what servers note of an answer that nobody waits for any more; nobody gets it
MOST_BYTES, MOST_FIELDS = 64 * 1024, 500  # of what a form may send


@dataclass(frozen=True)
class Visit:
    """One request. ``form`` is what was sent, empty where nothing was; ``language`` is the reader's."""

    request: Request
    form: Mapping[str, str]
    language: str

    @property
    def asked(self) -> Mapping[str, str]:
        """What the address asks for."""
        return self.request.query_params

    @property
    def part(self) -> str:
        """Which part of the page is asked for alone, empty where it is the whole page."""
        return self.asked.get("part", "")

    @property
    def root(self) -> str:
        """The address below which the light pages lie."""
        return str(self.request.scope.get("root_path", ""))

    @property
    def everything(self) -> str:
        """The address of the whole dashboard, in the reader's language."""
        return f"{self.root.removesuffix(LIGHT)}/?lang={self.language}"

    def in_language(self, language: str) -> str:
        """Return what the address asks for, in another language."""
        return urlencode(dict(self.asked) | {"lang": language})

    @property
    def word(self) -> str:
        """The word by which the browser is known again; empty where it keeps none."""
        return browser_of(self.request.cookies)

    @property
    def address(self) -> str | None:
        """The IP address of the visitor's computer; None where it is this one, empty where that is not certain."""
        return visitor_address(self.request.client.host if self.request.client else "", self.request.headers)

    @cached_property
    def actor(self) -> Actor:
        """Who visits, and what they may do."""
        return visitors.actor("", self.address, self.word)

    @cached_property
    def member(self) -> Member | None:
        """Who the visitor is in the class, None where they have not joined."""
        return shared.members().member(self.word)

    def show(self, template: str, code: int = 200, **about: object) -> Response:
        """Return a page, or a part of one."""
        return rendering.page(self, template, code, **about)

    def go(self, path: str) -> Response:
        """Have the browser open another light page."""
        return RedirectResponse(f"{self.root}{path}", 303)


Handler = Callable[[Visit], Response]


def page(handle: Handler, *, in_turn: Sequence[str] = ()) -> Callable[[Request], Awaitable[Response]]:
    """Have a function answer requests, in a thread of its own and in the reader's language; errors become words.

    Those are answered one after the other that ask for the same by the first of these names ``in_turn`` that their
    address has: a hundred that ask at once take as long in either way, but leave the processor to the rest of the room.
    """
    lanes = [Lock() for _ in range(LANES)] if in_turn else []

    @wraps(handle)
    async def answer(request: Request) -> Response:
        form = await _form(request)
        visit = Visit(request, form or {}, _language(request))
        about = next((visit.asked[name] for name in in_turn if name in visit.asked), "")
        async with lanes[crc32(about.encode("utf-8", "replace")) % LANES] if lanes else nullcontext():
            if lanes and await request.is_disconnected():  # a slider that has moved on takes back what it asked
                return Response(status_code=GONE)
            response = await run_in_threadpool(_handled, _refuse if form is None else handle, visit)
        chosen = supported_language(request.query_params.get("lang"))
        if chosen:
            response.set_cookie(
                LANGUAGE, chosen, max_age=7 * 86_400, path=visit.root or "/", httponly=True, samesite="lax",
                secure=request.url.scheme == "https",
            )  # fmt: skip
        return response

    return answer


def _handled(handle: Handler, visit: Visit) -> Response:
    with speaking(visit.language):
        try:
            return handle(visit)
        except PizarraError as error:
            return visit.show("error.html", 400, error=error)
        except Exception:  # the last resort of these pages: the log gets the traceback
            logger.exception("A light page failed")
            unforeseen = PizarraError(
                N_("Something went wrong that we did not foresee."),
                N_("Nothing was lost. The details are in the log of the program. Reload the page to go on."),
            )
            return visit.show("error.html", 500, error=unforeseen)


def _refuse(_visit: Visit) -> Response:
    raise PizarraError(
        N_("What was sent is more than a form here could hold."), N_("Open the page again and write less.")
    )


async def _form(request: Request) -> dict[str, str] | None:
    """Return what a form sends, None where it is more than a form of ours could."""
    received = b""
    async for piece in request.stream():
        received += piece
        if len(received) > MOST_BYTES:
            return None
    try:
        return dict(parse_qsl(received.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return None


def _language(request: Request) -> str:
    said = (request.query_params.get("lang"), request.cookies.get(LANGUAGE))
    chosen = next((known for tag in said if (known := supported_language(tag))), None)
    return chosen or preferred_language(request.headers.get("accept-language", "")[:200]) or DEFAULT_LANGUAGE
