"""A cell of a table becomes a value of the type that a model wants, or it is said why it cannot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.i18n import N_
from core.prediction.names import words_among
from core.prediction.schema import NUMBER_TYPES, WHOLE_TYPES, InputField, fit_values
from core.prediction.tables.signs import NUMBER, TWO_WAYS, Signs, is_text

# What pandas takes for a missing value, and so did whoever trained with it
MISSING = frozenset({
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
})  # fmt: skip
GROUPS = {".": r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$", ",": r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"}
PARQUET_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ].*)?"  # 3/4/2026 is two days, and nobody says which

IS_MISSING = N_("is missing")
NO_NUMBER, NO_POINT, NO_COMMA = (
    N_("is not a number"), N_("is not a number with a decimal point"), N_("is not a number with a decimal comma"),
)  # fmt: skip
IN_TWO_WAYS = N_("may have decimals or thousands")
NOT_WHOLE, NO_BOOLEAN = N_("is not a whole number"), N_("is neither yes nor no")
NO_DATE = N_("is not a date such as 2026-03-25")


# One cell


def is_value(cell: str, wanted: InputField) -> bool | None:
    """Tell whether a cell may be a value of a field rather than a name; None where it says neither."""
    if cell in MISSING:
        return None
    if wanted.is_number:
        return bool(NUMBER.fullmatch(cell))
    if wanted.choices:
        return True if cell in wanted.choices else None
    return None


# A column of text


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


# A column as a model takes it


@dataclass(frozen=True)
class TypedCells:
    """A column as the model takes it; which cells do not fit and which are missing, and categories nobody knows."""

    values: pd.Series
    bad: np.ndarray
    missing: np.ndarray
    unknown: Counter[str] = field(default_factory=Counter)


def typed_cells(cells: Any, wanted: InputField, signs: Signs) -> TypedCells:
    """Return cells as the model takes them; what has another type altogether does not fit at all."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if wanted.dtype in NUMBER_TYPES:
        if is_text(cells):
            values, bad = numbers(cells, signs)
            return _fitted(values, wanted, bad)
        if any(test(cells.type) for test in PARQUET_NUMBERS):
            return _fitted((cells.cast(pa.float64()) if pa.types.is_decimal(cells.type) else cells).to_pandas(), wanted)
        return _unfit(cells)
    if wanted.dtype == "datetime" and not is_text(cells):
        if not (pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type)):
            return _unfit(cells)
        return _fitted(pd.Series(pd.to_datetime(cells.to_pandas(), utc=True)).dt.tz_localize(None), wanted)
    if pa.types.is_nested(cells.type) or pa.types.is_binary(cells.type):
        return _unfit(cells)
    return _coded(cells, wanted)


def _coded(cells: Any, wanted: InputField) -> TypedCells:
    """Look at each different word once: a column of a million has few."""
    coded = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    coded = coded.dictionary_encode()
    codes = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy(zero_copy_only=False)
    found = [*map(_as_text, coded.dictionary.to_pylist()), None]
    texts = words(pa.array(found, pa.string()), wanted.choices)
    missing, bad = texts.isna().to_numpy(), np.zeros(len(texts), dtype=bool)
    unknown: Counter[str] = Counter()
    if wanted.dtype == "datetime":
        is_date = texts.str.fullmatch(ISO_DATE).fillna(False).to_numpy(dtype=bool)
        bad = ~is_date & ~(missing & wanted.optional)
        texts = texts.mask(bad)
    elif wanted.choices:
        texts = texts.map(words_among([text for text in texts if isinstance(text, str)], wanted.choices))
        counts = np.bincount(codes, minlength=len(texts))
        for text, count in zip(texts, counts, strict=True):
            if isinstance(text, str) and text not in wanted.choices and count:
                unknown[text] += int(count)
    fitted, refused = fit_values(texts, wanted)
    bad = bad | refused.to_numpy(dtype=bool)
    return TypedCells(fitted.take(codes).reset_index(drop=True), bad[codes], missing[codes], unknown)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _fitted(values: pd.Series, wanted: InputField, unread: np.ndarray | None = None) -> TypedCells:
    """Return values that were read; ``unread`` are those that could not be, which are missing among them."""
    missing = values.isna().to_numpy()
    fitted, bad = fit_values(values, wanted)
    refused = bad.to_numpy(dtype=bool)
    return (
        TypedCells(fitted, refused, missing)
        if unread is None
        else TypedCells(fitted, refused | unread, missing & ~unread)
    )


def _unfit(cells: Any) -> TypedCells:
    missing = pc.is_null(cells).to_numpy(zero_copy_only=False) if not isinstance(cells, pa.ChunkedArray) else (
        pc.is_null(cells).combine_chunks().to_numpy(zero_copy_only=False)
    )  # fmt: skip
    return TypedCells(pd.Series([None] * len(cells), dtype=object), np.ones(len(cells), dtype=bool), missing)


def reason_of(wanted: InputField, signs: Signs, cell: str = "") -> str:
    """Return why a value that is there does not fit, as a msgid."""
    if wanted.dtype in NUMBER_TYPES and signs.in_text and not signs.sure and re.match(TWO_WAYS, cell.strip()):
        return IN_TWO_WAYS
    if wanted.dtype in WHOLE_TYPES:
        return NOT_WHOLE
    if wanted.dtype in NUMBER_TYPES:
        return NO_NUMBER if not signs.in_text else NO_COMMA if signs.decimal == "," else NO_POINT
    return {"boolean": NO_BOOLEAN, "datetime": NO_DATE}.get(wanted.dtype, IS_MISSING)


# Right answers


def known_cells(cells: Any, signs: Signs, classes: Sequence[str]) -> pd.Series:
    """Return right answers as they are written: numbers where all of a column of text are, by its signs.

    What says that a value is missing is so, unless it is one of ``classes``.
    """
    if not is_text(cells):
        return pd.Series(cells.to_pandas())
    texts = words(cells, classes)
    if set(texts.dropna()) <= set(classes):
        return texts
    values, unread = numbers(cells, signs)
    return texts if unread.any() or values.isna().sum() > texts.isna().sum() else values
