"""The cells of a column of text become numbers or words, as the whole column says how it is written."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.signs import TWO_WAYS, Signs

# What pandas takes for a missing value, and so did whoever trained with it
MISSING = frozenset({
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
})  # fmt: skip
GROUPS = {".": r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$", ",": r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"}


def numbers(cells: Any, signs: Signs) -> tuple[pd.Series, np.ndarray]:
    """Return the numbers in cells of text, int64 where all are whole and float64 else, and which cells hold none.

    Missing values are NaN, and no cell that holds none.
    """
    text = pc.utf8_trim_whitespace(_one_array(cells).cast(pa.string()))
    text = pc.if_else(pc.is_in(text, value_set=pa.array(sorted(MISSING))), None, text)
    bad = np.zeros(len(text), dtype=bool)
    if not signs.sure:
        unclear = pc.fill_null(pc.match_substring_regex(text, TWO_WAYS), False)
        text, bad = pc.if_else(unclear, None, text), unclear.to_numpy(zero_copy_only=False)
    if signs.decimal != "." or signs.thousands:
        text, bad = _with_points(text, signs)
    try:
        values = text.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        clean = pc.fill_null(pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"), False)
        bad = bad | (pc.is_valid(text).to_numpy(zero_copy_only=False) & ~clean.to_numpy(zero_copy_only=False))
        text = pc.if_else(clean, text, None)
        values = text.cast(pa.float64()).to_numpy(zero_copy_only=False)
    endless = np.isinf(values)
    if endless.any():
        return pd.Series(np.where(endless, np.nan, values)), bad | endless
    if (values % 1 == 0).all():
        with suppress(pa.ArrowInvalid):  # 3.0, or more than 64 bits
            # Beyond 2**53 a float is another number
            values = text.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return pd.Series(values), bad


def words(cells: Any, known: Iterable[str] = ()) -> pd.Series:
    """Return cells of text as words; what says that a value is missing is missing, unless it is a ``known`` word.

    Spaces around it do not count, nor are they a word by themselves.
    """
    text, own = _one_array(cells).cast(pa.string()), pa.array(sorted(known), pa.string())
    nothing = pc.is_in(pc.utf8_trim_whitespace(text), value_set=pa.array(sorted(MISSING - set(known))))
    return pc.if_else(pc.and_not(nothing, pc.is_in(text, value_set=own)), None, text).to_pandas()


def _one_array(cells: Any) -> Any:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _with_points(text: Any, signs: Signs) -> tuple[Any, np.ndarray]:
    """Return numbers as programs write them, and which cells use the signs in a way that this file does not."""
    other = "." if signs.decimal == "," else ","
    wrong = pc.match_substring(text, other)
    if signs.thousands:
        grouped = pc.match_substring_regex(text, GROUPS[other])
        text = pc.if_else(grouped, pc.replace_substring(text, other, ""), text)
        wrong = pc.and_not(wrong, grouped)
    text = pc.if_else(wrong, None, text)
    if signs.decimal == ",":
        text = pc.replace_substring(text, ",", ".", max_replacements=1)
    return text, pc.fill_null(wrong, False).to_numpy(zero_copy_only=False)
