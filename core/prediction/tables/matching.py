"""How the columns of a table fit what a model wants to know, and its cells as the model takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import NUMBER_TYPES, WHOLE_TYPES, InputField, by_name, fit_values, normal
from core.prediction.tables.dialects import Dialect
from core.prediction.tables.tabular import numbers, read_chunks, words

SAMPLE_ROWS, FIRST_ROWS, MOST_EXAMPLES = 10_000, 20, 5
PARQUET_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ].*)?"  # 3/4/2026 is two days, and nobody says which

IS_MISSING = N_("is missing")
NO_NUMBER, NO_POINT, NO_COMMA = (
    N_("is not a number"), N_("is not a number with a decimal point"), N_("is not a number with a decimal comma"),
)  # fmt: skip
NOT_WHOLE, NO_BOOLEAN = N_("is not a whole number"), N_("is neither yes nor no")
NO_DATE = N_("is not a date such as 2026-03-25")


@dataclass(frozen=True)
class WrongColumn:
    """A column none of whose values fits the input ``name``; ``value`` is one of them and ``reason`` a msgid."""

    name: str
    type: str
    value: str
    reason: str


@dataclass(frozen=True)
class Unknown:
    """Categories of a column that training never saw: how many rows have one, and some of them."""

    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Matching:
    """How a file's columns fit what a model wants to know.

    ``columns`` has the file's name of each input that is there. ``missing`` are inputs that must be there and are not,
    ``empty`` those that may be left out and are; ``extra`` are columns that the model does not ask for, and ``answers``
    the one that has the right answers, if any. ``wrong`` and ``unknown`` are of the first ``rows`` rows.
    """

    columns: Mapping[str, str]
    missing: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    answers: str = ""
    wrong: tuple[WrongColumn, ...] = ()
    unknown: Mapping[str, Unknown] = field(default_factory=dict)
    rows: int = 0

    @property
    def is_complete(self) -> bool:
        """Tell whether the model can be asked."""
        return not self.missing and not self.wrong


def match_columns(
    source: Path | bytes, dialect: Dialect, fields: Sequence[InputField], target: str = ""
) -> tuple[Matching, pd.DataFrame]:
    """Return how a file's columns fit, and its first rows as they are there.

    Raises:
        ModelError: none of its columns is one that the model wants, or it cannot be read.
    """
    there = by_name((name, name) for name in dialect.columns)
    columns = {one.name: there[normal(one.name)] for one in fields if normal(one.name) in there}
    if not columns:
        raise ModelError(
            N_("The columns must be called like the model's inputs, {wanted}, but they are called {found}."),
            N_("Rename them, or choose the model that belongs to this file."),
            wanted=listed([one.name for one in fields]),
            found=listed(dialect.columns),
        )
    answers = there.get(normal(target), "") if target and normal(target) not in {normal(n) for n in columns} else ""
    absent = [one for one in fields if one.name not in columns]
    first = next(read_chunks(source, dialect, SAMPLE_ROWS), None)
    table = pa.table({}) if first is None else first.table.slice(0, SAMPLE_ROWS)
    wrong, unknown = [], {}
    for one in fields:
        if one.name in columns and len(table):
            found = typed_cells(table[columns[one.name]], one, dialect)
            if found.bad.any() and not (~found.bad & ~found.missing).any() and not found.missing[found.bad].all():
                place = int((found.bad & ~found.missing).argmax())
                value = str(table[columns[one.name]][place].as_py())[:60]
                wrong.append(WrongColumn(one.name, one.dtype, value, reason_of(one, dialect)))
            if found.unknown:
                unknown[one.name] = some_of(found.unknown)
    matching = Matching(
        columns,
        tuple(one.name for one in absent if not one.optional),
        tuple(one.name for one in absent if one.optional),
        tuple(name for name in dialect.columns if name not in columns.values() and name != answers),
        answers,
        tuple(wrong),
        unknown,
        len(table),
    )
    return matching, table.slice(0, FIRST_ROWS).to_pandas()


def is_text(cells: Any) -> bool:
    """Tell whether cells hold text."""
    return any(test(cells.type) for test in TEXTS)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them, not too many."""
    return ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")


def some_of(found: Counter[str]) -> Unknown:
    """Return how many rows have an unknown category, and the most frequent of those."""
    return Unknown(found.total(), tuple(word for word, _count in found.most_common(MOST_EXAMPLES)))


@dataclass(frozen=True)
class TypedCells:
    """A column as the model takes it; which cells do not fit and which are missing, and categories nobody knows."""

    values: pd.Series
    bad: np.ndarray
    missing: np.ndarray
    unknown: Counter[str] = field(default_factory=Counter)


def typed_cells(cells: Any, wanted: InputField, dialect: Dialect) -> TypedCells:
    """Return cells as the model takes them; what has another type altogether does not fit at all."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if wanted.dtype in NUMBER_TYPES:
        if is_text(cells):
            values, bad = numbers(cells, dialect)
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
        bad = ~texts.str.fullmatch(ISO_DATE).fillna(True).to_numpy(dtype=bool)
        texts = texts.mask(bad)
    elif wanted.choices:
        texts = texts.map(_known_words([text for text in texts if isinstance(text, str)], wanted.choices))
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


def _known_words(texts: Sequence[str], choices: Sequence[str]) -> dict[str, str]:
    """Return each word as the model knows it: spaces around it and the form of its accents do not count."""
    known = by_name((choice, choice) for choice in choices)
    return {text: text if text in choices else known.get(normal(text), text) for text in texts}


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


def reason_of(wanted: InputField, dialect: Dialect) -> str:
    """Return why a value that is there does not fit, as a msgid."""
    if wanted.dtype in WHOLE_TYPES:
        return NOT_WHOLE
    if wanted.dtype in NUMBER_TYPES:
        return NO_NUMBER if dialect.kind == "parquet" else NO_COMMA if dialect.decimal == "," else NO_POINT
    return {"boolean": NO_BOOLEAN, "datetime": NO_DATE}.get(wanted.dtype, IS_MISSING)
