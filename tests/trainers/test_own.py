from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.settings import ROOT, settings
from core.store.connection import Store
from core.store.runs.tracking import get_run
from core.training.jobs import Jobs
from core.training.launching import launch
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from trainers import TASKS, own, task, tasks
from trainers.__main__ import main
from trainers.own import own_tasks

DOCUMENT = (ROOT / "docs" / "own-trainer.md").read_text(encoding="utf-8")
SMALL = """\
from trainers.iris import TASK as IRIS
from dataclasses import replace
TASK = replace(IRIS, name={name!r})
"""


def block(language: str) -> str:
    """The document's code of a language, of which it has one."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for trainers, which the settings name."""
    mine = tmp_path / "mine"
    mine.mkdir()
    monkeypatch.setenv("PIZARRA_TRAINERS_DIR", str(mine))
    settings.cache_clear()
    own_tasks.cache_clear()
    yield mine
    own_tasks.cache_clear()
    for name in [name for name in sys.modules if name.startswith("trainers.own.")]:
        del sys.modules[name]
    own.__path__[:] = []


@pytest.fixture
def tea(folder: Path, tmp_path: Path) -> Path:
    """The document's example, as it says where to put it."""
    (folder / "tea.py").write_text(block("python"), encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tea.csv").write_text(block("csv"), encoding="utf-8")
    return folder


@pytest.mark.long
def test_the_documents_example_runs_from_the_command_line(store: Store, tea: Path) -> None:
    words = ["run", "tea", "--algorithm", "tree", "--set", "max_depth=2", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "trainers", *words],
        cwd=ROOT,
        env={**os.environ, "MLFLOW_TRACKING_URI": store.uri, "LC_ALL": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (run_id,) = re.findall(r'"run_id": "(\w+)"', done.stdout)
    run = get_run(store, run_id)
    assert (run.status, run.params["max_depth"]) == ("FINISHED", "2")
    assert run.tags.items() >= {"pizarra.task": "tea", "pizarra.data_source": "tea.csv"}.items()


@pytest.mark.long
def test_the_documents_example_is_trained_by_workers(store: Store, tea: Path) -> None:
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    try:
        run_id = launch(jobs, store, ANA, task("tea"), "tree", {})
        assert until(lambda: run_id not in jobs.active(), 120)
    finally:
        jobs.close()
    run = get_run(store, run_id)
    assert run.status == "FINISHED", run.tags
    assert run.metrics["test_accuracy"] >= 0.5


def test_the_documents_example_is_about_20_lines() -> None:
    lines = [line for line in block("python").splitlines() if line]
    assert len(lines) <= 25


def test_own_tasks_come_after_those_that_are_there(folder: Path) -> None:
    assert list(tasks()) == list(TASKS)
    own_tasks.cache_clear()
    (folder / "b.py").write_text(SMALL.format(name="second"))
    (folder / "a.py").write_text("from trainers.own._shared import NAME\n" + SMALL.replace("{name!r}", "NAME"))
    (folder / "_shared.py").write_text("NAME = 'first'")
    assert list(tasks()) == [*TASKS, "first", "second"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n1 / 0\n", "a.py must be a trainer, but: ZeroDivisionError: division by zero (a.py:2)."),
        ("x = (\n", "a.py must be a trainer, but: SyntaxError: '(' was never closed (a.py:1)."),
        ("import nowhere\n", "a.py must be a trainer, but: ModuleNotFoundError: No module named 'nowhere' (a.py:1)."),
        ("x = 1\n", "TASK must be a core.training.tasks.Task, but it is None."),
        (SMALL.format(name="iris"), "The task of a.py must have a name of its own, but iris is also that of Pizarra."),
        (SMALL.format(name="taken"), "but taken is also that of a.py."),
        (SMALL.format(name="No Name"), "must have only small letters, digits and _, but it is 'No Name'"),
        (SMALL.format(name="x") + "TASK = replace(TASK, algorithms=TASK.algorithms[:1] * 2)", "a name of its own, but"),
        (SMALL.format(name="x") + "TASK = replace(TASK, kind='regression')", "class_names must be two or more"),
        (SMALL.format(name="x") + "TASK = replace(TASK, kind='guess')", "must be classification or regression"),
    ],
)
def test_what_is_no_trainer_is_told_with_its_file(
    folder: Path, text: str, complaint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    (folder / "a.py").write_text(text)
    (folder / "b.py").write_text(SMALL.format(name="taken"))
    assert main(["list"]) == 2
    assert complaint in capsys.readouterr().err


def test_a_default_that_is_not_allowed_is_told(folder: Path) -> None:
    bad = "from core.training.specs import Integer\n" + block("python").replace("3, low=1", "30, low=1")
    (folder / "a.py").write_text(bad)
    with pytest.raises(TrainingError, match="max_depth must be a whole number from 1 to 10, but it is 30"):
        tasks()


def test_a_file_that_was_corrected_is_read_again(folder: Path) -> None:
    (folder / "a.py").write_text("1 / 0")
    with pytest.raises(TrainingError, match="ZeroDivisionError"):
        tasks()
    (folder / "a.py").write_text("# corrected, and longer\n" + SMALL.format(name="first"))
    assert list(tasks())[-1] == "first"


def test_a_folder_that_is_not_there_and_a_name_with_a_dot_are_told(folder: Path) -> None:
    (folder / "a.b.py").write_text("")
    with pytest.raises(TrainingError, match=r"must have no dot within, but it is a\.b\.py"):
        tasks()
    with pytest.raises(TrainingError, match="PIZARRA_TRAINERS_DIR must be a folder"):
        own_tasks(folder / "nowhere")
