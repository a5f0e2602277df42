"""Which columns of a table can be predicted, as a class or as a number, and why the others cannot."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from core.errors import DataError
from core.i18n import N_
from core.training.tasks import Kind

TEST_SIZE = 0.2
LEAST_ROWS = 10
MOST_CLASSES = 50
FEW_NUMBERS = 5  # different whole numbers that are rather classes than amounts
MOST_LISTED = 5
LOOKED_AT = 10_000  # rows that mostly tell already what all of them would
YES = frozenset({"sí", "si", "s", "yes", "y", "true", "verdadero", "1"})
USUAL_NAMES = (
    "target", "class", "label", "outcome", "y", "churn", "price", "quality", "species", "result", "score",
    "objetivo", "clase", "etiqueta", "resultado", "precio", "calidad", "especie", "nota", "respuesta", "abandono",
    "compra", "impago", "fraude", "salario",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A column as what is to be predicted.

    Classes are words, with two the one that is looked for second; a number has none. ``refusal`` says why it cannot
    be learned.
    """

    column: str
    kind: Kind
    class_names: tuple[str, ...] = ()
    refusal: DataError | None = None


def targets(frame: pd.DataFrame) -> list[Target]:
    """Return every column as a target of the kind it seems to be, those that make good ones first."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow and NumPy let other threads go on
        found = list(pool.map(lambda name: target(frame, str(name)), frame.columns))
    places = {one.column: place for place, one in enumerate(found)}
    return sorted(found, key=lambda one: (one.refusal is not None, *_rank(frame, one, places[one.column])))


def target(frame: pd.DataFrame, column: str, kind: Kind | None = None) -> Target:
    """Return a column as a target, of ``kind`` or of the one that it seems to be.

    ``frame`` holds numbers as float64, dates as datetime64 and all else as ``str``.

    Raises:
        DataError: there is no such column, or no such kind.
    """
    if column not in frame.columns:
        raise DataError(
            N_("The table has no column {column}."),
            N_("Choose one of {names}."),
            column=repr(column),
            names=", ".join(map(repr, list(map(str, frame.columns))[:20])),
        )
    if kind is not None and kind not in get_args(Kind):
        raise DataError(
            N_("What is predicted must be a class or a number, not {kind}."), N_("Choose one of them."), kind=repr(kind)
        )
    values = _without_gaps(frame[column])
    kind = kind or usual_kind(values)
    if kind == "regression":
        return Target(column, kind, refusal=_why_no_number(column, values))
    counts = as_classes(frame[column]).value_counts()
    return Target(column, kind, _in_order(counts), _why_no_classes(column, values, counts))


def usual_kind(values: pd.Series) -> Kind:
    """Return the kind of question that values are rather an answer to.

    >>> usual_kind(pd.Series([0.0, 1.0, 1.0])), usual_kind(pd.Series([1.5, 2.0])), usual_kind(pd.Series(["a", "b"]))
    ('classification', 'regression', 'classification')
    """
    if not pd.api.types.is_numeric_dtype(values):
        return "classification"
    if values.iloc[:LOOKED_AT].nunique() > FEW_NUMBERS:
        return "regression"
    different = values.unique()
    few = len(different) <= FEW_NUMBERS and len(values) >= LEAST_ROWS * len(different) / 2
    return "classification" if (len(different) == 2 or few) and not (different % 1).any() else "regression"


def as_classes(values: pd.Series) -> pd.Series:
    """Return values as words; whole numbers are written without decimals."""
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype("str")
    written = {value: f"{value:.0f}" if value % 1 == 0 else repr(float(value)) for value in values.dropna().unique()}
    return values.map(written).astype("str")


def _in_order(counts: pd.Series) -> tuple[str, ...]:
    """Return classes by the alphabet, numbers by their size; of two, "yes" or the rarer one comes second."""
    names = [str(name) for name in counts.index]
    if len(names) == 2:
        wanted = [name for name in names if name.casefold() in YES]
        second = wanted[0] if len(wanted) == 1 else min(names, key=lambda name: (counts[name], name))
        return tuple(sorted(names, key=lambda name: name == second))
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(sorted(names))


def _why_no_number(column: str, values: pd.Series) -> DataError | None:
    if not pd.api.types.is_numeric_dtype(values):
        return DataError(
            N_("{column} cannot be predicted as a number: it holds words or dates."),
            N_("Predict it as a class, or choose another column."),
            column=repr(column),
        )
    numbers = values.to_numpy()
    some = numbers[:LOOKED_AT]
    return _why_nothing(column, values, is_one=bool((some == some[:1]).all() and (numbers == numbers[:1]).all()))


def _why_no_classes(column: str, values: pd.Series, counts: pd.Series) -> DataError | None:
    if pd.api.types.is_datetime64_any_dtype(values):
        return DataError(
            N_("{column} cannot be predicted: it holds dates."), N_("Choose another column."), column=repr(column)
        )
    if reason := _why_nothing(column, values, is_one=len(counts) == 1):
        return reason
    if len(counts) > MOST_CLASSES:
        almost_all = len(counts) > len(values) / 2
        return DataError(
            N_("{column} cannot be predicted as a class: nearly every row has another value, {count} in all.")
            if almost_all
            else N_(
                "{column} cannot be predicted as a class: it has {count} different values, and {most} are allowed."
            ),
            N_("Choose another column."),
            column=repr(column),
            count=len(counts),
            most=MOST_CLASSES,
        )
    rare = [str(name) for name, count in counts.items() if count < 2]
    if rare:
        return DataError(
            N_("Each class needs 2 rows at least, one to learn from and one to test on, but of {column} these have "
               "one: {names}."),
            N_("Leave those rows out, join these classes with others, or choose another column."),
            column=repr(column),
            names=", ".join(map(repr, rare[:MOST_LISTED])) + (" …" if len(rare) > MOST_LISTED else ""),
        )  # fmt: skip
    if math.ceil(len(values) * TEST_SIZE) < len(counts):
        return DataError(
            N_("{column} has {count} classes, and there are too few rows ({rows}) to test each of them."),
            N_("Choose another column, or use more rows."),
            column=repr(column),
            count=len(counts),
            rows=len(values),
        )
    return None


def _without_gaps(values: pd.Series) -> pd.Series:
    missing = np.isnan(values.to_numpy()).any() if values.dtype == np.float64 else values.hasnans
    return values.dropna() if missing else values


def _why_nothing(column: str, values: pd.Series, *, is_one: bool) -> DataError | None:
    if not len(values):
        return DataError(
            N_("{column} cannot be predicted: it is empty in every row."), N_("Choose another column."),
            column=repr(column),
        )  # fmt: skip
    if is_one:
        return DataError(
            N_("{column} cannot be predicted: it has the same value in every row, {value}."),
            N_("Choose another column."),
            column=repr(column),
            value=repr(as_classes(values).iloc[0]),
        )
    if len(values) < LEAST_ROWS:
        return DataError(
            N_("To learn from some rows and test on others takes {least} rows with a value for {column}, but there are "
               "{rows}."),
            N_("Use more rows."),
            least=LEAST_ROWS,
            column=repr(column),
            rows=len(values),
        )  # fmt: skip
    return None


def _counts_up(values: pd.Series) -> bool:
    """Tell whether numbers are whole, all different and close together; what tells it soonest is asked first."""
    some = values.iloc[:LOOKED_AT]
    if not len(some) or not some.is_unique or (some % 1).any() or np.ptp(values.to_numpy()) >= 2 * len(values):
        return False
    return not (values % 1).any() and values.is_unique


def _rank(frame: pd.DataFrame, one: Target, place: int) -> tuple[float, ...]:
    """Rank by usual names, then classes before numbers before what may be an identifier; later columns first."""
    usual = any(one.column.casefold().strip() == name for name in USUAL_NAMES)
    counts_up = one.kind == "regression" and _counts_up(_without_gaps(frame[one.column]))
    return (not usual, counts_up, one.kind == "regression", len(one.class_names) > 10, -place)
