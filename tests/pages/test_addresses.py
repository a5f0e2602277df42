"""A link shows the same to everybody: in a new session, in an old one, and after going back to it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping

import pytest
from streamlit.testing.v1 import AppTest

from core.store.connection import Store
from core.store.runs.run_models import run_models
from core.store.runs.tracking import find_runs
from core.ui.address import CHOICES
from tests.fixtures.stores import FLOWERS, SUGAR
from tests.pages.reading import Dashboard, said, shown, stands

Start = Callable[[str], Dashboard]
Address = Mapping[str, str]
PARTS = [(page, choice.name) for page, choices in CHOICES.items() for choice in choices]
BESIDE = {"picked": "runs"}  # what a choice is about, where that is not usual


def left_by(store: Store, run_id: str) -> str:
    (model,) = run_models(store, run_id)
    return model.key


def experiment(store: Store) -> str:
    return str(store.client.get_experiment_by_name("iris-classification").experiment_id)


def runs(store: Store) -> list[str]:
    return [find_runs(store, f"attributes.run_name = '{name}'").ids[0] for name in ("line", "forest", "neighbours")]


def links(store: Store) -> dict[tuple[str, str], Address]:
    """Return, for each choice of each page, an address that says something that is not usual of it."""
    three, here = runs(store), experiment(store)
    compared = {"experiment": here, "runs": ",".join(three)}
    return {
        ("lesson", "step"): {"step": "five-runs"},
        ("glossary", "term"): {"term": "target"},
        ("data", "task"): {"task": "wine"},
        ("data", "column"): {"task": "wine", "column": "hue"},
        ("train", "task"): {"task": "diabetes"},
        ("train", "algorithm"): {"task": "iris", "algorithm": "random_forest"},
        ("train", "params"): {"task": "iris", "algorithm": "random_forest", "params": "max_depth=3"},
        ("train", "effort"): {"task": "iris", "effort": "thorough"},
        ("train", "launched"): {"task": "iris", "launched": three[0]},
        ("sweep", "task"): {"task": "diabetes"},
        ("sweep", "algorithm"): {"task": "iris", "algorithm": "random_forest"},
        ("sweep", "params"): {"task": "iris", "algorithm": "random_forest", "params": "max_features=none"},
        ("sweep", "vary"): {"task": "iris", "algorithm": "random_forest", "vary": "max_depth=2,3,none"},
        ("sweep", "how"): {"task": "iris", "how": "trials=7"},
        ("sweep", "chart"): {"run": three[1], "chart": "settings"},
        ("sweep", "run"): {"run": three[0]},
        ("experiments", "trials"): {"experiment": here, "trials": "1"},
        ("experiments", "experiment"): {"experiment": "0"},
        ("experiments", "filter"): {"experiment": here, "filter": "attributes.status = 'FAILED'"},
        ("experiments", "search"): {"experiment": here, "search": "forest"},
        ("experiments", "order"): {"experiment": here, "order": "metrics.test_accuracy asc"},
        ("experiments", "columns"): {"experiment": here, "columns": "status,metrics.test_f1"},
        ("experiments", "group"): {"experiment": here, "group": "algorithm"},
        ("experiments", "runs"): {"experiment": here, "runs": ",".join(three[:2])},
        ("run", "run"): {"run": three[1]},
        ("compare", "experiment"): {"experiment": here},
        ("compare", "runs"): {"experiment": here, "runs": ",".join(three[:2])},
        ("compare", "filter"): {"experiment": here, "filter": "attributes.status = 'FINISHED'"},
        ("compare", "metric"): compared | {"metric": "test_recall"},
        ("compare", "value"): compared | {"value": "max"},
        ("compare", "chart"): compared | {"chart": "pareto"},
        ("compare", "picked"): compared | {"picked": three[2]},
        ("registry", "model"): {"model": SUGAR},
        ("registry", "version"): {"model": FLOWERS, "version": "1", "look": "words"},
        ("registry", "search"): {"model": FLOWERS, "search": "forest"},
        ("registry", "look"): {"model": FLOWERS, "look": "origin"},
        ("registry", "run"): {"model": FLOWERS, "run": three[0]},
        ("predict", "model"): {"model": SUGAR},
        ("predict", "stage"): {"model": FLOWERS, "stage": "Staging"},
        ("predict", "version"): {"model": FLOWERS, "version": "1"},
        ("predict", "run"): {"run": three[0], "beside": "none"},
        ("predict", "logged"): {"run": three[0], "logged": left_by(store, three[0])},
        ("predict", "inputs"): {"model": SUGAR, "inputs": json.dumps({"bmi": 30.0}, separators=(",", ":"))},
        ("predict", "typical"): {"model": SUGAR, "inputs": '{"bmi":30.0}', "typical": "others"},
        ("predict", "beside"): {"model": FLOWERS, "beside": "1"},
        ("predict", "look"): {"model": FLOWERS, "look": "shelf"},
        ("serve", "model"): {"model": SUGAR},
        ("serve", "stage"): {"model": FLOWERS, "stage": "Staging"},
        ("serve", "version"): {"model": FLOWERS, "version": "1"},
        ("serve", "route"): {"model": FLOWERS, "route": "what-if"},
        ("serve", "look"): {"model": FLOWERS, "look": "errors"},
    }


def address_of(session: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in session.query_params.items()}


def seen(session: AppTest) -> list[str]:
    """Return the address and all that is on the page."""
    lines = [*(f"address: {name}={text}" for name, text in sorted(address_of(session).items())), *said(session)]
    return [re.sub(r"\d+ (?:second|minute)s? ago|#T_\w+?_", "·", line) for line in lines]


def apart(one: list[str], other: list[str]) -> list[str]:
    """Return the lines that only one of two has."""
    return [line for line in difflib.ndiff(one, other) if line[0] in "+-"]


def follow(session: AppTest, address: Address) -> AppTest:
    """Open another address in a session that is there already."""
    session.query_params.clear()
    session.query_params.update({"lang": "en"} | dict(address))
    session.run()
    stands(session)
    return session


@pytest.mark.part(11)
@pytest.mark.parametrize("page", [page for page, choices in CHOICES.items() if choices])
def test_a_link_shows_the_same_in_a_new_session_in_an_old_one_and_after_back(
    app: Start, populated: Store, page: str
) -> None:
    of_page = {name: address for (where, name), address in links(populated).items() if where == page}
    assert set(of_page) == {name for where, name in PARTS if where == page}
    dashboard = app(populated.uri)
    opened = {name: dashboard.open(page, **address) for name, address in of_page.items()}
    for name, address in of_page.items():
        assert address.items() <= address_of(opened[name]).items(), name  # what was asked for stays in the address
    new = {name: seen(session) for name, session in opened.items()}
    old = dashboard.open(page, **next(reversed(of_page.values())))
    for name, address in of_page.items():
        assert not apart(seen(follow(old, address)), new[name]), name
    for name in reversed(of_page):  # back through all of them
        assert not apart(seen(follow(old, address_of(opened[name]))), new[name]), name


@pytest.mark.long
@pytest.mark.parametrize(
    ("page", "address", "words"),
    [
        ("data", {"task": "nobody"}, "Task: “nobody” is not here. What you see is “Iris"),
        ("data", {"task": "wine", "column": "gone"}, "Column: “gone” is not here. What you see is “alcohol”."),
        ("experiments", {"experiment": "999"}, "Experiment: “999” is not here."),
        ("experiments", {"order": "metrics.gone desc"}, "Order: “metrics.gone desc” is not here."),
        ("experiments", {"columns": "status,params.gone"}, "Columns: “params.gone” is not here."),
        ("experiments", {"group": "params.gone"}, "Group by: “params.gone” is not here."),
        ("experiments", {"runs": "nobody"}, "1 of the chosen runs is not in this store"),
        ("compare", {"experiment": "999"}, "Experiment: “999” is not here."),
        ("compare", {"runs": "nobody,neither"}, "2 of the chosen runs are not in this store"),
        ("compare", {"metric": "gone"}, "Metric: “gone” is not here. What you see is “test_"),
        ("compare", {"value": "middle"}, "Value: “middle” is not here. What you see is “Last value”."),
        ("compare", {"chart": "pie"}, "Part of the page: “pie” is not here."),
        ("compare", {"picked": "nobody"}, "1 of the picked runs is not among those that are compared."),
        ("registry", {"model": "nobody"}, "Model: “nobody” is not here."),
        ("registry", {"model": FLOWERS, "version": "99"}, "Version: “99” is not here."),
        ("registry", {"model": FLOWERS, "look": "behind"}, "Part of the page: “behind” is not here."),
        ("predict", {"model": "nobody"}, "Model: “nobody” is not here."),
        ("predict", {"model": FLOWERS, "version": "99"}, "Stage or version: “99” is not here."),
        ("predict", {"model": SUGAR, "stage": "Staging"}, "Stage or version: “◐ Staging” is not here."),
        ("predict", {"model": FLOWERS, "beside": "99"}, "Beside it: “99” is not here."),
        ("predict", {"run": "OF FLOWERS", "logged": "gone"}, "Which of its models: “gone” is not here. What you see"),
        ("predict", {"run": "OF FLOWERS", "beside": "99"}, "Beside it: “99” is not here."),
        ("predict", {"model": FLOWERS, "look": "behind"}, "Part of the page: “behind” is not here."),
        ("serve", {"model": FLOWERS, "version": "99"}, "Stage or version: “99” is not here."),
        ("serve", {"model": SUGAR, "stage": "Staging"}, "Stage or version: “◐ Staging” is not here."),
        ("serve", {"model": FLOWERS, "route": "delete"}, "What is asked: “delete” is not here."),
        ("predict", {"model": FLOWERS, "inputs": "{"}, "The inputs in the address cannot be read"),
        ("predict", {"model": FLOWERS, "inputs": '{"nose": 3}'}, "The model does not ask for: nose."),
    ],
    ids=lambda value: "&".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else None,
)  # fmt: skip
def test_what_does_not_exist_is_said_until_something_else_is_chosen(
    app: Start, populated: Store, page: str, address: Address, words: str
) -> None:
    of_three = {"experiment": experiment(populated)} if page == "compare" else {}
    address = {name: runs(populated)[0] if text == "OF FLOWERS" else text for name, text in address.items()}
    session = app(populated.uri).open(page, **of_three | dict(address))
    assert words in shown(session)
    session.run()
    assert words in shown(session)


@pytest.mark.parametrize(
    ("page", "name"), [("run", "run"), ("train", "launched"), ("registry", "run"), ("predict", "run")]
)
def test_a_run_that_does_not_exist_is_an_error_in_words(app: Start, populated: Store, page: str, name: str) -> None:
    session = app(populated.uri).open(page, **{name: "nobody"})
    assert "nobody" in shown(session)


@pytest.mark.long
def test_what_was_said_of_a_link_goes_with_the_next_choice(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, version="99")
    session.get_by_key(f"predict_version_{FLOWERS}").set_value("1").run()
    stands(session)
    assert "is not here" not in shown(session)
    assert session.query_params["version"] == "1"


@pytest.mark.long
def test_a_model_without_versions_is_said_where_there_is_something_to_ask(app: Start, own_populated: Store) -> None:
    own_populated.client.create_registered_model("empty")
    session = app(own_populated.uri).open("predict", model="empty")
    assert "The model empty has no versions, so there is nothing to ask." in shown(session)
    assert session.query_params["model"] == SUGAR


@pytest.mark.long
def test_what_belongs_to_a_model_is_not_taken_to_another(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=SUGAR, inputs='{"bmi":30.0}')
    session.get_by_key("predict_model").set_value(FLOWERS).run()
    stands(session)
    assert "is not here" not in shown(session)
    assert "inputs" not in session.query_params
    assert session.query_params["version"] == "2"


@pytest.mark.long
def test_a_choice_wins_over_an_address_that_the_browser_has_not_changed_yet(app: Start, populated: Store) -> None:
    """Two clicks in quick succession: the second may still come with the address from before the first."""
    session = app(populated.uri).open("compare", runs=",".join(runs(populated)), metric="test_f1")
    before = dict(session.query_params)
    session.get_by_key("compare_metric").set_value("test_recall").run()
    session.query_params.clear()
    session.query_params.update(before)
    session.get_by_key("compare_value").set_value("max").run()
    stands(session)
    assert (session.query_params["metric"], session.query_params["value"]) == ("test_recall", "max")


def test_a_page_that_is_opened_without_an_address_begins_with_what_is_carried(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model=SUGAR)
    session.query_params.clear()
    session.switch_page(Dashboard.script("predict")).run()
    stands(session)
    assert session.query_params["model"] == SUGAR
