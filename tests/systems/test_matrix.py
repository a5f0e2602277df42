"""``make matrix``: each Python has a line, also one that cannot be had."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.systems import matrix

ROOT = Path(__file__).parents[2]


def fake_python(folder: Path, said: str, code: int) -> Path:
    """Make what stands for a Python with pytest: it says its version, or the last line of the tests."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\ncase "$1" in -c) echo 3.12.9;; *) echo "$@"; echo "{said}"; exit {code};; esac\n')
    python.chmod(0o755)
    return python


@pytest.mark.parametrize(("code", "well"), [(0, True), (1, False)])
def test_a_python_has_a_line_of_how_its_tests_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int, well: bool
) -> None:
    python = fake_python(tmp_path, "1 failed, 4 passed in 2.1s (0:00:02)", code)
    monkeypatch.setattr(matrix, "environment", lambda version: python)
    assert matrix.main(["3.12", "tests/core", "-k", "name"]) == int(not well)
    printed = capsys.readouterr().out
    assert re.search(r"^Python 3\.12\.9: 1 failed, 4 passed \(\d+ s\)$", printed, re.MULTILINE)
    assert "-m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/core -k name\n" in printed


def test_a_python_that_cannot_be_had_is_named_and_not_taken_for_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    assert matrix.main(["9.9"]) == 1
    assert re.search(r"^Python 9\.9: NOT TRIED\. .*[Pp]ython 9\.9", capsys.readouterr().out, re.MULTILINE)
    assert not (ROOT / ".venv-9.9").exists()


def test_the_newest_python_of_pyenv_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    for name in ("3.1.5", "3.12.1", "3.12.10", "3.12.9", "3.13.0"):
        (tmp_path / "versions" / name / "bin").mkdir(parents=True)
        (tmp_path / "versions" / name / "bin" / "python").touch()
    assert [Path(found).parts[-3] for found in matrix.interpreters("3.12")] == ["3.12.10", "3.12.9", "3.12.1"]
    assert [Path(found).parts[-3] for found in matrix.interpreters("3.1")] == ["3.1.5"]


def test_the_matrix_begins_with_the_oldest_python_that_is_promised_and_holds_this_one() -> None:
    chosen = re.search(r"^MATRIX \?= (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert chosen
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["requires-python"] == f">={chosen[1].split()[0]}"
    assert ".".join(map(str, sys.version_info[:2])) in chosen[1].split()
