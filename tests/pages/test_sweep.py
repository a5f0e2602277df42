"""The Sweep page: its form, and sweeps of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core.process import shared
from core.store.abandoned import ABANDONED
from core.store.connection import Store
from core.store.owner import machine
from core.store.runs.directions import Direction, say_direction
from core.store.runs.tracking import get_run
from core.training.sweeps import linked
from core.training.sweeps.conductor import ALL_FAILED
from core.training.sweeps.space import Values
from core.training.sweeps.sweeps import sweep_of
from core.training.sweeps.trials import SWEEP_TAG, read_trials
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.sweeps import GONE, GRID, WHY, swept
from tests.pages.reading import Dashboard, everything_on, problems, shown, stands, turn_to
from trainers import TASKS
from trainers.presets import PRESETS

Start = Callable[[str], Dashboard]
SMALL = {"task": "iris", "algorithm": "logistic_regression", "vary": "C=0.1,1", "how": "sampler=grid,trials=2"}


def value_of(session: AppTest, name: str) -> str:
    """What the address holds."""
    held = session.query_params[name]
    return held if isinstance(held, str) else held[0]


def test_the_form_begins_with_what_matters_most_and_says_the_count(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("sweep", task="telco_churn", algorithm="random_forest")
    text = shown(session)
    assert "**30 trials** of 37,600 combinations, 150 models are fitted." in text
    assert "How long that takes nobody knows yet" in text
    assert "It ends after 30 min at the latest" in text
    assert "Learns from the trials so far" in text
    assert value_of(session, "vary") == "n_estimators=25:400:log;max_depth=2,5,10,20,none;min_samples_leaf=1:20:log"
    assert not session.button(key="sweep_launch").disabled


def test_the_churn_workshops_grid_fills_the_form(app: Start, store_uri: str) -> None:
    dashboard, preset = app(store_uri), PRESETS[0]
    at_first = dashboard.open("sweep", task="telco_churn")
    assert "The churn workshop's grid" in shown(at_first)
    session = dashboard.open("sweep", **linked.form(preset.plan, TASKS["telco_churn"]))
    assert "**36 trials** of 36 combinations, 216 models are fitted." in shown(session)
    assert sorted(one.value for one in session.multiselect) == [
        ["2", "5", "10"], ["5", "10", "15", "none"], ["50", "100", "200"],
    ]  # fmt: skip


@pytest.mark.part(3)
@pytest.mark.parametrize(
    ("vary", "said"),
    [("C=5:1", "A range must go up"), ("C=0.1,x", "C must be a number"), ("depth=3", "There is no parameter")],
)
def test_an_address_that_asks_for_what_cannot_be_is_said(app: Start, store_uri: str, vary: str, said: str) -> None:
    session = app(store_uri).open("sweep", task="iris", algorithm="logistic_regression", vary=vary)
    assert said in " ".join(warning.value for warning in session.warning)


def test_what_is_entered_and_cannot_be_is_said_beside_it_and_nothing_is_launched(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("sweep", task="iris", algorithm="logistic_regression", vary="C=0.1:10:log")
    session.number_input(key="sweep_iris_logistic_regression_C_low").set_value(50.0).run()
    stands(session)
    assert "A range must go up" in shown(session)
    assert session.button(key="sweep_launch").disabled
    assert value_of(session, "vary") == "C=0.1:10:log"


def test_a_sweep_is_launched_watched_and_its_best_trained_and_registered(app: Start, store: Store) -> None:
    session = app(store.uri).open("sweep", **SMALL)
    session.button(key="sweep_launch").click().run()
    stands(session)
    assert not problems(session)
    run_id = value_of(session, "run")
    assert "trials are done" in everything_on(session)
    assert until(lambda: shared.sweeps().get(run_id) is None, 120)
    session.run()
    stands(session)
    text = everything_on(session)
    assert "2 of 2 trials are done" in text
    assert "✓ Finished" in text
    assert "the test rows have not been asked by any trial" in text
    assert "test_accuracy" not in text
    session.button(key="sweep_refit").click().run()
    stands(session)
    refit = sweep_of(get_run(store, run_id)).refit  # type: ignore[union-attr]
    assert until(lambda: get_run(store, refit).status == "FINISHED", 120)
    assert until(lambda: bool(store.client.search_model_versions(f"run_id = '{refit}'")), 30)
    session.run()
    stands(session)
    assert "On the test rows it gets accuracy" in shown(session)
    assert "Registered: iris, version 1" in shown(session)


def test_a_finished_sweep_shows_both_winners_and_what_choosing_by_the_test_costs(app: Start, store: Store) -> None:
    run_id = swept(store, outcomes=["finished"] * 7 + ["failed", "stopped"])
    session = app(store.uri).open("sweep", run=run_id)
    text = everything_on(session)
    assert "9 of 9 trials are done" in text
    assert "Best by cross-validation" in text
    assert "The test rows were asked 7 times." in text
    assert "The two ways choose other settings" in text
    assert "Retry the 2 trials that failed or were stopped" in text
    assert WHY in text
    assert "Resume" not in text


@pytest.mark.long
def test_a_sweep_that_a_dashboard_left_behind_can_be_resumed(app: Start, store: Store) -> None:
    run_id = swept(store, outcomes=["finished"] * 3, status="FAILED", reason=ABANDONED)
    session = app(store.uri).open("sweep", run=run_id)
    assert "It was under way as the dashboard stopped: 3 of 9 trials are done." in shown(session)
    assert "Resume: 6 trials are left" in shown(session)
    gone = swept(store, outcomes=["finished"] * 2, status="RUNNING", of=f"{machine()}:999999:1.00")
    assert "2 of 9 trials are done." in shown(app(store.uri).open("sweep", run=gone))


def test_a_sweep_whose_trials_all_failed_says_why_and_is_not_resumed_to_fail_again(app: Start, store: Store) -> None:
    run_id = swept(store, outcomes=["failed"] * 5, status="FAILED", reason=ALL_FAILED)
    text = shown(app(store.uri).open("sweep", run=run_id))
    assert f"Trial #5 failed: {WHY}" in text
    assert "Retry the 5 trials" in text
    assert "Resume" not in text


def test_a_finished_sweep_is_widened_and_only_what_is_new_is_counted(app: Start, store: Store) -> None:
    session = app(store.uri).open("sweep", run=(run_id := swept(store)))
    assert "Nothing new is left to try" in shown(session)
    assert session.button(key="sweep_widen_press").disabled
    session.multiselect(key=f"sweep_widen_{run_id}_n_estimators_values_True").set_value(["5", "10", "20", "40"]).run()
    session.number_input(key=f"sweep_widen_{run_id}_trials").set_value(20).run()
    stands(session)
    assert "**3 more trials**, 18 models are fitted. By trials here before, that takes about" in shown(session)
    assert not session.button(key="sweep_widen_press").disabled


def test_a_sweep_of_another_program_says_where_it_is_told_something(app: Start, store: Store) -> None:
    run_id = swept(store, outcomes=["finished", "running"], status="RUNNING", of=GONE)
    session = app(store.uri).open("sweep", run=run_id)
    assert "Another program carries it out" in shown(session)
    assert not [button for button in session.button if button.key == "sweep_pause"]


def test_a_run_that_is_no_sweep_says_so(app: Start, store: Store) -> None:
    run_id = swept(store)
    store.client.delete_tag(run_id, SWEEP_TAG)
    session = app(store.uri).open("sweep", run=run_id)
    assert "is no sweep of Pizarra" in shown(session)
    assert "9 child runs" in shown(session)
    (link,) = [link for link in session.page_link if "Compare its child runs" in link.value]
    assert len(parse_qs(link.proto.query_string)["runs"][0].split(",")) == 9
    alone = read_trials(store, run_id, "accuracy")[0].run_id
    assert "it has no child runs" in shown(app(store.uri).open("sweep", run=alone))
    assert problems(app(store.uri).open("sweep", run="f" * 32))


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "es"])
def test_sweeps_are_listed_newest_first_with_how_far_they_are(app: Start, store: Store, language: str) -> None:
    swept(store, replace(GRID, test_rows="choose"), name="first")
    swept(store, outcomes=[], name="second **bold**", status="KILLED")
    session = app(store.uri).open("sweep", lang=language)
    text = shown(session)
    assert text.index("**second **bold****") < text.index("**first**")
    assert ("0 of 9 trials" if language == "en" else "0 de 9 ensayos") in text
    assert ("on the test rows" if language == "en" else "en las filas de prueba") in text


@pytest.mark.long
def test_a_sweep_of_200_trials_shows_its_charts_and_what_matters(app: Start, store: Store) -> None:
    plan = replace(GRID, varied=(Values("n_estimators", tuple(range(1, 41))), Values("max_depth", (2, 3, 4, 5, None))),
                   trials=200)  # fmt: skip
    run_id = swept(store, plan, ["finished"] * 200)
    session = app(store.uri).open("sweep", run=run_id)
    assert "200 of 200 trials are done" in shown(session)
    for chart in ("history", "settings", "importance"):
        turn_to(session, chart=chart)
        assert len(session.get("plotly_chart")) == 1


def test_a_phone_without_a_nickname_sees_all_of_a_sweep_and_may_say_nothing_to_it(
    room: Dashboard, own_populated: Store
) -> None:
    run_id = swept(own_populated, outcomes=["finished"] * 3, status="FAILED", reason=ABANDONED)
    form = room.open("sweep")
    assert form.button(key="sweep_launch").disabled
    assert "Whoever trains in a class needs a nickname." in shown(form)
    session = room.open("sweep", run=run_id)
    assert "3 of 9 trials are done" in shown(session)
    assert "Only the presenter, or whoever launched it, may have it go on." in shown(session)
    assert not {button.key for button in session.button} & {"sweep_refit", "sweep_resume", "sweep_widen_press"}


def test_which_way_is_better_is_known_can_be_turned_with_a_warning_and_is_held_by_the_address(
    app: Start, store: Store
) -> None:
    session = app(store.uri).open("sweep", **SMALL)
    way = session.get_by_key("sweep_iris_logistic_regression_direction_accuracy")
    assert way.value == "higher"
    assert "direction" not in value_of(session, "how")
    way.set_value("lower").run()
    stands(session)
    assert "looks for the worst settings" in " ".join(warning.value for warning in session.warning)
    assert "Lower is better. Measured by cross-validation" in shown(session)
    assert "direction=lower" in value_of(session, "how")
    assert not session.button(key="sweep_launch").disabled
    run_id = swept(store, replace(GRID, direction="lower"))
    text = shown(app(store.uri).open("sweep", run=run_id))
    assert "That was chosen: usually it is the other way of accuracy." in text
    first = min(read_trials(store, run_id, "accuracy"), key=lambda one: one.value or 1)
    assert f"**Best**: #{first.number} ·" in text


@pytest.mark.part(2)
@pytest.mark.parametrize(("said", "begins"), [("lower", "lower"), ("none", None)])
def test_what_the_experiment_says_of_the_objective_begins_the_form_and_what_nobody_says_is_asked(
    app: Start, store: Store, said: Direction, begins: str | None
) -> None:
    experiment = store.client.create_experiment(TASKS["iris"].experiment)
    say_direction(store, ANA, experiment, "cv_accuracy", said)
    session = app(store.uri).open("sweep", **SMALL)
    way = session.get_by_key("sweep_iris_logistic_regression_direction_accuracy")
    assert way.value == begins
    assert session.button(key="sweep_launch").disabled == (begins is None)
    assert ("Which way of accuracy is better must be said" in shown(session)) == (begins is None)
    way.set_value("higher").run()
    stands(session)
    assert "direction=higher" in value_of(session, "how")
    assert not session.button(key="sweep_launch").disabled
