"""Which values of an input are odd by themselves: outside the range, in a gap, rare, unknown or missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.i18n import _, number, percent
from core.prediction.names import by_name, matches
from core.prediction.schema import Answer, InputField, is_missing, names_of

Verdict = Literal["typical", "unusual", "never seen"]
Reason = Literal["below", "above", "unknown", "missing", "gap", "rare"]
ORDER: tuple[Verdict, ...] = ("typical", "unusual", "never seen")
UNUSUAL_OUTSIDE, NEVER_OUTSIDE = 0.05, 0.005  # shares of new rows that may be so because the old ones end earlier
TAIL_ROWS = 10  # that tell how fast a column thins out towards its end
NEAR = 0.03  # of the range: what has a known value so near is in no gap
MANY = 20  # rows beside a gap, in a part of the column as wide as the gap
RARE, RARE_TOGETHER = 0.005, 0.05  # shares of the rows
NEW_IS_USUAL, NEW_AT_LEAST = 0.05, 20  # share and count of the rows that have a category for themselves


@dataclass(frozen=True)
class Oddity:
    """An input whose value is odd by itself.

    ``alone`` is what the whole input is, were all else typical. ``low`` and ``high`` are the range of the training
    rows; of a gap, the nearest known values on both sides. ``share`` is the part of the training rows that have the
    value, ``rows`` how many rows were looked at: all, of a gap those of the sample, 0 where nobody counted.
    """

    name: str
    value: Answer
    reason: Reason
    alone: Verdict
    low: float | None = None
    high: float | None = None
    share: float = 0.0
    rows: int = 0


@dataclass(frozen=True, eq=False)
class Column:
    """What training rows say of one input.

    ``rows`` is how many they were, ``missing`` how many of them lack it, None where nobody counted. ``counts`` has
    the rows of each category, 0 where only its name is known. ``known`` are numbers, ascending: those of the sample
    and the ends of the range; ``tails`` how fast they thin out towards them (see ``_tails``). Of new rows like these,
    ``outside`` is the share that is outside the range of this or another input.

    The rest is of the sample, None where it lacks the column. Numbers: ``values`` in the order of its rows (NaN is
    missing), ``distinct`` each of them once, ascending, and ``ranks`` their mid-ranks from 0 to 1: how much of the
    sample is below, and half of what is equal. Words: ``values`` are their places in ``words`` (-1 is missing).
    """

    input: InputField
    rows: int = 0
    missing: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    known: np.ndarray = field(default_factory=lambda: np.empty(0))
    tails: tuple[float, float] = (0.0, 0.0)
    outside: float = 0.0
    values: np.ndarray | None = None
    distinct: np.ndarray = field(default_factory=lambda: np.empty(0))
    ranks: np.ndarray = field(default_factory=lambda: np.empty(0))
    words: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The input's name."""
        return self.input.name


def oddities(fields: Sequence[InputField], answers: Mapping[str, Answer]) -> list[Oddity]:
    """Return the values that are odd by what the fields alone tell: outside the range, unknown, or missing."""
    return odd_values(columns_of(fields, {}, pd.DataFrame()), by_name(names_of(fields), answers))


def in_words(oddity: Oddity) -> str:
    """Say an oddity in one sentence; names and words in it are as foreign as the model is.

    >>> in_words(Oddity("km", 50_000, "gap", "unusual", 1_000, 400_000, rows=500))
    'km 50,000 is between 1000 and 400,000, and none of 500 training rows is there.'
    """
    value, low, high = _in_digits(oddity.value, oddity.low, oddity.high)
    return _pattern(oddity).format(
        name=oddity.name, value=value, low=low, high=high, rows=number(oddity.rows, 0), share=percent(oddity.share, 2)
    )


def _pattern(oddity: Oddity) -> str:
    match oddity.reason:
        case "below":
            return _("{name} {value} is below {low}, the lowest of the training rows.")
        case "above":
            return _("{name} {value} is above {high}, the highest of the training rows.")
        case "unknown":
            return _("{name} “{value}” is in no training row.")
        case "missing":
            return _("{name} is empty, and it was in no training row.")
        case "gap":
            return _("{name} {value} is between {low} and {high}, and none of {rows} training rows is there.")
        case "rare" if oddity.value is None:
            return _("{name} is empty, and it was in only {share} of the training rows.")
        case "rare":
            return _("{name} “{value}” is in only {share} of the training rows.")


def _in_digits(value: Answer, *bounds: float | None) -> list[str]:
    """Return a value and its bounds as people read them, with more digits where they would read alike."""
    if isinstance(value, str | bool) or value is None:
        return [str(value), *(number(bound) for bound in bounds)]
    texts = [number(one) for one in (value, *bounds)]
    if texts[0] in texts[1:]:
        return [number(one) if one is None else f"{one:.12g}" for one in (value, *bounds)]
    return texts


def columns_of(fields: Sequence[InputField], profile: Mapping[str, Any], sample: pd.DataFrame) -> list[Column]:
    """Return what the training rows say of each input; ``profile`` and ``sample`` may be empty."""
    profiled = by_name(names_of(fields), {one["name"]: one for one in profile.get("features", [])})
    places = matches(names_of(fields), sample.columns)
    rows = int(profile.get("rows", len(sample)))
    # Of as many columns and rows, this share of new rows is below or above all others somewhere
    outside = 2 * sum(one.is_number for one in fields) / (rows + 1)
    return [
        _column(
            one,
            profiled.get(one.name, {}),
            sample[places[one.name]] if one.name in places else None,
            rows,
            outside,
        )
        for one in fields
    ]


def _column(one: InputField, profile: Mapping[str, Any], sample: pd.Series | None, rows: int, outside: float) -> Column:
    missing = int(profile["missing"]) if "missing" in profile else None
    if one.is_number:
        ends = [end for end in (one.low, one.high) if end is not None]
        if sample is None:
            return Column(one, rows, missing, known=np.array(ends))
        values = np.asarray(pd.to_numeric(sample, errors="coerce"), dtype=float)
        ascending = np.sort(values[~np.isnan(values)])
        known = np.sort(np.concatenate([ascending, ends]))
        distinct, counted = np.unique(ascending, return_counts=True)
        return Column(
            one,
            rows,
            missing,
            known=known,
            tails=_tails(ascending),
            outside=outside,
            values=values,
            distinct=distinct,
            ranks=(np.cumsum(counted) - counted / 2) / max(len(ascending), 1),
        )
    counts = dict.fromkeys(one.choices, 0)
    counts |= {str(one["value"]): int(one.get("count", 0)) for one in profile.get("categories", ())}
    if sample is None:
        return Column(one, rows, missing, counts)
    texts = [None if is_missing(value) else str(value) for value in sample]
    words = {text: place for place, text in enumerate(sorted({text for text in texts if text is not None}))}
    codes = np.array([-1 if text is None else words[text] for text in texts])
    return Column(one, rows, missing, counts, values=codes, words=words)


def _tails(ascending: np.ndarray) -> tuple[float, float]:
    """Return the mean by which rows exceed the 10th lowest and the 10th highest.

    Beyond a high value most distributions thin out like Pareto's general one (Balkema and de Haan 1974, Pickands 1975),
    whose middle case is the exponential: there, this is how far outside a row is on average that is outside at all.
    """
    if not len(ascending):
        return 0.0, 0.0
    lowest, highest = ascending[:TAIL_ROWS], ascending[-TAIL_ROWS:]
    return float(np.mean(lowest[-1] - lowest)), float(np.mean(highest - highest[0]))


def of_sample(column: Column) -> np.ndarray:
    """Return an input\'s values in the sample, in the order of its rows; empty where it lacks them."""
    return np.empty(0) if column.values is None else column.values


def odd_values(columns: Iterable[Column], given: Mapping[str, Answer]) -> list[Oddity]:
    """Return the values that are odd by themselves, the most odd first; ``given`` is by their names."""
    found = [odd for odd in (_oddity(column, given.get(column.name)) for column in columns) if odd is not None]
    return [oddity for oddity, _size in sorted(found, key=lambda odd: (-ORDER.index(odd[0].alone), -odd[1]))]


def _oddity(column: Column, value: Answer) -> tuple[Oddity, float] | None:
    """Return what is odd about a value, and how much so: as a part of the range, or as the share that is otherwise."""
    if is_missing(value):
        return _odd_absence(column)
    return _odd_number(column, value) if column.input.is_number else _odd_word(column, value)


def _odd_absence(column: Column) -> tuple[Oddity, float] | None:
    if column.missing == 0 or (column.missing is None and not column.input.optional):
        return Oddity(column.input.name, None, "missing", "never seen", rows=column.rows), 1.0
    share = 1.0 if column.missing is None else column.missing / max(column.rows, 1)
    return None if share >= RARE else _rare(column, None, share)


def _odd_number(column: Column, value: Answer) -> tuple[Oddity, float] | None:
    at, known = as_float(value), column.known
    if math.isnan(at) or not len(known):
        return None
    name, low, high = column.input.name, float(known[0]), float(known[-1])
    if low <= at <= high:
        return _gap(column, value, at)
    reason: Reason = "below" if at < low else "above"
    outside, tail = max(low - at, at - high), column.tails[reason == "above"]
    chance = _chance(outside, max(tail, NEAR * (high - low)), column.outside)
    alone: Verdict = "typical" if chance > UNUSUAL_OUTSIDE else "unusual" if chance > NEVER_OUTSIDE else "never seen"
    size = outside / (high - low) if high > low else math.inf
    return Oddity(name, value, reason, alone, low, high, rows=column.rows), size


def _chance(outside: float, scale: float, share: float) -> float:
    """Return the share of new rows that are as far outside, where ``share`` of them are outside at all.

    That is taken to be no less than 5 in 100, so that whatever is just outside is unusual, not never seen.
    """
    return max(share, UNUSUAL_OUTSIDE) * math.exp(-outside / scale) if scale > 0 else 0.0


def _gap(column: Column, value: Answer, at: float) -> tuple[Oddity, float] | None:
    """Find a void: as wide a part of the column beside it, half on each side, holds many rows, and it holds none.

    In a long tail, too, every place is far from the next row, but those beside it are as thinly settled. Nor is there
    a void between two neighbouring whole numbers of a column that has no others.
    """
    known = column.known
    place = int(known.searchsorted(at))
    if known[place] == at or not len(column.distinct):
        return None
    low, high = float(known[place - 1]), float(known[place])
    flank = (high - low) / 2
    beside = int(known.searchsorted(high + flank, "right") - known.searchsorted(low - flank))
    size = min(at - low, high - at) / float(known[-1] - known[0])
    if size < NEAR or beside < MANY or (column.input.kind == "integer" and high - low <= 1):
        return None
    sampled = int(np.isfinite(of_sample(column)).sum())
    return Oddity(column.input.name, value, "gap", "unusual", low, high, rows=sampled), size


def _odd_word(column: Column, value: Answer) -> tuple[Oddity, float] | None:
    counts = column.counts
    if not counts:
        return None
    count = counts.get(str(value))
    if count is None:
        # Rows that have a category for themselves are as many as the next ones with a new one will be (Good 1953)
        new = sum(one == 1 for one in counts.values())
        alone: Verdict = "typical" if new >= max(NEW_AT_LEAST, NEW_IS_USUAL * column.rows) else "never seen"
        return Oddity(column.input.name, value, "unknown", alone, rows=column.rows), 1.0
    # Where there are a thousand cities, each of them is rare, but to be in a rare one is not
    together = sum(one for one in counts.values() if one <= count)
    if not 0 < count < RARE * column.rows or together > RARE_TOGETHER * column.rows:
        return None
    return _rare(column, value, count / column.rows)


def _rare(column: Column, value: Answer, share: float) -> tuple[Oddity, float]:
    return Oddity(column.input.name, value, "rare", "typical", share=share, rows=column.rows), 1 - share


def as_float(value: Any) -> float:
    """Return a value as a number, NaN where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
