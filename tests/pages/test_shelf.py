"""The shelf of scenarios: pin, rename, order, remove, flips after a promotion, share, save and load."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from core.prediction.scenarios.documents import read_shelf
from core.prediction.scenarios.pinned import Scenario
from core.process import shared
from core.qr import qr_picture
from core.settings import settings
from core.store.connection import Store
from core.store.registry.promotion import Move, move
from core.store.registry.registered_models import find_model
from core.store.registry.stages import Stage
from core.store.runs.artifacts import read_document
from core.store.runs.documents import list_documents
from core.ui import session as visitor
from core.ui.predict.scenarios import pinning
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS, SUGAR, run_folder
from tests.fixtures.strangers import register_folder, save_skops
from tests.pages.reading import shown, stands

Open = Callable[..., AppTest]
SETOSA = {
    "sepal length (cm)": 5.0, "sepal width (cm)": 3.4, "petal length (cm)": 1.4, "petal width (cm)": 0.2,
}  # fmt: skip
VIRGINICA = {
    "sepal length (cm)": 7.0, "sepal width (cm)": 3.0, "petal length (cm)": 6.0, "petal width (cm)": 2.2,
}  # fmt: skip


def page() -> None:
    """The shelf as the Predict page shows it: what is live is asked, with inputs that the test chooses."""
    import streamlit as st

    from core.process import cache
    from core.ui import frame, session
    from core.ui.predict import version_choice
    from core.ui.predict.scenarios import shelf

    session.begin()
    with frame.reporting():
        model = next(model for model in cache.models() if model.name == st.session_state["model"])
        wanted = st.session_state.get("number")
        live = [*model.in_stage("Production"), *model.versions]
        version = next(v for v in live if wanted in {None, v.number})
        asked = version_choice.open_versions(model, version, version_choice.choose_beside(model, version))
        inputs = st.session_state.get("inputs") or {field.name: field.start for field in asked[0].fields}

        @st.fragment
        def tab() -> None:
            with frame.reporting():
                shelf.show_shelf(asked, inputs)

        tab()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Open]:
    def forget() -> None:
        settings.cache_clear()
        shared.forget()

    def start(store: Store, model: str = FLOWERS, lang: str = "en", url: str = "", **state: Any) -> AppTest:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
        forget()
        session = AppTest.from_function(page, default_timeout=60)
        session.query_params["lang"] = lang
        session.session_state["model"] = model
        for name, value in state.items():
            session.session_state[name] = value
        if url:
            session.context["url"] = url
        session.run()
        stands(session)
        return session

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(visitor, "ip_address", lambda: None)
    monkeypatch.setattr("core.process.shared.is_alone", lambda: True)
    monkeypatch.setattr(visitor, "browser", lambda: "")  # Streamlit's test runner has no visitor's cookies
    yield start
    forget()


def press(session: AppTest, key: str) -> None:
    session.get_by_key(f"predict_shelf_{key}").click().run()
    stands(session)


def pin(session: AppTest, name: str = "", inputs: dict[str, Any] | None = None) -> None:
    if inputs is not None:
        session.session_state["inputs"] = inputs
        session.run()
    if name:
        session.get_by_key("predict_shelf_name").set_value(name).run()
    press(session, "pin")


def pins(session: AppTest) -> list[Scenario]:
    key = f"predict_shelf_pins_{settings().tracking_uri}_{session.session_state['model']}"
    return list(session.session_state[key].values()) if key in session.session_state else []


def pinned_ids(session: AppTest) -> list[str]:
    return list(session.session_state[f"predict_shelf_pins_{settings().tracking_uri}_{session.session_state['model']}"])


def names(session: AppTest) -> list[str]:
    return [one.name for one in pins(session)]


def table(session: AppTest) -> Any:
    (found,) = session.data_editor
    return found


def edit(session: AppTest, row: int, column: str, value: str) -> None:
    """Type into a cell of the table."""
    session.session_state[table(session).key] = {
        "edited_rows": {row: {column: value}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    session.run()
    stands(session)


def unfold(session: AppTest, part: str) -> None:
    session.session_state[f"predict_shelf_{part}"] = True
    session.run()
    stands(session)


def promote(store: Store, number: int, stage: Stage = "Production") -> None:
    move(store, ANA, Move(FLOWERS, number, stage, why="To see what flips."))


def put(store: Store, run_id: str, name: str, content: str) -> None:
    """Put a file among a run's as another program would."""
    place = run_folder(store, run_id) / "scenarios"
    place.mkdir(exist_ok=True)
    (place / name).write_text(content, encoding="utf-8")


def images(session: AppTest) -> list[Message]:
    return [image for element in session.get("image") for image in element.proto.imgs]


# Pinning


@pytest.mark.long
def test_an_empty_shelf_says_what_pinning_is_for(opened: Open, populated: Store) -> None:
    session = opened(populated)
    assert "Nothing is pinned yet" in shown(session)
    assert not session.data_editor


def test_typical_inputs_are_called_by_a_number_and_others_by_what_is_special(opened: Open, populated: Store) -> None:
    session = opened(populated)
    assert session.get_by_key("predict_shelf_name").value == "Scenario 1"
    session.session_state["inputs"] = SETOSA
    session.run()
    assert session.get_by_key("predict_shelf_name").value == "petal length (cm) 1.4 · petal width (cm) 0.2"


def test_a_name_that_somebody_typed_stays_when_the_inputs_move(opened: Open, populated: Store) -> None:
    session = opened(populated)
    session.get_by_key("predict_shelf_name").set_value("my own").run()
    session.session_state["inputs"] = SETOSA
    session.run()
    assert session.get_by_key("predict_shelf_name").value == "my own"
    press(session, "pin")
    assert names(session) == ["my own"]
    assert session.get_by_key("predict_shelf_name").value == "petal length (cm) 1.4 · petal width (cm) 0.2"


def test_a_pin_keeps_inputs_and_the_answer_of_each_stage(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "a flower", SETOSA)
    (kept,) = pins(session)
    assert kept.inputs == SETOSA
    assert {place: (one.version, one.answer) for place, one in kept.answers.items()} == {
        "Production": (2, "setosa"), "Staging": (3, "setosa"),
    }  # fmt: skip
    assert kept.answers["Production"].probability == pytest.approx(0.98, abs=0.03)
    assert "Nothing is pinned yet" not in shown(session)
    assert "The scenario has not flipped." in shown(session)


def test_a_model_that_answers_with_numbers_is_pinned_too(opened: Open, populated: Store) -> None:
    session = opened(populated, model=SUGAR)
    pin(session)
    (kept,) = pins(session)
    assert isinstance(kept.answers["Production"].answer, float)
    assert kept.answers["Production"].probability is None


def test_each_model_has_a_shelf_of_its_own(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session)
    session.session_state["model"] = SUGAR
    session.run()
    stands(session)
    assert "Nothing is pinned yet" in shown(session)
    session.session_state["model"] = FLOWERS
    session.run()
    assert table(session).value.shape[0] == 1


def test_two_pins_of_one_name_are_told_apart(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "same", SETOSA)
    pin(session, "same", VIRGINICA)
    assert names(session) == ["same", "same (2)"]


# The table


def test_the_table_shows_answers_and_the_inputs_that_differ(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "one", SETOSA)
    pin(session, "two", {**SETOSA, "petal length (cm)": 6.5})
    seen = table(session).value
    assert list(seen) == ["Name", "● Production · version 2", "◐ Staging · version 3", "petal length (cm)"]
    assert seen["petal length (cm)"].tolist() == ["1.4", "6.5"]
    assert seen["● Production · version 2"][0].startswith("setosa (")


@pytest.mark.long
def test_a_name_is_changed_in_the_table_but_never_taken_away(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "one", SETOSA)
    pin(session, "two", VIRGINICA)
    edit(session, 1, "Name", "the large one")
    assert names(session) == ["one", "the large one"]
    edit(session, 1, "Name", "one")
    assert names(session) == ["one", "one (2)"]
    edit(session, 0, "Name", "  ")
    assert names(session) == ["one", "one (2)"]


@pytest.mark.long
def test_scenarios_change_places_by_buttons(opened: Open, populated: Store) -> None:
    session = opened(populated)
    for name in ("one", "two", "three"):
        pin(session, name)
    assert session.get_by_key("predict_shelf_down").disabled
    press(session, "up")
    press(session, "up")
    assert names(session) == ["three", "one", "two"]
    assert session.get_by_key("predict_shelf_up").disabled
    press(session, "down")
    assert names(session) == ["one", "three", "two"]
    assert table(session).value["Name"].tolist() == ["one", "three", "two"]


@pytest.mark.long
def test_what_was_removed_can_be_brought_back_to_its_place(opened: Open, populated: Store) -> None:
    session = opened(populated)
    for name in ("one", "two", "three"):
        pin(session, name)
    session.get_by_key("predict_shelf_chosen").set_value("two").run()
    press(session, "remove")
    assert names(session) == ["one", "three"]
    assert "**two** was removed." in shown(session)
    press(session, "back")
    assert names(session) == ["one", "two", "three"]
    assert session.get_by_key("predict_shelf_chosen").value == list(pinned_ids(session))[1]
    assert "was removed" not in shown(session)


def test_show_it_hands_its_inputs_to_the_page(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "one", SETOSA)
    press(session, "show")
    assert session.session_state["predict_asked_inputs"] == SETOSA


def test_all_inputs_can_be_seen_side_by_side(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "one", SETOSA)
    pin(session, "two", {**SETOSA, "petal width (cm)": 2.0})
    unfold(session, "inputs")
    seen = next(frame.value for frame in session.dataframe if "Input" in frame.value)
    assert seen["Input"].tolist()[0] == "petal width (cm)"
    assert (seen["one"][0], seen["two"][0]) == ("0.2", "2")


# Promotions


def between(store: Store) -> dict[str, Any]:
    """Find inputs that versions 2 and 3 answer differently, by asking them."""
    from core.prediction.predict import predictor
    from core.prediction.scenarios.pinned import Place, evaluate
    from core.prediction.schema import input_fields
    from core.store.models import describe_model, load_model

    places = []
    for number in (2, 3):
        version = find_model(store, FLOWERS).version(number)
        files = describe_model(store, version.uri, version.run_id)
        places.append(Place("None", number, predictor(files, load_model(files), input_fields(files))))
    rows = [
        {**VIRGINICA, "petal length (cm)": length / 10, "petal width (cm)": width / 10}
        for length in range(10, 70, 3)
        for width in range(1, 25, 2)
    ]
    found = evaluate(places, [Scenario("", row) for row in rows])
    return dict(next(one.scenario.inputs for one in found if one.now["2"].answer != one.now["3"].answer))


@pytest.mark.long
def test_after_a_promotion_it_is_said_which_scenarios_flipped(opened: Open, own_populated: Store) -> None:
    session = opened(own_populated)
    pin(session, "at the edge", between(own_populated))
    pin(session, "clear", SETOSA)
    assert "None of 2 scenarios flipped" in shown(session)
    was = pins(session)[0].answers["Production"].answer
    promote(own_populated, 3)
    session.run()
    stands(session)
    assert "⇄ 1 of 2 scenarios flipped since they were pinned." in shown(session)
    assert [warning.value for warning in session.warning] == ["⇄ 1 of 2 scenarios flipped since they were pinned."]
    answers = table(session).value["● Production · version 3"].tolist()
    assert f"⇄ was {was}" in answers[0]
    assert "⇄" not in answers[1]
    assert "◐ Staging · no version now" in table(session).value


@pytest.mark.long
def test_a_scenario_of_a_version_that_nobody_asks_any_more_keeps_its_answer(opened: Open, own_populated: Store) -> None:
    session = opened(own_populated, number=1)
    pin(session, "old", SETOSA)
    assert set(pins(session)[0].answers) == {"1", "Production", "Staging"}
    session.session_state["number"] = 2
    session.run()
    stands(session)
    assert "Version 1 · not asked now" in table(session).value
    assert "was setosa" in table(session).value["Version 1 · not asked now"][0]


@pytest.mark.long
def test_what_a_version_said_before_its_promotion_is_not_called_not_asked(opened: Open, own_populated: Store) -> None:
    session = opened(own_populated, number=1)
    pin(session, "old", SETOSA)
    promote(own_populated, 1)
    session.run()
    stands(session)
    assert list(table(session).value) == ["Name", "● Production · version 1", "◐ Staging · version 3"]


@pytest.mark.long
def test_a_version_with_other_columns_says_what_is_missing(opened: Open, own_populated: Store) -> None:
    session = opened(own_populated)
    pin(session, "one", {"petal length (cm)": 1.4, "petal width (cm)": 0.2})
    assert "does not say what this version wants to know: sepal length (cm), sepal width (cm)" in shown(session)
    assert "✗ no answer" in table(session).value["● Production · version 2"][0]


# Sharing


def test_a_link_and_its_code_lead_to_the_same_inputs(opened: Open, populated: Store) -> None:
    session = opened(populated, url="http://192.168.1.20:8501/predict")
    pin(session, "one", SETOSA)
    assert not session.code
    unfold(session, "share")
    (link,) = (code.value for code in session.code)
    assert link.startswith("http://192.168.1.20:8501/predict?")
    query = parse_qs(urlsplit(link).query)
    assert (query["model"], json.loads(query["inputs"][0])) == ([FLOWERS], SETOSA)
    (image,) = images(session)
    markup = base64.b64decode(image.url.split(",")[1]).decode()  # type: ignore[attr-defined]
    assert markup.replace(' xmlns="http://www.w3.org/2000/svg" ', " ").split() == (qr_picture(link) or "").split()
    assert "which on a phone is the phone itself" not in shown(session)


@pytest.mark.long
@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501"])
def test_a_link_to_this_computer_says_that_phones_need_another(opened: Open, populated: Store, host: str) -> None:
    session = opened(populated, url=f"http://{host}")
    pin(session, "one", SETOSA)
    unfold(session, "share")
    assert session.code[0].value.startswith(f"http://{host}/predict?model=")
    assert "which on a phone is the phone itself" in shown(session)


@pytest.mark.long
def test_a_link_holds_what_departs_from_typical_and_of_which_version(opened: Open, populated: Store) -> None:
    session = opened(populated, url="http://192.168.1.20:8501/predict")
    pin(session, "typical")
    (typical,) = pins(session)
    session = opened(populated, url="http://192.168.1.20:8501/predict")
    pin(session, "one", dict(typical.inputs) | {"petal length (cm)": 1.4})
    unfold(session, "share")
    query = parse_qs(urlsplit(session.code[0].value).query)
    assert json.loads(query["inputs"][0]) == {"petal length (cm)": 1.4}
    assert query["version"] == ["2"]
    assert len(query["typical"][0]) == 6


def test_a_dashboard_below_another_address_is_shared_by_it(opened: Open, populated: Store) -> None:
    session = opened(populated, url="https://school.example/pizarra/")
    pin(session, "one", SETOSA)
    unfold(session, "share")
    assert session.code[0].value.startswith("https://school.example/pizarra/predict?model=")


def test_the_shelf_can_be_taken_along(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "one", SETOSA)
    assert session.get_by_key("predict_shelf_csv").label == "Download as CSV"
    assert session.get_by_key("predict_shelf_html").label == "Download as a page to print or send"


# Staying after a reload


def come_again(session: AppTest) -> AppTest:
    """Open the page anew, as a browser does that reloads it: nothing is left of the session."""
    again = AppTest.from_function(page, default_timeout=60)
    again.query_params["lang"] = "en"
    again.session_state["model"] = session.session_state["model"]
    again.run()
    stands(again)
    return again


def test_a_reload_leaves_the_pins_on_the_shelf(opened: Open, populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "browser", lambda: "mine")
    session = opened(populated)
    assert "a reload keeps them" in shown(session)  # also before anything is pinned
    pin(session, "short", SETOSA)
    pin(session, "long", VIRGINICA)
    again = come_again(session)
    assert list(table(again).value["Name"]) == ["short", "long"]
    press(again, "remove")
    assert list(table(come_again(session)).value["Name"]) == ["short"]


@pytest.mark.long
def test_what_one_page_of_a_browser_pins_another_shows(
    opened: Open, populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "browser", lambda: "mine")
    one = opened(populated)
    other = come_again(one)
    pin(one, "here", SETOSA)
    pin(other, "there", VIRGINICA)
    assert list(table(one.run()).value["Name"]) == ["here", "there"]
    edit(one, 0, "Name", "first")
    assert list(table(other.run()).value["Name"]) == ["first", "there"]


def test_another_browser_sees_and_changes_nothing_of_it(
    opened: Open, populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "browser", lambda: "mine")
    session = opened(populated)
    pin(session, "short", SETOSA)
    monkeypatch.setattr(visitor, "browser", lambda: "theirs")
    theirs = come_again(session)
    assert "Nothing is pinned yet" in shown(theirs)
    pin(theirs, "long", VIRGINICA)
    monkeypatch.setattr(visitor, "browser", lambda: "mine")
    assert list(table(come_again(session)).value["Name"]) == ["short"]


def test_a_browser_without_cookies_is_told_before_a_reload_empties_its_shelf(opened: Open, populated: Store) -> None:
    session = opened(populated)
    assert "reloading the page empties the shelf" in shown(session)
    pin(session, "short", SETOSA)
    assert "Nothing is pinned yet" in shown(come_again(session))


def test_a_shelf_with_too_much_on_it_says_that_a_reload_empties_it(
    opened: Open, populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "browser", lambda: "mine")
    session = opened(populated)
    shelves = pinning._kept_shelves()
    monkeypatch.setattr(shelves, "_most_of_one", 500)
    pin(session, "short", SETOSA)
    session.run()
    assert "There is too much on this shelf" in shown(session)
    assert list(table(session).value["Name"]) == ["short"]


# Saving and loading


def save(session: AppTest, by: str = "Ana", name: str = "Edge cases") -> None:
    unfold(session, "saving")
    session.get_by_key("predict_shelf_save_name").set_value(name).run()
    session.get_by_key("predict_shelf_by").set_value(by).run()
    press(session, "save")


@pytest.mark.long
def test_a_shelf_is_saved_with_the_run_and_loaded_by_somebody_else(opened: Open, own_populated: Store) -> None:
    session = opened(own_populated)
    pin(session, "one", SETOSA)
    pin(session, "two", VIRGINICA)
    save(session)
    run_id = find_model(own_populated, FLOWERS).version(2).run_id
    (path,) = list_documents(own_populated, run_id, "scenarios")
    assert f"Saved as {path}" in shown(session)
    assert list(read_shelf(read_document(own_populated, run_id, path)).scenarios) == pins(session)
    other = opened(own_populated)
    assert other.get_by_key("predict_shelf_load").label == "Load 2 scenarios saved by Ana"
    press(other, "load")
    assert pins(other) == pins(session)
    assert "2 scenarios were loaded." in shown(other)
    press(other, "load")
    assert pins(other) == pins(session)
    assert "2 were here already." in shown(other)


@pytest.mark.long
def test_scenarios_saved_before_a_promotion_flip_when_they_are_loaded_after_it(
    opened: Open, own_populated: Store
) -> None:
    session = opened(own_populated)
    pin(session, "at the edge", between(own_populated))
    save(session)
    promote(own_populated, 3)
    other = opened(own_populated)
    assert "predict_shelf_load" not in {button.key for button in other.button}
    other.get_by_key("predict_shelf_others").check().run()
    press(other, "load")
    assert "⇄ The scenario flipped since it was pinned." in shown(other)


def test_nothing_is_saved_without_a_name(opened: Open, own_populated: Store) -> None:
    session = opened(own_populated)
    pin(session, "one", SETOSA)
    save(session, by=" ")
    assert "Say your name" in shown(session)
    run_id = find_model(own_populated, FLOWERS).version(2).run_id
    assert list_documents(own_populated, run_id, "scenarios") == []


def test_a_version_without_a_run_says_why_nothing_can_be_saved(opened: Open, store: Store, tmp_path: Path) -> None:
    register_folder(store, "bare", save_skops(tmp_path / "model"))
    session = opened(store, model="bare")
    pin(session, "one", {"length": 1.0, "width of it": 2.0})
    unfold(session, "saving")
    assert "comes from no run" in shown(session)
    assert "predict_shelf_save" not in {button.key for button in session.button}


@pytest.mark.long
def test_files_that_others_put_there_are_read_as_far_as_they_can_be(opened: Open, own_populated: Store) -> None:
    run_id = find_model(own_populated, FLOWERS).version(2).run_id
    entries = [{"name": "by hand", "inputs": SETOSA}, {"name": "no inputs"}, 7]
    by_hand = {"scenarios": entries, "by": "**Eve** <script>", "name": "<b>"}
    put(own_populated, run_id, "zz.json", json.dumps(by_hand))
    put(own_populated, run_id, "broken.json", "no json")
    put(own_populated, run_id, "list.json", "[]")
    session = opened(own_populated)
    page = shown(session)
    assert "Load 1 scenario saved by **Eve** <script>" in page
    assert r"\*\*Eve\*\* \<script\>" in session.get_by_key("predict_shelf_load").label
    assert "2 scenarios in this file cannot be read." in page
    assert "The file scenarios/broken.json of this run is no JSON that can be read" in page
    assert "must have a list called “scenarios”" in page
    press(session, "load")
    assert names(session) == ["by hand"]
    assert pins(session)[0].answers == {}
    assert table(session).value["● Production · version 2"][0].startswith("setosa (")


def test_hostile_names_are_text_in_the_panel(opened: Open, populated: Store) -> None:
    session = opened(populated)
    pin(session, "![x](http://evil.example/x.png) **b**", SETOSA)
    press(session, "remove")
    line = next(element.value for element in session.markdown if "was removed" in element.value)
    assert r"\!\[x\]" in line or r"!\[x\]" in line
    assert r"\*\*b\*\*" in line


def test_the_shelf_speaks_spanish(opened: Open, populated: Store) -> None:
    session = opened(populated, lang="es")
    pin(session, "uno", SETOSA)
    stands(session)
    assert "Producción" in " ".join(table(session).value)
