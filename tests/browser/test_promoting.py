"""The dialog that moves a version, in a real browser: its evidence, its rows, and what comes after."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.store.connection import open_store
from core.store.record import EVALUATION_TABLE
from core.store.registry.promotion import Move, move
from core.store.registry.registered_models import find_model
from core.store.registry.timeline import read_all
from core.store.runs.artifacts import read_table
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import MOSTLY_PROJECTOR, PHONE, Dashboard, Visitor, free_port
from tests.fixtures.stores import FLOWERS, register_in


@pytest.fixture(scope="module")
def dashboard(filled_dashboard: Dashboard) -> Dashboard:
    """One dashboard, and one cluster of its own, for all tests of this module."""
    return filled_dashboard


@pytest.fixture
def flowers(dashboard: Dashboard, request: pytest.FixtureRequest) -> str:
    """A model of the test's own: version 1 is Archived, 2 in Production, 3 in Staging."""
    store = open_store(dashboard.store_uri)
    name = re.sub(r"\W+", "-", request.node.name)
    for version in reversed(find_model(store, FLOWERS).versions):
        register_in(store, version.run_id, name, version.stage)
    return name


@pytest.mark.long
@MOSTLY_PROJECTOR
def test_a_promotion_asks_shows_and_remembers(
    dashboard: Dashboard, flowers: str, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size, "es-ES")
    page = visitor.page
    visitor.go(dashboard, "registry", model=flowers)
    visitor.push("registry_Production_3")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("de 30")).to_be_visible()
    expect(dialog.locator(".st-key-registry_confirm")).to_be_in_viewport(ratio=1)
    wider = dialog.evaluate("e => e.scrollWidth - e.clientWidth")
    assert wider <= 0, f"{wider} px wider than the dialog"
    dialog.locator(".st-key-registry_by input").fill("Ana")
    dialog.locator(".st-key-registry_why input").fill("Acierta más.")
    dialog.locator(".st-key-registry_confirm button").click()
    expect(page.locator(".st-key-registry_report")).to_contain_text("Producción")
    expect(dialog).to_have_count(0)
    visitor.part("registry_look_closer").scroll_into_view_if_needed()
    expect(page.locator(".st-key-registry_undo")).to_be_in_viewport(ratio=1)
    store = open_store(dashboard.store_uri)
    assert [v.number for v in find_model(store, flowers).in_stage("Production")] == [3]
    visitor.see("“Acierta más.”")
    page.reload()
    visitor.settled()
    visitor.see("“Acierta más.”")
    visitor.is_well()
    assert (read_all(store, flowers)[0].by, read_all(store, flowers)[0].why) == ("Ana", "Acierta más.")


@pytest.mark.long
def test_the_question_stays_while_the_page_is_shown_anew_and_goes_when_closed(
    dashboard: Dashboard, flowers: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.go(dashboard, "registry", model=flowers)
    visitor.push("registry_Production_3")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("of 30")).to_be_visible()
    page.wait_for_timeout(3000)  # the files of all versions are looked for meanwhile, and the page is shown anew
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(dialog).to_have_count(0)


@pytest.mark.long
def test_a_row_that_changes_answer_is_one_press_from_both_models(
    dashboard: Dashboard, flowers: str, visit: Callable[..., Visitor]
) -> None:
    store = open_store(dashboard.store_uri)
    move(store, ANA, Move(flowers, 1, "Production", "Another one, so that some rows differ."))
    visitor = visit()
    page = visitor.page
    visitor.go(dashboard, "registry", model=flowers)
    visitor.push("registry_other_2")
    page.get_by_role("menuitem", name="Move to Production").click()
    expect(page.get_by_role("menuitem")).to_have_count(0)  # nothing lies over the question
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


@pytest.mark.long
def test_versions_are_judged_by_rows_of_ones_own(
    dashboard: Dashboard, flowers: str, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    store = open_store(dashboard.store_uri)
    version = find_model(store, flowers).version(3)
    table = read_table(store, version.run_id, EVALUATION_TABLE)
    hidden = [name for name in table if name.startswith(("row", "prediction", "probability_"))]
    table.drop(columns=hidden).rename(columns={"answer": "flower"}).head(17).to_csv(tmp_path / "mine.csv", index=False)
    visitor = visit()
    page = visitor.page
    visitor.go(dashboard, "registry", model=flowers)
    visitor.push("registry_Production_3")
    expect(page.get_by_role("dialog").get_by_text("of 30")).to_be_visible()
    page.locator(".st-key-registry_own_rows button").first.click()
    page.locator(".st-key-registry_rows input[type=file]").set_input_files(tmp_path / "mine.csv")
    column = page.locator(".st-key-registry_answer")
    expect(column).to_be_visible()
    column.get_by_role("combobox").click()
    page.get_by_role("option", name="flower").click()
    expect(page.get_by_text("Both were asked about the same 17 rows just now")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("test_accuracy: 1")).to_be_visible()  # of flowers, not of a length
    expect(page.get_by_text("of 17", exact=False).first).to_be_visible()


@pytest.mark.long
def test_a_box_of_the_origin_leads_to_the_run(
    dashboard: Dashboard, flowers: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.page
    version = find_model(open_store(dashboard.store_uri), flowers).version(2)
    visitor.go(dashboard, "registry", model=flowers, version="2")
    page.get_by_role("tab", name="Origin").click()
    box = page.locator("[data-testid=stGraphVizChart] a").filter(has_text="line").first
    expect(box).to_be_visible()
    box.click()
    page.wait_for_url(f"**/run?run={version.run_id}**")
    visitor.settled()
    visitor.is_well()


@pytest.mark.long
def test_what_one_dashboard_promotes_the_other_knows(
    dashboard: Dashboard, flowers: str, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    other = Dashboard(tmp_path, free_port(), settings={"MLFLOW_TRACKING_URI": dashboard.store_uri})
    try:
        here, there = visit(), visit(PHONE, "es-ES")
        for visitor, at, press in ((here, dashboard, "registry_Archived_2"), (there, other, "registry_Production_3")):
            visitor.go(at, "registry", model=flowers)
            visitor.push(press)
            visitor.settled()
        theirs, ours = there.page.get_by_role("dialog"), here.page.get_by_role("dialog")
        theirs.locator(".st-key-registry_by input").fill("Ana")
        theirs.locator(".st-key-registry_why input").fill("Acierta más.")
        theirs.locator(".st-key-registry_confirm button").click()
        expect(there.page.locator(".st-key-registry_report")).to_contain_text("Producción")

        ours.locator(".st-key-registry_by input").fill("Bea")
        ours.locator(".st-key-registry_confirm button").click()  # on what was so when it was asked
        expect(ours.get_by_text("while you were deciding").first).to_be_visible()
        store = open_store(dashboard.store_uri)
        assert [event.by for event in read_all(store, flowers)][:2] == ["Ana", "fixture"]
        here.page.reload()
        here.settled()
        here.see("Ana")
        here.is_well()
        assert [version.number for version in find_model(store, flowers).in_stage("Production")] == [3]
    finally:
        other.stop()
