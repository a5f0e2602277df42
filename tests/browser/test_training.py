"""Training survives what can happen to it: a killed worker, a killed dashboard, a second visitor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core.store.connection import open_store
from core.store.runs.tables import ALGORITHM_TAG, FAILURE_TAG, PROGRESS_TAG, Run
from core.store.runs.tracking import active_runs
from tests.fixtures.dashboards import Dashboard, Visitor
from tests.fixtures.processes import has_ended, until


def _launch_long_run(visitor: Visitor, dashboard: Dashboard) -> str:
    """Launch a forest that takes a while, and return its run's id once it is being fitted."""
    visitor.go(dashboard, "train", task="car_prices", effort="quick")
    visitor.page.locator(".st-key-train_algorithm_car_prices").get_by_text("Random forest").click()
    trees = visitor.page.get_by_role("spinbutton", name="n_estimators")
    trees.fill("1000")
    trees.press("Tab")
    visitor.page.locator(".st-key-train_launch button").click()
    store = open_store(dashboard.store_uri)

    def forests() -> list[Run]:
        return [run for run in active_runs(store) if run.tags[ALGORITHM_TAG] == "random_forest"]

    assert until(lambda: any(run.tags[PROGRESS_TAG] == "fitting" for run in forests()), seconds=90)
    return forests()[0].run_id


@pytest.mark.long
def test_a_killed_worker_ends_its_run_with_a_sentence_and_the_next_launch_works(
    own_dashboard: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor, second = visit(), visit(locale="es-MX")
    second.go(own_dashboard, "train")
    run_id = _launch_long_run(visitor, own_dashboard)
    second.see("Aprendiendo")  # everybody sees what is happening, without touching anything

    own_dashboard.busiest_trainer().kill()

    expect(visitor.page.get_by_text("was killed")).to_be_visible()
    run = open_store(own_dashboard.store_uri).client.get_run(run_id)
    assert run.info.status == "FAILED"
    assert "killed" in run.data.tags[FAILURE_TAG]

    visitor.go(own_dashboard, "train", task="iris")
    visitor.page.locator(".st-key-train_launch button").click()
    result = visitor.page.locator(".st-key-train_result")
    expect(result.get_by_text("test_accuracy", exact=True)).to_be_visible()


@pytest.mark.long
def test_a_killed_dashboard_leaves_no_process_and_its_run_is_settled_at_the_next_start(
    own_dashboard: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    run_id = _launch_long_run(visitor, own_dashboard)

    started = own_dashboard.kill()

    assert until(lambda: all(has_ended(process) for process in started), seconds=20)
    own_dashboard.start()
    visitor.go(own_dashboard, "run", run=run_id)
    visitor.see("The dashboard stopped while this run was being trained")
    assert open_store(own_dashboard.store_uri).client.get_run(run_id).info.status == "FAILED"
