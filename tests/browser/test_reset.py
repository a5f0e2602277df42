"""A lesson ends and the next begins: the demo is reset, and what was there is brought back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core.store.connection import open_store
from core.store.writer import schedule_run
from core.training.demo import demo_state
from tests.fixtures.actors import FIXTURE
from tests.fixtures.dashboards import MOSTLY_PHONE, Dashboard, Visitor
from trainers.demo import DEMO


@pytest.mark.long
@MOSTLY_PHONE
def test_the_demo_is_loaded_reset_and_taken_back(
    own_dashboard: Dashboard, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size)
    page = visitor.page
    visitor.go(own_dashboard)
    visitor.press("Load the demo")
    visitor.see("The demo is loaded")
    store = open_store(own_dashboard.store_uri)
    assert demo_state(store, DEMO).loaded
    run_id = schedule_run(store, FIXTURE, experiment="a lesson", name="Ana's", tags={"pizarra.student": "Ana"})
    store.client.set_terminated(run_id)

    visitor.go(own_dashboard)
    visitor.push("home_reset_demo")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("a lesson")).to_be_visible()
    visitor.is_well()
    dialog.locator(".st-key-home_reset_confirm button").click()
    expect(page.locator(".st-key-home_report")).to_contain_text("The demo is as it was packed")
    expect(dialog).to_have_count(0)
    visitor.is_well()
    assert [run.info.run_name for run in store.client.search_runs(["5", "6"])].count("Ana's") == 0

    visitor.push("home_undo")
    expect(page.locator(".st-key-home_report")).to_contain_text("What was here before is back")
    visitor.is_well()
    assert store.client.get_run(run_id).info.run_name == "Ana's"
    visitor.go(own_dashboard, "predict", model="churn-predictor")
    visitor.see("Production")
    visitor.is_well()
