"""The browser's own Back, and how many steps back a click is."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.fixtures.dashboards import Dashboard, Visitor
from tests.fixtures.stores import FLOWERS, SUGAR

Visit = Callable[..., Visitor]
PETALS = "petal length (cm)"


@pytest.fixture(scope="module")
def dashboard(filled_dashboard: Dashboard) -> Dashboard:
    """A dashboard with two models."""
    return filled_dashboard


def steps(visitor: Visitor) -> int:
    """Return how many steps of history the browser has."""
    return int(visitor.page.evaluate("history.length"))


def model_of(visitor: Visitor) -> list[str]:
    return parse_qs(urlsplit(visitor.address()).query)["model"]


def turn_to(visitor: Visitor, tab: str, name: str) -> None:
    visitor.page.get_by_role("tab", name=tab).click()
    visitor.page.wait_for_url(f"**look={name}*")
    visitor.settled()


def is_open(visitor: Visitor, tab: str) -> None:
    visitor.settled()
    expect(visitor.page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")


@pytest.mark.long
def test_back_after_two_tabs_is_the_tab_before(dashboard: Dashboard, visit: Visit) -> None:
    visitor = visit()
    visitor.go(dashboard, "registry", model=FLOWERS)
    before = steps(visitor)
    turn_to(visitor, "Gates", "gates")
    turn_to(visitor, "Origin", "origin")
    assert steps(visitor) == before + 2  # a click is a step
    visitor.page.go_back()
    is_open(visitor, "Gates")
    assert "look=gates" in visitor.address()
    visitor.page.go_back()
    is_open(visitor, "Timeline")
    assert "look" not in visitor.address()
    visitor.page.go_forward()
    is_open(visitor, "Gates")
    visitor.is_well()


@pytest.mark.long
def test_back_gives_the_inputs_of_before(dashboard: Dashboard, visit: Visit) -> None:
    visitor = visit()
    visitor.go(dashboard, "predict", model=FLOWERS)
    slider = visitor.page.get_by_role("slider", name=PETALS)
    usual = slider.input_value()
    slider.focus()
    slider.press("Home")
    visitor.page.wait_for_url("**inputs=**")
    expect(slider).not_to_have_value(usual)
    visitor.settled()
    moved = slider.and_(visitor.page.locator(f"[value='{slider.input_value()}']"))
    visitor.page.go_back()
    expect(moved).to_have_count(0)  # Back begins the inputs anew, and for a moment the old ones stand beside them
    expect(slider).to_have_value(usual)
    assert "inputs" not in visitor.address()
    visitor.is_well()


@pytest.mark.long
@pytest.mark.parametrize(
    "page",
    ["predict"]
    + [
        pytest.param(page, marks=pytest.mark.long)
        for page in ("", "data", "experiments", "compare", "train", "registry")
    ],
)
def test_a_view_adds_one_step_at_most_and_a_whole_address_none(dashboard: Dashboard, visit: Visit, page: str) -> None:
    visitor = visit()
    visitor.go(dashboard, page)
    assert steps(visitor) <= 3  # an empty page, the one asked for, and the same with its whole address
    before = steps(visitor)
    visitor.page.goto(visitor.address())
    visitor.settled()
    assert steps(visitor) <= before + 1


@pytest.mark.long
def test_a_link_on_a_page_counts_though_something_else_was_chosen_there(dashboard: Dashboard, visit: Visit) -> None:
    visitor = visit()
    visitor.go(dashboard, "registry", model=SUGAR, look="origin")
    is_open(visitor, "Origin")
    visitor.go(dashboard, "registry", model=FLOWERS, version="1")
    is_open(visitor, "Timeline")
    visitor.see("Version 1")


@pytest.mark.long
def test_back_to_a_page_from_the_menu_shows_the_model_that_it_showed(dashboard: Dashboard, visit: Visit) -> None:
    visitor = visit()
    visitor.go(dashboard, "predict", model=SUGAR)
    visitor.page.get_by_test_id("stSidebarNavLink").filter(has_text="Registry").click()
    visitor.page.wait_for_url("**/registry?*")
    visitor.settled()
    assert model_of(visitor) == [SUGAR]
    visitor.page.get_by_role("tab", name="Gates").click()
    visitor.page.wait_for_url("**look=gates*")
    visitor.settled()
    for _step in range(2):  # to the page as it was, and to the moment when it was entered
        visitor.page.go_back()
        visitor.settled()
    assert model_of(visitor) == [SUGAR]
    visitor.is_well()
