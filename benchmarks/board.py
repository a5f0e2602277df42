"""What the registry's board and a promotion cost, against MLflow's own calls on the same store in the same run."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
import mlflow

from benchmarks.clock import RATIO, ratio, seconds
from benchmarks.stores import BENCH, generate
from core.store.connection import Store, open_store
from core.store.mirror.base import Mirror
from core.store.mirror.kinds import mirror_of
from core.store.registry import promotion
from core.store.registry.promotion import Move
from core.store.registry.registered_models import list_models
from core.store.registry.stages import read_standing
from tests.fixtures.servers import mlflow_server

MODELS, VERSIONS = 50, 560
SERVER_STARTS = 20.0  # seconds for which its own workers keep the machine busy after it answers


class CountingClient:
    """Passes every call on to a client and counts it."""

    def __init__(self, client: mlflow.MlflowClient) -> None:
        self._client, self.calls = client, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def counted(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            return found(*arguments, **named)

        return counted


def fill(path: Path) -> list[str]:
    """Make a store with 560 runs that are all versions of 50 models, and return the run ids."""
    store = generate(path, VERSIONS)
    run_ids = [run.info.run_id for run in store.client.search_runs(["1"], max_results=VERSIONS)]
    for number in range(MODELS):
        store.client.create_registered_model(f"model {number}")
    for number, run_id in enumerate(run_ids):
        place = store.client.get_run(run_id).info.artifact_uri
        store.client.create_model_version(f"model {number % MODELS}", place, run_id)
    return run_ids


def board(store: Store, mirror: Mirror) -> int:
    """Read what the board of all models shows, and return how many versions that are."""
    models = list_models(store)
    run_ids = [version.run_id for model in models for version in model.versions]
    return len(mirror.some_runs(run_ids))


def one_by_one(store: Store) -> int:
    """Read the same as scripts usually do: each model's versions, each version's run."""
    found = 0
    for model in store.client.search_registered_models(max_results=1000):
        for version in store.client.search_model_versions(f"name = '{model.name}'"):
            found += bool(store.client.get_run(version.run_id).data.metrics)
    return found


def bench_board() -> None:
    """Print one table for the board and one for a promotion."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mlflow.db"
        fill(path)
        measured = [("SQLite", *_measure(open_store(f"sqlite:///{path}"), Path(folder)))]
        with mlflow_server(f"sqlite:///{path}", Path(folder)) as server:
            time.sleep(SERVER_STARTS)
            measured.append(("mlflow server", *_measure(server, Path(folder))))
    print(f"| Store | Board | MLflow calls | One by one | MLflow calls | {RATIO} |")
    print("|---|---|---|---|---|---|")
    for name, ours, our_calls, theirs, their_calls, _move, _bare in measured:
        print(f"| {name} | {ours:.2f} s | {our_calls} | {theirs:.1f} s | {their_calls} | {ratio(ours, theirs)} |")
    print(f"\n| Store | Promotion, kept in the timeline | MLflow's stage change and alias | {RATIO} |")
    print("|---|---|---|---|")
    for name, _ours, _our_calls, _theirs, _their_calls, moved, bare in measured:
        print(f"| {name} | {moved * 1000:.0f} ms | {bare * 1000:.0f} ms | {ratio(moved, bare)} |")


def _measure(plain: Store, folder: Path) -> tuple[float, int, float, int, float, float]:
    mirror = mirror_of(plain, folder)
    mirror.state()
    mirror.wait()
    counting = CountingClient(plain.client)
    store = Store(plain.uri, counting)  # type: ignore[arg-type]
    assert board(store, mirror) == one_by_one(plain) == VERSIONS  # noqa: S101 - else the figures say nothing
    counting.calls = 0
    board(store, mirror)
    ours_calls, counting.calls = counting.calls, 0
    one_by_one(store)
    their_calls = counting.calls
    ours, theirs = seconds(lambda: board(store, mirror)), seconds(lambda: one_by_one(plain), 1)
    mirror.close()
    turn = iter(range(10**6))

    def move() -> None:
        number = 1 + next(turn) % 10
        saw = promotion.seen_in(read_standing(plain, "model 0"), number, "Production")
        promotion.move(plain, BENCH, Move("model 0", number, "Production", "measured", saw))

    def bare() -> None:
        number = str(1 + next(turn) % 10)
        registry = plain.client._get_registry_client()  # MlflowClient's own would print that stages are deprecated
        registry.transition_model_version_stage("model 1", number, "Production", archive_existing_versions=True)
        plain.client.set_registered_model_alias("model 1", "champion", number)

    return ours, ours_calls, theirs, their_calls, seconds(move, 7), seconds(bare, 7)


if __name__ == "__main__":
    bench_board()
