"""Which tasks there are, for what is done without a page: whoever starts the process says which module tells them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from core.errors import TrainingError
from core.i18n import N_

if TYPE_CHECKING:  # pandas is slow to import, and the entry says only a name
    from core.training.tasks import Task

_module: list[str] = []


def told_by(module: str) -> None:
    """Have the function ``tasks`` of that module say which tasks there are."""
    _module[:] = [module]


def tasks() -> Mapping[str, Task]:
    """Return every task that there is now, by name.

    Raises:
        TrainingError: nobody said where they are.
    """
    if not _module:
        raise TrainingError(
            N_("Nothing was said of the tasks that there are, so none can be trained by itself."),
            N_("Start the dashboard as its guide says, then try again."),
        )
    found: Mapping[str, Task] = import_module(_module[0]).tasks()
    return found
