"""What a worker does for a run, and a run to be trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from core.i18n import DEFAULT_LANGUAGE, speaking
from core.settings import settings
from core.store.connection import answering, open_store
from core.store.patience import patiently
from core.store.runs.tables import ENDED
from core.store.writer import RunWriter, writing
from core.training.efforts import QUICK, Effort
from core.training.specs import Value
from core.training.tasks import Task


class Work(Protocol):
    """What a worker does for a run that is recorded. Travels there."""

    @property
    def store_uri(self) -> str:
        """Where the run is recorded."""

    @property
    def run_id(self) -> str:
        """The run, which says what becomes of it."""

    def carry_out(self) -> None:
        """Do it, and write what came of it; a run that has ended is left alone."""


@dataclass(frozen=True)
class Job:
    """A run to be trained: where it is recorded, what it learns and how. Travels to a worker.

    ``then`` adds to the run, once all else is written and before it ends; it is called with its writer.
    """

    store_uri: str
    run_id: str
    task: Task
    algorithm: str
    params: Mapping[str, Value]
    language: str = DEFAULT_LANGUAGE  # of the words in the run's pictures
    public_half: bool = False  # it is measured on the public half of the test rows only
    effort: Effort = QUICK
    then: Callable[[RunWriter], None] | None = None

    def carry_out(self) -> None:
        """Train and write the run.

        A run that has ended is left alone: Dask repeats finished tasks when a worker dies, and a run may have been
        stopped while it waited.
        """
        from core.training.fit import train  # here and not above: only workers fit

        store = patiently(partial(open_store, self.store_uri, make=False))
        with answering(store.uri):
            if patiently(partial(store.client.get_run, self.run_id)).info.status in ENDED:
                return
        with writing(store, self.run_id) as run:
            with speaking(self.language):
                record = train(
                    self.task,
                    self.algorithm,
                    self.params,
                    settings=settings(),
                    report=run.progress,
                    public_half=self.public_half,
                    effort=self.effort,
                    watch=run.log_steps,
                )
            run.write(record)
            if self.then is not None:
                with speaking(self.language):
                    self.then(run)


def execute(work: Work) -> None:
    """Do what is to be done for a run, in a worker."""
    work.carry_out()
