"""Who somebody is taken for who comes through a proxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from ipaddress import ip_network

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from core.api.door import Place, door
from tests.fixtures.loops import run


async def who(request: Request) -> Response:
    return JSONResponse([request.client.host if request.client else None, request.url.scheme])


async def lead(request: Request) -> Response:
    return RedirectResponse(str(request.base_url) + request.path_params["where"])


async def away(_request: Request) -> Response:
    return RedirectResponse("https://provider.example/login")


def ask(
    path: str, headers: Mapping[str, str], address: str = "127.0.0.1", proxies: Sequence[str] = (), below: str = ""
) -> httpx.Response:
    """Ask as somebody whose connection comes from an address."""
    at = Place(frozenset({"pizarra.example"}), below, tuple(map(ip_network, proxies)))
    entry = door(lambda _message: False, lambda _session, _size: nullcontext(lambda _bytes: None), at)
    routes = [Route("/who", who), Route("/lead/{where}", lead), Route("/away", away)]
    app = Starlette(routes=routes, middleware=[entry])

    async def answer() -> httpx.Response:
        way = httpx.ASGITransport(app, client=(address, 4711))
        async with httpx.AsyncClient(transport=way, base_url="http://pizarra.example:8443") as client:
            return await client.get(path, headers=dict(headers))

    return run(answer)


@pytest.mark.parametrize(
    ("address", "proxies", "said", "taken_for"),
    [
        ("192.168.1.20", (), None, "192.168.1.20"),
        ("127.0.0.1", (), "192.168.1.20", "127.0.0.1"),  # nobody is believed unless the settings say so
        ("192.168.1.20", (), "192.168.1.20", ""),  # uvicorn may have believed a proxy here
        ("127.0.0.1", ("127.0.0.1",), "192.168.1.20", "192.168.1.20"),
        ("192.168.1.20", ("127.0.0.1",), "192.168.1.20", "192.168.1.20"),  # as uvicorn believed it
        ("127.0.0.1", ("127.0.0.1",), "6.6.6.6, 192.168.1.20", "192.168.1.20"),  # the first was made up
        ("172.31.0.2", ("172.31.0.0/16",), "192.168.1.20, 172.31.0.9", "192.168.1.20"),
        ("192.168.1.20", ("172.31.0.0/16",), "6.6.6.6", "192.168.1.20"),
        ("172.31.0.2", ("172.31.0.0/16",), "not an address", ""),
        ("172.31.0.2", ("172.31.0.0/16",), None, "172.31.0.2"),
    ],
)
def test_only_a_proxy_of_ours_is_believed_whom_it_speaks_for(
    address: str, proxies: tuple[str, ...], said: str | None, taken_for: str
) -> None:
    headers = {} if said is None else {"X-Forwarded-For": said}
    assert ask("/who", headers, address, proxies).json()[0] == taken_for


@pytest.mark.parametrize(("said", "marked"), [("https", True), ("http", False), ("", False)])
def test_a_cookie_is_kept_from_what_is_not_encrypted_and_from_other_paths(said: str, marked: bool) -> None:
    headers = {"Accept": "text/html", "X-Forwarded-Proto": said}
    cookie = ask("/who", headers, below="/pizarra").headers["Set-Cookie"].split("; ")
    assert "Path=/pizarra" in cookie
    assert ("Secure" in cookie) is marked


def test_what_leads_elsewhere_here_does_so_by_a_path_alone() -> None:
    assert ask("/lead/there", {}).headers["Location"] == "/there"
    assert ask("/away", {}).headers["Location"] == "https://provider.example/login"
