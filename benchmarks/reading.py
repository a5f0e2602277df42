"""How long it takes to have all runs of a store, against ``mlflow.search_runs`` on the same store in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "600")  # search_runs asks for 10,000 runs at once

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
import mlflow
import pytest

from benchmarks.clock import RATIO, ratio
from benchmarks.stores import generate
from core.store.connection import Store, open_store
from core.store.mirror import server
from core.store.mirror.base import Mirror
from core.store.mirror.kinds import mirror_of
from tests.fixtures.databases import change, new_database, refill, rows_of
from tests.fixtures.postgres import postgresql
from tests.fixtures.servers import mlflow_server

SIZES = {1_000: 5, 10_000: 3, 50_000: 1}  # runs: how often everything is measured, by turns
PATIENCE = 1800.0  # seconds
SERVER_STARTS = 20.0  # seconds for which its own workers keep the machine busy after it answers

COLUMNS = (
    "Store", "Runs", "First runs", "All runs", "`search_runs`", RATIO, "Warm open", RATIO, "Nothing new", "Memory",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """Seconds that one store took."""

    first: float
    full: float
    search_runs: float
    warm: float
    nothing_new: float


def timed(action: Callable[[], object]) -> float:
    """Return how long ``action`` takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def tables(mirrored: Mirror) -> int:
    """Have the tables of all runs and return how many there are."""
    return len(mirrored.runs([experiment.experiment_id for experiment in mirrored.experiments()]))


def measure(store: Store, runs: int) -> Reading:
    """Visit a store for the first time, have MLflow read it, and visit it again."""
    with tempfile.TemporaryDirectory() as folder:
        mirrored = mirror_of(store, Path(folder))
        begun = time.perf_counter()
        mirrored.state()
        first = time.perf_counter() - begun
        while mirrored.state().reading and time.perf_counter() - begun < PATIENCE:
            time.sleep(0.01)
        if tables(mirrored) != runs:
            raise RuntimeError(f"not all of {runs} runs were read")
        full = time.perf_counter() - begun
        mirrored.wait(PATIENCE)  # for fingerprints, which only later looks need
        mirrored.close()
        mlflow.set_tracking_uri(store.uri)
        theirs = timed(lambda: mlflow.search_runs(search_all_experiments=True, max_results=50_000))
        again = mirror_of(store, Path(folder))
        warm = timed(lambda: tables(again))
        again.wait(PATIENCE)  # for the sweep that a server's mirror begins with
        again.reread()
        nothing_new = timed(again.state)
        again.close()
        return Reading(first, full, theirs, warm, nothing_new)


def typical(readings: list[Reading]) -> Reading:
    """Return the median of each figure."""
    return Reading(*(median(figures) for figures in zip(*map(astuple, readings), strict=True)))


def memory(uri: str) -> float:
    """Return how much memory a process of its own needs that reads everything for the first time, and shows it."""
    with tempfile.TemporaryDirectory() as empty:
        answer = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "benchmarks.reading", uri, empty], capture_output=True, text=True, check=True
        )
    return float(answer.stdout.split()[-1])


def mirror_once(uri: str, folder: str) -> None:
    """Mirror a store and print the most memory that this process ever had, in MiB."""
    mirrored = mirror_of(open_store(uri), Path(folder))
    mirrored.state()
    mirrored.wait(PATIENCE)
    tables(mirrored)
    mirrored.close()
    # Linux hands ru_maxrss down to children, so the kernel's own high-water mark is asked
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


@contextmanager
def stores(runs: int) -> Iterator[Iterator[tuple[str, Store]]]:
    """Make a store of this many runs and serve it; the server is there only when it is its turn."""

    def kinds(folder: Path, local: Store) -> Iterator[tuple[str, Store]]:
        yield "SQLite", local
        with suppress(pytest.skip.Exception), postgresql() as at:  # skipped where there is none
            uri = new_database(at, "postgresql", "bench")
            opened = open_store(uri)
            refill(uri, rows_of(local.uri))
            change(uri, "analyze")
            yield "PostgreSQL", opened
        with mlflow_server(local.uri, folder) as served:
            time.sleep(SERVER_STARTS)
            yield "mlflow server", served

    with tempfile.TemporaryDirectory() as folder:
        yield kinds(Path(folder), generate(Path(folder) / "mlflow.db", runs))


def bench_reading(sizes: Mapping[int, int] = SIZES) -> None:
    """Print a table of all sizes and kinds."""
    server.SWEEP_SECONDS = 3600.0  # the reading itself is measured, not what goes on beside it
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for runs, repeats in sizes.items():
        with stores(runs) as made:
            for kind, store in made:
                r = typical([measure(store, runs) for _ in range(repeats)])
                cells = (
                    kind, f"{runs:,}", f"{r.first:.2f} s", f"{r.full:.1f} s", f"{r.search_runs:.1f} s",
                    ratio(r.full, r.search_runs), f"{r.warm:.3f} s", ratio(r.warm, r.search_runs),
                    f"{r.nothing_new * 1000:.1f} ms", f"{memory(store.uri):.0f} MiB",
                )  # fmt: skip
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    mirror_once(*sys.argv[1:3])
