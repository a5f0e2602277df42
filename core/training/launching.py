"""Launch a run: check what was chosen, create the run that waits for its turn, and hand its job to the workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from core.access import Actor
from core.i18n import current_language, translate
from core.store.connection import Store
from core.store.runs.tables import ALGORITHM_TAG, STUDENT_TAG, TASK_TAG
from core.store.runs.tracking import NoSuchRunError, get_run
from core.store.writer import schedule_run
from core.training.execution import Job
from core.training.jobs import Jobs
from core.training.specs import Value, complete, run_name
from core.training.tasks import Task


def launch(
    jobs: Jobs, store: Store, actor: Actor, task: Task, algorithm: str, chosen: Mapping[str, Value], *, name: str = "",
    experiment: str = "",
) -> str:  # fmt: skip
    """Have a worker train ``task`` as soon as one is free, and return the run's id; the run says whose it is.

    While the class contests the task, the run is a try and is measured on the public half of the test rows. The rest
    is as in ``schedule``.

    Raises:
        ParameterError: as ``schedule``.
        TrainingError: there is no cluster to train on, or too many runs of ``actor`` wait; no run is created then.
        PizarraError: ``actor`` may not train, or has had all their tries.
    """
    actor.check("train")
    jobs.start()
    complete(task.algorithm(algorithm).parameters, chosen)  # what is not allowed is no try
    with jobs.room_for(actor), jobs.contest.entering(actor, task.name, partial(_statuses, store)) as note:
        whose = {STUDENT_TAG: actor.name} if actor.name else {}
        job = schedule(store, actor, task, algorithm, chosen, name=name, experiment=experiment, tags=whose)
        if note:
            note(job.run_id)
            job = replace(job, public_half=True)
        jobs.submit(actor, job)
    return job.run_id


def _statuses(store: Store, run_ids: Sequence[str]) -> dict[str, str]:
    found = {}
    for run_id in run_ids:
        with suppress(NoSuchRunError):
            run = get_run(store, run_id)
            if not run.deleted:
                found[run_id] = run.status
    return found


def schedule(
    store: Store, actor: Actor, task: Task, algorithm: str, chosen: Mapping[str, Value], *, name: str = "",
    experiment: str = "", tags: Mapping[str, str] | None = None,
) -> Job:  # fmt: skip
    """Create the run that is to learn ``task``, waiting for its turn, and return its job.

    A run without ``name`` is called by its algorithm and by what was chosen differently from the defaults; without
    ``experiment`` it belongs to the task's.

    Raises:
        ParameterError: the task has no such algorithm, or a parameter is unknown or not allowed; no run is created.
        PizarraError: ``actor`` may not train.
    """
    learning = task.algorithm(algorithm)
    params = complete(learning.parameters, chosen)
    run_id = schedule_run(
        store,
        actor,
        experiment=experiment or task.experiment,
        name=name.strip() or run_name(translate(learning.title), learning.parameters, params),
        tags={**(tags or {}), TASK_TAG: task.name, ALGORITHM_TAG: algorithm},
    )
    return Job(store.uri, run_id, task, algorithm, params, current_language())
