"""Where runs are trained: jobs for Dask workers, in our own cluster or a given one."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from weakref import WeakValueDictionary

from core.access import Actor
from core.errors import StoreError, TrainingError
from core.i18n import DEFAULT_LANGUAGE, N_, speaking
from core.settings import Settings, settings
from core.store.abandoned import ABANDONED
from core.store.connection import Store, answering, open_store
from core.store.runs.tables import ENDED
from core.store.runs.tracking import get_run
from core.store.writer import writing
from core.training.cluster import ClusterProcess, start_cluster
from core.training.endings import STOPPED, Endings, Stopped, stop_left_behind
from core.training.long_tasks import MOST_ATTEMPTS, PROGRESS_TOPIC, Answer, LongTask, Progress, end_worker, perform
from core.training.specs import Value
from core.training.tasks import Task

if TYPE_CHECKING:  # Dask is imported with the first job, which waits for a cluster anyway
    from distributed import Client, Future

logger = logging.getLogger(__name__)

SCHEDULER_SECONDS, ANSWER_SECONDS = 5, 120
ANSWERS_FIRST = 100  # Dask's priority; runs have 0
KEPT = 1  # workers of our own cluster beside those that train: for people who wait for an answer

# Reasons are kept in a tag as they stand here; pages translate the tag's text.
WORKER_KILLED = N_("The worker process training this run was killed (for example because memory ran out).")
CONNECTION_LOST = N_("The training cluster stopped while this run was waiting or being trained.")


@dataclass(frozen=True)
class Job:
    """A run to be trained: where it is recorded, what it learns and how. Travels to a worker."""

    store_uri: str
    run_id: str
    task: Task
    algorithm: str
    params: Mapping[str, Value]
    language: str = DEFAULT_LANGUAGE  # of the words in the run's pictures


def execute(job: Job) -> None:
    """Train ``job`` and write its run, in a worker.

    A run that has ended is left alone: Dask repeats finished tasks when a worker dies, and a run may have been
    stopped while it waited.
    """
    from core.training.fit import train  # here and not above: only workers fit

    store = open_store(job.store_uri, make=False)
    with answering(store.uri):
        if store.client.get_run(job.run_id).info.status in ENDED:
            return
    with writing(store, job.run_id) as run:
        with speaking(job.language):
            record = train(job.task, job.algorithm, job.params, settings=settings(), report=run.progress)
        run.write(record)


class Batch:
    """Several runs, and what is to be done once all of them have ended in whatever way."""

    def __init__(self, run_ids: Iterable[str], then: Callable[[], None]) -> None:
        self._waiting, self._then = set(run_ids), then
        self._lock, self._finished = Lock(), Event()
        if not self._waiting:
            self._start()

    def run_ended(self, run_id: str) -> None:
        """Take note that a run has ended; after the last one, start what comes then."""
        with self._lock:
            is_last = self._waiting == {run_id}
            self._waiting.discard(run_id)
        if is_last:
            self._start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until everything is done; False when it is not after ``seconds``."""
        return self._finished.wait(seconds)

    def _start(self) -> None:
        Thread(target=self._finish, name="batch", daemon=True).start()

    def _finish(self) -> None:
        try:
            self._then()
        except Exception:  # nobody waits for this thread's answer
            logger.exception("What was to follow a batch of runs failed")
        finally:
            self._finished.set()


@dataclass
class _Pending:
    job: Job
    batch: Batch | None
    visitor: str = ""
    is_sent: bool = False
    attempts: int = 0
    is_stopping: bool = False
    future: Future | None = field(default=None, repr=False)


class Jobs:
    """The jobs of one dashboard process, and the cluster they are trained on.

    Threads may share it. The cluster is started with the first job, or connected to where
    ``settings.dask_scheduler`` names one, and replaced when it has died. Runs wait here, not in Dask: no more are sent
    than leave a worker for people who wait for an answer.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connecting = Lock()  # held for as long as a cluster takes to come up
        self._lock = Lock()  # guards _pending and _launching; never held while waiting
        self._pending: dict[str, _Pending] = {}
        self._launching: Counter[str] = Counter()  # how many runs each visitor is launching now
        self._cluster: ClusterProcess | None = None
        self._client: Client | None = None
        self._endings = Endings()
        self._tasks: WeakValueDictionary[str, LongTask[Any]] = WeakValueDictionary()

    def start(self) -> None:
        """Have a cluster ready.

        Raises:
            TrainingError: it does not come up, or the given scheduler does not answer.
        """
        self._connected()

    def start_soon(self) -> None:
        """Have a cluster ready without waiting for it; its workers warm up while a person fills the form."""
        Thread(target=self._start_quietly, name="cluster", daemon=True).start()

    def _start_quietly(self) -> None:
        try:
            self._connected()
        except TrainingError:  # whoever launches is told then
            logger.warning("The training cluster did not start", exc_info=True)

    @contextmanager
    def room_for(self, actor: Actor) -> Iterator[None]:
        """Keep room for one more run of a visitor, while it is launched.

        Raises:
            TrainingError: as many of theirs wait or are being trained as one visitor may have.
        """
        visitor, most = actor.visitor, self._settings.runs_each
        with self._lock:
            own = sum(one.visitor == visitor for one in self._pending.values()) + self._launching[visitor]
            if own >= most:
                raise TrainingError(
                    N_("A visitor may have {most} runs that wait or are being trained, and you have as many."),
                    N_("Wait until one of them has ended, or stop one."),
                    most=most,
                )
            self._launching[visitor] += 1
        try:
            yield
        finally:
            with self._lock:
                self._launching[visitor] -= 1

    def submit(self, actor: Actor, job: Job) -> None:
        """Train ``job`` as soon as a worker is free; its run always ends FINISHED, FAILED or KILLED.

        Raises:
            TrainingError: there is no cluster to train on; the run has then FAILED for this reason.
            PizarraError: ``actor`` may not.
        """
        actor.check("train")
        self._submit([_Pending(job, None, actor.visitor)])

    def submit_all(self, actor: Actor, jobs: Iterable[Job], then: Callable[[], None]) -> Batch:
        """Train ``jobs``, and call ``then`` in a thread of its own once all have ended in whatever way.

        Raises:
            PizarraError: as ``submit``.
        """
        actor.check("train")
        jobs = list(jobs)
        batch = Batch([job.run_id for job in jobs], then)
        self._submit([_Pending(job, batch, actor.visitor) for job in jobs])
        return batch

    def answer(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Have a worker compute something that a person waits for, before the runs that wait.

        Raises:
            TrainingError: there is no worker for it, it takes too long, or its worker was killed.
            PizarraError: what ``function`` raised.
        """
        from distributed import CancelledError, KilledWorker

        future = self._connected().submit(function, *arguments, pure=False, priority=ANSWERS_FIRST)
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
        client, name = self._connected(), f"task-{uuid4().hex}"
        send = partial(client.submit, perform, name, function, arguments, named, priority=ANSWERS_FIRST, pure=False)
        task: LongTask[Answer] = LongTask(client, send)
        self._tasks[name] = task
        return task

    def _note_progress(self, event: tuple[object, Mapping[str, Any]]) -> None:
        _time, said = event
        task = self._tasks.get(said["name"])
        if task is not None:
            task.note(Progress(said["done"], said["of"]))

    def active(self) -> list[str]:
        """Return the ids of the runs that wait or are being trained, oldest first."""
        with self._lock:
            return list(self._pending)

    def place(self, run_id: str) -> int | None:
        """Return the place in line of a run that waits, from 1 on; None where it does not wait here."""
        with self._lock:
            line = [one.job.run_id for one in self._line()]
        return line.index(run_id) + 1 if run_id in line else None

    def stop(self, actor: Actor, store: Store, run_id: str) -> Stopped:
        """End a run as KILLED, whether it waits, is being trained or was left behind, and say what became of it.

        Raises:
            StoreError: the run is none of ours, and its store has no such run or does not answer.
            PizarraError: ``actor`` may not.
        """
        actor.check("stop")
        with self._lock:
            pending = self._pending.get(run_id)
        if pending is None:
            return stop_left_behind(store, actor, run_id)
        pending.is_stopping = True
        try:
            self._end(pending, "KILLED", STOPPED, then=lambda: None)  # from here on, no worker begins it
            self._end_futures([pending])
        finally:
            told = self._end(pending, "KILLED", STOPPED)  # its worker may have changed it meanwhile
        return Stopped.NOW if told else Stopped.LATER

    def close(self) -> None:
        """End all runs and the cluster."""
        with self._connecting:
            with self._lock:
                pending = list(self._pending.values())
            for one in pending:
                one.is_stopping = True
            self._end_futures(pending)
            self._disconnect()
        for one in pending:
            self._fail(one, ABANDONED)

    def _submit(self, pending: list[_Pending]) -> None:
        with self._lock:
            self._pending.update({one.job.run_id: one for one in pending})
        self._send_next()

    def _line(self) -> list[_Pending]:
        """Return the runs that wait, in the order in which they are sent: visitors take turns. The lock is held."""
        turns: Counter[str] = Counter(one.visitor for one in self._pending.values() if one.is_sent)
        waiting = []
        for one in self._pending.values():
            if not one.is_sent and not one.is_stopping:
                waiting.append((turns[one.visitor], one))
                turns[one.visitor] += 1
        return [one for _turn, one in sorted(waiting, key=lambda taken: taken[0])]  # of the same turn the older first

    def _send_next(self) -> None:
        """Send as many of the runs that wait as there are places for.

        Raises:
            TrainingError: there is no cluster to train on; all that wait have then FAILED for this reason.
        """
        with self._lock:
            if not self._line():
                return
        try:
            client = self._connected()
            places = self._places(client)
        except TrainingError as error:
            with speaking(DEFAULT_LANGUAGE):
                reason = str(error)
            with self._lock:
                waiting = self._line()
                for one in waiting:
                    one.is_sent = True
            for one in waiting:
                self._fail(one, reason)
            raise
        with self._lock:
            free = max(places - sum(one.is_sent for one in self._pending.values()), 0)
            following = self._line()[:free]
            for one in following:
                one.is_sent = True
        for one in following:
            self._send(client, one)

    def _places(self, client: Client) -> int:
        """Return how many runs may be trained at once, so that a worker is left for answers where there are two."""
        if self._cluster is not None:
            return self._settings.workers
        try:
            return max(int(sum(client.nthreads().values())) - 1, 1)
        except OSError:  # it has just gone; whoever is sent to it is told
            return 1

    def _send(self, client: Client, pending: _Pending) -> None:
        pending.attempts += 1
        key = f"train-{pending.job.run_id}-{pending.attempts}"
        pending.future = client.submit(execute, pending.job, key=key)
        # Called in a thread of its own kind, not in Dask's event loop, so that it may wait for the store.
        pending.future.add_done_callback(partial(self._future_ended, pending))

    def _future_ended(self, pending: _Pending, future: Future) -> None:
        try:
            if pending.is_stopping:
                pass
            elif future.status == "error":
                self._future_failed(pending, future)
            elif future.status == "finished":
                self._forget(pending)
            else:
                self._fail(pending, CONNECTION_LOST)
        finally:
            future.release()  # Dask would repeat a finished job when the worker that holds its result dies

    def _future_failed(self, pending: _Pending, future: Future) -> None:
        from distributed import KilledWorker

        error = future.exception()
        if not isinstance(error, KilledWorker):
            self._fail(pending, str(error) or type(error).__name__)
        elif pending.attempts < MOST_ATTEMPTS and self._is_waiting(pending.job):
            # Dask blames every job that was assigned to the dead worker, also those that had not begun.
            self._send(self._connected(), pending)
        else:
            self._fail(pending, WORKER_KILLED)

    def _is_waiting(self, job: Job) -> bool:
        """Tell whether a run has certainly not begun."""
        try:
            run = get_run(open_store(job.store_uri, make=False), job.run_id)
        except StoreError:
            return False
        return run.status == "SCHEDULED"

    def _fail(self, pending: _Pending, reason: str) -> None:
        self._end(pending, "FAILED", reason)

    def _end(self, pending: _Pending, status: str, reason: str, then: Callable[[], None] | None = None) -> bool:
        """End a run in its store, and forget it once the store knows; tell whether it knows now."""
        forget = partial(self._forget, pending)
        job = pending.job
        return self._endings.tell(job.store_uri, job.run_id, status=status, reason=reason, then=then or forget)

    def _forget(self, pending: _Pending) -> None:
        with self._lock:
            self._pending.pop(pending.job.run_id, None)
            somebody_waits = bool(self._line())
        if pending.batch:
            pending.batch.run_ended(pending.job.run_id)
        if somebody_waits:  # a new cluster may be needed for it, and whoever ended this one must not wait for that
            Thread(target=self._go_on, name="next run", daemon=True).start()

    def _go_on(self) -> None:
        try:
            self._send_next()
        except TrainingError:  # the runs that waited say why
            logger.warning("No run could follow", exc_info=True)

    def _end_futures(self, pending: list[_Pending]) -> None:
        """Take jobs back from Dask; where one is being trained, end its worker."""
        client = self._client
        futures = [one.future for one in pending if one.future is not None and not one.future.done()]
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

    def _connected(self) -> Client:
        with self._connecting:
            if self._is_connected:
                return self._client
            self._disconnect()
            if self._settings.dask_scheduler:
                self._client = _connect(self._settings.dask_scheduler)
            else:
                self._cluster = start_cluster(self._settings.workers + KEPT)
                self._client = _connect(self._cluster.address)
            self._client.subscribe_topic(PROGRESS_TOPIC, self._note_progress)
            return self._client

    @property
    def _is_connected(self) -> bool:
        has_cluster = self._cluster is None or self._cluster.is_alive
        return self._client is not None and self._client.status == "running" and has_cluster

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()
        self._client = self._cluster = None


def _connect(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address, timeout=SCHEDULER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:  # ValueError: not an address
        raise TrainingError(
            N_("The Dask scheduler {address} must answer within {seconds} seconds, but it does not."),
            N_("Check that it is running and that PIZARRA_DASK_SCHEDULER is right, then launch again."),
            address=address,
            seconds=SCHEDULER_SECONDS,
        ) from error
