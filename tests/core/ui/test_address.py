"""What an address says, what was clicked and what is carried: whose word wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.ui import address
from core.ui.address import CHOICES, STATE, Choice

Open = Callable[..., AppTest]


def page() -> None:
    """Run a page that notes what it was told; a test does what a visitor or another page would."""
    import streamlit as st

    from core.ui import address

    session = st.session_state
    for name, text in session.pop("chosen", {}).items():  # as a callback does, before the page begins
        address.choose(name, text)
    address.begin(session["page"])
    for name, text in session.pop("kept", {}).items():
        address.keep(name, text)
    address.carry(**session.pop("carry", {}))
    session["seen"] = {name: address.value(name) for name in ("model", "version", "inputs", "runs", "metric", "picked")}
    session["news"] = session.pop("asks", True) and address.is_news("somebody")
    session["link"] = address.link_params(session["to"], session["given"])
    address.end(write=not session.pop("interrupted", False))


@pytest.fixture
def start() -> Open:
    def open_page(name: str, **params: str) -> AppTest:
        return go(AppTest.from_function(page, default_timeout=60), name, **params)

    return open_page


def go(session: AppTest, name: str = "", **params: str) -> AppTest:
    """Open a page at an address."""
    session.session_state["page"] = name or session.session_state["page"]
    session.query_params.clear()
    session.query_params.update(params)
    return run(session)


def run(session: AppTest, **done: Any) -> AppTest:
    for name, value in ({"to": "predict", "given": {}} | done).items():
        session.session_state[name] = value
    session.run()
    assert not session.exception
    return session


def seen(session: AppTest) -> dict[str, str]:
    return {name: text for name, text in session.session_state["seen"].items() if text}


def held(session: AppTest) -> dict[str, str]:
    return {name: "".join(text) for name, text in session.query_params.items()}


def test_a_link_speaks_for_all_choices_of_its_page(start: Open) -> None:
    session = start("predict", model="a", version="2")
    run(session, chosen={"inputs": "{}", "version": "3"})
    assert held(session) == {"model": "a", "version": "3", "inputs": "{}"}
    assert seen(go(session, model="a", version="1")) == {"model": "a", "version": "1"}


def test_a_click_wins_over_the_address_from_before_it(start: Open) -> None:
    session = start("compare", metric="f1")
    run(session, chosen={"metric": "auc"})
    session.query_params["metric"] = "f1"  # the browser did not know better when it sent the next click
    assert seen(run(session, chosen={"runs": "x,y"})) == {"metric": "auc", "runs": "x,y"}


def test_a_press_with_the_address_from_before_a_choice_is_no_link(start: Open) -> None:
    session = start("experiments", experiment="1")
    run(session, chosen={"runs": "x"})
    assert held(session) == {"experiment": "1", "runs": "x"}
    del session.query_params["runs"]  # a button was pressed before the browser had the new address
    assert seen(run(session)) == {"runs": "x"}
    assert held(session) == {"experiment": "1", "runs": "x"}


def test_an_interrupted_run_writes_nothing(start: Open) -> None:
    session = start("predict", model="a")
    run(session, interrupted=True, kept={"version": "7"})
    assert "version" not in held(session)
    assert held(run(session))["version"] == "7"


def test_a_link_is_news_once_to_whoever_asks_and_however_late(start: Open) -> None:
    session = start("predict", model="a")
    session.query_params["inputs"] = '{"age":3}'
    assert not run(session, asks=False).session_state["news"]  # the page stopped before anybody asked
    assert run(session).session_state["news"]
    assert seen(session)["inputs"] == '{"age":3}'
    assert not run(session).session_state["news"]


def test_without_any_parameter_a_page_begins_with_what_is_carried(start: Open) -> None:
    session = start("registry", model="a", version="2")
    assert seen(go(session, "predict")) == {"model": "a", "version": "2"}


def go_back(session: AppTest, monkeypatch: pytest.MonkeyPatch, name: str, **params: str) -> AppTest:
    with monkeypatch.context() as patch:
        patch.setattr(address, "_went_back", lambda: True)
        return go(session, name, **params)


def test_back_at_the_moment_when_a_page_was_entered_shows_what_it_began_with(
    start: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = start("predict", model="b", version="2")
    assert held(go(session, "registry")) == {"model": "b", "version": "2"}
    assert seen(go_back(session, monkeypatch, "registry")) == {"model": "b", "version": "2"}
    assert held(session) == {"model": "b", "version": "2"}
    assert seen(go_back(session, monkeypatch, "predict", model="b")) == {"model": "b"}


def test_back_to_a_page_that_was_entered_follows_what_was_gone_back_through(
    start: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = start("predict", model="b")
    go(session, "registry")
    run(session, chosen={"model": "c"})
    go_back(session, monkeypatch, "registry", model="b")
    assert seen(go_back(session, monkeypatch, "registry")) == {"model": "b"}


def test_with_a_parameter_a_page_begins_with_nothing_that_is_carried(start: Open) -> None:
    session = start("registry", model="a", version="2")
    assert seen(go(session, "predict", model="a")) == {"model": "a"}


def test_what_belongs_to_a_model_goes_with_it(start: Open) -> None:
    session = start("predict", model="a", version="2", inputs="{}")
    assert seen(run(session, chosen={"model": "b"})) == {"model": "b"}
    assert run(session).session_state["link"] == {"model": "b"}


def test_a_link_takes_along_what_is_carried_but_not_of_another_model(start: Open) -> None:
    session = start("registry", model="a", version="2")
    assert run(session).session_state["link"] == {"model": "a", "version": "2"}
    assert run(session, given={"model": "b"}).session_state["link"] == {"model": "b"}
    assert run(session, given={"version": ""}).session_state["link"] == {"model": "a"}


@pytest.mark.parametrize(("count", "fits"), [(50, True), (51, False)])
def test_more_names_than_an_address_holds_stay_in_the_session(start: Open, count: int, fits: bool) -> None:
    many = ",".join(map(str, range(count)))
    session = run(start("compare", metric="f1"), chosen={"picked": many})
    assert ("picked" in held(session)) == fits
    assert seen(run(session))["picked"] == many


def test_what_a_page_does_not_choose_leaves_its_address(start: Open) -> None:
    assert held(start("data", task="iris", model="a", other="x")) == {"task": "iris"}


@pytest.mark.part(12)
@pytest.mark.parametrize(("page", "choice"), [(page, one) for page, own in CHOICES.items() for one in own])
def test_a_value_that_is_too_long_is_left_out_and_that_is_said(start: Open, page: str, choice: Choice) -> None:
    session = start(page, **{choice.name: "%a" * 100_000})
    assert choice.name not in held(session)
    (said,) = session.session_state[STATE].missing.values()
    assert said.endswith(f"of “{choice.name}”, but this one has 200,000. They were left out.")
    assert not start(page, **{choice.name: "a" * choice.longest}).session_state[STATE].missing


def test_a_value_that_is_too_long_brings_back_nothing_that_was_carried(start: Open) -> None:
    session = start("experiments", filter="status = 'FINISHED'")
    go(session, "home")
    assert held(go(session, "experiments", filter="%a" * 100_000)) == {}


def test_a_choice_that_is_too_long_is_not_written(start: Open) -> None:
    session = start("predict", model="a")
    run(session, chosen={"inputs": "1" * 10_001})
    assert held(session) == {"model": "a"}


def led() -> None:
    import streamlit as st

    from core.ui import address

    address.begin("train")
    st.session_state["led"] = address.own_params(), address.of_visitor("train"), address.of_visitor("data")
    address.end()


def test_whoever_is_led_somewhere_keeps_the_results_of_their_own() -> None:
    session = AppTest.from_function(led, default_timeout=60)
    session.query_params.update({"task": "iris", "launched": "mine"})
    session.run()
    assert session.session_state["led"] == ({"task": "iris"}, {"launched": "mine"}, {})


def test_every_page_says_what_its_address_holds() -> None:
    from core.ui.navigation import PAGES

    assert set(CHOICES) == set(PAGES)
