"""The command line's retraining: real versions, real new rows, and a fair comparison at its end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.settings import settings
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from tests.fixtures.stores import FLOWERS
from trainers import tasks
from trainers.__main__ import main


@pytest.fixture(autouse=True)
def in_english(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    settings.cache_clear()


def grown(rows: int = 120) -> pd.DataFrame:
    """Flowers of a year in which petals are half as long, which a version that learned before takes for others."""
    from core.training.datasets import table_of

    table = table_of(tasks()["iris"], settings())
    chance = np.random.default_rng(1)
    some = table.features.sample(rows, replace=True, random_state=1)
    noise = chance.normal(0, 0.05, some.shape)
    new = some + noise
    new["petal length (cm)"] = new["petal length (cm)"] / 2
    return new.assign(species=table.target.loc[some.index]).reset_index(drop=True)


def test_a_version_is_trained_anew_and_is_better_on_what_changed(
    own_populated: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grown().to_csv(tmp_path / "new.csv", index=False)
    words = ["retrain", FLOWERS, "--data", str(tmp_path / "new.csv"), "--stage", "Staging", "--if-better", "--json"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["from_version"], said["version"], said["stage"], said["better"]) == (2, 4, "Staging", True)
    assert said["on_new_rows"]["outcome"] == "better"
    assert said["on_old_rows"]["rows"] == 30
    assert said["rows"]["learned"] + said["rows"]["tested"] == 120
    assert said["on_new_rows"]["rows"] == said["rows"]["tested"] == 36
    assert find_model(own_populated, FLOWERS).version(4).stage == "Staging"
    run = own_populated.client.get_run(said["run_id"])
    assert run.data.tags["pizarra.retrained.on_new_rows"] == "better"
    assert json.loads(run.data.tags["pizarra.retrained"])["version"] == 2
    task = tasks()[run.data.tags["pizarra.task"]]
    assert "with new rows" in task.title


def test_one_that_is_not_better_ends_with_1_and_is_not_registered(
    own_populated: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guessed = grown()
    guessed["species"] = guessed["species"].sample(frac=1, random_state=0).to_numpy()
    guessed.to_csv(tmp_path / "new.csv", index=False)
    words = ["retrain", f"{FLOWERS}/2", "--data", str(tmp_path / "new.csv"), "--register", "--if-better"]
    assert main(words) == 1
    said = capsys.readouterr().out
    assert "It learns from 120 old rows and 84 new rows; 36 more are held out to compare both." in said
    assert "On the rows of before (30 rows, the test rows of then): accuracy" in said
    assert len(find_model(own_populated, FLOWERS).versions) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop(columns="species"), "The table must have the true answers in a column 'species'"),
        (
            lambda table: table.head(20),
            "takes 40 new rows with true answers, some of them to judge by",
        ),
        (lambda table: table.assign(species="tulip"), "species must be one of setosa, versicolor, virginica"),
        (lambda table: table.drop(columns="petal width (cm)"), "must have all columns that the model wants"),
    ],
)
def test_rows_that_cannot_be_learned_from_end_with_2(
    change, said: str, own_populated: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    change(grown()).to_csv(tmp_path / "new.csv", index=False)
    assert main(["retrain", FLOWERS, "--data", str(tmp_path / "new.csv"), "--register"]) == 2
    assert said in capsys.readouterr().err
    assert len(find_model(own_populated, FLOWERS).versions) == 3
