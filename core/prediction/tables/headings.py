"""What the columns of a CSV are called: by its heading, wherever that is, or where it has none by the model's order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from core.errors import ModelError
from core.i18n import N_
from core.prediction.names import matches, normal
from core.prediction.schema import NUMBER_TYPES, InputField, names_of
from core.prediction.tables.cells import is_value
from core.tables.cells import numbers
from core.tables.dialects import as_pandas
from core.tables.signs import NUMBER, Signs, signs_of

MOST_ABOVE = 10  # records above a heading: titles, dates, units
MOST_BESIDE = 2  # columns of a file without heading beside the inputs: a counter, the right answers
HALF = 0.5
CLEARLY = 0.1  # part of the cells by which one order of the columns must fit better than any other


def names_in(record: Sequence[str], fields: Sequence[InputField], target: str = "") -> int:
    """Return how many of the inputs and the answer a record names; where names are numbers, values look like them."""
    wanted = [*names_of(fields), target] if target else names_of(fields)
    found = list(matches(wanted, as_pandas(record)))
    words = [name for name in found if not NUMBER.fullmatch(name.strip())]
    return len(found) if words or len(found) >= len(fields) else 0


def place_of_heading(records: Sequence[Sequence[str]], fields: Sequence[InputField], target: str) -> int | None:
    """Return which record has the names of the columns, None where none of the first has any."""
    counts = [names_in(record, fields, target) for record in records[:MOST_ABOVE]]
    most = max(counts, default=0)
    if not most:
        return None
    place = counts.index(most)
    return place if place == 0 or most >= len(fields) * HALF else None  # a cell may be called like an input


def is_row(record: Sequence[str], fields: Sequence[InputField]) -> bool:
    """Tell whether a record that names nothing known has values, and not names that nobody knows.

    Raises:
        ModelError: it has values, and nothing says of which columns.
    """
    for beside in range(MOST_BESIDE + 1):
        if len(record) == len(fields) + beside:
            told = [
                [is_value(cell.strip(), one) for cell, one in zip(record[left:], fields, strict=False)]
                for left in range(beside + 1)
            ]
            if any(any(one) and not any(cell is False for cell in one) for one in told):
                return True
    if all(NUMBER.fullmatch(cell.strip()) for cell in record):
        raise ModelError(
            N_("The first line must have the names of the columns, but it has values: {values}."),
            N_("Write a line of names above them and try again."),
            values=", ".join(record[:5])[:200],
        )
    return False


def assumed_names(body: Sequence[Sequence[str]], fields: Sequence[InputField], target: str) -> list[str]:
    """Return the names of the columns of a file without a heading: the inputs in the model's order.

    Beside them may be a counter or another column before, and the right answers after them.

    Raises:
        ModelError: nothing tells which columns are the inputs, or their values fit none of them.
    """
    width = len(body[0])
    columns = [[row[place].strip() for row in body if place < len(row)] for place in range(width)]
    beside = width - len(fields)
    fits = [
        [_fit(cells, one) for cells, one in zip(columns[left:], fields, strict=False)] for left in range(beside + 1)
    ]
    left = _order(fits, columns, len(fields))
    known = [fit for fit, one in zip(fits[left], fields, strict=True) if one.low is not None or one.choices]
    if known and np.mean(np.array(known) >= HALF) <= HALF:
        odd = [one.name for fit, one in zip(fits[left], fields, strict=True) if fit < HALF]
        raise ModelError(
            N_("Without a line of names the columns must be in the model's order, but what {names} would be then is "
               "outside what the model learned from."),
            N_("Write a line of names above them and try again."),
            names=", ".join(map(repr, odd[:10])),
        )  # fmt: skip
    answers = target or "answer"
    after = [answers, "column"] if beside - left else []
    return as_pandas([*["column"] * left, *names_of(fields), *after[: beside - left]])


def _order(fits: Sequence[Sequence[float]], columns: Sequence[Sequence[str]], count: int) -> int:
    """Return how many columns are left of the inputs."""
    if len(fits) == 1:
        return 0
    merits = [float(np.mean(fit)) for fit in fits]
    best = max(merits)
    alike = [left for left, merit in enumerate(merits) if merit > best - CLEARLY]
    if len(alike) == 1:
        return alike[0]
    # A counter is no input, unless it would be one in each order
    counters = {place for place in (0, len(columns) - 1) if _counts(columns[place])}
    free = [left for left in alike if not any(left <= place < left + count for place in counters)]
    if len(free) == 1:
        return free[0]
    raise ModelError(
        N_("Without a line of names a file must have the model's {wanted} columns, but it has {found}, and which of "
           "them is no input cannot be told."),
        N_("Write a line of names above them and try again."),
        wanted=count,
        found=len(columns),
    )  # fmt: skip


def _counts(cells: Sequence[str]) -> bool:
    """Tell whether cells are whole numbers that grow by one."""
    if len(cells) < 2 or not all(cell.isdecimal() for cell in cells):
        return False
    return [int(cell) for cell in cells] == list(range(int(cells[0]), int(cells[0]) + len(cells)))


def _fit(cells: Sequence[str], wanted: InputField) -> float:
    """Return the part of a column's cells that an input may have: inside of what training saw, where that is known."""
    if not cells:
        return 0.0
    if wanted.dtype not in NUMBER_TYPES:
        told = [is_value(cell, wanted) for cell in cells]
        return float(np.mean([fits is not False and (fits or not wanted.choices) for fits in told]))
    try:
        told_signs = signs_of(pa.array(cells), wanted.name, np.arange(len(cells)), wanted)
    except ModelError:  # written in two ways, so no column of numbers
        return 0.0
    values, bad = numbers(pa.array(cells), told_signs if isinstance(told_signs, Signs) else Signs())
    missing = values.isna().to_numpy() & ~bad
    good = ~bad
    if wanted.low is not None and wanted.high is not None and isinstance(told_signs, Signs):
        good = good & (missing | values.between(wanted.low, wanted.high).to_numpy())
    return float(good.mean())


def refuse_repeated(names: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse columns of one name, unless the model asks for none of them or for each, as pandas calls them.

    Raises:
        ModelError: some have one name, and it cannot be told which of them is meant.
    """
    found = matches(wanted, as_pandas(names))
    taken = {place for place, name in enumerate(as_pandas(names)) if name in found.values()}
    same: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name:
            same.setdefault(name, []).append(place)
    alike: dict[str, set[str]] = {}
    for name in names:
        alike.setdefault(normal(name), set()).add(name)
    unclear = [normal(one) for one in wanted if one not in found and len(alike.get(normal(one), ())) > 1]
    repeated = [
        name for name, places in same.items()
        if len(places) > 1 and (not wanted or 0 < len(taken & set(places)) < len(places))
    ]  # fmt: skip
    if repeated or unclear:
        raise ModelError(
            N_("Each column must have a name of its own, but these come more than once: {names}."),
            N_("Rename or remove them and try again."),
            names=", ".join(map(repr, [*repeated, *dict.fromkeys(unclear)][:10])),
        )
