"""Whether the next run of a task takes its baseline along, and on which data."""

from __future__ import annotations

from core.errors import DataError
from core.process import cache, shared
from core.process.memory import kept
from core.settings import settings
from core.training import baselines
from core.training.tasks import Task


def data_of(task: Task) -> str:
    """Return the SHA-256 of the data that a task is learned from; empty where only the workers know it."""
    if settings().dask_scheduler:
        return ""
    try:
        return cache.dataset(task.dataset, task.dataset.name).sha256
    except DataError:  # training says why
        return ""


def is_contested(task: Task) -> bool:
    """Tell whether a run that is launched now is a try."""
    board = shared.boards().current()
    return board is not None and board.is_contested and board.task == task.name


def is_missing(task: Task) -> bool:
    """Tell whether a run that is launched now takes a baseline along."""
    return _is_missing(task, contested=is_contested(task))


@kept(
    lambda task, *, contested: (
        shared.store_name(), shared.changes(), settings().experiment_name, task.name, contested
    ),
    max_entries=32,
)  # fmt: skip
def _is_missing(task: Task, *, contested: bool) -> bool:
    experiment = settings().experiment_name or task.experiment
    return baselines.is_missing(shared.store(), task, experiment, lambda: data_of(task), public_half=contested)
