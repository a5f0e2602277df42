"""The workers that train and answer: in a Dask cluster of our own or a given one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4
from weakref import WeakValueDictionary

from core.errors import SchedulerError, TrainingError
from core.i18n import N_
from core.settings import Settings
from core.training.cluster import ClusterProcess, start_cluster
from core.training.long_tasks import PROGRESS_TOPIC, Answer, LongTask, Progress, end_worker, perform
from core.training.steady_clock import use_steady_clock
from core.training.versions import compare, silent

if TYPE_CHECKING:  # Dask is imported with the first job, which waits for a cluster anyway
    from distributed import Client, Future

UP, DOWN, NOT_STARTED = "up", "down", "not started"
LOOK_SECONDS, DEFAULT_PORT = 1.0, 8786
SCHEDULER_SECONDS, ANSWER_SECONDS = 5, 120
ANSWERS_FIRST = 100  # Dask's priority; runs have 0
KEPT = 1  # workers of our own cluster beside those that train: for people who wait for an answer


class Workers:
    """The cluster of one dashboard process and the way to it.

    Threads may share it. The cluster is started when it is first needed, or connected to where
    ``settings.dask_scheduler`` names one, and replaced when it has died.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connecting = Lock()  # held for as long as a cluster takes to come up
        self._cluster: ClusterProcess | None = None
        self._client: Client | None = None
        self._compared: frozenset[str] | None = None  # workers of a given scheduler that have what is here
        self._trouble: SchedulerError | None = None
        self._tasks: WeakValueDictionary[str, LongTask[Any]] = WeakValueDictionary()

    def connected(self) -> Client:
        """Return the way to a cluster that is up.

        Raises:
            TrainingError: it does not come up.
            SchedulerError: the given scheduler does not answer, or its workers have not what is here.
        """
        with self._connecting:
            try:
                if not self._is_connected:
                    self._disconnect()
                    self._connect()
                if self.given:
                    self._compared = compare(self._client, self.given, self._compared)
            except SchedulerError as error:
                self._trouble = error
                raise
            self._trouble = None
            return self._client

    def _connect(self) -> None:
        if self.given:
            self._client = _connect(self.given)
        else:
            self._cluster = start_cluster(self._settings.workers + KEPT)
            self._client = _connect(self._cluster.address)
        self._client.subscribe_topic(PROGRESS_TOPIC, self._note_progress)

    @property
    def given(self) -> str:
        """The address of the scheduler that is in use because it was given; empty where it is our own."""
        return self._settings.dask_scheduler

    @property
    def trouble(self) -> SchedulerError | None:
        """Why nothing can be sent to the given scheduler, as far as was found last."""
        return self._trouble

    def state(self) -> str:
        """Return how the cluster stands, without starting or waiting for one."""
        if self.given:
            return look_at_scheduler(self.given)
        if self._cluster is None:
            return NOT_STARTED
        return UP if self._cluster.is_alive else DOWN

    def use_own(self) -> None:
        """Leave the given scheduler for a cluster of our own, until this process ends; runs that are there fail."""
        with self._connecting:
            self._disconnect()
            self._settings = replace(self._settings, dask_scheduler="")
            self._trouble = None

    def places(self, client: Client) -> int:
        """Return how many runs may be trained at once, so that a worker is left for answers where there are two."""
        if self._cluster is not None:
            return self._settings.workers
        try:
            return max(int(sum(client.nthreads().values())) - 1, 1)
        except OSError:  # it has just gone; whoever is sent to it is told
            return 1

    def answer(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Have a worker compute something that a person waits for, before the runs that wait.

        Raises:
            TrainingError: there is no worker for it, it takes too long, or its worker was killed.
            PizarraError: what ``function`` raised.
        """
        from distributed import CancelledError, KilledWorker

        future = self.connected().submit(function, *arguments, pure=False, priority=ANSWERS_FIRST)
        try:
            return future.result(timeout=ANSWER_SECONDS)  # type: ignore[no-any-return]
        except (TimeoutError, CancelledError, KilledWorker) as error:
            raise TrainingError(
                N_("The answer must come within {seconds} seconds, but the workers are busy or were stopped."),
                N_("Wait until less is being trained, then try again."),
                seconds=ANSWER_SECONDS,
            ) from error
        finally:
            future.cancel()
            future.release()

    def begin(self, function: Callable[..., Answer], *arguments: Any, **named: Any) -> LongTask[Answer]:
        """Have a worker do what takes its time, before the runs that wait.

        ``function`` gets ``report`` beside its arguments, and calls it with how much is done, of how much. It may be
        done twice where a worker of a given cluster is lost.

        Raises:
            TrainingError: there is no cluster to do it.
        """
        client, name = self.connected(), f"task-{uuid4().hex}"
        send = partial(client.submit, perform, name, function, arguments, named, priority=ANSWERS_FIRST, pure=False)
        task: LongTask[Answer] = LongTask(client, send)
        self._tasks[name] = task
        return task

    def take_back(self, futures: Iterable[Future]) -> None:
        """Take jobs back from Dask; where one is being trained, end its worker."""
        client = self._client
        futures = [future for future in futures if not future.done()]
        if client is None or client.status != "running" or not futures:
            return
        try:
            stacks = client.call_stack(keys=[future.key for future in futures])
        except KeyError:  # one has just ended
            stacks = {}
        client.cancel(futures)
        if stacks:
            # The nanny, not the worker: a fit may keep the worker from answering. Other workers go on.
            client.run(end_worker, workers=list(stacks), nanny=True)

    @contextmanager
    def closing(self) -> Iterator[None]:
        """End the cluster after what is done meanwhile; nobody connects in between."""
        with self._connecting:
            yield
            self._disconnect()

    def _note_progress(self, event: tuple[object, Mapping[str, Any]]) -> None:
        _time, said = event
        task = self._tasks.get(said["name"])
        if task is not None:
            task.note(Progress(said["done"], said["of"]))

    @property
    def _is_connected(self) -> bool:
        has_cluster = self._cluster is None or self._cluster.is_alive
        return self._client is not None and self._client.status == "running" and has_cluster

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()
        self._client = self._cluster = self._compared = None


def look_at_scheduler(address: str) -> str:
    """Return whether somebody listens at the address of a scheduler."""
    try:
        found = urlsplit(address)
        with socket.create_connection((found.hostname or "", found.port or DEFAULT_PORT), timeout=LOOK_SECONDS):
            return UP
    except (OSError, ValueError):  # ValueError: not an address
        return DOWN


def _connect(address: str) -> Client:
    from distributed import Client

    use_steady_clock()
    try:
        return Client(address, timeout=SCHEDULER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:  # ValueError: not an address
        raise silent(address, SCHEDULER_SECONDS) from error
