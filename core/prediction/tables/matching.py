"""How the columns of a table fit what a model wants to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import InputField, by_name, normal
from core.prediction.tables.cells import reason_of, typed_cells
from core.prediction.tables.dialects import Dialect
from core.prediction.tables.tabular import FIRST_ROWS, read_chunks

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
            found = typed_cells(table[columns[one.name]], one, dialect.signs)
            if found.bad.any() and not (~found.bad & ~found.missing).any() and not found.missing[found.bad].all():
                place = int((found.bad & ~found.missing).argmax())
                value = str(table[columns[one.name]][place].as_py())[:60]
                wrong.append(WrongColumn(one.name, one.dtype, value, reason_of(one, dialect.signs)))
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


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them, not too many."""
    return ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")


def some_of(found: Counter[str]) -> Unknown:
    """Return how many rows have an unknown category, and the most frequent of those."""
    return Unknown(found.total(), tuple(word for word, _count in found.most_common(MOST_EXAMPLES)))
