"""``make class``: the dashboard is opened to the room, with a PIN that only the terminal shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.classroom.__main__ import invitation
from core.classroom.class_file import ClassFile
from core.classroom.members import Members
from core.classroom.pins import matches
from core.classroom.presenters import CLASS_PIN, Presenters
from core.settings import ROOT
from tests.fixtures.dashboards import answers, free_port
from tests.fixtures.processes import until
from tests.fixtures.websites import ask, own_address

pytestmark = pytest.mark.timeout(180)


@contextmanager
def opened(folder: Path, **environment: str) -> Iterator[tuple[int, str]]:
    """Open a class and yield its port and what the terminal shows."""
    port, log = free_port(), folder / "terminal"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.classroom", "--port", str(port)],
            cwd=ROOT,
            env=os.environ
            | {
                "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
                "PIZARRA_CACHE_DIR": str(folder / "cache"),
                "STREAMLIT_SERVER_HEADLESS": "true",
                "LC_ALL": "es_MX.UTF-8",
                "PYTHONIOENCODING": "utf-8",
            }
            | environment,
            stdout=output,
            stderr=output,
        )
    try:
        assert until(lambda: answers(f"http://127.0.0.1:{port}/_stcore/health"), 60), log.read_text(encoding="utf-8")
        yield port, log.read_text(encoding="utf-8")
    finally:
        process.terminate()
        process.wait(20)


def pin_in(terminal: str) -> str:
    """Return the PIN that the terminal shows."""
    found = re.search(r"PIN de quien presenta: (\d{6}) ", terminal)
    assert found, terminal
    return found[1]


@pytest.mark.long
def test_a_class_that_is_opened_twice_has_another_pin_and_the_same_people(tmp_path: Path) -> None:
    with opened(tmp_path) as (_port, terminal):
        first = pin_in(terminal)
        file = ClassFile(tmp_path / "cache")
        kept = file.said(CLASS_PIN)
        assert matches(first, kept)
        Presenters(file, kept).show(first, "a teacher", "")
        Members(file).join("a phone", "Lucía")
    with opened(tmp_path) as (port, terminal):
        second = pin_in(terminal)
        assert second != first
        kept = file.said(CLASS_PIN)
        assert matches(second, kept)
        assert Presenters(file, kept).has_shown("a teacher")
        assert Members(file).member("a phone")
        if here := own_address():
            assert ask(port, "GET", "/_stcore/health", to=here, Host=f"{here}:{port}")[0] == 200
            assert f"http://{here}:{port}" in terminal
    file.close()


@pytest.mark.long
def test_a_pin_of_ones_own_is_not_shown(tmp_path: Path) -> None:
    with opened(tmp_path, PIZARRA_PIN="open sesame") as (_port, terminal):
        assert "open sesame" not in terminal
        assert "Quien presenta muestra el PIN de PIZARRA_PIN o inicia sesión." in terminal


def test_what_is_no_pin_is_refused_in_words_before_anything_starts(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core.classroom"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PIZARRA_PIN": "123", "LC_ALL": "C", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("PIZARRA_PIN must have 4 characters or more, but it has fewer.")


def test_the_terminal_shows_every_address_and_a_code_of_the_first() -> None:
    shown = invitation("123456", ["http://192.168.1.20:8501", "http://10.0.0.7:8501"])
    assert "Phones open http://192.168.1.20:8501\nor http://10.0.0.7:8501\n" in shown
    assert "█" in shown
    assert "123456" in shown


def test_a_computer_on_no_network_is_told_so() -> None:
    assert "This computer is on no network" in invitation("123456", [])


def test_models_and_workers_do_not_get_the_pin() -> None:
    code = "import os, core.settings as s; print('PIZARRA_PIN' in os.environ, s.settings().pin)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PIZARRA_PIN": "open sesame"}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False open sesame"
