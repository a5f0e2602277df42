"""Our own Dask cluster: a child process that hosts it, and how the dashboard starts and ends that child.

A ``LocalCluster`` started inside Streamlit re-executes the dashboard's script in every worker, because Python's
``spawn`` imports the parent's ``__main__`` again. Here ``__main__`` is this module. The child lives as long as its
standard input is open, so that it ends with the dashboard however the dashboard ends.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from queue import Empty, Queue
from threading import Thread
from typing import IO, TYPE_CHECKING

from core import logs
from core.errors import TrainingError
from core.i18n import N_
from core.settings import ROOT
from core.systems import FORKS
from core.training.steady_clock import use_steady_clock

if TYPE_CHECKING:
    from distributed import LocalCluster

logger = logging.getLogger(__name__)

START_SECONDS, CLOSE_SECONDS = 30, 5
REPLACE_SECONDS = 2  # how long a worker may be missing that did not come up
QUIET = [
    "-W", "ignore:resource_tracker:UserWarning",  # it tidies up after killed workers, and need not say so
    "-W", "ignore::RuntimeWarning:runpy",  # a forked worker has this module already, and Python runs it as its main one
]  # fmt: skip

# What a worker imports before it takes its first job, which is then as fast as the second. skops looks for NumPy's
# functions in all modules there are, so it comes first, when they are few.
PRELOADED = ["skops.io", "core.training.execution", "core.training.long_tasks", "core.training.fit", "mlflow.sklearn"]
DIRECTORY = "pizarra.directory"  # where the workers work: one of Dask's settings, which travel to them
DASK_SETTINGS = {
    "distributed.worker.multiprocessing-method": "forkserver" if FORKS else "spawn",
    "distributed.scheduler.allowed-failures": 0,  # a run that killed its worker would only kill the next one
    # A killed worker comes back as soon as it has imported everything, where it is not forked. Should that take
    # longer than Dask's 15 s, Dask would take it for lost and close it, and the next one too.
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    "distributed.worker.preload": ["core.training.cluster"],  # calls dask_setup in each new worker
    # What would only be shown on Dask's dashboard, which is off, and keeps an idle laptop from sleeping. The memory of
    # workers is watched as often as Dask does, as one that takes too much must be ended in time.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.scheduler.active-memory-manager.start": False,  # finds copies of results; ours are let go at once
    # Two workers on two cores must not start two threads each. Read at import, so set before a worker is spawned.
    "distributed.nanny.pre-spawn-environ": {
        "OMP_NUM_THREADS": 1,
        "MKL_NUM_THREADS": 1,
        "OPENBLAS_NUM_THREADS": 1,
    },
}


@dataclass(frozen=True)
class ClusterProcess:
    """The child process that hosts the cluster, and its scheduler's address."""

    process: subprocess.Popen[str]
    address: str

    @property
    def is_alive(self) -> bool:
        """Tell whether the child still runs."""
        return self.process.poll() is None

    def close(self) -> None:
        """End the cluster with all its workers, whatever they are doing."""
        _end(self.process)


def start_cluster(workers: int) -> ClusterProcess:
    """Start a cluster of ``workers`` processes and return it as soon as it takes jobs.

    The child has this process's Python, environment and working directory.

    Raises:
        TrainingError: it ended at once, or is not up after ``START_SECONDS``.
    """
    process = subprocess.Popen(  # noqa: S603 - our own Python and our own module
        [sys.executable, *QUIET, "-m", __name__, "--workers", str(workers), "--directory", os.getcwd()],
        cwd=ROOT,  # where "-m" finds the project, and so does the server that forks the workers
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    address = _first_line(process.stdout, START_SECONDS)
    if not address:
        _end(process)
    process.stdout.close()
    if not address:
        raise TrainingError(
            N_("The training cluster must be up within {seconds} seconds, but it is not.")
            if address is None
            else N_("The training cluster must stay up, but its process ended with code {code}."),
            N_("Look at the terminal of the dashboard for the reason, then launch again."),
            seconds=START_SECONDS,
            code=process.returncode,
        )
    return ClusterProcess(process, address.strip())


def _first_line(stream: IO[str], seconds: float) -> str | None:
    """Return the first line, empty when the stream ended without one, or None when none came in time."""
    lines: Queue[str] = Queue()
    Thread(target=lambda: lines.put(stream.readline()), daemon=True).start()
    try:
        return lines.get(timeout=seconds)
    except Empty:
        return None


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None  # noqa: S101 - a pipe was asked for
    process.stdin.close()
    try:
        process.wait(CLOSE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    """Host a cluster until standard input closes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--directory", default=".", help="working directory of the workers")
    arguments = parser.parse_args()
    # A terminal sends its Ctrl-C to the whole process group, but the dashboard decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    host_cluster(arguments.workers, arguments.directory)


def host_cluster(workers: int, directory: str) -> None:
    """Start a cluster, print its address as one line, and end with all workers when standard input closes.

    Only the workers go to ``directory``: what is imported must never be a file that happens to lie there.
    """
    import dask  # here and not above: the dashboard reads this module too, and it only needs the Client
    from distributed import LocalCluster
    from distributed.utils import get_mp_context
    from tornado.ioloop import PeriodicCallback

    use_steady_clock()
    dask.config.set(DASK_SETTINGS | {DIRECTORY: directory})
    # The scheduler is up before any worker; jobs wait there while the workers import what they need.
    cluster = LocalCluster(n_workers=0, threads_per_worker=1, processes=True, dashboard_address=None)
    os.write(sys.stdout.fileno(), f"{cluster.scheduler_address}\n".encode())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads the pipe any more; once full, it blocks
    logs.take_over()
    if FORKS:
        get_mp_context().set_forkserver_preload(["distributed", *PRELOADED])
    replacing = PeriodicCallback(partial(_bring_up, cluster, workers), REPLACE_SECONDS * 1000)
    cluster.loop.add_callback(replacing.start)
    cluster.scale(workers)
    sys.stdin.buffer.read()
    for worker in multiprocessing.active_children():
        worker.kill()  # an orderly close would wait for what the workers are doing
    os._exit(0)


def _bring_up(cluster: LocalCluster, workers: int) -> None:
    """Start workers in place of those that Dask gave up: it restarts one that had been up, none that ended before."""
    from distributed import Status

    for name, nanny in list(cluster.workers.items()):
        if nanny.status in (Status.closed, Status.failed):
            logger.warning("Worker %s did not come up: another one is started", name)
            del cluster.workers[name]
    cluster.scale(workers)


def dask_setup(worker: object) -> None:
    """Import what every job needs, in a new worker, and go to the directory where it works."""
    import dask  # here and not above, as in host_cluster

    logs.take_over()
    use_steady_clock()
    for module in PRELOADED:
        try:
            import_module(module)
        except ImportError:  # the worker must start none the less: its jobs then fail and say why
            logger.exception("%s cannot be imported", module)
    os.chdir(dask.config.get(DIRECTORY))


if __name__ == "__main__":
    main()
