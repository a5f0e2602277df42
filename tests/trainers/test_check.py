"""The command line's check of a real model, with tables as people have them."""

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

    return table_of(TASKS["iris"], settings()).features.sample(frac=1, random_state=0)


def written(table: pd.DataFrame, path: Path) -> str:
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".xlsx":
        write_workbook(path, {"rows": [list(table), *table.values.tolist()]})
    else:
        table.to_csv(path, index=False, sep=";", decimal=",")
    return str(path)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx"])
def test_rows_like_those_it_learned_from_have_not_changed(
    ending: str, flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", FLOWERS, "--data", written(flowers[:60], tmp_path / f"rows{ending}"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["drifted"], said["rows"], said["unfit"]) == (False, 60, 0)
    assert len(said["columns"]) == 4
    assert not any(one["drifted"] for one in said["columns"].values())
    assert said["false_alarms"] == 0.07


def test_other_rows_end_with_1_and_are_said(
    flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grown = flowers[:60].assign(**{"petal length (cm)": lambda table: table["petal length (cm)"] + 2})
    assert main(["check", f"{FLOWERS}/Production", "--data", written(grown, tmp_path / "rows.csv")]) == 1
    said = capsys.readouterr().out
    assert "What it is asked has changed more than by chance: 1 of 4 inputs." in said
    assert "petal length (cm): higher: half is below" in said
    assert "Of checks like this with nothing changed, at most 7% find something." in said


def test_rows_are_held_against_a_table_where_one_is_given(
    flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grown = flowers.assign(**{"petal length (cm)": lambda table: table["petal length (cm)"] + 2})
    words = ["check", FLOWERS, "--data", written(grown[:50], tmp_path / "now.csv"),
             "--reference", written(grown[50:], tmp_path / "before.csv"), "--json"]  # fmt: skip
    main(words)
    said = json.loads(capsys.readouterr().out)
    assert not any(one["drifted"] for one in said["columns"].values())
    assert said["reference_rows"] == 100


def test_a_few_rows_say_nothing(flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", FLOWERS, "--data", written(flowers[:10], tmp_path / "rows.csv")]) == 0
    assert "Nothing can be said: it takes 30 rows, but there are 10" in capsys.readouterr().out


def test_rows_with_a_value_that_does_not_fit_are_left_out_and_counted(
    flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.csv"
    lines = Path(written(flowers[:60], path)).read_text().splitlines()
    path.write_text("\n".join([*lines, "a;b;c;d", "1,0;2,0"]))
    assert main(["check", FLOWERS, "--data", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["unfit"]) == (60, 2)


@pytest.mark.parametrize(
    ("model", "content", "complaint"),
    [
        ("nobody", "a\n1\n", "There is no registered model 'nobody'."),
        (f"{FLOWERS}/99", "a\n1\n", "has nothing that is called '99'."),
        (f"{FLOWERS}@best", "a\n1\n", "has nothing that is called '@best'."),
        ("a/b/c", "a\n1\n", "A model is named NAME, NAME/Staging, NAME/3 or NAME@alias, but this was given"),
        (FLOWERS, "a\n1\n", "The columns must be called like the model's inputs"),
        (FLOWERS, "sepal length (cm),petal length (cm)\n1.0,2.0\n", "must have all columns that the model wants"),
        (FLOWERS, "", "The file must have rows, but it is empty."),
    ],
)
def test_a_bad_request_is_answered_in_words(
    model: str, content: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    assert main(["check", model, "--data", str(path)]) == 2
    assert complaint in capsys.readouterr().err


def test_a_workbook_of_several_sheets_is_asked_about(
    flowers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_workbook(tmp_path / "rows.xlsx", {"rows": [list(flowers)], "more": [list(flowers)]})
    assert main(["check", FLOWERS, "--data", str(tmp_path / "rows.xlsx")]) == 2
    assert "A workbook must have one sheet with cells" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", FLOWERS, "--data", str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err
