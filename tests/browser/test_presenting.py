"""Who presents and who has joined, in real browsers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fixtures.dashboards import PHONE, Dashboard, Visitor, free_port
from tests.fixtures.identities import Provider, provider

Visit = Callable[..., Visitor]
PIN = "open sesame"
ANA = {"sub": "17", "name": "Ana", "email": "ana@school.example", "email_verified": True}


@pytest.fixture
def room(migrated_database: Path, tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard that other computers can reach."""
    shutil.copy(migrated_database, tmp_path / "mlflow.db")
    running = Dashboard(tmp_path, free_port(), pin=PIN)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def school() -> Iterator[Provider]:
    with provider() as known:
        yield known


@pytest.fixture(scope="module")
def signing_in(
    migrated_database: Path, tmp_path_factory: pytest.TempPathFactory, school: Provider
) -> Iterator[Dashboard]:
    """A dashboard whose presenters sign in."""
    folder, port = tmp_path_factory.mktemp("signing-in"), free_port()
    shutil.copy(migrated_database, folder / "mlflow.db")
    (folder / "secrets.toml").write_text(school.secrets(f"http://localhost:{port}/oauth2callback"), encoding="utf-8")
    names = "ana@school.example, 23"
    settings = {"PIZARRA_PRESENTERS": names, "STREAMLIT_SECRETS_FILES": str(folder / "secrets.toml")}
    running = Dashboard(folder, port, settings=settings)
    yield running
    running.stop()


def give(visitor: Visitor, pin: str) -> None:
    """Show a PIN on the first page."""
    visitor.part("home_pin").locator("input").fill(pin)
    visitor.push("home_present_button")
    visitor.settled()


@pytest.mark.long
def test_one_presents_after_showing_the_pin_also_after_a_reload_and_a_restart(room: Dashboard, visit: Visit) -> None:
    teacher, phone = visit(), visit(PHONE, locale="es-MX")
    for visitor in (teacher, phone):
        visitor.go(room)
        expect(visitor.part("home_load_demo")).to_have_count(0)
    give(teacher, "open says me")
    teacher.see("This is not the PIN.")
    give(teacher, PIN)
    teacher.see("You are the presenter now")
    expect(teacher.part("home_load_demo")).to_be_visible()
    teacher.page.reload()
    teacher.settled()
    expect(teacher.part("home_load_demo")).to_be_visible()
    room.kill()
    room.start()
    for visitor in (teacher, phone):
        visitor.go(room)
    expect(teacher.part("home_load_demo")).to_be_visible()
    phone.see("Estás en el público.")
    expect(phone.part("home_load_demo")).to_have_count(0)
    phone.is_well()
    teacher.part("home_leave").get_by_role("button").click()
    teacher.see("You are in the audience.")


@pytest.mark.long
def test_the_presenter_closes_training_for_the_phones(room: Dashboard, visit: Visit) -> None:
    teacher, phone = visit(), visit(PHONE)
    teacher.go(room)
    give(teacher, PIN)
    teacher.part("home_training").get_by_text("The audience may train").click()
    teacher.settled()
    phone.go(room, "train")
    phone.see("Only the presenter may train now.")
    expect(phone.part("train_launch").get_by_role("button")).to_be_disabled()
    teacher.go(room, "train")
    expect(teacher.part("train_launch").get_by_role("button")).to_be_enabled()


@pytest.mark.long
@pytest.mark.parametrize(
    ("person", "presents"),
    [
        (ANA, True),
        pytest.param(
            {**ANA, "sub": "23", "email": "bea@school.example"}, True, marks=pytest.mark.long
        ),  # by the provider's own name
        pytest.param({**ANA, "sub": "18", "email": "luz@school.example"}, False, marks=pytest.mark.long),
        ({**ANA, "sub": "19", "email_verified": False}, False),  # anybody can say so
        pytest.param({"sub": "20", "email": "ana@school.example"}, False, marks=pytest.mark.long),
    ],
    ids=["email", "sub", "another", "not verified", "not said to be verified"],
)
def test_who_signs_in_presents_where_the_list_has_them(
    signing_in: Dashboard, visit: Visit, school: Provider, person: dict[str, object], presents: bool
) -> None:
    school.person = person
    visitor = visit()
    visitor.go(signing_in)
    expect(visitor.part("home_load_demo")).to_have_count(0)
    visitor.part("home_sign_in").get_by_role("button").click()
    visitor.page.get_by_text(re.compile("You are the presenter|You are signed in as")).first.wait_for()
    visitor.settled()
    expect(visitor.part("home_load_demo")).to_have_count(int(presents))
    visitor.is_well()
    visitor.part("home_leave" if presents else "home_sign_out").get_by_role("button").first.click()
    expect(visitor.part("home_sign_in")).to_be_visible()
    visitor.settled()
    expect(visitor.part("home_load_demo")).to_have_count(0)


def join(visitor: Visitor, nickname: str, button: str = "Join") -> None:
    """Join the class under a nickname."""
    visitor.part("join_nickname").locator("input").fill(nickname)
    visitor.part("join_button").get_by_role("button").click()
    visitor.settled()


@pytest.mark.long
def test_phones_join_stay_in_and_come_back_by_themselves_when_the_dashboard_was_killed(
    room: Dashboard, visit: Visit
) -> None:
    projector, luz, ana = visit(), visit(PHONE), visit(PHONE, locale="es-MX")
    projector.go(room)
    give(projector, PIN)
    projector.go(room, "join", projector="1")
    code = projector.page.get_by_alt_text("QR code of the address")
    expect(code).to_be_visible()
    before = code.get_attribute("src")
    for phone in (luz, ana):
        phone.go(room, "join")
    join(luz, "Luz")
    luz.see("You are in, Luz.")
    join(ana, "LUZ")
    ana.see("Alguien de esta clase tiene o tuvo este apodo")
    join(ana, "Ana 3B")
    ana.see("Ya estás dentro, Ana 3B.")
    expect(projector.page.get_by_text("Ana 3B · Luz")).to_be_visible()  # without anybody pressing anything
    luz.page.reload()
    luz.settled()
    luz.see("You are Luz in this class.")
    room.kill()
    room.start()
    ana.page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()  # by itself
    ana.go(room, "join")
    ana.see("En esta clase eres Ana 3B.")
    projector.go(room, "join", projector="1")
    expect(projector.page.get_by_text("Ana 3B · Luz")).to_be_visible()
    assert code.get_attribute("src") == before
    late = visit(PHONE)
    late.go(room, "join")
    join(late, "Late")
    expect(projector.page.get_by_text("Late · Ana 3B · Luz")).to_be_visible()
    for visitor in (projector, luz, ana, late):
        visitor.is_well()
