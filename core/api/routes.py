"""The routes beside the pages, on the same port: those for programs under ``/api``, light pages under ``/c``."""

from __future__ import annotations

from importlib import import_module

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from core.api.later import Later
from core.classroom.listening import LIGHT


async def ping(_request: Request) -> Response:
    """Answer that the dashboard is there."""
    return JSONResponse({"status": "ok"})


async def to_light(request: Request) -> Response:
    """Lead to the first light page."""
    return RedirectResponse(f"{request.url.path}/")


def routes(tasks: str) -> tuple[BaseRoute, ...]:
    """Return all routes; ``tasks`` names the module whose function ``tasks`` tells those that the light pages need."""

    def light() -> ASGIApp:
        app: ASGIApp = import_module("core.api.light.app").light_app(import_module(tasks).tasks)
        return app

    return (Route("/api/ping", ping), Route(LIGHT, to_light), Mount(LIGHT, Later(light)))
