"""The tasks: one file each, and this explicit list of them."""

from core.errors import ParameterError
from core.i18n import N_
from core.training.tasks import Task
from trainers import breast_cancer, car_prices, diabetes, iris, telco_churn, wine, wine_quality

TASKS: dict[str, Task] = {
    module.TASK.name: module.TASK
    for module in (iris, telco_churn, car_prices, wine_quality, wine, breast_cancer, diabetes)
}


def task(name: str) -> Task:
    """Return the task called ``name``.

    Raises:
        ParameterError: there is none of that name.
    """
    if name not in TASKS:
        raise ParameterError(
            N_("There is no task {name}."),
            N_("Choose one of {names}."),
            name=repr(name),
            names=", ".join(TASKS),
        )
    return TASKS[name]
