"""What stands in a column of one's own table: numbers, dates, yes or no, or words, told by its cells or by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import ModelError
from core.i18n import N_
from core.tables.cells import MISSING, numbers
from core.tables.dates import DateWriting, Order, date_writing, read_dates, without_zone
from core.tables.notes import Note
from core.tables.plain_numbers import CODE, PlainNumbers, joined, plain_numbers
from core.tables.quantities import without_unit
from core.tables.sheets import ERRORS, cell_text
from core.tables.signs import NUMBER, Signs, TwoWays, signs_of

Kind = Literal["number", "date", "yes_no", "words"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_ODD_WORDS, MOST_ODD_SHARE = 3, 0.05  # words among numbers that may mean that nothing is known
MOST_SPELLINGS = 20
MOST_SAID = 5
LOOKED_AT = 200  # words that tell whether numbers have units beside them
YES = frozenset({"sí", "si", "s", "yes", "y", "true", "verdadero"})
NO = frozenset({"no", "n", "false", "falso"})


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
    asks: Literal["", "decimal", "order"] = ""
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
    words = _Words(_known(cells.dictionary), cells.indices.to_numpy(zero_copy_only=False), rows)
    reading = ColumnReading(name, choice.kind or _kind_of(words), missing=words.missing)
    if reading.kind == "number":
        return _numbers(words, choice, reading)
    if reading.kind == "date":
        return _dates(words, choice, reading)
    if reading.kind == "yes_no":
        return _yes_no(words, reading)
    return words.texts(), reading


@dataclass(frozen=True)
class _Words:
    """The different words of a column, null where one says that nothing is known, and which of them each cell has."""

    words: Any
    codes: np.ndarray
    rows: np.ndarray

    @property
    def known(self) -> list[str]:
        """The words that say something."""
        return list(dict.fromkeys(self.words.drop_null().to_pylist()))

    @property
    def missing(self) -> int:
        """How many cells say nothing."""
        return int(self.counts[pc.is_null(self.words).to_numpy(zero_copy_only=False)].sum())

    @property
    def counts(self) -> np.ndarray:
        """How many cells have each of the words."""
        return np.bincount(self.codes, minlength=len(self.words))

    @property
    def first_rows(self) -> np.ndarray:
        """The row in which each of the words comes first."""
        places = np.zeros(len(self.words), dtype=np.int64)
        places[self.codes[::-1]] = np.arange(len(self.codes) - 1, -1, -1)  # what is written last stays
        return np.asarray(self.rows)[places]

    def cells(self, values: pd.Series) -> pd.Series:
        """Return a value of each word as those of all cells."""
        return values.take(self.codes).reset_index(drop=True)

    def texts(self) -> pd.Series:
        """Return the cells as words."""
        return self.cells(pd.Series(self.words.to_pandas(), dtype="str"))


def _known(distinct: Any) -> Any:
    trimmed = pc.utf8_trim_whitespace(distinct)
    return pc.if_else(pc.is_in(trimmed, value_set=pa.array(sorted({*MISSING, *ERRORS}))), None, trimmed)


def _kind_of(words: _Words) -> Kind:
    """Return what the cells tell."""
    distinct = words.words.drop_null()
    if not len(distinct):
        return "words"
    if len(distinct) <= MOST_SPELLINGS:
        lowered = {word.casefold() for word in distinct.to_pylist()}
        if lowered <= YES | NO and lowered & YES and lowered & NO:
            return "yes_no"
    if _holds_numbers(words) and not pc.any(pc.match_substring_regex(distinct, CODE)).as_py():
        return "number"
    return "date" if date_writing(distinct.to_pylist()) else "words"


def _holds_numbers(words: _Words) -> bool:
    """Tell whether all cells hold numbers, but for few ones with few words that may mean that nothing is known."""
    odd = _not_numbers(words.words)
    some = odd[:LOOKED_AT].to_pylist()
    if sum(_is_number(word) for word in some) < len(some) - MOST_ODD_WORDS:
        return False
    strange = {word for word in odd.to_pylist() if not _is_number(word)}
    if len(strange) > MOST_ODD_WORDS or len(strange) == len(words.known):
        return False
    is_strange = np.array([word in strange for word in words.words.to_pylist()]) if strange else np.zeros(1, dtype=bool)
    share = words.counts[is_strange].sum() if strange else 0
    return bool(share <= MOST_ODD_SHARE * (len(words.codes) - words.missing))


def _is_number(word: str) -> bool:
    return bool(NUMBER.fullmatch(without_unit(word)[0]))


def _not_numbers(distinct: Any) -> Any:
    """Return those of different words that are no numbers as they stand."""
    known = distinct.drop_null()
    return known.filter(pc.invert(pc.match_substring_regex(known, f"^({NUMBER.pattern})$")))


def _numbers(words: _Words, choice: ColumnChoice, reading: ColumnReading) -> tuple[pd.Series, ColumnReading]:
    bare, units = _without_units(words.words)
    if len(units) > 1:
        asked = Note(
            N_("Its numbers have different units: {units}. It is read as words."), {"units": ", ".join(sorted(units))}
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
        notes=(_read_as_missing(odd),) if odd else (),
        missing=int(values.isna().sum()),
    )


def _without_units(words: Any) -> tuple[Any, set[str]]:
    """Return words without the units beside their numbers, and the different units."""
    read = {word: without_unit(word) for word in _not_numbers(words).to_pylist()}
    bare = {word: number for word, (number, _unit) in read.items() if number != word}
    if not bare:
        return words, set()
    changed = pa.array([bare.get(word, word) for word in words.to_pylist()], pa.string())
    return changed, {unit for _number, unit in read.values() if unit}


def _read_as_missing(odd: Mapping[str, int]) -> Note:
    return Note(
        N_("Read as missing, for they are no numbers: {words}."),
        {"words": ", ".join(f"«{word}» × {count}" for word, count in odd.items())},
    )


def _dates(words: _Words, choice: ColumnChoice, reading: ColumnReading) -> tuple[pd.Series, ColumnReading]:
    known = words.known
    writing = date_writing(known)
    if choice.order and (writing is None or not writing.sure):
        writing = DateWriting(choice.order, sure=True)
    if writing is None:  # somebody says that they are dates
        writing = DateWriting("ymd", sure=True)
    if not writing.sure:
        asked = Note(
            N_("{value} may be a day and a month or a month and a day. Say which comes first."), {"value": known[0]}
        )
        return words.texts(), replace(reading, kind="words", question=asked, asks="order")
    texts = pd.Series(words.words.to_pandas(), dtype="str")
    found = read_dates(texts, writing.order)
    bad = (found.isna() & texts.notna()).to_numpy()
    odd = {texts[place]: int(words.counts[place]) for place in np.flatnonzero(bad)[:MOST_SAID]}
    values = words.cells(found)
    notes = (
        Note(
            N_("Read as missing, for they are no dates: {words}."),
            {"words": ", ".join(f"«{word}» × {count}" for word, count in odd.items())},
        ),
    )
    return values, replace(reading, order=writing.order, notes=notes if odd else (), missing=int(values.isna().sum()))


def _yes_no(words: _Words, reading: ColumnReading) -> tuple[pd.Series, ColumnReading]:
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
    values = cells.to_pandas() if isinstance(cells, (pa.Array, pa.ChunkedArray)) else pd.Series(cells, dtype=object)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    known = values[values.notna()]
    if values.dtype == object:
        known = known[known.map(lambda cell: not (isinstance(cell, str) and cell.strip() in {*MISSING, *ERRORS}))]
    types = {_type_of(cell) for cell in known} if values.dtype == object else {_type_of_dtype(values.dtype)}
    if types <= {"number"} and choice.kind in {"", "number"}:
        read = pd.to_numeric(known, errors="coerce").reindex(values.index).astype(float)
        read = read.replace([np.inf, -np.inf], np.nan)
        return read, ColumnReading(name, "number" if len(known) else "words", missing=int(read.isna().sum()))
    if types == {"date"} and choice.kind in {"", "date"}:
        read = without_zone(known).reindex(values.index)
        return read, ColumnReading(name, "date", missing=int(read.isna().sum()), order="ymd")
    if types == {"boolean"} and choice.kind in {"", "yes_no"}:
        read = known.map({True: "True", False: "False"}).reindex(values.index).astype("str")
        return read, ColumnReading(name, "yes_no", missing=int(read.isna().sum()))
    texts = known.map(cell_text).reindex(values.index)
    return read_column(name, pa.array(texts.where(texts.notna(), None), pa.string()), rows, choice)


def _type_of(cell: object) -> str:
    if isinstance(cell, (bool, np.bool_)):
        return "boolean"
    if isinstance(cell, (int, float, np.number)):
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
