"""Alerts on pages: which are open, what to do, seen with a reason; windows; a watch and its rule made in a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.alerts.looks import Look
from core.process import alerts, scheduled, shared
from core.schedules.told import Told
from core.settings import settings
from core.store.connection import Store
from core.store.registry.timeline import read_all
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS, SUGAR
from tests.pages.reading import Dashboard, problems, shown, stands
from tests.pages.test_schedules import fill, press

Start = Callable[[str], Dashboard]
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Each test has alerts of its own."""
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    shared.forget()
    yield
    shared.forget()
    settings.cache_clear()


def looked(model: str = FLOWERS, *drifted: str, version: int = 2) -> None:
    """Have a watch look at a model, and alerts follow."""
    alerts.looks().add(Look(model, version, NOW, 200, 4, is_known=True, drifted=drifted))
    alerts.alerts().take(model)


@pytest.mark.parametrize(
    ("language", "counted", "said", "seen"),
    [
        ("en", "1 alert is open", "what it is asked has changed (petal *length*), since 4 Jan 2027",
         "It is noted that this was seen"),
        ("es", "1 alerta está abierta", "lo que se le pregunta ha cambiado (petal *length*), desde el 4 ene 2027",
         "Queda anotado que fue vista"),
    ],
)  # fmt: skip
def test_an_open_alert_is_counted_at_home_said_on_monitor_and_seen_with_a_reason(
    app: Start, own_populated: Store, language: str, counted: str, said: str, seen: str
) -> None:
    dashboard = app(own_populated.uri)
    assert counted not in shown(dashboard.open("home", lang=language))
    looked(FLOWERS, "petal *length*")
    assert counted in shown(dashboard.open("home", lang=language))
    session = dashboard.open("monitor", lang=language, model=SUGAR)
    assert said in shown(session)
    [alert] = alerts.alerts().open()
    session.get_by_key(f"alert_seen_{alert.number}").click().run()
    assert problems(session)
    session.get_by_key(f"alert_why_{alert.number}").set_value("A new *field* of flowers.").run()
    session.get_by_key(f"alert_seen_{alert.number}").click().run()
    stands(session)
    assert seen in shown(session)
    assert "A new *field* of flowers." in shown(session)
    assert counted not in shown(dashboard.open("home", lang=language))
    assert read_all(own_populated, FLOWERS)[0].about["step"] == "seen"
    timeline = shown(dashboard.open("registry", lang=language, model=FLOWERS))
    assert "A new *field* of flowers." in timeline


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "There is no worker. It is tried again at the first look of its watch after"),
     ("es", "Se intenta otra vez en la primera mirada de su vigilancia después del")],
)  # fmt: skip
def test_a_rule_that_failed_says_when_it_is_tried_again_and_a_last_time_that_it_is_not(
    app: Start, own_populated: Store, language: str, said: str
) -> None:
    dashboard = app(own_populated.uri)
    looked(FLOWERS, "petal length (cm)")
    [alert], firings = alerts.alerts().open(), alerts.firings()
    assert firings.claim(alert, "nightly", 1)
    firings.fail(alert, 1, Told("There is no worker."))
    assert said in shown(dashboard.open("monitor", lang=language, model=SUGAR))
    alerts.alerts_file().write_rows("update retries set failures = 4, due = null")
    ended = shown(dashboard.open("monitor", lang=language, model=SUGAR))
    assert {"en": "It was tried 4 times, and is not", "es": "Se intentó 4 veces y no"}[language] in ended


def test_windows_are_shown_and_those_that_count_neither_way_say_why(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    assert "No watch has looked at this model yet." in shown(dashboard.open("monitor", model=SUGAR))
    for drifted in (("bmi",), (), ()):
        looked(SUGAR, *drifted, version=1)
    session = dashboard.open("monitor", model=SUGAR)
    table = session.dataframe[-1].value
    assert table["What it says"].tolist() == [
        "No change beyond chance.", "No change beyond chance.", "What it is asked has changed (bmi).",
    ]  # fmt: skip
    assert table["Inputs that changed"].tolist() == ["0 / 4", "0 / 4", "1 / 4"]
    assert "It was over 4 Jan 2027" in shown(session)


def test_a_watch_with_its_rule_is_made_in_a_form_that_says_it_as_a_sentence(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("schedules")
    session.get_by_key("schedules_new_kind").set_value("watch").run()
    session.get_by_key("schedules_new_watched").set_value(FLOWERS).run()
    session.get_by_key("schedules_new_ruled").set_value(True).run()
    session.get_by_key("schedules_new_windows").set_value(2)
    session.get_by_key("schedules_new_change").set_value("either")
    session.get_by_key("schedules_new_learn").set_value("new").run()
    sentence = (
        "When 2 windows in a row drift or are worse for certain and 500 rows with a true answer are there, retrain on "
        "the new rows only and put the best in Staging."
    )
    assert sentence in shown(session)
    fill(session, name="nightly", when="every day at 02:30", zone="Asia/Tokyo")
    assert "“nightly” is done from now on." in press(session, "new_make")
    [one] = scheduled.schedules().all()
    assert (one.kind, one.arguments) == (
        "watch", {"model": FLOWERS, "windows": 2, "change": "either", "labelled": 500, "learn": "new"},
    )  # fmt: skip
    [row] = session.dataframe[0].value.to_numpy().tolist()
    assert row[1] == f"watch {FLOWERS}. {sentence}"
    assert row[3].endswith("02:30 (Asia/Tokyo)")
    assert "02:30 (Asia/Tokyo)." in shown(session)


def test_a_check_of_a_table_is_made_in_the_form(app: Start, populated: Store, tmp_path: Path) -> None:
    (tmp_path / "week.csv").touch()
    session = app(populated.uri).open("schedules")
    session.get_by_key("schedules_new_kind").set_value("check").run()
    fill(session, name="weekly", model=f"{FLOWERS}/Production", path=str(tmp_path / "week.csv"), when="hourly")
    press(session, "new_make")
    [one] = scheduled.schedules().all()
    assert (one.kind, one.arguments["path"]) == ("check", str(tmp_path / "week.csv"))


def test_where_the_last_message_stands_is_said_to_the_presenter(
    app: Start, populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_WEBHOOK", "http://127.0.0.1:9/open-sesame")
    dashboard = app(populated.uri)
    looked(FLOWERS, "petal length")
    assert not alerts.tell()
    session = dashboard.open("monitor", model=SUGAR)
    assert "A message waits. Attempts: 1; the next one is" in shown(session)
    assert "What receives alerts could not be reached: ConnectionError." in shown(session)
    assert "sesame" not in shown(session)


def test_a_file_of_alerts_that_cannot_be_had_keeps_no_page_from_being_shown(
    app: Start, populated: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/alerts.db").mkdir()
    session = app(populated.uri).open("home")
    assert "The file of alerts must be readable and writable" in problems(session)[0]
    assert [one.label for one in session.metric][:2] == ["Experiments", "Runs"]


def test_the_audience_sees_what_changed_but_neither_who_is_told_nor_how_to_see_it(
    room: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_WEBHOOK", "http://127.0.0.1:9/open-sesame")
    looked(FLOWERS, "petal length")
    session = room.open("monitor", model=SUGAR)
    assert "what it is asked has changed (petal length)" in shown(session)
    assert not [one for one in session.button if str(one.key).startswith("alert_")]
    assert "message" not in shown(session)
    assert ANA.may("schedule")
