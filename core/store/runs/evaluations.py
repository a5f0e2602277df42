"""The rows that a run stored: those it was tested on, beside its answers, and those it learned from."""

from __future__ import annotations

import pandas as pd

from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store
from core.store.record import ANSWER, EVALUATION_TABLE, FOLDS_TABLE, PREDICTION, TRAINING_TABLE
from core.store.runs.artifacts import read_table
from core.store.runs.tables import GROUPS_PARAM, ORDER_PARAM, RETRAINED_TAG
from core.store.runs.tracking import get_run


def read_evaluation(store: Store, run_id: str) -> pd.DataFrame:
    """Return a run's test rows, as ``EVALUATION_TABLE`` has them: a line each, with columns of other programs too.

    A file of that name may be any other program's.

    Raises:
        StoreError: the file is gone or cannot be reached, or its answers are no single values.
    """
    table = read_table(store, run_id, EVALUATION_TABLE)
    if not (table.columns.is_unique and all(_is_plain(table[name]) for name in (ANSWER, PREDICTION) if name in table)):
        raise StoreError(
            N_("The file {path} of this run must have one answer and one prediction for each row, but it has several."),
            N_("Log it again, or choose another run."),
            path=EVALUATION_TABLE,
        )
    return table


def read_folds(store: Store, run_id: str) -> pd.DataFrame:
    """Return a run's fold scores, as ``FOLDS_TABLE`` has them: a line a fold.

    Raises:
        StoreError: the run has none, or they cannot be reached.
    """
    return read_table(store, run_id, FOLDS_TABLE)


def read_training(store: Store, run_id: str) -> pd.DataFrame:
    """Return up to 5,000 of the rows that a run learned from, with their answers.

    Raises:
        StoreError: the run has none beside its sample, or they cannot be reached.
    """
    return read_table(store, run_id, TRAINING_TABLE)


def is_divided_by_chance(store: Store, run_id: str) -> bool:
    """Tell whether a run's rows were divided by chance, so that its test rows are like those that it learned from.

    Raises:
        StoreError: the run cannot be read.
    """
    run = get_run(store, run_id)
    return RETRAINED_TAG not in run.tags and not {GROUPS_PARAM, ORDER_PARAM} & set(run.params)


def _is_plain(column: pd.Series) -> bool:
    return column.dtype != object or all(map(pd.api.types.is_scalar, column))
