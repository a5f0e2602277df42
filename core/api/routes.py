"""The routes beside the pages, on the same port: those for programs under ``/api``, light pages under ``/c``."""

from __future__ import annotations

from importlib import import_module

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from core.api.later import Keeping, Later
from core.classroom.listening import LIGHT
from core.serving.addresses import PROGRAMS

INFERENCE = "/v2"  # where clients of the Open Inference Protocol look


async def ping(_request: Request) -> Response:
    """Answer that the dashboard is there."""
    return JSONResponse({"status": "ok"})


async def with_slash(request: Request) -> Response:
    """Lead to what lies below an address."""
    return RedirectResponse(f"{request.url.path.rpartition('/')[2]}/")  # from here, however one came


def programs(tasks: str) -> Later:
    """Return the app for programs; ``tasks`` is as in ``routes``."""

    def made() -> ASGIApp:
        app: ASGIApp = import_module("core.api.programs.app").programs_app(import_module(tasks).tasks)
        return app

    return Later(made)


def routes(tasks: str, below: str = "") -> tuple[BaseRoute, ...]:
    """Return all routes, ``below`` a path where the pages lie there too.

    ``tasks`` names the module whose function ``tasks`` tells those that they need.
    """

    def light() -> ASGIApp:
        app: ASGIApp = import_module("core.api.light.app").light_app(import_module(tasks).tasks)
        return app

    later = programs(tasks)
    return (
        Route(f"{below}{PROGRAMS}/ping", ping),  # whoever waits for the start asks for it, and it needs nothing
        *for_programs(later, below),
        Route(f"{below}{LIGHT}", with_slash),
        Mount(f"{below}{LIGHT}", Later(light)),
    )


def for_programs(app: ASGIApp, below: str = "") -> tuple[BaseRoute, ...]:
    """Return the routes by which an app for programs is reached."""
    return (
        Route(f"{below}{PROGRAMS}", with_slash),
        Mount(f"{below}{PROGRAMS}", app),
        Mount(f"{below}{INFERENCE}", Keeping(INFERENCE, app)),
    )
