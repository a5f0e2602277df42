"""Make light pages of templates: escaped, in the reader's language, with nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from core.i18n import LANGUAGES, current_language, ngettext, number, translate

HERE = Path(__file__).parent
TEMPLATES, STATIC = HERE / "templates", HERE / "static"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
}


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals.update(_=translate, ngettext=ngettext, number=number, languages=LANGUAGES)
    return made


def page(visit: object, template: str, code: int, **about: object) -> Response:
    """Return a page, or a part of one, made of a template, of who visits and of what it is about."""
    text = _environment().get_template(template).render(visit=visit, language=current_language(), **about)
    return HTMLResponse(text, code, HEADERS)
