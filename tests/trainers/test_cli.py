from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow.entities import Run

from core.settings import settings
from core.store.connection import Store, open_store, sqlite_path
from core.training.demo import demo_state
from core.training.sweeps.trials import read_trials
from trainers import TASKS
from trainers.__main__ import main
from trainers.demo import DEMO

ROOT = Path(__file__).parents[2]


def run(*words: str, store_uri: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trainers", *words],
        cwd=ROOT,
        env={**os.environ, "MLFLOW_TRACKING_URI": store_uri, "LC_ALL": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def store_runs(store_uri: str) -> list[Run]:
    client = open_store(store_uri).client
    return list(client.search_runs([one.experiment_id for one in client.search_experiments()]))


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def test_list_shows_every_task_with_algorithms_defaults_and_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert all(f"{name}:" in shown for name in TASKS)
    assert "max_depth=20 (a whole number from 1 to 50 or none)" in shown
    assert "solver=lbfgs (one of lbfgs, newton-cg, newton-cholesky)" in shown


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["iris", "--algorithm", "random_forest", "--set", "max_depth=0"],
         "max_depth must be a whole number from 1 to 50 or none, but it is 0."),
        (["iris", "--algorithm", "random_forest", "--set", "n_estimators=100000"],
         "n_estimators must be a whole number from 1 to 1000, but it is 100000."),
        (["iris", "--algorithm", "random_forest", "--n_estimators", "100000"],  # as mlflow run hands it on
         "n_estimators must be a whole number from 1 to 1000, but it is 100000."),
        (["iris", "--algorithm", "random_forest", "--set", "depth=3"], "There is no parameter 'depth'."),
        (["iris", "--algorithm", "magic"], "iris cannot be learned by 'magic'."),
        (["roses", "--algorithm", "random_forest"], "There is no task 'roses'. Choose one of iris,"),
    ],
)  # fmt: skip
def test_a_bad_request_is_answered_in_words(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words]) == 2
    said = capsys.readouterr()
    assert complaint in said.err
    assert said.out == ""


@pytest.mark.long
def test_a_table_of_a_million_columns_is_refused_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text(
        "\n".join([",".join(f"c{place}" for place in range(1_000_000)), *[",".join(["1.5"] * 1_000_000)] * 3])
    )
    begun = time.monotonic()
    assert main(["run", "table", "--data", str(wide), "--target", "c1"]) == 2
    assert time.monotonic() - begun < 10
    assert "A table may have 2000 columns, but this has more." in capsys.readouterr().err


@pytest.mark.long
def test_a_bad_request_leaves_no_traceback_and_no_store(tmp_path: Path) -> None:
    words = ["run", "iris", "--algorithm", "random_forest", "--set", "max_depth=x"]
    done = run(*words, store_uri=f"sqlite:///{tmp_path}/a.db")
    assert done.returncode == 2
    assert done.stderr.startswith("max_depth must be a whole number from 1 to 50 or none, but it is 'x'.")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "a.db").exists()


HALF = [
    "run",
    "iris",
    "--algorithm",
    "logistic_regression",
    "--set",
    "C=0.5",
    "--name",
    "half",
    "--register",
    "flowers",
]


def test_json_is_one_object_on_the_last_line_and_the_run_is_there(
    store_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    settings.cache_clear()
    assert main([*HALF, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer.keys() == {"run_id", "status", "metrics", "model_uri", "version"}
    assert (answer["status"], answer["version"]) == ("FINISHED", 1)
    stored = open_store(store_uri).client.get_run(answer["run_id"])
    assert stored.info.status == "FINISHED"
    assert stored.info.run_name == "half"
    assert stored.data.params["C"] == "0.5"
    assert stored.data.metrics["test_accuracy"] == pytest.approx(answer["metrics"]["test_accuracy"])
    experiment = open_store(store_uri).client.get_experiment(stored.info.experiment_id)
    assert experiment.name == "iris-classification"
    others = [run for run in store_runs(store_uri) if run.info.run_id != answer["run_id"]]
    assert [run.data.tags["pizarra.algorithm"] for run in others] == ["baseline"]


@pytest.mark.long
def test_json_is_the_last_line_of_a_process_of_its_own_too(store_uri: str) -> None:
    done = run(*HALF, "--json", store_uri=store_uri)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert open_store(store_uri).client.get_run(answer["run_id"]).info.run_name == "half"


@pytest.mark.long
def test_run_0_is_trained_once_and_said(
    store_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    settings.cache_clear()
    said = []
    for algorithm in ("linear_regression", "linear_regression", "baseline"):
        assert main(["run", "diabetes", "--algorithm", algorithm, "--effort", "fair"]) == 0
        said.append("run 0" in capsys.readouterr().out)
    assert said == [True, False, False]
    assert len(store_runs(store_uri)) == 4
    assert all({"cv_r2", "test_r2"} <= run.data.metrics.keys() for run in store_runs(store_uri))


@pytest.mark.long
def test_the_demo_is_unpacked_into_a_new_store_and_only_once(
    store_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    settings.cache_clear()
    for _time in range(2):
        assert main(["demo"]) == 0
        assert capsys.readouterr().out == "The demo is loaded.\n"
    assert demo_state(open_store(store_uri), DEMO).loaded


@pytest.mark.long
def test_a_sweep_is_carried_out_and_gone_on_with(
    store_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    settings.cache_clear()
    words = ["sweep", "iris", "--algorithm", "nearest_neighbours", "--vary", "n_neighbors=1,5", "--sampler", "grid"]
    assert main([*words, "--direction", "lower", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["status"] == "FINISHED"
    assert told["trials"] == {"finished": 2}
    scores = [one.value for one in read_trials(open_store(store_uri), told["run_id"], "accuracy")]
    assert told["best"]["value"] == min(scores, key=float)
    assert main(["sweep", "--resume", told["run_id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == told


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["sweep"], "say the task of the sweep"),
        (["sweep", "iris", "--algorithm", "random_forest"], "say the vary of the sweep"),
        (
            ["sweep", "iris", "--algorithm", "random_forest", "--vary", "max_depth=0,1"],
            "max_depth must be a whole number",
        ),
        (
            ["sweep", "iris", "--algorithm", "random_forest", "--vary", "max_depth=1:9", "--sampler", "grid"],
            "A grid needs",
        ),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_before_anything_starts(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert why in capsys.readouterr().err


@pytest.mark.long
def test_results_that_a_store_did_not_take_are_listed_and_uploaded(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()
    assert main(["upload"]) == 0
    assert capsys.readouterr().out == "No results are kept here.\n"
    path = sqlite_path(store.uri)
    assert path is not None
    (path.parent / "mlartifacts").write_text("in the way")
    assert main(["run", "iris", "--algorithm", "logistic_regression"]) == 2
    said = capsys.readouterr()
    assert "were kept on the computer that trained it" in said.err
    assert main(["upload", "--list"]) == 0
    assert capsys.readouterr().out.startswith("The results of 2 runs are kept here.")  # with the baseline's
    assert main(["upload"]) == 2
    assert "All results must come into the store, but 2 of 2 did not." in capsys.readouterr().err
    (path.parent / "mlartifacts").unlink()
    assert main(["upload"]) == 0
    assert capsys.readouterr().out.count("is complete") == 2
    assert {run.info.status for run in store_runs(store.uri)} == {"FINISHED"}
    assert main(["upload"]) == 0
    assert capsys.readouterr().out == "No results are kept here.\n"
