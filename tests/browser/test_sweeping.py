"""A sweep in a real browser: launched, paused, resumed, its best trained and registered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.fixtures.dashboards import PHONE, Dashboard, Visitor

GRID = {
    "task": "iris", "algorithm": "random_forest", "vary": "n_estimators=100,150;max_depth=2,3,none",
    "how": "sampler=grid,test_rows=shown",
}  # fmt: skip


@pytest.mark.long
def test_a_sweep_is_paused_resumed_and_its_best_registered(
    own_dashboard: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    visitor.go(own_dashboard, "sweep", **GRID)
    visitor.see("of 6 combinations")
    visitor.push("sweep_launch")
    visitor.push("sweep_pause")
    visitor.see("‖ Paused")
    visitor.push("sweep_resume")
    visitor.see("6 of 6 trials are done")
    visitor.see("Best on the test rows")
    visitor.push("sweep_refit")
    expect(visitor.page.get_by_role("link", name="Registered: iris, version 1")).to_be_visible()
    visitor.is_well()
