"""The entry is one ASGI app, whoever starts it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.fixtures.dashboards import answers, free_port
from tests.fixtures.processes import until

STARTS = {
    "streamlit": ["streamlit", "run", "streamlit_app.py", "--server.headless", "true", "--server.port"],
    "uvicorn": ["uvicorn", "streamlit_app:app", "--port"],
}


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
        return str(answer.read().decode())


@pytest.fixture(scope="module", params=STARTS)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("entry") / "log"
    here = f"http://127.0.0.1:{port}"
    starts: dict[str, Sequence[str]] = {name: [*start, str(port)] for name, start in STARTS.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *starts[request.param]], cwd=ROOT, stdout=output, stderr=output
        )
    try:
        assert until(lambda: answers(f"{here}/_stcore/health"), seconds=60), Path(log).read_text(encoding="utf-8")
        yield here
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.part(2)
def test_the_api_has_its_door_beside_the_pages(address: str) -> None:
    assert json.loads(read(f"{address}/api/ping")) == {"status": "ok"}


@pytest.mark.part(2)
def test_every_page_has_its_address(address: str) -> None:
    assert '<div id="root">' in read(f"{address}/compare")
