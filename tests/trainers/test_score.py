"""The command line's scoring with a real model: tables as people have them, answers in files."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from core.store.connection import Store
from tests.fixtures.stores import FLOWERS
from tests.fixtures.workbooks import write_workbook
from trainers.__main__ import main


@pytest.fixture(autouse=True)
def in_english(populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)


@pytest.fixture(scope="module")
def flowers() -> pd.DataFrame:
    from core.settings import settings
    from core.training.datasets import table_of
    from trainers import TASKS

    table = table_of(TASKS["iris"], settings())
    return table.features.assign(species=table.target).sample(20, random_state=0)


def test_all_rows_are_written_with_their_answers(
    flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers.drop(columns="species").to_csv(tmp_path / "rows.csv", index=False, sep=";", decimal=",")
    assert main(["score", f"{FLOWERS}/Production", "--data", str(tmp_path / "rows.csv"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["answered"], said["unanswered"], said["version"]) == (20, 20, [], 2)
    written = pd.read_csv(tmp_path / "rows.scored.csv", sep=";", decimal=",")
    assert said["result"] == str(tmp_path / "rows.scored.csv")
    assert list(written["sepal length (cm)"]) == list(flowers["sepal length (cm)"])
    assert set(written["prediction"]) <= {"setosa", "versicolor", "virginica"}


def test_rows_that_cannot_be_answered_are_named_and_end_with_1(
    flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = flowers.astype({"petal width (cm)": object})
    odd.iloc[3, 3] = "wide"
    odd.to_csv(tmp_path / "rows.csv", index=False)
    words = ["score", FLOWERS, "--data", str(tmp_path / "rows.csv"), "--out", str(tmp_path / "said.parquet")]
    assert main([*words, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["answered"], said["known_answers"]) == (20, 19, 19)
    (one,) = said["unanswered"]
    assert "petal width (cm) wide" in one["why"]
    assert 0 <= said["metrics"]["test_accuracy"] <= 1
    written = pd.read_parquet(tmp_path / "said.parquet")
    assert written["prediction"].isna().sum() == 1
    assert main(words) == 1
    assert "19 of 20 rows are answered." in capsys.readouterr().out


def test_a_workbook_is_scored_as_its_sheet(flowers: pd.DataFrame, tmp_path: Path) -> None:
    write_workbook(tmp_path / "rows.xlsx", {"rows": [list(flowers), *flowers.values.tolist()]})
    assert main(["score", FLOWERS, "--data", str(tmp_path / "rows.xlsx")]) == 0
    assert len(pd.read_csv(tmp_path / "rows.scored.csv")) == 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "nobody"),
        ([f"{FLOWERS}/9"], "nothing that is called '9'"),
        ([FLOWERS, "--out", "answers.txt"], "Let its name end in .csv or .parquet"),
        ([FLOWERS, "--out", "rows.csv"], "Answers need a file of their own"),
        ([FLOWERS, "--out", "gone/answers.csv"], "a folder that is there"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(
    words: list[str], said: str, flowers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    flowers.to_csv("rows.csv", index=False)
    assert main(["score", *words, "--data", "rows.csv"]) == 2
    assert said in capsys.readouterr().err


def test_a_table_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pd.DataFrame({"price": [1.0, 2.0]}).to_csv(tmp_path / "rows.csv", index=False)
    assert main(["score", FLOWERS, "--data", str(tmp_path / "rows.csv")]) == 2
    assert "The columns must be called like the model's inputs" in capsys.readouterr().err
    assert not (tmp_path / "rows.scored.csv").exists()
