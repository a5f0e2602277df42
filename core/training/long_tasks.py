"""What a worker does for a person and takes its time: how far it is, its end, and stopping it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.errors import TrainingError
from core.i18n import N_

if TYPE_CHECKING:  # Dask is imported with the first task, which waits for a cluster anyway
    from distributed import Client, Future

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
MOST_ATTEMPTS = 3
PROGRESS_TOPIC = "pizarra-progress"  # one for all tasks: Dask keeps the last events of a topic and never forgets one
REPORT_SECONDS = 0.3
STOP_SECONDS = 10  # after which a task that was cancelled and goes on loses its worker


@dataclass(frozen=True)
class Progress:
    """How far a task is: so much ``done`` of so much."""

    done: int
    of: int

    @property
    def fraction(self) -> float:
        """The part that is done, from 0 to 1."""
        return min(self.done / self.of, 1.0) if self.of else 0.0


class _Cancelled(Exception):  # noqa: N818 - no error: somebody wanted it
    """Ends a task, in its worker."""


def perform(name: str, function: Callable[..., Answer], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Answer:
    """Do a task in a worker: what it reports goes to whoever started it, and a report ends it once it is cancelled."""
    from distributed import get_worker

    worker, last = get_worker(), 0.0
    key = worker.get_current_task()
    worker.log_event(PROGRESS_TOPIC, {"name": name, "done": 0, "of": 0})

    def report(done: int, of: int) -> None:
        nonlocal last
        if not _is_wanted(worker, key):
            raise _Cancelled
        if monotonic() - last > REPORT_SECONDS or done >= of:
            worker.log_event(PROGRESS_TOPIC, {"name": name, "done": done, "of": of})
            last = monotonic()

    return function(*arguments, **named, report=report)


class LongTask(Generic[Answer]):
    """Something that a worker does for a person, which takes its time. It ends too when nobody holds it any more."""

    def __init__(self, client: Client, send: Callable[[], Future]) -> None:
        self._client, self._send = client, send
        self._future, self._attempts = send(), 1
        self._progress: Progress | None = None

    def note(self, progress: Progress) -> None:
        """Take note of how far it is."""
        self._progress = progress

    def progress(self) -> Progress | None:
        """Return how far it is, None until it has begun."""
        return self._progress

    @property
    def is_done(self) -> bool:
        """Tell whether it has ended in whatever way."""
        return self._client.status != "running" or (bool(self._future.done()) and not self._sent_again())

    def _sent_again(self) -> bool:
        """Send it again where it had not begun: Dask blames a dead worker on all that waited for it too."""
        from distributed import KilledWorker

        error = self._future.exception() if self._future.status == "error" else None
        again = isinstance(error, KilledWorker) and self._progress is None and self._attempts < MOST_ATTEMPTS
        if again:
            self._attempts += 1
            self._future.release()
            self._future = self._send()
        return again

    def result(self) -> Answer:
        """Wait for its end and return what came of it.

        Raises:
            TrainingError: it was cancelled, its worker was killed, or the cluster is gone.
            PizarraError: what the function raised.
        """
        from distributed import CancelledError, KilledWorker

        try:
            while True:
                if self._client.status != "running" and self._future.status == "pending":
                    raise CancelledError
                self._future.exception()  # waits for its end
                if not self._sent_again():
                    return self._future.result()  # type: ignore[no-any-return]
        except KilledWorker as error:
            raise TrainingError(
                N_("The worker that did this was killed, for example because memory ran out."),
                N_("Try again with fewer rows, or on a computer with more memory."),
            ) from error
        except CancelledError as error:
            raise TrainingError(
                N_("This was stopped before it was done, or its worker is gone."),
                N_("Start it again where it is needed."),
            ) from error

    def cancel(self) -> None:
        """End it, whether it waits or is being done; other tasks go on.

        It ends where it reports next. Where it does not within ``STOP_SECONDS``, its worker is ended.
        """
        if self.is_done:
            return
        workers = list(self._client.call_stack(keys=[self._future.key]))
        self._future.cancel()
        if workers:
            stop = partial(_end_stuck, self._client, self._future.key, workers)
            Thread(target=stop, name="stop", daemon=True).start()


def _end_stuck(client: Client, key: str, workers: list[str]) -> None:
    deadline = monotonic() + STOP_SECONDS
    try:
        while any(client.run(_is_busy_with, key, workers=workers).values()):
            if monotonic() > deadline:
                client.run(end_worker, workers=workers, nanny=True)
                return
            sleep(0.5)
    except (OSError, ValueError, RuntimeError):  # worker, cluster or our way there has gone, and the task with it
        logger.info("A cancelled task ended with its worker")


def _is_wanted(worker: Any, key: str) -> bool:
    """Tell whether nobody cancelled a task that this worker does."""
    return key in worker.state.tasks and worker.state.tasks[key].state == "executing"


def _is_busy_with(key: str, dask_worker: Any) -> bool:
    return key in dask_worker.state.tasks and dask_worker.state.tasks[key].state in {"executing", "cancelled"}


async def end_worker(dask_worker: Any) -> None:
    """End a worker process at once; runs in its nanny (which Dask passes under this name) and starts another."""
    process = dask_worker.process.process
    await process.kill()
    await process.join()
