"""Tables that are scored in parts and joined again: the same as scored at once, whatever the file looks like."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from core.store.connection import Store
from tests.fixtures.scored import NAMES
from tests.fixtures.stores import FLOWERS
from trainers.__main__ import main


@pytest.fixture(autouse=True)
def in_english(populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)


def scored(data: Path, out: Path, part: str = "1/1") -> Path:
    assert main(["score", FLOWERS, "--data", str(data), "--out", str(out), "--part", part]) in {0, 1}
    return out


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_parts_joined_are_what_the_whole_table_is(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.DataFrame([[place, 4 + place / 10, 3.5, 1.4 + place / 8, 0.2] for place in range(41)])
    table.columns = pd.Index(["code", *NAMES])
    data = tmp_path / f"rows.{ending}"
    if ending == "csv":
        lines = table.to_csv(index=False, sep=";", decimal=",").splitlines()
        lines[9:9] = ["", '"a\nb";tall;1;1;1', "broken;1"]  # a blank line, one of two lines, and one with too few cells
        data.write_text("\n".join(lines))
    else:
        table.to_parquet(data)
    whole = pd.read_parquet(scored(data, tmp_path / "whole.parquet"))
    parts = [scored(data, tmp_path / f"{number}.parquet", f"{number}/3") for number in (1, 2, 3)]
    assert all(0 < len(pd.read_parquet(part)) < len(whole) for part in parts)
    capsys.readouterr()
    assert main(["join", *map(str, parts), "--out", str(tmp_path / "joined.parquet"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == len(whole)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "joined.parquet"), whole)


def test_a_dry_run_says_who_would_answer_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pd.DataFrame([[5.1, 3.5, 1.4, 0.2]] * 7, columns=NAMES).to_csv(tmp_path / "rows.csv", index=False)
    assert main(["score", FLOWERS, "--data", str(tmp_path / "rows.csv"), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"model": FLOWERS, "version": 2, "rows": 7}
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"])
def test_a_part_that_there_is_not_is_refused(part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", FLOWERS, "--data", str(tmp_path / "rows.csv"), f"--part={part}"]) == 2
    assert "A part is written as its number and of how many it is" in capsys.readouterr().err


def test_what_does_not_belong_together_is_not_joined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame([[5.1, 3.5, 1.4, 0.2]] * 2, columns=NAMES)
    table.to_parquet(tmp_path / "rows.parquet")
    first = scored(tmp_path / "rows.parquet", tmp_path / "first.parquet")
    other = tmp_path / "other.parquet"
    assert main(["score", f"{FLOWERS}/1", "--data", str(tmp_path / "rows.parquet"), "--out", str(other)]) == 0
    out = str(tmp_path / "joined.parquet")
    for files, complaint in (
        ([first, other], "All parts must be scored by one version, but 'other.parquet' was not"),
        ([first, tmp_path / "rows.parquet"], "'rows.parquet' does not say what scored it"),
        ([first, tmp_path / "none.parquet"], "none.parquet"),
    ):
        assert main(["join", *map(str, files), "--out", out]) == 2
        assert complaint in capsys.readouterr().err
    assert main(["join", str(first), "--out", str(first)]) == 2
    assert "in a Parquet file of its own" in capsys.readouterr().err
    assert not Path(out).exists()
