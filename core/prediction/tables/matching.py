"""How the columns of a table fit what a model wants to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from core.errors import ModelError
from core.i18n import N_
from core.prediction.names import matches
from core.prediction.schema import NUMBER_TYPES, InputField, names_of
from core.prediction.tables.cells import TypedCells, reason_of, typed_cells
from core.tables.chunks import FIRST_ROWS, Chunk, read_chunks
from core.tables.dialects import Dialect
from core.tables.signs import Signs, TwoWays, signs_of

SAMPLE_ROWS, MOST_EXAMPLES = 10_000, 5


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
class Outside:
    """A column whose numbers are from ``least`` to ``most`` and all outside the training range, ``low`` to ``high``."""

    name: str
    least: float
    most: float
    low: float
    high: float


@dataclass(frozen=True)
class Matching:
    """How a file's columns fit what a model wants to know.

    ``columns`` has the file's name of each input that is there. ``missing`` are inputs that must be there and are not,
    ``empty`` those that may be left out and are; ``extra`` are columns that the model does not ask for, and ``answers``
    the one that has the right answers, if any. ``signs`` is how the numbers of each column of the file are written that
    is read, and ``two_ways`` are those of which it is not known. ``wrong``, ``outside``, ``unknown`` and ``lacking``,
    the empty cells of each input that never was in training, are of the first ``rows`` rows.
    """

    columns: Mapping[str, str]
    missing: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    answers: str = ""
    wrong: tuple[WrongColumn, ...] = ()
    unknown: Mapping[str, Unknown] = field(default_factory=dict)
    rows: int = 0
    signs: Mapping[str, Signs] = field(default_factory=dict)
    two_ways: tuple[TwoWays, ...] = ()
    outside: tuple[Outside, ...] = ()
    lacking: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Tell whether the model can be asked."""
        return not self.missing and not self.wrong and not self.two_ways

    def require(self) -> None:
        """See that the model can be asked.

        Raises:
            ModelError: a column is missing, does not fit or reads in two ways.
        """
        for one in self.two_ways:
            raise one.refused()
        if not self.is_complete:
            raise ModelError(
                N_("The table must have all columns that the model wants, with values that fit, but these do not: "
                   "{columns}."),
                N_("Correct the file and try again."),
                columns=listed([*self.missing, *(one.name for one in self.wrong)]),
            )  # fmt: skip

    def decimal(self, dialect: Dialect) -> str:
        """Return the decimal sign of most columns; where none shows one, the usual one beside the file's separator."""
        told = Counter(one.decimal for one in self.signs.values() if one.in_text and one.sure)
        return told.most_common(1)[0][0] if told else "," if dialect.delimiter == ";" else "."


def match_columns(
    source: Path | bytes,
    dialect: Dialect,
    fields: Sequence[InputField],
    target: str = "",
    decimals: Mapping[str, str] | None = None,
) -> tuple[Matching, pd.DataFrame]:
    """Return how a file's columns fit, and its first rows as they are there.

    ``decimals`` are decimal signs that a person chose for columns whose numbers can be read in two ways.

    Raises:
        ModelError: none of its columns is one that the model wants, one has numbers written in more than one way, or
            it cannot be read.
    """
    columns = matches(names_of(fields), dialect.columns)
    if not columns:
        raise ModelError(
            N_("The columns must be called like the model's inputs, {wanted}, but they are called {found}."),
            N_("Rename them, or choose the model that belongs to this file."),
            wanted=listed([one.name for one in fields]),
            found=listed(dialect.columns),
        )
    others = [name for name in dialect.columns if name not in columns.values()]
    answers = matches([target], others).get(target, "") if target else ""
    absent = [one for one in fields if one.name not in columns]
    first = next(read_chunks(source, dialect, SAMPLE_ROWS), None)
    table = pa.table({}) if first is None else first.table.slice(0, SAMPLE_ROWS)
    signs, two_ways = ({}, ()) if first is None else _signs(first, columns, fields, answers, decimals or {})
    wrong, outside, unknown = [], [], {}
    lacking = {one.name: len(table) for one in absent if one.optional and one.never_missing and len(table)}
    for one in fields:
        if one.name in columns and columns[one.name] in signs and len(table):
            cells, written = table[columns[one.name]], signs[columns[one.name]]
            found = typed_cells(cells, one, written)
            if found.bad.any() and not (~found.bad & ~found.missing).any() and not found.missing[found.bad].all():
                value = str(cells[int((found.bad & ~found.missing).argmax())].as_py())[:60]
                wrong.append(WrongColumn(one.name, one.dtype, value, reason_of(one, written, value)))
            elif (beyond := _outside(one, found)) is not None:
                outside.append(beyond)
            if found.unknown:
                unknown[one.name] = some_of(found.unknown)
            if empty := int(lacks(found, one).sum()):
                lacking[one.name] = empty
    matching = Matching(
        columns,
        tuple(one.name for one in absent if not one.optional),
        tuple(one.name for one in absent if one.optional),
        tuple(name for name in others if name != answers),
        answers,
        tuple(wrong),
        unknown,
        len(table),
        signs,
        two_ways,
        tuple(outside),
        lacking,
    )
    return matching, table.slice(0, FIRST_ROWS).to_pandas()


def _signs(
    first: Chunk,
    columns: Mapping[str, str],
    fields: Sequence[InputField],
    answers: str,
    decimals: Mapping[str, str],
) -> tuple[dict[str, Signs], tuple[TwoWays, ...]]:
    """Return how the numbers of each column that is read are written, and the columns of which that is not known."""
    read: dict[str, InputField | None] = {columns[one.name]: one for one in fields if one.name in columns}
    if answers:
        read[answers] = None
    found: dict[str, Signs] = {}
    two_ways = []
    for column, wanted in read.items():
        if wanted is not None and wanted.dtype not in NUMBER_TYPES:
            found[column] = Signs(sure=False)
            continue
        told = signs_of(first.table[column], column, first.rows, wanted, decimals.get(column, ""))
        if isinstance(told, Signs):
            found[column] = told
        else:
            two_ways.append(told)
    return found, tuple(two_ways)


def lacks(found: TypedCells, wanted: InputField) -> np.ndarray:
    """Tell which cells are empty and answered all the same, though no known training row had an empty one."""
    return np.asarray(found.missing & ~found.bad & wanted.never_missing)


def _outside(wanted: InputField, found: TypedCells) -> Outside | None:
    if not wanted.is_number or wanted.low is None or wanted.high is None:
        return None
    read = found.values[~found.bad].dropna()
    if read.empty or read.between(wanted.low, wanted.high).any():
        return None
    return Outside(wanted.name, float(read.min()), float(read.max()), wanted.low, wanted.high)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them, not too many."""
    return ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")


def some_of(found: Counter[str]) -> Unknown:
    """Return how many rows have an unknown category, and the most frequent of those."""
    return Unknown(found.total(), tuple(word for word, _count in found.most_common(MOST_EXAMPLES)))
