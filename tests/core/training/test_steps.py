"""Learners in rounds: what each round came to, and stopping early on training rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError, StoreError
from core.settings import settings
from core.store.connection import Store
from core.store.models import describe_model, load_model
from core.store.record import EVALUATION_TABLE, RunRecord
from core.store.runs.tables import (
    ASIDE_TAG,
    MOST_ROUNDS_TAG,
    ROUND_TRAINING,
    ROUND_VALIDATION,
    ROUNDS_TAG,
)  # fmt: skip
from core.store.runs.tracking import get_run, metric_history
from core.training import rounds as batches
from core.training import steps
from core.training.division import Division
from core.training.execution import execute
from core.training.fit import train
from core.training.launching import schedule
from core.training.pipeline import build_pipeline
from core.training.recipes import code, recipe
from core.training.rounds import Batches
from core.training.specs import Value, complete, written
from core.training.steps import Round, learn
from core.training.tasks import Dataset, Task
from tests.fixtures.actors import ANA
from trainers import TASKS
from trainers.table import algorithms

DRAW = np.random.default_rng(5)
ROWS = 400
X = pd.DataFrame({"a": DRAW.normal(size=ROWS), "b": DRAW.normal(size=ROWS), "who": np.repeat(np.arange(100.0), 4)})
NOISE = DRAW.normal(size=ROWS)
ANSWERS = {"classification": (X["a"] + NOISE > 0).astype(int).to_numpy(), "regression": (X["a"] + NOISE).to_numpy()}
CASES = [(name, kind) for name in ("xgboost", "hist_gradient_boosting") for kind in ANSWERS]
STOPS = {"xgboost": "early_stopping_rounds", "hist_gradient_boosting": "n_iter_no_change"}


def task(kind: str, division: Division | None = None) -> Task:
    return Task(
        name="t", title="T", question="?", kind=kind, experiment="e",  # type: ignore[arg-type]
        dataset=Dataset("t", "T", "", bundled=lambda: X.assign(y=ANSWERS["regression"])), target="y",
        class_names=("no", "yes") if kind == "classification" else (),
        algorithms=algorithms(kind), division=division or Division(),  # type: ignore[arg-type]
    )  # fmt: skip


def learned(name: str, kind: str, *, watched: bool, division: Division | None = None, **chosen: Value) -> Any:
    of = task(kind, division)
    algorithm = of.algorithm(name)
    pipeline = build_pipeline(algorithm, complete(algorithm.parameters, chosen), X)
    heard: list[Round] = []
    keys = X["who"].astype(int).to_numpy() if division else None
    outcome = learn(pipeline, of, X, ANSWERS[kind], keys, heard.extend if watched else None)
    return pipeline, outcome, heard


def answers_of(pipeline: Any, kind: str) -> np.ndarray:
    return np.asarray(pipeline.predict_proba(X) if kind == "classification" else pipeline.predict(X))


@pytest.mark.part(5)
@pytest.mark.parametrize(("name", "kind"), CASES)
@pytest.mark.parametrize("stopping", [False, True])
def test_whoever_watches_changes_nothing(name: str, kind: str, stopping: bool) -> None:
    chosen = {STOPS[name]: 5 if stopping else None}
    alone, first, _none = learned(name, kind, watched=False, **chosen)
    watched, second, heard = learned(name, kind, watched=True, **chosen)
    assert (answers_of(alone, kind) == answers_of(watched, kind)).all()
    assert (first.places == second.places).all()
    usual = alone.named_steps["estimator"].get_params()
    assert {k: v for k, v in watched.named_steps["estimator"].get_params().items() if repr(v) != repr(usual[k])} == {}
    assert [one.number for one in heard] == sorted({one.number for one in heard})
    assert heard[-1].training is not None
    if stopping:
        assert first.rounds == second.rounds < second.most == 100
        assert len(second.places) + second.aside == ROWS
        assert second.aside == 80
        assert all(one.validation is not None for one in heard)
    else:
        assert heard[-1].number == second.rounds == second.most
        assert (second.aside, len(second.places)) == (0, ROWS)
        assert all(one.validation is None for one in heard)


def test_rounds_are_heard_while_they_are_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "EVERY", 0.001)
    for name in STOPS:
        of, heard = task("regression"), []  # type: ignore[var-annotated]
        algorithm = of.algorithm(name)
        pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {}), X)
        learn(pipeline, of, X, ANSWERS["regression"], watch=lambda rounds, heard=heard: heard.append(len(rounds)))
        assert len(heard) > 1
        assert sum(heard) == 100


def test_what_scikit_learn_does_unasked_with_many_rows_is_said() -> None:
    many, of = pd.DataFrame({"a": DRAW.normal(size=10_500)}), task("regression")
    answers = (many["a"] + DRAW.normal(size=len(many))).to_numpy()
    algorithm = of.algorithm("hist_gradient_boosting")
    found = []
    for watch in (None, lambda _rounds: None):
        pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {"max_iter": 30}), many)
        outcome = learn(pipeline, of, many, answers, watch=watch)
        found.append((outcome.rounds, outcome.most, outcome.aside, pipeline.predict(many).tolist()))
    assert found[0] == found[1]
    assert found[0][1:3] == (30, 1050)


@pytest.mark.part(2)
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_what_stops_early_sets_whole_groups_aside(name: str, kind: str) -> None:
    found = learned(name, kind, watched=False, division=Division(groups="who"), **{STOPS[name]: 5})[1]
    groups = X["who"].to_numpy()
    assert not set(groups[found.places]) & set(np.delete(groups, found.places))
    later = learned(name, kind, watched=False, division=Division(ordered_by="who"), **{STOPS[name]: 5})[1]
    assert groups[later.places].max() < np.delete(groups, later.places).min()


@pytest.mark.long
@pytest.mark.parametrize("name", STOPS)
def test_a_run_that_stops_early_says_what_it_learned_from_and_never_saw_the_test_rows(name: str, store: Store) -> None:
    wine = TASKS["wine_quality"]
    chosen = {STOPS[name]: 5, "learning_rate": 0.3}
    job = schedule(store, ANA, wine, name, chosen)
    execute(job)
    run = get_run(store, job.run_id)
    assert run.status == "FINISHED"
    assert int(run.tags[ROUNDS_TAG]) < int(run.tags[MOST_ROUNDS_TAG]) == 100
    validation = metric_history(store, job.run_id, ROUND_VALIDATION)
    assert len(validation) >= int(run.tags[ROUNDS_TAG])
    assert len(metric_history(store, job.run_id, ROUND_TRAINING)) == len(validation)
    model = load_model(describe_model(store, f"runs:/{job.run_id}/model"))  # of trusted types alone
    record = trained_unwatched(wine, name, chosen)
    table = record.tables[EVALUATION_TABLE]
    features = table.drop(columns=["row", "answer", "prediction"], errors="ignore")
    assert model.predict(features) == pytest.approx(table["prediction"].to_numpy())
    assert run.tags[ASIDE_TAG] == record.tags[ASIDE_TAG]
    logged = {key: written(value) for key, value in record.params.items()}  # type: ignore[arg-type]
    found = recipe(wine, name, logged, experiment="e", name="n")
    assert found is not None
    scope: dict[str, Any] = {}
    exec(code(found).split("mlflow.set_tracking_uri")[0], scope)  # noqa: S102 - what it does is what is tested
    assert scope["scores"] == pytest.approx({key: record.metrics[key] for key in scope["scores"]})


def trained_unwatched(of: Task, name: str, chosen: dict[str, Value]) -> RunRecord:
    return train(of, name, chosen, settings=settings(), report=lambda _: None)


@pytest.mark.long
def test_usual_runs_learn_from_all_training_rows_and_have_a_curve_of_them(store: Store) -> None:
    job = schedule(store, ANA, TASKS["iris"], "xgboost", {"n_estimators": 20}, effort="fair")
    execute(job)
    run = get_run(store, job.run_id)
    assert not {ROUNDS_TAG, ASIDE_TAG} & run.tags.keys()
    assert metric_history(store, job.run_id, ROUND_TRAINING)["step"].tolist() == list(range(1, 21))
    assert ROUND_VALIDATION not in run.metrics


def test_too_few_rows_to_set_some_aside_are_refused() -> None:
    few = replace(task("classification"), kind="classification")
    algorithm = few.algorithm("xgboost")
    pipeline = build_pipeline(algorithm, complete(algorithm.parameters, {"early_stopping_rounds": 3}), X)
    with pytest.raises(DataError, match="a fifth of the rows to learn from is set aside, but t has only 5 of them"):
        learn(pipeline, few, X.head(5), np.array([0, 1, 1, 1, 1]))


def test_a_run_of_before_early_stopping_can_be_launched_again() -> None:
    record = trained_unwatched(TASKS["iris"], "xgboost", {"n_estimators": 3})
    logged = {key: written(value) for key, value in record.params.items() if key != "early_stopping_rounds"}
    found = recipe(TASKS["iris"], "xgboost", logged, experiment="e", name="n")
    assert found is not None
    assert found.params["early_stopping_rounds"] is None


def test_a_store_that_is_away_for_a_while_costs_neither_the_model_nor_its_curve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "SECONDS", 0.0)
    told: list[int] = []
    tries = iter(range(5))

    def write(rounds: Sequence[Round]) -> None:
        if next(tries) in {1, 2}:
            raise StoreError("away", "wait")
        told.extend(one.number for one in rounds)

    waiting = Batches(write)
    for number in range(1, 5):
        waiting.add([Round(number)])
    waiting.end()
    assert told == [1, 2, 3, 4]


def test_rounds_are_handed_on_once_a_second_at_most_and_the_last_one_always(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(batches, "monotonic", lambda: now[0])
    written_at: list[tuple[float, list[int]]] = []
    waiting = Batches(lambda rounds: written_at.append((now[0], [one.number for one in rounds])))
    for number in range(1, 1000):
        now[0] += 0.01
        waiting.add([Round(number, 1.0)])
    waiting.end()
    times = [at for at, _rounds in written_at]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(times[:-1]))
    told = [number for _at, rounds in written_at for number in rounds]
    assert told == sorted(set(told))
    assert (told[:3], told[-1]) == ([1, 2, 3], 999)
    assert len(told) < 400
