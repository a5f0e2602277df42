"""What a room sees: the answer in the first screenful, keys that lead on, and texts as large as the room needs."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.fixtures.dashboards import PROJECTOR, Dashboard, Visitor

Visit = Callable[..., Visitor]
SMALLEST = """() => Math.min(...[...document.querySelectorAll("[data-testid=stMain] :is(p, li, small, h1, h2, h3)")]
    .filter(one => one.offsetParent && one.textContent.trim())
    .map(one => parseFloat(getComputedStyle(one).fontSize)).filter(size => size > 0))"""


def test_keys_lead_along_the_path_and_texts_grow(filled_dashboard: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(filled_dashboard, "registry", projector="1")
    assert visitor.page.evaluate(SMALLEST) >= 24
    visitor.page.keyboard.press("PageDown")
    visitor.page.wait_for_url("**/predict**")
    visitor.settled()
    answers, fold = visitor.part("predict_answers").bounding_box(), visitor.part("predict_choices_fold")
    assert answers is not None
    assert answers["y"] < 300
    expect(fold).to_be_visible()
    visitor.page.locator(".st-key-menu button").first.click()
    visitor.push("frame_larger")
    assert "text=115" in visitor.address()
    assert visitor.page.evaluate(SMALLEST) >= 27
    visitor.page.keyboard.press("PageUp")
    visitor.page.wait_for_url("**/registry**")
    assert "text=115" in visitor.address()
    visitor.is_well()
