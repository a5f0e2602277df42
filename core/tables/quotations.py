"""Quotation marks that nobody closes: they take the lines after them into one cell, and these rows would be lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from core.errors import ModelError
from core.i18n import N_
from core.tables.csv_records import Source, opened
from core.tables.heads_and_feet import is_value

BLOCK_BYTES = 1 << 22
LOOKED_AT = 200  # rows that tell which columns hold numbers
MOST_LOOKED_AT = 200  # cells of a column with more than one line, the longest ones
MANY_LINES = 3  # in a cell of a table without numbers: then they are rows, if each is as wide as one


def has_quotations(source: Source) -> bool:
    """Tell whether a file has a quotation mark anywhere."""
    with opened(source) as file:
        return any(b'"' in block for block in iter(lambda: file.read(BLOCK_BYTES), b""))


def refuse_open_quotations(table: Any, rows: np.ndarray, broken: Mapping[int, str], delimiter: str) -> None:
    """Refuse texts of which a cell holds rows.

    ``rows`` are the numbers of the table's rows, ``broken`` the lines by number that are none.

    Raises:
        ModelError: there is such a cell.
    """
    for row, line in sorted(broken.items()):
        if "\n" in line.strip() and line.count('"') % 2:
            raise _swallowed(row, line.strip(), line.strip().count("\n"))
    lines_in = [np.flatnonzero(pc.match_substring(column, "\n").to_numpy()) for column in table.columns]
    if not any(map(len, lines_in)):
        return
    holds_values = [_holds_values(column) for column in table.columns]
    for place, column in enumerate(table.columns):
        found = lines_in[place]
        lengths = pc.binary_length(column.take(found)).to_numpy()
        for row in found[np.argsort(-lengths, kind="stable")[:MOST_LOOKED_AT]].tolist():
            cells = [str(cell) for cell in table.slice(row, 1).to_pylist()[0].values()]
            lines = delimiter.join(cells).strip().splitlines()
            if _are_rows([line.split(delimiter) for line in lines], holds_values):
                raise _swallowed(int(rows[row]), cells[place], len(lines) - 1)


def _swallowed(row: int, text: str, lines: int) -> ModelError:
    return ModelError(
        N_("A quotation mark must be closed, but one in row {row} takes the lines after it into one cell ({lines} in "
           "all): {start}"),
        N_("Close it or take it out, and try again."),
        row=row,
        lines=lines,
        start=" ".join(text.split())[:60],
    )  # fmt: skip


def _holds_values(column: Any) -> bool:
    some = [cell.strip() for cell in column[:LOOKED_AT].to_pylist() if cell and cell.strip()]
    return bool(some) and sum(map(is_value, some)) >= 0.9 * len(some)


def _are_rows(lines: Sequence[Sequence[str]], holds_values: Sequence[bool]) -> bool:
    """Tell whether all lines of a row would be rows of the table by themselves."""
    if len(lines) < 2 or any(len(cells) != len(holds_values) for cells in lines):
        return False
    if not any(holds_values):
        return len(lines) > MANY_LINES
    return all(
        not cell.strip() or is_value(cell.strip())
        for cells in lines
        for cell, value in zip(cells, holds_values, strict=True) if value
    )  # fmt: skip
