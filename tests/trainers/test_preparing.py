"""The command line's steps before training, and the way into Staging, each with JSON that the next one reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.settings import settings
from core.store.connection import Store
from core.store.registry.promotion import change_gates
from core.store.registry.registered_models import find_model
from core.store.registry.timeline import read_all
from core.store.runs.evaluations import read_evaluation
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS
from trainers.__main__ import main

Say = Callable[..., Any]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """Give a command, and return what it printed as JSON."""
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

    def said(*words: str, ends: int = 0) -> Any:
        capsys.readouterr()
        assert main([*words, "--json"]) == ends
        return json.loads(capsys.readouterr().out)

    return said


def in_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()


def test_a_task_is_read_cleaned_and_divided_as_its_runs_do_it(say: Say, populated: Store) -> None:
    read = say("read", "iris")
    assert (read["origin"], read["rows"], read["columns"]["petal width (cm)"]) == ("bundled", 150, 0)
    clean = say("clean", "iris")
    assert (clean["sha256"], clean["rows"], clean["without_target"]) == (read["sha256"], 150, 0)
    assert (clean["target"], len(clean["features"]), clean["left_out"]) == ("species", 4, [])
    assert all(isinstance(one, str) and one for one in clean["known"])
    assert clean["known"]
    split = say("split", clean["task"])
    assert (split["by"], split["training_rows"], split["test_rows"]) == ("chance", 120, 30)
    assert split["classes"] == {"setosa": [40, 10], "versicolor": [40, 10], "virginica": [40, 10]}
    assert say("split", "iris")["tested"] == split["tested"]
    version = find_model(populated, FLOWERS).version(2)
    assert len(read_evaluation(populated, version.run_id)) == split["test_rows"]


def test_a_table_of_ones_own_becomes_a_task_on_the_way(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    lines = [f"{number};{number % 7},5;{'yes' if number % 3 else 'no'}" for number in range(90)]
    (tmp_path / "rows.csv").write_text("\n".join(["id;size;bought", *lines, "91;1,5;"]))
    words = ["table", "--data", str(tmp_path / "rows.csv"), "--target", "bought"]
    read = say("read", *words)
    assert (read["rows"], read["layout"]["delimiter"], read["columns"]["bought"]) == (91, ";", 1)
    clean = say("clean", *words)
    assert (clean["rows"], clean["features"], clean["left_out"]) == (90, ["size"], ["id"])
    split = say("split", clean["task"])
    assert split["sha256"] == clean["sha256"]
    assert split["training_rows"] + split["test_rows"] == 90
    assert main(["read", "table", "--data", str(tmp_path / "none.csv"), "--target", "a"]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_steps_are_said_in_words_too(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", "iris"]) == 0
    assert "training_rows: 120" in capsys.readouterr().out
    assert main(["read", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err


def evaluated(say: Say, version: int, gates: Sequence[str], store: Store, ends: int) -> Any:
    change_gates(store, ANA, FLOWERS, gates)
    return say("evaluate", f"{FLOWERS}/{version}", ends=ends)


def test_a_version_is_judged_against_the_same_answer_always_production_and_its_gates(
    say: Say, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use(own_populated, monkeypatch)
    said = evaluated(say, 3, ["accuracy >= 0.5"], own_populated, 0)
    assert (said["passed"], said["above_baseline"], said["test_rows"]) == (True, True, 30)
    assert said["baseline"]["test_accuracy"] == pytest.approx(1 / 3)
    assert said["production"]["test_accuracy"] > 0.5
    low, high = said["intervals"]["test_accuracy"]
    assert low <= said["metrics"]["test_accuracy"] <= high
    said = evaluated(say, 3, ["accuracy >= 0.5", "accuracy > 1.5"], own_populated, 1)
    assert [gate["passed"] for gate in said["gates"]] == [True, False]
    assert said["passed"] is False


def test_a_version_goes_to_staging_with_a_reason_and_never_to_production(
    say: Say, own_populated: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_use(own_populated, monkeypatch)
    said = say("stage", f"{FLOWERS}/1", "Staging", "--why", "Passed at night.")
    assert (said["version"], said["stage"]) == (1, "Staging")
    assert find_model(own_populated, FLOWERS).version(1).stage == "Staging"
    (event, *_older) = sorted(read_all(own_populated, FLOWERS), key=lambda one: one.at, reverse=True)
    assert event.why == "Passed at night."
    assert event.by
    assert say("stage", f"{FLOWERS}/1", "Staging")["before"] == "Staging"  # harmless to say again
    with pytest.raises(SystemExit, match="2"):
        main(["stage", f"{FLOWERS}/1", "Production"])
    assert "invalid choice: 'Production'" in capsys.readouterr().err
    assert find_model(own_populated, FLOWERS).version(1).stage == "Staging"
