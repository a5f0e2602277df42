"""Cells of text that all are plainly numbers: they need not be looked at word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells import MISSING
from core.tables.signs import OTHER, TWO_WAYS

CODE = r"^[+-]?(0\d+|\d{16,})$"  # postal codes, telephones, and what has more digits than a number keeps
MOST_EXACT = 1e15
ZERO, NINE, MINUS = b"09-"
LOOKED_AT = 200  # cells that tell which sign is before decimals


@dataclass(frozen=True, eq=False)
class PlainNumbers:
    """Numbers, NaN where nothing is known.

    ``decimal`` is the sign before decimals, empty where there are none; where it is not ``sure``, none of the cells
    that were looked at shows that it is no sign between thousands.
    """

    values: np.ndarray
    decimal: str = ""
    sure: bool = True

    @property
    def missing(self) -> int:
        """How many cells hold none."""
        return int(np.count_nonzero(np.isnan(self.values)))


def plain_numbers(cells: Any) -> PlainNumbers | None:
    """Return an array of strings as numbers; None where some are none, or could mean another.

    >>> plain_numbers(pa.array(["1.5", "", "-2"])).values.tolist()
    [1.5, nan, -2.0]
    >>> plain_numbers(pa.array(["1,5"])).decimal
    ','
    >>> plain_numbers(pa.array(["08001"])), plain_numbers(pa.array(["n.d."])), plain_numbers(pa.array(["1,5", "1.5"]))
    (None, None, None)
    """
    used = [sign for sign in OTHER if _stands_in(cells, sign)]
    if len(used) > 1 or _cast(cells[:LOOKED_AT], used) is None:  # of a whole column of words Arrow would note each
        return None
    values = _cast(cells, used)
    if values is None or not _are_exact(values) or pc.any(pc.match_substring_regex(_zeros(cells), CODE)).as_py():
        return None
    sure = not used or any(
        used[0] in cell and not re.match(TWO_WAYS, cell) for cell in cells[:LOOKED_AT].to_pylist() if cell
    )
    return PlainNumbers(values.to_numpy(zero_copy_only=False), "".join(used), sure)


def joined(pieces: Sequence[PlainNumbers]) -> PlainNumbers | None:
    """Return the pieces of a column as one; None where they are written in several ways, or it holds nothing."""
    decimals = {one.decimal for one in pieces} - {""}
    if len(decimals) > 1 or (decimals and not any(one.decimal and one.sure for one in pieces)):
        return None
    if all(np.isnan(one.values).all() for one in pieces):
        return None
    return PlainNumbers(np.concatenate([one.values for one in pieces]), "".join(decimals))


def _cast(cells: Any, used: Sequence[str]) -> Any:
    """Return cells as numbers, null where nothing is known; None where some are none."""
    if used == [","]:
        cells = pc.replace_substring(cells, ",", ".", max_replacements=1)
    try:
        return cells.cast(pa.float64())
    except pa.ArrowInvalid:
        cells = pc.if_else(pc.is_in(cells, value_set=pa.array(sorted(MISSING))), None, cells)
    try:
        return cells.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def _are_exact(values: Any) -> bool:
    """Tell whether all are numbers that a float keeps to the unit; NaN that is written is none."""
    if values.null_count:
        return bool(pc.all(pc.less(pc.abs(values), MOST_EXACT), min_count=0).as_py())
    there = values.to_numpy()
    return not len(there) or bool(there.min() > -MOST_EXACT and there.max() < MOST_EXACT)  # of NaN nothing is more


def _zeros(cells: Any) -> Any:
    """Return the cells that begin with 0 and a digit, maybe below 0, and some that only seem to."""
    _valid, ends, letters = cells.buffers()
    if letters is None or not len(cells) or not letters.size:
        return cells[:0]
    text, first = np.frombuffer(letters, np.uint8), np.frombuffer(ends, np.int32)[cells.offset :][: len(cells)]

    begin = text.take(first, mode="clip")  # an empty one is taken for the next
    places = np.flatnonzero(begin == ZERO)
    after = text.take(first[places] + 1, mode="clip")
    places = places[(after >= ZERO) & (after <= NINE)]
    if _stands_in(cells, "-0"):
        below = np.flatnonzero(begin == MINUS)
        places = np.concatenate([places, below[text.take(first[below] + 1, mode="clip") == ZERO]])
    return cells.take(pa.array(places))


def _stands_in(cells: Any, signs: str) -> bool:
    """Tell whether some signs stand anywhere in the cells, which lie one after the other in memory."""
    _valid, ends, letters = cells.buffers()
    if letters is None or not len(cells):
        return False
    first, last = np.frombuffer(ends, np.int32)[[cells.offset, cells.offset + len(cells)]].tolist()
    return signs.encode() in letters.slice(first, last - first).to_pybytes()
