"""A table as it is looked at: what each column holds, in a sample for what takes long and whole for what is counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from core.training.division import BY_CHANCE, Division
from core.training.tasks import Kind

Holds = Literal["number", "word", "date"]
SAMPLE_ROWS = 20_000
MOSTLY_NUMBERS = 0.8  # of the words read as numbers: then the others are odd
LARGEST = 10**300  # whole number that is a float, too


@dataclass(frozen=True, eq=False)
class Column:
    """A column: ``sample`` has the rows of the sample and ``whole`` all of them.

    Numbers and dates are float64 (dates in days), words are ``str``; what is missing is NaN in all of them.
    """

    name: str
    holds: Holds
    raw: pd.Series
    places: np.ndarray | None

    @cached_property
    def whole(self) -> pd.Series:
        """All rows."""
        return _as_held(self.raw, self.holds)

    @cached_property
    def sample(self) -> pd.Series:
        """The rows of the sample."""
        if self.places is None:
            return self.whole
        return _as_held(self.raw.iloc[self.places], self.holds)

    @cached_property
    def coded(self) -> tuple[np.ndarray, list[str]]:
        """Which of its different words each row has (-1 is missing), and the words."""
        codes, words = pd.factorize(self.whole)
        return codes, [str(word) for word in words]

    @cached_property
    def classes(self) -> tuple[np.ndarray, list[str]]:
        """Which class each row has as an answer (-1 is missing), and the classes: words, or numbers as text."""
        if self.holds == "word":
            return self.coded
        codes, names = pd.factorize(classes_of(self))
        return codes, [str(name) for name in names]

    @cached_property
    def different(self) -> int:
        """How many different values the sample has."""
        return int(self.sample.nunique())

    @cached_property
    def missing(self) -> int:
        """How many of all rows lack it."""
        if self.raw.dtype == np.float64:  # which pandas takes twice as long for
            return int(np.count_nonzero(np.isnan(self.raw.to_numpy())))
        return int(self.raw.isna().sum())


@dataclass(frozen=True, eq=False)
class Look:
    """A table, the column whose values are asked for (none yet where ``target`` is empty), and what is known of both.

    ``places`` are the rows of the sample, None where it is the whole table; ``test_rows`` are places too.
    """

    columns: dict[str, Column]
    rows: int
    places: np.ndarray | None
    target: str
    kind: Kind
    identifiers: frozenset[str]
    test_rows: np.ndarray | None = None
    division: Division = BY_CHANCE
    left_out: set[str] = field(default_factory=set)

    @property
    def answer(self) -> Column | None:
        """The column whose values are asked for."""
        return self.columns.get(self.target) if self.target else None

    @property
    def inputs(self) -> list[Column]:
        """The columns that a model may learn from, without those that turned out to say nothing of a row."""
        not_inputs = {self.target} | self.identifiers | self.left_out
        return [column for name, column in self.columns.items() if name not in not_inputs]

    @property
    def asked(self) -> list[Column]:
        """All columns but the declared identifiers."""
        return [column for name, column in self.columns.items() if name not in self.identifiers]


def look_at(
    frame: pd.DataFrame,
    target: str,
    kind: Kind,
    identifiers: Collection[str] = (),
    test_rows: Sequence[int] | np.ndarray | None = None,
    division: Division = BY_CHANCE,
) -> Look:
    """Prepare a table, the same sample of it each time."""
    places = None
    if len(frame) > SAMPLE_ROWS:
        places = np.sort(np.random.default_rng(0).choice(len(frame), SAMPLE_ROWS, replace=False))
    columns = {}
    for place, name in enumerate(frame.columns):
        raw = frame.iloc[:, place]
        columns[str(name)] = Column(str(name), held(raw), raw, places)
    asked = target if target in columns else ""
    tested = None if test_rows is None else np.asarray(test_rows, dtype=int)
    not_inputs = frozenset({*identifiers, *filter(None, [division.column])})
    return Look(columns, len(frame), places, asked, kind, not_inputs, tested, division)


def held(values: pd.Series) -> Holds:
    """Tell what a column holds; yes and no are words, and so is what is no number throughout."""
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        return "date"
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_complex_dtype(values):
        return "word"
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    if values.dtype != object:
        return "word"
    known = values.dropna().head(SAMPLE_ROWS)
    whole = bool(len(known)) and all(
        isinstance(one, int | float | np.number)
        and not isinstance(one, bool | np.bool_)
        and not (isinstance(one, int) and abs(one) > LARGEST)
        for one in known
    )
    return "number" if whole else "word"


def _as_held(raw: pd.Series, holds: Holds) -> pd.Series:
    values = raw.reset_index(drop=True)
    if holds == "date":
        known = values.notna().to_numpy()
        if pd.api.types.is_timedelta64_dtype(values):
            return (values / pd.Timedelta(days=1)).astype(float)
        naive = values.dt.tz_convert(None) if values.dt.tz is not None else values
        days = naive.astype("datetime64[s]").astype("int64").astype(float) / 86_400
        return days.where(known)
    if holds == "number":
        if values.dtype == np.float64:
            return values
        return pd.Series(pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan))
    if isinstance(values.dtype, pd.StringDtype):
        return values
    known = values.notna().to_numpy()
    return pd.Series([text(one) if there else None for one, there in zip(values, known, strict=True)], dtype="str")


def text(value: object) -> str:
    """Return a value as text; 1 and 1.0 are the same, and halves of characters do no harm.

    >>> text(1.0), text("a"), text(True)
    ('1', 'a', 'True')
    """
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).encode("utf-8", "replace").decode()


def classes_of(column: Column) -> pd.Series:
    """Return the answers of all rows as classes: words, or numbers as text."""
    whole = column.whole
    if column.holds == "word":
        return whole
    known = whole.notna().to_numpy()
    codes, different = pd.factorize(whole)
    if column.holds == "date":
        names = np.array([text(column.raw.iloc[int(np.argmax(codes == code))]) for code in range(len(different))])
    else:
        names = np.array([text(float(one)) for one in different])
    shown = np.empty(len(whole), dtype=object)
    shown[known] = names[codes[known]] if len(names) else None
    return pd.Series(shown, dtype="str")


def are_numbers(words: pd.Series) -> pd.Series:
    """Tell of each word whether it reads as a number."""
    return words.str.fullmatch(r"\s*[-+]?\d+([.,]\d+)*([eE][-+]?\d+)?\s*").fillna(False).astype(bool)


def mostly_numbers(column: Column) -> bool:
    """Tell whether most words of a column read as numbers."""
    some = column.sample.dropna().head(1000)
    return len(some) > 0 and bool(are_numbers(some).mean() >= MOSTLY_NUMBERS)
