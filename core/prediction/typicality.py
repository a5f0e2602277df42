"""How typical an input is of the rows a model learned from: which of its values are odd, and how far it is from them.

Two questions, as neither answers the other. Each value is held against its own column, because among fourteen
columns one value that never occurred moves a distance by a fourteenth. The whole row is held against real rows,
because values that are ordinary one by one may never occur together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.i18n import _, number, percent
from core.prediction.schema import Answer, InputField, by_name, form_value, normal
from core.store.models import ModelFiles

Verdict = Literal["typical", "unusual", "never seen"]
Reason = Literal["below", "above", "unknown", "missing", "gap", "rare"]

ORDER: tuple[Verdict, ...] = ("typical", "unusual", "never seen")
# Whole rows
NEIGHBOURS = 5
UNUSUAL_PERCENTILE = 97.0
ENOUGH_ROWS = 40  # with fewer, one row is more than the percentiles that are left above the limit
LEAST_MEAN = 0.1  # so that a column which is nearly always the same does not decide alone
FARTHEST = 10.0  # ranges: so that an endless number has a distance
# Single values
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
        """The input's name in the form that compares equal."""
        return normal(self.input.name)


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
    columns = _columns(fields, profile, sample)
    numbers = [column for column in columns if column.values is not None and column.input.is_number]
    words = [column for column in columns if column.values is not None and not column.input.is_number]
    ranks = _side_by_side([_ranks(column, _of_sample(column)) for column in numbers], len(sample))
    codes = _side_by_side([_of_sample(column) for column in words], len(sample))
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
    given = by_name(answers)
    found = _oddities(reference.columns, given)
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


def oddities(fields: Sequence[InputField], answers: Mapping[str, Answer]) -> list[Oddity]:
    """Return the values that are odd by what the fields alone tell: outside the range, unknown, or missing."""
    return _oddities(_columns(fields, {}, pd.DataFrame()), by_name(answers))


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


# What the training rows say


def _columns(fields: Sequence[InputField], profile: Mapping[str, Any], sample: pd.DataFrame) -> list[Column]:
    profiled = by_name((one["name"], one) for one in profile.get("features", []))
    places = by_name((name, name) for name in sample.columns)
    rows = int(profile.get("rows", len(sample)))
    # Of as many columns and rows, this share of new rows is below or above all others somewhere
    outside = 2 * sum(one.is_number for one in fields) / (rows + 1)
    return [
        _column(
            one,
            profiled.get(normal(one.name), {}),
            sample[places[normal(one.name)]] if normal(one.name) in places else None,
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
    texts = [None if _is_missing(value) else str(value) for value in sample]
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


def _of_sample(column: Column) -> np.ndarray:
    return np.empty(0) if column.values is None else column.values


def _side_by_side(columns: Sequence[np.ndarray], rows: int) -> np.ndarray:
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def _cases(sample: pd.DataFrame, columns: Iterable[Column]) -> list[dict[str, object]]:
    places = by_name((name, name) for name in sample.columns)
    values = {
        column.input.name: [
            None if _is_missing(value) else form_value(value, column.input)
            for value in sample[places[column.name]].tolist()
        ]
        for column in columns
        if column.values is not None
    }
    return [{name: those[row] for name, those in values.items()} for row in range(len(sample))]


def _answers(sample: pd.DataFrame, columns: Iterable[Column], profile: Mapping[str, Any]) -> list[object]:
    """Return the true answers: of the column that the profile names, else of the only one that is no input."""
    target = normal(profile.get("target", {}).get("name", ""))
    inputs = {column.name for column in columns}
    others = {normal(name): name for name in sample.columns if normal(name) not in inputs}
    if target not in others and len(others) != 1:
        return [None] * len(sample)
    place = others[target] if target in others else next(iter(others.values()))
    return [None if _is_missing(value) else value for value in sample[place].tolist()]


# Single values


def _oddities(columns: Iterable[Column], given: Mapping[str, Answer]) -> list[Oddity]:
    found = [odd for odd in (_oddity(column, given.get(column.name)) for column in columns) if odd is not None]
    return [oddity for oddity, _size in sorted(found, key=lambda odd: (-ORDER.index(odd[0].alone), -odd[1]))]


def _oddity(column: Column, value: Answer) -> tuple[Oddity, float] | None:
    """Return what is odd about a value, and how much so: as a part of the range, or as the share that is otherwise."""
    if _is_missing(value):
        return _odd_absence(column)
    return _odd_number(column, value) if column.input.is_number else _odd_word(column, value)


def _odd_absence(column: Column) -> tuple[Oddity, float] | None:
    if column.missing == 0 or (column.missing is None and not column.input.optional):
        return Oddity(column.input.name, None, "missing", "never seen", rows=column.rows), 1.0
    share = 1.0 if column.missing is None else column.missing / max(column.rows, 1)
    return None if share >= RARE else _rare(column, None, share)


def _odd_number(column: Column, value: Answer) -> tuple[Oddity, float] | None:
    at, known = _float(value), column.known
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
    sampled = int(np.isfinite(_of_sample(column)).sum())
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


# Whole rows


def _distances(reference: Reference, given: Mapping[str, Answer], found: Iterable[Oddity]) -> np.ndarray:
    """Return how far an input is from each row of the sample, of shape (rows,)."""
    numbers = np.array([_float(given.get(column.name)) for column in reference.numbers])
    ranks = [_ranks(column, numbers[place : place + 1])[0] for place, column in enumerate(reference.numbers)]
    codes = [_code(column, given.get(column.name)) for column in reference.words]
    apart = np.hstack([_between(reference.ranks, np.array(ranks)), reference.codes != np.array(codes)])
    wide = {normal(one.name) for one in found if one.reason == "gap" or one.alone == "never seen"}
    for place, column in enumerate(reference.numbers):
        if column.name in wide:
            of_range = np.abs(_of_sample(column) - numbers[place]) / (np.ptp(column.known) or 1.0)
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
    return -1 if _is_missing(value) else column.words.get(str(value), -2)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _is_missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
