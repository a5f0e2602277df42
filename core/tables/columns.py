"""What stands in a column of one's own table: numbers, dates, yes or no, or words, told by its cells or by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import ModelError
from core.i18n import N_
from core.tables.cells import MISSING, numbers
from core.tables.column_words import NO, YES, Kind, Words, kind_of, not_numbers, trimmed
from core.tables.dates import DateWriting, Order, date_writing, looks_like_date, read_dates, without_zone
from core.tables.notes import Note
from core.tables.odd_words import mostly_values, written_in_two_ways
from core.tables.plain_numbers import MOST_EXACT, PlainNumbers, joined, plain_numbers
from core.tables.quantities import SHARES, is_below_zero, without_unit
from core.tables.sheets import ERRORS, cell_text
from core.tables.signs import NUMBER, Signs, TwoWays, signs_of

MOST_SAID = 5


@dataclass(frozen=True)
class ColumnChoice:
    """How somebody says that a column is read; what is empty is told by its cells.

    ``decimal`` and ``order`` (of day and month) count only where the cells do not tell.
    """

    kind: Kind | Literal[""] = ""
    decimal: Literal["", ".", ","] = ""
    order: Order | Literal[""] = ""


@dataclass(frozen=True)
class ColumnReading:
    """How a column was read.

    ``decimal``, ``order`` and ``unit`` say how its numbers or dates are written. ``question`` is asked where it reads
    in two ways, and ``asks`` what would answer it; ``notes`` say what was taken for what. ``missing`` counts gaps.
    """

    name: str
    kind: Kind
    missing: int = 0
    decimal: str = ""
    order: str = ""
    unit: str = ""
    question: Note | None = None
    asks: Literal["", "decimal", "order", "year"] = ""
    notes: tuple[Note, ...] = field(default_factory=tuple)


def may_be_numbers(choice: ColumnChoice | None) -> bool:
    """Tell whether a column may be read as numbers."""
    return choice is None or choice.kind in {"", "number"}


def read_column(
    name: str, cells: Any, rows: np.ndarray, choice: ColumnChoice | None = None
) -> tuple[pd.Series, ColumnReading]:
    """Return a column as float64, datetime64 or ``str``, missing where nothing is known, and how it was read.

    ``cells`` are texts (Arrow's; coded ones, too, and plain numbers) or what a spreadsheet or a Parquet file has;
    ``rows`` are their numbers in the file. A column that reads in two ways has a question and stays words until it is
    answered. ``order`` of dates is "ymd", "dmy" or "mdy".
    """
    choice = choice or ColumnChoice()
    if isinstance(cells, (pa.Array, pa.ChunkedArray)) and not isinstance(cells, pa.DictionaryArray):
        if not _is_text(cells.type):
            return _typed(name, cells, rows, choice)
        cells = pc.fill_null(_one_array(cells).cast(pa.string()), "")
        plain = plain_numbers(cells) if may_be_numbers(choice) else None
        cells = (joined([plain]) if plain else None) or cells.dictionary_encode()  # of a million cells few differ
    if isinstance(cells, PlainNumbers):
        return pd.Series(cells.values), ColumnReading(name, "number", cells.missing, cells.decimal)
    if not isinstance(cells, pa.DictionaryArray):
        return _typed(name, cells, rows, choice)
    words = Words(trimmed(cells.dictionary), cells.indices.to_numpy(zero_copy_only=False), rows)
    reading = ColumnReading(name, choice.kind or kind_of(words), missing=words.missing)
    if reading.kind == "number":
        return _numbers(words, choice, reading)
    if reading.kind == "date":
        return _dates(words, choice, reading)
    if reading.kind == "yes_no":
        return _yes_no(words, reading)
    return words.texts(), reading if choice.kind else _doubted(words, reading)


def _doubted(words: Words, reading: ColumnReading) -> ColumnReading:
    """Return how words were read, with what is asked or said of them where they look like something else."""
    if asked := written_in_two_ways(words.first_known, words.known):
        return replace(reading, question=asked)
    return replace(reading, notes=tuple(filter(None, [mostly_values(words.first_known)])))


def _numbers(words: Words, choice: ColumnChoice, reading: ColumnReading) -> tuple[pd.Series, ColumnReading]:
    bare, units, below = _without_units(words.words)
    if len(units) > 1:
        asked = Note(
            N_("Its numbers have different units: {units}. It is read as words."), {"units": ", ".join(sorted(units))}
        )
        return words.texts(), replace(reading, kind="words", question=asked)
    if units & {*SHARES} and (without := _without_any(words, bare)):
        asked = Note(
            N_("Some of its numbers have {unit} and others, as {value}, do not. It is read as words."),
            {"unit": next(iter(units)), "value": without},
        )
        return words.texts(), replace(reading, kind="words", question=asked)
    try:
        signs = signs_of(bare, reading.name, words.first_rows, decimal=choice.decimal)
    except ModelError as error:
        if not choice.decimal:
            asked = Note(N_("{reason} It is read as words."), {"reason": error})
            return words.texts(), replace(reading, kind="words", question=asked, asks="decimal")
        signs = Signs(choice.decimal, "," if choice.decimal == "." else ".")
    if isinstance(signs, TwoWays):
        asked = Note(
            N_("{value} in row {row} may have decimals or thousands. Say which sign is before decimals."),
            {"value": signs.cell, "row": signs.row},
        )
        return words.texts(), replace(reading, kind="words", question=asked, asks="decimal")
    found, bad = numbers(bare, signs)
    odd = {words.words[place].as_py(): int(words.counts[place]) for place in np.flatnonzero(bad)[:MOST_SAID]}
    values = words.cells(found.astype(float))
    return values, replace(
        reading,
        decimal=signs.decimal if signs.decimal != "." or signs.sure else "",
        unit=next(iter(units), ""),
        notes=(*_below_zero(below), *([_read_as_missing(odd)] if odd else [])),
        missing=int(values.isna().sum()),
    )


def _below_zero(words: Sequence[str]) -> list[Note]:
    said = {"words": ", ".join(f"«{word}»" for word in words[:MOST_SAID])}
    return (
        [Note(N_("Numbers in parentheses, or with their minus behind, count as below 0: {words}."), said)]
        if words
        else []
    )


def _without_any(words: Words, bare: Any) -> str:
    """Return a number that stands without the unit which others have; 0 is the same with any."""
    same = pc.fill_null(pc.equal(words.words, bare), False)
    plain = [word for word in words.words.filter(same).to_pylist() if NUMBER.fullmatch(word)]
    return next((word for word in plain if word.strip("0.,")), "")


def _without_units(words: Any) -> tuple[Any, set[str], list[str]]:
    """Return words without the units beside their numbers, the different units, and those of bookkeepers below 0."""
    read = {word: without_unit(word) for word in not_numbers(words).to_pylist()}
    bare = {word: number for word, (number, _unit) in read.items() if number != word}
    if not bare:
        return words, set(), []
    changed = pa.array([bare.get(word, word) for word in words.to_pylist()], pa.string())
    return changed, {unit for _number, unit in read.values() if unit}, [word for word in bare if is_below_zero(word)]


def _read_as_missing(odd: Mapping[str, int]) -> Note:
    return Note(
        N_("Read as missing, for they are no numbers: {words}."),
        {"words": ", ".join(f"«{word}» × {count}" for word, count in odd.items())},
    )


def _dates(words: Words, choice: ColumnChoice, reading: ColumnReading) -> tuple[pd.Series, ColumnReading]:
    known = [word for word in words.known if looks_like_date(word)] or words.known
    writing = date_writing(known)
    may_begin_with_year = writing is not None and writing.order == "ymd"
    if choice.order and (writing is None or not writing.sure) and (choice.order != "ymd" or may_begin_with_year):
        writing = DateWriting(choice.order, sure=True)
    if writing is None:  # somebody says that they are dates
        writing = DateWriting("ymd", sure=True)
    if not writing.sure:
        sentence = (
            N_("{value} may begin with its year or with its day. Say which comes first.")
            if may_begin_with_year
            else N_("{value} may be a day and a month or a month and a day. Say which comes first.")
        )
        asked = Note(sentence, {"value": known[0]})
        asks: Literal["order", "year"] = "year" if may_begin_with_year else "order"
        return words.texts(), replace(reading, kind="words", question=asked, asks=asks)
    texts = pd.Series(words.words.to_pandas(), dtype="str")
    found = read_dates(texts, writing.order)
    bad = (found.isna() & texts.notna()).to_numpy()
    odd = {texts[place]: int(words.counts[place]) for place in np.flatnonzero(bad)[:MOST_SAID]}
    values = words.cells(found)
    said = {"words": ", ".join(f"«{word}» × {count}" for word, count in odd.items())}
    notes = (Note(N_("Read as missing, for they are no dates: {words}."), said),) if odd else ()
    return values, replace(reading, order=writing.order, notes=notes, missing=int(values.isna().sum()))


def _yes_no(words: Words, reading: ColumnReading) -> tuple[pd.Series, ColumnReading]:
    """Return yes and no in one spelling each: the most frequent one."""
    texts = pd.Series(words.words.to_pandas(), dtype="str")
    ranked = [texts[place] for place in np.argsort(-words.counts, kind="stable") if isinstance(texts[place], str)]
    spelling = {group: next((word for word in ranked if word.casefold() in group), "") for group in (YES, NO)}
    one = {word: next((told for group, told in spelling.items() if word.casefold() in group), word) for word in ranked}
    merged = [word for word, told in one.items() if word != told]
    notes = (
        (Note(N_("Other spellings of yes and no count as the same: {words}."), {"words": ", ".join(merged[:5])}),)
        if merged
        else ()
    )
    return words.cells(texts.map(one).astype("str").where(texts.notna())), replace(reading, notes=notes)


# Cells that have types of their own


def _typed(name: str, cells: Any, rows: np.ndarray, choice: ColumnChoice) -> tuple[pd.Series, ColumnReading]:
    if isinstance(cells, (pa.Array, pa.ChunkedArray)) and _has_long_numbers(cells):
        return read_column(name, cells.cast(pa.string()), rows, choice)
    values = cells.to_pandas() if isinstance(cells, (pa.Array, pa.ChunkedArray)) else pd.Series(cells, dtype=object)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    known = values[values.notna()]
    if values.dtype == object:
        known = known[known.map(lambda cell: not (isinstance(cell, str) and cell.strip() in {*MISSING, *ERRORS}))]
    types = {_type_of(cell) for cell in known} if values.dtype == object else {_type_of_dtype(values.dtype)}
    if types <= {"number"} and choice.kind in {"", "number"}:
        read = pd.to_numeric(known.astype(float), errors="coerce").reindex(values.index).astype(float)
        endless = int(np.isinf(read).sum())
        read = read.replace([np.inf, -np.inf], np.nan)
        kind: Kind = "number" if len(known) else "words"
        notes = (Note(N_("Read as missing, for they are infinite: {count}."), {"count": endless}),) if endless else ()
        return read, ColumnReading(name, kind, missing=int(read.isna().sum()), notes=notes)
    if types == {"date"} and choice.kind in {"", "date"}:
        read = without_zone(known).reindex(values.index)
        return read, ColumnReading(name, "date", missing=int(read.isna().sum()), order="ymd")
    if types == {"boolean"} and choice.kind in {"", "yes_no"}:
        read = known.map({True: "True", False: "False"}).reindex(values.index).astype("str")
        return read, ColumnReading(name, "yes_no", missing=int(read.isna().sum()))
    texts = _texts(known, values.index)
    if types >= {"number", "words"}:
        # The numbers of a spreadsheet do not tell how those are written that it has as text
        whole = known.map(lambda cell: int(cell) if _type_of(cell) == "number" and np.isfinite(cell) else cell)
        _values, told = read_column(name, _texts(whole, values.index), rows, choice)
        if told.asks == "decimal":
            return pd.Series(texts.to_pandas(), dtype="str"), told
        if told.decimal == ",":
            texts = _texts(known, values.index, ",")
    return read_column(name, texts, rows, choice)


def _texts(known: pd.Series, index: pd.Index, decimal: str = ".") -> Any:
    """Return cells as texts, numbers with a decimal sign; null where nothing is known."""
    texts = known.map(
        lambda cell: cell_text(cell).replace(".", decimal) if _type_of(cell) == "number" else cell_text(cell)
    )
    return pa.array([text if isinstance(text, str) else None for text in texts.reindex(index)], pa.string())


def _has_long_numbers(cells: Any) -> bool:
    """Tell whether whole numbers have more digits than a float keeps: they are codes."""
    if not pa.types.is_integer(cells.type) or len(cells) == cells.null_count:
        return False
    ends = pc.min_max(cells).as_py()
    return bool(max(abs(ends["min"]), abs(ends["max"])) >= MOST_EXACT)


def _type_of(cell: object) -> str:
    if isinstance(cell, (bool, np.bool_)):
        return "boolean"
    if isinstance(cell, (int, float, Decimal, np.number)):
        return "number"
    return "date" if isinstance(cell, (datetime, date)) else "words"


def _type_of_dtype(dtype: Any) -> str:
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(dtype):
        return "number"
    return "date" if pd.api.types.is_datetime64_any_dtype(dtype) else "words"


def _is_text(kind: Any) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner) or pa.types.is_string_view(inner))


def _one_array(cells: Any) -> Any:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
