"""What models answer on the hidden half of the test rows: asked at the reveal, and kept nowhere before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.errors import PizarraError
from core.settings import settings
from core.store.connection import Store, open_store
from core.store.models import describe_model, load_model
from core.store.places import PlaceError
from core.store.record import ANSWER, PREDICTION, ROW
from core.store.runs.evaluations import read_evaluation
from core.store.sending import MODEL_NAME
from core.training.datasets import load_dataset, training_table
from core.training.evaluation import evaluation_table
from core.training.fit import answer, numbered, split
from core.training.halves import halves
from core.training.tasks import Task

Report = Callable[[int, int], None]


def hidden_answers(
    store_uri: str, task: Task, run_ids: Sequence[str], *, report: Report
) -> dict[str, pd.DataFrame | None]:
    """Return each run's answers to the hidden half, a table like ``EVALUATION_TABLE``. Runs in a worker.

    None where that cannot be known: the model cannot be opened, or does not answer the public half as it did when it
    was trained, for example because the file of the data is another one now.

    Raises:
        DataError: the dataset cannot be had or is not what the task declares.
        PlaceError: the place of a model or of its stored answers cannot be reached now; it may be later.
    """
    chosen, store = settings(), open_store(store_uri, make=False)
    loaded = load_dataset(
        task.dataset, data_dir=chosen.data_dir, cache_dir=chosen.cache_dir, downloads=chosen.downloads
    )
    table = training_table(loaded, task)
    _train_x, test_x, _train_y, test_y = split(task, table.features, numbered(task, table.target), table.keys)
    public, hidden = halves(task.kind, test_y, task.division, table.keys_at(test_x.index))
    found: dict[str, pd.DataFrame | None] = {}
    for run_id in run_ids:
        found[run_id] = None
        both = _answers(store, task, run_id, test_x, test_y, table.groups_at(test_x.index, task.division))
        if both is not None and _are_as_stored(both.iloc[public], _stored(store, run_id)):
            found[run_id] = both.iloc[hidden].reset_index(drop=True)
        report(len(found), len(run_ids))
    return found


def _answers(
    store: Store, task: Task, run_id: str, rows: pd.DataFrame, answers: np.ndarray, groups: np.ndarray | None
) -> pd.DataFrame | None:
    try:
        model = load_model(describe_model(store, f"runs:/{run_id}/{MODEL_NAME}"))
        return evaluation_table(rows, answers, *answer(task, model, rows), task.class_names, groups=groups)
    except PlaceError:
        raise
    except Exception:  # noqa: BLE001 - a model of other columns or of another release may fail in any way
        return None


def _stored(store: Store, run_id: str) -> pd.DataFrame | None:
    try:
        return read_evaluation(store, run_id)
    except PlaceError:
        raise
    except PizarraError:
        return None


def _are_as_stored(now: pd.DataFrame, stored: pd.DataFrame | None) -> bool:
    if stored is None or not {ROW, ANSWER, PREDICTION} <= set(stored) or len(now) != len(stored):
        return False
    if list(now[ROW]) != list(stored[ROW]) or list(now[ANSWER]) != list(stored[ANSWER]):
        return False
    if pd.api.types.is_numeric_dtype(now[PREDICTION]):
        return bool(np.allclose(now[PREDICTION], stored[PREDICTION]))
    return list(now[PREDICTION]) == list(stored[PREDICTION])
