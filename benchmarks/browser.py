"""When a page with 10,000 runs is ready in a real browser, against MLflow's own page of its first 100."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.clock import RATIO, ratio
from benchmarks.reading import SERVER_STARTS
from benchmarks.stores import generate
from tests.browser.conftest import FLAGS, HOW_TO_GET_ONE, chromium_path
from tests.fixtures.dashboards import PROJECTOR, Dashboard, free_port
from tests.fixtures.servers import mlflow_server

RUNS, WARM_UPS, REPEATS = 10_000, 3, 7
PATIENCE = 120_000  # ms
# What stands in a page that is ready, as JavaScript
STANDS = "document.querySelector('[data-testid=stApp][data-test-script-state=notRunning] h1') !== null"
TABLE = "document.querySelector('[data-testid=stDataFrame] canvas') !== null"
CHARTS = "document.querySelectorAll('[data-testid=stPlotlyChart]:has(.main-svg)').length > 1"
ALL_READ = f"document.body.innerText.includes('{RUNS:,} runs of this experiment')"
NEWEST = f"[...document.querySelectorAll('a')].some(link => link.textContent === 'run {RUNS - 1}')"


def opened(page: Page, address: str, ready: str) -> float:
    """Return the seconds from asking for an address until ``ready`` is true there.

    The first visits warm up: browsers keep what they compiled once they have seen it again.
    """
    taken = []
    for _ in range(WARM_UPS + REPEATS):
        page.goto("about:blank")
        begun = time.perf_counter()
        page.goto(address)
        page.wait_for_function(ready, timeout=PATIENCE)  # asked at every frame
        taken.append(time.perf_counter() - begun)
    return median(taken[WARM_UPS:])


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
                ours = {
                    f"Experiments, table of {RUNS:,}": ("experiments", f"{STANDS} && {TABLE}"),
                    f"Compare, charts of {RUNS:,}": (
                        f"compare?experiment={experiment}&filter=all", f"{STANDS} && {CHARTS}",
                    ),
                    "Compare, best and newest": ("compare", f"{STANDS} && {CHARTS}"),
                }  # fmt: skip
                time.sleep(SERVER_STARTS)
                page.goto(f"{dashboard.address}/compare?experiment={experiment}&filter=all")
                page.wait_for_function(ALL_READ, timeout=PATIENCE)
                theirs = opened(page, f"{served.uri}/#/experiments/{experiment}/runs", NEWEST)
                taken = [opened(page, f"{dashboard.address}/{path}", ready) for path, ready in ours.values()]
                browser.close()
        finally:
            dashboard.stop()
    print(f"| Page | Ready after | MLflow's first 100 runs | {RATIO} |")
    print("|---|---|---|---|")
    for name, seconds in zip(ours, taken, strict=True):
        print(f"| {name} | {seconds:.2f} s | {theirs:.2f} s | {ratio(seconds, theirs)} |")


if __name__ == "__main__":
    bench_browser()
