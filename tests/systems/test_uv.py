"""``uv run``: what the READMEs say of it is what uv understands, and needs no second list of packages."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
PREFIX = ["--no-project", "--python", ">=3.11", "--with-requirements", "requirements.lock"]


def commands(readme: str) -> list[list[str]]:
    return [shlex.split(line) for line in re.findall(r"^uv run .*$", (ROOT / readme).read_text("utf-8"), re.MULTILINE)]


@pytest.mark.parametrize("readme", ["README.md", "README.es.md"])
def test_uv_runs_what_make_run_and_make_class_run_with_what_is_locked(readme: str) -> None:
    run, room = commands(readme)
    assert [run[2:7], room[2:7]] == [PREFIX, PREFIX]
    assert run[7:] == ["streamlit", "run", "streamlit_app.py"]
    assert room[7:] == ["python", "-m", "core.classroom"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert f"$(BIN)/{shlex.join(run[7:])} " in makefile
    assert f"$(BIN)/{shlex.join(room[7:])} " in makefile


def test_uv_understands_the_options_and_makes_nothing_in_the_folder(tmp_path: Path) -> None:
    (command, _room) = commands("README.md")
    (tmp_path / "requirements.lock").touch()
    options = [
        find_uv_bin(),
        *command[1:7],
        "--offline",
        "python",
        "-c",
        "import sys; print(sys.version_info >= (3, 11))",
    ]
    done = subprocess.run(options, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, [path.name for path in tmp_path.iterdir()]) == ("True\n", ["requirements.lock"]), done.stderr


def test_the_project_is_no_package_and_has_one_list_of_what_it_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "build-system" not in project
    assert "dependencies" not in project["project"]
    assert "dependencies" not in project["project"].get("dynamic", [])
