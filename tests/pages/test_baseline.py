"""What pages say of a task's baseline, and of runs that share folds."""

from __future__ import annotations

from collections.abc import Callable
from json import loads
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import settings
from core.store.connection import Store
from core.store.runs.tables import BASELINE, BASELINE_NAME
from core.store.runs.tracking import get_run
from core.store.writer import writing
from core.training.efforts import Effort
from core.training.fit import train
from core.training.launching import schedule
from core.training.specs import Value
from tests.fixtures.actors import ANA
from tests.pages.reading import Dashboard, shown, stands
from trainers import TASKS

Start = Callable[[str], Dashboard]


def trained(store: Store, algorithm: str, name: str, effort: Effort = "fair", **params: Value) -> str:
    job = schedule(store, ANA, TASKS["wine"], algorithm, params, name=name, effort=effort)
    with writing(store, job.run_id) as run:
        run.write(
            train(job.task, job.algorithm, job.params, settings=settings(), report=run.progress, effort=job.effort)
        )
    return job.run_id


@pytest.fixture
def wines(store: Store) -> tuple[Store, dict[str, str]]:
    """A store with a baseline, another model that always says the same, and one that learned something."""
    ids = {
        "zero": trained(store, BASELINE, BASELINE_NAME),
        "same": trained(store, BASELINE, "always the same"),
        "line": trained(store, "logistic_regression", "line"),
    }
    return store, ids


def figures(session: AppTest) -> str:
    """What stands under the titles of the figures."""
    charts = [loads(chart.proto.spec) for chart in session.get("plotly_chart")]
    return " ".join(one["layout"]["title"]["subtitle"]["text"] for one in charts).replace("<br>", " ")


@pytest.mark.long
def test_compare_says_when_the_best_is_no_better_than_the_same_answer_always(
    app: Start, wines: tuple[Store, dict[str, str]]
) -> None:
    store, ids = wines
    experiment = get_run(store, ids["zero"]).experiment_id
    at = {"experiment": experiment, "metric": "test_accuracy"}
    poor = app(store.uri).open("compare", runs=f"{ids['zero']},{ids['same']}", **at)
    stands(poor)
    assert "Always answering “class_1” gets 0.3889 on test_accuracy" in shown(poor)
    assert "with 0.3889 is no better." in shown(poor)
    good = app(store.uri).open("compare", runs=f"{ids['zero']},{ids['line']}", **at)
    stands(good)
    assert "is no better" not in shown(good)
    assert "on this test set and over 5 folds." in shown(good)
    assert "Nadeau and Bengio" in shown(good)
    assert "The dotted line is the baseline: always answering “class_1” gets 0.3889." in figures(good)
    mean = app(store.uri).open("compare", runs=f"{ids['zero']},{ids['line']}", **(at | {"metric": "cv_accuracy"}))
    stands(mean)
    assert "Really better: “line” on cv_accuracy than “Baseline”, over 5 folds." in shown(mean)
    assert "The dotted line is the baseline: always giving the same answer gets" in figures(mean)


@pytest.mark.long
def test_a_baseline_is_called_so_in_the_readers_language(app: Start, wines: tuple[Store, dict[str, str]]) -> None:
    store, ids = wines
    session = app(store.uri).open("run", run=ids["zero"], lang="es")
    assert "Línea de base" in shown(session)
    other = app(store.uri).open("run", run=ids["same"], lang="es")
    assert "always the same" in shown(other)


@pytest.mark.long
def test_a_runs_settings_are_taken_to_the_form(app: Start, store: Store) -> None:
    run_id = trained(store, "random_forest", "", "fair", n_estimators=20, max_features=None)
    session = app(store.uri).open("run", run=run_id)
    asked = {"task": ["wine"], "algorithm": ["random_forest"], "effort": ["fair"]}
    found = [parse_qs(link.proto.query_string) for link in session.page_link if "Change its" in link.value]
    assert [one | asked for one in found] == found
    assert found[0]["params"] == ["n_estimators=20,max_features=none"]
    form = app(store.uri).open("train", **{name: values[0] for name, values in found[0].items()})
    stands(form)
    key = "train_wine_random_forest_n_estimators"
    assert next(box.value for box in form.number_input if box.key.startswith(key)) == 20
    assert "five times it learns" in shown(form)
