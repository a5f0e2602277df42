"""Schedules: what is done by itself is made in words, shown with its next and last time, done, stopped and ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.process import scheduled, shared
from core.schedules.when import when
from core.store.connection import Store
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS
from tests.pages.reading import Dashboard, problems, shown, stands

Start = Callable[[str], Dashboard]


@pytest.fixture(autouse=True)
def own_file() -> Iterator[None]:
    """Each test has schedules of its own."""
    shared.forget()
    yield
    shared.forget()


def fill(session: AppTest, **values: str) -> AppTest:
    """Fill the form for a new schedule."""
    for name, value in values.items():
        session.get_by_key(f"schedules_new_{name}").set_value(value)
    session.run()
    return session


def press(session: AppTest, deed: str) -> str:
    """Press a button, and return all that is said then."""
    session.get_by_key(f"schedules_{deed}").click().run()
    stands(session)
    return shown(session)


@pytest.mark.parametrize(
    ("language", "said", "made", "off"),
    [
        ("en", "every Monday at 06:00", "“nightly” is done from now on.", "All of them are turned off."),
        ("es", "cada lunes a las 06:00", "«nightly» se hace desde ahora.", "Todas están apagadas."),
    ],
)
def test_a_schedule_is_made_in_words_and_turned_off_asked_for_and_ended(
    app: Start, populated: Store, tmp_path: Path, language: str, said: str, made: str, off: str
) -> None:
    session = app(populated.uri).open("schedules", lang=language)
    fill(session, name="nightly", model=f"{FLOWERS}/Production", path=str(tmp_path), when=said, zone="Asia/Tokyo")
    fill(session, id=" code")
    assert f"{said} (Asia/Tokyo)" in shown(session)
    assert made in press(session, "new_make")
    [one] = scheduled.schedules().all()
    assert (one.when, one.arguments["path"]) == (when("0 6 * * 1", "Asia/Tokyo"), str(tmp_path))
    assert one.arguments["id"] == " code"
    assert session.get_by_key("schedules_new_name").value == ""
    assert off in press(session, "turn")
    press(session, "ask")
    assert scheduled.schedules().named("nightly").asked is not None
    press(session, "end")
    assert scheduled.schedules().all() == []


def test_what_came_of_a_schedule_is_shown(app: Start, populated: Store) -> None:
    dashboard = app(populated.uri)
    schedules = scheduled.schedules()
    made = schedules.make(
        ANA, "*odd* [name](x)", "score", {"model": "gone", "path": "rows.csv"}, when("0 6 * * 1", "UTC")
    )
    schedules.ask(ANA, made.number)
    claims = scheduled.runner()._claims
    plans, _coming = claims.due(schedules._store)
    assert claims.claim(plans[0])
    session = dashboard.open("schedules")
    [row] = session.dataframe[0].value.to_numpy().tolist()
    assert row[:2] == ["*odd* [name](x)", "score rows.csv with gone"]
    assert row[2].startswith("every Monday at 06:00")
    assert row[4:] == ["▶ under way", "Ana"]
    assert session.dataframe[1].value["Outcome"].tolist() == ["▶ under way"]
    press(session, "stop")
    assert schedules.runs(made.number)[0].stopping


def test_what_cannot_be_is_refused_in_words_and_what_was_written_stays(
    app: Start, populated: Store, tmp_path: Path
) -> None:
    session = fill(app(populated.uri).open("schedules"), name="a", path="nowhere", when="now and then")
    assert "but this is 'now and then'" in problems(session)[0]
    (tmp_path / "rows.csv").write_text("code,a\n1,2\n")
    fill(session, path=str(tmp_path / "rows.csv"), id="number", when="hourly")
    session.get_by_key("schedules_new_make").click().run()
    assert "The table has no column 'number'" in problems(session)[0]
    fill(session, path="nowhere").get_by_key("schedules_new_make").click().run()
    assert "Scoring needs the full path of a file or folder that is there" in problems(session)[0]
    assert session.get_by_key("schedules_new_path").value == "nowhere"
    assert scheduled.schedules().all() == []


@pytest.mark.long
def test_without_a_model_there_is_nothing_to_score_with(app: Start, store: Store) -> None:
    assert "There is no model to score with yet" in shown(app(store.uri).open("schedules"))


@pytest.mark.long
def test_the_audience_sees_no_schedule(room: Dashboard) -> None:
    scheduled.schedules().make(ANA, "secret folder", "score", {}, when("0 6 * * 1", "UTC"))
    session = room.open("schedules")
    assert "Only the presenter sees and makes schedules." in shown(session)
    assert "secret folder" not in shown(session)
