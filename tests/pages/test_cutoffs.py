"""The part of the Predict page about cut-offs, on a model of two classes that was really trained."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.i18n import number
from core.prediction.cutoffs import Costs, cheapest, cost_curve, cost_on_other_rows, outcomes
from core.store.connection import Store, open_store
from core.store.record import EVALUATION_TABLE
from core.store.registry.cutoffs import CUTOFF_TAG, read_cutoff, save_cutoff
from core.store.registry.registered_models import RegisteredModel, find_model
from core.store.runs.artifacts import read_table
from core.ui import session as visitor
from tests.fixtures.actors import ANA
from tests.fixtures.store_kinds import Stores
from tests.fixtures.stores import FLOWERS, refusing_changes, register_in, run_folder, train_run
from tests.fixtures.strangers import register_folder, save_skops
from tests.pages.reading import Dashboard, live_markdown, problems, shown, stands

Start = Callable[[str], Dashboard]
TUMOURS = "tumours"


@pytest.fixture(scope="module")
def trained(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with two versions of a model of two classes: only read it."""
    with stores.new(tmp_path_factory.mktemp("tumours")) as uri:
        store = open_store(uri)
        register_in(store, train_run(store, "breast_cancer", "logistic_regression", "line"), TUMOURS, "Production")
        neighbours = train_run(store, "breast_cancer", "nearest_neighbours", "neighbours")
        register_in(store, neighbours, TUMOURS, "Staging")
        yield store


@pytest.fixture
def tumours(stores: Stores, trained: Store, tmp_path: Path) -> Iterator[Store]:
    """A copy that the test may change."""
    with stores.copy(trained, tmp_path / "own") as uri:
        yield open_store(uri)


def page() -> None:
    """Show the part for a version and those that are live, as the Predict page does."""
    import streamlit as st

    from core.process import cache
    from core.ui import frame, session
    from core.ui.predict import cutoffs, version_choice

    session.begin()
    with frame.reporting():
        model = next(one for one in cache.models() if one.name == st.session_state["asked_model"])
        version = model.version(st.session_state["asked_version"])
        if st.toggle("There", value=True, key="there"):
            cutoffs.show_cutoffs(
                version_choice.open_versions(model, version, version_choice.choose_beside(model, version))
            )


def opened(app: Start, store: Store, model: str = TUMOURS, version: int = 1, lang: str = "en") -> AppTest:
    app(store.uri)
    session = AppTest.from_function(page, default_timeout=60)
    session.query_params["lang"] = lang
    session.session_state["asked_model"], session.session_state["asked_version"] = model, version
    session.run()
    stands(session)
    return session


def stored_rows(store: Store, version: int = 1) -> pd.DataFrame:
    return read_table(store, find_model(store, TUMOURS).version(version).run_id, EVALUATION_TABLE)


def tumours_of(store: Store) -> RegisteredModel:
    return find_model(store, TUMOURS)


def numbers(session: AppTest) -> list[str]:
    return [metric.value for metric in session.metric]


def charts(session: AppTest) -> list[Any]:
    return [json.loads(chart.proto.spec) for chart in session.get("plotly_chart")]


def move(session: AppTest, cutoff: float) -> None:
    session.slider(key="predict_cutoff").set_value(cutoff).run()
    stands(session)


def press(session: AppTest, key: str) -> None:
    session.button(key=key).click().run()
    stands(session)


@pytest.mark.long
def test_each_version_has_its_figures_and_numbers(app: Start, trained: Store) -> None:
    session = opened(app, trained)
    people, others, _costs = charts(session)
    found = outcomes(stored_rows(trained), "malignant", 0.5)
    for figure in (people, others):
        assert sum(int(trace["name"].split(": ")[-1]) for trace in figure["data"]) == 100
    assert people != others
    assert len(numbers(session)) == 6
    assert numbers(session)[2] == f"{found.cost(Costs(1, 5)):.2f}".rstrip("0").rstrip(".")
    assert f"Of {found.rows} test rows, {found.true_positive + found.false_negative} are “malignant”" in shown(session)


@pytest.mark.long
def test_both_versions_are_on_one_curve_of_costs(app: Start, trained: Store) -> None:
    lines = [trace["name"] for trace in charts(opened(app, trained))[-1]["data"] if trace["mode"] == "lines"]
    assert len(lines) == 2
    assert "Production · version 1 · ★" in lines[0]
    assert "Staging · version 2 · ★" in lines[1]


def test_moving_the_cutoff_changes_what_happens(app: Start, trained: Store) -> None:
    session = opened(app, trained)
    move(session, 0.05)
    low = numbers(session)
    move(session, 0.95)
    assert numbers(session)[:3] != low[:3]
    assert "cut-off 95%" in charts(session)[-1]["layout"]["annotations"][0]["text"]


@pytest.mark.long
def test_costs_are_asked_for_in_the_words_of_the_classes(app: Start, trained: Store) -> None:
    session = opened(app, trained)
    wrong, missed = session.number_input
    assert (wrong.label, wrong.value) == ("Cost of wrongly saying “malignant”", 1)
    assert (missed.label, missed.value) == ("Cost of missing a “malignant”", 5)
    missed.set_value(50.0).run()
    cost = outcomes(stored_rows(trained), "malignant", 0.5).cost(Costs(1, 50))
    assert numbers(session)[2] == f"{cost:.2f}".rstrip("0").rstrip(".")


@pytest.mark.long
@pytest.mark.parametrize("version", [1, 2])
def test_the_cheapest_cutoff_moves_the_slider(app: Start, trained: Store, version: int) -> None:
    session = opened(app, trained)
    move(session, 0.9)
    press(session, f"predict_cheapest_{version}")
    best = cheapest(cost_curve(stored_rows(trained, version), "malignant", Costs(1, 5)))
    assert session.slider(key="predict_cutoff").value == best
    assert session.button(key=f"predict_cheapest_{version}").disabled


def rewritten(store: Store, of_version: int, rows: pd.DataFrame) -> None:
    """Let a run have stored other test answers."""
    run_id = tumours_of(store).version(of_version).run_id
    rows.to_parquet(run_folder(store, run_id) / EVALUATION_TABLE)


def test_the_cheapest_is_priced_on_the_rows_that_chose_it_and_on_others(app: Start, trained: Store) -> None:
    rows, costs = stored_rows(trained), Costs(1, 5)
    best = cheapest(cost_curve(rows, "malignant", costs))
    here = outcomes(rows, "malignant", best).cost(costs)
    others = cost_on_other_rows(rows, "malignant", costs)
    assert others is not None
    assert others > here
    said = shown(opened(app, trained))
    assert f"where errors cost {number(here, 2)} per 100 of the test rows that it was chosen on" in said
    assert f"Expect about {number(others, 2)} on others" in said


@pytest.mark.long
def test_a_cheapest_cutoff_below_the_first_step_is_set_and_saved_exactly(app: Start, tumours: Store) -> None:
    rows = stored_rows(tumours)
    is_bad = rows["answer"] == "malignant"
    rows["probability_malignant"] = is_bad.map({True: 0.00037, False: 0.00021})
    rewritten(tumours, 1, rows.assign(probability_benign=1 - rows["probability_malignant"]))
    session = opened(app, tumours)
    press(session, "predict_cheapest_1")
    press(session, "predict_cutoff_save")
    saved = read_cutoff(tumours_of(tumours).tags)
    assert saved is not None
    assert 0.00021 < saved <= 0.00037
    assert outcomes(rows, "malignant", saved).cost(Costs(1, 5)) == 0
    assert "**0.03%** is saved for this model" in shown(session)


@pytest.mark.long
def test_never_saying_it_is_named_where_no_cutoff_is_as_cheap(app: Start, tumours: Store) -> None:
    rows = stored_rows(tumours)
    rewritten(tumours, 1, rows.assign(probability_malignant=1.0, probability_benign=0.0))
    session = opened(app, tumours)
    session.number_input(key="predict_cost_fp").set_value(100.0).run()
    assert "never saying “malignant” would cost" in shown(session)


@pytest.mark.long
def test_outcomes_too_rare_for_a_figure_are_told_in_rows(app: Start, tumours: Store) -> None:
    """Of 1,409 rows, 4 are found, 4 missed and 4 false alarms."""
    kinds = [("malignant", 0.9)] * 4 + [("malignant", 0.1)] * 4 + [("benign", 0.9)] * 4 + [("benign", 0.1)] * 1397
    rows = stored_rows(tumours).iloc[[0] * len(kinds)].reset_index(drop=True)
    chance = pd.Series([chance for _answer, chance in kinds])
    rows = rows.assign(
        row=range(len(kinds)), answer=[answer for answer, _chance in kinds], probability_malignant=chance,
        probability_benign=1 - chance, prediction=["malignant" if one > 0.5 else "benign" for one in chance],
    )  # fmt: skip
    rewritten(tumours, 1, rows)
    assert (
        "Too few rows for a figure: rightly said “malignant” (4), missed: was “malignant” (4), "
        "wrongly said “malignant” (4)." in shown(opened(app, tumours))
    )


@pytest.mark.long
def test_a_saved_cutoff_is_the_models_and_is_said(app: Start, tumours: Store) -> None:
    session = opened(app, tumours)
    assert "No cut-off is saved for this model" in shown(session)
    move(session, 0.35)
    press(session, "predict_cutoff_save")
    assert read_cutoff(tumours_of(tumours).tags) == 0.35
    assert [toast.value for toast in session.toast] == [
        "Saved. From now on the model says “malignant” from 35% on, everywhere."
    ]
    assert "**35%** is saved for this model: it says “malignant” from there on, everywhere" in shown(session)
    assert session.button(key="predict_cutoff_save").disabled
    session.run()
    assert not session.toast


@pytest.mark.long
def test_a_cutoff_is_a_try_until_it_is_saved(app: Start, tumours: Store) -> None:
    save_cutoff(tumours, ANA, TUMOURS, 0.35)
    session = opened(app, tumours)
    assert "**35%** is saved for this model" in shown(session)
    move(session, 0.2)
    assert "**20%** is only a try" in shown(session)
    assert "from **35%** on, everywhere" in shown(session)
    assert session.slider(key="predict_cutoff").label.startswith("Try:")


def test_moving_the_cutoff_says_what_becomes_of_this_case(app: Start, trained: Store) -> None:
    session = app(trained.uri).open("predict", model=TUMOURS, look="cutoff", beside="none")
    move(session, 1.0)
    found = re.search(r"At 100% this case, (.+)% likely “malignant”, is \*\*benign\*\*, as it is now\.", shown(session))
    assert found
    move(session, float(found[1]) / 100 // 0.01 * 0.01)
    assert f"this case, {found[1]}% likely “malignant”, would be **malignant**. Now it is benign." in shown(session)


def test_each_of_two_versions_says_what_becomes_of_this_case(app: Start, trained: Store) -> None:
    session = app(trained.uri).open("predict", model=TUMOURS, look="cutoff")
    assert len(re.findall(r"version \d: At 50% this case", shown(session))) == 2


@pytest.mark.long
def test_a_saved_cutoff_is_taken_away(app: Start, tumours: Store) -> None:
    save_cutoff(tumours, ANA, TUMOURS, 0.35)
    session = opened(app, tumours)
    press(session, "predict_cutoff_drop")
    assert CUTOFF_TAG not in tumours_of(tumours).tags
    assert "Taken away" in session.toast[0].value
    assert "predict_cutoff_drop" not in {button.key for button in session.button}


@pytest.mark.long
@pytest.mark.parametrize(("saved", "start"), [(None, 0.5), (0.35, 0.35), (0.0, 0.0), (1.0, 1.0), (0.00031, 0.00031)])
def test_the_slider_begins_at_the_saved_cutoff(app: Start, tumours: Store, saved: float | None, start: float) -> None:
    save_cutoff(tumours, ANA, TUMOURS, saved)
    assert opened(app, tumours).slider(key="predict_cutoff").value == start


def test_what_was_chosen_is_still_there_after_looking_elsewhere(app: Start, trained: Store) -> None:
    session = opened(app, trained)
    move(session, 0.2)
    session.number_input(key="predict_cost_fn").set_value(9.0).run()
    session.toggle(key="there").set_value(False).run()
    assert not session.slider
    session.toggle(key="there").set_value(True).run()
    assert session.slider(key="predict_cutoff").value == 0.2
    assert session.number_input(key="predict_cost_fn").value == 9


@pytest.mark.long
def test_another_model_begins_at_its_own_cutoff(app: Start, tumours: Store) -> None:
    run_id = tumours_of(tumours).version(1).run_id
    register_in(tumours, run_id, "another", "None")
    save_cutoff(tumours, ANA, "another", 0.7)
    session = opened(app, tumours)
    move(session, 0.2)
    session.session_state["asked_model"] = "another"
    session.run()
    assert session.slider(key="predict_cutoff").value == 0.7


@pytest.mark.long
def test_only_the_presenter_may_save(app: Start, tumours: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(app, tumours)
    monkeypatch.setattr(visitor, "ip_address", lambda: "192.168.1.20")
    press(session, "predict_cutoff_save")  # the button was there before
    assert any("Only the presenter may do this" in problem for problem in problems(session))
    assert CUTOFF_TAG not in tumours_of(tumours).tags
    assert "Only the presenter may save a cut-off" in shown(session)
    assert "predict_cutoff_save" not in {button.key for button in session.button}


@pytest.mark.long
def test_a_store_that_refuses_is_said(app: Start, tumours: Store) -> None:
    session = opened(app, tumours)
    with refusing_changes(tumours, "insert", "registered_model_tags"):
        press(session, "predict_cutoff_save")
    assert any("The store refused the change" in problem for problem in problems(session))
    assert not session.toast


@pytest.mark.long
def test_a_model_of_three_classes_has_no_cutoff(app: Start, populated: Store) -> None:
    session = opened(app, populated, FLOWERS, 2)
    assert "version 2 does not say how likely each of two classes is" in shown(session)
    assert not session.slider


@pytest.mark.long
def test_a_version_whose_run_stored_no_answers_is_left_out(app: Start, tumours: Store, tmp_path: Path) -> None:
    number = register_folder(tumours, TUMOURS, save_skops(tmp_path / "stranger"))
    session = opened(app, tumours, version=number)
    assert f"version {number}: its run stored no answers to test rows" in shown(session)
    assert len(numbers(session)) == 6  # those of Production and Staging


def test_names_of_classes_are_shown_as_they_are_written(app: Start, tumours: Store) -> None:
    wild = {"benign": "**fine** <b>", "malignant": ":red[bad] [x](y)"}
    rows = stored_rows(tumours).replace({"answer": wild, "prediction": wild})
    rows = rows.rename(columns={f"probability_{name}": f"probability_{wild[name]}" for name in wild})
    rewritten(tumours, 1, rows)
    session = opened(app, tumours)
    live = "\n".join(text for _place, text in live_markdown(session))
    assert "**fine" not in live
    assert ":red[" not in live
    assert "](y)" not in live
    assert "wrongly saying “:red[bad] [x](y)”" in shown(session)
    assert "version 2 answers with other classes, so it is left out" in shown(session)
