"""What becomes of the runs that somebody launched: they wait, are trained by workers, and always end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from threading import TIMEOUT_MAX, Thread, Timer
from time import monotonic
from typing import TYPE_CHECKING

from core.access import Actor
from core.errors import StoreError, TrainingError
from core.i18n import DEFAULT_LANGUAGE, N_, speaking
from core.settings import Settings
from core.store.abandoned import ABANDONED
from core.store.connection import Store, open_store
from core.store.runs.tracking import get_run
from core.training.batches import Batch
from core.training.contests import Contest, NoContest
from core.training.endings import STOPPED, Endings, Stopped, stop_left_behind
from core.training.execution import Work, execute
from core.training.line import Line, Pending
from core.training.long_tasks import MOST_ATTEMPTS
from core.training.workers import Workers

if TYPE_CHECKING:
    from distributed import Client, Future

logger = logging.getLogger(__name__)

MINUTE = 60.0  # seconds
# Reasons are kept in a tag as they stand here; pages translate the tag's text.
WORKER_KILLED = N_("The worker process training this run was killed (for example because memory ran out).")
TOO_LONG = N_("It took longer than a run may take here.")  # a line below it has the setting
CONNECTION_LOST = N_("The training cluster stopped while this run was waiting or being trained.")


class Jobs:
    """The jobs of one dashboard process, and its ``workers``; the ``contest`` counts what is launched.

    Threads may share it. Runs wait here, not in Dask: no more are sent than leave a worker for people who wait for an
    answer.
    """

    def __init__(self, settings: Settings, contest: Contest | None = None) -> None:
        self.workers = Workers(settings)
        self.contest: Contest = contest or NoContest()
        self._line = Line(settings.runs_each, settings.runs)
        self._minutes = settings.run_minutes
        self._endings = Endings()

    def start(self) -> None:
        """Have a cluster ready.

        Raises:
            TrainingError: it does not come up, or the given scheduler does not answer.
        """
        self.workers.connected()

    def start_soon(self) -> None:
        """Have a cluster ready without waiting for it; its workers warm up while a person fills the form."""
        Thread(target=self._start_quietly, name="cluster", daemon=True).start()

    def _start_quietly(self) -> None:
        try:
            self.start()
        except TrainingError:  # whoever launches is told then
            logger.warning("The training cluster did not start", exc_info=True)

    def use_own_cluster(self, actor: Actor) -> None:
        """Train in a cluster of our own from now on, for everybody, in place of the scheduler that was given.

        Raises:
            PizarraError: ``actor`` may not.
        """
        actor.check("train_here")
        self.workers.use_own()
        self.start_soon()

    def room_for(self, actor: Actor) -> AbstractContextManager[None]:
        """Keep room for one more run of a visitor, while it is launched.

        Raises:
            TrainingError: as many of theirs, or of all visitors', wait or are being trained as may at once.
        """
        return self._line.room_for(actor.visitor)

    def has_room(self, actor: Actor) -> bool:
        """Tell whether a visitor may have one more run that waits or is being trained now."""
        return self._line.has_room(actor.visitor)

    def submit(self, actor: Actor, job: Work) -> None:
        """Train ``job`` as soon as a worker is free; its run always ends FINISHED, FAILED or KILLED.

        Raises:
            TrainingError: there is no cluster to train on; the run has then FAILED for this reason.
            PizarraError: ``actor`` may not.
        """
        actor.check("train")
        self._submit([Pending(job, None, actor.visitor)])

    def submit_all(self, actor: Actor, jobs: Iterable[Work], then: Callable[[], None]) -> Batch:
        """Train ``jobs``, and call ``then`` in a thread of its own once all have ended in whatever way.

        Raises:
            PizarraError: as ``submit``.
        """
        actor.check("train")
        jobs = list(jobs)
        batch = Batch([job.run_id for job in jobs], then)
        self._submit([Pending(job, batch, actor.visitor) for job in jobs])
        return batch

    def active(self) -> list[str]:
        """Return the ids of the runs that wait or are being trained, oldest first."""
        return [one.job.run_id for one in self._line.runs()]

    def cluster_state(self) -> str:
        """Return how the cluster stands: up, down or not started."""
        return self.workers.state()

    def place(self, run_id: str) -> int | None:
        """Return the place in line of a run that waits, from 1 on; None where it does not wait here."""
        waiting = [one.job.run_id for one in self._line.waiting()]
        return waiting.index(run_id) + 1 if run_id in waiting else None

    def is_of(self, actor: Actor, run_id: str) -> bool:
        """Tell whether a run that waits or is being trained here is certainly this visitor's."""
        pending = self._line.get(run_id)
        return pending is not None and bool(actor.member or actor.place) and pending.visitor == actor.visitor

    def stop(self, actor: Actor, store: Store, run_id: str) -> Stopped:
        """End a run as KILLED, whether it waits, is being trained or was left behind, and say what became of it.

        Raises:
            StoreError: the run is none of ours, and its store has no such run or does not answer.
            PizarraError: ``actor`` may not.
        """
        actor.check("stop" if self.is_of(actor, run_id) else "stop_others")
        pending = self._line.get(run_id)
        if pending is None:
            return stop_left_behind(store, actor, run_id)
        return Stopped.NOW if self._stop([pending], "KILLED", STOPPED) else Stopped.LATER

    def end_all(self, run_ids: Iterable[str], *, status: str, reason: str) -> bool:
        """End those of these runs that wait or are being trained here; False where a store is told only later."""
        return self._stop([one for run_id in run_ids if (one := self._line.get(run_id))], status, reason)

    def seconds(self, run_id: str) -> float | None:
        """Return for how long a run has been with a worker; None where it is not."""
        pending = self._line.get(run_id)
        return None if pending is None or pending.sent is None else monotonic() - pending.sent

    def close(self) -> None:
        """End all runs and the cluster."""
        with self.workers.closing():
            pending = self._line.runs()
            for one in pending:
                one.is_stopping = True
            self._take_back(pending)
        for one in pending:
            self._fail(one, ABANDONED)

    def _stop(self, pending: Sequence[Pending], status: str, reason: str) -> bool:
        for one in pending:
            one.is_stopping = True
        try:
            for one in pending:  # from here on, no worker begins it
                self._end(one, status, reason, then=lambda: None)
            self._take_back(pending)
        finally:  # their workers may have changed them meanwhile
            told = [self._end(one, status, reason) for one in pending]
        return all(told)

    def _submit(self, pending: list[Pending]) -> None:
        self._line.add(pending)
        self._send_next()

    def _send_next(self) -> None:
        """Send as many of the runs that wait as there are places for.

        Raises:
            TrainingError: there is no cluster to train on; all that wait have then FAILED for this reason.
        """
        if not self._line.waiting():
            return
        try:
            client = self.workers.connected()
            places = self.workers.places(client)
        except TrainingError as error:
            with speaking(DEFAULT_LANGUAGE):
                reason = str(error)
            for one in self._line.take():
                self._fail(one, reason)
            raise
        for one in self._line.take(places):
            self._send(client, one)

    def _send(self, client: Client, pending: Pending) -> None:
        pending.attempts += 1
        pending.sent = monotonic()
        key = f"train-{pending.job.run_id}-{pending.attempts}"
        pending.future = client.submit(execute, pending.job, key=key)
        # Called in a thread of its own kind, not in Dask's event loop, so that it may wait for the store.
        pending.future.add_done_callback(partial(self._future_ended, pending))
        self._watch(pending)

    def _watch(self, pending: Pending) -> None:
        """End a run that takes longer than it may: others wait for its worker."""
        if pending.timer is not None:
            pending.timer.cancel()
        pending.timer = Timer(min(self._minutes * MINUTE, TIMEOUT_MAX), self._time_is_up, [pending])
        pending.timer.daemon = True
        pending.timer.start()

    def _time_is_up(self, pending: Pending) -> None:
        if self._line.get(pending.job.run_id) is not pending or pending.is_stopping:
            return
        if _has_not_begun(pending.job):  # a given scheduler's workers do what other programs ask first
            self._watch(pending)
        else:
            self._stop([pending], "FAILED", f"{TOO_LONG}\nPIZARRA_RUN_MINUTES={self._minutes}")

    def _future_ended(self, pending: Pending, future: Future) -> None:
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

    def _future_failed(self, pending: Pending, future: Future) -> None:
        from distributed import KilledWorker

        error = future.exception()
        if not isinstance(error, KilledWorker):
            self._fail(pending, str(error) or type(error).__name__)
        elif pending.attempts < MOST_ATTEMPTS and _has_not_begun(pending.job):
            # Dask blames every job that was assigned to the dead worker, also those that had not begun.
            self._send(self.workers.connected(), pending)
        else:
            self._fail(pending, WORKER_KILLED)

    def _take_back(self, pending: Iterable[Pending]) -> None:
        self.workers.take_back([one.future for one in pending if one.future is not None])

    def _fail(self, pending: Pending, reason: str) -> None:
        self._end(pending, "FAILED", reason)

    def _end(self, pending: Pending, status: str, reason: str, then: Callable[[], None] | None = None) -> bool:
        """End a run in its store, and forget it once the store knows; tell whether it knows now."""
        forget = partial(self._forget, pending)
        job = pending.job
        return self._endings.tell(job.store_uri, job.run_id, status=status, reason=reason, then=then or forget)

    def _forget(self, pending: Pending) -> None:
        if pending.timer is not None:
            pending.timer.cancel()
        somebody_waits = self._line.remove(pending.job.run_id)
        if pending.batch:
            pending.batch.run_ended(pending.job.run_id)
        if somebody_waits:  # a new cluster may be needed for it, and whoever ended this one must not wait for that
            Thread(target=self._go_on, name="next run", daemon=True).start()

    def _go_on(self) -> None:
        try:
            self._send_next()
        except TrainingError:  # the runs that waited say why
            logger.warning("No run could follow", exc_info=True)


def _has_not_begun(job: Work) -> bool:
    """Tell whether a run has certainly not begun."""
    try:
        run = get_run(open_store(job.store_uri, make=False), job.run_id)
    except StoreError:
        return False
    return run.status == "SCHEDULED"
