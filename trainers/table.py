"""Tables of one's own: a task for each that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.i18n import N_, translate
from core.training.division import Division
from core.training.tables.kept import TableTask, kept_tables, rows_path
from core.training.tasks import Algorithm, Dataset, Kind, Task
from trainers.algorithms import (
    hist_gradient_boosting,
    linear_regression,
    logistic_regression,
    nearest_neighbours,
    random_forest,
    xgboost,
)

TWO_CLASSES = N_("{target}: {second} or {first}?")
QUESTIONS: dict[Kind, str] = {
    "classification": N_("Which class of {target} does a row belong to?"),
    "regression": N_("How large is {target}?"),
}


def algorithms(kind: Kind) -> tuple[Algorithm, ...]:
    """Return what may learn a table, the simplest first."""
    simplest = logistic_regression(scale=True) if kind == "classification" else linear_regression(scale=True)
    return (
        simplest,
        random_forest(kind),
        nearest_neighbours(kind),
        hist_gradient_boosting(kind),
        xgboost(kind),
    )


def _question(kept: TableTask) -> str:
    if len(kept.class_names) == 2:
        first, second = kept.class_names
        return translate(TWO_CLASSES).format(target=kept.target, first=first, second=second)
    return translate(QUESTIONS[kept.kind]).format(target=kept.target)


def table_task(kept: TableTask, cache_dir: Path, bases: Mapping[str, Task] | None = None) -> Task:
    """Return what is asked of a kept table as a task; its question is in the reader's language.

    Where new rows came to those of one of ``bases``, all else is as that says it.
    """
    task = _table_task(kept, cache_dir)
    base = (bases or {}).get(kept.base)
    if base is None:
        return task
    return replace(base, name=task.name, title=task.title, dataset=task.dataset, division=task.division)


def _table_task(kept: TableTask, cache_dir: Path) -> Task:
    return Task(
        name=kept.name,
        title=kept.title,
        question=_question(kept),
        kind=kept.kind,
        dataset=Dataset(
            name=kept.name,
            title=kept.title,
            credit="",
            filenames=(kept.file,),
            sha256=kept.sha256,
            identifiers=kept.left_out,
            kept=rows_path(cache_dir, kept.sha256).resolve(),
            made_up=kept.made_up,
        ),
        target=kept.target,
        class_names=kept.class_names,
        unit=kept.unit,
        experiment=kept.name,
        algorithms=algorithms(kept.kind),
        division=Division(kept.groups, kept.ordered_by, kept.sides),
    )


def table_tasks(cache_dir: Path, bases: Mapping[str, Task] | None = None) -> dict[str, Task]:
    """Return the tasks of all tables that are kept, by name, the oldest first; ``bases`` are as in ``table_task``."""
    return {kept.name: table_task(kept, cache_dir, bases) for kept in kept_tables(cache_dir).tasks}
