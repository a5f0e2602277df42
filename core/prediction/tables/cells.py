"""A cell of a table becomes a value of the type that a model wants, or it is said why it cannot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.i18n import N_
from core.prediction.names import words_among
from core.prediction.schema import NUMBER_TYPES, WHOLE_TYPES, InputField, fit_values
from core.tables.cells import MISSING, numbers, words
from core.tables.signs import NUMBER, TWO_WAYS, Signs, is_text

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
