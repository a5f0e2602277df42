"""Two versions of a model on the same rows with known answers: what each says, row by row. Runs in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from core.errors import ModelError, PizarraError
from core.i18n import N_
from core.prediction.classes import same_class, words_of
from core.prediction.known_answers import known_answers, output_of
from core.prediction.open_version import ToOpen, open_from
from core.prediction.predict import Predictor
from core.prediction.reference import evaluated_rows
from core.store.connection import Store, open_store
from core.store.record import (
    ANSWER,
    GROUP,
    PREDICTION,
    PROBABILITY,
    ROW,
    feature_columns,
    group_codes,
    probability_columns,
)
from core.store.runs.evaluations import read_evaluation


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
    store = open_store(store_uri, make=False)
    known = rows.table if rows.table is not None else read_evaluation(store, rows.run_id)
    answers = _known_answers(known, rows.answer or ANSWER)
    found = [_answers(store, contestant, known.loc[answers.index], answers) for contestant in contestants]
    return _in_one_spelling(found)


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
    followed = replace(asked, output=output_of(asked, str(answers.name)))
    said = followed.ask(features)
    known = known_answers(followed, said, answers)
    columns: dict[str, Any] = {
        ROW: rows[ROW].to_numpy() if ROW in rows else np.arange(1, len(rows) + 1),
        **({} if (groups := group_codes(rows)) is None else {GROUP: groups}),
        ANSWER: known.to_numpy(),
        PREDICTION: said.values if is_numeric_dtype(known) else words_of(said.values),
    }
    if said.probabilities is not None:
        columns |= {f"{PROBABILITY}{name}": chances for name, chances in said.probabilities.items()}
    renamed = features.rename(columns=feature_columns(list(features), columns))
    return pd.concat([pd.DataFrame(columns, index=rows.index), renamed], axis="columns").reset_index(drop=True)


def _in_one_spelling(found: Sequence[Answers]) -> list[Answers]:
    """Have all call classes as the first does; one that answers with numbers cannot be held against classes."""
    tables = [one.table for one in found if one.table is not None]
    if len(tables) < 2:
        return list(found)
    first = tables[0]
    return [one if one.table is None or one.table is first else _spelled_as(first, one.table) for one in found]


def _spelled_as(first: pd.DataFrame, table: pd.DataFrame) -> Answers:
    if is_numeric_dtype(first[ANSWER]) != is_numeric_dtype(table[ANSWER]):
        return Answers(None, ModelError(
            N_("The two cannot be compared: one answers with a class and the other with a number."),
            N_("Choose two versions that answer the same question."),
        ))  # fmt: skip
    if is_numeric_dtype(first[ANSWER]):
        return Answers(table)
    # The same known answers, as either of the two calls them
    words = dict(zip(table[ANSWER], first[ANSWER], strict=True))
    theirs = [name.removeprefix(PROBABILITY) for name in probability_columns(first)] or [*first[PREDICTION].unique()]
    for word in {*table[PREDICTION].dropna(), *(n.removeprefix(PROBABILITY) for n in probability_columns(table))}:
        words.setdefault(word, next((other for other in theirs if same_class(word, other)), word))
    renamed = {name: f"{PROBABILITY}{words[name.removeprefix(PROBABILITY)]}" for name in probability_columns(table)}
    spelled = table.assign(**{ANSWER: first[ANSWER], PREDICTION: table[PREDICTION].map(words)})
    return Answers(spelled.rename(columns=renamed))
