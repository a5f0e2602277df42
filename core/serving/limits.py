"""What the inputs of a version may be at all: the limits that the task of its run declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.errors import PizarraError
from core.process import cache
from core.store.registry.registered_models import Version
from core.training.tasks import Limit, Task

Tasks = Callable[[], Mapping[str, Task]]


def limits_of(version: Version, tasks: Tasks) -> Sequence[Limit]:
    """Return the limits of a version; ``tasks`` tells which tasks there are, by name.

    There are none where the run is deleted, or a task of one's own broken: the model answers all the same.
    """
    try:
        task = tasks().get(cache.task_of_run(version.run_id)) if version.run_id else None
    except PizarraError:
        return ()
    return task.limits if task else ()
