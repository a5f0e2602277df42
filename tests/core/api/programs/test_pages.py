from __future__ import annotations

import json
import re
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from core.api.programs.pages import pages
from core.i18n import speaking
from tests.fixtures.programs import ask


def alone() -> FastAPI:
    made = FastAPI(docs_url=None, redoc_url=None, routes=pages())

    @made.get("/health")
    def health() -> str:
        return "ok"

    return made


def below(prefix: str) -> ASGIApp:
    return Starlette(routes=[Mount(prefix, alone())]) if prefix else alone()


@pytest.mark.parametrize("prefix", ["", "/api", "/behind/a/proxy/api"])
@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_all_that_a_page_loads_is_there_and_is_ours(name: str, prefix: str) -> None:
    app = below(prefix)
    page = ask(app, "GET", f"{prefix}/{name}")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "://" not in page.text
    assert 'href="//' not in page.text
    named = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page.text)
    assert len(named) >= 3
    for address in named:
        if not address.startswith("data:"):
            assert ask(app, "GET", urljoin(f"{prefix}/{name}", address)).status_code == 200, address


def test_what_is_shown_is_what_the_app_says_it_has() -> None:
    started = ask(alone(), "GET", "/docs-files/own/start.js").text
    named = re.search(r'url: "(.*)"', started)
    assert named
    assert "/health" in json.loads(ask(alone(), "GET", urljoin("/docs", named[1])).text)["paths"]
    assert "validatorUrl: null" in started


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_a_browser_may_load_nothing_from_elsewhere(name: str) -> None:
    policy = ask(alone(), "GET", f"/{name}").headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert {source for rule in rules.values() for source in rule.split()} <= {
        "'none'", "'self'", "'unsafe-inline'", "data:", "blob:",
    }  # fmt: skip
    assert "unsafe-inline" not in rules["script-src"]
    assert "<script>" not in ask(alone(), "GET", f"/{name}").text


def test_the_pages_have_a_title_in_the_readers_language() -> None:
    with speaking("es"):
        page = ask(alone(), "GET", "/docs").text
    assert '<html lang="es">' in page
    assert "<title>Qué pueden preguntar los programas a Pizarra</title>" in page


def test_no_other_file_is_given_out() -> None:
    for path in ("/docs-files/../pages.py", "/docs-files/own/../pages.py", "/docs-files/%2e%2e/core.py"):
        assert ask(alone(), "GET", path).status_code == 404
