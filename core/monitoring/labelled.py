"""Answers of a model beside what came true, as a table of test answers, whoever told the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.comparison.measures import readable
from core.errors import ModelError
from core.i18n import N_
from core.monitoring.calibration import are_chances, places_of
from core.prediction.classes import as_classes
from core.serving.log.columns import CHANCE
from core.store.record import ANSWER, PREDICTION, PROBABILITY, ROW, probability_columns


@dataclass(frozen=True)
class Labelled:
    """Rows of which the truth is known, in ``table`` as ``core.store.record`` has test answers; ``row`` is their place.

    Of ``rows`` in all. ``classes`` are the model's, empty for numbers. The table's chances say which of two classes is
    the positive one; only where ``has_chances`` of a row they are the model's own.
    """

    table: pd.DataFrame
    rows: int
    classes: tuple[str, ...]
    has_chances: np.ndarray


def labelled(
    predictions: pd.Series,
    truths: pd.Series,
    chances: pd.DataFrame | None = None,
    tested: pd.DataFrame | None = None,
) -> Labelled:
    """Return the rows that have both an answer and a true one; all that is given has a line for each row.

    Classes are matched by what they mean to those of the test rows, or of the chances. ``tested`` are the run's test
    rows; without them, numbers are numbers where there are no chances.

    Raises:
        NoClassError: true answers are not the model's classes, or may be these, called otherwise.
        ModelError: true answers are no numbers where the model's are.
    """
    known = (predictions.notna() & truths.notna()).to_numpy()
    predictions, truths = (one.reset_index(drop=True)[known] for one in (predictions, truths))
    places = np.flatnonzero(known)
    if _are_numbers(predictions, chances, tested):
        table = pd.DataFrame({ROW: places, ANSWER: _numbers(truths), PREDICTION: _numbers(predictions)})
        return Labelled(table, len(known), (), np.zeros(len(table), dtype=bool))
    classes = _classes(predictions, chances, tested)
    words = [as_classes(one, classes).astype(str).to_numpy(dtype=object) for one in (truths, predictions)]
    table = pd.DataFrame({ROW: places, ANSWER: words[0], PREDICTION: words[1]})
    said = _said(chances, classes, len(known))[known]
    has_chances = are_chances(said)
    given = words[1][:, None] == np.array(classes, dtype=object)
    given = np.where(given.any(axis=1, keepdims=True), given, np.arange(len(classes)) == 0)
    said = np.where(has_chances[:, None], said, given.astype(float))
    columns = [f"{PROBABILITY}{name}" for name in classes]
    return Labelled(table.join(pd.DataFrame(said, columns=columns)), len(known), classes, has_chances)


def labelled_log(log: pd.DataFrame, tested: pd.DataFrame | None = None) -> Labelled:
    """Return the rows of a log that have a true answer (``read_log`` of ``core.serving.log.reading``).

    Raises:
        ModelError: as ``labelled``.
    """
    return labelled(log["prediction"], log["truth"], logged_chances(log), tested)


def logged_chances(log: pd.DataFrame) -> pd.DataFrame | None:
    """Return how likely each class was in each row of a log, under the classes' words; None where nobody said."""
    names = [name for name in log if str(name).startswith(CHANCE)]
    if not names:
        return None
    return log[names].set_axis([name.removeprefix(CHANCE) for name in names], axis="columns")


def _are_numbers(predictions: pd.Series, chances: pd.DataFrame | None, tested: pd.DataFrame | None) -> bool:
    if tested is not None and readable(tested):
        return bool(pd.api.types.is_numeric_dtype(tested[ANSWER]))
    is_number = pd.api.types.is_numeric_dtype(predictions) and predictions.dtype != bool
    return bool(is_number and chances is None)


def _numbers(values: pd.Series) -> np.ndarray:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    if numbers.isna().any() or pd.api.types.is_bool_dtype(values):
        raise ModelError(
            N_("The model answers with numbers, so the right answers must be numbers, but one is {value}."),
            N_("Choose the column that has them, or correct the file."),
            value=repr(values[numbers.isna()].iloc[0] if numbers.isna().any() else values.iloc[0]),
        )
    return np.asarray(numbers)


def _classes(
    predictions: pd.Series, chances: pd.DataFrame | None, tested: pd.DataFrame | None
) -> tuple[str, ...]:  # fmt: skip
    if tested is not None and readable(tested):
        named = [str(name).removeprefix(PROBABILITY) for name in probability_columns(tested)]
        if not named:
            named = sorted({*tested[ANSWER].dropna().astype(str), *tested[PREDICTION].dropna().astype(str)})
        return tuple(named)
    if chances is not None:
        return tuple(map(str, chances.columns))
    return tuple(sorted(set(predictions.astype(str))))


def _said(chances: pd.DataFrame | None, classes: Sequence[str], rows: int) -> np.ndarray:
    """Return the chances of each class, (rows, classes); NaN where nobody said."""
    if chances is None:
        return np.full((rows, len(classes)), np.nan)
    place_of = places_of(pd.Series(list(map(str, chances.columns)), dtype=object), classes)
    if sorted(place_of) != list(range(len(classes))):
        return np.full((rows, len(classes)), np.nan)
    return np.asarray(chances.to_numpy(dtype=float)[:, np.argsort(place_of)])
