"""What other pages do with sweeps and their trials: they are no trainings of their own, and bury none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core.process import durations, sweeps
from core.store.abandoned import ABANDONED
from core.store.connection import Store
from core.store.owner import machine
from core.store.runs.tracking import find_runs, get_run
from core.training.sweeps.conductor import ALL_FAILED
from core.training.sweeps.space import Values
from core.training.sweeps.trials import read_trials
from tests.fixtures.sweeps import GRID, swept
from tests.pages.reading import Dashboard, everything_on, shown, stands

Start = Callable[[str], Dashboard]


@pytest.fixture
def irises(own_populated: Store) -> tuple[Store, str, str]:
    """A store of trained runs, with a sweep of 30 trials in the experiment of some of them."""
    plan = replace(GRID, varied=(Values("n_estimators", tuple(range(1, 31))),), trials=30)
    run_id = swept(own_populated, plan, ["finished"] * 30)
    return own_populated, run_id, get_run(own_populated, run_id).experiment_id


def linked(session: AppTest, label: str) -> dict[str, str]:
    """The parameters of a link's address."""
    found = next(link for link in session.page_link if label in link.value)
    return {name: values[0] for name, values in parse_qs(found.proto.query_string).items()}


@pytest.mark.long
def test_experiments_folds_trials_into_their_sweep_until_they_are_asked_for(
    app: Start, irises: tuple[Store, str, str]
) -> None:
    store, _run_id, experiment = irises
    session = app(store.uri).open("experiments", experiment=experiment)
    assert "#12 ·" not in everything_on(session)
    assert "a sweep" in everything_on(session)
    session.toggle(key="experiments_trials").set_value(True).run()
    stands(session)
    assert "↳ #12 ·" in everything_on(session)


@pytest.mark.long
def test_compare_offers_neither_sweeps_nor_begins_with_their_trials(app: Start, irises: tuple[Store, str, str]) -> None:
    store, run_id, experiment = irises
    trials = read_trials(store, run_id, "accuracy")
    session = app(store.uri).open("compare", experiment=experiment)
    chosen = session.multiselect(key="compare_runs")
    assert not {run_id, *(trial.run_id for trial in trials)} & set(chosen.value)
    assert not any("#12 ·" in option or "a sweep" in option for option in chosen.options)
    everything = app(store.uri).open("compare", experiment=experiment, filter="all")
    assert f"**{len(find_runs(store, '').info.query('experiment_id == @experiment')) - 1} runs**" in shown(everything)
    asked = app(store.uri).open("compare", runs=",".join(trial.run_id for trial in trials[:3]))
    assert "#1 ·" in shown(asked)


@pytest.mark.long
def test_the_page_of_a_sweep_and_of_a_trial_lead_to_the_sweep_and_offer_no_model(
    app: Start, irises: tuple[Store, str, str]
) -> None:
    store, run_id, _experiment = irises
    trial = read_trials(store, run_id, "accuracy")[0].run_id
    for one, label in ((run_id, "Open the sweep"), (trial, "Open its sweep")):
        session = app(store.uri).open("run", run=one)
        assert linked(session, label)["run"] == run_id
        labels = " ".join(link.value for link in session.page_link)
        assert "Register its model" not in labels
        assert "Ask it" not in labels
        assert "How to launch it without this page" not in shown(session)


def test_train_shows_a_sweep_that_is_under_way_as_one(app: Start, store: Store) -> None:
    run_id = swept(store, outcomes=["finished", "running", "waiting"], status="RUNNING")
    session = app(store.uri).open("train", task="iris", algorithm="random_forest")
    assert "**a sweep**: a sweep" in shown(session)
    assert "#2 ·" not in shown(session)
    assert linked(session, "Open the sweep")["run"] == run_id
    assert linked(session, "Try many settings at once")["algorithm"] == "random_forest"


def test_a_runs_settings_are_taken_to_a_sweep(app: Start, populated: Store) -> None:
    runs = find_runs(populated, "tags.`pizarra.algorithm` = 'random_forest'")
    session = app(populated.uri).open("run", run=runs.ids[0])
    asked = linked(session, "Sweep these settings")
    assert asked["algorithm"] == "random_forest"
    assert "vary" not in asked


@pytest.mark.long
@pytest.mark.parametrize("page", ["home", "experiments", "sweep"])
def test_who_comes_back_sees_the_sweep_that_was_interrupted_and_what_to_press(
    app: Start, store: Store, page: str
) -> None:
    left = swept(store, outcomes=["finished"] * 3, status="FAILED", reason=ABANDONED)
    gone = swept(store, outcomes=["finished"] * 2, status="RUNNING", of=f"{machine()}:999999:1.00", name="the last")
    swept(store, outcomes=["failed"] * 5, status="FAILED", reason=ALL_FAILED, name="hopeless")
    old = swept(store, outcomes=["finished"], status="FAILED", reason=ABANDONED, name="of old")
    store.client.set_terminated(old, "FAILED", end_time=1_600_000_000_000)
    asked = {"experiment": get_run(store, left).experiment_id} if page == "experiments" else {}
    text = shown(session := app(store.uri).open(page, **asked))
    assert "A sweep was interrupted** as the dashboard stopped: a sweep. 3 of 9 trials are done" in text
    assert "**6 trials** are left." in text
    links = [parse_qs(link.proto.query_string)["run"] for link in session.page_link if "to resume" in link.value]
    assert sorted(links) == sorted([[left], [gone]])
    assert "quedan **7 ensayos**" in shown(app(store.uri).open(page, lang="es", **asked)).casefold()


def test_who_may_not_have_a_sweep_go_on_is_not_asked_to(room: Dashboard, own_populated: Store) -> None:
    swept(own_populated, outcomes=["finished"] * 3, status="FAILED", reason=ABANDONED)
    assert "A sweep was interrupted" not in shown(room.open("home"))


def test_trials_estimate_sweeps_and_no_single_runs(app: Start, store: Store) -> None:
    swept(store, outcomes=["finished"] * 4)
    app(store.uri).open("sweep")
    assert durations.seconds("iris", "random_forest", "fair") is None
    assert sweeps.seconds_a_trial(GRID) == (pytest.approx(2.0), True)  # of 5 folds and the test rows
    assert sweeps.seconds_a_trial(replace(GRID, test_rows="once"))[0] == pytest.approx(5 / 3)
    assert sweeps.seconds_a_trial(replace(GRID, algorithm="xgboost")) == (None, False)


@pytest.mark.long
def test_axes_that_are_narrowed_on_compare_open_the_form_of_a_sweep(app: Start, irises: tuple[Store, str, str]) -> None:
    store, run_id, _experiment = irises
    ids = ",".join(trial.run_id for trial in read_trials(store, run_id, "accuracy"))
    session = app(store.uri).open("compare", runs=ids, metric="cv_accuracy", chart="parameters")
    assert not [link for link in session.page_link if "Explore here" in link.value]
    slider = next(one for one in session.select_slider if "n_estimators" in (one.key or ""))
    slider.set_value(("5", "9")).run()
    stands(session)
    asked = linked(session, "Explore here: Random forest")
    assert asked["vary"] == "n_estimators=5:9:log"
    form = app(store.uri).open("sweep", **asked)
    assert "of 5 combinations" in shown(form)
