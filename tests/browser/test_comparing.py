"""Experiments and Compare on a thousand runs: pick, filter, export, delete and bring back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Download, expect

from benchmarks.stores import generate
from core.store.connection import open_store
from core.store.runs.tracking import list_runs
from tests.fixtures.dashboards import PHONE, PROJECTOR, Dashboard, Visitor, free_port

RUNS = 1000
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("many")
    generate(folder / "mlflow.db", RUNS)
    running = Dashboard(folder, free_port())
    yield running
    running.stop()


def tick(visitor: Visitor, *rows: int) -> None:
    """Tick rows of the last table on the page, counted from 0; its cells are drawn, not written."""
    table = visitor.page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    for row in rows:
        table.click(position={"x": 18, "y": 35 * (row + 1) + 18})
        visitor.settled()


def downloaded(visitor: Visitor, key: str) -> Path:
    with visitor.page.expect_download() as waiting:
        visitor.page.locator(f".st-key-{key} button").first.click()
    download: Download = waiting.value
    return Path(download.path())


def test_ticked_runs_stay_ticked_when_filtered_and_come_to_compare(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "experiments", experiment="1")
    tick(visitor, 0, 2)
    visitor.see("2 are ticked.")
    visitor.page.get_by_role("button", name="XGBoost", exact=True).click()
    visitor.settled()
    visitor.see("2 are ticked.")
    assert "filter=" in visitor.address()
    visitor.press("Compare 2 runs")
    visitor.settled()
    expect(visitor.page.locator("h1")).to_have_text("Compare")
    visitor.see("too close to call") if visitor.page.get_by_text("too close").count() else visitor.see("not known")
    visitor.is_well()


def test_all_filtered_runs_are_exported_complete(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "experiments", experiment="1", filter="metrics.test_accuracy%20%3E%200.8")
    expected = list_runs(open_store(many.store_uri), ["1"], filter_string="metrics.test_accuracy > 0.8")
    visitor.press("Download")
    csv = pd.read_csv(downloaded(visitor, "experiments_csv"), dtype={"params.max_depth": str})
    parquet = pd.read_parquet(downloaded(visitor, "experiments_parquet"))
    for table in (csv, parquet):
        assert set(table["run_id"]) == set(expected.ids)
        by_id = table.set_index("run_id").loc[expected.ids]
        assert list(by_id["params.max_depth"]) == list(expected.params["max_depth"])
        assert list(by_id["metrics.test_accuracy"]) == pytest.approx(list(expected.metrics["test_accuracy"]))
        assert {"tags.pizarra.student", "end_time", "duration_seconds", "experiment_name"} <= set(table.columns)


def test_deleted_runs_come_back_by_undo(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "experiments", experiment="1")
    tick(visitor, 0)
    visitor.press("Delete")
    visitor.page.locator("[data-testid=stDialog]").get_by_role("button", name="Delete 1 run").click()
    visitor.see("1 run was deleted.")
    assert len(list_runs(open_store(many.store_uri), ["1"])) == RUNS - 1
    visitor.press("Undo")
    visitor.see("1 run is back.")
    assert len(list_runs(open_store(many.store_uri), ["1"])) == RUNS
    visitor.is_well()


def test_a_filter_that_cannot_be_read_says_so_and_the_page_stays(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "experiments", experiment="1", filter="metrics.test_accuracy%20%3E")
    visitor.see("The filter cannot be read")
    expect(visitor.page.locator("[data-testid=stDataFrame]").first).to_be_visible()


def test_runs_picked_in_the_table_are_picked_everywhere(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "compare", experiment="1", filter="all")
    visitor.see("1000 runs")
    tick(visitor, 1, 3)
    visitor.see("2 runs are picked:")
    visitor.press("Compare only these")
    visitor.settled()
    expect(
        visitor.page.locator(".st-key-compare_runs [data-tag], .st-key-compare_runs [data-baseweb=tag]")
    ).to_have_count(2)
    assert "filter" not in visitor.address()
    visitor.is_well()


@pytest.mark.parametrize("shape", ["Box Select", "Lasso Select"])
def test_a_shape_drawn_on_a_chart_picks_the_runs_in_it(many: Dashboard, visit: Visit, shape: str) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "compare", experiment="1", filter="all")
    chart = visitor.page.locator(".st-key-compare_scatter .js-plotly-plot")
    chart.scroll_into_view_if_needed()
    chart.locator(f"[data-title='{shape}']").click()
    area = chart.locator(".nsewdrag").bounding_box()
    assert area is not None
    left, right, top, bottom = (
        area["x"] + 3, area["x"] + area["width"] - 3, area["y"] + 3, area["y"] + area["height"] - 3
    )  # fmt: skip
    mouse = visitor.page.mouse
    mouse.move(left, top)
    mouse.down()
    for x, y in [(right, bottom)] if shape == "Box Select" else [(right, top), (right, bottom), (left, bottom)]:
        mouse.move(x, y, steps=8)
    mouse.up()
    visitor.see("1000 runs are picked")  # fewer are drawn
    visitor.settled()
    visitor.press("Clear")
    expect(visitor.page.locator(".st-key-compare_picked")).to_have_count(0)
    visitor.is_well()


def test_the_direction_of_a_metric_is_kept_for_everybody(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "compare", experiment="1", metric="metric_0")
    visitor.press("Which way is better?")
    visitor.page.get_by_role("radiogroup").get_by_text("Lower is better").click()
    visitor.settled()
    another = visit(PHONE, locale="es-ES")
    another.go(many, "compare", experiment="1", metric="metric_0")
    expect(another.page.get_by_text("↓ más bajo es mejor").first).to_be_visible()
    another.is_well()


@pytest.mark.parametrize(("size", "scheme", "locale"), [(PROJECTOR, "dark", "en-US"), (PHONE, "light", "es-ES")])
def test_a_thousand_runs_fit_the_screen(
    many: Dashboard, visit: Visit, size: dict[str, int], scheme: str, locale: str
) -> None:
    visitor = visit(size, locale=locale, scheme=scheme)
    visitor.go(many, "compare", experiment="1", filter="all")
    visitor.is_well()
    for tab in range(1, 7):
        visitor.page.locator(".st-key-compare_chart [role=tab]").nth(tab).click()
        visitor.settled()
        visitor.is_well()
    visitor.go(many, "experiments", experiment="1")
    visitor.is_well()
