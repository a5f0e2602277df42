"""The models that are open in processes of their own: kept warm, limited in number and memory, started again."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Condition
from time import monotonic
from typing import Any

from core.errors import ModelError
from core.i18n import N_
from core.settings import settings
from core.store.foreign.plain import Known
from core.store.foreign.process import FailedError, Forks, ModelProcess, Spawns
from core.systems import FORKS

ROWS_A_SECOND = 100  # that a slow model is given time for, beside the limit for any question
PATIENCE = 2  # times as long as a question may take: who waits longer is told
OPENING = 4  # times as long as answering: libraries are imported
MEASURE_SECONDS = 1.0  # reading how much memory a process has takes some milliseconds


class Pool:
    """Processes by the model they were started for. The least recently used ends where there are too many.

    ``memory`` is in MB, for all of them together and for each; ``seconds`` is what a question may take.
    """

    def __init__(self, processes: int, memory: int, seconds: float, *, forks: bool = FORKS) -> None:
        self._most, self._memory, self._seconds = processes, memory << 20, seconds
        self._starter = Forks(memory) if forks else Spawns(memory)
        self._changed = Condition()
        self._idle: dict[str, ModelProcess] = {}  # least recently used first
        self._busy: set[str] = set()
        self._sizes: dict[str, tuple[float, int]] = {}  # when they were measured, and the bytes

    def ask(
        self, model: ForeignModel, function: Callable[..., Any], arguments: tuple[Any, ...], known: Known, rows: int
    ) -> Any:
        """Return what ``function`` says of a model where it is; its process is started first where it has none.

        Raises:
            PizarraError: it cannot be opened, ended its process, was too slow, or what the function raised.
        """
        with self._taken(model) as process:
            try:
                return process.ask(function, arguments, self._seconds + rows / ROWS_A_SECOND, known)
            except FailedError as error:
                raise ModelError(
                    N_("The model could not answer: {reason}"),
                    N_("Change the inputs, or choose another version."),
                    reason=str(error),
                ) from error

    def memory(self, key: str) -> int:
        """Return the bytes of memory of a model's process: the last known while it is asked, 0 where it has none."""
        with self._changed:
            process, known = self._idle.get(key), self._sizes.get(key)
        return process.memory if process else known[1] if known else 0

    def prepare(self) -> None:
        """Do what can be done before a model is opened, in the background."""
        self._starter.prepare()

    @contextmanager
    def _taken(self, model: ForeignModel) -> Iterator[ModelProcess]:
        """Have a model's process for oneself; others wait for it, or for one of theirs to end."""
        key = model.key
        with self._changed:
            is_free = self._changed.wait_for(
                lambda: key not in self._busy and len(self._busy) < self._most, PATIENCE * self._seconds
            )
            if not is_free:
                raise ModelError(N_("Too many questions wait for this model."), N_("Ask again in a minute."))
            self._busy.add(key)
            process = self._idle.pop(key, None)
            ending = self._too_many(self._most - len(self._busy))
        try:
            for one in ending:
                one.end()
            if process is not None and not process.is_alive:  # something ended it while nobody asked
                process.end()
                process = None
            if process is None:
                process = self._started(model)
            yield process
        finally:
            self._give_back(key, process)

    def _started(self, model: ForeignModel) -> ModelProcess:
        process = self._starter.start()
        try:
            process.ask(model.load, model.arguments, self._seconds * OPENING, makes_model=True)
        except FailedError as error:
            process.end()
            raise cannot_open(str(error)) from error
        except BaseException:
            process.end()
            raise
        return process

    def _too_many(self, places: int) -> list[ModelProcess]:
        """Take those out of the idle ones that go beyond so many."""
        oldest = list(self._idle)[: max(0, len(self._idle) - places)]
        return [self._forgotten(key) for key in oldest]

    def _forgotten(self, key: str) -> ModelProcess:
        self._sizes.pop(key, None)
        return self._idle.pop(key)

    def _give_back(self, key: str, process: ModelProcess | None) -> None:
        is_alive = process is not None and process.is_alive
        if process is not None and not is_alive:
            process.end()
        ending: list[ModelProcess] = []
        with self._changed:
            self._busy.discard(key)
            if process is not None and is_alive:
                self._idle[key] = process
            else:
                self._sizes.pop(key, None)
            self._measure()
            while self._idle and sum(bytes_ for _when, bytes_ in self._sizes.values()) > self._memory:
                ending.append(self._forgotten(next(iter(self._idle))))
            self._changed.notify_all()
        for one in ending:
            one.end()

    def _measure(self) -> None:
        """Learn how large the idle ones are; one that was measured just now may have grown with its last question."""
        now = monotonic()
        for key, process in self._idle.items():
            if key not in self._sizes or now - self._sizes[key][0] > MEASURE_SECONDS:
                self._sizes[key] = now, process.memory

    def close(self) -> None:
        """End all processes."""
        with self._changed:
            ending = self._too_many(0)
        for one in ending:
            one.end()
        self._starter.close()


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """A model that is open in a process of its own: asked by ``run``, never touched here.

    ``load`` makes it there, from ``arguments``; ``key`` tells it from all others.
    """

    key: str
    load: Callable[..., Any]
    arguments: tuple[Any, ...]
    pool: Pool

    def run(self, function: Callable[..., Any], *arguments: Any, known: Known = (), rows: int = 0) -> Any:
        """Return ``function(model, *arguments)``, worked out where the model is, as plain data.

        What it returns may hold the dataclasses that are ``known``, and what it raises their kinds of error; ``rows``
        says how many it asks about, as many rows may take long.

        Raises:
            PizarraError: the model cannot be opened, ended its process, was too slow, or what the function raised.
        """
        return self.pool.ask(self, function, arguments, known, rows)

    @property
    def memory(self) -> int:
        """The bytes of memory that its process has, 0 where it has none now."""
        return self.pool.memory(self.key)


def where_it_is(model: Any, function: Callable[..., Any], *arguments: Any, known: Known = (), rows: int = 0) -> Any:
    """Return ``function(model, *arguments)``, worked out where the model is: here, or in a process of its own."""
    if isinstance(model, ForeignModel):
        return model.run(function, *arguments, known=known, rows=rows)
    return function(model, *arguments)


def cannot_open(reason: str) -> ModelError:
    """Return what is said of a model that cannot be opened."""
    return ModelError(
        N_("This model could not be opened: {reason}"),
        N_("It may need libraries that are not installed here. Choose another version."),
        reason=reason[:300],
    )


@cache
def pool() -> Pool:
    """Return the one pool of this process, with the limits of the settings."""
    chosen = settings()
    made = Pool(chosen.model_processes, chosen.model_memory, chosen.model_seconds)
    atexit.register(made.close)
    return made
