"""Pages that show what programs may ask, at /docs and /redoc: nothing on them comes from another place."""

from __future__ import annotations

from html import escape
from pathlib import Path

import fastapi_offline
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from core.i18n import current_language, translate

OWN = Path(__file__).parent / "static"
THEIRS = Path(fastapi_offline.__file__).parent / "static"  # Swagger UI and ReDoc
FILES = "docs-files"
# Addresses are relative to the page's own, so they hold below whatever address it lies, also behind a proxy
PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
{head}
</head>
<body style="margin: 0">
{body}
</body>
</html>
"""
DOCS = (
    f'<link rel="stylesheet" href="{FILES}/swagger-ui.css">',
    f'<div id="swagger-ui"></div>\n<script src="{FILES}/swagger-ui-bundle.js"></script>\n'
    f'<script src="{FILES}/own/start.js"></script>',
)
REDOC = ("", f'<redoc spec-url="openapi.json"></redoc>\n<script src="{FILES}/redoc.standalone.js"></script>')
# Both write styles into the page; ReDoc searches in a worker that it makes of its own text
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'self'"
    ),
    "Referrer-Policy": "same-origin",
}


def pages() -> list[BaseRoute]:
    """Return the routes, for an app whose own pages are off (``docs_url=None``, ``redoc_url=None``)."""
    return [
        Route("/docs", docs),
        Route("/redoc", redoc),
        Mount(f"/{FILES}/own", StaticFiles(directory=OWN)),
        Mount(f"/{FILES}", StaticFiles(directory=THEIRS)),
    ]


async def docs(_request: Request) -> Response:
    """Return the page on which one can also ask (Swagger UI)."""
    return _page(*DOCS)


async def redoc(_request: Request) -> Response:
    """Return the page to read (ReDoc)."""
    return _page(*REDOC)


def _page(head: str, body: str) -> Response:
    title = escape(translate("What programs may ask of Pizarra"))
    return HTMLResponse(PAGE.format(language=current_language(), title=title, head=head, body=body), headers=HEADERS)
