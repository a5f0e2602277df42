"""The Experiments page with 1,000 runs: ticks, filters, files, deletion and addresses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from playwright.sync_api import Locator, expect

from benchmarks.stores import generate
from core.store.connection import Store, open_store
from core.store.runs.lifecycle import deleted_runs
from tests.fixtures.dashboards import PHONE, Dashboard, Visitor, free_port

RUNS = 1000
FILTER = "metrics.test_accuracy > 0.8 AND tags.`pizarra.algorithm` = 'xgboost'"


@pytest.fixture(scope="module")
def many(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard on 1,000 runs; tests leave them as they are."""
    folder = tmp_path_factory.mktemp("many")
    shutil.copy(migrated_database, folder / "mlflow.db")
    generate(folder / "mlflow.db", RUNS)
    running = Dashboard(folder, free_port())
    yield running
    running.stop()


def experiment_of(store: Store) -> str:
    return str(store.client.get_experiment_by_name("many runs").experiment_id)


def table_of(visitor: Visitor) -> Locator:
    return visitor.page.locator("[class*=st-key-experiments_table_] [data-testid=stDataFrame]")


def groups_of(visitor: Visitor) -> Locator:
    return visitor.page.locator("[class*=st-key-experiments_groups_] [data-testid=stDataFrame]")


def cell(table: Locator, column: int, row: int) -> Locator:
    """Return a cell of a table; its tick is column 0."""
    return table.get_by_test_id(f"glide-cell-{column}-{row}")


def says(visitor: Visitor, words: str) -> None:
    expect(visitor.part("experiments_state")).to_contain_text(words)


def choose(visitor: Visitor, key: str, option: str) -> None:
    """Choose an option of a list."""
    box = visitor.part(key).get_by_role("combobox")
    box.click()
    box.fill(option)
    visitor.page.get_by_role("option", name=option, exact=True).first.click()
    visitor.settled()


@pytest.mark.long
def test_ticks_stay_whatever_is_searched_filtered_sorted_and_paged(
    many: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    visitor.go(many, "experiments")
    says(visitor, "1000 runs. Tick runs")
    visitor.tick(table_of(visitor), 0, 2)  # run 999 and run 997
    says(visitor, "1000 runs. 2 are ticked.")

    search = visitor.part("experiments_search").get_by_role("searchbox")
    search.fill("run 99")
    says(visitor, "11 runs. 2 are ticked.")  # and run 99 itself
    search.fill("run 12")
    says(visitor, "11 runs. 2 are ticked. 2 of them are not shown.")
    visitor.tick(table_of(visitor), 0)
    says(visitor, "11 runs. 3 are ticked. 2 of them are not shown.")
    search.fill("")
    says(visitor, "1000 runs. 3 are ticked.")

    visitor.push("experiments_algorithm")
    expect(visitor.part("experiments_state")).not_to_contain_text("1000 runs")
    says(visitor, "3 are ticked.")
    visitor.press("Show all runs")
    says(visitor, "1000 runs. 3 are ticked.")

    choose(visitor, "experiments_order", "Oldest first")
    expect(cell(table_of(visitor), 1, 0)).to_have_text("run 0")
    says(visitor, "1000 runs. 3 are ticked.")
    visitor.part("experiments_page").get_by_role("button", name="2").first.click()
    expect(cell(table_of(visitor), 1, 0)).to_have_text("run 500")
    says(visitor, "1000 runs. 3 are ticked.")
    choose(visitor, "experiments_order", "Newest first")
    expect(table_of(visitor).locator("tr[aria-selected=true]")).to_have_count(2)
    visitor.is_well()


@pytest.mark.long
def test_a_heading_sorts_all_runs_and_the_ticks_stay(many: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.go(many, "experiments", columns="metrics.test_accuracy,name")
    visitor.tick(table_of(visitor), 1)
    table_of(visitor).click(position={"x": 90, "y": 18})
    visitor.page.wait_for_url("**order=metrics.test_accuracy+desc**")
    says(visitor, "1 is ticked.")
    store = open_store(many.store_uri)
    best = store.client.search_runs([experiment_of(store)], order_by=["metrics.test_accuracy DESC"], max_results=1)[0]
    expect(cell(table_of(visitor), 2, 0)).to_have_text(str(best.info.run_name))


@pytest.mark.long
def test_the_files_hold_all_filtered_runs_and_columns(many: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.go(many, "experiments", filter=quote(FILTER), columns="name")
    visitor.push("experiments_download")
    files = [pd.read_csv(visitor.save("experiments_csv")), pd.read_parquet(visitor.save("experiments_parquet"))]

    store = open_store(many.store_uri)
    runs = store.client.search_runs([experiment_of(store)], FILTER, max_results=RUNS)
    says(visitor, f"{len(runs)} runs")
    for found in files:
        assert 50 < len(runs) == len(found)
        assert {"experiment_name", "end_time", "duration_seconds"} <= set(found.columns)
        table = found.set_index("run_id")
        for run in runs:
            row = table.loc[run.info.run_id]
            assert row["run_name"] == run.info.run_name
            assert {f"metrics.{name}": row[f"metrics.{name}"] for name in run.data.metrics} == pytest.approx(
                {f"metrics.{name}": value for name, value in run.data.metrics.items()}
            )
            assert {name: float(row[f"params.{name}"]) for name in run.data.params} == {
                name: float(value) for name, value in run.data.params.items()
            }
            assert {name: row[f"tags.{name}"] for name in run.data.tags} == run.data.tags


@pytest.mark.long
def test_ticked_runs_are_deleted_undone_and_restored(many: Dashboard, visit: Callable[..., Visitor]) -> None:
    store = open_store(many.store_uri)
    visitor = visit()
    visitor.go(many, "experiments")
    visitor.tick(table_of(visitor), 0, 1)
    visitor.push("experiments_delete")
    visitor.push("experiments_delete_confirm")
    says(visitor, "998 runs.")
    expect(visitor.part("experiments_report")).to_contain_text("2 runs were deleted.")
    assert len(deleted_runs(store, [experiment_of(store)])) == 2
    visitor.push("experiments_undo")
    says(visitor, "1000 runs.")
    assert deleted_runs(store, [experiment_of(store)]).empty

    visitor.tick(table_of(visitor), 3)
    visitor.push("experiments_delete")
    visitor.push("experiments_delete_confirm")
    says(visitor, "999 runs.")
    visitor.part("experiments_deleted").locator("summary").click()
    deleted = visitor.page.locator("[class*=st-key-experiments_deleted_] [data-testid=stDataFrame]")
    expect(cell(deleted, 1, 0)).to_have_text("run 996")
    visitor.tick(deleted, 0)
    visitor.push("experiments_restore")
    says(visitor, "1000 runs.")
    assert deleted_runs(store, [experiment_of(store)]).empty
    visitor.is_well()


@pytest.mark.long
def test_a_filter_that_cannot_be_read_is_said_and_the_table_stays(
    many: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    visitor.go(many, "experiments")
    visitor.page.locator("summary", has_text="As an MLflow filter").click()
    written = visitor.part("experiments_filter").get_by_role("textbox")
    written.fill("metrics.test_accuracy >")
    written.press("Enter")
    expect(visitor.page.locator("[data-testid=stAlertContentError]")).to_be_visible()
    says(visitor, "1000 runs.")
    expect(cell(table_of(visitor), 1, 0)).to_have_text("run 999")
    expect(written).to_have_value("metrics.test_accuracy >")  # to be mended
    written.fill("metrics.test_accuracy > 0.8")
    written.press("Enter")
    expect(visitor.page.locator("[data-testid=stAlertContentError]")).to_be_hidden()
    expect(visitor.part("experiments_state")).not_to_contain_text("1000 runs")


@pytest.mark.long
def test_a_shared_address_shows_the_same_again(many: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.go(many, "experiments")
    visitor.push("experiments_algorithm")
    visitor.settled()
    choose(visitor, "experiments_order", "Best test_accuracy first")
    choose(visitor, "experiments_group", "max_depth")
    visitor.push("experiments_columns_menu")
    choose(visitor, "experiments_columns", "param_3")
    expect(groups_of(visitor)).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.settled()

    other = visit()
    other.page.goto(visitor.address())
    other.settled()
    for part in (table_of, groups_of):
        expect(part(other).locator("table")).to_have_text(part(visitor).locator("table").text_content() or "")
    for key in ("state", "algorithm", "order", "group"):
        expect(other.part(f"experiments_{key}")).to_have_text(visitor.part(f"experiments_{key}").text_content() or "")
    other.push("experiments_columns_menu")  # the column is beyond what the table shows at once
    for column in ("Name", "param_3"):
        expect(other.part("experiments_columns")).to_contain_text(column)
    other.is_well()


@pytest.mark.long
def test_a_click_on_a_group_shows_its_runs_only(many: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.go(many, "experiments", group="params.max_depth")
    depth, count = (cell(groups_of(visitor), column, 0).text_content() for column in (1, 2))
    visitor.tick(groups_of(visitor), 0)
    says(visitor, f"{count} runs.")
    assert quote(f"= '{depth}'").replace("%20", "+") in visitor.address()
    expect(visitor.part("experiments_chip_0")).to_contain_text(f"max_depth: {depth}")


@pytest.mark.long
def test_a_phone_in_spanish_filters_groups_and_ticks(many: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "es-MX")
    visitor.go(many, "experiments", filter=quote(FILTER), group="params.max_depth")
    visitor.is_well()
    visitor.tick(table_of(visitor), 0, 1)
    visitor.is_well()
    visitor.push("experiments_compare")
    visitor.page.wait_for_url("**/compare**")
    visitor.settled()
    expect(visitor.page.locator("h1")).to_have_text("Comparar")
    expect(visitor.part("compare_bars")).to_be_visible()
    visitor.is_well()
