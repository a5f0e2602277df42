"""The board, on a projector and two phones that train."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fixtures.dashboards import PHONE, Dashboard, Visitor, free_port

Visit = Callable[..., Visitor]
PIN = "open sesame"


@pytest.fixture
def room(migrated_database: Path, tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard that other computers can reach."""
    shutil.copy(migrated_database, tmp_path / "mlflow.db")
    running = Dashboard(tmp_path, free_port(), pin=PIN)
    yield running
    running.stop()


@pytest.mark.long
def test_two_phones_train_and_the_projector_shows_both_also_after_a_restart_until_the_reveal(
    room: Dashboard, visit: Visit
) -> None:
    projector, luz, ana = visit(), visit(PHONE), visit(PHONE, locale="es-MX")
    projector.go(room)
    projector.part("home_pin").locator("input").fill(PIN)
    projector.push("home_present_button")
    projector.see("You are the presenter now")
    projector.go(room, "board")
    projector.push("board_open")
    projector.see("Nobody has finished a run yet")
    for phone, nickname in ((luz, "Luz"), (ana, "Ana 3B")):
        phone.go(room, "join")
        phone.part("join_nickname").locator("input").fill(nickname)
        phone.part("join_button").get_by_role("button").click()
        phone.part("join_now").wait_for()
        phone.go(room, "train", task="iris")
        phone.part("train_contest").wait_for()
        phone.push("train_launch")
        phone.part("train_result").get_by_role("link").first.wait_for()
    projector.go(room, "board", projector="1")
    for nickname in ("Luz", "Ana 3B"):
        expect(projector.part("board_places").get_by_role("cell", name=nickname)).to_be_in_viewport()
    room.kill()
    room.start()
    ana.go(room, "board")
    ana.see("Tú: puesto 1 de 2, igual de buena que la mejor.")
    ana.see("Quedan 9 intentos")
    expect(ana.part("board_lead")).to_have_count(0)
    projector.go(room, "board", projector="1")
    projector.part("board_lead").locator("summary").click()
    projector.part("board_reveal_sure_1").locator("label").click()
    projector.push("board_reveal")
    projector.see("Revealed")
    ana.see("Revelado")  # without anybody pressing anything
    for visitor in (projector, ana, luz):
        visitor.is_well()
