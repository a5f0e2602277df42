"""A run to be trained, and how a worker trains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.i18n import DEFAULT_LANGUAGE, speaking
from core.settings import settings
from core.store.connection import answering, open_store
from core.store.runs.tables import ENDED
from core.store.writer import writing
from core.training.efforts import QUICK, Effort
from core.training.specs import Value
from core.training.tasks import Task


@dataclass(frozen=True)
class Job:
    """A run to be trained: where it is recorded, what it learns and how. Travels to a worker."""

    store_uri: str
    run_id: str
    task: Task
    algorithm: str
    params: Mapping[str, Value]
    language: str = DEFAULT_LANGUAGE  # of the words in the run's pictures
    public_half: bool = False  # it is measured on the public half of the test rows only
    effort: Effort = QUICK


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
            record = train(
                job.task,
                job.algorithm,
                job.params,
                settings=settings(),
                report=run.progress,
                public_half=job.public_half,
                effort=job.effort,
            )
        run.write(record)
