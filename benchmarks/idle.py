"""The processor that workers use while they have nothing to do, beside a Dask cluster with Dask's own settings."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psutil
from distributed import Client

from benchmarks.clock import RATIO, ratio
from core.settings import ROOT
from core.training.cluster import start_cluster

WORKERS, SETTLING, WATCHED = 3, 10.0, 60.0  # seconds
ALLOWED = 6.0  # percent of one core, of all processes together
PLAIN = f"""from distributed import LocalCluster
cluster = LocalCluster(n_workers={WORKERS}, threads_per_worker=1, dashboard_address=None)
print(cluster.scheduler_address, flush=True)
import sys; sys.stdin.read()
"""


@contextmanager
def ours() -> Iterator[tuple[int, str]]:
    """Start our cluster and yield its process and address."""
    cluster = start_cluster(WORKERS)
    try:
        yield cluster.process.pid, cluster.address
    finally:
        cluster.close()


@contextmanager
def theirs() -> Iterator[tuple[int, str]]:
    """Start a cluster with Dask's own settings and yield its process and address."""
    command = [sys.executable, "-c", PLAIN]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        yield process.pid, process.stdout.readline().strip()


def percent(start: Callable[[], AbstractContextManager[tuple[int, str]]]) -> float:
    """Return how much of one core an idle cluster uses with all its processes."""
    with start() as (pid, address), Client(address, set_as_default=False) as client:
        client.wait_for_workers(WORKERS)
        time.sleep(SETTLING)
        host = psutil.Process(pid)
        family = [host, *host.children(recursive=True)]
        before = _used(family)
        begun = time.monotonic()
        time.sleep(WATCHED)
        return 100 * (_used(family) - before) / (time.monotonic() - begun)


def _used(family: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in family]
    return sum(time.user + time.system for time in times)


def bench_idle() -> None:
    """Print what an idle cluster uses."""
    print(f"| What | Ours | Dask's own settings | {RATIO} | Bar |")
    print("|---|---|---|---|---|")
    used, usual = percent(ours), percent(theirs)
    print(
        f"| {WORKERS} idle workers and their host, of one core | {used:.1f} % | {usual:.1f} % "
        f"| {ratio(used, usual)} | {ALLOWED:g} % |"
    )


if __name__ == "__main__":
    bench_idle()
