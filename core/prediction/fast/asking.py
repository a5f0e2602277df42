"""One row asked by a fast way: from the values of its inputs to an answer in words, without a table around it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.prediction.answers import Prediction, likeliest_first
from core.prediction.fast.way import CannotSayError, FastWay
from core.prediction.schema import InputField

# By MLflow's name of it: the types of Python whose values become that type in a table as they are
AS_THEY_ARE = {"double": (float, int), "long": (int,), "integer": (int,), "string": (str,)}
MAY_BE_EMPTY = {"double", "string"}  # where a table says nothing else of a gap than the fast way does
LARGEST_INTEGER = 2**31 - 1


@dataclass(frozen=True)
class OneRow:
    """How one row is asked: by a ``way``, as values of the ``fields``.

    ``words`` has the word for each class that the model answers with, none where it answers with numbers. With two
    ``names`` of chances and a ``cutoff`` the answer is the second from that chance on.
    """

    way: FastWay
    fields: Sequence[InputField]
    words: Mapping[Any, str]
    names: Sequence[str]
    cutoff: float | None = None

    def answer(self, values: Sequence[Any]) -> Prediction | None:
        """Return the answer to one row; None where that takes a table."""
        if len(values) != len(self.fields) or not all(map(_is_typed, self.fields, values)):
            return None
        try:
            answers, chances = self.way.say_values([values])
        except CannotSayError:
            return None
        answer = answers.item(0)
        if not self.words:
            is_number = chances is None and answers.dtype.kind in "fi" and not math.isnan(answer)
            return Prediction(float(answer)) if is_number else None
        row = [] if chances is None else chances[0].tolist()
        if answer not in self.words or len(row) != len(self.names) or any(map(math.isnan, row)):
            return None
        word = self.words[answer]
        if self.cutoff is not None and len(row) == 2:
            word = self.names[row[1] >= self.cutoff]
        return Prediction(word, likeliest_first(self.names, row))


def _is_typed(field: InputField, value: Any) -> bool:
    """Tell whether a table would hold a value as it is."""
    if value is None:
        return field.optional and field.dtype in MAY_BE_EMPTY
    if field.dtype == "integer" and type(value) is int and abs(value) > LARGEST_INTEGER:
        return False
    return type(value) in AS_THEY_ARE.get(field.dtype, ())


def one_row(
    way: FastWay, fields: Sequence[InputField], classes: Any, words: np.ndarray, cutoff: float | None
) -> OneRow | None:
    """Return how one row is asked, where the inputs are those of the way; ``words`` are those for ``classes``."""
    names = tuple(field.name for field in fields)
    if (names != way.names if way.names is not None else len(names) != way.inputs) or any(map(_is_odd, words)):
        return None
    found = [str(word) for word in words]
    return OneRow(way, fields, dict(zip(np.asarray(classes).tolist(), found, strict=True)), found, cutoff)


def _is_odd(word: Any) -> bool:
    return not isinstance(word, str)
