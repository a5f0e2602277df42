"""The pages that show what programs may ask, in a real browser: they work under their own strict policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from core.api.programs.pages import pages
from tests.fixtures.dashboards import free_port
from tests.fixtures.processes import until

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = FastAPI(title="A test", docs_url=None, redoc_url=None, routes=pages(), servers=[{"url": "."}])

    @app.get("/health")
    def health() -> str:
        return "healthy as chalk"

    port = free_port()
    outer = Starlette(routes=[Mount("/a/proxy/api", app)])
    server = uvicorn.Server(uvicorn.Config(outer, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert until(lambda: server.started, 20)
    yield f"http://127.0.0.1:{port}/a/proxy/api"
    server.should_exit = True
    thread.join(20)


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_the_page_shows_the_routes_and_gets_nothing_from_another_place(
    browser: Browser, address: str, name: str
) -> None:
    page = browser.new_page()
    answered: list[str] = []
    said: list[str] = []
    page.on("response", lambda response: answered.append(response.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}/{name}")
    expect(page.get_by_text("/health").first).to_be_visible(timeout=30_000)
    if name == "docs":
        page.get_by_text("/health").first.click()
        page.get_by_role("button", name="Execute").click()
        expect(page.get_by_text("healthy as chalk").first).to_be_visible()
    page.close()
    assert [url for url in answered if not url.startswith((address, "data:", "blob:"))] == []
    # ReDoc would like to show the logo of its makers, from their place
    assert [text for text in said if "Content Security Policy" not in text or "logo-mini.svg" not in text] == []
