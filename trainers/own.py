"""Trainers of one's own: each file of a folder is a module ``trainers.own.NAME`` with a ``TASK``, in workers too."""

from __future__ import annotations

import re
import traceback
from collections.abc import Collection
from functools import cache
from importlib import import_module, invalidate_caches
from pathlib import Path

from core.errors import PizarraError, TrainingError
from core.i18n import N_
from core.settings import settings
from core.training.specs import complete
from core.training.tasks import Task


def _path() -> list[str]:
    try:
        folder = settings().trainers_dir
    except PizarraError:  # whoever reads the settings is told
        return []
    return [] if folder is None else [str(folder.resolve())]


# As a package has: a worker that gets a task looks here for the functions of its file, where it has the same setting
__path__ = _path()

CHANGE_IT = N_("Correct the file; it is read again at the next start.")


@cache
def own_tasks(folder: Path | None, taken: Collection[str] = ()) -> dict[str, Task]:
    """Return the tasks of the files in ``folder`` by name, in the order of the files; the files are run once.

    ``taken`` are names that others have. A file whose name begins with ``_`` is for the others to import.

    Raises:
        TrainingError: there is no such folder, or one of its files is no trainer.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        raise TrainingError(
            N_("PIZARRA_TRAINERS_DIR must be a folder, but {folder} is none."),
            N_("Choose another folder, then start again."),
            folder=folder,
        )
    __path__[:] = [str(folder.resolve())]
    invalidate_caches()
    found: dict[str, tuple[str, Task]] = {}
    for file in sorted(folder.glob("[!_.]*.py")):
        if "." in file.stem:
            raise TrainingError(
                N_("The name of a trainer's file must have no dot within, but it is {file}."),
                N_("Rename it, then start again."),
                file=file.name,
            )
        task = _task(file)
        if task.name in taken or task.name in found:
            raise TrainingError(
                N_("The task of {file} must have a name of its own, but {name} is also that of {other}."),
                CHANGE_IT,
                file=file.name,
                name=task.name,
                other=found[task.name][0] if task.name in found else "Pizarra",
            )
        found[task.name] = file.name, task
    return {name: task for name, (_file, task) in found.items()}


def _task(file: Path) -> Task:
    """Run a file and return its task."""
    try:
        task = getattr(import_module(f"{__name__}.{file.stem}"), "TASK", None)
        _check(task)
    except Exception as error:
        raise TrainingError(
            N_("{file} must be a trainer, but: {reason}."),
            CHANGE_IT,
            file=file.name,
            reason=_reason(error, file),
        ) from error
    assert isinstance(task, Task)  # noqa: S101 - as was checked
    return task


def _check(task: object) -> None:
    """Refuse what pages and workers could not use, whatever it is."""
    if not isinstance(task, Task):
        raise TypeError(f"TASK must be a core.training.tasks.Task, but it is {task!r:.80}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", task.name):
        raise ValueError(f"the task's name must have only small letters, digits and _, but it is {task.name!r}")
    names = [algorithm.name for algorithm in task.algorithms]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"a task must have algorithms, each with a name of its own, but it has {names}")
    if task.kind not in ("classification", "regression"):
        raise ValueError(f"a task's kind must be classification or regression, but it is {task.kind!r}")
    if (task.kind == "classification") != (len(set(task.class_names)) > 1):
        raise ValueError(f"class_names must be two or more for a classification, and none else; {task.class_names}")
    for algorithm in task.algorithms:
        complete(algorithm.parameters, {})


def _reason(error: Exception, file: Path) -> str:
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == file.name
    ]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    said = error.msg if isinstance(error, SyntaxError) else str(error).rstrip(".")
    return f"{type(error).__name__}: {said}" + (f" ({file.name}:{line})" if line else "")
