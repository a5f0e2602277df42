"""Rows mixed of a row and reference rows, and what a model makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.prediction.predict import Predictor

# Of own (bool, shape (mixed rows, varying inputs)) and sources (place in the table, of each mixed row) to their scores
MixedScore = Callable[[np.ndarray, np.ndarray], np.ndarray]
CELLS_AT_ONCE = 4_000_000


def in_parts(score: MixedScore, columns: int) -> MixedScore:
    """Have mixed rows of so many columns scored as many at once as memory holds."""
    at_once = max(1, CELLS_AT_ONCE // max(1, columns))

    def scores(own: np.ndarray, sources: np.ndarray) -> np.ndarray:
        parts = [slice(start, start + at_once) for start in range(0, len(own), at_once)]
        return np.concatenate([np.asarray(score(own[part], sources[part]), dtype=float) for part in parts])

    return scores


def mixed(table: pd.DataFrame, varying: np.ndarray, own: np.ndarray, sources: np.ndarray) -> pd.DataFrame:
    """Return the first row of ``table`` with some of its inputs from others.

    ``varying`` are the places of the inputs that differ, ``own`` (bool, a column for each of them) says which stay the
    row's, and ``sources`` from which row of the table the others come.
    """
    columns = {name: table[name].array.take(np.zeros(len(own), dtype=int)) for name in table}
    for place, column in enumerate(varying):
        name = table.columns[column]
        columns[name] = table[name].array.take(np.where(own[:, place], 0, sources))
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Prepared:
    """Reference rows as the steps of a pipeline prepare them for its last one.

    Where each prepared column comes from one input, mixed rows are put together of them: to prepare thousands takes
    far longer than to ask the last step about them. ``made`` has shape (reference rows, prepared columns) and
    ``origins`` the place of each column's input, -1 where it comes from none.
    """

    predictor: Predictor
    of: str
    made: np.ndarray
    origins: np.ndarray

    def score(self, table: pd.DataFrame, varying: np.ndarray) -> MixedScore | None:
        """Return how mixed rows of ``table``, the row and then the reference rows, are scored.

        None where rows that are mixed of prepared ones are not what the steps make of mixed rows: each input of the row
        is tried alone, and each of another row in it.
        """
        each = np.eye(len(varying), dtype=bool)
        own = np.vstack([np.ones((1, len(varying)), dtype=bool), each, ~each])
        sources = 1 + np.arange(len(own)) % (len(table) - 1)
        tried = _prepare(self.predictor, mixed(table, varying, own, sources))
        if tried is None or tried.shape[1:] != self.made.shape[1:]:
            return None
        made = np.vstack([tried[:1], self.made])
        place = np.full(table.shape[1] + 1, -1)  # the last is that of columns that come from no input
        place[varying] = np.arange(len(varying))
        places = place[self.origins]

        def put_together(own: np.ndarray, sources: np.ndarray) -> np.ndarray:
            return np.asarray(np.where(own[:, places] | (places < 0), made[0], made[sources]))

        if not np.array_equal(put_together(own, sources), tried, equal_nan=True):
            return None

        def score(own: np.ndarray, sources: np.ndarray) -> np.ndarray:
            return np.asarray(self.predictor.score_prepared(put_together(own, sources), self.of))

        return in_parts(score, made.shape[1])


def prepared(predictor: Predictor, reference: pd.DataFrame, of: str) -> Prepared | None:
    """Return reference rows prepared by a pipeline; None where it is none, refuses, mixes inputs, or makes too many."""
    if not predictor.prepares(of):
        return None
    made = _prepare(predictor, reference)
    if made is None or made.size > CELLS_AT_ONCE:
        return None
    try:
        same = np.array_equal(np.asarray(predictor.score_prepared(made, of)), predictor.score(reference, of))
        found = origins(lambda rows: np.asarray(predictor.prepared(rows)), reference, made) if same else None
    except ModelError:
        return None
    return None if found is None else Prepared(predictor, of, made, found)


def origins(prepare: Callable[[pd.DataFrame], np.ndarray], rows: pd.DataFrame, made: np.ndarray) -> np.ndarray | None:
    """Return the place of the input that each column of ``made`` comes from, None where one comes from several.

    Whatever a pipeline's steps are and are called, they show it: the values of an input move on by one row, and the
    columns that change come from it.
    """
    found = np.full(made.shape[1], -1)
    for place, name in enumerate(rows.columns):
        values = rows[name].array
        moved = prepare(rows.assign(**{name: values.take(np.roll(np.arange(len(values)), 1))}))
        changed = ((moved != made) & ~(np.isnan(moved) & np.isnan(made))).any(axis=0)
        if (found[changed] >= 0).any():
            return None
        found[changed] = place
    return found


def _prepare(predictor: Predictor, rows: pd.DataFrame) -> np.ndarray | None:
    """Return rows prepared; None where that is refused, or is something else than a full table of numbers."""
    try:
        made = predictor.prepared(rows)
    except ModelError:
        return None
    return made if type(made) is np.ndarray and made.ndim == 2 and np.issubdtype(made.dtype, np.floating) else None
