"""A start imports little, and the rest in the background; each in a process of its own, as a start is one."""

from __future__ import annotations

import ast
import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest
import streamlit as st

from core.settings import ROOT
from core.ui import warming
from tests.fixtures.dashboards import free_port
from tests.fixtures.loops import run
from tests.fixtures.processes import until
from tests.test_entry import STARTS

HEAVY = {"skops", "scipy.stats", "sklearn", "distributed", "shap", "optuna", "matplotlib", "xgboost"}
PAGES = sorted((ROOT / "pages").rglob("*.py"))


def imported_by(*steps: str) -> list[set[str]]:
    """Return the names of all modules that one new process has after each step."""
    said = "\nimport sys\nprint('modules:', *sys.modules)\n"
    done = subprocess.run(
        [sys.executable, "-c", "".join(f"{step}{said}" for step in steps)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [set(line.split()[1:]) for line in done.stdout.splitlines() if line.startswith("modules:")]


def imports_of_pages() -> str:
    """Return the import statements of all pages."""
    bodies = (ast.parse(path.read_text(encoding="utf-8")).body for path in PAGES)
    return "\n".join(
        ast.unparse(node) for body in bodies for node in body if isinstance(node, ast.Import | ast.ImportFrom)
    )


WARMING = "from threading import Event\nfrom core.ui import warming\nwarming.load(warming.{}, Event())"


def test_neither_the_entry_nor_a_page_imports_what_is_heavy_before_it_is_used() -> None:
    entry, pages = imported_by("import streamlit_app", f"import core.ui.frame\n{imports_of_pages()}")
    assert not entry & (HEAVY | {"mlflow", "pandas", "core.ui.frame"})
    assert "core.ui.predict.what_if" in pages
    assert not pages & HEAVY


@pytest.mark.long
def test_the_first_page_comes_first_and_in_the_end_no_library_is_left_to_import() -> None:
    first, everything, used = imported_by(WARMING.format("FIRST"), WARMING.format("AFTERWARDS"), imports_of_pages())
    assert "core.ui.frame" in first
    assert not first & HEAVY
    assert everything >= HEAVY
    assert {name for name in used - everything if not name.startswith(("core.", "trainers"))} == set()


def test_what_cannot_be_imported_is_logged_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "chalk_that_breaks.py").write_text("raise RuntimeError('The chalk broke.')", encoding="utf-8")
    (tmp_path / "chalk_that_writes.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    warming.load(["chalk_that_breaks", "chalk_that_is_missing", "chalk_that_writes"], Event())
    assert "chalk_that_writes" in sys.modules
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "chalk_that_breaks", "chalk_that_is_missing",
    ]  # fmt: skip
    assert gc.isenabled()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small modules to import: one for the first page, one for afterwards. No page was shown yet, no schedule."""
    for name in ("first", "later"):
        (tmp_path / f"{tmp_path.name}_{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(warming, "FIRST", (f"{tmp_path.name}_first",))
    monkeypatch.setattr(warming, "SCHEDULES", "")
    monkeypatch.setattr(warming, "AFTERWARDS", (f"{tmp_path.name}_later",))
    monkeypatch.setattr(warming, "_page_was_shown", Event())
    monkeypatch.setattr(warming, "PATIENCE", 600.0)
    monkeypatch.setattr(warming, "BREATH", 0.0)


@pytest.mark.usefixtures("small")
def test_the_rest_waits_until_the_first_page_was_shown(tmp_path: Path) -> None:
    async def serve() -> None:
        async with warming.lifespan(st.App("script.py")):
            assert until(lambda: f"{tmp_path.name}_first" in sys.modules, seconds=30)
            assert f"{tmp_path.name}_later" not in sys.modules
            warming.note_page()
            assert until(lambda: f"{tmp_path.name}_later" in sys.modules, seconds=30)

    run(serve)


@pytest.mark.usefixtures("small")
def test_an_app_that_ends_takes_its_warming_up_along(tmp_path: Path) -> None:
    async def serve() -> None:
        async with warming.lifespan(st.App("script.py")):
            assert "warming" in {thread.name for thread in threading.enumerate()}

    run(serve)
    assert "warming" not in {thread.name for thread in threading.enumerate()}
    assert f"{tmp_path.name}_later" not in sys.modules


EARLY, LATE = "mlflow", warming.AFTERWARDS[-1]


@pytest.mark.long
@pytest.mark.parametrize(
    ("start", "last"),
    [
        pytest.param(STARTS["streamlit"], LATE, id="streamlit, late"),
        pytest.param(STARTS["uvicorn"], EARLY, id="uvicorn, early", marks=pytest.mark.long),
        pytest.param(STARTS["streamlit"], EARLY, id="streamlit, early", marks=pytest.mark.long),
        pytest.param(STARTS["uvicorn"], LATE, id="uvicorn, late", marks=pytest.mark.long),
    ],
)
def test_however_it_is_started_it_warms_up_by_itself_and_ends_cleanly(
    start: Sequence[str], last: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", *start, str(free_port())],
            cwd=ROOT, stdout=output, stderr=output, env=os.environ | {"PIZARRA_CACHE_DIR": str(tmp_path)},
        )  # fmt: skip
    try:
        assert until(lambda: f" {last}." in log.read_text(encoding="utf-8"), seconds=200)
    finally:
        process.terminate()
        ended = process.wait(60)
    assert ended in {0, -signal.SIGTERM}
    written = log.read_text(encoding="utf-8")
    assert "Traceback" not in written
    assert "imported ahead" not in written
