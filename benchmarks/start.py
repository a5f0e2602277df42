"""The first page after a start, Predict's first opening and a small route, beside MLflow, Streamlit and uvicorn."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks.browser import PATIENCE, STANDS
from core.settings import ROOT
from core.store.connection import Store
from tests.browser.conftest import FLAGS, HOW_TO_GET_ONE, chromium_path
from tests.fixtures.dashboards import PROJECTOR, Dashboard, answers, free_port
from tests.fixtures.processes import until
from tests.fixtures.stores import copy_of, fill

STARTS, OPENINGS, ROUNDS, REQUESTS = 5, 3, 5, 100
READING = 5.0  # seconds that somebody looks at the first page before opening another
COMES_UP = 60.0  # seconds
ROUTE = "/api/ping"
EMPTY = "import streamlit as st\n\nst.title('Empty')\n"
BARE = """import sys
import uvicorn
from starlette.applications import Starlette
from core.api.routes import routes
uvicorn.run(Starlette(routes=routes(tasks="trainers")), port=int(sys.argv[1]), log_level="warning")
"""


@contextmanager
def ours(store: Store, folder: Path) -> Iterator[str]:
    """Start the dashboard on a copy of a store and yield its address as soon as it answers."""
    copy_of(store, folder)
    dashboard = Dashboard(folder, free_port())
    try:
        yield dashboard.address
    finally:
        dashboard.stop()


@contextmanager
def theirs(port: int, health: str, *arguments: str) -> Iterator[str]:
    """Start a Python server and yield its address as soon as it answers."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://localhost:{port}"
    try:
        if not until(lambda: answers(f"{address}{health}"), COMES_UP):
            raise TimeoutError(address)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def empty_app(folder: Path) -> tuple[int, str, list[str]]:
    """Return how to start a Streamlit app of one title."""
    script, port = folder / "empty.py", free_port()
    script.write_text(EMPTY, encoding="utf-8")
    command = ["-m", "streamlit", "run", str(script), "--server.port", str(port), "--server.headless", "true"]
    return port, "/_stcore/health", command


def opened(browser: Browser, *addresses: str, pause: float = 0.0) -> list[float]:
    """Return after how many seconds each page stands, opened one after the other by somebody new."""
    visitor = browser.new_page(viewport=PROJECTOR)  # type: ignore[arg-type]
    taken = []
    for address in addresses:
        begun = time.perf_counter()
        visitor.goto(address)
        visitor.wait_for_function(STANDS, timeout=PATIENCE)
        taken.append(time.perf_counter() - begun)
        visitor.goto("about:blank")
        time.sleep(pause)
    visitor.close()
    return taken


def first_pages(browser: Browser, store: Store, folder: Path) -> tuple[float, float]:
    """Return the seconds from a start to the first page: ours, and ``import mlflow`` and an empty app together."""
    mine, bare = [], []
    for number in range(STARTS):
        place = folder / f"start-{number}"
        copy_of(store, place)
        begun = time.perf_counter()
        dashboard = Dashboard(place, free_port())
        try:
            opened(browser, dashboard.address)
            mine.append(time.perf_counter() - begun)
        finally:
            dashboard.stop()
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import mlflow"], check=True)
        port, health, command = empty_app(folder)
        with theirs(port, health, *command) as address:
            opened(browser, address)
            bare.append(time.perf_counter() - begun)
    return median(mine), median(bare)


def predict_openings(browser: Browser, store: Store, folder: Path, pause: float) -> tuple[float, float]:
    """Return how long Predict takes at its first opening, ``pause`` seconds after the first page, and at its second.

    Each by somebody new: their browser fetches and compiles Streamlit's files both times.
    """
    first, second = [], []
    for number in range(OPENINGS):
        with ours(store, folder / f"predict-{pause}-{number}") as address:
            opened(browser, address, pause=pause)
            first += opened(browser, f"{address}/predict")
            second += opened(browser, f"{address}/predict")
    return median(first), median(second)


def route_seconds(addresses: list[str]) -> list[float]:
    """Return the seconds of a small route at each address, asked in turns on one kept-alive connection each."""
    connections = [HTTPConnection(address.removeprefix("http://"), timeout=10) for address in addresses]
    taken: list[list[float]] = [[] for _ in addresses]
    for turn in range(ROUNDS + 1):
        for connection, seconds in zip(connections, taken, strict=True):
            for _ in range(REQUESTS):
                begun = time.perf_counter()
                connection.request("GET", ROUTE)
                connection.getresponse().read()
                if turn:  # the first round warms up
                    seconds.append(time.perf_counter() - begun)
    for connection in connections:
        connection.close()
    return [median(seconds) for seconds in taken]


def bench_start() -> None:
    """Print a table of starts; the bars are in its last column."""
    chromium = chromium_path()
    if chromium is None:
        print(HOW_TO_GET_ONE)
        return
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        (folder / "filled").mkdir()
        store = fill(f"sqlite:///{folder / 'filled' / 'mlflow.db'}")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        opened(browser, "data:text/html,<div data-testid=stApp data-test-script-state=notRunning><h1>warm</h1></div>")
        print("| What | Ours | Theirs | Ours / theirs | Bar |")
        print("|---|---|---|---|---|")
        mine, bare = first_pages(browser, store, folder)
        name = "import mlflow, then an empty Streamlit app"
        print(f"| First page after a start | {mine:.2f} s | {name}: {bare:.2f} s | {mine / bare:.2f} | 1.3 |")
        for pause in (0.0, READING):
            first, again = predict_openings(browser, store, folder, pause)
            what = f"Predict's first opening, {pause:.0f} s after the first page"
            print(f"| {what} | {first:.2f} s | its second: {again:.2f} s | {first / again:.2f} | 1 s more |")
        port = free_port()
        with ours(store, folder / "route") as address, theirs(port, ROUTE, "-c", BARE, str(port)) as bare_address:
            opened(browser, address)
            time.sleep(READING)
            mine, bare = route_seconds([address, bare_address])
        print(
            f"| {ROUTE} on a kept-alive connection | {mine * 1000:.2f} ms | uvicorn alone: {bare * 1000:.2f} ms |"
            f" {mine / bare:.2f} | 5 ms or 3 |"
        )
        browser.close()


if __name__ == "__main__":
    bench_start()
