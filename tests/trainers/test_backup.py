"""Backup and restore on the command line: what is said, also for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.settings import settings
from core.store.connection import Store
from tests.fixtures.stores import database
from trainers.__main__ import BAD_REQUEST, main


@pytest.fixture(autouse=True)
def chosen(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    settings.cache_clear()


def test_a_backup_is_made_checked_and_brought_back_in_words_and_for_programs(
    own_populated: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "monday.tar.gz")
    own_populated.client.create_run(own_populated.client.create_experiment("bucket", "s3://chalk/1"))
    assert main(["backup", file]) == 0
    said = capsys.readouterr().out
    assert "3 models" not in said
    assert "2 models" in said
    assert "4 versions" in said
    assert "Not in it: s3://chalk (1). These files are on no disk of this computer" in said
    assert main(["restore", file, "--check", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["whole"] is False
    assert about["counts"]["model_versions"] == 4
    assert main(["restore", file]) == BAD_REQUEST
    assert "Nothing is to be lost, but this is there" in capsys.readouterr().err
    assert main(["restore", file, "--replace", "--json"]) == 0
    came = json.loads(capsys.readouterr().out)
    assert [Path(folder).parent for folder in came["aside"]] == [database(own_populated).parent]


def test_it_speaks_spanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert main(["backup", str(tmp_path / "lunes.tar.gz")]) == 0
    assert "La copia de seguridad está hecha" in capsys.readouterr().out
    assert main(["backup", str(tmp_path / "lunes.tar.gz")]) == BAD_REQUEST
    assert "ya existe" in capsys.readouterr().err
