"""Answers: a model's own to one row or to many, each a number or a class with its chances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import is_missing
from core.prediction.told import are_names


@dataclass(frozen=True)
class Prediction:
    """A model's answer to one row: a number, or a class with its probabilities (highest first) where it has any.

    ``outputs`` are all answers by name, where the model gives several, and ``chances`` how likely each class of each
    of them is.
    """

    answer: float | str
    probabilities: Mapping[str, float] | None = None
    outputs: Mapping[str, float | str] = field(default_factory=dict)
    chances: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def confidence(self) -> float | None:
        """The probability of the answer, where there is one."""
        return self.probabilities.get(str(self.answer)) if self.probabilities else None


@dataclass(frozen=True)
class Predictions:
    """A model's answers to rows, in their order.

    ``values`` are numbers (float64, NaN where there is no answer) or class words (object, None where there is none), of
    shape (rows,); ``probabilities`` has a column for each class, in the model's order. Where the model gives several
    answers, ``outputs`` has all by name, and ``chances`` the probabilities of those that have some.
    """

    values: np.ndarray
    probabilities: pd.DataFrame | None = None
    outputs: Mapping[str, np.ndarray] = field(default_factory=dict)
    chances: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def is_class(self) -> bool:
        """Tell whether the answers are classes."""
        return self.values.dtype == object

    def row(self, place: int) -> Predictions:
        """Return the answer to one of the rows."""
        return Predictions(
            self.values[[place]],
            None if self.probabilities is None else self.probabilities.iloc[[place]],
            {name: values[[place]] for name, values in self.outputs.items()},
            {name: chances.iloc[[place]] for name, chances in self.chances.items()},
        )

    def first(self) -> Prediction:
        """Return the answer to the first row.

        Raises:
            NoAnswerError: there is none.
        """
        if all(is_missing(values[0]) for values in (self.values, *self.outputs.values())):
            raise NoAnswerError(NO_ANSWER, N_("Change the inputs, or choose another version."))
        return Prediction(
            _one(self.values[0]),
            None if self.probabilities is None else _first_of(self.probabilities),
            {name: _one(values[0]) for name, values in self.outputs.items()},
            {name: _first_of(chances) for name, chances in self.chances.items()},
        )


NO_ANSWER = N_("The model gave no answer to this row.")


class NoAnswerError(ModelError):
    """A model had nothing to say of a row; it may of others."""


def likeliest_first(names: Iterable[Any], chances: Iterable[float]) -> dict[str, float]:
    """Return chances by the words for classes, the highest first; of equal ones the model's first class comes first.

    >>> likeliest_first(["no", "yes", "maybe"], [0.25, 0.5, 0.25])
    {'yes': 0.5, 'no': 0.25, 'maybe': 0.25}
    """
    by_chance = sorted(zip(names, chances, strict=True), key=lambda one: (isnan(one[1]), -one[1]))
    return {str(name): float(chance) for name, chance in by_chance}


def _first_of(chances: pd.DataFrame) -> dict[str, float]:
    return likeliest_first(chances.columns, chances.iloc[0].tolist())


def _one(value: Any) -> float | str:
    return value if isinstance(value, str) else np.nan if value is None else float(value)


# Of a model in a process of its own, which may say anything


def are_answers(said: Any, rows: int) -> bool:
    """Tell whether what was told are answers to so many rows: numbers or words, and chances that are numbers."""
    if isinstance(said, np.ndarray):
        return bool(said.shape == (rows,) and said.dtype.kind == "f")
    if not isinstance(said, Predictions) or not isinstance(said.outputs, dict) or not isinstance(said.chances, dict):
        return False
    tables = [*said.chances.values(), *([] if said.probabilities is None else [said.probabilities])]
    return (
        are_names([*said.outputs, *said.chances])
        and all(_is_column(one, rows) for one in (said.values, *said.outputs.values()))
        and all(_is_table(one, rows) for one in tables)
    )


def _is_column(values: Any, rows: int) -> bool:
    if not isinstance(values, np.ndarray) or values.shape != (rows,):
        return False
    return values.dtype.kind == "f" or (
        values.dtype == object and all(one is None or isinstance(one, str) for one in values.tolist())
    )


def _is_table(table: Any, rows: int) -> bool:
    return (
        isinstance(table, pd.DataFrame)
        and len(table) == rows
        and are_names([name for name in table if name is not None])
        and all(kind.kind == "f" for kind in table.dtypes)
    )
