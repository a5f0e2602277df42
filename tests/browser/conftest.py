"""A real browser, and dashboards to look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, sync_playwright

from core.store.connection import Store
from tests.fixtures.dashboards import PATIENCE, PROJECTOR, Dashboard, Visitor, free_port, new_dashboard
from tests.fixtures.stores import copy_of

HOW_TO_GET_ONE = (
    "no Chromium found; install one (Debian: apt-get install chromium-headless-shell) or set CHROMIUM to its path"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


def chromium_path() -> str | None:
    """Return a Chromium that is on this machine; the one without windows needs a fifth less of its processors."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests where there is no browser; on CI there must be one."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if chromium_path() is None and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_ONE))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = chromium_path()
    assert path is not None, HOW_TO_GET_ONE
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def dashboard(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One dashboard for all tests that leave its store usable for the others."""
    running = new_dashboard(migrated_database, tmp_path_factory.mktemp("dashboard"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def filled_dashboard(populated: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard of the module's own, with runs and models."""
    folder = tmp_path_factory.mktemp("filled") / "own"
    copy_of(populated, folder)
    running = Dashboard(folder, free_port())
    yield running
    running.stop()


@pytest.fixture
def own_dashboard(migrated_database: Path, tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard that the test may break."""
    running = new_dashboard(migrated_database, tmp_path / "own")
    yield running
    running.stop()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Come with a browser of a given size, language and colour scheme."""
    contexts: list[BrowserContext] = []

    def come(size: dict[str, int] = PROJECTOR, locale: str = "en-US", scheme: str = "light") -> Visitor:
        context = browser.new_context(
            viewport=size, locale=locale, color_scheme=scheme,  # type: ignore[arg-type]
            ignore_https_errors=True,  # a proxy's certificate of its own
            reduced_motion="reduce",  # what turns and fades costs a processor that draws by itself
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        visitor = Visitor(context.new_page())

        def note(request: Request) -> None:
            if urlparse(request.url).hostname not in {"localhost", "127.0.0.1", None, ""}:
                visitor.strangers.append(request.url)

        context.on("request", note)
        return visitor

    yield come
    for context in contexts:
        context.close()
