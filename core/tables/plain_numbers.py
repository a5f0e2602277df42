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
        return int(np.isnan(self.values).sum())


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
    if values is None or not pc.all(pc.less(pc.abs(values), MOST_EXACT), min_count=0).as_py():  # of NaN nothing is less
        return None
    zeros = cells.filter(pc.or_(pc.starts_with(cells, "0"), pc.starts_with(cells, "-0")))
    if pc.any(pc.match_substring_regex(zeros, CODE)).as_py():
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
    values = np.concatenate([one.values for one in pieces]) if pieces else np.array([])
    return None if np.isnan(values).all() else PlainNumbers(values, "".join(decimals))


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


def _stands_in(cells: Any, sign: str) -> bool:
    """Tell whether a sign stands anywhere in the cells, which lie one after the other in memory."""
    _valid, ends, letters = cells.buffers()
    if letters is None or not len(cells):
        return False
    first, last = np.frombuffer(ends, np.int32)[[cells.offset, cells.offset + len(cells)]].tolist()
    return sign.encode() in letters.slice(first, last - first).to_pybytes()
