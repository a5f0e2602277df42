"""A question from a projector to two phones, a pause, and phones that follow, in real browsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.store.connection import Store
from tests.browser.test_presenting import PIN, give, join
from tests.fixtures.dashboards import PHONE, Dashboard, Visitor, free_port
from tests.fixtures.stores import SUGAR, copy_of

Visit = Callable[..., Visitor]


@pytest.fixture
def room(populated: Store, tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard with runs that other computers can reach."""
    copy_of(populated, tmp_path / "own")
    running = Dashboard(tmp_path / "own", free_port(), pin=PIN)
    yield running
    running.stop()


def open_menu(visitor: Visitor) -> None:
    """Open the menu by which one asks the class."""
    visitor.push("ask_menu")


def switch(visitor: Visitor, what: str) -> None:
    """Switch something on for all phones."""
    open_menu(visitor)
    visitor.part(f"ask_{what}").locator("label").first.click()
    expect(visitor.part(f"along_{what}")).to_be_visible()
    visitor.page.keyboard.press("Escape")


@pytest.mark.long
def test_the_projector_asks_phones_answer_look_up_and_follow(room: Dashboard, visit: Visit) -> None:
    projector, luz, ana = visit(), visit(PHONE), visit(PHONE, locale="es-MX", scheme="dark")
    projector.go(room)
    give(projector, PIN)
    for phone, name in ((luz, "Luz"), (ana, "Ana 3B")):
        phone.go(room, "join")
        join(phone, name)
    projector.go(room, "compare", projector="1")
    open_menu(projector)
    projector.part("ask_kind_which_run").get_by_role("button").click()  # the second press
    expect(projector.part("ask_count")).to_contain_text("0 of 2")
    for phone in (luz, ana):  # on the page where they are, without anybody pressing anything
        phone.part("along_question").get_by_role("link").click()
        expect(phone.part("ask_choice_0")).to_be_visible()
        phone.settled()
    luz.push("ask_choice_0")
    ana.push("ask_choice_1")
    ana.see("Otros dijeron:")
    luz.push("ask_choice_1")
    expect(projector.part("ask_count")).to_contain_text("2 of 2")
    expect(projector.page.get_by_text("The class says")).to_have_count(0)
    projector.push("ask_close")
    luz.see("The question is closed")
    room.kill()
    room.start()
    projector.go(room, "ask", projector="1")
    expect(projector.part("ask_count")).to_contain_text("2 of 2")
    projector.push("ask_reveal")
    projector.see("The class says")
    for phone, words in ((luz, "The class says"), (ana, "La clase dice")):
        phone.go(room, "ask")
        phone.see(words)
    for visitor in (projector, luz, ana):
        visitor.is_well()
    switch(projector, "pause")
    expect(luz.page.get_by_role("heading", name="Look up")).to_be_in_viewport()
    ana.see("Mira al frente")
    projector.part("along_end_pause").get_by_role("button").click()
    expect(luz.page.get_by_role("heading", name="Look up")).to_have_count(0)
    luz.see("The class says")  # what was there before
    switch(projector, "follow")
    projector.go(room, "predict", model=SUGAR, inputs='{"bmi":30.0}', projector="1")
    for phone in (luz, ana):
        phone.page.wait_for_url(re.compile(r"/predict\?.*inputs=[^&]*bmi"))
    luz.part("along_stay").get_by_role("button").click()
    projector.part("predict_typical").get_by_role("button").wait_for()
    projector.go(room, "data", projector="1")
    ana.page.wait_for_url(re.compile("/data"))
    assert "/predict" in luz.page.url
    luz.part("along_again").get_by_role("button").click()
    luz.page.wait_for_url(re.compile("/data"))
