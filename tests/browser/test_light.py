"""Light pages in real browsers: answers follow the sliders, phones are led, and nothing is asked of another place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.access import Actor
from core.classroom.asked import Asked
from core.classroom.class_file import ClassFile
from core.classroom.guidance import Guidance, Place
from core.classroom.questions import Questions
from core.store.connection import Store
from tests.fixtures.dashboards import PHONE, Dashboard, Visitor, free_port
from tests.fixtures.stores import FLOWERS, copy_of
from tests.fixtures.websites import own_address

# In every process of the dashboard: note where it connects to, but for this computer
WATCHING = """
import os, socket
inner, asked = socket.socket.connect, socket.getaddrinfo
def note(name):
    if str(name) not in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", "None", socket.gethostname()):
        with open(os.environ["CONNECTIONS"], "a") as file:
            print(name, file=file)
def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and self.type == socket.SOCK_STREAM:
        note(address[0])
    return inner(self, address)
def getaddrinfo(host, *arguments, **named):
    note(host)
    return asked(host, *arguments, **named)
socket.socket.connect, socket.getaddrinfo = connect, getaddrinfo
"""
TEACHER = Actor("Ana", "presenter")
Visit = Callable[..., Visitor]


@pytest.fixture
def room(populated: Store, tmp_path: Path) -> Iterator[Dashboard]:
    """A class on a store with models."""
    folder = tmp_path / "room"
    copy_of(populated, folder)
    (tmp_path / "sitecustomize.py").write_text(WATCHING, encoding="utf-8")
    watched = {"PYTHONPATH": str(tmp_path), "CONNECTIONS": str(tmp_path / "connections")}
    running = Dashboard(folder, free_port(), pin="open sesame", settings=watched)
    yield running
    running.stop()


@pytest.mark.long
def test_a_phone_asks_answers_and_is_led(room: Dashboard, visit: Visit) -> None:
    phone = visit(PHONE, locale="es-MX")
    page, errors = phone.page, list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{room.address}/c")
    page.get_by_label("Tu apodo").fill("Luz")
    page.get_by_role("button", name="Unirse").click()
    expect(page.get_by_role("heading", name="Luz")).to_be_visible()

    page.goto(f"{room.address}/c/predict?model={FLOWERS}")
    answers, before = page.locator("#answers"), page.locator("#answers").inner_text()
    slider = page.locator("input[type=range]").first
    slider.evaluate("one => { one.value = one.max; one.dispatchEvent(new Event('input', { bubbles: true })) }")
    expect(answers).not_to_have_text(before, use_inner_text=True)
    moved = answers.inner_text()
    assert "v" in page.url.rpartition("?")[2]
    page.reload()  # the address holds what was asked
    expect(answers).to_have_text(moved, use_inner_text=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    file = ClassFile(room.folder / "cache")
    try:
        asked = Questions(file).ask(TEACHER, Asked("words", {"es": "¿Cuál?"}, (("one", {}), ("two", {})), truth="two"))
        page.get_by_role("link", name="Responder ahora").click()
        page.get_by_role("button", name="two").click()
        expect(page.get_by_role("button", name="two")).to_have_attribute("aria-pressed", "true")
        Questions(file).reveal(TEACHER, asked.number)
        expect(page.get_by_text("Respondiste: two")).to_be_visible()  # without anybody pressing anything
        guidance = Guidance(file)
        guidance.turn(TEACHER, "a teacher", "follow", on=True)
        guidance.stand(TEACHER, "a teacher", Place("predict", {"model": FLOWERS}))
        page.wait_for_url("**/c/predict**")
        page.get_by_role("button", name="Quedarse aquí").click()
        guidance.stand(TEACHER, "a teacher", Place("train"))
        expect(page.get_by_role("link", name="Ir a donde está quien presenta")).to_be_visible()
        guidance.turn(TEACHER, "a teacher", "pause", on=True)
        expect(page.get_by_text("Mira al frente")).to_be_visible()
        guidance.turn(TEACHER, "a teacher", "pause", on=False)
        expect(page.get_by_text("Mira al frente")).to_have_count(0)
    finally:
        file.close()
    room.kill()
    expect(page.get_by_text("Sin conexión.")).to_be_visible()
    room.start()
    expect(page.get_by_text("Sin conexión.")).to_be_hidden()
    assert phone.strangers == []
    page.goto(f"{room.address}/c/train")
    page.get_by_role("button", name="Entrenar:").click()
    expect(page.get_by_text("Entrenada en")).to_be_visible()
    projector = visit()
    for name in ("", "data", "compare", "registry", "predict", "board", "lesson"):
        projector.go(room, name)
    assert (phone.strangers, projector.strangers) == ([], [])
    own = own_address()
    connections = room.folder.parent / "connections"
    outside = set(connections.read_text(encoding="utf-8").split()) if connections.exists() else set()
    assert outside - {own} == set()  # nothing leaves the machine
    assert [error for error in errors if "Failed to load resource" not in error] == []
