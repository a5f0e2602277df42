from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from core.api.programs.admission import Admission, Limits
from core.api.programs.calls import answered_by
from core.api.programs.errors import install
from core.api.programs.metrics import count, metrics
from core.serving.meters import OTHER
from core.serving.serving_file import ServingFile
from core.serving.tokens import Tokens
from core.store.connection import Store
from tests.fixtures.programs import ask


@pytest.fixture
def app(tmp_path: Path, own_in_use: Store) -> Iterator[FastAPI]:
    file = ServingFile(tmp_path)
    tokens = Tokens(file, required=False)
    made = FastAPI(routes=[Route("/metrics", metrics)])
    install(made)
    made.add_middleware(
        Admission, tokens=lambda: tokens, model_of=lambda _path: None, limits=Limits(1000, 9, 99, 9), note=count
    )

    @made.post("/models/{name}/predict")
    def predict(name: str) -> None:
        if name == "roses":
            answered_by(name, "3")

    yield made
    file.close()


def test_prometheus_reads_what_was_asked_by_route_and_never_by_what_a_caller_wrote(app: FastAPI) -> None:
    for path in ("/models/roses/predict", "/models/made-up/predict", "/made-up"):
        ask(app, "POST", path)
    answer = ask(app, "GET", "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    series = [line for line in answer.text.splitlines() if line.startswith("pizarra_requests_total")]
    route = "/models/{name}/predict"
    assert any(f'code="200",model="roses",route="{route}",version="3"' in line for line in series)
    assert any(f'code="200",model="",route="{route}",version=""' in line for line in series)
    assert any(f'code="404",model="",route="{OTHER}",version=""' in line for line in series)
    assert "made-up" not in answer.text


def test_what_lies_around_the_routes_is_not_told_as_one_of_them(app: FastAPI) -> None:
    around = Starlette(routes=[Mount("/api", app)])
    for method, path in (("POST", "/api/models/roses/predict"), ("POST", "/api/made-up"), ("GET", "/api/metrics")):
        ask(around, method, path)
    told = ask(around, "GET", "/api/metrics").text
    assert 'model="roses",route="/models/{name}/predict",version="3"' in told
    assert "/api/{path}" not in told


def test_programs_that_speak_openmetrics_get_it(app: FastAPI) -> None:
    answer = ask(app, "GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_which_parts_are_up_is_measured(app: FastAPI) -> None:
    lines = set(ask(app, "GET", "/metrics").text.splitlines())
    assert {'pizarra_part_up{part="store"} 1.0', 'pizarra_part_up{part="artifacts"} 1.0', "pizarra_runs 0.0"} <= lines
