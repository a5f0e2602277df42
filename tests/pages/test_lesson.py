"""The lesson: every step by itself, its bar on the real page, and files that are broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.access import Actor
from core.i18n import speaking
from core.lesson.content import Step
from core.process import shared
from core.settings import settings
from core.store.connection import Store
from core.ui import lessons
from core.ui import session as visit
from tests.fixtures.actors import ANA
from tests.pages.reading import PIN, Dashboard, problems, shown, stands, unescaped
from tests.pages.test_audience import give

Start = Callable[[str], Dashboard]
STEPS = lessons.lesson().steps
BY_NAME = {step.name: step for step in STEPS}


def click(session: AppTest, key: str) -> None:
    session.button(key=key).click().run()
    stands(session)


def says(text: str) -> str:
    return text.replace("**", "")


def reads(session: AppTest) -> str:
    return says(shown(session))


@pytest.mark.part(2)
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_step_can_be_entered_directly_on_a_new_store(app: Start, store: Store, language: str) -> None:
    dashboard = app(store.uri)
    for step in STEPS:
        session = dashboard.open("lesson", lang=language, step=step.name)
        assert says(step.do[language]) in reads(session)
        assert step.question is not None
        assert says(step.question.text[language]) in reads(session)
        assert session.button(key="lesson_open").disabled == (step.page not in {"train", "data"})
        assert (session.button(key="lesson_open").disabled) == any(b.key == "home_load_demo" for b in session.button)


@pytest.mark.long
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_step_opens_its_page_with_what_is_to_do_there(app: Start, demo: Store, language: str) -> None:
    dashboard = app(demo.uri)
    for step in STEPS:
        session = dashboard.open("lesson", lang=language, step=step.name)
        click(session, "lesson_open")
        assert session.query_params["lesson"] == step.name
        assert says(step.notice[language]) in reads(session)
        assert not problems(session)
        assert not [warning.value for warning in session.warning if "link" in str(warning.icon)]
        marks = "".join(html.value for html in session.html)
        assert all(f".st-key-{key}" in marks for key in step.press)


@pytest.mark.sqlite_only(reason="only a SQLite store is unpacked into, elsewhere the demo is trained")
def test_the_demo_is_loaded_from_the_step_that_lacks_it(app: Start, store: Store) -> None:
    session = app(store.uri).open("lesson", step="by-heart")
    assert "This store lacks what the step looks at" in shown(session)
    click(session, "home_load_demo")
    assert "This store lacks" not in shown(session)
    assert not session.button(key="lesson_open").disabled


@pytest.mark.long
def test_what_a_step_says_is_not_said_of_something_else(app: Start, demo: Store) -> None:
    step = BY_NAME["data"]
    session = app(demo.uri).open("data", task="iris", lesson="data")
    assert says(step.notice["en"]) not in reads(session)
    assert "This step looks at something else." in shown(session)
    click(session, "lesson_bar_return")
    assert session.query_params["task"] == "telco_churn"
    assert says(step.notice["en"]) in reads(session)


@pytest.mark.long
def test_next_and_back_go_from_page_to_page_and_progress_is_kept(app: Start, demo: Store) -> None:
    dashboard = app(demo.uri)
    for step, after in zip(STEPS, [*STEPS[1:], None], strict=True):
        session = dashboard.open(step.page, lesson=step.name)  # each anew: the test runner stays on the first page
        click(session, "lesson_bar_next")
        assert session.query_params.get("lesson") == (after.name if after else None)
    session = dashboard.open(STEPS[1].page, lesson=STEPS[1].name)
    click(session, "lesson_bar_back")
    assert session.query_params["lesson"] == STEPS[0].name
    session = dashboard.open("lesson")
    assert f"{len(STEPS)} of {len(STEPS)} steps are done." in shown(session)
    click(session, "lesson_anew")
    assert f"0 of {len(STEPS)} steps are done." in shown(session)


@pytest.mark.long
def test_the_bar_stays_on_other_pages_and_leads_back(app: Start, demo: Store) -> None:
    session = app(demo.uri).open("home", lesson="data")
    assert "This step is on another page." in shown(session)
    click(session, "lesson_bar_return")
    assert session.query_params["column"] == "Contract"
    assert says(BY_NAME["data"].do["en"]) in reads(session)
    click(session, "lesson_bar_leave")
    assert "lesson" not in session.query_params
    assert "lesson_bar_next" not in {button.key for button in session.button}


def test_a_step_that_is_not_there_is_said(app: Start, store: Store) -> None:
    session = app(store.uri).open("data", lesson="*no*")
    assert "The lesson has no step “*no*”." in shown(session)
    session = app(store.uri).open("lesson", step="none")
    assert "The lesson has no step “none”." in shown(session)


def test_the_audience_gets_no_answers(app: Start, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "actor", lambda: Actor("", "audience"))
    session = app(store.uri).open("lesson", step="data")
    question = BY_NAME["data"].question
    assert question is not None
    assert question.text["en"] in reads(session)
    assert question.answer["en"] not in reads(session)
    assert [button.label for button in session.download_button] == ["Sheet for students"]


@pytest.mark.part(2)
@pytest.mark.parametrize(("language", "said"), [("en", "must be TOML in UTF-8"), ("es", "debe ser TOML en UTF-8")])
def test_a_broken_file_is_said_and_the_other_pages_go_on(
    app: Start, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[[step", encoding="utf-8")
    monkeypatch.setenv("PIZARRA_LESSON", str(path))
    settings.cache_clear()
    dashboard = app(store.uri)
    assert any(said in problem for problem in problems(dashboard.open("lesson", lang=language)))
    session = dashboard.open("data", lang=language, lesson="data")
    assert any(said in problem for problem in problems(session))
    assert session.selectbox(key="data_task")


@pytest.mark.part(2)
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_word_is_there_in_both_languages(app: Start, store: Store, language: str) -> None:
    session = app(store.uri).open("glossary", lang=language, term="recall")
    words = "sensibilidad, exhaustividad = recall" if language == "es" else "recall = sensibilidad, exhaustividad"
    assert f"**{words}**" in shown(session)
    assert words in [box.label for box in session.expander]
    with speaking(language):
        assert lessons.words(lessons.glossary().terms["recall"].meaning) in shown(session)


def test_a_word_that_is_not_there_is_said(app: Start, store: Store) -> None:
    assert "The glossary has no word “re*call”." in shown(app(store.uri).open("glossary", term="re*call"))


def test_every_step_has_what_a_lesson_of_45_minutes_needs() -> None:
    assert 40 <= lessons.lesson().minutes <= 50
    assert all(step.question and step.terms and step.press for step in STEPS)
    assert [len(lessons.lesson().tasks), len(lessons.lesson().asked)] == [3, 3]
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert isinstance(STEPS[0], Step)


def test_the_question_of_a_step_is_put_to_the_class(room: Dashboard) -> None:
    assert "lesson_ask" not in {button.key for button in room.open("lesson", step="data").button}
    give(room.open("home"), PIN)
    for page, key in (("lesson", "lesson_ask"), ("data", "lesson_bar_ask")):
        session = room.open(page, step="data") if page == "lesson" else room.open(page, lesson="data")
        click(session, key)
        asked = shared.questions().now()
        assert asked is not None
        question = BY_NAME["data"].question
        assert question is not None
        assert (asked.asked.words, asked.asked.values) == (question.text, ("27", "50", "73"))
        assert question.answer["en"] not in shown(room.open("ask"))
        shared.questions().reveal(ANA, asked.number)
        revealed = shown(room.open("ask"))
        assert question.answer["en"] in unescaped(revealed)
        assert "About 73 times in 100" in revealed
        shared.questions().put_away(ANA, asked.number)
