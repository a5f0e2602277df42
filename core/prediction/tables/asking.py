"""Many rows are asked together, and those that a model refuses are found: ever smaller groups are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.i18n import N_, translate
from core.prediction.answers import NO_ANSWER, Predictions
from core.prediction.predict import Predictor, RefusedError
from core.prediction.schema import WHOLE_TYPES, fit_values
from core.store.foreign.process import EndedError
from core.store.record import PREDICTION, PROBABILITY

MOST_REFUSALS = 2000  # of groups of rows, after which the rows in a refused group are no longer told apart
NO_NUMBER = N_("The model gave no number for this row.")


class Asking:
    """Asks one model chunk by chunk; ``several`` are its answers to the last rows, where it gives more than one."""

    def __init__(self, asked: Predictor) -> None:
        self._asked, self._refusals = asked, MOST_REFUSALS
        self.several: Mapping[str, np.ndarray] = {}

    def ask(self, frame: pd.DataFrame, places: np.ndarray) -> tuple[pd.DataFrame, dict[int, str]]:
        """Return what the model says of the rows at these places, indexed by them, and why it refuses others.

        Where it refuses rows together, those without gaps are asked first, then ever smaller groups.
        """
        if len(places) < len(frame):
            frame = self._of(frame, places)
        said: list[pd.DataFrame] = []
        refused: dict[int, str] = {}
        groups = [np.arange(len(frame))]
        is_whole = True
        while groups:
            group = groups.pop()
            try:
                answers = self._asked.ask(frame if len(group) == len(frame) else self._of(frame, group))
            except (RefusedError, EndedError) as error:
                self._refusals -= 1
                if len(group) == 1 or self._refusals < 0:
                    refused.update(dict.fromkeys(places[group].tolist(), error.message))
                elif is_whole:
                    groups += _by_gaps(frame)
                else:
                    groups += np.array_split(group, 2)
                is_whole = False
                continue
            is_whole = False
            self.several = answers.outputs
            said.append(_table(answers).set_axis(places[group], axis=0))
        if not said:
            return pd.DataFrame(), refused
        table = said[0] if len(said) == 1 else pd.concat(said).sort_index()
        nothing = table[PREDICTION].isna()
        if nothing.any():
            why = NO_NUMBER if pd.api.types.is_numeric_dtype(table[PREDICTION]) else NO_ANSWER
            refused |= dict.fromkeys(table.index[nothing].tolist(), translate(why))
        return table[~nothing] if nothing.any() else table, refused

    def _of(self, frame: pd.DataFrame, group: np.ndarray) -> pd.DataFrame:
        """Return some rows with the types that the model wants: a gap in others has made floats of whole numbers."""
        rows = frame.iloc[group].reset_index(drop=True)
        for one in self._asked.fields:
            if (one.dtype in WHOLE_TYPES or one.dtype == "boolean") and one.name in rows:
                rows[one.name] = fit_values(rows[one.name], one)[0]
        return rows


def _by_gaps(frame: pd.DataFrame) -> Iterator[np.ndarray]:
    """Return the places of rows, those with the same missing values together; halves where all have the same."""
    gaps = frame.isna().to_numpy()
    _patterns, group = np.unique(gaps, axis=0, return_inverse=True)
    if group.max() == 0:
        return iter(np.array_split(np.arange(len(frame)), 2) if len(frame) > 1 else [np.arange(len(frame))])
    return (np.flatnonzero(group == one) for one in range(group.max() + 1))


def _table(said: Predictions) -> pd.DataFrame:
    columns: dict[str, Any] = {PREDICTION: said.values}
    columns |= {f"{PREDICTION}_{name}": values for name, values in said.outputs.items()}
    if said.outputs:  # their classes have the same words, so that each says of which answer its chance is
        for output, table in said.chances.items():
            columns |= {f"{PROBABILITY}{output}_{name}": chances.to_numpy() for name, chances in table.items()}
    elif said.probabilities is not None:
        columns |= {f"{PROBABILITY}{name}": chances.to_numpy() for name, chances in said.probabilities.items()}
    return pd.DataFrame(columns)
