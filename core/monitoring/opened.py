"""A registered version opened for a check, with the rows that its run stored; a worker and the command line need it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from core.errors import ModelError, StoreError
from core.i18n import N_
from core.monitoring.references import Reference, training_reference
from core.prediction.open_version import OpenVersion, ToOpen, open_from
from core.store.connection import Store
from core.store.record import ANSWER, PREDICTION
from core.store.registry.references import version_named
from core.store.registry.registered_models import Version
from core.store.runs.evaluations import is_divided_by_chance, read_evaluation, read_training


@dataclass(frozen=True)
class OpenedForCheck:
    """A version that can be asked, its test rows and the training rows beside its sample, None where there are none."""

    version: Version
    asked: OpenVersion
    tested: pd.DataFrame | None
    training: pd.DataFrame | None
    by_chance: bool


def open_for_check(store: Store, named: str, allow_code: Collection[str] = ()) -> OpenedForCheck:
    """Open what ``named`` means: NAME (in Production), NAME/Staging, NAME/3 or NAME@alias.

    ``allow_code`` are the models whose own code may be run.

    Raises:
        StoreError: there is no such model or version, or the store does not answer.
        ModelError: it cannot be opened.
    """
    version, cutoff = version_named(store, named)
    asked = open_from(store, ToOpen(version.uri, version.run_id, version.model in allow_code, cutoff))
    return OpenedForCheck(
        version, asked, tested_rows(store, version.run_id), training_rows(store, version.run_id),
        _is_by_chance(store, version.run_id),
    )  # fmt: skip


def reference_of(opened: OpenedForCheck) -> Reference:
    """Return the rows that a version learned from.

    Raises:
        ModelError: its run stored none.
    """
    found = training_reference(
        opened.asked.fields, opened.training, opened.asked.files.sample, opened.tested, by_chance=opened.by_chance
    )
    if found is None:
        raise ModelError(
            N_("The run of {model} {number} stored none of the rows that it learned from, so there is nothing to hold "
               "new ones against."),
            N_("Give a table of earlier rows as the reference."),
            model=opened.version.model,
            number=opened.version.number,
        )  # fmt: skip
    return found


def tested_rows(store: Store, run_id: str) -> pd.DataFrame | None:
    """Return the test rows that a run stored, None where it stored none."""
    try:
        table = read_evaluation(store, run_id) if run_id else None
    except StoreError:
        return None
    return table if table is not None and {ANSWER, PREDICTION} <= set(table) else None


def training_rows(store: Store, run_id: str) -> pd.DataFrame | None:
    """Return the training rows that a run stored beside its sample, None where it stored none."""
    try:
        return read_training(store, run_id) if run_id else None
    except StoreError:
        return None


def _is_by_chance(store: Store, run_id: str) -> bool:
    try:
        return bool(run_id) and is_divided_by_chance(store, run_id)
    except StoreError:
        return False
