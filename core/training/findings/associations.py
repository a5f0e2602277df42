"""How closely columns go together, two at a time: numbers with numbers, words with words, and numbers with words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from core.i18n import N_
from core.training.findings.look import Column, Look
from core.training.findings.sentences import Finding, Name

COLUMNS_AT_MOST = 60  # that are looked at in pairs
FEWEST = 10  # rows
WORDS_AT_MOST = 50
STRONGEST, WORTH_SAYING = 3, 0.2
BEYOND_CHANCE = 4.0  # standard errors of about one by the root of the rows
THE_SAME = 0.9999
RANK, CRAMER, RATIO = "spearman", "cramer", "ratio"
TOGETHER = "together"


@dataclass(frozen=True, eq=False)
class Associations:
    """Pairs of columns, the strongest first.

    ``pairs`` has first, second, strength (Spearman's from -1 to 1, the others from 0 to 1), measure, pearson (of two
    numbers, else NaN) and rows (those that have both). ``columns`` are those that were looked at in pairs, of
    ``possible`` ones; of ``rows`` rows, a sample where they are fewer than the table's.
    """

    pairs: pd.DataFrame
    columns: tuple[str, ...]
    possible: int
    rows: int
    target: str
    sampled: bool = False


@dataclass(frozen=True, eq=False)
class _Spread:
    """Numbers less their mean, and the sum of their squares."""

    apart: np.ndarray
    total: float


@dataclass(frozen=True, eq=False)
class _Side:
    """A column's sample: words as codes (-1 is missing), or numbers (NaN is missing).

    Of a column without gaps, what each of its pairs asks for is made once.
    """

    name: str
    are_words: bool
    values: np.ndarray

    @cached_property
    def known(self) -> np.ndarray:
        """Which rows have a value."""
        return self.values >= 0 if self.are_words else np.isfinite(self.values)

    @cached_property
    def is_whole(self) -> bool:
        """Whether every row has a value."""
        return bool(self.known.all())

    @cached_property
    def spread(self) -> _Spread:
        """How the numbers lie about their mean."""
        return _spread(self.values)

    @cached_property
    def rank_spread(self) -> _Spread:
        """How their ranks lie about theirs."""
        return _spread(np.asarray(pd.Series(self.values).rank(), dtype=float))

    @cached_property
    def counts(self) -> np.ndarray:
        """How many rows have each of the words."""
        return np.bincount(self.values)


def associations(look: Look) -> Associations:
    """Return how closely the columns go together; of very many those that go with the answer, or the first ones."""
    columns = [*([look.answer] if look.answer is not None else []), *look.inputs]
    sides = [side for column in columns if (side := _side(look, column)) is not None]
    possible = len(sides)
    if possible > COLUMNS_AT_MOST:
        asked = sides[0] if look.answer is not None and sides[0].name == look.target else None
        if asked is not None:
            known = {one.name: -abs(_pair(asked, one)[2]) if one is not asked else -2.0 for one in sides}
            sides = sorted(sides, key=lambda one: known[one.name])
        sides = sides[:COLUMNS_AT_MOST]
    rows = look.rows if look.places is None else len(look.places)
    made = [_pair(one, other) for one, other in combinations(sides, 2)]
    table = pd.DataFrame(made, columns=["first", "second", "strength", "measure", "pearson", "rows"])
    table = table[table["strength"].notna()]
    order = table["strength"].abs().sort_values(ascending=False, kind="stable").index
    return Associations(
        table.loc[order].reset_index(drop=True), tuple(one.name for one in sides), possible, rows, look.target,
        look.places is not None,
    )  # fmt: skip


def _side(look: Look, column: Column) -> _Side | None:
    sample = column.sample
    classes = column.name == look.target and look.kind == "classification" and column.different <= WORDS_AT_MOST
    if column.holds == "word" or classes:
        codes, different = pd.factorize(sample)
        few = 2 <= len(different) <= WORDS_AT_MOST
        return _Side(column.name, True, codes) if few and (codes >= 0).sum() >= FEWEST else None
    numbers = sample.where(np.isfinite(sample)).to_numpy()
    if np.isfinite(numbers).sum() < FEWEST or column.different < 2:
        return None
    return _Side(column.name, False, numbers)


def _pair(one: _Side, other: _Side) -> tuple[str, str, float, str, float, int]:
    """Return both names, strength, its measure, Pearson's correlation of two numbers, and the rows that have both.

    Of a number and words the number comes first.
    """
    if one.are_words and not other.are_words:
        one, other = other, one
    if not (one.is_whole and other.is_whole):
        both = one.known & other.known
        one, other = _some(one, both), _some(other, both)
    rows = len(one.values)
    if rows < FEWEST:
        return one.name, other.name, np.nan, RANK, np.nan, rows
    if one.are_words:
        return one.name, other.name, _cramer(one, other), CRAMER, np.nan, rows
    if other.are_words:
        return one.name, other.name, _ratio(other, one), RATIO, np.nan, rows
    by_rank = _pearson(one.rank_spread, other.rank_spread)
    return one.name, other.name, by_rank, RANK, _pearson(one.spread, other.spread), rows


def _some(side: _Side, rows: np.ndarray) -> _Side:
    """Return the rows of a side that have a value on both, with codes of their own."""
    values = side.values[rows]
    return _Side(side.name, side.are_words, pd.factorize(values)[0] if side.are_words else values)


def _spread(numbers: np.ndarray) -> _Spread:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        apart = numbers - numbers.mean()
        return _Spread(apart, float((apart * apart).sum()))


def _pearson(x: _Spread, y: _Spread) -> float:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        size = float(np.sqrt(x.total) * np.sqrt(y.total))
        if not 0 < size < np.inf:
            return np.nan
        return float(np.clip((x.apart * y.apart).sum() / size, -1, 1))


def _cramer(one: _Side, other: _Side) -> float:
    """Return Cramér's V without its bias (Bergsma 2013): of what has nothing to do with each other it is about 0."""
    rows, r, c = len(one.values), len(one.counts), len(other.counts)
    if rows < FEWEST or r < 2 or c < 2:
        return np.nan
    table = np.bincount(one.values * c + other.values, minlength=r * c).reshape(r, c).astype(float)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum() / rows) - (r - 1) * (c - 1) / (rows - 1))
    room = min(r - (r - 1) ** 2 / (rows - 1), c - (c - 1) ** 2 / (rows - 1)) - 1
    return float(np.sqrt(min(1.0, phi / room))) if room > 0 else np.nan


def _ratio(words: _Side, numbers: _Side) -> float:
    """Return the correlation ratio (Fisher 1925) without its bias: the root of ε² (Kelley 1935), never below 0."""
    rows, groups = len(words.values), len(words.counts)
    if rows < FEWEST or groups < 2 or rows <= groups:
        return np.nan
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        apart, total = numbers.spread.apart, numbers.spread.total
        means = np.bincount(words.values, weights=apart) / words.counts
        within = float(((apart - means[words.values]) ** 2).sum())
        if not 0 < total < np.inf:
            return np.nan
        return float(np.sqrt(max(0.0, 1 - within / total * (rows - 1) / (rows - groups))))


SENTENCES: Mapping[tuple[str, bool], str] = {
    (RANK, True): N_("The higher {first}, the higher {second} tends to be (Spearman {strength})."),
    (RANK, False): N_("The higher {first}, the lower {second} tends to be (Spearman {strength})."),
    (CRAMER, True): N_("{first} and {second} go together (Cramér’s V {strength})."),
    (RATIO, True): N_("The mean of {first} differs by {second} (correlation ratio {strength})."),
}


def strongest(found: Associations, count: int = STRONGEST) -> list[Finding]:
    """Return the closest pairs in sentences; what is weak, or may be so by chance, is not worth one."""
    size = found.pairs["strength"].abs()
    worth = found.pairs[(size >= WORTH_SAYING) & (size * np.sqrt(found.pairs["rows"]) >= BEYOND_CHANCE)]
    return [
        Finding(
            TOGETHER, (first, second), SENTENCES[measure, strength >= 0],
            {"first": Name(first), "second": Name(second), "strength": shown_strength(strength)}, 12 - place,
        )
        for place, (first, second, strength, measure, *_rest) in enumerate(worth.head(count).itertuples(index=False))
    ]  # fmt: skip


def shown_strength(strength: float) -> float:
    """Return a strength in two digits; what is not 1 never reads as 1.

    >>> shown_strength(0.8765), shown_strength(-0.9994), shown_strength(1.0)
    (0.88, -0.99, 1.0)
    """
    short = round(strength, 2)
    return short if abs(short) < 1 or abs(strength) > 1 - 1e-9 else float(np.copysign(0.99, strength))


def copies(look: Look, found: Associations) -> Iterator[Finding]:
    """Yield the inputs that repeat another one row by row, be it in other words or units."""
    repeated: set[str] = set()
    for first, second, strength, *_rest in found.pairs.itertuples(index=False):
        if abs(strength) < THE_SAME:
            return
        if look.target in {first, second} or {first, second} & repeated:
            continue
        codes, others = (pd.factorize(look.columns[name].whole)[0] for name in (first, second))
        if np.array_equal(codes, others):
            repeated.add(second)
            sentence = N_("{second} says the same as {first}, row by row: one of them is enough.")
            values = {"first": Name(first), "second": Name(second)}
            yield Finding("copy", (second,), sentence, values, 44, leave_out=True)
