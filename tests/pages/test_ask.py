"""What the presenter and the audience see of a question, and that nobody sees what is kept back before its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.classroom.asked import TOO_CLOSE, Asked
from core.classroom.guidance import Place
from core.process import asked as asked_versions
from core.process import shared
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from core.store.runs.tracking import find_runs
from core.ui import session as visitor
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS
from tests.pages.reading import PIN, Dashboard, live_markdown, problems, shown
from tests.pages.test_audience import give, join

KINDS = ("which_run", "class", "number", "flip")
KEPT_BACK = "the secret truth"
LEAVES = Asked(
    "class",
    choices=(("Yes", {"en": "It leaves", "es": "Se va"}), (KEPT_BACK, {})),
    subject={"task": "telco_churn", "row": {"tenure": 3.5, "**Contract**": "monthly", "phone": None, "senior": True}},
    truth=KEPT_BACK,
    behind={"model_says": "Yes", "chances": {"Yes": 0.876, KEPT_BACK: 0.124}, "address": {"model": "gone"}},
)
PRICE = Asked("number", subject={"task": "car_prices", "unit": "USD"}, truth="18500.0",
              behind={"model_says": 17_000.0, "interval": [15_000.0, 21_000.0, 0.9, 200]})  # fmt: skip


@contextmanager
def phone(name: str) -> Iterator[None]:
    """Be somebody with a phone of their own."""
    with pytest.MonkeyPatch.context() as theirs:
        theirs.setattr(visitor, "browser", lambda: name)
        yield


@pytest.fixture
def presenter(room: Dashboard) -> Dashboard:
    """A class's dashboard as its presenter sees it."""
    give(room.open("home"), PIN)
    return room


@pytest.fixture
def presenting(monkeypatch: pytest.MonkeyPatch, class_settings: None) -> None:
    """Be the presenter of whatever class is opened."""
    monkeypatch.setattr(visitor, "_people", lambda _user: frozenset({"ana"}))
    monkeypatch.setenv("PIZARRA_PRESENTERS", "ana")


def menu(room: Dashboard, page: str, **address: str) -> AppTest:
    """Open a page and on it the menu by which one asks the class."""
    session = room.open(page, **address)
    question = shared.questions().now()
    session.session_state[f"ask_menu_{page}_{question.number if question else 0}"] = True
    session.run()
    return session


def keys(session: AppTest) -> set[str]:
    return {str(one.key) for one in session.button}


@pytest.mark.long
def test_the_presenter_asks_in_two_presses_from_any_page(presenter: Dashboard) -> None:
    for page in ("compare", "data"):
        session = menu(presenter, page)
        assert keys(session) >= {f"ask_kind_{kind}" for kind in KINDS}
        assert not problems(session)


@pytest.mark.long
def test_the_audience_is_not_offered_to_ask(room: Dashboard) -> None:
    assert not {key for key in keys(menu(room, "compare")) if key.startswith("ask_")}


def test_nobody_is_offered_to_ask_where_no_class_is_open(app: Callable[[str], Dashboard], populated: Store) -> None:
    assert "ask_kind_which_run" not in keys(menu(app(populated.uri), "compare"))


@pytest.mark.part(2)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_cannot_be_asked_of_a_store_is_named_with_why(
    app: Callable[[str], Dashboard], store: Store, presenting: None, language: str
) -> None:
    session = menu(app(store.uri), "compare", lang=language)
    assert not {key for key in keys(session) if key.startswith("ask_kind")}
    for why in (
        "it needs at least 2 runs",
        "it needs a registered model that answers with a number and whose run kept",
    ):
        assert why in shown(session) if language == "en" else "hacen falta al menos 2 ejecuciones" in shown(session)


@pytest.mark.part(4)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_question_is_asked_answered_and_revealed(presenter: Dashboard, kind: str) -> None:
    address = {"model": FLOWERS} if kind in {"class", "flip"} else {}
    session = menu(presenter, "predict", **address)
    session.get_by_key(f"ask_kind_{kind}").click().run()
    assert not problems(session)
    question = shared.questions().now()
    assert question is not None
    assert question.asked.kind == kind
    with phone("luz"):
        join(presenter, "Luz")
        answering = presenter.open("ask", lang="es")
        if kind == "number":
            answering.text_input[0].set_value("100,5")
            answering.get_by_key("ask_answer").click().run()
        else:
            answering.get_by_key("ask_choice_0").click().run()
        assert not problems(answering)
    assert shared.questions().count(question.number) == 1
    leading = presenter.open("ask")
    assert "1 of 1" in shown(leading)
    leading.get_by_key("ask_close").click().run()
    assert "have answered; the question is closed" in shown(leading)
    leading.get_by_key("ask_reveal").click().run()
    assert not problems(leading)
    assert "The class says" in shown(leading)
    assert leading.get("plotly_chart")
    with phone("luz"):
        answering = presenter.open("ask", lang="es")
        assert not problems(answering)
        assert "La clase dice" in shown(answering)
    leading.get_by_key("ask_put_away").click().run()
    assert "No question is open" in shown(leading)


@pytest.mark.long
def test_the_input_that_is_right_flips_the_answer_of_the_model_that_is_asked(
    presenter: Dashboard, own_populated: Store
) -> None:
    menu(presenter, "predict", model=FLOWERS).get_by_key("ask_kind_flip").click().run()
    question = shared.questions().now()
    assert question is not None
    about = shared.questions().reveal(ANA, question.number).asked
    model = find_model(own_populated, FLOWERS)
    opened = asked_versions.opened(model, model.version(about.subject["version"]))
    before = asked_versions.answer(opened, about.subject["row"]).prediction
    after = asked_versions.answer(opened, {**about.subject["row"], about.truth: about.behind["after"]}).prediction
    assert str(before.answer) == about.subject["model_says"]
    assert after.answer == about.behind["model_says"] != before.answer
    assert about.subject["row"][about.truth] == about.behind["before"]
    assert about.truth in about.values


@pytest.mark.long
def test_the_question_about_runs_is_about_those_in_compare(presenter: Dashboard, own_populated: Store) -> None:
    runs = find_runs(own_populated, "metrics.test_f1 > 0").ids[:3]
    session = menu(presenter, "compare", runs=",".join(runs), metric="test_f1")
    session.get_by_key("ask_kind_which_run").click().run()
    question = shared.questions().now()
    assert question is not None
    assert set(question.asked.values) == {*runs, TOO_CLOSE}
    assert question.asked.subject["metric"] == "test_f1"


@pytest.mark.long
@pytest.mark.parametrize("who", ["presenter", "audience", "member"])
def test_what_is_kept_back_is_on_nobodys_page_before_it_is_revealed(presenter: Dashboard, who: str) -> None:
    asked = replace(LEAVES, choices=(("Yes", {}), ("No", {})))
    number = shared.questions().ask(ANA, asked).number
    with phone("luz"):
        join(presenter, "Luz")
        shared.questions().answer(1, number, "Yes")
    for state in ("open", "closed"):
        if state == "closed":
            shared.questions().close(ANA, number)
        with phone({"presenter": "a browser", "audience": "nobody", "member": "luz"}[who]):
            session = presenter.open("ask")
            assert not problems(session)
            for kept in (KEPT_BACK, "87.6", "The class says", "What is right"):
                assert kept not in shown(session)


@pytest.mark.long
def test_who_has_answered_sees_what_others_said_and_may_change_it(presenter: Dashboard) -> None:
    number = shared.questions().ask(ANA, LEAVES).number
    for name in ("Bea", "Luz"):
        with phone(name):
            join(presenter, name)
    shared.questions().answer(1, number, "Yes")
    with phone("Luz"):
        session = presenter.open("ask")
        assert "Others said" not in shown(session)
        assert "1 has answered." in shown(session)
        session.get_by_key("ask_choice_1").click().run()
        assert "Others said: **It leaves**" in shown(session)
        session.get_by_key("ask_choice_0").click().run()
        assert (shared.questions().own(2, number), shared.questions().count(number)) == ("Yes", 2)
        shared.questions().close(ANA, number)
        session.get_by_key("ask_choice_1").click().run()
        assert "The question is closed" in problems(session)[0]
        assert shared.questions().own(2, number) == "Yes"


def test_a_number_that_reads_in_two_ways_is_told_so(presenter: Dashboard) -> None:
    number = shared.questions().ask(ANA, PRICE).number
    with phone("Luz"):
        join(presenter, "Luz")
        session = presenter.open("ask", lang="es")
        session.text_input[0].set_value("18.500")
        session.get_by_key("ask_answer").click().run()
        assert problems(session)[0] == "«18.500» se lee de dos maneras: 18500 o 18.5."
        session.text_input[0].set_value("18500")
        session.get_by_key("ask_answer").click().run()
        assert shared.questions().own(1, number) == "18500.0"
        shared.questions().reveal(ANA, number)
        session = presenter.open("ask", lang="es")
        assert "**15.000" in shown(session)  # of the interval
        assert "1. Luz: 18.500" in shown(session)


def test_who_has_not_joined_is_asked_to(room: Dashboard) -> None:
    shared.questions().ask(ANA, LEAVES)
    session = room.open("ask")
    assert "Whoever answers needs a nickname." in shown(session)
    assert "ask_choice_0" not in keys(session)


@pytest.mark.long
def test_phones_on_any_page_are_told_of_a_question_until_they_have_answered(room: Dashboard) -> None:
    number = shared.questions().ask(ANA, LEAVES).number
    join(room, "Luz")
    assert "The presenter asks the class." in shown(room.open("data"))
    assert "The presenter asks the class." not in shown(room.open("ask"))
    shared.questions().answer(1, number, "Yes")
    assert "The presenter asks the class." not in shown(room.open("data"))


def test_names_of_a_question_are_shown_as_they_are(room: Dashboard) -> None:
    odd = Asked("words", {"en": "**[a](b)** <i>:red[c]"}, (("**x** :red[y]", {}),), {"row": {"**n**": ":red[v]"}})
    shared.questions().ask(ANA, odd)
    join(room, "Luz")
    markdown = "\n".join(text for _place, text in live_markdown(room.open("ask")))
    assert ":red[" not in markdown
    assert "[a](b)" not in markdown


@pytest.mark.long
def test_the_presenter_has_phones_look_up_and_goes_on(presenter: Dashboard) -> None:
    session = menu(presenter, "data")
    session.get_by_key("ask_pause").set_value(True).run()
    assert "Phones show “Look up”." in shown(session)
    assert not problems(session)
    with phone("luz"):
        looking = presenter.open("data", lang="es")
        assert looking.title[0].value == "Mira al frente"
    assert presenter.open("data").title[0].value == "Data"
    presenter.open("data").get_by_key("along_end_pause").click().run()
    with phone("luz"):
        assert presenter.open("data", lang="es").title[0].value == "Datos"


@pytest.mark.long
def test_a_pause_ends_with_its_presenter(presenter: Dashboard) -> None:
    menu(presenter, "data").get_by_key("ask_pause").set_value(True).run()
    presenter.open("home").get_by_key("home_leave").click().run()
    with phone("luz"):
        assert presenter.open("data").title[0].value == "Data"


@pytest.mark.long
def test_a_phone_follows_stays_and_follows_again(presenter: Dashboard) -> None:
    menu(presenter, "data").get_by_key("ask_follow").set_value(True).run()
    shared.guidance().stand(ANA, "a browser", Place("predict", {"model": FLOWERS}))
    with phone("nobody"):
        assert "You follow the presenter." not in shown(presenter.open("data"))
    with phone("luz"):
        join(presenter, "Luz")
        session = presenter.open("data")
        assert "You follow the presenter." in shown(session)
        session.get_by_key("along_stay").click().run()
        assert "You look around by yourself." in shown(session)
        session.get_by_key("along_again").click().run()
        assert "You follow the presenter." in shown(session)
    shared.guidance().turn(ANA, "a browser", "follow", on=False)
    with phone("luz"):
        assert "presenter." not in shown(presenter.open("data"))
