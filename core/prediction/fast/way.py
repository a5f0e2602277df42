"""A fast way to a model's answers to few rows, which is taken only if it gives the model's own, to the last bit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.prediction.fast.estimators import Estimator, is_by_value, own, quick
from core.prediction.fast.estimators import Said as Said
from core.prediction.fast.preparing import PIPELINE, Order, Preparing, Rows, UnsupportedError, kind, preparing
from core.prediction.fast.preparing import CannotSayError as CannotSayError
from core.prediction.fast.trial import MOST, trial

NUMBER_TYPES, WORD_TYPES = ("float64", "int64", "int32"), ("str", "object")


@dataclass(frozen=True, eq=False)
class FastWay:
    """What a fitted model answers to few rows, faster: bit by bit what its ``predict`` and ``predict_proba`` say.

    ``names`` are those of its ``inputs``, None where it knows none. Up to ``most`` rows may be asked about at once.
    ``by_value`` says that no last bit depends on how rows lie in memory.
    """

    names: tuple[str, ...] | None
    inputs: int
    prepare: Preparing
    estimator: Estimator
    by_value: bool
    most: int = MOST

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """Return what the model's ``predict`` does, of the same type.

        Raises:
            CannotSayError: only the library can say it.
        """
        return self.say(rows)[0]

    def chances(self, rows: pd.DataFrame) -> np.ndarray | None:
        """Return what the model's ``predict_proba`` does; None where it has none. Raises as ``predict``."""
        return self.say(rows)[1]

    def predict_values(self, rows: Rows) -> np.ndarray:
        """Return the same as ``predict`` of rows that are the values of the inputs in their order; a gap is None."""
        return self.say_values(rows)[0]

    def chances_values(self, rows: Rows) -> np.ndarray | None:
        """Return the same as ``chances`` of rows as in ``predict_values``."""
        return self.say_values(rows)[1]

    def say(self, rows: pd.DataFrame) -> Said:
        """Return answers and chances together, which takes no longer than one of them."""
        self._check_count(len(rows))
        return self.say_values(self._listed(rows))

    def say_values(self, rows: Rows) -> Said:
        """Return answers and chances of rows as in ``predict_values``."""
        self._check_count(len(rows))
        if any(len(row) != self.inputs for row in rows):
            raise CannotSayError(f"a row has not {self.inputs} values")
        try:
            return self.estimator(self.prepare(rows))
        except CannotSayError:
            raise
        except Exception as error:  # whatever it stumbles over, the library has its own word for it
            raise CannotSayError(str(error)) from error

    def _check_count(self, rows: int) -> None:
        if not 0 < rows <= self.most:
            raise CannotSayError(f"{rows} rows are not few")

    def _listed(self, rows: pd.DataFrame) -> Rows:
        """Return the values of a table's rows; they may be of types that become the same numbers and words only."""
        if rows.shape[1] != self.inputs or (self.names is not None and tuple(rows.columns) != self.names):
            raise CannotSayError("the columns are not the inputs")
        if not self.by_value and len(rows) > 1 and self.prepare.order == "F" and not _lies_by_columns(rows):
            # What the library multiplies would lie otherwise too, which gives other last bits
            raise CannotSayError("the table does not lie by columns")
        kinds = [dtype.name for dtype in rows.dtypes]
        if not all(found in types for found, types in zip(kinds, self._types, strict=True) if types):
            raise CannotSayError("a column is of another type")
        listed: list[list[Any]] = rows.to_numpy(dtype=object).tolist()  # faster than column by column
        if "object" in kinds and any(value is None for row in listed for value in row):
            raise CannotSayError("None is no gap in a column of objects")
        return listed

    @cached_property
    def _types(self) -> list[tuple[str, ...]]:
        """The types that a column of a table may have, input by input; none where it is not looked at."""
        numbers = {place for one in self.prepare.numbers for place in one.places}
        words = {one.place for one in self.prepare.words}
        return [
            NUMBER_TYPES if place in numbers else WORD_TYPES if place in words else () for place in range(self.inputs)
        ]


def fast_way(model: Any, rows: pd.DataFrame) -> FastWay | None:
    """Return a fast way to a loaded model's answers, if it gives the model's own to these rows of its inputs.

    They are asked one by one and together, as they are, with gaps and with words that are new.
    """
    try:
        way = _made(model, rows)
        with np.errstate(all="ignore"):  # of numbers that are odd on purpose
            tried = trial(rows, way.most)
            way.say(tried[0])
            return way if all(_is_equal(model, way, some) for some in tried) else None
    except Exception:  # noqa: BLE001 - a model of another release of its library may lack anything
        return None


def _made(model: Any, rows: pd.DataFrame) -> FastWay:
    has_steps = kind(model) == PIPELINE
    before, last = ([step for _name, step in model.steps[:-1]], model.steps[-1][1]) if has_steps else ([], model)
    names = tuple(map(str, model.feature_names_in_)) if hasattr(model, "feature_names_in_") else None
    inputs = int(model.n_features_in_)
    made, estimator = preparing(before, inputs, names), quick(last)
    if estimator is None:
        if not before:
            raise UnsupportedError
        estimator = own(last)
    by_value = is_by_value(last)
    order = _order(model[:-1], rows, is_named=names is not None) if before else "C"
    return FastWay(names, inputs, replace(made, order=order), estimator, by_value, MOST if before or by_value else 1)


def _order(steps: Any, rows: pd.DataFrame, *, is_named: bool) -> Order:
    """Return how the steps lay out a matrix where the values of their table lie column by column, as mostly."""
    some = pd.DataFrame({name: rows[name].head(3).tolist() for name in rows}).astype(rows.dtypes)
    made = steps.transform(some if is_named else some.to_numpy())
    if not isinstance(made, np.ndarray):
        raise UnsupportedError
    return "C" if made.flags.c_contiguous else "F"


def _lies_by_columns(rows: pd.DataFrame) -> bool:
    strides = rows.to_numpy().strides
    return bool(strides[0] <= strides[1])


def _is_equal(model: Any, way: FastWay, rows: pd.DataFrame) -> bool:
    """Tell whether a way says of rows what the model does; where the model refuses them, it must not answer either."""
    try:
        said = way.say(rows)
    except CannotSayError:
        return True
    try:
        given = rows if way.names is not None else rows.to_numpy()
        last, given = (model, given) if kind(model) != PIPELINE else (model.steps[-1][1], model[:-1].transform(given))
        answers = last.predict(given)
        chances = last.predict_proba(given) if hasattr(last, "predict_proba") else None
    except Exception:  # noqa: BLE001 - a model may refuse rows in any way
        return False
    return same_bits(said[0], answers) and same_bits(said[1], chances) and np.ndim(answers) == 1


def same_bits(one: Any, other: Any) -> bool:
    """Tell whether two arrays have the same type and shape, and the same values to the last bit.

    >>> same_bits(np.array([0.0]), np.array([-0.0])), same_bits(np.array([np.nan]), np.array([np.nan]))
    (False, True)
    """
    if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
        return one is None and other is None
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype == object:
        return all(type(a) is type(b) and a == b for a, b in zip(one.flat, other.flat, strict=True))
    return one.tobytes() == other.tobytes()
