"""What a room sees: the answer in the first screenful, keys that lead on, and texts as large as the room needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.fixtures.dashboards import PROJECTOR, Dashboard, Visitor

Visit = Callable[..., Visitor]
WRITTEN = """const written = [...document.querySelectorAll("[data-testid=stMain] :is(p, li, small, h1, h2, h3, span)")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().width > 2 && !one.closest(":disabled")
        && [...one.childNodes].some(part => part.nodeType === 3 && part.textContent.trim())
        && !getComputedStyle(one).fontFamily.includes("Material"));"""
SMALLEST = f"""() => {{ {WRITTEN} return Math.min(...written
    .map(one => parseFloat(getComputedStyle(one).fontSize)).filter(size => size > 0)) }}"""
# What the page's raised contrast makes of a text's colour and of what it stands on, all that lies behind it included
PALEST = f"""() => {{ {WRITTEN}
    const numbers = colour => colour.match(/[0-9.]+/g).map(Number);
    const parts = colour => [...numbers(colour).slice(0, 3), numbers(colour)[3] ?? 1];
    const over = (one, back) => back.map((part, at) => one[at] * one[3] + part * (1 - one[3]));
    const raised = Number(getComputedStyle(document.documentElement).filter.match(/contrast\\(([0-9.]+)/)[1]);
    const light = colour => colour.map(part => Math.min(1, Math.max(0, (part / 255 - 0.5) * raised + 0.5)))
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    return Math.min(...written.map(one => {{
        let back = [255, 255, 255];
        const behind = [];
        for (let each = one; each; each = each.parentElement) behind.push(each);
        for (const each of behind.reverse()) back = over(parts(getComputedStyle(each).backgroundColor), back);
        const ink = over(parts(getComputedStyle(one).color), back);
        const [dark, bright] = [light(ink), light(back)].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05) }})) }}"""


@pytest.mark.long
def test_keys_lead_along_the_path_and_texts_grow(filled_dashboard: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(filled_dashboard, "registry", projector="1")
    assert visitor.page.evaluate(SMALLEST) >= 24
    assert visitor.page.evaluate(PALEST) >= 7
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
