"""What training rows always keep together, so that no change is offered that breaks it.

Four kinds are looked for: one number is never above another, a number is about the product of others, a number stays
within a range where a word has a value, and two values never meet. Rows that had nothing to do with each other must be
expected to break each of them often: what a few hundred rows keep by chance is no relation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations

import numpy as np
import pandas as pd

from core.i18n import number
from core.prediction.names import normal
from core.prediction.schema import InputField
from core.prediction.variations import is_yes_no

EXPECTED = 15  # rows that would break it if its columns had nothing to do with each other; the chance of none is 3e-7
MOST = 0.5  # of such rows a range must leave out: the ends of a wide one are those of these rows, not of the world
NEAR = 0.4  # the furthest that "about" may reach, as a share of the larger of both
MARGIN = 0.25  # of what these rows reach, as others may reach further
FEWEST = 30  # rows
MOST_NUMBERS = 30  # inputs whose products are looked at

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class NeverAbove:
    """One number is never above another."""

    low: str
    high: str

    @property
    def words(self) -> str:
        """The relation in signs."""
        return f"{self.low} ≤ {self.high}"

    def excess(self, rows: Columns) -> np.ndarray:
        """Return how far each row breaks it, 0 where it does not, NaN where a value is missing."""
        return np.asarray(np.maximum(rows[self.low] - rows[self.high], 0.0))


@dataclass(frozen=True)
class About:
    """A number is about the product of one or two others, times a constant: at most ``reach`` of the larger away."""

    number: str
    factors: tuple[str, ...]
    scale: float
    reach: float

    @property
    def words(self) -> str:
        """The relation in signs."""
        scale = () if abs(self.scale - 1) < 0.05 else (number(self.scale),)
        return f"{self.number} ≈ {' × '.join((*scale, *self.factors))}"

    def excess(self, rows: Columns) -> np.ndarray:
        """Return how far each row breaks it, 0 where it does not, NaN where a value is missing."""
        product = self.scale * np.prod([rows[name] for name in self.factors], axis=0)
        return np.maximum(_apart(rows[self.number], product) - self.reach, 0.0)


@dataclass(frozen=True)
class Within:
    """Where a word has a value, a number stays within a range."""

    word: str
    value: str
    number: str
    low: float
    high: float

    @property
    def words(self) -> str:
        """The relation in signs."""
        ends = number(self.low) if self.low == self.high else f"{number(self.low)} – {number(self.high)}"
        return f"{self.word} = {self.value}: {self.number} {ends}"

    def excess(self, rows: Columns) -> np.ndarray:
        """Return how far each row breaks it, 0 where it does not, NaN where a value is missing."""
        beyond = np.maximum(np.maximum(self.low - rows[self.number], rows[self.number] - self.high), 0.0)
        return np.where(rows[self.word] == self.value, beyond, 0.0)


@dataclass(frozen=True)
class NeverTogether:
    """Two values of two inputs never meet in a row."""

    first: str
    value: str | float
    second: str
    other: str | float

    @property
    def words(self) -> str:
        """The relation in signs."""
        return f"{self.first} = {_said(self.value)} ⇒ {self.second} ≠ {_said(self.other)}"

    def excess(self, rows: Columns) -> np.ndarray:
        """Return 1 where a row has both values, else 0."""
        return np.asarray((rows[self.first] == self.value) & (rows[self.second] == self.other), dtype=float)


Relation = NeverAbove | About | Within | NeverTogether


def relations(fields: Sequence[InputField], rows: pd.DataFrame | None) -> tuple[Relation, ...]:
    """Return what all these training rows keep together; rows that lack one of the values do not count."""
    if rows is None or len(rows) < FEWEST:
        return ()
    columns = _columns(fields, rows)
    numbers = [field.name for field in fields if field.has_range and not is_yes_no(field)]
    words = [field.name for field in fields if field.choices or is_yes_no(field)]
    return (
        *_never_above(columns, numbers),
        *_about(columns, numbers[:MOST_NUMBERS]),
        *_within(columns, words, numbers),
        *_never_together(columns, words, numbers),
    )


def broken(kept: Sequence[Relation], fields: Sequence[InputField], rows: pd.DataFrame, now: pd.DataFrame) -> np.ndarray:
    """Return for each row the place of the first relation that it breaks, -1 where it breaks none.

    What ``now``, the row before the change, breaks already may stay broken, but no further.
    """
    first = np.full(len(rows), -1)
    if not len(rows):
        return first
    columns, before = _columns(fields, rows), _columns(fields, now)
    for place, relation in enumerate(kept):
        allowed = np.nan_to_num(relation.excess(before))[0]
        first[(first < 0) & (relation.excess(columns) > allowed + 1e-9)] = place
    return first


def _columns(fields: Sequence[InputField], rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return numbers as floats and words as texts in one form; what is missing is NaN or None."""
    return {
        field.name: rows[field.name].to_numpy(dtype=float, na_value=np.nan)
        if field.is_number
        else rows[field.name].astype(object).map(normal, na_action="ignore").to_numpy(dtype=object)
        for field in fields
    }


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how far numbers are apart, as a share of the larger."""
    larger = np.maximum(np.abs(one), np.abs(other))
    return np.asarray(np.divide(np.abs(one - other), larger, out=np.zeros_like(larger), where=~(larger == 0)))


def _never_above(columns: Columns, numbers: Sequence[str]) -> Iterator[NeverAbove]:
    for low, high in permutations(numbers, 2):
        there = ~np.isnan(columns[low]) & ~np.isnan(columns[high])
        lows, highs = columns[low][there], np.sort(columns[high][there])
        if (lows > columns[high][there]).any():
            continue
        if np.searchsorted(highs, lows, "left").sum() >= EXPECTED * max(len(lows), 1):
            yield NeverAbove(low, high)


def _about(columns: Columns, numbers: Sequence[str]) -> Iterator[About]:
    positive = [name for name in numbers if np.nanmin(columns[name], initial=np.inf) >= 0]
    if not positive:
        return
    values = np.column_stack([columns[name] for name in positive])
    logs = np.log(values, out=np.full(values.shape, np.nan), where=values > 0)
    shuffled = np.random.default_rng(0).permutation(len(values))
    for places in [
        *((place,) for place in range(len(positive))),
        *combinations_with_replacement(range(len(positive)), 2),
    ]:
        ratios = logs - logs[:, places].sum(axis=1)[:, None]
        spread = np.fmax.reduce(ratios) - np.fmin.reduce(ratios)  # no row is further from the median than that
        product = values[:, places].prod(axis=1)
        for place in np.flatnonzero(spread <= -2 * np.log(1 - NEAR)):
            if place in places or (len(places) == 1 and place < places[0]):
                continue
            both = ~np.isnan(ratios[:, place])
            if both.sum() < max(FEWEST, 0.9 * (~np.isnan(values[:, place]) & ~np.isnan(product)).sum()):
                continue
            scale = float(np.exp(np.median(ratios[both, place])))
            reach = float(np.nanmax(_apart(values[:, place], scale * product))) * (1 + MARGIN)
            if reach <= NEAR and np.nanmean(_apart(values[shuffled, place], scale * product) > reach) >= MOST:
                yield About(positive[place], tuple(positive[one] for one in places), scale, reach)


def _within(columns: Columns, words: Sequence[str], numbers: Sequence[str]) -> Iterator[Within]:
    for word in words:
        for value in {value for value in columns[word] if value is not None and value == value}:
            chosen = columns[word] == value
            if chosen.sum() < EXPECTED / MOST:
                continue
            for name in numbers:
                here = columns[name][chosen & ~np.isnan(columns[name])]
                if not len(here):
                    continue
                wider = MARGIN * (here.max() - here.min()) / 2
                low, high = float(here.min() - wider), float(here.max() + wider)
                if np.nanmean((columns[name] < low) | (columns[name] > high)) >= MOST:
                    yield Within(word, value, name, low, high)


def _never_together(columns: Columns, words: Sequence[str], numbers: Sequence[str]) -> Iterator[NeverTogether]:
    """Yield pairs of frequent values of two inputs, one of them a word, that no row has both of."""
    frequent = [
        (name, value, columns[name] == value)
        for name in (*words, *numbers)
        for value, count in pd.Series(columns[name]).value_counts().items()
        if count >= EXPECTED
    ]
    if not frequent:
        return
    has = np.column_stack([mask for _name, _value, mask in frequent]).astype(float)
    together, expected = has.T @ has, np.outer(has.sum(axis=0), has.sum(axis=0)) / len(has)
    for one, other in zip(*np.nonzero(np.triu((together == 0) & (expected >= EXPECTED), 1)), strict=True):
        (first, value, _mask), (second, second_value, _other) = frequent[one], frequent[other]
        if first != second and first in words:
            yield NeverTogether(first, value, second, second_value)


def _said(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)
