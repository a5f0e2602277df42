"""How far off a numeric answer may be: from the model's errors on test rows, and from how its trees disagree.

They are two things. The interval of the errors holds the true answer as often as it promises. The spread of the trees
says how much of the answer depends on which rows each tree happened to see: it knows nothing of what the inputs do
not tell, so that it is no interval for the true answer (Meinshausen 2006 keeps all answers of a leaf for that).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.prediction.classes import same_class
from core.prediction.predict import PLAIN, Predictor
from core.store.foreign.pool import ForeignModel
from core.store.record import ANSWER, PREDICTION

GROUP_ROWS = 200  # the fewest test rows of a group: its 95 % interval then has 5 of them on either side
# The ensembles whose members learn apart from each other and count alike; a booster's trees correct each other
FORESTS = {"ForestRegressor", "BaggingRegressor"}


@dataclass(frozen=True)
class Interval:
    """Where the true answer is with a probability of ``coverage``, as the errors on ``rows`` test rows tell."""

    low: float
    high: float
    coverage: float
    rows: int


def residual_interval(table: pd.DataFrame, prediction: float, coverage: float = 0.9) -> Interval | None:
    """Return the interval around a prediction, from a run's evaluation table; None where it cannot be told.

    Split conformal prediction (Vovk, Gammerman and Shafer 2005; Lei et al. 2018): of n errors on rows that the model
    did not learn from, the k-th smallest with k = (n + 1) · coverage holds for the next one, whatever the model and
    however the errors are distributed. Below and above are told apart (Linusson, Johansson and Löfström 2014), as a
    model may be off by more on one side: (1 - coverage) / 2 of the answers are beyond either end. That takes at least
    2 / (1 - coverage) - 1 rows: 9 for 80 %, 19 for 90 %, 39 for 95 %; with fewer there is no interval.

    Many models are off by more where they answer more. So the errors are those of the test rows with predictions
    like this one where there are enough of them: groups of equal size, of 200 rows or more (Mondrian conformal
    regression, Boström and Johansson 2020). The promise then holds in each group. On the 10,000 used cars, 90 %
    intervals of all errors held 59 % of the answers for the dearest fifth, those of groups 89 %.

    Raises:
        ValueError: the coverage is not between 0 and 1.
    """
    if not 0 < coverage < 1:
        raise ValueError(f"The coverage must be between 0 and 1, but it is {coverage}.")
    if not {ANSWER, PREDICTION} <= set(table.columns) or not np.isfinite(prediction):
        return None
    answers, predictions = (table[name] for name in (ANSWER, PREDICTION))
    if not (pd.api.types.is_numeric_dtype(answers) and pd.api.types.is_numeric_dtype(predictions)):
        return None
    predicted = predictions.to_numpy(dtype=float)
    errors = answers.to_numpy(dtype=float) - predicted
    known = np.isfinite(errors)
    errors = np.sort(_errors_like(predicted[known], errors[known], prediction))
    # What floats lose must not take a row: 20 · (1 - 0.9) / 2 is a little less than 1
    beyond = int((len(errors) + 1) * (1 - coverage) / 2 + 1e-9)
    if beyond < 1:
        return None
    return Interval(prediction + float(errors[beyond - 1]), prediction + float(errors[-beyond]), coverage, len(errors))


def rounded(value: float, interval: Interval | None) -> float:
    """Return a value with the digits that the width of the interval leaves a meaning.

    >>> rounded(123.4567, Interval(100.0, 150.0, 0.9, 50)), rounded(0.123456, Interval(0.1, 0.15, 0.9, 50))
    (123.5, 0.1235)
    """
    if interval is None or interval.high <= interval.low:
        return value
    return round(value, max(0, 2 - math.floor(math.log10(interval.high - interval.low))))


def disagree(
    one: float | str, other: float | str, of_one: Interval | None = None, of_other: Interval | None = None
) -> bool:
    """Tell whether two answers contradict each other.

    Classes do when they mean different ones; numbers when each lies outside the interval of the other.
    """
    if not (isinstance(one, float) and isinstance(other, float)):
        return not same_class(str(one), str(other))
    pairs = ((other, of_one), (one, of_other))
    return all(interval is not None and not interval.low <= value <= interval.high for value, interval in pairs)


def tree_spread(
    predictor: Predictor, row: pd.DataFrame, coverage: float = 0.9, *, answer: float | None = None
) -> tuple[float, float] | None:
    """Return between which numbers the middle part of a forest's trees answer; None for any other model.

    ``row`` is one row with the model's columns and types. A forest is what averages members that learned apart:
    scikit-learn's random forests, extra trees and bagging for regression, also as the last step of a pipeline. Its own
    answer is always inside, also where few trees far away pull the average beyond the others; ``answer`` says it where
    it is known, as asking for it takes as long again.

    Raises:
        ModelError: the model refuses the row.
        ValueError: the coverage is not between 0 and 1.
    """
    if not 0 < coverage < 1:
        raise ValueError(f"The coverage must be between 0 and 1, but it is {coverage}.")
    if isinstance(predictor.model, ForeignModel):
        told = predictor.model.run(_spread, replace(predictor, model=None), row, coverage, answer, known=PLAIN)
        is_spread = isinstance(told, tuple) and len(told) == 2 and all(isinstance(one, float) for one in told)
        return told if is_spread else None
    steps = [step for _name, step in getattr(predictor.model, "steps", [("", predictor.model)])]
    if not _is_forest(steps[-1]):
        return None
    if answer is None:
        said = predictor.ask(row)
        if said.is_class:
            return None
        answer = float(said.values[0])
    given: Any = predictor.given(row)
    for step in steps[:-1]:
        if hasattr(step, "transform"):  # a step may be the word "passthrough"
            given = step.transform(given)
    place = list(predictor.output_names).index(predictor.output) if predictor.output in predictor.output_names else 0
    answers = [float(np.ravel(one)[place]) for one in _answers_of_members(steps[-1], given)]
    low, high = np.quantile(answers, [(1 - coverage) / 2, (1 + coverage) / 2])
    return min(float(low), answer), max(float(high), answer)


def _spread(
    model: Any, asked: Predictor, row: pd.DataFrame, coverage: float, answer: float | None
) -> tuple[float, float] | None:
    return tree_spread(replace(asked, model=model), row, coverage, answer=answer)


def group_ends(predicted: np.ndarray, rows: int = GROUP_ROWS) -> np.ndarray:
    """Return between which predictions groups of equal size end, of so many ``rows`` or more; none where all are one.

    ``ends.searchsorted(predictions)`` then is the group of each.
    """
    groups = len(predicted) // rows
    if groups < 2:
        return np.empty(0)
    return np.unique(np.quantile(predicted, np.arange(1, groups) / groups))


def _errors_like(predicted: np.ndarray, errors: np.ndarray, prediction: float) -> np.ndarray:
    """Return the errors of the group of rows that a prediction belongs to, all of them where they make no groups."""
    ends = group_ends(predicted)
    like: np.ndarray = errors[ends.searchsorted(predicted) == ends.searchsorted(prediction)]
    # A model that often says the same makes groups of any size
    return like if len(like) >= GROUP_ROWS // 2 else errors


def _is_forest(model: Any) -> bool:
    """Tell by the names of its classes: scikit-learn itself is not at home here."""
    return hasattr(model, "estimators_") and any(
        kind.__name__ in FORESTS and kind.__module__.startswith("sklearn.ensemble") for kind in type(model).__mro__
    )


def _answers_of_members(forest: Any, given: Any) -> Iterator[np.ndarray]:
    """Ask each member with the columns it learned from, without their names, as the forest does."""
    table = np.asarray(given.toarray() if hasattr(given, "toarray") else given)
    columns = getattr(forest, "estimators_features_", None) or [slice(None)] * len(forest.estimators_)
    for member, own in zip(forest.estimators_, columns, strict=True):
        if hasattr(member, "tree_"):  # what its own predict comes down to, ten times as fast for one row
            yield np.asarray(member.tree_.predict(np.ascontiguousarray(table[:, own], dtype=np.float32)), dtype=float)
        else:
            yield np.asarray(member.predict(table[:, own]), dtype=float)
