from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.i18n import speaking
from core.settings import ROOT, settings
from core.store.connection import Store
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, ROUND_TRAINING, Run
from core.store.runs.tracking import get_run
from core.training.execution import execute
from core.training.launching import schedule
from core.training.recipes import Recipe, code, command, form, recipe
from core.training.specs import Value, written
from tests.fixtures.actors import ANA
from tests.fixtures.slow_task import TASK as ODD
from trainers import TASKS

HOSTILE = 'it\'s $HOME `id` "#" \\ ñ * {x} %s'


@pytest.fixture(autouse=True)
def in_this_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()


def trained(store: Store, task: str, algorithm: str, chosen: Mapping[str, Value], name: str = "") -> tuple[Run, Recipe]:
    job = schedule(store, ANA, TASKS[task], algorithm, chosen, name=name, experiment=HOSTILE)
    execute(job)
    run = get_run(store, job.run_id)
    found = recipe(TASKS[task], algorithm, run.params, experiment=HOSTILE, name=run.name)
    assert found is not None
    return run, found


def others(store: Store, run: Run) -> list[Run]:
    """The runs beside this one and the task's baseline, which the command line takes along."""
    found = [get_run(store, one.info.run_id) for one in store.client.search_runs([run.experiment_id])]
    return [one for one in found if one.run_id != run.run_id and one.tags.get(ALGORITHM_TAG) != BASELINE]


def run_as_shown(words: list[str]) -> None:
    """In a shell whose ``python`` is ours, as somebody would who copied it, with more threads than we give a run."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_both_texts_run_as_shown_and_come_to_the_same(store: Store, tmp_path: Path) -> None:
    chosen = {"n_estimators": 20, "learning_rate": 0.123456789, "scale": True}
    run, found = trained(store, "telco_churn", "xgboost", chosen, name=f"--{HOSTILE}")
    run_as_shown(["sh", "-c", command(found)])
    (same,) = others(store, run)
    assert (same.metrics, same.params, same.name) == (run.metrics, run.params, run.name)
    (tmp_path / "again.py").write_text(code(found), encoding="utf-8")
    run_as_shown([sys.executable, str(tmp_path / "again.py")])
    (python,) = [one for one in others(store, run) if one.run_id != same.run_id]
    assert (python.params, python.name, python.status) == (run.params, run.name, "FINISHED")
    assert python.metrics == {
        name: value for name, value in run.metrics.items() if name not in ("train_test_gap", ROUND_TRAINING)
    }
    assert python.tags.items() >= {"pizarra.task": "telco_churn", "pizarra.algorithm": "xgboost"}.items()


@pytest.mark.long
@pytest.mark.parametrize(
    ("task", "algorithm"),
    [
        *[
            pytest.param(task, algorithm.name, marks=() if (place + at) % 2 else pytest.mark.long)
            for at, task in enumerate(("iris", "diabetes"))
            for place, algorithm in enumerate(TASKS[task].algorithms)
        ],
        ("car_prices", "linear_regression"),
        ("telco_churn", "logistic_regression"),
    ],
)
def test_the_python_scores_as_the_run_did(store: Store, task: str, algorithm: str) -> None:
    run, found = trained(store, task, algorithm, {})
    learning = code(found).split("import mlflow", 1)
    names: dict[str, dict[str, float]] = {}
    lines = (learning[0] + learning[1]).split("mlflow.set_tracking_uri")[0]
    exec(compile(lines, "recipe", "exec"), names)  # noqa: S102 - that it does what it says is what is tested
    assert names["scores"] == {
        name: value for name, value in run.metrics.items() if name not in ("train_test_gap", ROUND_TRAINING)
    }


@pytest.mark.long
def test_what_is_usual_is_left_out(store: Store) -> None:
    with speaking("es"):
        run, found = trained(store, "iris", "nearest_neighbours", {})
    assert run.name == "Vecinos más cercanos"
    assert "--set" not in command(found)
    assert "--name" not in command(found)


def test_the_effort_is_part_of_it() -> None:
    learning = TASKS["iris"].algorithm("logistic_regression")
    logged = {one.name: written(one.default) for one in learning.parameters}
    fair = recipe(TASKS["iris"], "logistic_regression", logged | {"effort": "fair"}, experiment="e", name="")
    quick = recipe(TASKS["iris"], "logistic_regression", logged | {"C": "0.5"}, experiment="e", name="")
    odd = recipe(TASKS["iris"], "logistic_regression", logged | {"effort": "heroic"}, experiment="e", name="")
    assert fair is not None
    assert quick is not None
    assert odd is not None
    assert "--effort fair" in command(fair)
    assert "--effort" not in command(quick) + command(odd)
    assert form(quick) == {"task": "iris", "algorithm": "logistic_regression", "params": "C=0.5", "effort": "quick"}


def test_a_run_that_this_version_cannot_launch_has_no_recipe() -> None:
    learning = TASKS["iris"].algorithm("random_forest")
    logged = {parameter.name: str(parameter.default) for parameter in learning.parameters}
    assert recipe(TASKS["iris"], "random_forest", logged, experiment="x", name="") is not None
    assert recipe(TASKS["iris"], "random_forest", {**logged, "max_depth": "-3"}, experiment="x", name="") is None
    del logged["n_estimators"]
    assert recipe(TASKS["iris"], "random_forest", logged, experiment="x", name="") is None


def test_an_estimator_that_is_no_librarys_is_made_by_its_task() -> None:
    text = code(Recipe(ODD, ODD.algorithm("slow"), {"seconds": 0.0}, "x"))
    assert "estimator = LogisticRegression(\n    max_iter=1000,\n)" in text

    class Own:
        """Not to be found by its name."""

    own = replace(ODD.algorithm("slow"), build=lambda _values: Own())
    text = code(Recipe(replace(ODD, algorithms=(own,)), own, {"seconds": 0.0}, "x"))
    assert 'estimator = task("slow_iris").algorithm("slow").build({\n    "seconds": 0.0,\n})' in text


@pytest.mark.part(2)
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_name_becomes_code(language: str) -> None:
    learning = ODD.algorithm("slow")
    for text in ['"); import os; ("', "a\nb", "\u202eabc", "'''", HOSTILE]:
        with speaking(language):
            said = code(Recipe(ODD, learning, {"seconds": 0.0}, text, text))
            harmless = code(Recipe(ODD, learning, {"seconds": 0.0}, "x", "x"))
        compile(said, "recipe", "exec")
        assert len(said.splitlines()) == len(harmless.splitlines())
