"""Real rows: those that a model learned from and those it was tested on, as it wants to see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.prediction.names import by_name
from core.prediction.predict import Predictor
from core.prediction.schema import Answer, InputField, form_value, names_of, typed_frame
from core.store.models import ModelFiles
from core.store.record import ANSWER, PREDICTION, PROBABILITY, ROW, feature_columns, own_columns

INFLUENCE_ROWS = 60
WRONGEST = 0.1  # of a regression's test rows, those with the largest errors count as wrong

Wanted = Literal["any", "wrong", "answer", "predicted"]


@dataclass(frozen=True)
class Case:
    """A test row: its number in the dataset, its inputs, its true answer and what the run's model said of it."""

    row: int
    inputs: dict[str, Answer]
    answer: float | str
    prediction: float | str


def training_rows(files: ModelFiles, fields: Sequence[InputField]) -> pd.DataFrame | None:
    """Return the stored training rows (up to 500) with the model's columns and types; None where there are none."""
    if files.sample is None or files.sample.empty:
        return None
    try:
        return typed_frame(fields, files.sample).reset_index(drop=True)
    except ModelError:  # the run's sample is of other columns than its model's
        return None


def evaluated_rows(fields: Sequence[InputField], table: pd.DataFrame) -> pd.DataFrame:
    """Return the inputs of an evaluation table, whatever they are called there beside the answers.

    Raises:
        ModelError: an input is missing, or one of its values does not fit.
    """
    wanted = [field.name for field in fields]
    probabilities = [name for name in table if str(name).startswith(PROBABILITY)]
    renamed = feature_columns(wanted, [*own_columns(table.columns), *probabilities])
    back = {place: name for name, place in renamed.items() if place != name and place in table}
    return typed_frame(fields, table.drop(columns=back.values(), errors="ignore").rename(columns=back))


def influence(predictor: Predictor, rows: pd.DataFrame) -> pd.Series:
    """Return how far the answers move when one input's values are shuffled among ``rows``, the largest first.

    The mean absolute change of a number, or of the probabilities of all classes together (of the class, 0 or 1, where
    there are none). It is permutation importance (Breiman 2001) without answers: what the model listens to, not what
    it is right about. All inputs are asked in one call.
    """
    some = rows.sample(min(len(rows), INFLUENCE_ROWS), random_state=0).reset_index(drop=True)
    names, count = list(some.columns), len(some)
    order = np.roll(np.arange(count), 1)  # each row takes its neighbour's value
    shuffled = [some.assign(**{name: some[name].to_numpy()[order]}) for name in names]
    told = _told(predictor, pd.concat([some, *shuffled], ignore_index=True).astype(some.dtypes))
    blocks = told.reshape(len(names) + 1, count, -1)
    moved = np.abs(blocks[1:] - blocks[0]).sum(axis=2).mean(axis=1)
    return pd.Series(moved, names, dtype=float).sort_values(ascending=False, kind="stable")


def _told(predictor: Predictor, rows: pd.DataFrame) -> np.ndarray:
    said = predictor.ask(rows)
    if said.probabilities is not None:
        return np.asarray(said.probabilities, dtype=float)
    if said.is_class:
        return np.asarray(said.values[:, None] == pd.unique(said.values)[None, :], dtype=float)
    return said.values[:, None]


def matching(
    table: pd.DataFrame, wanted: Wanted, *, answer: str = "", low: float = -np.inf, high: float = np.inf
) -> pd.DataFrame:
    """Return the test rows that are wanted.

    ``wrong`` are those that the model gets wrong (of a regression the tenth with the largest errors); ``answer`` those
    whose true answer is ``answer``; ``predicted`` those whose number, or whose probability of class ``answer``, the
    model puts between ``low`` and ``high``.
    """
    is_number = pd.api.types.is_numeric_dtype(table[ANSWER])
    if wanted == "wrong" and is_number:
        errors = (table[PREDICTION] - table[ANSWER]).abs()
        return table[(errors >= errors.quantile(1 - WRONGEST)) & (errors > 0)]
    if wanted == "wrong":
        return table[table[PREDICTION].astype(str) != table[ANSWER].astype(str)]
    if wanted == "answer":
        return table[table[ANSWER].astype(str) == answer]
    if wanted == "predicted":
        said = table[PREDICTION] if is_number else table.get(f"{PROBABILITY}{answer}")
        return table.head(0) if said is None else table[said.between(low, high)]
    return table


def pick_case(table: pd.DataFrame, fields: Sequence[InputField], chance: np.random.Generator) -> Case | None:
    """Return one of the test rows by chance, None where there is none."""
    if table.empty:
        return None
    place = int(chance.integers(len(table)))
    # Only one row is looked at: gaps and odd values of others are no reason not to show it
    given = by_name(names_of(fields), tested_names(fields, table.iloc[place]))
    inputs = {field.name: form_value(given.get(field.name), field) for field in fields}
    line = table.iloc[place]
    return Case(int(line.get(ROW, place)), inputs, _plain(line[ANSWER]), _plain(line[PREDICTION]))


def tested_names(fields: Sequence[InputField], line: pd.Series) -> dict[str, Any]:
    """Return the values of one line of an evaluation table by the names that the inputs have in the model."""
    probabilities = [name for name in line.index if str(name).startswith(PROBABILITY)]
    renamed = feature_columns([field.name for field in fields], [*own_columns(line.index), *probabilities])
    return {name: line[place if place in line.index else name] for name, place in renamed.items()
            if place in line.index or name in line.index}  # fmt: skip


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, int | float | np.number) and not isinstance(value, bool) else str(value)
