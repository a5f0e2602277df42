"""Ask the same model over HTTP, of us, of ``mlflow models serve`` and of FastAPI over ``predict``: one row at a time.

``python -m benchmarks.serving`` does this alone. Each server is one process, all stand at the same time, and are asked
in turns by one client in a process of its own; so they share the machine's moods. 100,000 rows come in one request,
which is also held against what parsing it and ``predict`` take without any server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import mlflow
import pandas as pd

from benchmarks.clock import ratio
from benchmarks.stores import BENCH
from core import settings as _first  # noqa: F401 - it turns off the libraries' usage reports
from core.settings import ROOT
from core.settings import settings as in_force
from core.store.connection import Store, open_store
from core.store.models import describe_model
from core.store.registry import promotion, registered_models
from core.store.runs.run_models import run_model_uri
from core.store.writer import schedule_run, writing
from core.training.fit import train
from tests.fixtures.dashboards import answers, free_port
from tests.fixtures.processes import until
from trainers import TASKS

ROUNDS, A_ROUND = 8, 60  # single requests of each server, in turns
CLIENTS, ALL_OF_THEM = (8, 32), 320  # requests at once, and how many they send together
MANY = 100_000  # rows
WARM = 30


@dataclass(frozen=True)
class Asked:
    """A model that is asked: what it is called, how it is trained, and the bars: p50, p95 and throughput."""

    title: str
    task: str
    algorithm: str
    params: Mapping[str, Any]
    bars: tuple[float, float, float]


MODELS = (
    Asked("forest of 100, iris", "iris", "random_forest", {"n_estimators": 100}, (0.12, 0.25, 5)),
    Asked("forest of 100, cars", "car_prices", "random_forest", {"n_estimators": 100}, (0.12, 0.25, 5)),
    Asked("boosting with words, churn", "telco_churn", "hist_gradient_boosting", {}, (0.4, 0.5, 3)),
    Asked("logistic regression, iris", "iris", "logistic_regression", {}, (0.3, 0.5, 3)),
)


@dataclass(frozen=True)
class Server:
    """A server that stands: where, and what is asked of it."""

    name: str
    port: int
    path: str


def requests_of(server: Server, body: bytes, clients: int, each: int) -> tuple[list[float], float]:
    """Ask with so many clients at once on connections that are kept; return the seconds of each, and of all."""
    asked = json.dumps([server.port, server.path, body.decode(), clients, each])
    command = [sys.executable, "-m", "benchmarks.http_client"]
    said = subprocess.run(command, input=asked.encode(), cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    taken, together = json.loads(said.stdout)
    return taken, together


@contextmanager
def started(command: Sequence[str], port: int, log: Path, **environment: str) -> Iterator[None]:
    """Start a server and wait until it answers."""
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own Python and our own scripts
            command, cwd=ROOT, env=os.environ | environment, stdout=file, stderr=file
        )
    try:
        if not until(lambda: answers(f"http://127.0.0.1:{port}/openapi.json"), 90):
            raise RuntimeError(log.read_text())
        yield
    finally:
        process.terminate()
        process.wait()


def registered(store: Store, asked: Asked, name: str) -> tuple[str, bytes]:
    """Train a model, move it to Production, and return its folder and a request of one row."""
    record = train(
        TASKS[asked.task], asked.algorithm, dict(asked.params), settings=in_force(), report=lambda stage: None
    )
    run_id = schedule_run(store, BENCH, experiment="bench", name=name, tags={"pizarra.task": asked.task})
    with writing(store, run_id) as run:
        run.write(record)
    number = registered_models.register(store, BENCH, run_id, name)
    promotion.move(store, BENCH, promotion.Move(name, number, "Production", why="To be asked."))
    files = describe_model(store, run_model_uri(store, run_id) or "")
    row = record.model.input_example.head(1).astype(object).to_dict("records")[0]
    return str(files.folder), json.dumps({"dataframe_records": [row]}, default=lambda value: value.item()).encode()


def bench_serving() -> None:
    """Print what one row costs, of each model and server, and 100,000 rows in one request."""
    print("| Model | What | Ours | mlflow models serve | FastAPI over predict | Ours / theirs | Bar |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'mlflow.db'}")
        made = {f"model-{place}": (asked, *registered(store, asked, f"model-{place}"))
                for place, asked in enumerate(MODELS)}  # fmt: skip
        port = free_port()
        ours = [sys.executable, "-m", "core.api", "--port", str(port)]
        place = {"MLFLOW_TRACKING_URI": store.uri, "PIZARRA_CACHE_DIR": str(Path(folder) / "cache")}
        with started(ours, port, Path(folder) / "ours.log", **place):
            for name, (asked, files, body) in made.items():
                _bench_model(asked, name, files, body, port, Path(folder))


def _bench_model(asked: Asked, name: str, files: str, body: bytes, port: int, folder: Path) -> None:
    theirs, plain = free_port(), free_port()
    servers = [
        Server("ours", port, f"/api/models/{name}/Production/invocations"),
        Server("mlflow", theirs, "/invocations"),
        Server("plain", plain, "/invocations"),
    ]
    serve = [sys.executable, "-m", "mlflow", "models", "serve", "-m", files, "--env-manager", "local", "-p"]
    by_hand = [sys.executable, "-m", "uvicorn", "benchmarks.plain_serving:app", "--no-access-log", "--port"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # where it looks for uvicorn
    with ExitStack() as stack:
        stack.enter_context(started([*serve, str(theirs), "--workers", "1"], theirs, folder / "mlflow.log", PATH=path))
        stack.enter_context(started([*by_hand, str(plain)], plain, folder / "plain.log", MODEL=files))
        for server in servers:
            requests_of(server, body, 1, WARM)
        taken: dict[str, list[float]] = {server.name: [] for server in servers}
        for _ in range(ROUNDS):
            for server in servers:
                taken[server.name] += requests_of(server, body, 1, A_ROUND)[0]
        p50 = {one: median(times) for one, times in taken.items()}
        p95 = {one: quantiles(times, n=20)[-1] for one, times in taken.items()}
        _print(asked.title, "p50", p50, f"{asked.bars[0]}")
        _print("", "p95", p95, f"{asked.bars[1]}")
        for clients in CLIENTS:
            rates: dict[str, list[float]] = {server.name: [] for server in servers}
            for _ in range(2):
                for server in servers:
                    _each, together = requests_of(server, body, clients, ALL_OF_THEM // clients)
                    rates[server.name].append(ALL_OF_THEM / together)
            middle = {one: median(found) for one, found in rates.items()}
            cells = " | ".join(f"{middle[server.name]:.0f} a second" for server in servers)
            more = f"{middle['ours'] / middle['mlflow']:.1f}×"
            print(f"| | {clients} clients | {cells} | {more} | {asked.bars[2]} or more |", flush=True)
        many = json.loads(body)["dataframe_records"] * MANY
        columns = list(many[0])
        table = {"columns": columns, "data": [[row[column] for column in columns] for row in many]}
        large = json.dumps({"dataframe_split": table}).encode()
        taken = {"ours": [], "mlflow": [], "plain": []}
        model = mlflow.pyfunc.load_model(files).get_raw_model()
        for _ in range(5):
            for server in servers[:2]:
                taken[server.name] += requests_of(server, large, 1, 1)[0]
            taken["plain"].append(_by_the_library(model, large))
        middle = {one: median(times) for one, times in taken.items()}
        _print("", f"{MANY:,} rows at once", {one: middle[one] for one in ("ours", "mlflow")}, "1.2")
        _print("", "against predict and parsing alone", {one: middle[one] for one in ("ours", "plain")}, "1.2", "plain")


def _by_the_library(model: Any, body: bytes) -> float:
    """Return the seconds that parsing, predicting and writing take without any server."""
    began = perf_counter()
    table = json.loads(body)["dataframe_split"]
    json.dumps({"predictions": model.predict(pd.DataFrame(table["data"], columns=table["columns"])).tolist()})
    return perf_counter() - began


def _print(title: str, what: str, taken: Mapping[str, float], bar: str, other: str = "mlflow") -> None:
    cells = [f"{taken[one] * 1000:.2f} ms" if one in taken else "" for one in ("ours", "mlflow", "plain")]
    print(f"| {title} | {what} | {' | '.join(cells)} | {ratio(taken['ours'], taken[other])} | {bar} |", flush=True)


if __name__ == "__main__":
    bench_serving()
