"""What somebody in the audience sees of each page, and who becomes the presenter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from core.i18n import speaking, translate
from core.process import shared
from core.settings import settings
from core.store.connection import Store
from core.store.runs.tracking import find_runs
from core.ui import session as visitor
from tests.fixtures.stores import FLOWERS
from tests.pages.reading import PAGES, PIN, Dashboard, problems, shown

Start = Callable[[str], Dashboard]
# Of every press that changes something for others, how its key begins
CHANGING = (
    "home_load_demo", "experiments_delete", "experiments_restore", "experiments_undo", "registry_confirm",
    "registry_undo", "registry_take_back", "registry_save", "registry_register_button", "registry_gate_",
    "registry_settle", "registry_delete", "registry_allow", "predict_allow", "predict_cutoff_save",
    "predict_cutoff_drop", "predict_shelf_save", "predict_many_score", "frame_copy_store", "train_stop", "home_reset",
    "home_leave", "home_training", "join_hide", "join_remove", "join_anew", "ask_kind", "ask_close", "ask_reveal",
    "ask_put_away", "ask_follow", "ask_pause", "along_end", "board_",
    "serve_token_make", "serve_token_end", "serve_require",
)  # fmt: skip
LOOKS = ("timeline", "gates", "origin", "words", "delete")


def in_language(message: str, language: str) -> str:
    with speaking(language):
        return translate(message)


def changing(session: AppTest) -> set[str]:
    """Return the keys of what could be pressed on a page and changes something for others."""
    found = [one for one in [*session.button, *session.get("file_uploader")] if not one.proto.disabled]
    return {str(one.key) for one in found if str(one.key).startswith(CHANGING) or one.type == "file_uploader"}


def address(store: Store, page: str) -> dict[str, str]:
    run = find_runs(store, "attributes.run_name = 'line'").ids[0]
    return {"run": {"run": run}, "registry": {"model": FLOWERS}, "predict": {"model": FLOWERS}}.get(page, {})


@pytest.mark.part(15)
@pytest.mark.parametrize("page", PAGES)
def test_no_page_offers_the_audience_to_change_what_others_see(
    room: Dashboard, own_populated: Store, page: str
) -> None:
    session = room.open(page, **address(own_populated, page))
    assert not problems(session)
    assert not changing(session)


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS)
def test_no_part_of_the_registry_does_either(room: Dashboard, own_populated: Store, look: str) -> None:
    run = find_runs(own_populated, "attributes.run_name = 'line'").ids[0]
    session = room.open("registry", model=FLOWERS, look=look, run=run)
    assert not problems(session)
    assert not changing(session)


@pytest.mark.part(10)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("page", "look", "words"),
    [
        ("home", "", "Only the presenter may load the demo."),
        ("predict", "", "Only the presenter may upload a table."),
        ("registry", "words", "Only the presenter may change what is written about versions and models."),
        ("registry", "gates", "Only the presenter may change the gates."),
        ("registry", "delete", "Only the presenter may delete versions and models."),
    ],
)
def test_where_something_is_missing_the_page_says_who_may(
    room: Dashboard, own_populated: Store, page: str, look: str, words: str, language: str
) -> None:
    session = room.open(page, lang=language, **address(own_populated, page), **({"look": look} if look else {}))
    assert in_language(words, language) in shown(session)


def test_who_had_a_button_before_is_refused_by_its_press(
    room: Dashboard, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as presenting:
        presenting.setattr(shared, "is_alone", lambda: True)
        presenting.setattr(visitor, "ip_address", lambda: None)
        presenting.delenv("PIZARRA_PIN")
        settings.cache_clear()
        session = room.open("registry", model=FLOWERS, look="words")
    settings.cache_clear()
    assert "registry_save" in changing(session)
    session.get_by_key("registry_save").click().run()
    assert "registry_save" not in changing(session)
    assert "Saved what was written" not in shown(session)


@pytest.mark.long
def test_the_pin_makes_one_the_presenter_and_another_pin_does_not(
    room: Dashboard, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = room.open("home")
    assert "You are in the audience" in shown(session)
    give(session, "open says me")
    assert problems(session)[0] == "This is not the PIN."
    assert "You are in the audience" in shown(session)
    give(session, PIN)
    assert "You are the presenter now, in this browser, for 12 hours." in shown(session)
    assert "registry_save" in changing(room.open("registry", model=FLOWERS, look="words"))
    monkeypatch.setattr(visitor, "browser", lambda: "another browser")
    assert "You are in the audience" in shown(room.open("home"))


def test_the_presenter_closes_training_and_opens_it_again(room: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    presenter = room.open("home")
    give(presenter, PIN)
    presenter.get_by_key("home_training").set_value(False).run()
    with monkeypatch.context() as others:
        others.setattr(visitor, "browser", lambda: "another browser")
        join(room, "Luz")
        session = room.open("train")
        assert "Only the presenter may train now." in shown(session)
        assert launch_button(session).disabled
        assert "has closed training for now" in shown(room.open("home"))
    assert not launch_button(room.open("train")).disabled
    presenter.get_by_key("home_training").set_value(True).run()
    monkeypatch.setattr(visitor, "browser", lambda: "another browser")
    assert not launch_button(room.open("train")).disabled


@pytest.mark.long
@pytest.mark.parametrize("button", ["home_leave", "home_leave_all"])
def test_who_stops_presenting_is_in_the_audience_again(room: Dashboard, button: str) -> None:
    session = room.open("home")
    give(session, PIN)
    session.get_by_key(button).click().run()
    assert "You are in the audience" in shown(session)


@pytest.mark.part(2)
@pytest.mark.parametrize("language", ["en", "es"])
def test_who_reaches_a_dashboard_that_nobody_presents_reads_how_to_have_a_presenter(
    room: Dashboard, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.delenv("PIZARRA_PIN")
    settings.cache_clear()
    session = room.open("home", lang=language)
    assert in_language("Read only", language) in shown(session)
    assert "make class" in shown(session)
    train = room.open("train", lang=language)
    assert launch_button(train).disabled


def test_a_list_of_presenters_without_a_way_to_sign_in_is_said(
    room: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_PRESENTERS", "Ana@School.example")
    settings.cache_clear()
    assert "signing in is not set up" in shown(room.open("home"))


def test_who_sits_at_the_one_computer_reads_how_to_open_it_to_a_class(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("home")
    assert "make class" in shown(session)
    assert "home_load_demo" in changing(session)


@pytest.mark.long
def test_who_trains_needs_a_nickname_and_the_run_carries_it(room: Dashboard, own_populated: Store) -> None:
    session = room.open("train", task="iris")
    assert "Whoever trains in a class needs a nickname." in shown(session)
    assert launch_button(session).disabled
    assert "with a nickname, train" in shown(room.open("home"))
    join(room, "Lucía 3B")
    session = room.open("train", task="iris")
    session.get_by_key("train_launch").click().run()
    assert not problems(session)
    trained = find_runs(own_populated, "tags.`pizarra.student` = 'Lucía 3B'")
    assert len(trained) == 1


@pytest.mark.long
def test_runs_under_an_earlier_nickname_stay_ones_own_and_are_hidden_with_the_others(
    room: Dashboard, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = find_runs(own_populated, "attributes.run_name = 'line'").ids[0]
    with monkeypatch.context() as theirs:
        theirs.setattr(visitor, "browser", lambda: "a phone")
        join(room, "Rude")
        own_populated.client.set_tag(run, "pizarra.student", "Rude")
        later = int(datetime.now(UTC).timestamp() * 1000) + 60_000
        own_populated.client.set_tag(run, "pizarra.started", str(later))
        join(room, "Lucía 3B")
        others = [one for one in find_runs(own_populated, "").ids if one != run][:2]
        assert "➤" in shown(room.open("compare", runs=",".join([run, *others])))
    give(room.open("home"), PIN)
    room.open("join").get_by_key("join_hide").click().run()
    assert own_populated.client.get_run(run).data.tags["pizarra.student"] == "#1"


@pytest.mark.long
def test_a_run_of_somebody_who_had_the_nickname_in_an_earlier_class_is_not_ones_own(
    room: Dashboard, own_populated: Store
) -> None:
    before = find_runs(own_populated, "attributes.run_name = 'line'").ids[0]
    own_populated.client.set_tag(before, "pizarra.student", "Lucía 3B")
    join(room, "Lucía 3B")
    others = [run for run in find_runs(own_populated, "").ids if run != before][:2]
    assert "➤" not in shown(room.open("compare", runs=",".join([before, *others])))


def test_who_joined_is_greeted_and_may_be_called_otherwise(room: Dashboard) -> None:
    session = join(room, "Lucía 3B")
    assert "You are in, Lucía 3B." in shown(session)
    assert "You are **Lucía 3B** in this class." in shown(room.open("join"))
    join(room, "Luz")
    assert "You are **Luz** in this class." in shown(room.open("join"))


def test_a_nickname_that_is_taken_is_told_so(room: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    join(room, "Lucía 3B")
    monkeypatch.setattr(visitor, "browser", lambda: "another browser")
    session = join(room, "lucia 3b")
    assert problems(session)[0] == "Somebody in this class has or had this nickname, or one that reads alike."
    assert "join_nickname" in {one.key for one in session.text_input}


def test_a_nickname_of_markup_is_shown_as_it_is(room: Dashboard) -> None:
    join(room, "**[a](b)** <i>:red[c]")
    session = room.open("home")
    give(session, PIN)
    assert "\n**[a](b)** <i>:red[c]\n" in shown(room.open("join"))  # which reads what is shown


@pytest.mark.long
def test_the_presenter_hides_and_removes_a_nickname_also_with_its_runs(
    room: Dashboard, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = monkeypatch.context
    with phone() as theirs:
        theirs.setattr(visitor, "browser", lambda: "a phone")
        join(room, "Lucía 3B")
        session = room.open("train", task="iris")
        session.get_by_key("train_launch").click().run()
    give(room.open("home"), PIN)
    session = room.open("join")
    assert "Lucía 3B" in shown(session)
    session.get_by_key("join_hide").click().run()
    assert "Lucía 3B is shown as #1 now." in shown(session)
    assert len(find_runs(own_populated, "tags.`pizarra.student` = '#1'")) == 1
    session.get_by_key("join_hide").click().run()
    assert len(find_runs(own_populated, "tags.`pizarra.student` = 'Lucía 3B'")) == 1
    session.get_by_key("join_remove").click().run()
    assert "The nickname Lucía 3B is removed." in shown(session)
    assert len(find_runs(own_populated, "tags.`pizarra.student` = 'Lucía 3B'")) == 0
    with phone() as theirs:
        theirs.setattr(visitor, "browser", lambda: "a phone")
        assert "Your nickname" in {one.label for one in room.open("join").text_input}


def test_the_presenter_begins_the_class_anew(room: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as theirs:
        theirs.setattr(visitor, "browser", lambda: "a phone")
        join(room, "Lucía 3B")
    give(room.open("home"), PIN)
    session = room.open("join")
    session.get_by_key("join_anew_sure").check().run()
    session.get_by_key("join_anew").click().run()
    assert "nobody has joined yet" in shown(session)
    assert "Lucía 3B" not in shown(session)


def join(room: Dashboard, nickname: str) -> AppTest:
    """Join the class under a nickname."""
    session = room.open("join")
    session.get_by_key("join_nickname").set_value(nickname)
    session.get_by_key("join_button").click().run()
    return session


def give(session: AppTest, pin: str) -> None:
    """Show a PIN."""
    session.get_by_key("home_pin").set_value(pin)
    session.get_by_key("home_present_button").click().run()


def launch_button(session: AppTest) -> object:
    """Return the proto of the button that launches a run."""
    return next(button.proto for button in session.button if button.key == "train_launch")
