"""The routes under ``/api``, on the same port as the pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def ping(_request: Request) -> Response:
    """Answer that the dashboard is there."""
    return JSONResponse({"status": "ok"})


ROUTES = (Route("/api/ping", ping),)
