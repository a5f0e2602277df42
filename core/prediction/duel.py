"""Two versions of a model on the same rows with known answers: what each says, row by row. Runs in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError, PizarraError
from core.i18n import N_
from core.prediction.open_version import ToOpen, open_from
from core.prediction.predict import Predictor, class_word
from core.prediction.reference import evaluated_rows
from core.store.connection import Store, open_store
from core.store.record import ANSWER, EVALUATION_TABLE, PREDICTION, PROBABILITY, ROW, feature_columns
from core.store.runs.artifacts import read_table


@dataclass(frozen=True)
class Rows:
    """Rows with known answers: the stored test rows of a run, or a table with its column of answers."""

    run_id: str = ""
    table: pd.DataFrame | None = None
    answer: str = ""


@dataclass(frozen=True)
class Answers:
    """What one version says: a table like ``EVALUATION_TABLE``, or why it could say nothing."""

    table: pd.DataFrame | None
    problem: PizarraError | None = None


def answer_rows(store_uri: str, contestants: Sequence[ToOpen], rows: Rows) -> list[Answers]:
    """Return what each contestant says of the same rows, in the same order of rows.

    Raises:
        StoreError: the stored test rows cannot be read.
        ModelError: the table lacks its column of answers, or has no row with one.
    """
    store = open_store(store_uri)
    known = rows.table if rows.table is not None else read_table(store, rows.run_id, EVALUATION_TABLE)
    answers = _known_answers(known, rows.answer or ANSWER)
    return [_answers(store, contestant, known.loc[answers.index], answers) for contestant in contestants]


def _known_answers(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        raise ModelError(
            N_("The rows must have a column of right answers called {column}, but there is none."),
            N_("Add it to the file, or choose the column that has them."),
            column=repr(column),
        )
    answers = table[column].dropna()
    if answers.empty:
        raise ModelError(N_("No row says its right answer."), N_("Use a file whose answers are known."))
    return answers


def _answers(store: Store, contestant: ToOpen, rows: pd.DataFrame, answers: pd.Series) -> Answers:
    try:
        opened = open_from(store, contestant)
        features = evaluated_rows(opened.fields, rows)
        return Answers(_table(opened.predictor, features, rows, answers))
    except PizarraError as problem:
        return Answers(None, problem)


def _table(asked: Predictor, features: pd.DataFrame, rows: pd.DataFrame, answers: pd.Series) -> pd.DataFrame:
    said = asked.ask(features)
    is_class = said.is_class or not pd.api.types.is_numeric_dtype(answers)
    columns: dict[str, Any] = {
        ROW: rows[ROW].to_numpy() if ROW in rows else np.arange(1, len(rows) + 1),
        ANSWER: [class_word(a, asked.class_names) for a in answers] if is_class else np.asarray(answers, dtype=float),
        PREDICTION: [class_word(value, asked.class_names) for value in said.values] if is_class else said.values,
    }
    if said.probabilities is not None:
        columns |= {f"{PROBABILITY}{name}": chances for name, chances in said.probabilities.items()}
    renamed = features.rename(columns=feature_columns(list(features), columns))
    return pd.concat([pd.DataFrame(columns, index=rows.index), renamed], axis="columns").reset_index(drop=True)
