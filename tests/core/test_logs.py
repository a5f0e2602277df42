from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.classroom.pins import hashed
from core.settings import ROOT
from core.store.connection import Store
from tests.fixtures.alone import alone
from tests.fixtures.dashboards import Dashboard, free_port
from tests.fixtures.phones import Phone
from tests.fixtures.processes import until

PASSWORD, PIN, MARKER, TOKEN = "open-sesame-77", "4711-abc", "zanahoria", "pizarra_" + "x" * 40


def logged(code: str, **environment: str) -> list[dict[str, Any]]:
    """Run code in a new Python with JSON lines and return what it logged."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PIZARRA_LOG_LINES": "json"} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_line_says_when_how_bad_who_and_what() -> None:
    [line] = logged("from core import settings; import logging; logging.getLogger('a.b').warning('much: %s', 5)")
    assert datetime.fromisoformat(line.pop("time")).utcoffset().total_seconds() == 0
    assert line == {"level": "WARNING", "logger": "a.b", "message": "much: 5"}


def test_an_error_says_where_it_came_from_and_nothing_of_what_it_could_not_read() -> None:
    code = f"""
from core import settings
import logging
log = logging.getLogger("pizarra")
def ask(word):
    try:
        float(word)
    except ValueError as error:
        raise OSError(5, "away", "postgresql://me:{PASSWORD}@db") from error
try:
    ask("{MARKER}"[:])
except OSError as error:
    log.exception("It failed")
    log.warning("It failed: %s, %s", error, error.__cause__)
"""
    [first, second] = logged(code)
    assert "in ask" in first["exception"]
    assert "builtins.ValueError" in first["exception"]
    assert "OSError: [Errno 5] away: 'postgresql://me:…@db'" in first["exception"]
    assert second["message"].endswith("'postgresql://me:…@db', builtins.ValueError")
    assert MARKER not in first["exception"] + second["message"]


@pytest.mark.long
def test_libraries_write_such_lines_too_whenever_they_are_imported() -> None:
    code = """
from core.logs import take_over
from core import settings
take_over()
import warnings, threading, logging
import mlflow, distributed, uvicorn.config, streamlit.logger
uvicorn.Config(None)
for name in ("mlflow", "distributed.worker", "uvicorn.error", "another"):
    logging.getLogger(name).warning("hello")
streamlit.logger.get_logger("streamlit.x").warning("hello")
warnings.warn("hello")
print("hello")
thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()
raise KeyError("hello")
"""
    lines = logged(code)
    said = {line["logger"] for line in lines if "hello" in line["message"]}
    assert said == {"mlflow", "distributed.worker", "uvicorn.error", "another", "streamlit.x", "py.warnings", "stdout"}
    assert [line["exception"].splitlines()[-1] for line in lines[-2:]] == [
        "builtins.ZeroDivisionError",
        "builtins.KeyError",
    ]


def test_as_text_lines_are_as_they_were_but_for_passwords() -> None:
    code = f"from core import settings; import logging; logging.warning('no answer of http://me:{PASSWORD}@host')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "WARNING:root:no answer of http://me:…@host\n"


def test_files_are_written_as_whoever_writes_them_says(tmp_path: Path) -> None:
    code = (
        "from core import settings; import logging; log = logging.getLogger('a');"
        f"log.addHandler(logging.FileHandler({str(tmp_path / 'log')!r})); log.propagate = False; log.warning('hello')"
    )
    assert logged(code) == []
    assert (tmp_path / "log").read_text() == "hello\n"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_real_api_logs_lines_without_secrets_or_what_it_was_asked(own_populated: Store, tmp_path: Path) -> None:
    path = own_populated.uri.removeprefix("sqlite:///")
    settings = {"PIZARRA_LOG_LINES": "json", "PIZARRA_PIN": PIN, "AWS_SECRET_ACCESS_KEY": PASSWORD}
    with alone(tmp_path / "alone", own_populated.uri, settings=settings) as served:
        bad = {"Authorization": f"Bearer {TOKEN}"}
        assert served.ask("POST", "/predict", {MARKER: MARKER}, bad).code == 401
        for body in ({MARKER: MARKER}, {"dataframe_records": [{MARKER: MARKER}]}, {"inputs": MARKER}, MARKER.encode()):
            for route in ("/predict", "/invocations", "/explain", "/v2/models/x/infer"):
                assert served.ask("POST", route, body).code >= 400
        os.rename(path, f"{path}.away")
        assert served.ask("GET", "/models").code >= 400
        os.rename(f"{path}.away", path)
        log = tmp_path / "alone" / "alone.log"
        assert until(lambda: bool(log.read_text()), 10)
        written = log.read_text()
    assert any(line["logger"] == "stdout" for line in lines_of(log))
    for secret in (MARKER, PASSWORD, PIN, TOKEN):
        assert secret not in written


@pytest.mark.long
def test_a_real_dashboard_whose_store_is_away_logs_lines_without_its_password(tmp_path: Path) -> None:
    nobody = f"postgresql://me:{PASSWORD}@127.0.0.1:{free_port()}/x"
    own = {"MLFLOW_TRACKING_URI": nobody, "PIZARRA_LOG_LINES": "json", "PIZARRA_PIN": hashed(PIN)}
    own["STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE"] = "true"  # it comes before our first line, and is no log
    dashboard = Dashboard(tmp_path, free_port(), settings=own)
    try:
        phone = Phone(dashboard.address)
        for path in ("/api/models", "/api/health", f"/c/predict?model={MARKER}", "/c/", "/"):
            phone.open(path)
        phone.open("/c/join", {"nickname": MARKER, "pin": f"{PIN}0"})
    finally:
        dashboard.stop()
    written = (tmp_path / "dashboard.log").read_text()
    lines = lines_of(tmp_path / "dashboard.log")
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    for secret in (MARKER, PASSWORD, PIN):
        assert secret not in written
