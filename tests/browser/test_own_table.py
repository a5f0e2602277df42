"""From somebody's own spreadsheet to a registered model that answers what-if, on both screens and in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.store.connection import open_store
from core.store.registry.registered_models import find_model
from tests.fixtures.dashboards import PHONE, PROJECTOR, Dashboard, Visitor

BOOK = Path(__file__).parents[1] / "core/tables/books/ventas.xlsx"


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "locale"),
    [
        pytest.param(PROJECTOR, "en-US", id="projector-english"),
        pytest.param(PHONE, "es-MX", id="phone-spanish", marks=pytest.mark.long),
    ],
)
def test_a_spreadsheet_becomes_a_model_that_answers(
    dashboard: Dashboard, visit: Callable[..., Visitor], size: dict[str, int], locale: str
) -> None:
    visitor = visit(size, locale)
    page, model = visitor.page, f"ventas-{locale[:2]}"

    # bring it: what reads in two ways is asked first
    visitor.go(dashboard, "data")
    visitor.part("data_own").locator("summary").click()
    visitor.part("data_own").locator("input[type=file]").set_input_files(BOOK)
    visitor.see("Informe de ventas")
    expect(visitor.part("data_own_keep").get_by_role("button")).to_be_disabled()
    visitor.push("data_own_confirm_sheet")
    visitor.push("data_own_confirm_below")
    title = visitor.part("data_own").get_by_role("textbox").last
    title.fill(model)
    title.press("Tab")
    visitor.push("data_own_keep")
    expect(page.get_by_text("ventas.xlsx").filter(visible=True).first).to_be_visible()
    assert "task=ventas_" in visitor.address()
    visitor.is_well()

    # train it
    page.get_by_role("link", name=re.compile("Train a model on this data|Entrenar un modelo con estos datos")).click()
    page.wait_for_url("**/train**")
    visitor.settled()
    visitor.push("train_launch")
    result = page.locator(".st-key-train_result")
    expect(result.get_by_text("test_accuracy", exact=True)).to_be_visible()
    visitor.is_well()

    # register it
    result.get_by_role("link").filter(has_text="egist").last.click()
    page.wait_for_url("**/registry**")
    visitor.settled()
    name = visitor.part("registry_name").get_by_role("combobox")
    name.fill(model)
    name.press("Enter")
    visitor.push("registry_register_button")
    visitor.see(model)
    registered = find_model(open_store(dashboard.store_uri), model)
    assert [version.number for version in registered.versions] == [1]

    # ask it: its inputs are the table's columns, and its answer one of the table's own words
    visitor.go(dashboard, "predict", model=model)
    price = page.get_by_role("slider", name="precio")
    answers = page.locator(".st-key-predict_answers")
    expect(answers).to_contain_text("sí")
    price.focus()
    for _step in range(5):
        price.press("ArrowRight")
    visitor.settled()
    visitor.is_well()
