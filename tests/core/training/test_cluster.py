import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from distributed import Client

from core.errors import TrainingError
from core.training import cluster as cluster_module
from core.training.cluster import ClusterProcess, start_cluster
from tests.fixtures.processes import has_ended, trainers, until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def cluster() -> Iterator[ClusterProcess]:
    started = start_cluster(1)
    yield started
    started.close()


def family(cluster: ClusterProcess) -> list[psutil.Process]:
    """The child, its resource tracker and its worker."""
    child = psutil.Process(cluster.process.pid)
    assert until(lambda: len(child.children(recursive=True)) >= 2, 30)
    return [child, *child.children(recursive=True)]


@pytest.mark.long
def test_a_cluster_takes_work_ignores_control_c_and_leaves_nothing_behind(cluster: ClusterProcess):
    cluster.process.send_signal(signal.SIGINT)
    with Client(cluster.address, set_as_default=False) as client:
        assert client.submit(os.getcwd).result(timeout=60) == os.getcwd()
        assert client.submit(os.getenv, "OMP_NUM_THREADS").result(timeout=10) == "1"
    assert cluster.is_alive
    processes = family(cluster)
    cluster.close()
    assert until(lambda: all(has_ended(process) for process in processes), 20)


@pytest.mark.long
def test_idle_processes_wake_up_seldom_but_watch_memory_all_the_time(cluster: ClusterProcess):
    def milliseconds(server: object) -> dict[str, float]:
        return {name: callback.callback_time for name, callback in server.periodic_callbacks.items()}

    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
        seen = [
            client.run_on_scheduler(lambda dask_scheduler: milliseconds(dask_scheduler)),
            *client.run(lambda dask_worker: milliseconds(dask_worker)).values(),
            *client.run(lambda dask_worker: milliseconds(dask_worker), nanny=True).values(),
        ]
    assert len(seen) == 3
    for found in seen:
        assert "profile" not in found
        assert found["tick"] == 1000
        assert found["monitor"] == 5000
        assert {name for name, time in found.items() if time < 250} <= {"memory_monitor"}
    assert [found.get("memory_monitor") for found in seen] == [None, 100, 100]


@pytest.mark.long
def test_workers_go_when_the_child_is_killed(cluster: ClusterProcess):
    processes = family(cluster)
    cluster.process.kill()
    assert until(lambda: all(has_ended(process) for process in processes), 90)  # what imports ends when it is done


@pytest.mark.long
def test_a_cluster_starts_from_any_folder(tmp_path: Path):
    (tmp_path / "skops.py").write_text("raise ImportError('a file that happens to lie there must not be imported')")
    script = (
        f"import sys; sys.path.insert(0, {str(cluster_module.ROOT)!r})\n"
        "from core.training.cluster import start_cluster; from distributed import Client; import os\n"
        "cluster = start_cluster(1); client = Client(cluster.address)\n"
        "print(client.submit(os.getcwd).result(60)); client.close(); cluster.close()"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == str(tmp_path)
    assert "must not be imported" not in result.stderr


def test_a_child_that_ends_at_once_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(cluster_module, "ROOT", tmp_path)  # where no project is
    with pytest.raises(TrainingError, match="must stay up, but its process ended with code 1"):
        start_cluster(1)


@pytest.mark.long
def test_a_child_that_does_not_answer_is_ended(monkeypatch: pytest.MonkeyPatch):
    before = psutil.Process().children()
    monkeypatch.setattr(cluster_module, "START_SECONDS", 0.01)
    with pytest.raises(TrainingError, match=r"must be up within 0\.01 seconds, but it is not"):
        start_cluster(1)
    new = [child for child in psutil.Process().children() if child not in before]
    assert not any("core.training.cluster" in child.cmdline() for child in new)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are spawned: forking is not safe there")
def test_another_worker_is_forked_and_there_at_once_with_all_imported_once(cluster: ClusterProcess):
    def shared() -> tuple[int, float, float]:
        memory = psutil.Process().memory_full_info()
        return os.getppid(), memory.uss / memory.rss, np.random.random()

    with Client(cluster.address, set_as_default=False) as client:
        server, alone, drawn = client.submit(shared, pure=False).result(timeout=60)
        assert server != cluster.process.pid
        assert alone < 0.6  # what is imported is the server's too
        (killed,) = client.scheduler_info()["workers"]
        trainers(psutil.Process(cluster.process.pid))[0].kill()
        assert until(lambda: killed not in client.scheduler_info()["workers"], 20)
        again = client.submit(shared, pure=False).result(timeout=60)
        assert again[0] == server  # which has not been started again
        assert again[2] != drawn  # though both are copies of one process: Dask sees to it


@pytest.mark.long
def test_a_worker_that_is_killed_while_it_starts_is_replaced(cluster: ClusterProcess):
    host = psutil.Process(cluster.process.pid)
    assert until(lambda: bool(trainers(host)), 60)
    trainers(host)[0].kill()  # Dask's nanny has not heard yet that it is up
    with Client(cluster.address, set_as_default=False) as client:
        assert client.submit(os.getpid).result(timeout=60)
        assert len(client.scheduler_info()["workers"]) == 1
