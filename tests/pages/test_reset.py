from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.access import Actor
from core.process import shared
from core.store.connection import Store
from core.store.states import backups
from core.store.writer import schedule_run
from core.training.demo import demo_state, unpack_demo
from core.ui import session as visit
from tests.fixtures.actors import FIXTURE
from tests.fixtures.stores import database
from tests.pages.reading import Dashboard, everything_on, problems, shown, stands
from trainers.demo import DEMO

pytestmark = pytest.mark.sqlite_only(reason="only a SQLite store is reset")

Start = Callable[[str], Dashboard]


def click(session: AppTest, key: str) -> None:
    session.button(key=key).click().run()
    stands(session)


def keys(session: AppTest) -> set[str]:
    return {str(button.key) for button in session.button}


def student_run(store: Store) -> str:
    run_id = schedule_run(store, FIXTURE, experiment="a *lesson*", name="Ana's", tags={"pizarra.student": "Ana"})
    store.client.set_terminated(run_id)
    return run_id


@pytest.mark.long
def test_a_new_store_gets_the_demo_at_once_and_is_told_that_its_data_are_made_up(app: Start, store: Store) -> None:
    session = app(store.uri).open("home")
    assert "there within seconds. Customers, cars and wines are made up." in shown(session)
    click(session, "home_load_demo")
    assert demo_state(store, DEMO).loaded
    assert "The demo is loaded." in shown(session)
    assert {metric.label: metric.value for metric in session.metric} == {
        "Experiments": "4", "Runs": "20", "Models": "3", "In Production": "3",
    }  # fmt: skip


def test_a_store_that_is_in_use_is_told_that_the_demo_is_trained(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("home")
    assert "trained on this computer in about a minute." in shown(session)
    assert "home_reset_demo" not in keys(session)


def test_a_reset_says_what_goes_does_it_and_takes_it_back(app: Start, demo: Store) -> None:
    run_id = student_run(demo)
    session = app(demo.uri).open("home")
    click(session, "home_reset_demo")
    said = everything_on(session)
    assert "**1 experiment goes**: a *lesson*" in said
    assert "1 run goes" in said
    assert "Ana's" in said
    assert "First, all that is in it goes into a backup" in said
    click(session, "home_reset_confirm")
    assert "The demo is as it was packed. What was here before is in a backup." in shown(session)
    assert [metric.value for metric in session.metric][:2] == ["4", "20"]
    assert len(backups.list_backups(database(demo))) == 1
    click(session, "home_undo")
    assert "What was here before is back." in shown(session)
    assert demo.client.get_run(run_id).info.run_name == "Ana's"
    assert [metric.value for metric in session.metric][:2] == ["5", "21"]


@pytest.mark.long
def test_while_names_are_hidden_a_reset_does_not_say_whose_runs_go(app: Start, demo: Store) -> None:
    student_run(demo)
    page = app(demo.uri)

    def columns() -> set[str]:
        session = page.open("home")
        click(session, "home_reset_demo")
        return {str(column) for table in session.dataframe for column in table.value.columns}

    assert columns() >= {"Name", "Student", "Experiment"}
    shared.boards().open(FIXTURE, "iris", "test_accuracy", each=0, total=0)
    shared.boards().hide_names(FIXTURE, 1, hidden=True)
    assert columns() == {"Name", "Experiment"}


@pytest.mark.long
def test_a_backup_is_chosen_by_its_date_and_what_is_in_it(app: Start, demo: Store) -> None:
    student_run(demo)
    session = app(demo.uri).open("home")
    click(session, "home_reset_demo")
    click(session, "home_reset_confirm")
    session = app(demo.uri).open("home")
    assert "home_undo" not in keys(session)
    (option,) = session.radio(key="home_backup").options
    assert "5 experiments, 21 runs, and 10 model versions" in option
    click(session, "home_bring_back")
    assert "What was here before is back." in shown(session)
    assert "home_bring_back" not in keys(session)


@pytest.mark.long
def test_a_demo_that_nobody_changed_has_nothing_to_lose(app: Start, demo: Store) -> None:
    session = app(demo.uri).open("home")
    click(session, "home_reset_demo")
    assert "Nothing was added or changed since the demo was packed." in shown(session)
    click(session, "home_reset_confirm")
    assert "The demo was as it was packed: nothing was changed." in shown(session)
    assert "home_undo" not in keys(session)


@pytest.mark.long
def test_while_something_is_trained_the_reset_is_refused_in_words(app: Start, demo: Store) -> None:
    demo.client.create_run("0", run_name="slow")
    session = app(demo.uri).open("home")
    click(session, "home_reset_demo")
    click(session, "home_reset_confirm")
    assert "Nothing may be trained while the store is exchanged, but slow is." in problems(session)


@pytest.mark.long
def test_a_demo_that_lost_a_run_can_be_reset_too(app: Start, demo: Store) -> None:
    demo.client.delete_run(demo_state(demo, DEMO).run_ids["wine-line"])
    session = app(demo.uri).open("home")
    assert {"home_load_demo", "home_reset_demo"} <= keys(session)
    click(session, "home_reset_demo")
    click(session, "home_reset_confirm")
    assert demo_state(demo, DEMO).loaded


@pytest.mark.long
def test_the_audience_is_offered_no_reset(app: Start, demo: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    dashboard = app(demo.uri)
    monkeypatch.setattr(visit, "actor", lambda: Actor("Luz", "audience", "192.168.1.20"))
    session = dashboard.open("home")
    assert "home_reset_demo" not in keys(session)
    assert "The demo is loaded." in shown(session)


@pytest.mark.long
def test_the_reset_speaks_spanish(app: Start, demo: Store) -> None:
    student_run(demo)
    session = app(demo.uri).open("home", lang="es")
    click(session, "home_reset_demo")
    assert "Guardar una copia y restablecer la demo" in shown(session)
    click(session, "home_reset_confirm")
    assert "La demo está como se empaquetó." in shown(session)


@pytest.mark.long
def test_a_new_store_that_two_visitors_fill_at_once_has_the_demo_once(store: Store) -> None:
    assert unpack_demo(store, FIXTURE, DEMO)
    assert not unpack_demo(store, FIXTURE, DEMO)
    assert demo_state(store, DEMO).finished == 20
