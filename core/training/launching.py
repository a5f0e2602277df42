"""Launch a run: check what was chosen, create the run that waits for its turn, and hand its job to the workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from core.access import Actor
from core.errors import ParameterError
from core.i18n import N_, current_language, translate
from core.store.connection import Store
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, BASELINE_NAME, STUDENT_TAG, TASK_TAG
from core.store.runs.tracking import NoSuchRunError, get_run
from core.store.writer import RunWriter, schedule_run, take_run
from core.training import baselines
from core.training.doubts import findable
from core.training.efforts import QUICK, Effort
from core.training.execution import Job
from core.training.jobs import Jobs
from core.training.notes import own_tags
from core.training.specs import Value, complete, run_name
from core.training.tasks import Task


def launch(
    jobs: Jobs, store: Store, actor: Actor, task: Task, algorithm: str, chosen: Mapping[str, Value], *, name: str = "",
    experiment: str = "", data: baselines.Digest = lambda: "", effort: Effort = QUICK, note: str = "",
    tags: Mapping[str, str] | None = None,
    then: Callable[[str], None] = lambda _run_id: None,
) -> str:  # fmt: skip
    """Have a worker train ``task`` as soon as one is free, and return the run's id; the run says whose it is.

    ``then`` is called with the id, in a thread of its own, once the run has ended in whatever way.

    While the class contests the task, the run is a try and is measured on the public half of the test rows. Where the
    experiment has no baseline of the task on this ``data``, one is trained first; it is nobody's and no try. ``note``
    and ``tags`` are what ``actor`` says of the run. The rest is as in ``schedule``.

    Raises:
        ParameterError: as ``schedule``, or a tag may not be called so.
        TrainingError: there is no cluster to train on, or too many runs of ``actor`` wait; no run is created then.
        PizarraError: ``actor`` may not train, or has had all their tries.
    """
    actor.check("train")
    jobs.start()
    complete(task.algorithm(algorithm).parameters, chosen)  # what is not allowed is no try
    said = own_tags(note, tags or {})
    with jobs.room_for(actor), jobs.contest.entering(actor, task.name, partial(statuses, store)) as count:
        launch_baseline(
            jobs, store, task, algorithm, experiment or task.experiment, data, public_half=bool(count), effort=effort
        )
        whose = {**said, **({STUDENT_TAG: actor.name} if actor.name else {})}
        with findable(store) as mark:
            job = schedule(
                store, actor, task, algorithm, chosen, name=name, experiment=experiment, tags={**whose, **mark},
                effort=effort,
            )  # fmt: skip
        if count:
            count(job.run_id)
            job = replace(job, public_half=True)
        jobs.submit_all(actor, [job], partial(then, job.run_id))
    return job.run_id


def launch_baseline(
    jobs: Jobs,
    store: Store,
    task: Task,
    algorithm: str,
    experiment: str,
    data: baselines.Digest,
    *,
    public_half: bool,
    effort: Effort,
) -> None:
    """Launch a task's baseline where an experiment has none on these rows; it is nobody's.

    Raises:
        TrainingError: there is no cluster to train on.
    """
    with baselines.launching:
        if algorithm == BASELINE or not baselines.is_missing(store, task, experiment, data, public_half=public_half):
            return
        with findable(store) as mark:
            job = schedule(
                store, baselines.NOBODY, task, BASELINE, {}, name=BASELINE_NAME, experiment=experiment, tags=mark,
                effort=effort,
            )  # fmt: skip
    jobs.submit(baselines.NOBODY, replace(job, public_half=public_half))


def statuses(store: Store, run_ids: Sequence[str]) -> dict[str, str]:
    """Return the status of each of these runs that is there, by its id."""
    found = {}
    for run_id in run_ids:
        with suppress(NoSuchRunError):
            run = get_run(store, run_id)
            if not run.deleted:
                found[run_id] = run.status
    return found


def schedule(
    store: Store, actor: Actor, task: Task, algorithm: str, chosen: Mapping[str, Value], *, name: str = "",
    experiment: str = "", tags: Mapping[str, str] | None = None, run_id: str = "", effort: Effort = QUICK,
    then: Callable[[RunWriter], None] | None = None,
) -> Job:  # fmt: skip
    """Create the run that is to learn ``task``, waiting for its turn, and return its job.

    A run without ``name`` is called by its algorithm and by what was chosen differently from the defaults; without
    ``experiment`` it belongs to the task's. With ``run_id`` that run is used, where it is, and none is created.
    ``then`` is as in ``Job``.

    Raises:
        ParameterError: the task has no such algorithm, or a parameter is unknown or not allowed; no run is created.
            The run of ``run_id`` says of a parameter what is not so.
        StoreError: there is no run ``run_id``, or it has ended.
        PizarraError: ``actor`` may not train.
    """
    learning = task.algorithm(algorithm)
    params = complete(learning.parameters, chosen)
    called = name.strip() or run_name(translate(learning.title), learning.parameters, params)
    ours = {**(tags or {}), TASK_TAG: task.name, ALGORITHM_TAG: algorithm}
    if run_id:
        _check_said(get_run(store, run_id).params, params)
        take_run(store, actor, run_id, name=called, tags=ours)
    else:
        run_id = schedule_run(store, actor, experiment=experiment or task.experiment, name=called, tags=ours)
    return Job(store.uri, run_id, task, algorithm, params, current_language(), effort=effort, then=then)


def _check_said(logged: Mapping[str, str], params: Mapping[str, Value]) -> None:
    """Refuse a run that was given a parameter in other words than we log: what a run says of one stays for ever."""
    for name, value in params.items():
        if name in logged and not _reads_alike(logged[name], value):
            raise ParameterError(
                N_("The run must keep {name} as {value}, but MLflow has kept it as {said}."),
                N_("Start it again with {name}={value}."),
                name=name,
                said=repr(logged[name]),
                value=value,
            )


def _reads_alike(text: str, value: Value) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return text == str(value)
