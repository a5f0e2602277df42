"""What stored test answers give: which metrics, of which rows, and how each follows from how often a row counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.store.record import ANSWER, PREDICTION, PROBABILITY, ROW, own_columns, probability_columns

TOLERANCE = 1e-6
TESTED = "test_"
CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "roc_auc")
REGRESSION = ("rmse", "mae", "r2")

# Takes how often each row is counted, (draws, rows), each draw as many as there are rows; returns the metric of each
Measure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Sums:
    """A metric that follows from sums over the rows: ``columns`` (rows, parts) is what each row adds to them."""

    columns: np.ndarray
    finish: Callable[[np.ndarray], np.ndarray]

    def __call__(self, counts: np.ndarray) -> np.ndarray:
        """Return the metric of each draw."""
        return self.finish(counts @ self.columns)


@dataclass(frozen=True)
class Ranking:
    """The area under the ROC curve: how often a positive row gets a larger score than a negative one."""

    positive: np.ndarray
    scores: np.ndarray

    def __call__(self, counts: np.ndarray) -> np.ndarray:
        """Return the area of each draw."""
        order = np.argsort(self.scores, kind="stable")
        starts = np.flatnonzero(np.diff(self.scores[order], prepend=-np.inf))  # rows with one score count as half
        counts, positive = counts[:, order], self.positive[order]
        positives = np.add.reduceat(counts * positive, starts, axis=1)
        negatives = np.add.reduceat(counts * ~positive, starts, axis=1)
        below = np.cumsum(negatives, axis=1) - negatives / 2
        pairs = positives.sum(axis=1) * negatives.sum(axis=1)
        # A draw with one class only says nothing: no better than guessing
        return np.where(pairs > 0, _ratio((positives * below).sum(axis=1), pairs), 0.5)


def from_predictions(metric: str) -> bool:
    """Say whether ``metric`` is, by its name, one that stored test answers give."""
    return metric.startswith(TESTED) and metric.removeprefix(TESTED) in (*CLASSIFICATION, *REGRESSION)


def computable(table: pd.DataFrame, metric: str) -> bool:
    """Say whether the stored test answers in ``table`` give ``metric``."""
    return measure_of(table, metric) is not None


def recompute(table: pd.DataFrame, metric: str) -> float:
    """Return ``metric`` of the stored test answers, or NaN where they do not give it."""
    measure = measure_of(table, metric)
    return float(measure(np.ones((1, len(table))))[0]) if measure else np.nan


def reproduces(table: pd.DataFrame, metric: str, logged: float) -> bool:
    """Say whether the stored test answers give the value of ``metric`` that the run logged."""
    return bool(np.isclose(recompute(table, metric), logged, rtol=TOLERANCE, atol=TOLERANCE))


def readable(table: pd.DataFrame) -> bool:
    """Say whether a table is one of test answers."""
    return table.columns.is_unique and {ROW, ANSWER, PREDICTION} <= set(table.columns)


def same_test_set(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Say whether two runs were tested on the same rows, with the same answers and features, in any order.

    A model may have been given fewer of the features than the other.
    """
    if not (readable(a) and readable(b)) or len(a) != len(b):
        return False
    features_a, features_b = _features(a), _features(b)
    if not (features_a <= features_b or features_b <= features_a):
        return False
    a, b = aligned([a, b])
    return all(_same(a[name], b[name]) for name in (ROW, ANSWER, *sorted(features_a & features_b)))


def aligned(tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return tables of the same rows in one order."""
    tables = [table.reset_index(drop=True) for table in tables]
    if all(_same(tables[0][ROW], table[ROW]) for table in tables[1:]):
        return tables
    return [
        table.sort_values(ROW, key=lambda rows: rows.astype(str), kind="stable", ignore_index=True) for table in tables
    ]


def equal(a: pd.Series, b: pd.Series) -> np.ndarray:
    """Say of each row whether both hold the same; missing is the same as missing."""
    return np.asarray((a.isna() & b.isna()) | (a.astype(object) == b.astype(object)).fillna(False), dtype=bool)


def measured_alike(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Say whether both tables have the same positive class, or none: else a metric of one is another of the other."""
    return positive_class(a) == positive_class(b)


def measure_of(table: pd.DataFrame, metric: str) -> Measure | None:
    """Return how ``metric`` follows from the rows of a table; None where it does not."""
    if not from_predictions(metric) or not readable(table) or table.empty:
        return None
    name = metric.removeprefix(TESTED)
    if _is_classification(table) != (name in CLASSIFICATION):
        return None
    if name in REGRESSION:
        return _regression(table, name) if pd.api.types.is_numeric_dtype(table[PREDICTION]) else None
    return _ranking(table) if name == "roc_auc" else _classification(table, name)


def positive_class(table: pd.DataFrame) -> str | None:
    """Return the class that precision, recall and f1 are about: the second of two; None where they are of all."""
    columns = probability_columns(table)
    return columns[1].removeprefix(PROBABILITY) if len(columns) == 2 else None


def _same(a: pd.Series, b: pd.Series) -> bool:
    return bool(equal(a, b).all())


def _is_classification(table: pd.DataFrame) -> bool:
    return not pd.api.types.is_numeric_dtype(table[ANSWER])  # classes are words in this table


def _features(table: pd.DataFrame) -> set[str]:
    return set(table.columns) - {*own_columns(table.columns), *probability_columns(table)}


def _regression(table: pd.DataFrame, name: str) -> Sums | None:
    answers, predictions = (table[column].to_numpy(dtype=float) for column in (ANSWER, PREDICTION))
    errors, rows = answers - predictions, len(table)
    if not np.isfinite(errors).all() or (name == "r2" and rows < 2):
        return None
    centred = answers - answers.mean()  # keeps the sums of squares below from losing digits

    def finish(sums: np.ndarray) -> np.ndarray:
        squared, absolute, spread, shift = (sums / rows).T
        if name == "rmse":
            return np.asarray(np.sqrt(squared))
        if name == "mae":
            return np.asarray(absolute)
        variance = np.where(spread - shift**2 > 1e-12 * spread, spread - shift**2, 0.0)
        # Answers that are all alike: scikit-learn's r2 is 1 for a model that gives them and else 0
        return np.where(variance > 0, 1 - _ratio(squared, variance), (squared == 0).astype(float))

    return Sums(np.column_stack([errors**2, np.abs(errors), centred**2, centred]), finish)


def _classification(table: pd.DataFrame, name: str) -> Sums:
    answers, predictions = (table[column].astype(str).to_numpy(dtype=object) for column in (ANSWER, PREDICTION))
    rows, positive = len(table), positive_class(table)
    if name == "accuracy":
        right = (answers == predictions).astype(float)
        return Sums(right[:, None], lambda sums: np.asarray(sums[:, 0] / rows))
    # As in training: the second of two classes is the positive one, more are averaged by their size
    names = sorted({*answers}) if positive is None else [positive]
    is_answer = np.column_stack([answers == name for name in names]).astype(float)
    is_predicted = np.column_stack([predictions == name for name in names]).astype(float)

    def finish(sums: np.ndarray) -> np.ndarray:
        found, predicted, actual = np.split(sums, 3, axis=1)
        if name == "precision":
            scores = _ratio(found, predicted)
        elif name == "recall":
            scores = _ratio(found, actual)
        else:
            scores = _ratio(2 * found, predicted + actual)
        if positive is not None:
            return np.asarray(scores[:, 0])
        return np.asarray((scores * actual).sum(axis=1) / actual.sum(axis=1))

    return Sums(np.hstack([is_answer * is_predicted, is_predicted, is_answer]), finish)


def _ranking(table: pd.DataFrame) -> Ranking | None:
    columns = probability_columns(table)
    if len(columns) != 2:
        return None
    positive = (table[ANSWER].astype(str) == columns[1].removeprefix(PROBABILITY)).to_numpy(dtype=bool)
    scores = table[columns[1]].to_numpy(dtype=float)
    if positive.all() or not positive.any() or not np.isfinite(scores).all():
        return None
    return Ranking(positive, scores)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0))
