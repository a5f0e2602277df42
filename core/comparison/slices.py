"""Groups of rows by what they share: a category, a band of a number, or two of these together; no page, no run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import floor, inf, isfinite, log10
from typing import Literal

import numpy as np
import pandas as pd

from core.comparison.measures import aligned, same_test_set
from core.errors import ParameterError
from core.i18n import N_, _, ngettext, number
from core.store.record import own_columns, probability_columns

FEWEST_ROWS = 10  # of one value, below which it is put together with other rare ones, and of a group that is judged
MOST_VALUES = 12  # of a column that are a group each, the most frequent ones
BANDS, ROWS_A_BAND = 4, 20  # that numbers are divided into at most, and the rows of each where they are few
SLACK = 0.05  # a band may have this share of the rows more or fewer, so that its ends read well
COLUMNS_AT_MOST = 2  # together

_ROUND, _ROUND_WHOLE = (5.0, 2.5, 2.0, 1.0), (5.0, 2.0, 1.0)

Kind = Literal["value", "band", "rare", "missing"]


@dataclass(frozen=True)
class Part:
    """What the rows of a group share in one column.

    Of a "value" it is the ``value``, as text; of a "band" a number that is above ``low`` and at most ``high``, or both
    where these are equal; of "rare" any text that is none of ``others``, which stands for ``count`` different ones.
    """

    column: str
    kind: Kind
    value: str = ""
    low: float = -inf
    high: float = inf
    others: tuple[str, ...] = ()
    count: int = 0

    @property
    def text(self) -> str:
        """What is written down of it, the same in every language."""
        if self.kind == "value":
            return self.value
        if self.kind != "band":
            return self.kind
        if self.low == self.high:
            return f"= {self.low:.12g}"
        ends = (f"> {self.low:.12g}" if self.low > -inf else "", f"<= {self.high:.12g}" if self.high < inf else "")
        return " ".join(filter(None, ends))

    @property
    def words(self) -> str:
        """What it is called in the reader's language; a value as it is: escape it where it is shown."""
        match self.kind:
            case "value":
                return self.value
            case "rare":
                return ngettext("{count} rare value", "{count} rare values together", self.count)
            case "missing":
                return _("missing")
            case _band:
                return band_words(self.low, self.high)

    def holds(self, table: pd.DataFrame) -> np.ndarray:
        """Say of each row of a table whether it is one of these."""
        values = table[self.column]
        missing = np.asarray(values.isna())
        if self.kind == "missing":
            return missing
        if self.kind == "band":
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            if self.low == self.high:
                return np.asarray(numbers == self.low)
            return np.asarray(((numbers > self.low) | (self.low == -inf)) & (numbers <= self.high))
        texts = values.astype(str).to_numpy(dtype=object)
        if self.kind == "value":
            return np.asarray(~missing & (texts == self.value))
        return np.asarray(~missing & ~np.isin(texts.astype(str), self.others))


@dataclass(frozen=True)
class Slice:
    """A group of rows: those that are of all its parts, one of each column; all rows where it has none."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """What is written down of it, the same in every language."""
        return " & ".join(part.text for part in self.parts)

    @property
    def words(self) -> str:
        """What it is called in the reader's language, without its columns; escape it where it is shown."""
        return " · ".join(part.words for part in self.parts) if self.parts else _("all rows")

    @property
    def title(self) -> str:
        """What it is called in the reader's language, with its columns; escape it where it is shown."""
        return " · ".join(f"{part.column}: {part.words}" for part in self.parts) if self.parts else self.words

    def holds(self, table: pd.DataFrame) -> np.ndarray:
        """Say of each row of a table that has its columns whether it is one of these."""
        return np.asarray(
            np.logical_and.reduce([np.ones(len(table), dtype=bool), *(p.holds(table) for p in self.parts)])
        )


ALL_ROWS = Slice(())


def band_words(low: float, high: float) -> str:
    """Return what the numbers above ``low`` and at most ``high`` are called in the reader's language.

    >>> band_words(-inf, 12), band_words(12, 24), band_words(24, inf), band_words(1, 1)
    ('up to 12', 'over 12 to 24', 'over 24', '1')
    """
    if low == high:
        return number(low)
    if low == -inf:
        return _("up to {high}").format(high=number(high))
    if high == inf:
        return _("over {low}").format(low=number(low))
    return _("over {low} to {high}").format(low=number(low), high=number(high))


def feature_names(table: pd.DataFrame) -> list[str]:
    """Return the columns of a table of test answers that its rows can be divided by, in order."""
    taken = {*own_columns(table.columns), *probability_columns(table)}
    return [str(name) for name in table.columns if name not in taken and isinstance(name, str)]


def with_columns(table: pd.DataFrame, columns: Sequence[str], others: Sequence[pd.DataFrame]) -> pd.DataFrame | None:
    """Return test answers with these columns: those that a model was not given from ``others`` to the same rows.

    None where nobody knows them.
    """
    lacking = [name for name in columns if name not in feature_names(table)]
    if not lacking:
        return table
    for other in others:
        if set(lacking) <= {*feature_names(other)} and same_test_set(table, other):
            mine, theirs = aligned([table, other])
            return pd.concat([mine, theirs[lacking]], axis="columns")
    return None


def divide(table: pd.DataFrame, columns: Sequence[str]) -> list[Slice]:
    """Return the groups of a table's rows by one column, or by two together; none is empty, each row is in one.

    Categories are a group each, rare ones one together; numbers are bands of about as many rows each, or a group each
    where they are few; missing is a group of its own. What was divided holds of any other table with these columns.

    Raises:
        ParameterError: there is no such column, or not one or two of them.
    """
    chosen = list(dict.fromkeys(columns))
    if not 1 <= len(chosen) <= COLUMNS_AT_MOST:
        raise ParameterError(
            N_("Rows are divided by 1 or 2 columns, but {count} are chosen."),
            N_("Choose one column, or two."),
            count=len(chosen),
        )
    for name in chosen:
        if name not in table:
            raise ParameterError(
                N_("The rows must have the column {column}, but they do not."),
                N_("Choose one of the columns that they have."),
                column=repr(name),
            )
    found = [Slice(parts) for parts in product(*(_parts(table[name], name) for name in chosen))]
    return [one for one in found if one.holds(table).any()] if len(chosen) > 1 else found


def divide_by_each(table: pd.DataFrame) -> list[Slice]:
    """Return the groups by each feature of a table of test answers.

    A column with one group tells nothing apart; groups of the very same rows are one, called by the first column.
    """
    of_each = (divide(table, [name]) for name in feature_names(table))
    groups = [one for found in of_each if len(found) > 1 for one in found]
    return list({one.holds(table).tobytes(): one for one in reversed(groups)}.values())[::-1]


def _parts(values: pd.Series, column: str) -> list[Part]:
    missing = [Part(column, "missing")] if values.isna().any() else []
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return [*_bands(values.dropna().to_numpy(dtype=float), column), *missing]
    counts = values.dropna().astype(str).value_counts()
    counts = counts.loc[sorted(counts.index, key=lambda text: (-counts[text], text))]
    kept = [text for text in counts.index[:MOST_VALUES] if counts[text] >= FEWEST_ROWS]
    if len(counts) - len(kept) == 1:  # the only rare one has its own name
        kept = list(counts.index)
    rare = [Part(column, "rare", others=tuple(kept), count=len(counts) - len(kept))] if len(counts) > len(kept) else []
    return [*(Part(column, "value", text) for text in kept), *rare, *missing]


def _bands(numbers: np.ndarray, column: str) -> list[Part]:
    different = np.unique(numbers)
    if len(different) <= BANDS + 1:
        return [Part(column, "band", low=float(one), high=float(one)) for one in different]
    finite = numbers[np.isfinite(numbers)]
    bands = int(np.clip(len(finite) // ROWS_A_BAND, 2, BANDS))
    cuts = [_cut(finite, place / bands) for place in range(1, bands)] if len(finite) else []
    # A frequent value can be several quantiles at once: what nothing lies between is no band
    ends = [-inf, *sorted({*cuts}), inf]
    found = [(low, high) for low, high in pairwise(ends) if _within(numbers, low, high).any()]
    between = [high for _low, high in found[:-1]]
    return [Part(column, "band", low=low, high=high) for low, high in pairwise([-inf, *between, inf])]


def _within(numbers: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.asarray(((numbers > low) | (low == -inf)) & (numbers <= high))


def _cut(numbers: np.ndarray, share: float) -> float:
    """Return the roundest number that about this share of the numbers are not above."""
    low, exact, high = (float(one) for one in np.quantile(numbers, [share - SLACK, share, share + SLACK],
                                                          method="inverted_cdf"))  # fmt: skip
    if not isfinite(high - low) or high <= low:
        return exact
    whole = bool((numbers % 1 == 0).all())
    power = 10.0 ** floor(log10(high - low))
    steps = (one * scale for scale in (10 * power, power, power / 10) for one in (_ROUND_WHOLE if whole else _ROUND))
    for step in steps:
        if whole and step < 1:
            break
        near = round(exact / step) * step
        if low <= near < high:
            return float(f"{near:.12g}")
    return exact
