"""The command line's precomputed answers, looked up over real HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest

from core.process import shared
from core.settings import settings
from core.store.connection import Store
from tests.fixtures.alone import alone
from tests.fixtures.scored import SETOSA, VIRGINICA, flowers
from tests.fixtures.stores import FLOWERS
from trainers.__main__ import main


@pytest.fixture(autouse=True)
def in_english(populated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    shared.forget()


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    table = flowers(["007", "7", "a/b ñ"], SETOSA, VIRGINICA, [5.0, "tall", 1.0, 1.0])
    table.to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


@pytest.mark.long
def test_what_was_precomputed_is_looked_up_over_http(
    rows: Path, populated: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["precompute", FLOWERS, "--data", str(rows), "--id", "code", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["answered"], said["version"], said["id"]) == (3, 2, 2, "code")
    with alone(tmp_path, populated.uri) as served:
        for row_id, word in (("007", "setosa"), ("7", "virginica")):
            answer = served.ask("GET", f"/models/{FLOWERS}/Production/precomputed/{row_id}")
            assert (answer.code, answer.json["prediction"], answer.json["stale"]) == (200, word, False)
        unanswered = served.ask("GET", f"/models/{FLOWERS}/Production/precomputed/{quote('a/b ñ', safe='')}")
        assert unanswered.code == 404
        assert "'tall'" in unanswered.json["message"]
        missing = served.ask("GET", f"/models/{FLOWERS}/Production/precomputed/07")
        assert (missing.code, "none has the id '07'" in missing.json["message"]) == (404, True)


def test_results_that_were_scored_before_are_kept(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "scored.parquet"
    assert main(["score", FLOWERS, "--data", str(rows), "--out", str(result)]) == 1
    assert main(["precompute", f"{FLOWERS}/production", "--results", str(result), "--id", "code"]) == 1
    assert "2 of 3 rows are answered, and are looked up by code." in capsys.readouterr().out
    assert main(["precompute", f"{FLOWERS}/1", "--results", str(result), "--id", "code"]) == 2
    assert "version 1, were asked for, but 'scored.parquet' has those of" in capsys.readouterr().err


def test_a_bad_request_is_answered_in_words(rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["precompute", FLOWERS, "--data", str(rows), "--id", "Code"]) == 2
    assert "The table has no column 'Code'." in capsys.readouterr().err
    pd.concat([pd.read_csv(rows, dtype=str)] * 2).to_csv(rows, index=False)
    assert main(["precompute", FLOWERS, "--data", str(rows), "--id", "code"]) == 2
    assert "Every id must be there once" in capsys.readouterr().err
