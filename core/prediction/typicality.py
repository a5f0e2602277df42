"""How typical an input is of the rows a model learned from: which of its values are odd, and how far it is from them.

Two questions, as neither answers the other. Each value is held against its own column, because among fourteen
columns one value that never occurred moves a distance by a fourteenth. The whole row is held against real rows,
because values that are ordinary one by one may never occur together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.prediction.names import by_name, matches
from core.prediction.oddities import (
    ORDER,
    Column,
    Oddity,
    Verdict,
    as_float,
    columns_of,
    odd_values,
    of_sample,
)
from core.prediction.schema import Answer, InputField, form_value, is_missing
from core.store.models import ModelFiles

NEIGHBOURS = 5
UNUSUAL_PERCENTILE = 97.0
ENOUGH_ROWS = 40  # with fewer, one row is more than the percentiles that are left above the limit
LEAST_MEAN = 0.1  # so that a column which is nearly always the same does not decide alone
FARTHEST = 10.0  # ranges: so that an endless number has a distance


@dataclass(frozen=True)
class Typicality:
    """How typical an input is.

    ``percentile`` (0 to 100) says how many of 100 training rows are nearer to their own nearest neighbours than the
    input is to its; None with a single row. ``oddities`` begin with the most odd. ``nearest`` is the nearest real
    case by input name, ``nearest_answer`` its true answer, None where the sample does not hold it.

    ``verdict``:

    - "never seen": a value is so far outside the training rows' range that fewer than 5 in 1000 new rows like them
      would be, a category occurs in none of them, something is missing that never was, or the input is farther from
      its neighbours than every training row of the sample is from its own;
    - "unusual": a value is just outside the range or in a gap, or more than 97 of 100 training rows are nearer to
      their neighbours. A gap alone is no more than that: the model knows values on both sides, and a few training
      rows may be where the sample of up to 500 has none. How wide it is counts in the distance, so that it adds up
      with whatever else is odd;
    - "typical": everything else. That a category is rare changes nothing by itself, nor that a new word is in a column
      of names, nor that a value is just outside where rows are so few and columns so many that 5 in 100 are.
    """

    verdict: Verdict
    percentile: float | None
    oddities: Sequence[Oddity]
    nearest: Mapping[str, object]
    nearest_answer: object


@dataclass(frozen=True, eq=False)
class Reference:
    """What inputs of one model version are held against; built once, by ``reference``.

    ``columns`` are all inputs, ``numbers`` and ``words`` those that the sample holds. ``ranks`` (rows, numbers) and
    ``codes`` (rows, words) are its rows; ``weights`` belong to the numbers, then the words. ``isolation`` is how far
    each row is from its neighbours, ascending. ``cases`` and ``answers`` are the rows as people know them.
    """

    columns: Sequence[Column]
    numbers: Sequence[Column]
    words: Sequence[Column]
    ranks: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    isolation: np.ndarray
    cases: Sequence[Mapping[str, object]]
    answers: Sequence[object]


def reference(files: ModelFiles, fields: Sequence[InputField]) -> Reference | None:
    """Return what to hold inputs against, None where the model came without a sample of its training rows."""
    sample = files.sample
    if sample is None or sample.empty:
        return None
    profile = files.profile or {}
    columns = columns_of(fields, profile, sample)
    numbers = [column for column in columns if column.values is not None and column.input.is_number]
    words = [column for column in columns if column.values is not None and not column.input.is_number]
    ranks = _side_by_side([_ranks(column, of_sample(column)) for column in numbers], len(sample))
    codes = _side_by_side([of_sample(column) for column in words], len(sample))
    weights, isolation = _weights_and_isolation(ranks, codes)
    cases, answers = _cases(sample, columns), _answers(sample, columns, profile)
    return Reference(columns, numbers, words, ranks, codes, weights, isolation, cases, answers)


def typicality(reference: Reference, answers: Mapping[str, Answer]) -> Typicality:
    """Return how typical an input is, and its nearest real case.

    The distance to a row is Gower's (1971): the mean over the columns of how much they differ. Words differ or do
    not. Numbers differ by the share of rows between them, as ranks do in Podani's (1999) extension: a long tail
    then does not hide what goes on in the bulk. Ranks do not see how wide a gap is, so of a value in one, or far
    outside, the difference is the part of the range where that is more. Each column is divided by its mean over
    all pairs of rows, or words would count two or three times as much as numbers (van de Velden et al. 2024).

    How isolated a row is, is the mean distance to its 5 nearest neighbours (Angiulli and Pizzuti 2002, after Ramaswamy
    et al. 2000). It is held against the same of each row of the sample among the others, which makes of the
    percentile a conformal p-value (Laxhammar and Falkman 2010): of new rows like the training rows, about 3 in 100
    are above 97.
    """
    given = by_name([column.name for column in reference.columns], answers)
    found = odd_values(reference.columns, given)
    far = _distances(reference, given, found)
    percentile, verdict = _isolated(far, reference.isolation)
    nearest = int(far.argmin())
    return Typicality(
        max([verdict, *(oddity.alone for oddity in found)], key=ORDER.index),
        percentile,
        found,
        reference.cases[nearest],
        reference.answers[nearest],
    )


def _side_by_side(columns: Sequence[np.ndarray], rows: int) -> np.ndarray:
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def _cases(sample: pd.DataFrame, columns: Iterable[Column]) -> list[dict[str, object]]:
    columns = list(columns)
    places = matches([column.name for column in columns], sample.columns)
    values = {
        column.input.name: [
            None if is_missing(value) else form_value(value, column.input)
            for value in sample[places[column.name]].tolist()
        ]
        for column in columns
        if column.values is not None
    }
    return [{name: those[row] for name, those in values.items()} for row in range(len(sample))]


def _answers(sample: pd.DataFrame, columns: Iterable[Column], profile: Mapping[str, Any]) -> list[object]:
    """Return the true answers: of the column that the profile names, else of the only one that is no input."""
    inputs = set(matches([column.name for column in columns], sample.columns).values())
    others = [name for name in sample.columns if name not in inputs]
    target = matches([str(profile.get("target", {}).get("name", ""))], others)
    if not target and len(others) != 1:
        return [None] * len(sample)
    place = next(iter(target.values()), others[0])
    return [None if is_missing(value) else value for value in sample[place].tolist()]


def _distances(reference: Reference, given: Mapping[str, Answer], found: Iterable[Oddity]) -> np.ndarray:
    """Return how far an input is from each row of the sample, of shape (rows,)."""
    numbers = np.array([as_float(given.get(column.name)) for column in reference.numbers])
    ranks = [_ranks(column, numbers[place : place + 1])[0] for place, column in enumerate(reference.numbers)]
    codes = [_code(column, given.get(column.name)) for column in reference.words]
    apart = np.hstack([_between(reference.ranks, np.array(ranks)), reference.codes != np.array(codes)])
    wide = {one.name for one in found if one.reason == "gap" or one.alone == "never seen"}
    for place, column in enumerate(reference.numbers):
        if column.name in wide:
            of_range = np.abs(of_sample(column) - numbers[place]) / (np.ptp(column.known) or 1.0)
            apart[:, place] = np.fmax(apart[:, place], np.minimum(of_range, FARTHEST))
    return np.asarray(apart @ reference.weights, dtype=float)


def _isolated(far: np.ndarray, isolation: np.ndarray) -> tuple[float | None, Verdict]:
    if not len(isolation):
        return None, "typical"
    # Sums of the same numbers in another order differ in the last place
    own = float(_to_neighbours(far)) * (1 - 1e-9)
    percentile = 100.0 * int(isolation.searchsorted(own)) / len(isolation)
    if len(isolation) < ENOUGH_ROWS or percentile <= UNUSUAL_PERCENTILE:
        return percentile, "typical"
    return percentile, "never seen" if percentile >= 100 else "unusual"


def _weights_and_isolation(ranks: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight of each column, and how far each row is from its neighbours, ascending."""
    rows, columns = len(ranks), ranks.shape[1] + codes.shape[1]
    if rows < 2:
        return np.ones(columns), np.empty(0)
    weights, far = np.empty(columns), np.zeros((rows, rows))
    for place, column in enumerate([*ranks.T, *codes.T]):
        apart = _between(column, column[:, None]) if place < ranks.shape[1] else (column != column[:, None])
        weights[place] = 1 / max(apart.sum() / (rows * (rows - 1)), LEAST_MEAN) / columns
        far += weights[place] * apart
    np.fill_diagonal(far, np.inf)
    return weights, np.sort(_to_neighbours(far, rows - 1))


def _to_neighbours(far: np.ndarray, others: int | None = None) -> np.ndarray:
    """Return the mean of the smallest distances along the last axis, of ``others`` that there are."""
    count = min(NEIGHBOURS, far.shape[-1] if others is None else others)
    return np.asarray(np.partition(far, count - 1)[..., :count].mean(axis=-1))


def _ranks(column: Column, values: np.ndarray) -> np.ndarray:
    """Return the mid-ranks of values; between known ones as far as they are, outside that of the end, NaN of NaN."""
    if not len(column.distinct):
        return np.full(len(values), np.nan)
    return np.asarray(np.interp(values, column.distinct, column.ranks))


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return how far ranks are from each other; missing is 1 from all others, and 0 from missing."""
    apart: np.ndarray = np.abs(a - b)
    if not np.isnan(apart).any():
        return apart
    return np.asarray(np.where(np.isnan(apart), (np.isnan(a) != np.isnan(b)).astype(float), apart))


def _code(column: Column, value: Answer) -> int:
    return -1 if is_missing(value) else column.words.get(str(value), -2)
