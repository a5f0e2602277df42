"""What is trained anew: a version whose run is of one of our tasks, with its algorithm, settings and rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.errors import DataError
from core.i18n import N_
from core.prediction.open_version import OpenVersion, ToOpen, open_from
from core.settings import Settings
from core.store.connection import Store
from core.store.registry.references import version_named
from core.store.registry.registered_models import Version
from core.store.runs.tables import ALGORITHM_TAG, TASK_TAG, Run
from core.store.runs.tracking import get_run
from core.training.contests import TEST_ROWS
from core.training.datasets import load_dataset, training_table
from core.training.efforts import Effort
from core.training.recipes import Recipe, recipe
from core.training.tasks import LoadedDataset, Task


@dataclass(frozen=True)
class Parent:
    """A version that is to be trained anew: its run, and what that was launched with."""

    version: Version
    cutoff: float | None
    run: Run
    recipe: Recipe
    to_open: ToOpen
    store: Store

    @property
    def task(self) -> Task:
        """The task that it learned."""
        return self.recipe.task

    @property
    def effort(self) -> Effort:
        """By how much it was cross-validated."""
        return self.recipe.effort

    @cached_property
    def opened(self) -> OpenVersion:
        """The open version.

        Raises:
            ModelError: it cannot be opened.
        """
        return open_from(self.store, self.to_open)


@dataclass(frozen=True)
class OldRows:
    """The rows of a version's task as its run had them, and the places of those learned from and tested on."""

    loaded: LoadedDataset
    frame: pd.DataFrame
    learned: np.ndarray
    tested: np.ndarray


def parent_of(store: Store, named: str, tasks: Mapping[str, Task], allow_code: Collection[str] = ()) -> Parent:
    """Return what ``named`` means (``version_named``) as something that can be trained anew.

    Raises:
        StoreError: there is no such version or run.
        DataError: its run is of no task that there is here, or cannot be launched again.
    """
    version, cutoff = version_named(store, named)
    run = get_run(store, version.run_id) if version.run_id else None
    task = tasks.get(run.tags.get(TASK_TAG, "")) if run else None
    if run is None or task is None:
        raise DataError(
            N_("Only what learned one of the tasks here can be trained anew, but {model} {number} learned {task}."),
            N_("Train it where it was made, or bring its table as a task of your own."),
            model=version.model,
            number=version.number,
            task=repr(run.tags[TASK_TAG]) if run and TASK_TAG in run.tags else "–",
        )
    if TEST_ROWS in run.params:
        raise DataError(
            N_("{model} {number} is a try in a contest, measured on half of the test rows, so it is not trained anew."),
            N_("Choose a version that was trained outside the contest."),
            model=version.model,
            number=version.number,
        )
    algorithm = run.tags.get(ALGORITHM_TAG, "")
    experiment = store.client.get_experiment(run.experiment_id).name
    found = recipe(task, algorithm, run.params, experiment=experiment, name="", tags=run.tags)
    if found is None:
        raise DataError(
            N_("{model} {number} was trained with settings that this version of Pizarra does not have."),
            N_("Train the task anew on the Train page."),
            model=version.model,
            number=version.number,
        )
    to_open = ToOpen(version.uri, version.run_id, version.model in allow_code, cutoff)
    return Parent(version, cutoff, run, found, to_open, store)


def old_rows(parent: Parent, settings: Settings) -> OldRows:
    """Return the rows that a version learned from and was tested on, divided as they were then.

    Raises:
        DataError: the data cannot be had, or are others now.
    """
    from core.training.fit import numbered, split  # scikit-learn is slow to import

    task = parent.task
    loaded = load_dataset(
        task.dataset, data_dir=settings.data_dir, cache_dir=settings.cache_dir, downloads=settings.downloads
    )
    digests = [use.digest for use in parent.run.datasets if use.digest]
    if digests and not any(loaded.sha256.startswith(digest) for digest in digests):
        raise DataError(
            N_("The data of {task} are others now than {model} {number} learned from ({source}), so nobody knows which "
               "rows it was tested on."),
            N_("Put the earlier file back, or train the task anew on the Train page."),
            task=task.name,
            model=parent.version.model,
            number=parent.version.number,
            source=loaded.source,
        )  # fmt: skip
    table = training_table(loaded, task)
    frame = loaded.frame.loc[table.target.index].reset_index(drop=True)
    places = pd.DataFrame({"place": np.arange(len(frame))})
    keys = None if table.keys is None else table.keys.reset_index(drop=True)
    learned, tested, *_answers = split(task, places, numbered(task, table.target), keys)
    return OldRows(loaded, frame, np.asarray(learned["place"]), np.asarray(tested["place"]))
