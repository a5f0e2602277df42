"""What a model answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_


@dataclass(frozen=True)
class Prediction:
    """A model's answer to one row: a number, or a class with its probabilities (highest first) where it has any."""

    answer: float | str
    probabilities: Mapping[str, float] | None = None

    @property
    def confidence(self) -> float | None:
        """The probability of the answer, where there is one."""
        return self.probabilities.get(str(self.answer)) if self.probabilities else None


def predict(model: Any, row: pd.DataFrame, class_names: Sequence[str] = ()) -> Prediction:
    """Ask ``model`` about one row. ``class_names`` gives words for classes 0, 1, … where the model has numbers.

    Raises:
        ModelError: the model refuses the row.
    """
    try:
        answers = np.asarray(model.predict(row)).ravel()
        probabilities = _probabilities(model, row, class_names)
    except Exception as error:
        raise ModelError(
            N_("The model could not answer: {reason}"),
            N_("Change the inputs, or choose another version."),
            reason=f"{type(error).__name__}: {error}"[:300],
        ) from error
    if not answers.size:
        raise ModelError(N_("The model gave an empty answer."), N_("Choose another version."))
    return Prediction(_answer(answers[0], class_names), probabilities)


def _answer(value: Any, class_names: Sequence[str]) -> float | str:
    if class_names:
        return class_word(value, class_names)
    if isinstance(value, bool | np.bool_ | str):
        return str(value)
    return float(value) if isinstance(value, int | float | np.number) else str(value)


def _probabilities(model: Any, row: pd.DataFrame, class_names: Sequence[str]) -> dict[str, float] | None:
    if not hasattr(model, "predict_proba"):
        return None
    values = np.asarray(model.predict_proba(row))[0]
    classes = getattr(model, "classes_", range(len(values)))
    named = {class_word(c, class_names): float(p) for c, p in zip(classes, values, strict=True)}
    return dict(sorted(named.items(), key=lambda item: -item[1]))


def class_word(value: Any, class_names: Sequence[str]) -> str:
    """Return the word for a class that the model has as a number, or the class as it is."""
    whole = isinstance(value, int | float | np.number) and float(value).is_integer()
    return class_names[int(value)] if whole and 0 <= int(value) < len(class_names) else str(value)
