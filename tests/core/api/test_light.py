"""Light pages: what a phone in a class reads, and what it may do."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from jinja2 import Environment

from core.api.light import rendering, what_if
from core.api.light.inputs import read_inputs
from core.classroom.asked import Asked
from core.classroom.guidance import Place
from core.classroom.switches import turn
from core.i18n import LANGUAGES
from core.prediction.schema import Answer, InputField, starting_values
from core.process import asked, cache, held, memory, shared
from core.serving import logged
from core.serving.log.reading import inputs_of, read_log
from core.settings import settings
from core.store.connection import Store
from core.store.registry import registered_models
from core.store.runs.tables import Run
from core.training.jobs import Jobs
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import free_port
from tests.fixtures.phones import Phone, read_of, served
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS, SUGAR
from trainers import TASKS

PIN = "open sesame"
OTHER_COMPUTER = {"X-Forwarded-For": "192.168.1.20"}  # whoever comes through a proxy sits at no computer of ours
TEMPLATES = sorted(rendering.TEMPLATES.glob("*.html"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def opened() -> Iterator[list[str]]:
    """The address of the store that was used last: what was read of it is kept for the next test on it."""
    yield []
    shared.forget()


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> Iterator[Callable[[str], None]]:
    """Have the pages be a class's, on a store."""

    def use(uri: str) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        monkeypatch.setenv("PIZARRA_PIN", PIN)
        monkeypatch.setattr(shared, "is_alone", lambda: False)
        settings.cache_clear()
        (held.forget if opened == [uri] else shared.forget)()
        opened[:] = [uri]

    yield use
    settings.cache_clear()
    held.forget()


@pytest.fixture
def phone(server: str, populated: Store, room: Callable[[str], None]) -> Phone:
    """A phone in a class whose store has models."""
    room(populated.uri)
    return Phone(server, headers=OTHER_COMPUTER)


@pytest.fixture(scope="module")
def workers() -> Iterator[Jobs]:
    made = Jobs(settings())
    yield made
    made.close()


def a_model(name: str) -> registered_models.RegisteredModel:
    return next(model for model in cache.models() if model.name == name)


def test_the_address_without_its_stroke_leads_to_the_first_page(phone: Phone) -> None:
    phone.open("/c")
    assert (phone.code, phone.address) == (200, f"{phone.server}/c/")


def test_a_nickname_is_asked_once_and_kept(phone: Phone) -> None:
    assert "Your nickname" in phone.reads("/c/")
    assert "Lucía 3B What to do now" in phone.join("Lucía 3B")
    assert "Lucía 3B What to do now" in phone.reads("/c/")
    assert [one.nickname for one in shared.members().all()] == ["Lucía 3B"]
    assert "Lu" in phone.join("Lu")
    assert [one.nickname for one in shared.members().all()] == ["Lu"]


def test_a_taken_nickname_is_told_and_what_was_written_stays(phone: Phone) -> None:
    Phone(phone.server, headers=OTHER_COMPUTER).join("Lucía")
    body = phone.open("/c/")
    body = phone.open("/c/join", {"nickname": "Lucia"})
    assert phone.code == 400
    assert "has or had this nickname" in body
    assert 'value="Lucia"' in body


def test_where_no_class_is_open_nobody_is_asked(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "is_alone", lambda: True)
    monkeypatch.delenv("PIZARRA_PIN")
    settings.cache_clear()
    assert "No class is open here" in phone.reads("/c/")


def test_a_page_speaks_the_browsers_language_and_then_the_chosen_one(phone: Phone) -> None:
    phone.language = "es-MX,es;q=0.9"
    assert "Unirse a la clase" in phone.reads("/c/")
    assert "Join the class" in phone.reads("/c/?lang=en")
    assert "Join the class" in phone.reads("/c/")
    assert "?lang=es" in phone.open("/c/?lang=en")


@pytest.mark.long
def test_both_live_versions_answer_as_they_do_on_the_other_pages(phone: Phone) -> None:
    text = phone.reads(f"/c/predict?model={FLOWERS}")
    model = a_model(FLOWERS)
    for version in (model.in_stage("Production")[0], model.in_stage("Staging")[0]):
        one = asked.opened(model, version)
        said = asked.answer(one, starting_values(one.fields)).prediction
        assert said.confidence is not None
        assert (
            f"{one.title} {one.answer_title} {said.answer} {100 * said.confidence:.1f}".rstrip("0").rstrip(".") in text
        )
    assert "● Typical" in text


@pytest.mark.long
def test_what_somebody_asks_is_logged_once_it_stayed(phone: Phone) -> None:
    whole = phone.open(f"/c/predict?model={FLOWERS}")
    field, most = re.findall(r'type="range" id="(v\d+)"[^>]*max="([\d.]+)"', whole)[0]
    log = logged.prediction_log()
    for _ in range(2):
        phone.open(f"/c/predict?model={FLOWERS}&part=answers&{field}={most}")
        assert until(lambda: len(read_log(log.folder, FLOWERS, datetime.now(UTC) - timedelta(days=1))) > 0, 20)
    said = read_log(log.folder, FLOWERS, datetime.now(UTC) - timedelta(days=1))
    assert said["origin"].tolist() == ["light page"]
    assert float(most) in inputs_of(said).iloc[0].tolist()
    assert said["shadow_version"].tolist() == [3]


def test_a_move_is_answered_alone_and_a_value_out_of_the_ordinary_is_named(phone: Phone) -> None:
    whole = phone.open(f"/c/predict?model={FLOWERS}")
    field = re.findall(r'type="range" id="(v\d+)"[^>]*max="([\d.]+)"', whole)[0]
    body = phone.reads(f"/c/predict?model={FLOWERS}&part=answers&{field[0]}={float(field[1]) * 10}")
    assert "Move something" not in body
    assert "■ Never seen" in body
    assert "<html" in whole


def test_a_number_says_how_sure_it_is(phone: Phone) -> None:
    assert re.search(r"for 90% of such cases, by its errors on \d+ test rows", phone.reads(f"/c/predict?model={SUGAR}"))


@pytest.mark.long
@pytest.mark.parametrize(("text", "words"), [("much", "'much'"), ("", "they are empty")])
def test_inputs_that_cannot_be_read_are_named_and_nobody_answers(phone: Phone, text: str, words: str) -> None:
    said = phone.reads(f"/c/predict?model={FLOWERS}&v0={text}")
    assert words in said
    assert phone.code == 200
    assert "sure" not in said


@pytest.mark.long
def test_a_version_that_the_address_names_is_asked_and_another_one_is_said(phone: Phone) -> None:
    assert "● Production · version 2" in phone.reads(f"/c/predict?model={FLOWERS}")
    body = phone.open(f"/c/predict?model={FLOWERS}&version=1")
    assert "▢ Archived · version 1" in body
    assert 'name="version" value="1"' in body
    assert read_of(phone.open(f"/c/predict?model={FLOWERS}&stage=Staging")).index("Staging") < 200
    assert "The version that the address names is not here" in phone.reads(f"/c/predict?model={FLOWERS}&version=77")


def test_a_sliders_own_end_is_no_value_outside_the_training_rows() -> None:
    field = InputField("x", "number", "double", 64.0, low=17.91, high=116.37)
    for text in ("116.37", "116.4", "17.91", "17.9"):
        value = read_inputs([field], {"v0": text})[0]["x"]
        assert value == float(text) or 17.91 <= value <= 116.37, text  # type: ignore[operator]
    assert read_inputs([field], {"v0": "116.37"})[0]["x"] == 116.37
    assert read_inputs([field], {"v0": "17.91"})[0]["x"] == 17.91
    assert read_inputs([field], {"v0": "500"})[0]["x"] == 500.0


def test_an_answer_says_the_stage_that_a_version_has_now(phone: Phone) -> None:
    version = a_model(FLOWERS).in_stage("Production")[0]
    one = asked.opened(a_model(FLOWERS), version)
    inputs = starting_values(one.fields)
    asked.answer(one, inputs)
    moved = replace(one, version=replace(version, stage="Archived"), unit="m")
    assert asked.answer(moved, inputs).asked is moved


@pytest.mark.long
def test_questions_to_one_model_are_answered_in_turn_and_hold_up_no_other_page(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, asking, answer = Event(), [], what_if.answer

    def wait(of: asked.AskedVersion, now: Mapping[str, Answer]) -> asked.Given:
        if SUGAR in of.version.uri:
            asking.append(of)
            go_on.wait(20)
        return answer(of, now)

    monkeypatch.setattr(what_if, "answer", wait)
    room = [Phone(phone.server, headers=OTHER_COMPUTER) for _ in range(3)]
    with ThreadPoolExecutor(len(room)) as others:
        pages = [others.submit(one.open, f"/c/predict?model={SUGAR}&v0={at}") for at, one in enumerate(room)]
        assert until(lambda: len(asking) == 1, 20)
        assert "sure" in phone.reads(f"/c/predict?model={FLOWERS}")
        phone.open("/c/news")
        assert phone.code == 200
        assert len(asking) == 1
        go_on.set()
        assert all("Production" in page.result() for page in pages)
    assert len(asking) == len(room)


@pytest.mark.long
def test_what_a_phone_takes_back_is_not_asked(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, asking, answer = Event(), [], what_if.answer

    def wait(of: asked.AskedVersion, now: Mapping[str, Answer]) -> asked.Given:
        asking.append(dict(now))
        go_on.wait(20)
        return answer(of, now)

    monkeypatch.setattr(what_if, "answer", wait)
    question = f"/c/predict?model={SUGAR.replace(' ', '+')}&v0="
    first, last = (Phone(phone.server, headers=OTHER_COMPUTER) for _ in range(2))
    host = phone.server.removeprefix("http://")
    with ThreadPoolExecutor(2) as others:
        one = others.submit(first.open, f"{question}1")
        assert until(lambda: len(asking) == 1, 20)
        with closing(HTTPConnection(host, timeout=0.5)) as moved_on:  # its slider has another value meanwhile
            moved_on.request("GET", f"{question}2", headers={"Host": host, "Accept": "text/html", **OTHER_COMPUTER})
            with pytest.raises(TimeoutError):
                moved_on.getresponse()
        other = others.submit(last.open, f"{question}3")
        go_on.set()
        assert all("Production" in page.result() for page in (one, other))
    assert len(asking) == 2
    assert asking[0] != asking[1]


def test_a_model_that_is_not_there_is_said(phone: Phone) -> None:
    text = phone.reads("/c/predict?model=<b>none</b>")
    assert "There is no model <b>none</b> here" in text
    assert "<b>none" not in phone.open("/c/predict?model=<b>none</b>")


@pytest.mark.long
def test_a_runs_model_is_asked_beside_what_is_live_without_being_registered(phone: Phone) -> None:
    (mine,) = [version.run_id for version in a_model(FLOWERS).versions if version.number == 1]
    body = phone.open(f"/c/predict?run={mine}")
    text = read_of(body)
    assert "The model of the run neighbours, which need not be registered" in text
    assert text.index("This run") < text.index("● Production") < text.index("◐ Staging")
    assert f'<input type="hidden" name="run" value="{mine}">' in body
    assert 'name="model"' not in body
    assert f'href="?run={mine}"' in body  # typical values of the same
    part = phone.reads(f"/c/predict?run={mine}&part=answers&v0=5.1")
    assert part.startswith("This run")


@pytest.mark.long
def test_a_model_of_a_run_that_is_not_there_is_said(phone: Phone) -> None:
    (mine,) = [version.run_id for version in a_model(FLOWERS).versions if version.number == 1]
    text = phone.reads(f"/c/predict?run={mine}&logged=another")
    assert "The model that the address names is not here. Another one answers." in text
    assert "This run" in text


@pytest.mark.long
def test_a_run_that_nothing_names_is_called_by_its_id(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    (mine,) = [version.run_id for version in a_model(FLOWERS).versions if version.number == 1]
    monkeypatch.setattr(Run, "called", "")
    memory.forget()
    assert f"The model of the run {mine}" in phone.reads(f"/c/predict?run={mine}")
    memory.forget()


def test_a_run_that_cannot_be_asked_says_why(phone: Phone) -> None:
    assert "The store has no run nobody" in phone.reads("/c/predict?run=nobody")
    broken = next(one for one in cache.experiments() if one.name == "iris-classification").experiment_id
    (run_id,) = [one for one, name in cache.runs([broken]).info["name"].items() if name == "broken"]
    assert "the run broken logged none" in phone.reads(f"/c/predict?run={run_id}")
    assert phone.code == 400


def test_without_models_the_page_says_what_is_missing(server: str, store: Store, room: Callable[[str], None]) -> None:
    room(store.uri)
    phone = Phone(server, headers=OTHER_COMPUTER)
    assert "There is no model to ask yet" in phone.reads("/c/predict")


@pytest.mark.long
def test_who_has_a_nickname_trains_and_the_run_says_whose_it_is(
    server: str, own_populated: Store, room: Callable[[str], None], workers: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    room(own_populated.uri)
    monkeypatch.setattr(shared, "jobs", lambda: workers)
    phone = Phone(server, headers=OTHER_COMPUTER)
    assert "Whoever trains in a class needs a nickname" in phone.reads("/c/train")
    form = {"task": "iris", "algorithm": "nearest_neighbours", "n_neighbors": "7"}
    assert "needs a nickname" in phone.reads("/c/train", form)
    phone.join("Lucía")
    assert "must be a whole number from 1" in phone.reads("/c/train", form | {"n_neighbors": "0"})
    assert phone.code == 400
    phone.reads("/c/train", form)
    run_id = phone.address.rpartition("launched=")[2]
    tags = own_populated.client.get_run(run_id).data.tags
    assert (tags["pizarra.student"], tags["pizarra.task"]) == ("Lucía", "iris")
    assert until(lambda: "data-settled" in phone.open(f"/c/train?launched={run_id}&part=progress"), 60)
    text = phone.reads(f"/c/train?launched={run_id}&part=progress")
    assert "Ask it" in text
    assert "The model of the run" in phone.reads(f"/c/predict?run={run_id}")
    assert "Trained in" in text
    assert "test_accuracy" in text
    assert own_populated.client.get_run(run_id).data.params["n_neighbors"] == "7"


@pytest.mark.long
def test_a_board_shows_ones_own_place_and_the_tries_that_are_left(
    server: str, own_populated: Store, room: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    room(own_populated.uri)
    jobs = Jobs(settings(), shared.boards())
    monkeypatch.setattr(shared, "jobs", lambda: jobs)
    phone = Phone(server, headers=OTHER_COMPUTER)
    phone.join("Lucía")
    assert "No board is open" in phone.reads("/c/board")
    shared.boards().open(ANA, "iris", "test_accuracy", each=3, total=0)
    assert "You have no place yet" in phone.reads("/c/board")
    try:
        phone.reads("/c/train", {"task": "iris", "algorithm": "nearest_neighbours", "n_neighbors": "5"})
        assert until(lambda: "You: place 1 of 1" in phone.reads("/c/board?part=board"), 60)
    finally:
        jobs.close()
    text = phone.reads("/c/board")
    assert "2 tries left" in text
    assert re.search(r"Place Nickname Test Training 1 ➤ Lucía [01]\.?\d* [01]", text)


@pytest.mark.long
def test_closed_training_is_closed_here_too(phone: Phone) -> None:
    phone.join("Lucía")
    text = phone.reads("/c/train?task=iris&algorithm=random_forest")
    for parameter in TASKS["iris"].algorithm("random_forest").parameters:
        assert f"{parameter.label} {parameter.name}".strip() in text  # a word of the reader's before the library's
    assert "Train:" in text
    turn(shared.class_file(), ANA, "training", on=False)
    assert "Only the presenter may train now" in phone.reads("/c/train")
    assert "Only the presenter may do this now" in phone.reads("/c/train", {"task": "iris"})


def test_what_is_refused_has_nothing_read_anew(phone: Phone) -> None:
    before = shared.own_writes()
    phone.reads("/c/stop", {"run": "a"})
    phone.reads("/c/train", {"task": "iris"})
    assert shared.own_writes() == before


@pytest.mark.parametrize(("path", "to"), [("/c/join", "/c/"), ("/c/answer", "/c/question"), ("/c/stop", "/c/train")])
def test_a_forms_address_opened_without_a_form_leads_to_its_page(phone: Phone, path: str, to: str) -> None:
    phone.open(f"{path}?lang=es")
    assert (phone.code, phone.address) == (200, f"{phone.server}{to}?lang=es")


def test_where_nobody_presents_nobody_joins(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIZARRA_PIN")
    settings.cache_clear()
    assert "nobody presents here" in phone.reads("/c/")
    phone.join("Lucía")
    assert shared.members().all() == []


def test_a_stranger_stops_nobodys_run(phone: Phone, populated: Store) -> None:
    run_id = next(iter(cache.runs([one.experiment_id for one in cache.experiments()]).ids))
    before = populated.client.get_run(run_id).info.status
    phone.reads("/c/stop", {"run": run_id})
    assert populated.client.get_run(run_id).info.status == before


AGES = Asked(
    "words",
    {"en": "How old?", "es": "¿Qué edad?"},
    (("<b>", {"en": "<b>old", "es": "viejo"}), ("new", {})),
    truth="new",
)


def test_a_question_is_answered_changed_closed_and_revealed(phone: Phone) -> None:
    other, questions = Phone(phone.server, headers=OTHER_COMPUTER), shared.questions()
    assert "No question is open" in phone.reads("/c/question")
    number = questions.ask(ANA, AGES).number
    assert "needs a nickname" in phone.reads("/c/question")
    phone.join("Lucía")
    other.join("Mateo")
    assert "The presenter asks the class" in phone.reads("/c/news")
    assert "<b>old" in phone.reads("/c/question")
    assert "<b>old" not in phone.open("/c/question")
    assert "Others said" not in phone.reads("/c/question")
    other.reads("/c/answer", {"question": str(number), "answer": "<b>"})
    phone.reads("/c/answer", {"question": str(number), "answer": "<b>"})
    phone.language = "es"
    assert "● viejo ○ new" in phone.reads("/c/answer", {"question": str(number), "answer": "<b>"})
    phone.language = "en"
    text = phone.reads("/c/answer", {"question": str(number), "answer": "new"})
    assert "● new" in text
    assert "Others said: <b>old 2 have answered." in text
    assert "What is right" not in text
    assert phone.reads("/c/news") == ""
    assert "not one of the answers" in phone.reads("/c/answer", {"question": str(number), "answer": "none"})
    questions.close(ANA, number)
    assert "takes no more answers" in phone.reads("/c/answer", {"question": str(number), "answer": "<b>"})
    assert questions.own(shared.members().all()[-1].number, number) == "new"
    assert "What is right" not in phone.reads("/c/question")
    questions.reveal(ANA, number)
    assert "You answered: new ✓ that is right What is right new" in phone.reads("/c/question?part=question")
    assert "✗ that is not right" in other.reads("/c/question")
    assert "<b>old · 1 of 2" in other.reads("/c/question")


def test_a_number_is_read_with_either_sign_and_the_closest_are_named(phone: Phone) -> None:
    questions = shared.questions()
    number = questions.ask(ANA, Asked("number", {"en": "What price?"}, subject={"unit": "USD"}, truth="1500.0")).number
    phone.join("Lucía")
    assert "Your answer in USD" in phone.reads("/c/question")
    body = phone.open("/c/answer", {"question": str(number), "answer": "much"})
    assert "must be a number" in body
    assert 'value="much"' in body
    phone.reads("/c/answer", {"question": str(number), "answer": "1490,5"})
    questions.reveal(ANA, number)
    text = phone.reads("/c/question")
    assert "What is right $1,500" in text
    assert "The closest guesses Lucía: $1,491" in text or "The closest guesses Lucía: $1,490" in text


@pytest.mark.long
def test_a_pause_and_where_the_presenter_is_are_told(phone: Phone) -> None:
    guidance = shared.guidance()
    guidance.turn(ANA, "a teacher", "pause", on=True)
    assert "Look up" in phone.reads("/c/news")
    guidance.turn(ANA, "a teacher", "pause", on=False)
    guidance.turn(ANA, "a teacher", "follow", on=True)
    guidance.stand(ANA, "a teacher", Place("predict", {"model": FLOWERS, "inputs": '{"petal length (cm)": 4.5}'}))
    assert phone.reads("/c/news") == ""  # who has not joined follows nobody
    phone.join("Lucía")
    way = html.unescape(re.findall(r'data-way="([^"]+)"', phone.open("/c/news"))[0])
    body = phone.open(way)
    assert phone.code == 200
    assert 'value="4.5"' in body
    guidance.stand(ANA, "a teacher", Place("compare", {"runs": "a,b"}))
    assert 'href="/compare?runs=a%2Cb&amp;lang=en"' in phone.open("/c/news")


@pytest.mark.part(2)
@pytest.mark.parametrize("form", [{}, {"task": "\x00", "algorithm": "../"}, {"n_neighbors": "9" * 5000}], ids=str)
def test_odd_forms_are_refused_in_words(phone: Phone, form: dict[str, str]) -> None:
    phone.join("Lucía")
    turn(shared.class_file(), ANA, "training", on=False)
    for path in ("/c/train", "/c/join", "/c/stop", "/c/answer"):
        text = phone.reads(path, form)
        assert "did not foresee" not in text
        assert phone.code in {200, 400, 404}


def test_a_form_that_is_too_large_is_as_none(phone: Phone) -> None:
    phone.open("/c/")
    assert "more than a form here could hold" in phone.reads("/c/join", {"nickname": "a" * 100_000})
    assert phone.code == 400
    phone.reads("/c/train", {f"field {place}": "" for place in range(600)})
    assert phone.code == 400
    assert shared.members().all() == []


def test_a_page_of_another_place_sends_no_form(phone: Phone) -> None:
    phone.open("/c/")
    phone.open("/c/join", {"nickname": "Lucía"}, Origin="http://evil.example")
    assert phone.code == 403
    assert shared.members().all() == []


def test_a_store_that_does_not_answer_is_said(server: str, room: Callable[[str], None]) -> None:
    room(f"http://127.0.0.1:{free_port()}")
    phone = Phone(server, headers=OTHER_COMPUTER)
    text = phone.reads("/c/predict")
    assert phone.code == 400
    assert "did not foresee" not in text
    assert "Open the whole dashboard" in text


def test_what_we_did_not_foresee_is_said_and_logged(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Any:
        raise ValueError("secret")

    monkeypatch.setattr(cache, "models", fail)
    assert "Nothing was lost" in phone.reads("/c/predict")
    assert phone.code == 500
    assert "A light page failed" in caplog.text


@pytest.mark.long
def test_nothing_is_asked_of_another_place(phone: Phone) -> None:
    for path in ("/c/", "/c/predict", "/c/train", "/c/board", "/c/question", "/c/news"):
        body = phone.open(path)
        assert re.findall(r"(?:src|href|action)=\"(?!/|\?)[^\"]+", body) == []
        assert "<script>" not in body
        assert " style=" not in body
    assert "http" not in (rendering.STATIC / "light.css").read_text(encoding="utf-8")
    assert "http" not in (rendering.STATIC / "light.js").read_text(encoding="utf-8")
    sizes = [len((rendering.STATIC / name).read_bytes()) for name in ("light.css", "light.js")]
    assert max(sizes) < 8_000


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_sentence_of_a_template_is_marked(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    Environment(autoescape=True).parse(text)
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", text, flags=re.S)
    assert set(re.findall(r"[A-Za-z]{2,}", bare)) <= {"Pizarra"}


@pytest.mark.part(10)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/c/", "/c/predict", "/c/train", "/c/board", "/c/question"])
def test_every_page_is_in_every_language(phone: Phone, language: str, path: str) -> None:
    phone.join("Lucía")
    body = phone.open(f"{path}?lang={language}")
    assert phone.code == 200
    assert f'<html lang="{language}">' in body
