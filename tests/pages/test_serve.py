"""Serve: what is said of a model that answers or does not, real requests, calls that are pasted, tokens."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from streamlit.testing.v1 import AppTest

from core.access import Actor
from core.api.alone import alone
from core.api.door import Place
from core.process import shared
from core.serving import here
from core.serving.precomputed.here import precomputed
from core.serving.precomputed.keeping import keep, place_of
from core.serving.served import serving
from core.settings import settings
from core.store.connection import Store, open_store
from core.store.registry.promotion import Move, move
from core.store.registry.registered_models import find_model
from core.ui import session as visitor
from core.ui.serve import whereabouts
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import free_port
from tests.fixtures.processes import until
from tests.fixtures.scored import flowers, scored
from tests.fixtures.stores import FLOWERS, SUGAR, make_versions
from tests.fixtures.strangers import register_folder, save_pickled
from tests.pages.reading import Dashboard, problems, shown, stands

Start = Callable[[str], Dashboard]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A real server of the routes for programs, in this process as in a dashboard's."""
    chosen = free_port()
    app = alone(tasks="trainers", at=Place())
    server = uvicorn.Server(uvicorn.Config(app, port=chosen, lifespan="off", log_level="warning"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    assert until(lambda: server.started, 30)
    yield chosen
    server.should_exit = True
    thread.join()


@pytest.fixture(autouse=True)
def answering(port: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where programs ask what the page is about; nothing is known of the store before."""
    address = f"http://127.0.0.1:{port}"
    monkeypatch.setattr(whereabouts, "addresses", lambda: [address])
    return address


def press(session: AppTest, key: str) -> AppTest:
    session.get_by_key(key).click().run()
    stands(session)
    return session


def codes(session: AppTest) -> list[str]:
    return [block.value for block in session.code]


def answer(session: AppTest) -> dict[str, object]:
    """Return the body of the answer on the page."""
    found = [json.loads(text) for text in codes(session) if text.startswith("{")]
    assert len(found) == 1
    return found[0]  # type: ignore[no-any-return]


# What is said


@pytest.mark.part(2)
@pytest.mark.parametrize(("language", "says"), [("en", "answers here from then on"), ("es", "responde aquí")])
def test_what_a_stage_holds_answers_at_an_address_to_copy(
    app: Start, populated: Store, answering: str, language: str, says: str
) -> None:
    session = app(populated.uri).open("serve", lang=language, model=FLOWERS)
    assert codes(session)[0] == f"{answering}/api/models/{FLOWERS}/Production/predict"
    assert says in shown(session)
    assert (session.query_params["stage"], session.query_params.get("version")) == ("Production", None)
    assert [metric.value for metric in session.metric] == ["0", "–", "–", "–"]


def test_a_version_is_asked_by_its_number_for_good(app: Start, populated: Store, answering: str) -> None:
    session = app(populated.uri).open("serve", model=FLOWERS, version="1", route="what-if")
    assert codes(session)[0] == f"{answering}/api/models/{FLOWERS}/1/what-if"
    assert "▢ Archived · version 1 answers" in shown(session)
    assert "stays with this version" in shown(session)


def test_what_is_chosen_goes_into_the_address(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("serve", model=FLOWERS)
    session.get_by_key(f"serve_which_{FLOWERS}").set_value("3").run()
    session.get_by_key("serve_route").set_value("explain").run()
    stands(session)
    held = {name: session.query_params.get(name) for name in ("model", "stage", "version", "route")}
    assert held == {"model": FLOWERS, "stage": None, "version": "3", "route": "explain"}
    session.get_by_key(f"serve_which_{FLOWERS}").set_value("Staging").run()
    assert (session.query_params["stage"], session.query_params.get("version")) == ("Staging", None)


def test_predict_and_the_registry_lead_here_and_here_leads_on(app: Start, populated: Store) -> None:
    dashboard = app(populated.uri)
    for page in ("predict", "registry"):
        links = {link.value: link.proto.query_string for link in dashboard.open(page, model=SUGAR).page_link}
        assert "model=diabetes" in links["Let other programs ask it"]
    links = {link.value: link.proto.query_string for link in dashboard.open("serve", model=SUGAR).page_link}
    assert "model=diabetes" in links["Promote a version of this model"]


@pytest.mark.part(2)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_model_that_would_run_code_is_said_to_wait_for_the_presenter(
    app: Start, store: Store, tmp_path: Path, language: str
) -> None:
    register_folder(store, "pickled", save_pickled(tmp_path / "pickled"))
    session = app(store.uri).open("serve", lang=language, model="pickled")
    said = {"en": "is stored in a way that runs code when it is opened", "es": "Ver esta versión en Predecir"}
    assert said[language] in shown(session) + "".join(warning.proto.title for warning in session.warning)
    assert not problems(session)
    press(session, "serve_send")
    assert answer(session)["error_code"] == "TEMPORARILY_UNAVAILABLE"


def test_a_model_that_does_not_load_is_said_with_why(app: Start, store: Store) -> None:
    make_versions(store, "broken", 1)
    session = app(store.uri).open("serve", model="broken")
    assert "Version 1 of broken does not load" in problems(session)[0]
    press(session, "serve_send")
    assert "503 Service Unavailable" in shown(session)


# A request


@pytest.mark.part(6)
@pytest.mark.parametrize(
    ("route", "has"),
    [
        ("predict", {"class_name", "probabilities", "typicality", "version"}),
        ("invocations", {"predictions"}),
        ("predict_names", {"predictions", "version"}),
        ("explain", {"contributions", "base"}),
        ("what-if", {"curves"}),
    ],
)
def test_a_request_is_sent_for_real_in_each_way(app: Start, populated: Store, route: str, has: set[str]) -> None:
    session = app(populated.uri).open("serve", model=FLOWERS, route=route)
    press(session, "serve_send")
    assert has <= answer(session).keys()
    assert "200 OK" in shown(session)
    assert any(
        code.startswith(f"POST /api/models/{FLOWERS}/Production/{route} HTTP/1.1\nHost: 127") for code in codes(session)
    )
    assert any(code.startswith("HTTP/1.1 200 OK\n") for code in codes(session))


def test_what_is_changed_is_sent_as_it_stands_and_typical_values_come_back(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("serve", model=SUGAR)
    (area,) = session.text_area
    typical = area.value
    area.set_value('{"nose": 1').run()
    press(session, "serve_send")
    assert "400 Bad Request" in shown(session)
    assert any(code.endswith('\n\n{"nose": 1') for code in codes(session))
    press(session, "serve_typical")
    assert session.text_area[0].value == typical
    press(session, "serve_send")
    assert "200 OK" in shown(session)


def test_what_each_input_may_be_is_listed_with_its_limit(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("serve", model=FLOWERS)
    table = session.dataframe[0].value
    assert list(table.columns) == ["Input", "Type", "It must be", "It learned from", "Typical"]
    assert set(table["Type"]) == {"number"}
    assert len(table) == 4


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("mistake", "status", "words"),
    [
        ("missing", "400", '"name": "sepal length (cm)"'),
        ("type", "400", '"given": "abc"'),
        ("extra", "400", '"name": "horoscope"'),
        ("version", "404", "4"),
    ],
)
def test_an_error_is_shown_as_a_program_gets_it(
    app: Start, populated: Store, mistake: str, status: str, words: str
) -> None:
    session = app(populated.uri).open("serve", model=FLOWERS, look="errors")
    press(session, f"serve_mistake_{mistake}")
    (body,) = [code for code in codes(session) if code.startswith("{")]
    assert words in body
    assert f"**{status} " in shown(session)


def test_a_dashboard_that_does_not_reach_itself_says_so(
    app: Start, populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whereabouts, "own_addresses", lambda _opened: [f"http://127.0.0.1:{free_port()}"])
    session = app(populated.uri).open("serve", model=FLOWERS)
    press(session, "serve_send")
    assert problems(session)[0].startswith("This dashboard cannot send itself a request")


# Calls to copy


@pytest.mark.parametrize("name", ["curl", "python"])
def test_a_call_that_is_pasted_gets_the_models_answer(app: Start, populated: Store, name: str) -> None:
    session = app(populated.uri).open("serve", model=SUGAR, look="calls")
    session.get_by_key("serve_for").set_value(name).run()
    stands(session)
    command = ["bash"] if name == "curl" else [sys.executable, "-I", "-"]
    done = subprocess.run(command, input=codes(session)[1], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert (said["model"], said["version"]) == (SUGAR, 1)
    assert said["interval"]["low"] <= said["prediction"] <= said["interval"]["high"]


# Tokens


def make_token(session: AppTest, name: str, *models: str) -> str:
    """Make a token on the page and return its secret."""
    session.get_by_key("serve_token_name").set_value(name)
    session.get_by_key("serve_token_models").set_value(list(models))
    press(session, "serve_token_make_button")
    return next(code for code in codes(session) if code.startswith("pizarra_"))


@pytest.mark.long
def test_a_token_is_shown_once_and_lets_a_request_in_until_it_ends(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    session = dashboard.open("serve", model=FLOWERS, look="tokens")
    secret = make_token(session, "web shop", FLOWERS)
    assert "shown only now" in shown(session)
    session.get_by_key("serve_require").set_value(True).run()
    stands(session)
    assert "only programs that show a token are answered" in shown(session)
    assert secret not in "\n".join([*codes(session), shown(session)])
    (table,) = session.dataframe
    assert table.value.iloc[0, :2].tolist() == ["web shop", FLOWERS]
    asking = dashboard.open("serve", model=FLOWERS)
    press(asking, "serve_send")
    assert "401 Unauthorized" in shown(asking)
    (sent,) = [code for code in codes(asking) if code.startswith("POST ")]
    assert "Authorization" not in sent
    asking.get_by_key("serve_token").set_value(secret).run()
    press(asking, "serve_send")
    assert "200 OK" in shown(asking)
    assert f"Authorization: Bearer {secret[:14]}…" in "\n".join(codes(asking))
    assert secret not in shown(asking)
    assert "TOKEN" in codes(dashboard.open("serve", model=FLOWERS, look="calls"))[1]
    press(session, "serve_token_end_button")
    assert "The token web shop has ended." in shown(session)
    assert here.tokens().who(secret) is None
    assert "There are no tokens." in shown(session)


@pytest.mark.long
@pytest.mark.parametrize("name", ["", "twice"])
def test_a_token_without_a_name_of_its_own_is_refused_in_words(app: Start, own_populated: Store, name: str) -> None:
    session = app(own_populated.uri).open("serve", lang="es", model=FLOWERS, look="tokens")
    if name:
        make_token(session, name)
    session.get_by_key("serve_token_name").set_value(name)
    session.get_by_key("serve_token_make_button").click().run()
    assert re.search("de 1 a 60 caracteres|ya hay uno llamado", problems(session)[0])
    assert session.get_by_key("serve_token_name").value == name


@pytest.mark.long
@pytest.mark.parametrize(("language", "words"), [("en", "Only the presenter sees"), ("es", "Solo quien presenta ve")])
def test_the_audience_sends_requests_and_sees_no_token(room: Dashboard, language: str, words: str) -> None:
    here.tokens().make(ANA, "web shop")
    session = room.open("serve", lang=language, model=FLOWERS, look="tokens")
    assert words in shown(session)
    assert "web shop" not in shown(session)
    asking = room.open("serve", lang=language, model=FLOWERS)
    press(asking, "serve_send")
    assert answer(asking)["class_name"] == "versicolor"


def test_who_had_the_buttons_before_is_refused_by_a_press(
    room: Dashboard, app: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as presenting:
        presenting.setattr(visitor, "actor", lambda: ANA)
        session = room.open("serve", model=FLOWERS, look="tokens")
    monkeypatch.setattr(visitor, "actor", lambda: Actor("", "audience"))
    session.get_by_key("serve_token_name").set_value("mine")
    session.get_by_key("serve_token_make_button").click().run()
    assert here.tokens().all() == []
    assert "Only the presenter may do this now." in problems(session)


@pytest.mark.long
def test_a_promotion_changes_who_answers_under_the_same_address(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("serve", model=FLOWERS)
    press(session, "serve_send")
    assert answer(session)["version"] == 2
    move(own_populated, ANA, Move(FLOWERS, 3, "Production", why="It is better."))
    assert until(lambda: serving().find(FLOWERS, "Production").version.number == 3, 10)
    press(session, "serve_send")
    assert answer(session)["version"] == 3


# Answers kept for look-up


@pytest.mark.parametrize(
    ("language", "none", "some"),
    [
        ("en", "No answers are kept for it", "**Kept: 1 answer** of version 2, looked up by code"),
        ("es", "No se guarda ninguna respuesta para esto", "**Guardadas: 1 respuesta** de la versión 2"),
    ],
)
def test_where_kept_answers_are_looked_up_is_said_or_that_there_are_none(
    app: Start, populated: Store, answering: str, tmp_path: Path, language: str, none: str, some: str
) -> None:
    dashboard = app(populated.uri)
    shared.forget()
    assert none in shown(dashboard.open("serve", lang=language, model=FLOWERS, look="kept"))
    keep_flower(populated, tmp_path, "a/7")
    session = dashboard.open("serve", lang=language, model=FLOWERS, look="kept")
    assert some in shown(session)
    address = f"{answering}/api/models/{FLOWERS}/Production/precomputed/a%2F7"
    assert address in codes(session)
    assert f"curl -sS {address}" in codes(session)
    found = subprocess.run(["curl", "-sS", address], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout)["prediction"] == "setosa"


def test_the_audience_reads_no_id_and_keeps_nothing(room: Dashboard, tmp_path: Path) -> None:
    keep_flower(open_store(settings().tracking_uri), tmp_path, "secret-7")
    session = room.open("serve", model=FLOWERS, look="kept")
    assert "precomputed/ID" in " ".join(codes(session))
    assert "secret-7" not in shown(session) + " ".join(codes(session))
    assert "Only the presenter may keep answers for look-up." in shown(session)


def keep_flower(store: Store, folder: Path, row_id: str) -> None:
    result = scored(store, folder, flowers([row_id]))
    place = place_of(store.uri, FLOWERS, "Production")
    keep(ANA, precomputed(), place, find_model(store, FLOWERS).version(2), [result], "code")
