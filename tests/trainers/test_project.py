from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from core.settings import ROOT, settings
from core.store.connection import Store
from core.store.runs.tables import Run
from core.store.runs.tracking import get_run
from core.training.fit import train
from trainers import TASKS
from trainers.__main__ import main
from trainers.project import MLPROJECT, PYTHON_ENV, mlproject


@pytest.fixture
def given(store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that somebody made for us, as ``mlflow run`` does."""
    run = store.client.create_run("0", run_name="bold-crow-123")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    settings.cache_clear()
    return str(run.info.run_id)


def all_runs(store: Store) -> list[Run]:
    experiments = [one.experiment_id for one in store.client.search_experiments()]
    return [get_run(store, one.info.run_id) for one in store.client.search_runs(experiments)]


def test_the_file_says_what_the_tasks_declare() -> None:
    assert MLPROJECT.read_text(encoding="utf-8") == mlproject(TASKS.values()), "make project writes it anew"
    read = yaml.safe_load(MLPROJECT.read_text(encoding="utf-8"))
    assert list(read["entry_points"]) == list(TASKS)
    assert (ROOT / PYTHON_ENV).is_file()


def test_what_mlflow_installs_is_what_we_lock() -> None:
    environment = yaml.safe_load((ROOT / PYTHON_ENV).read_text(encoding="utf-8"))
    assert environment["dependencies"] == ["-r requirements.lock"]


@pytest.mark.long
def test_mlflow_run_makes_one_run_which_is_ours(store: Store, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for folder in ("core", "trainers", "locale", "lessons"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (MLPROJECT.name, PYTHON_ENV):
        shutil.copy(ROOT / file, tree)
    words = ["-P", "algorithm=random_forest", "-P", "max_depth=3", "-P", "n_estimators=20", "-P", "max_features=None"]
    done = subprocess.run(
        [sys.executable, "-m", "mlflow", "run", str(tree), "-e", "iris", *words, "--env-manager", "local",
         "--experiment-name", "flowers"],
        cwd=tmp_path,
        env={
            **os.environ, "MLFLOW_TRACKING_URI": store.uri, "LC_ALL": "en_US.UTF-8",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (run,) = all_runs(store)
    chosen = {"max_depth": 3, "n_estimators": 20, "max_features": None}
    record = train(TASKS["iris"], "random_forest", chosen, settings=settings(), report=lambda stage: None)
    assert (run.status, run.metrics) == ("FINISHED", record.metrics)
    assert run.params == {name: str(value) for name, value in record.params.items()}
    assert run.name == "Random forest · n_estimators=20 · max_depth=3 · max_features=none"
    assert run.tags.items() >= {"pizarra.task": "iris", "mlflow.project.entryPoint": "iris"}.items()
    assert store.client.get_experiment(run.experiment_id).name == "flowers"


@pytest.mark.long
def test_a_number_may_be_written_in_any_way_and_stays_as_it_was_typed(store: Store, given: str) -> None:
    store.client.log_param(given, "C", "5e-1")
    assert main(["run", "iris", "--algorithm", "logistic_regression", "--C", "5e-1"]) == 0
    (run,) = all_runs(store)
    assert (run.run_id, run.status, run.params["C"], run.params["max_iter"]) == (given, "FINISHED", "5e-1", "1000")


@pytest.mark.part(3)
@pytest.mark.parametrize(
    ("logged", "words", "complaint"),
    [
        ({"scale": "yes"}, ["--scale", "yes"], "Start it again with scale=True."),
        ({}, ["--C", "-1"], "C must be a number from 0.0001 to 1000.0, but it is -1.0."),
        ({}, ["--depth", "3"], "There is no parameter 'depth'."),
        ({}, ["--experiment", "elsewhere"], "Give mlflow run its --experiment-name instead."),
    ],
)
def test_what_cannot_be_done_with_the_run_is_said_and_makes_no_other(
    store: Store, given: str, logged: dict[str, str], words: list[str], complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, value in logged.items():
        store.client.log_param(given, name, value)
    assert main(["run", "iris", "--algorithm", "logistic_regression", *words]) == 2
    assert complaint in capsys.readouterr().err
    assert [run.run_id for run in all_runs(store)] == [given]


def test_a_run_that_has_ended_is_left_alone(store: Store, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    store.client.set_terminated(given, "FAILED")
    assert main(["run", "iris", "--algorithm", "logistic_regression"]) == 2
    assert "Unset MLFLOW_RUN_ID: a run of its own is made then." in capsys.readouterr().err
    (run,) = all_runs(store)
    assert (run.status, run.tags.get("pizarra.task")) == ("FAILED", None)


@pytest.mark.parametrize("words", [["--depth"], ["depth", "3"], ["-C", "3"]])
def test_what_is_no_parameter_is_not_understood(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "iris", "--algorithm", "logistic_regression", *words])
    with pytest.raises(SystemExit):
        main(["list", *words])
    assert "This is not understood: " in capsys.readouterr().err
