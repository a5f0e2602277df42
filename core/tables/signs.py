"""How the numbers of a column are written: which sign is before decimals there, and which between thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import ModelError
from core.i18n import N_

NUMBER = re.compile(
    r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?\d{1,3}(\.\d{3})+(,\d*)?|[+-]?\d{1,3}(,\d{3})+(\.\d*)?"
)
TWO_WAYS = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"  # 1.234 may be a little more than one, or more than a thousand
OTHER = {".": ",", ",": "."}
MOST_INSIDE = 0.5  # of a column's numbers: a reading that fits the training range puts so many of them in it
FAR = 10  # times beyond the range: new values are hardly ever
TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


class Wanted(Protocol):
    """What a column is for: the least and the largest value that is known of it, and whether all are whole."""

    @property
    def low(self) -> float | None:
        """The least known value."""

    @property
    def high(self) -> float | None:
        """The largest known value."""

    @property
    def only_whole(self) -> bool:
        """Tell whether its values are whole numbers."""


@dataclass(frozen=True)
class Signs:
    """How a column's numbers are written: the decimal sign, and the one between groups of three digits, if any.

    ``in_text`` says that the cells are text, so that a sign may be why one is no number. Where no cell shows a sign it
    is not ``sure``, and a number that can be read in two ways is none.
    """

    decimal: str = "."
    thousands: str = ""
    in_text: bool = True
    sure: bool = True


@dataclass(frozen=True)
class TwoWays:
    """A column whose numbers read in two ways, by a cell of it: with decimals after ``sign``, or with thousands."""

    column: str
    row: int
    cell: str

    @property
    def sign(self) -> str:
        """The sign that may be either."""
        return next(sign for sign in self.cell if sign in OTHER)

    @property
    def readings(self) -> dict[str, float]:
        """What the cell is, by what is then the decimal sign."""
        return {
            self.sign: float(self.cell.replace(self.sign, ".")),
            OTHER[self.sign]: float(self.cell.replace(self.sign, "")),
        }

    def refused(self) -> ModelError:
        """Return what to say where nobody can be asked which of the two it is."""
        return ModelError(
            N_("A number must be readable in one way only, but {value} in row {row} of {column} may have decimals or "
               "thousands."),
            N_("Write it without a sign between thousands, or with another number of decimals, and try again."),
            value=repr(self.cell),
            row=self.row,
            column=repr(self.column),
        )  # fmt: skip


def is_text(cells: Any) -> bool:
    """Tell whether cells hold text."""
    kind = cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type
    return any(test(kind) for test in TEXTS)


def signs_of(
    cells: Any, column: str, rows: np.ndarray, wanted: Wanted | None = None, decimal: str = ""
) -> Signs | TwoWays:
    """Find out how a column's numbers are written, from its own cells: another column may be written otherwise.

    Where each can be read in two ways, the kind and the training range of the input that they are for decide, if one
    reading fits and the other is far off; else ``decimal``, which a person has chosen. ``rows`` are the cells'
    numbers.

    Raises:
        ModelError: some are written in one way and some in another.
    """
    if not is_text(cells):
        return Signs(in_text=False)
    text, places = _signed(cells)
    if sign := _only_sign(text):
        return Signs(sign)
    sure: dict[str, tuple[int, str]] = {}  # the first cell that shows each decimal sign
    unsure: dict[str, list[tuple[int, str]]] = {}  # by the sign in them
    grouped: set[str] = set()
    first: dict[str, int] = {}
    for cell, place in zip(text.to_pylist(), places.tolist(), strict=True):
        first.setdefault(cell, place)
    for cell, place in first.items():
        signs = [sign for sign in cell if sign in OTHER]
        if len(signs) == 1 and re.match(TWO_WAYS, cell):
            unsure.setdefault(signs[0], []).append((place, cell))
            continue
        shown = signs[0] if len(signs) == 1 else OTHER[signs[0]]  # 1.234,5 or 1.234.567
        if len(signs) > 1:
            grouped.add(signs[0])
        sure.setdefault(shown, (place, cell))
    if len(sure) > 1 or (not sure and len(unsure) > 1):
        (_place, one), (place, other) = sorted(sure.values() if sure else (some[0] for some in unsure.values()))[:2]
        raise _mixed(column, int(rows[place]), one, other)
    if sure:
        (shown,) = sure
        return Signs(shown, OTHER[shown] if OTHER[shown] in grouped or OTHER[shown] in unsure else "")
    if not unsure:
        return Signs(sure=False)
    ((sign, some),) = unsure.items()
    chosen = decimal or _fitting([cell for _place, cell in some], sign, wanted)
    if not chosen:
        return TwoWays(column, int(rows[some[0][0]]), some[0][1])
    return Signs(chosen, "" if chosen == sign else sign)


def _signed(cells: Any) -> tuple[Any, np.ndarray]:
    """Return the numbers with a sign in them, and their places."""
    text = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    text = pc.utf8_trim_whitespace(text.cast(pa.string()))
    has_sign = pc.or_(pc.match_substring(text, "."), pc.match_substring(text, ","))
    places = np.flatnonzero(pc.fill_null(has_sign, False).to_numpy(zero_copy_only=False))
    signed = text.take(pa.array(places))
    is_number = pc.match_substring_regex(signed, f"^({NUMBER.pattern})$")
    return signed.filter(is_number), places[is_number.to_numpy(zero_copy_only=False)]


def _only_sign(text: Any) -> str:
    """Return the only sign that numbers have, once each, where it is sure that decimals come after it; else nothing."""
    counts = {sign: pc.sum(pc.count_substring(text, sign)).as_py() or 0 for sign in OTHER}
    used = [sign for sign, count in counts.items() if count]
    if len(used) != 1 or counts[used[0]] != len(text):
        return ""
    return used[0] if not pc.all(pc.match_substring_regex(text, TWO_WAYS)).as_py() else ""


def _fitting(cells: list[str], sign: str, wanted: Wanted | None) -> str:
    """Return the decimal sign with which the input's kind and range fit, empty where that is not sure."""
    if wanted is None:
        return ""
    decimals = np.array([float(cell.replace(sign, ".")) for cell in cells])
    thousands = np.array([float(cell.replace(sign, "")) for cell in cells])
    broken = wanted.only_whole and bool((decimals % 1 != 0).any())
    if wanted.low is None or wanted.high is None:
        return OTHER[sign] if broken else ""
    low, high = wanted.low, wanted.high
    # New rows are often somewhat outside, but hardly ever of another order
    lowest, highest = low / FAR if low > 0 else low - (high - low), max(high * FAR, high + (high - low))

    def is_near(read: np.ndarray) -> np.ndarray:
        return np.asarray((lowest <= read) & (read <= highest))

    def fits(read: np.ndarray, other: np.ndarray) -> bool:
        return bool(((low <= read) & (read <= high)).mean() >= MOST_INSIDE) and not is_near(other).any()

    if broken:
        return OTHER[sign] if is_near(thousands).any() else ""
    return sign if fits(decimals, thousands) else OTHER[sign] if fits(thousands, decimals) else ""


def _mixed(column: str, row: int, one: str, other: str) -> ModelError:
    return ModelError(
        N_("All numbers of a column must be written in one way, but {column} has {value} in row {row}, and before it "
           "{other}."),
        N_("Write all of them with the same decimal sign and try again."),
        column=repr(column),
        value=repr(other),
        row=row,
        other=repr(one),
    )  # fmt: skip
