"""Few rows as an estimator gets them: what a fitted pipeline's steps before it do, without a table around the rows.

scikit-learn takes 1.5–6 ms to prepare one row, whatever is in it, as each step checks it anew. What is done to the
values themselves is little: a gap is filled, a number moved and scaled, a word looked up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

Rows = Sequence[Sequence[Any]]
Order = Literal["C", "F"]
Operation = tuple[Callable[..., Any], np.ndarray]

LARGEST_WHOLE = 2**53  # beyond it a float is another number
UNKNOWN = "\x00 a word that no model knows"


class CannotSayError(Exception):
    """Only the library can say what becomes of these rows."""


class UnsupportedError(Exception):
    """A step does what is not known here."""


@dataclass(frozen=True)
class Numbers:
    """Inputs that are numbers: at these ``places`` of a row, and from ``start`` on in what is made of it.

    ``fill`` has what stands for gaps, None where they stay; then follow the ``operations``, value by value.
    """

    places: tuple[int, ...]
    start: int
    fill: np.ndarray | None = None
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True)
class Words:
    """An input that is a word: what is written for each, by its place in what is made of the row.

    ``fill`` is the word that stands for gaps. Unknown words get ``unknown``; None where the library has to say.
    """

    place: int
    known: Mapping[str, Sequence[tuple[int, float]]]
    fill: str | None = None
    unknown: Sequence[tuple[int, float]] | None = None


@dataclass(frozen=True)
class Preparing:
    """What becomes of rows before an estimator gets them, as a matrix of shape (rows, ``width``).

    ``order`` is how the library lays it out in memory: what multiplies matrices gives other last bits otherwise.
    """

    numbers: tuple[Numbers, ...]
    words: tuple[Words, ...]
    width: int
    order: Order = "C"

    def __call__(self, rows: Rows) -> np.ndarray:
        """Return the matrix of rows, each the values of the inputs in their order; a gap is None or NaN.

        Raises:
            CannotSayError: a value is of another kind, infinite or too large, or a word is unknown.
        """
        made = np.zeros((len(rows), self.width), order=self.order)
        for numbers in self.numbers:
            made[:, numbers.start : numbers.start + len(numbers.places)] = _numbers(numbers, rows)
        for one in self.words:
            for at, row in enumerate(rows):
                word = row[one.place]
                written = one.known.get(word) if type(word) is str else None
                for column, value in _other(one, word) if written is None else written:
                    made[at, column] = value
        return made


def _numbers(numbers: Numbers, rows: Rows) -> np.ndarray:
    picked = [[row[place] for place in numbers.places] for row in rows]
    if any(type(value) is not float for row in picked for value in row):
        picked = [[_as_float(value) for value in row] for row in picked]
    made = np.array(picked, dtype=np.float64)
    if not np.isfinite(made).all():
        gaps = np.isnan(made)
        if np.isinf(made).any():
            raise CannotSayError("a number is infinite")
        if numbers.fill is not None:
            made = np.where(gaps, numbers.fill, made)
    if numbers.operations:
        with np.errstate(all="ignore"):
            for operation, by in numbers.operations:
                operation(made, by, out=made)
        if np.isinf(made).any():
            raise CannotSayError("a number is infinite")
    return made


def _as_float(value: Any) -> float:
    if isinstance(value, float):
        return float(value)  # NumPy's are some too
    if value is None:
        return math.nan
    if type(value) is int and abs(value) < LARGEST_WHOLE:
        return float(value)
    raise CannotSayError("a value is no number, or too large")


def _other(words: Words, value: Any) -> Sequence[tuple[int, float]]:
    """Return what is written where there is no word that is known: a gap, or a new one."""
    if value is None or (type(value) is float and math.isnan(value)):
        if words.fill is None:
            raise CannotSayError("nothing stands for a gap")
        return words.known[words.fill]
    if type(value) is not str or words.unknown is None or not _can_be_written(value):
        raise CannotSayError("a word is unknown")
    return words.unknown


def _can_be_written(word: str) -> bool:
    """Tell whether a table can hold a word: half of a pair of surrogates is none."""
    return word.isascii() or not any("\ud800" <= one <= "\udfff" for one in word)


# From the fitted steps


def preparing(steps: Sequence[Any], inputs: int, names: Sequence[str] | None) -> Preparing:
    """Return what fitted steps of a scikit-learn pipeline do to rows of so many inputs, with these names or without.

    Raises:
        UnsupportedError: one of them is of another kind, or is set to do what is not known here.
    """
    steps = [one for one in steps if not _does_nothing(one)]
    if len(steps) != 1 or kind(steps[0]) != COLUMNS:
        return _together([_block(steps, range(inputs), 0, inputs, names)], inputs)
    (columns,) = steps
    _as_usual(columns)
    if columns.sparse_output_ or names is None:
        raise UnsupportedError
    blocks: list[Numbers | list[Words]] = []
    width = 0
    for name, fitted, _selected in columns.transformers_:
        places = columns._transformer_to_input_indices[name]
        made = columns.output_indices_[name]
        if fitted == "drop" or not len(places):
            continue
        inner = [step for _name, step in fitted.steps] if kind(fitted) == PIPELINE else [fitted]
        _as_usual(fitted)
        count = made.stop - made.start
        blocks.append(_block([one for one in inner if not _does_nothing(one)], places, made.start, count, names))
        width = max(width, made.stop)
    return _together(blocks, width)


def _together(blocks: Sequence[Numbers | list[Words]], width: int) -> Preparing:
    words = tuple(one for block in blocks if isinstance(block, list) for one in block)
    return Preparing(tuple(block for block in blocks if isinstance(block, Numbers)), words, width)


COLUMNS = "sklearn.compose._column_transformer.ColumnTransformer"
PIPELINE = "sklearn.pipeline.Pipeline"
IMPUTER = "sklearn.impute._base.SimpleImputer"
FUNCTION = "sklearn.preprocessing._function_transformer.FunctionTransformer"
STANDARD = "sklearn.preprocessing._data.StandardScaler"
MIN_MAX = "sklearn.preprocessing._data.MinMaxScaler"
ROBUST = "sklearn.preprocessing._data.RobustScaler"
ONE_HOT = "sklearn.preprocessing._encoders.OneHotEncoder"
ORDINAL = "sklearn.preprocessing._encoders.OrdinalEncoder"


def kind(one: Any) -> str:
    """Return where the class of an object comes from and what it is called: no library need be imported to ask."""
    return f"{type(one).__module__}.{type(one).__qualname__}"


def _does_nothing(step: Any) -> bool:
    return (
        step is None
        or (isinstance(step, str) and step == "passthrough")
        or (kind(step) == FUNCTION and step.func is None and not step.validate)
    )


def _as_usual(step: Any) -> None:
    """Refuse a step that was told to answer with tables."""
    if getattr(step, "_sklearn_output_config", {}).get("transform", "default") != "default":
        raise UnsupportedError


def _block(
    steps: Sequence[Any], places: Sequence[int], start: int, made: int, names: Sequence[str] | None
) -> Numbers | list[Words]:
    for step in steps:
        _as_usual(step)
    if steps and kind(steps[-1]) in {ONE_HOT, ORDINAL}:
        return _words(steps, places, start, made)
    if made != len(places):
        raise UnsupportedError
    fill: np.ndarray | None = None
    operations: list[Operation] = []
    for step in steps:
        if kind(step) == IMPUTER and fill is None and not operations:
            fill = _filling(step)
        else:
            operations += _operations(step)
    return Numbers(tuple(map(int, places)), start, fill, tuple(operations))


def _filling(step: Any) -> np.ndarray:
    """Return what an imputer writes into gaps of numbers."""
    fill = np.asarray(step.statistics_)
    if not (_fills_gaps(step) and fill.dtype.kind in "fi" and step._fit_dtype in (np.float64, np.int64)):
        raise UnsupportedError
    if not np.isfinite(fill).all():
        raise UnsupportedError
    return fill.astype(np.float64)


def _fills_gaps(step: Any) -> bool:
    """Tell whether an imputer fills NaN and nothing else, and says nowhere that it did."""
    marks = step.missing_values
    return isinstance(marks, float) and math.isnan(marks) and not step.add_indicator


def _operations(step: Any) -> list[Operation]:
    """Return what a scaler does to numbers, in its own order: another one would give other last bits."""
    done: list[tuple[Callable[..., Any], Any]]
    if kind(step) == STANDARD:
        done = [
            *([(np.subtract, step.mean_)] if step.with_mean else []),
            *([(np.divide, step.scale_)] if step.with_std else []),
        ]
    elif kind(step) == ROBUST:
        done = [
            *([(np.subtract, step.center_)] if step.with_centering else []),
            *([(np.divide, step.scale_)] if step.with_scaling else []),
        ]
    elif kind(step) == MIN_MAX and not step.clip:
        done = [(np.multiply, step.scale_), (np.add, step.min_)]
    else:
        raise UnsupportedError
    operations = [(operation, np.asarray(by)) for operation, by in done]
    if any(by.dtype != np.float64 for _operation, by in operations):
        raise UnsupportedError
    return operations


def _words(steps: Sequence[Any], places: Sequence[int], start: int, made: int) -> list[Words]:
    """Return what an encoder writes for each word: it is asked about all of them."""
    encoder, before = steps[-1], steps[:-1]
    fill: Sequence[Any] = [None] * len(places)
    if before:
        imputer: Any = before[0]
        if len(before) > 1 or kind(imputer) != IMPUTER or not _fills_gaps(imputer) or imputer._fit_dtype.kind != "O":
            raise UnsupportedError
        fill = list(imputer.statistics_)
    categories = [list(each) for each in encoder.categories_]
    if len(categories) != len(places) or not all(type(one) is str for each in categories for one in each):
        raise UnsupportedError
    takes_new = encoder.handle_unknown in {"ignore", "use_encoded_value"} and getattr(encoder, "drop", None) is None
    asked = max(map(len, categories))
    cells = {at: [*(each[row % len(each)] for row in range(asked)), UNKNOWN] for at, each in enumerate(categories)}
    table = pd.DataFrame(cells, dtype=object).head(None if takes_new else asked)
    if hasattr(encoder, "feature_names_in_"):
        table.columns = pd.Index(encoder.feature_names_in_)
    said = encoder.transform(table if hasattr(encoder, "feature_names_in_") else table.to_numpy())
    written = np.asarray(said.toarray() if hasattr(said, "toarray") else said, dtype=np.float64)
    widths = getattr(encoder, "_n_features_outs", [1] * len(places))
    if written.shape[1] != made or sum(widths) != made or np.isnan(written).any():
        raise UnsupportedError
    found, begin = [], 0
    for each, place, word, width in zip(categories, places, fill, widths, strict=True):
        lines = [_not_zero(written[row, begin : begin + width], start + begin) for row in range(len(written))]
        if word is not None and word not in each:
            raise UnsupportedError
        known = dict(zip(each, lines, strict=False))
        found.append(Words(int(place), known, word, lines[-1] if takes_new else None))
        begin += width
    return found


def _not_zero(values: np.ndarray, start: int) -> tuple[tuple[int, float], ...]:
    return tuple((start + int(place), float(values[place])) for place in np.flatnonzero(values))
