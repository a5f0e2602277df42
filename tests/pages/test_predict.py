"""Predict: what is asked, how inputs are moved, what is answered and what lies behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC
from streamlit.testing.v1 import AppTest

from core.i18n import percent
from core.serving import logged
from core.serving.log.reading import inputs_of, read_log
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE
from core.store.registry.cutoffs import save_cutoff
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import read_table
from tests.fixtures.actors import ANA
from tests.fixtures.kinds import kinds
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS, SUGAR, register_in, train_run
from tests.fixtures.strangers import register_folder, save_pickled, save_pyfunc, save_skops
from tests.pages.reading import Dashboard, problems, shown, stands, turn_to

Start = Callable[[str], Dashboard]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
PETALS = '{"petal length (cm)": 1.5, "petal width (cm)": 0.3}'


def sliders(session: AppTest) -> dict[str, float]:
    return {slider.label: slider.value for slider in session.slider if slider.key.startswith("predict_in_")}


def press(session: AppTest, key: str) -> AppTest:
    session.get_by_key(key).click().run()
    stands(session)
    return session


def held(session: AppTest) -> dict[str, object]:
    """Return the inputs that the address holds."""
    return json.loads(session.query_params.get("inputs") or "{}")  # type: ignore[no-any-return]


# What is asked


def test_production_answers_beside_staging(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS)
    assert session.query_params["stage"] == "Production"
    assert session.query_params["version"] == "2"
    assert [metric.value for metric in session.metric] == ["versicolor", "versicolor"]
    assert "They agree; their chances are" in shown(session)


def test_any_two_can_be_asked_and_one_alone(app: Start, populated: Store) -> None:
    dashboard = app(populated.uri)
    session = dashboard.open("predict", model=FLOWERS, beside="1")
    assert "● Production" in shown(session)
    assert "▢ Archived" in shown(session)
    assert len(session.metric) == 2
    session.get_by_key(f"predict_beside_{FLOWERS}").set_value("none").run()
    stands(session)
    assert len(session.metric) == 1
    assert session.query_params["beside"] == "none"
    assert "They agree" not in shown(session)


def test_an_archived_version_is_asked_beside_the_live_ones(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, version="1")
    assert session.query_params["version"] == "1"
    assert "▢ Archived · version 1" in shown(session)
    answers = [text.value for text in session.markdown if text.value.startswith("#### ")]
    assert len(answers) == 3  # three words do not fit in the largest letters


def test_a_projector_shows_answers_whole(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, projector="1")
    assert not session.metric  # they would be cut off
    assert [text.value for text in session.markdown if text.value.startswith("#### ")] == ["#### versicolor"] * 2


def test_a_model_that_is_not_there_gives_the_first(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model="nobody", version="99", stage="Nowhere")
    assert session.query_params["model"] in {FLOWERS, SUGAR}
    assert session.metric


def test_another_model_is_asked_in_production_not_by_the_last_ones_number(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=SUGAR, inputs='{"bmi": 30.0}')
    assert session.query_params["version"] == "1"
    session.get_by_key("predict_model").set_value(FLOWERS).run()
    stands(session)
    assert session.query_params["version"] == "2"
    assert session.query_params["stage"] == "Production"
    assert held(session) == {}


def test_one_that_cannot_be_opened_leaves_the_others(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "mixed", save_skops(tmp_path / "good"))
    broken = save_skops(tmp_path / "broken")
    (broken / "model.skops").write_bytes(b"not a model")
    register_folder(store, "mixed", broken)
    session = app(store.uri).open("predict", model="mixed", version="1", beside="2")
    assert len(session.metric) == 1
    assert session.error or session.warning or "would run code" in shown(session)


# The form


def test_moving_an_input_changes_the_answer_and_the_address(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS)
    assert held(session) == {}
    for slider in session.slider:
        if "petal" in slider.label:
            slider.set_value(slider.min)
    session.run()
    stands(session)
    assert session.metric[0].value == "setosa"
    assert set(held(session)) == {"petal length (cm)", "petal width (cm)"}
    press(session, "predict_typical")
    assert session.metric[0].value == "versicolor"
    assert held(session) == {}


@pytest.mark.long
def test_what_somebody_asks_is_logged_with_what_staging_says_once_it_stayed(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS)
    log = logged.prediction_log()
    for slider in session.slider:
        if "petal" in slider.label:
            slider.set_value(slider.min)
    session.run()
    asked = sliders(session)
    assert until(lambda: len(read_log(log.folder, FLOWERS, YESTERDAY)) > 0, 20)
    session.run()  # the same once more
    press(session, "predict_typical")  # which the form shows first
    said = read_log(log.folder, FLOWERS, YESTERDAY)
    assert said[["version", "stage", "origin", "prediction", "shadow_version"]].to_numpy().tolist() == [
        [2, "Production", "predict page", "setosa", 3]
    ]
    assert inputs_of(said).iloc[0].to_dict() == pytest.approx(asked)
    assert said["shadow_differs"].tolist() == [False]


def test_the_address_brings_its_inputs_and_holds_them(app: Start, populated: Store) -> None:
    inputs = '{"petal length (cm)": 1.5, "petal width (cm)": 0.3, "sepal length (cm)": null, "nobody": 1}'
    session = app(populated.uri).open("predict", model=FLOWERS, version="2", inputs=inputs)
    assert sliders(session)["petal length (cm)"] == 1.5
    assert sliders(session)["petal width (cm)"] == 0.3
    assert session.metric[0].value == "setosa"
    assert held(session) == json.loads(PETALS)
    assert "The model does not ask for: nobody." in shown(session)
    assert "Empty in the address, so typical values: sepal length (cm)." in shown(session)


@pytest.mark.parametrize("cell", ['"long"', '"15,123"', "[1]", "1e999"])
def test_an_address_with_a_cell_that_cannot_be_read_is_not_used(app: Start, populated: Store, cell: str) -> None:
    inputs = f'{{"petal length (cm)": 1.5, "sepal length (cm)": {cell}}}'
    session = app(populated.uri).open("predict", model=FLOWERS, version="2", inputs=inputs)
    assert "The inputs in the address are not used." in shown(session)
    assert "sepal length (cm):" in shown(session)
    assert held(session) == {}


@pytest.mark.parametrize("inputs", ["{", "[1]", "7", "null"])
def test_inputs_that_cannot_be_read_are_said(app: Start, populated: Store, inputs: str) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, inputs=inputs)
    assert "The inputs in the address cannot be read" in shown(session)
    assert held(session) == {}


def test_one_input_is_reset_alone(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, inputs=PETALS)
    (key,) = [b.key for b in session.button if "petal length" in str(b.key) and str(b.key).endswith("_reset")]
    press(session, key)
    assert held(session) == {"petal width (cm)": 0.3}
    assert session.get_by_key(key).disabled


def test_values_outside_of_training_need_the_switch_and_turn_it_on_when_they_are_asked_for(
    app: Start, populated: Store
) -> None:
    dashboard = app(populated.uri)
    inside = dashboard.open("predict", model=FLOWERS)
    petal = next(slider for slider in inside.slider if slider.label == "petal length (cm)")
    assert (petal.min, petal.max) == (1.1, 6.9)
    outside = dashboard.open("predict", model=FLOWERS, inputs='{"petal length (cm)": 9.5}')
    assert outside.get_by_key("predict_outside").value
    assert sliders(outside)["petal length (cm)"] == 9.5
    assert "■ Never seen" in shown(outside)
    assert "is above 6.9" in shown(outside)
    outside.get_by_key("predict_outside").set_value(False).run()
    stands(outside)
    assert sliders(outside)["petal length (cm)"] == 6.9
    assert "■ Never seen" not in shown(outside)


def test_a_real_case_shows_its_true_answer_until_something_moves(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS)
    press(session, "predict_take_case")
    assert "Its true answer:" in shown(session)
    table = read_table(populated, find_model(populated, FLOWERS).version(2).run_id, EVALUATION_TABLE)
    now = sliders(session)
    same = (table[list(now)] == pd.Series(now)).all(axis=1)
    assert same.any()
    session.slider[0].set_value(session.slider[0].min).run()
    stands(session)
    assert "Its true answer:" not in shown(session)


def test_a_case_that_the_model_gets_wrong_is_one(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=SUGAR)
    session.get_by_key("predict_case_kind").set_value("wrong").run()
    stands(session)
    assert "9 test rows are like that" in shown(session)  # the tenth of 89 with the largest errors
    press(session, "predict_take_case")
    assert "Its true answer:" in shown(session)


def test_a_pasted_row_moves_the_form_and_says_what_it_lacked(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS)
    session.get_by_key("predict_pasted").set_value("petal length (cm);petal width (cm);shoe\n1,5;0,3;43").run()
    press(session, "predict_use_pasted")
    assert held(session) == json.loads(PETALS)
    assert "Not in the row, so left as they were: sepal length (cm), sepal width (cm)." in shown(session)
    assert "The model does not ask for: shoe." in shown(session)
    session.get_by_key("predict_pasted").set_value("{").run()
    press(session, "predict_use_pasted")
    assert "must be one row, as CSV or as JSON" in shown(session)
    assert held(session) == json.loads(PETALS)


def test_a_pasted_cell_that_cannot_be_read_is_named_and_nothing_changes(
    app: Start, store: Store, tmp_path: Path
) -> None:
    rows = pd.DataFrame({"age": [20.0, 40.0, 30.0], "income": [1.5, 2.5, 3.5]})
    line = LinearRegression().fit(rows, rows["income"])
    register_folder(store, "loans", save_skops(tmp_path / "model", line, signature=infer_signature(rows)))
    session = app(store.uri).open("predict", model="loans", inputs='{"income": 7.5}')
    session.get_by_key("predict_pasted").set_value("age;income\n30;45,000").run()
    press(session, "predict_use_pasted")
    assert "income: '45,000' may have decimals or thousands" in shown(session)
    assert held(session) == {"income": 7.5}
    assert float(session.metric[0].value) == pytest.approx(7.5)


def test_an_address_opens_the_very_same_inputs_though_it_names_few(app: Start, populated: Store) -> None:
    dashboard = app(populated.uri)
    session = dashboard.open("predict", model=FLOWERS, inputs='{"petal length (cm)": 1.5}')
    address = {name: "".join(text) for name, text in session.query_params.items()}
    assert held(session) == {"petal length (cm)": 1.5}
    friend = dashboard.open("predict", **address)
    assert not friend.warning
    assert sliders(friend) == sliders(dashboard.open("predict", model=FLOWERS)) | {"petal length (cm)": 1.5}


def test_an_address_whose_typical_values_are_others_by_now_says_so(app: Start, populated: Store) -> None:
    address = {"model": FLOWERS, "inputs": '{"petal length (cm)": 1.5}', "typical": "0a1b2c"}
    session = app(populated.uri).open("predict", **address)
    assert "inputs that the address does not name may be others than were meant" in shown(session)
    assert "".join(session.query_params["typical"]) == "0a1b2c"  # so a reload says so again
    press(session, "predict_typical")
    assert "typical" not in session.query_params
    session.run()
    assert not session.warning


def test_an_address_of_all_inputs_says_nothing_of_typical_values(app: Start, populated: Store) -> None:
    typical = sliders(app(populated.uri).open("predict", model=FLOWERS))
    session = app(populated.uri).open("predict", model=FLOWERS, inputs=json.dumps(typical | {"petal width (cm)": 0.3}))
    assert not session.warning
    assert sliders(session) == typical | {"petal width (cm)": 0.3}


def test_forty_inputs_fold_and_are_found(app: Start, store: Store, tmp_path: Path) -> None:
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 40)), columns=[f"input {n}" for n in range(40)])
    line = LinearRegression().fit(rows, rows["input 33"])
    register_folder(store, "wide", save_skops(tmp_path / "model", line, signature=infer_signature(rows)))
    session = app(store.uri).open("predict", model="wide")
    assert "32 more inputs" in shown(session)
    assert len([field for field in session.number_input if field.key.startswith("predict_in_")]) == 8
    session.get_by_key("predict_search").set_value("put 33").run()
    stands(session)
    assert [field.label for field in session.number_input if field.key.startswith("predict_in_")] == ["input 33"]
    session.number_input[0].set_value(7.0).run()
    stands(session)
    session.get_by_key("predict_search").set_value("").run()
    assert held(session) == {"input 33": 7.0}  # what is out of sight keeps its value
    assert float(session.metric[0].value) == pytest.approx(7.0)


# Models of other programs


@pytest.mark.part(10)
@pytest.mark.parametrize(
    "name",  # of variants one is enough, and every time some: what each answers, test_every_kind.py asks every time
    [
        pytest.param(name, marks=() if place % 5 == 0 or kinds()[name].knows_nothing else pytest.mark.long)
        for place, name in enumerate(name for name in kinds() if ": " not in name)
    ],
)
def test_every_kind_of_model_has_a_form_and_answers(app: Start, store: Store, tmp_path: Path, name: str) -> None:
    kind = kinds()[name]
    folder = tmp_path / "model"
    kind.save(folder)
    register_folder(store, "stranger", folder)
    session = app(store.uri).open("predict", model="stranger")
    press(session, "predict_allow")
    if kind.knows_nothing:
        assert "does not say what it wants to know" in shown(session)
        session.get_by_key("predict_unknown").set_value(json.dumps(kind.row)).run()
        press(session, "predict_use_unknown")
    assert not problems(session), problems(session)
    assert len(session.metric) == max(1, len(kind.several))
    for look in ("why", "vary", "flip"):
        turn_to(session, look=look)
        assert not problems(session), (look, problems(session))


def test_a_date_and_yes_or_no_have_controls_of_their_own(app: Start, store: Store, tmp_path: Path) -> None:
    kinds()["function, dates and yes/no"].save(tmp_path / "model")
    register_folder(store, "weather", tmp_path / "model")
    session = app(store.uri).open("predict", model="weather", inputs='{"day":"2026-03-01","wet":true,"mm":2.5}')
    press(session, "predict_allow")
    assert session.metric[0].value == "5.5"
    assert [toggle.label for toggle in session.toggle if toggle.key.startswith("predict_in_")] == ["wet"]


@pytest.mark.long
def test_an_optional_input_may_be_left_unknown(app: Start, populated: Store, own_populated: Store) -> None:
    run = train_run(own_populated, "telco_churn", "logistic_regression", "churn line")
    register_in(own_populated, run, "churn", "Production")
    session = app(own_populated.uri).open("predict", model="churn")
    (key,) = [box.key for box in session.checkbox if "TotalCharges" in str(box.key)]
    session.get_by_key(key).check().run()
    stands(session)
    assert held(session) == {"TotalCharges": None}
    assert session.metric


# The answer


def test_a_number_is_answered_in_the_readers_format_with_its_interval(app: Start, populated: Store) -> None:
    english = app(populated.uri).open("predict", model=SUGAR, lang="en")
    spanish = app(populated.uri).open("predict", model=SUGAR, lang="es")
    assert "." in english.metric[0].value
    assert spanish.metric[0].value == english.metric[0].value.replace(".", ",")
    assert "for 90% of such cases" in shown(english)
    assert "by its errors on 89 test rows" in shown(english)


def test_where_classes_differ_they_disagree_and_it_is_explained(app: Start, store: Store, tmp_path: Path) -> None:
    rows = pd.DataFrame({"age": [20.0, 30, 60, 70], "pay": [1.0, 2, 1, 2]})
    for number, answers in enumerate((["no", "no", "yes", "yes"], ["no", "yes", "no", "yes"])):
        model = LogisticRegression(C=100).fit(rows, answers)
        folder = save_skops(tmp_path / f"model{number}", model, signature=infer_signature(rows, np.array(answers)),
                            input_example=rows.head(1))  # fmt: skip
        register_folder(store, "split", folder)
    session = app(store.uri).open("predict", model="split", version="1", beside="2", inputs='{"age":70.0,"pay":1.0}')
    assert [metric.value for metric in session.metric] == ["yes", "no"]
    assert "They disagree" in shown(session)
    assert "What sets ○ No stage · version 1 apart: age pushed it up most" in shown(session)


def test_a_classifier_beside_a_regression_cannot_be_compared(app: Start, store: Store, tmp_path: Path) -> None:
    rows = pd.DataFrame({"age": [20.0, 30, 60, 70], "pay": [1.0, 2, 1, 2]})
    for model, answers in ((LinearSVC(), [0, 0, 1, 1]), (LinearRegression(), [2.0, 3.0, 6.0, 7.0])):
        model.fit(rows, answers)
        signature = infer_signature(rows, np.array(answers))
        folder = save_skops(tmp_path / type(model).__name__, model, signature=signature, input_example=rows.head(1))
        register_folder(store, "both", folder)
    session = app(store.uri).open("predict", model="both", version="1", beside="2", inputs='{"age":70.0,"pay":2.0}')
    assert [metric.value for metric in session.metric] == ["1", "7"]
    assert "They cannot be compared" in shown(session)
    assert "One answers with a class, the other with a number" in shown(session)
    assert "They disagree" not in shown(session)


def test_each_of_several_labels_says_how_sure_it_is(app: Start, store: Store, tmp_path: Path) -> None:
    rows = pd.DataFrame({"age": [20.0, 30, 60, 70] * 5, "pay": [1.0, 1, 1, 2] * 5})
    labels = np.column_stack([rows["age"] > 45, rows["pay"] > 1.5]).astype(int)
    model = OneVsRestClassifier(LogisticRegression(C=100)).fit(rows, labels)
    folder = save_skops(tmp_path / "model", model, signature=infer_signature(rows, labels), input_example=rows.head(1))
    register_folder(store, "labels", folder)
    session = app(store.uri).open("predict", model="labels", inputs='{"age":60.0,"pay":1.0}')
    assert [metric.value for metric in session.metric[:2]] == ["1", "0"]
    chances = model.predict_proba(pd.DataFrame({"age": [60.0], "pay": [1.0]}))[0]
    for chance in (chances[0], 1 - chances[1]):
        assert f"{percent(chance)} sure" in shown(session)


def test_clusters_are_called_so(app: Start, store: Store, tmp_path: Path) -> None:
    rows = pd.DataFrame({"age": [20.0, 30, 60, 70], "pay": [1.0, 2, 1, 2]})
    model = KMeans(2, random_state=0, n_init=1).fit(rows)
    folder = save_skops(tmp_path / "model", model, signature=infer_signature(rows), input_example=rows.head(1))
    register_folder(store, "groups", folder)
    session = app(store.uri).open("predict", model="groups", lang="es")
    assert session.metric[0].value == f"grupo {model.predict(rows.head(1))[0]}"


def test_the_nearest_real_case_is_a_press_away(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, inputs='{"petal length (cm)": 1.0}')
    assert "The nearest real case, true answer" in shown(session)
    press(session, "predict_show_nearest")
    assert "differs in 0 inputs" in shown(session)
    assert session.get_by_key("predict_show_nearest").disabled


# What lies behind it


def test_the_looks_follow_the_inputs_and_are_in_the_address(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, look="why")
    before = shown(session)
    assert "comes from: each input moved it up or down" in before
    session.slider[0].set_value(session.slider[0].max).run()
    stands(session)
    assert shown(session) != before
    turn_to(session, look="vary")
    assert session.query_params["look"] == "vary"
    assert "Two at once" in shown(session)


def test_a_suggested_change_flips_the_answer_when_it_is_pressed(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, look="flip")
    assert session.metric[0].value == "versicolor"
    press(session, "predict_change_0")
    assert session.metric[0].value != "versicolor"


def test_locked_inputs_stay(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=FLOWERS, look="flip")
    (locks,) = [group for group in session.button_group if str(group.key).startswith("predict_locks_")]
    locks.set_value(["petal length (cm)", "petal width (cm)"]).run()
    stands(session)
    suggested = [button.label for button in session.button if str(button.key).startswith("predict_change_")]
    assert not any("petal" in label for label in suggested)
    assert "rows were tried" in shown(session)


def test_a_number_can_be_brought_to_a_target(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("predict", model=SUGAR, look="flip")
    before = float(session.metric[0].value)
    session.get_by_key(f"predict_flip_target_{SUGAR}").set_value(before + 20).run()
    stands(session)
    press(session, "predict_change_0")
    assert float(session.metric[0].value) >= before + 20


@pytest.mark.long
def test_a_function_that_fails_on_a_row_is_said_and_the_form_stays(app: Start, store: Store, tmp_path: Path) -> None:
    def picky(rows: pd.DataFrame) -> pd.Series:
        if rows["x"].iloc[0] < 0:
            raise ValueError("x must not be negative")
        return rows["x"]

    folder = save_pyfunc(tmp_path / "model", picky, signature=infer_signature(pd.DataFrame({"x": [1.0]})))
    register_folder(store, "picky", folder)
    session = app(store.uri).open("predict", model="picky", inputs='{"x":-1.0}')
    press(session, "predict_allow")
    assert "could not answer: " in shown(session)
    session.number_input[0].set_value(3.0).run()
    stands(session)
    assert not session.error
    assert session.metric[0].value == "3"


def test_two_versions_with_other_inputs_are_both_asked(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "grown", save_pickled(tmp_path / "one"))
    rows = pd.DataFrame({"length": [1.0, 2, 3, 4], "height": [4.0, 3, 2, 1]})
    line = LinearRegression().fit(rows, [1.0, 2, 3, 4])
    register_folder(store, "grown", save_skops(tmp_path / "two", line, signature=infer_signature(rows)))
    session = app(store.uri).open("predict", model="grown", version="2", beside="1")
    assert not session.exception
    assert session.metric


def test_a_word_that_training_never_saw_needs_the_switch(app: Start, own_populated: Store) -> None:
    run = train_run(own_populated, "telco_churn", "logistic_regression", "churn line")
    register_in(own_populated, run, "churn", "Production")
    session = app(own_populated.uri).open("predict", model="churn", inputs='{"Contract":"Ten years"}')
    assert session.get_by_key("predict_outside").value
    assert "Contract “Ten years” is in no training row" in shown(session)
    session.get_by_key("predict_outside").set_value(False).run()
    stands(session)
    assert held(session) == {}
    assert "is in no training row" not in shown(session)
    contract = next(box for box in session.selectbox if box.label == "Contract")
    assert "Ten years" not in contract.options


def test_a_suggestion_moves_the_control_even_if_the_browser_missed_the_run(app: Start, populated: Store) -> None:
    """A control that only got a value set would send back what it had before, with the next thing that is pressed."""
    session = app(populated.uri).open("predict", model=FLOWERS)
    petal = next(slider for slider in session.slider if slider.label == "petal length (cm)")
    petal.set_value(6.0).run()
    stale = {str(slider.key): slider.value for slider in session.slider}
    press(session, "predict_typical")
    moved = next(slider for slider in session.slider if slider.label == "petal length (cm)")
    assert str(moved.key) not in stale
    assert held(session) == {}


def test_a_saved_cutoff_counts_in_every_answer_of_the_page(app: Start, store: Store, tmp_path: Path) -> None:
    rows = pd.DataFrame({"age": [20.0, 30, 60, 70]})
    model = LogisticRegression().fit(rows, ["no", "no", "yes", "yes"])
    folder = save_skops(tmp_path / "model", model, signature=infer_signature(rows), input_example=rows.tail(1))
    register_folder(store, "split", folder)
    dashboard = app(store.uri)
    assert dashboard.open("predict", model="split").metric[0].value == "yes"
    save_cutoff(store, ANA, "split", 1.0)
    session = dashboard.open("predict", model="split", look="shelf")
    assert session.metric[0].value == "no"
    assert "The chosen cut-off counts: from 100% on it says yes." in shown(session)
    press(session, "predict_shelf_pin")
    assert "no (" in shown(session)
