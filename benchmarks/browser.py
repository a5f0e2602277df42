"""When a page with 10,000 runs is ready in a real browser, against MLflow's own page of its first 100."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.stores import generate
from tests.browser.conftest import FLAGS, HOW_TO_GET_ONE, chromium_path
from tests.fixtures.dashboards import PROJECTOR, Dashboard, free_port
from tests.fixtures.servers import mlflow_server

RUNS, REPEATS = 10_000, 3
PATIENCE = 120_000  # ms
STANDS = "[data-testid=stApp][data-test-script-state=notRunning]"


def opened(page: Page, address: str, ready: Callable[[Page], None]) -> float:
    """Return the seconds from asking for an address until what we wait for is there; the first visit warms up."""
    taken = []
    for _ in range(REPEATS + 1):
        page.goto("about:blank")
        begun = time.perf_counter()
        page.goto(address)
        ready(page)
        taken.append(time.perf_counter() - begun)
    return median(taken[1:])


def table_of_ours(page: Page) -> None:
    """Wait for the table of the Experiments page."""
    page.locator("[data-testid=stDataFrame] canvas").last.wait_for(timeout=PATIENCE)
    page.locator(STANDS).wait_for(timeout=PATIENCE)


def chart_of_ours(page: Page) -> None:
    """Wait for the chart and the tables of the Compare page."""
    page.locator("[data-testid=stPlotlyChart] .main-svg").first.wait_for(timeout=PATIENCE)
    page.locator(STANDS).wait_for(timeout=PATIENCE)


def parallel_of_ours(page: Page) -> None:
    """Wait for the chart of the tab that is open, too."""
    chart_of_ours(page)
    page.locator("[data-testid=stPlotlyChart]").nth(1).locator(".main-svg").first.wait_for(timeout=PATIENCE)


def table_of_mlflow(page: Page) -> None:
    """Wait for the newest run in MLflow's own table."""
    page.get_by_text(f"run {RUNS - 1}", exact=True).first.wait_for(timeout=PATIENCE)


def bench_browser() -> None:
    """Print a table of pages."""
    chromium = chromium_path()
    if chromium is None:
        print(HOW_TO_GET_ONE)
        return
    with tempfile.TemporaryDirectory() as folder:
        store = generate(Path(folder) / "mlflow.db", RUNS)
        experiment = store.client.get_experiment_by_name("many runs").experiment_id
        dashboard = Dashboard(Path(folder), free_port())
        try:
            with mlflow_server(store.uri, Path(folder)) as served, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                page = browser.new_page(viewport=PROJECTOR)  # type: ignore[arg-type]
                theirs = opened(page, f"{served.uri}/#/experiments/{experiment}/runs", table_of_mlflow)
                ours = {
                    f"Experiments, table of {RUNS:,}": opened(page, f"{dashboard.address}/experiments", table_of_ours),
                    f"Compare, charts of {RUNS:,}": opened(
                        page, f"{dashboard.address}/compare?experiment={experiment}&filter=all", parallel_of_ours
                    ),
                    "Compare, best and newest": opened(page, f"{dashboard.address}/compare", parallel_of_ours),
                }
                browser.close()
        finally:
            dashboard.stop()
    print("| Page | Ready after | MLflow's first 100 runs | Ratio |")
    print("|---|---|---|---|")
    for name, seconds in ours.items():
        print(f"| {name} | {seconds:.2f} s | {theirs:.2f} s | {theirs / seconds:.1f}× |")


if __name__ == "__main__":
    bench_browser()
