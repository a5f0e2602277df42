"""Shelves that are kept for a browser: for a time, and within bounds."""

from __future__ import annotations

from core.prediction.scenarios.kept import HOURS, KeptShelves
from core.prediction.scenarios.pinned import Scenario

RAIN, SUN = {"a": Scenario("rain", {"x": 1})}, {"b": Scenario("sun", {"x": 2})}


def of_length(length: int) -> dict[str, Scenario]:
    return {"a": Scenario("x" * length, {"x": 1})}


def test_each_browser_finds_its_own_shelves() -> None:
    shelves = KeptShelves()
    shelves.keep("mine", "telco", RAIN)
    shelves.keep("theirs", "telco", SUN)
    assert shelves.get("mine", "telco") == RAIN
    assert shelves.get("theirs", "telco") == SUN
    assert shelves.get("mine", "cars") is None
    assert shelves.get("nobody", "telco") is None


def test_an_emptied_shelf_is_kept_as_that() -> None:
    shelves = KeptShelves()
    shelves.keep("mine", "telco", RAIN)
    shelves.keep("mine", "telco", {})
    assert shelves.get("mine", "telco") == {}


def test_a_browser_that_says_nothing_of_itself_shares_no_shelf_with_others_like_it() -> None:
    shelves = KeptShelves()
    shelves.keep("", "telco", RAIN)
    assert shelves.get("", "telco") is None


def test_what_nobody_looks_at_is_forgotten_after_hours() -> None:
    hours = [0.0]
    shelves = KeptShelves(now=lambda: hours[0] * 3600)
    shelves.keep("mine", "telco", RAIN)
    shelves.keep("theirs", "telco", SUN)
    hours[0] = HOURS - 1
    assert shelves.get("mine", "telco") == RAIN
    hours[0] = HOURS + 1
    assert shelves.get("theirs", "telco") is None
    assert shelves.get("mine", "telco") == RAIN


def test_a_shelf_that_is_too_large_is_not_kept_and_neither_is_what_it_was() -> None:
    shelves = KeptShelves(most_of_one=2000)
    shelves.keep("mine", "cars", SUN)
    shelves.keep("mine", "telco", RAIN)
    shelves.keep("mine", "telco", of_length(3000))
    assert shelves.get("mine", "telco") is None
    assert shelves.get("mine", "cars") == SUN


def test_without_room_for_all_who_came_longest_ago_goes() -> None:
    shelves = KeptShelves(most_of_all=3000)
    for browser in ("first", "second"):
        shelves.keep(browser, "telco", of_length(800))
    assert shelves.get("first", "telco") is not None
    shelves.keep("third", "telco", of_length(800))
    assert shelves.get("second", "telco") is None
    assert shelves.get("first", "telco") is not None
    assert shelves.get("third", "telco") is not None
