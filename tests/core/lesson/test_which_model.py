"""What the lesson says of the demo is true of the demo, and each of its steps finds there what it looks at."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from core.comparison.verdict import verdict
from core.lesson.content import Lesson, read_lesson
from core.lesson.glossary import read_glossary
from core.lesson.references import Held, look_up
from core.monitoring.aftermath import aftermath
from core.monitoring.checks import check, listens_to
from core.monitoring.opened import open_for_check
from core.monitoring.references import training_reference
from core.monitoring.shifts import Shift, shifted, some_of
from core.prediction.open_version import ToOpen, open_from
from core.prediction.reference import evaluated_rows, training_rows
from core.prediction.schema import input_frame, starting_values
from core.settings import ROOT, settings
from core.store.connection import Store
from core.store.record import ANSWER
from core.store.registry.registered_models import list_models
from core.store.registry.stages import GATES_TAG
from core.store.runs.evaluations import read_evaluation
from core.store.runs.tables import BASELINE, DEMO_TAG, Runs, run_labels
from core.store.runs.tracking import find_runs, list_experiments
from core.training.fit import train
from core.ui.address import CHOICES
from trainers import TASKS


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    pages = {page: [one.name for one in choices] for page, choices in CHOICES.items()}
    return read_lesson(ROOT / "lessons/which_model.toml", pages, read_glossary(ROOT / "lessons/glossary.toml").terms)


def held(store: Store, own: tuple[str, ...] = ()) -> Held:
    return Held(list_experiments(store), find_runs(store, ""), list_models(store), own)


def address_of(lesson: Lesson, store: Store, name: str) -> Mapping[str, str]:
    step = lesson.step(name)
    assert step is not None
    found = look_up(step.address, held(store))
    assert not found.missing
    return found.params


def customers(store: Store) -> Runs:
    return find_runs(store, f"tags.`{DEMO_TAG}` LIKE 'churn-%'")


def test_each_step_finds_what_it_looks_at(lesson: Lesson, demo: Store) -> None:
    for step in lesson.steps:
        assert address_of(lesson, demo, step.name).keys() == step.address.keys()


@pytest.mark.long
def test_an_empty_store_lacks_it_and_says_what(lesson: Lesson, store: Store) -> None:
    missing = {step.name: look_up(step.address, held(store)).missing for step in lesson.steps}
    assert [name for name, lacked in missing.items() if not lacked] == [
        "data", "run-zero", "first-run", "five-runs",
    ]  # fmt: skip
    assert missing["gate"] == ["model:churn-predictor", "version:churn-predictor:churn-xgboost"]


@pytest.mark.long
def test_names_of_the_demo_in_another_store_are_not_taken_for_it(lesson: Lesson, store: Store) -> None:
    store.client.create_experiment("customer_churn_prediction")
    store.client.create_registered_model("churn-predictor")
    for name in ("last-week", "by-heart", "which-is-better", "gate"):
        step = lesson.step(name)
        assert step is not None
        assert look_up(step.address, held(store)).missing, name


@pytest.mark.long
def test_spaces_after_commas_mean_nothing(demo: Store) -> None:
    found = look_up({"runs": "run:churn-line, run:churn-forest"}, held(demo))
    assert (found.params["runs"].count(","), found.missing) == (1, [])


@pytest.mark.long
def test_the_newest_run_is_ones_own_where_one_has_any(demo: Store) -> None:
    of_all = find_runs(demo, "")
    assert look_up({"run": "run:newest"}, held(demo)).params == {"run": of_all.ids[0]}
    assert look_up({"run": "run:newest"}, held(demo, (of_all.ids[7],))).params == {"run": of_all.ids[7]}
    assert look_up({"run": "run:logistic"}, held(demo)).params["run"] == customers(demo).ids[-1]  # by its name


@pytest.mark.long
def test_the_forest_that_learned_by_heart_is_best_on_what_it_learned_and_last_on_the_rest(demo: Store) -> None:
    runs = customers(demo)
    by_heart = runs.tags[DEMO_TAG] == "churn-by-heart"
    assert runs.metrics["train_accuracy"].idxmax() == runs.metrics["test_accuracy"].idxmin() == by_heart.idxmax()
    assert runs.metrics["train_accuracy"].max() > 0.99
    assert runs.params.loc[by_heart.idxmax(), "n_estimators"] == "60"


@pytest.mark.long
def test_the_best_two_are_too_close_to_call_although_their_numbers_differ(demo: Store) -> None:
    runs = customers(demo)
    tables = {run_id: read_evaluation(demo, run_id) for run_id in runs.ids}
    said = verdict(runs, run_labels(runs), "test_accuracy", tables)
    assert said.sentences[0].startswith("Too close to call"), said.sentences
    best, second = runs.metrics["test_accuracy"].nlargest(2)
    assert best != second


@pytest.mark.long
def test_no_run_comes_near_the_gate(demo: Store) -> None:
    assert customers(demo).metrics["test_f1"].max() < 0.6
    gates = next(model for model in list_models(demo) if model.name == "churn-predictor").tags[GATES_TAG]
    assert "f1 > 0.85" in gates.split("\n")


def test_about_one_customer_in_four_leaves() -> None:
    task = TASKS["telco_churn"]
    assert task.dataset.stand_in is not None
    assert round((task.dataset.stand_in()[task.target] == "Yes").mean(), 3) == 0.265


@pytest.mark.long
def test_one_price_is_more_than_twice_the_other(lesson: Lesson, demo: Store) -> None:
    params = address_of(lesson, demo, "what-if")
    model = next(model for model in list_models(demo) if model.name == params["model"])
    prices = []
    for number in (params["version"], params["beside"]):
        version = next(one for one in model.versions if str(one.number) == number)
        opened = open_from(demo, ToOpen(version.uri, version.run_id))
        given = starting_values(opened.fields) | json.loads(params["inputs"])
        prices.append(opened.predictor.score(input_frame(opened.fields, given))[0])
    assert max(prices) > 2 * min(prices)


@pytest.mark.long
def test_a_longer_tenure_raises_an_alarm_for_nothing_and_another_meaning_none_though_less_is_right(
    lesson: Lesson, demo: Store
) -> None:
    opened = open_for_check(demo, f"{address_of(lesson, demo, 'break-it')['model']}/Production")
    asked, tested = opened.asked, opened.tested
    assert tested is not None
    some = some_of(tested, 200)  # as the page begins
    whole, truths = evaluated_rows(asked.fields, some), some[ANSWER]
    reference = training_reference(asked.fields, opened.training, asked.files.sample, None)
    learned = training_rows(asked.files, asked.fields)
    assert reference is not None
    assert learned is not None
    came = {}
    for shift in (Shift("scaled", "tenure", 0.3), Shift("turned", "", 0.3)):
        rows, true_now = shifted(whole, truths, asked.fields, shift)
        found = check(asked, reference, rows, tested=tested, weights=listens_to(asked.predictor, learned))
        before, after = (asked.predictor.ask(whole), truths), (asked.predictor.ask(rows), true_now)
        came[shift.kind] = (found.drifted, aftermath(tested, before, after).change)
    assert came == {"scaled": (True, "alike"), "turned": (False, "worse")}


@pytest.mark.long
def test_run_0_is_right_nearly_three_times_in_four_and_finds_nobody() -> None:
    record = train(TASKS["telco_churn"], BASELINE, {}, settings=settings(), report=lambda _stage: None)
    assert record.metrics["test_accuracy"] == pytest.approx(0.735, abs=0.001)
    assert (record.metrics["test_f1"], record.metrics["test_recall"]) == (0, 0)
