"""The dialog that moves a version, in a real browser: its evidence, its rows, and what comes after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.store.artifacts import read_table
from core.store.connection import open_store
from core.store.promotion import Move, move
from core.store.record import EVALUATION_TABLE
from core.store.registry import find_model
from core.store.timeline import read_all
from tests.fixtures.dashboards import PHONE, PROJECTOR, Dashboard, Visitor, free_port
from tests.fixtures.stores import FLOWERS, copy_of


@pytest.fixture
def flowers(populated: object, tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard on a copy of the store that has three versions of one model."""
    copy_of(populated, tmp_path / "own")  # type: ignore[arg-type]
    running = Dashboard(tmp_path / "own", free_port())
    yield running
    running.stop()


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_a_promotion_asks_shows_and_remembers(
    flowers: Dashboard, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size, "es-ES")
    page = visitor.page
    visitor.go(flowers, "registry", model=FLOWERS)
    visitor.push("registry_Production_3")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("de 30")).to_be_visible()
    wider = dialog.evaluate("e => e.scrollWidth - e.clientWidth")
    assert wider <= 0, f"{wider} px wider than the dialog"
    dialog.locator(".st-key-registry_by input").fill("Ana")
    dialog.locator(".st-key-registry_why input").fill("Acierta más.")
    dialog.locator(".st-key-registry_confirm button").click()
    expect(page.locator(".st-key-registry_report")).to_contain_text("Producción")
    expect(dialog).to_have_count(0)
    store = open_store(flowers.store_uri)
    assert [v.number for v in find_model(store, FLOWERS).in_stage("Production")] == [3]
    visitor.see("“Acierta más.”")
    page.reload()
    visitor.settled()
    visitor.see("“Acierta más.”")
    visitor.is_well()
    assert (read_all(store, FLOWERS)[0].by, read_all(store, FLOWERS)[0].why) == ("Ana", "Acierta más.")


def test_the_question_stays_while_the_page_is_shown_anew_and_goes_when_closed(
    flowers: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.go(flowers, "registry", model=FLOWERS)
    visitor.push("registry_Production_3")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("of 30")).to_be_visible()
    page.wait_for_timeout(3000)  # the files of all versions are looked for meanwhile, and the page is shown anew
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(dialog).to_have_count(0)


def test_a_row_that_changes_answer_is_one_press_from_both_models(
    flowers: Dashboard, visit: Callable[..., Visitor]
) -> None:
    store = open_store(flowers.store_uri)
    move(store, Move(FLOWERS, 1, "Production", "Ana", "Another one, so that some rows differ."))
    visitor = visit()
    page = visitor.page
    visitor.go(flowers, "registry", model=FLOWERS)
    visitor.push("registry_other_2")
    visitor.push("registry_Production_2")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("of 30")).to_be_visible()
    dialog.get_by_text("The rows that change answer").click()
    row = dialog.get_by_role("link").filter(has_text="right is").first
    expect(row).to_be_visible()
    row.click()
    page.wait_for_url("**/predict**")
    visitor.settled()
    visitor.see("They disagree")
    visitor.is_well()


def test_versions_are_judged_by_rows_of_ones_own(
    flowers: Dashboard, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    store = open_store(flowers.store_uri)
    version = find_model(store, FLOWERS).version(3)
    table = read_table(store, version.run_id, EVALUATION_TABLE)
    hidden = [name for name in table if name.startswith(("row", "prediction", "probability_"))]
    table.drop(columns=hidden).rename(columns={"answer": "flower"}).head(17).to_csv(tmp_path / "mine.csv", index=False)
    visitor = visit()
    page = visitor.page
    visitor.go(flowers, "registry", model=FLOWERS)
    visitor.push("registry_Production_3")
    expect(page.get_by_role("dialog").get_by_text("of 30")).to_be_visible()
    page.locator(".st-key-registry_own_rows button").first.click()
    page.locator(".st-key-registry_rows input[type=file]").set_input_files(tmp_path / "mine.csv")
    column = page.locator(".st-key-registry_answer")
    expect(column).to_be_visible()
    column.get_by_role("combobox").click()
    page.get_by_role("option", name="flower").click()
    expect(page.get_by_text("Both were asked about the same 17 rows just now")).to_be_visible()
    expect(page.get_by_text("of 17", exact=False).first).to_be_visible()


def test_a_box_of_the_origin_leads_to_the_run(flowers: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    version = find_model(open_store(flowers.store_uri), FLOWERS).version(2)
    visitor.go(flowers, "registry", model=FLOWERS, version="2")
    page.get_by_role("tab", name="Origin").click()
    box = page.locator("[data-testid=stGraphVizChart] a").filter(has_text="line").first
    expect(box).to_be_visible()
    box.click()
    page.wait_for_url(f"**/run?run={version.run_id}**")
    visitor.settled()
    visitor.is_well()
