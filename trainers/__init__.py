"""The tasks: one file each, an explicit list of them, and those of one's own: trainers and tables."""

from core.errors import ParameterError
from core.i18n import N_
from core.settings import settings
from core.training.tasks import Task
from trainers import breast_cancer, car_prices, diabetes, iris, telco_churn, wine, wine_quality
from trainers.own import own_tasks
from trainers.table import table_tasks

TASKS: dict[str, Task] = {
    module.TASK.name: module.TASK
    for module in (iris, telco_churn, car_prices, wine_quality, wine, breast_cancer, diabetes)
}


def tasks() -> dict[str, Task]:
    """Return every task that there is now, by name: those that come with Pizarra, one's own, then tables.

    Raises:
        TrainingError: a file with a task of one's own is none.
    """
    in_force = settings()
    written = TASKS | own_tasks(in_force.trainers_dir, frozenset(TASKS))
    return written | table_tasks(in_force.cache_dir, written)


def task(name: str) -> Task:
    """Return the task called ``name``.

    Raises:
        ParameterError: there is none of that name.
        TrainingError: a file with a task of one's own is none.
    """
    known = tasks()
    if name not in known:
        raise ParameterError(
            N_("There is no task {name}."),
            N_("Choose one of {names}."),
            name=repr(name),
            names=", ".join(known),
        )
    return known[name]
