"""Has what a model is asked changed: each input of a window of rows against reference rows, and is it more than chance.

Each column is one test, and all columns of a check are corrected together, so that of checks with nothing changed about
one in twenty finds something, however many columns there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.prediction.schema import InputField

LEVEL = 0.05  # of checks in which nothing changed, the share that finds something
FEWEST_ROWS = 30  # with fewer, hardly any change is more than chance
EXPECTED = 5.0  # rows of a word; words with fewer are counted together
MOVED = 5  # words that are named
BY_WEIGHT = 0.8  # how much of what a column needs to be found goes by how much the model listens to it
# What a column's error is divided among, whatever is in it: so a column is one test
NUMBER_SHARES = {"places": 0.8, "outside": 0.1, "missing": 0.1}
WORD_SHARES = {"words": 0.9, "never_seen": 0.1}

Kind = Literal["number", "word"]


@dataclass(frozen=True)
class Moved:
    """A word, or one that is missing (None), with its share of the reference and of the window."""

    word: str | None
    before: float
    now: float


@dataclass(frozen=True)
class Change:
    """How one input differs; ``p_value`` is that of its column alone, ``adjusted`` that of all columns together.

    ``effect`` (0 to 1) is the share of the window's rows that would have to have another value for it to be as before,
    at least. ``missing`` and ``outside`` (a number beyond all reference rows, or a word that none of them has) are
    shares of the reference and of the window; a reference row is outside where it alone has its value at an end, as a
    new row would be. ``middle`` are the medians of numbers, NaN of words; ``moved`` the words that moved most.
    ``weight`` is the share of this input in what the model listens to, None where nobody asked.
    """

    name: str
    kind: Kind
    p_value: float
    effect: float
    missing: tuple[float, float] = (0.0, 0.0)
    outside: tuple[float, float] = (0.0, 0.0)
    middle: tuple[float, float] = (np.nan, np.nan)
    moved: tuple[Moved, ...] = ()
    weight: float | None = None
    adjusted: float = 1.0

    @property
    def drifted(self) -> bool:
        """Tell whether the change is more than chance."""
        return self.adjusted <= LEVEL

    @property
    def importance(self) -> float:
        """How much the change matters: its effect, as far as the model listens."""
        return self.effect * (1.0 if self.weight is None else self.weight)


@dataclass(frozen=True)
class Drift:
    """What changed between reference and window: the columns that drifted first, and of these what matters most.

    ``is_known`` is False where either has fewer rows than it takes. ``repeated`` is the share of the window's rows that
    are the same as another; ``untold`` are inputs of which the window, or the reference, holds no value.
    """

    rows: int
    reference_rows: int
    columns: tuple[Change, ...] = ()
    repeated: float = 0.0
    repeated_before: float = 0.0
    untold: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether there are rows enough."""
        return min(self.rows, self.reference_rows) >= FEWEST_ROWS and bool(self.columns)

    @property
    def drifted(self) -> tuple[Change, ...]:
        """The columns whose change is more than chance."""
        return tuple(one for one in self.columns if one.drifted)


def drift(
    fields: Sequence[InputField],
    reference: pd.DataFrame,
    window: pd.DataFrame,
    weights: Mapping[str, float] | None = None,
) -> Drift:
    """Hold the inputs of a window against those of reference rows; both have the model's columns and types.

    Numbers: the two-sample Kolmogorov-Smirnov test; words: chi-square, with rare ones together and missing as one more
    word. What both hardly see is asked beside them by Fisher's exact test: more values outside the range, more words
    that the reference lacks, more that is missing. The parts of a column divide its error by fixed shares (Bonferroni),
    and the columns are corrected by Benjamini and Hochberg (1995). ``weights`` are what the model listens to: a
    column to which it listens needs less to be found, one that it hardly uses needs more, and the whole stays as it is
    (Genovese, Roeder and Wasserman 2006: the weights are known before the window is, and are 1 on average).
    """
    inputs = [one for one in fields if not one.is_parameter and one.name in reference and one.name in window]
    told = [one for one in inputs if reference[one.name].notna().any()]
    untold = tuple(one.name for one in fields if not one.is_parameter and one not in told)
    empty = Drift(len(window), len(reference), untold=untold)
    if min(len(window), len(reference)) < FEWEST_ROWS or not told:
        return empty
    found = [_change(one, reference[one.name], window[one.name]) for one in told]
    heard = _heard([one.name for one in found], weights)
    needs = np.ones(len(found)) if heard is None else (1 - BY_WEIGHT) + BY_WEIGHT * len(found) * heard
    p_values = np.minimum([one.p_value for one in found] / needs, 1.0)
    adjusted = scipy.stats.false_discovery_control(p_values, method="bh")
    columns = [
        replace(one, adjusted=float(adjusted[place]), weight=None if heard is None else float(heard[place]))
        for place, one in enumerate(found)
    ]
    columns.sort(key=lambda one: (not one.drifted, -one.importance, -one.effect))
    names = [one.name for one in told]
    return replace(
        empty, columns=tuple(columns), repeated=_repeated(window[names]), repeated_before=_repeated(reference[names])
    )


def _heard(names: Sequence[str], weights: Mapping[str, float] | None) -> np.ndarray | None:
    """Return the share of each column in what the model listens to, None where nobody asked or it listens to none."""
    heard = np.array([(weights or {}).get(name, 0.0) for name in names])
    return heard / heard.sum() if heard.sum() > 0 else None


def _change(wanted: InputField, before: pd.Series, now: pd.Series) -> Change:
    if wanted.is_number:
        return _number(wanted.name, before.to_numpy(dtype=float), now.to_numpy(dtype=float))
    if wanted.kind == "date":
        return _number(wanted.name, _seconds(before), _seconds(now))
    return word_change(wanted.name, before, now)


def _seconds(moments: pd.Series) -> np.ndarray:
    numbers = pd.to_datetime(moments).to_numpy(dtype="datetime64[s]")
    return np.where(np.isnat(numbers), np.nan, numbers.astype(float))


def _number(name: str, before: np.ndarray, now: np.ndarray) -> Change:
    known, current = np.sort(before[~np.isnan(before)]), np.sort(now[~np.isnan(now)])
    gone = (len(before) - len(known), len(now) - len(current))
    missing = (gone[0] / len(before), gone[1] / len(now))
    apart, p_places = 0.0, 1.0
    outside = (_alone_at_the_ends(known), int(((current < known[0]) | (current > known[-1])).sum()))
    if len(current):
        places = scipy.stats.ks_2samp(known, current, method="auto" if len(known) * len(current) < 1e6 else "asymp")
        apart, p_places = float(places.statistic), float(places.pvalue)
    p_values = {
        "places": p_places,
        "outside": _more(outside[0], len(known), outside[1], len(current)),
        "missing": _more(gone[0], len(before), gone[1], len(now)),
    }
    return Change(
        name,
        "number",
        _of_column(p_values, NUMBER_SHARES),
        max(apart * (1 - missing[1]), abs(missing[1] - missing[0])),
        missing,
        (outside[0] / len(known), outside[1] / len(current) if len(current) else 0.0),
        (float(np.median(known)), float(np.median(current)) if len(current) else np.nan),
    )


def _alone_at_the_ends(ascending: np.ndarray) -> int:
    """Count the values that would be outside the range of all others."""
    if len(ascending) < 2:
        return len(ascending)
    return int(ascending[0] < ascending[1]) + int(ascending[-1] > ascending[-2])


def word_change(name: str, before: pd.Series, now: pd.Series) -> Change:
    """Return how the words of a column differ; what is missing counts as one more word."""
    words, counts = _counts(before, now)
    strange, common = counts[0] == 0, _common(counts)
    alone = int((counts[0] == 1).sum())  # a row whose word no other row has is as strange to them
    new = int(counts[1, strange].sum())
    shares = counts / counts.sum(axis=1, keepdims=True)
    p_values = {"words": _chi_square(common), "never_seen": _more(alone, len(before), new, len(now))}
    farthest = np.argsort(-np.abs(shares[1] - shares[0]), kind="stable")[:MOVED]
    together = common / common.sum(axis=1, keepdims=True)
    return Change(
        name,
        "word",
        _of_column(p_values, WORD_SHARES),
        float(np.abs(together[1] - together[0]).sum() / 2),
        (float(before.isna().mean()), float(now.isna().mean())),
        (alone / len(before), new / len(now)),
        moved=tuple(Moved(words[place], float(shares[0, place]), float(shares[1, place])) for place in farthest),
    )


def _counts(before: pd.Series, now: pd.Series) -> tuple[list[str | None], np.ndarray]:
    """Return all words, None for what is missing, and how many rows of either have each, of shape (2, words)."""
    both = np.concatenate([before.to_numpy(dtype=object), now.to_numpy(dtype=object)])
    codes, found = pd.factorize(both, use_na_sentinel=True)
    codes = np.where(codes < 0, len(found), codes)
    sides = (codes[: len(before)], codes[len(before) :])
    counts = np.array([np.bincount(side, minlength=len(found) + 1) for side in sides], dtype=float)
    there = counts.sum(axis=0) > 0
    return [word for word, is_there in zip([*map(str, found), None], there, strict=True) if is_there], counts[:, there]


def _common(counts: np.ndarray) -> np.ndarray:
    """Return counts with rare words as one: those of which either side would have fewer than the test takes."""
    totals = counts.sum(axis=1)
    rare = counts.sum(axis=0) * totals.min() / totals.sum() < EXPECTED
    return np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)]) if rare.any() else counts


def _chi_square(counts: np.ndarray) -> float:
    """Return the p-value of counts of shape (2, words)."""
    if counts.shape[1] < 2:
        return 1.0
    if counts.shape[1] == 2:
        return float(scipy.stats.fisher_exact(counts.astype(int)).pvalue)
    return float(scipy.stats.chi2_contingency(counts, correction=False).pvalue)


def _more(before: int, of_before: int, now: int, of_now: int) -> float:
    """Return how likely it is by chance that shares differ so."""
    if not (before or now) or not of_now:
        return 1.0
    return float(scipy.stats.fisher_exact([[before, of_before - before], [now, of_now - now]]).pvalue)


def _of_column(p_values: Mapping[str, float], shares: Mapping[str, float]) -> float:
    return min(1.0, *(p_values[part] / share for part, share in shares.items()))


def _repeated(rows: pd.DataFrame) -> float:
    return float(rows.duplicated(keep="first").mean())
