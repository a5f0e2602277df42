"""Run 0 of a task: the run that always gives the same answer, launched with the first that is to be better."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

from core.access import Actor
from core.store.connection import Store, answering
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, ENDED, TASK_TAG, Run
from core.store.runs.tracking import read_page
from core.training.contests import PUBLIC_HALF, TEST_ROWS
from core.training.division import LOGGED
from core.training.tasks import Task

NOBODY = Actor("", "presenter", member=BASELINE)  # whose baselines are: they count among nobody's runs
LOOKED_AT = 200  # baselines of an experiment, the newest
GIVEN_UP = timedelta(hours=1)  # after which nobody waits for a baseline that is still under way
launching = Lock()  # two visitors may launch the first run of a task together

Digest = Callable[[], str]  # the SHA-256 of the data that would be learned from; empty where nobody knows


def is_missing(store: Store, task: Task, experiment: str, data: Digest, *, public_half: bool = False) -> bool:
    """Tell whether an experiment has no baseline of a task that was, or is being, tested on the same rows.

    It must have learned from the same ``data``, which are looked at only where there is a baseline at all; of one that
    is under way nobody knows them, and it counts.
    """
    known = _baselines(store, task, experiment)
    if any(run.status not in ENDED and _is_new(run) for run in known):
        return False
    rows = PUBLIC_HALF if public_half else None
    alike = [
        run for run in known
        if run.status == "FINISHED" and run.params.get(TEST_ROWS) == rows and _divides_alike(run, task)
    ]  # fmt: skip
    if not alike:
        return True
    wanted = data()
    return bool(wanted) and not any(
        wanted.startswith(use.digest) for run in alike for use in run.datasets if use.digest
    )


def _baselines(store: Store, task: Task, experiment: str) -> list[Run]:
    with answering(store.uri):
        found = store.client.get_experiment_by_name(experiment)
    if found is None or found.lifecycle_stage != "active":
        return []
    wanted = f"tags.`{ALGORITHM_TAG}` = '{BASELINE}'"
    runs, _more = read_page(store, [found.experiment_id], filter_string=wanted, size=LOOKED_AT)
    return [run for run in runs if run.tags.get(TASK_TAG) == task.name]


def _divides_alike(run: Run, task: Task) -> bool:
    """Tell whether a run divided its rows by what the task divides them by now."""
    return {name: run.params[name] for name in LOGGED if name in run.params} == task.division.logged()


def _is_new(run: Run) -> bool:
    return run.created is not None and datetime.now(UTC) - run.created < GIVEN_UP
