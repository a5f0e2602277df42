"""Answers by name, out of whatever shape a model gives them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_


@dataclass(frozen=True)
class RawAnswers:
    """Answers by name, each of shape (rows,); a single one is called by the empty text.

    ``chances`` are those of a label that came with it, a column a class. ``unnamed`` says that the names are only
    places.
    """

    outputs: Mapping[str, np.ndarray]
    chances: pd.DataFrame | None = None
    unnamed: bool = False


def read_answers(said: Any, names: Sequence[str], index: pd.Index | None = None) -> RawAnswers:
    """Read what a model said of rows; tables and series come back in the order of the rows' ``index``.

    Raises:
        ModelError: it is no list of answers.
    """
    if isinstance(said, pd.DataFrame | pd.Series):
        said = _in_order(said, index)
    if isinstance(said, tuple) and any(np.ndim(one) for one in said):
        raise ModelError(
            N_("The model must give one answer a row, but it gave {count} things together, such as a value and its "
               "spread."),
            N_("Choose another version."),
            count=len(said),
        )  # fmt: skip
    if isinstance(said, list) and said and all(isinstance(one, Mapping) for one in said):
        said = pd.DataFrame(said)
    if isinstance(said, pd.DataFrame | Mapping):
        return _of_columns({str(name): said[name] for name in said})
    values = said.toarray() if hasattr(said, "toarray") else _array(said)
    if values.ndim < 2:
        return RawAnswers({"": values.ravel()})
    columns = _split("", values.reshape(len(values), -1), names)
    return RawAnswers(columns, unnamed=len(columns) > 1 and list(columns) != list(names))


def of_one_row(answers: RawAnswers) -> RawAnswers:
    """Return several answers to one row under a name each, which is their place."""
    if not any(len(values) > 1 for values in answers.outputs.values()):
        return answers
    outputs = {
        f"{name} {place}".strip(): values[place - 1 : place]
        for name, values in answers.outputs.items()
        for place in range(1, len(values) + 1)
    }
    return RawAnswers(outputs, unnamed=True)


def _in_order(said: Any, index: pd.Index | None) -> Any:
    """A table that its model sorted says by its index which row is which."""
    if index is None or len(said) != len(index) or said.index.equals(index) or not said.index.is_unique:
        return said
    return said.loc[index] if said.index.isin(index).all() and index.is_unique else said


def _of_columns(columns: Mapping[str, Any]) -> RawAnswers:
    label = _label_with_chances(columns)
    if label is not None:
        return label
    outputs: dict[str, np.ndarray] = {}
    for name, values in columns.items():
        table = pd.DataFrame(list(values)) if _are_mappings(values) else None
        if table is not None:
            outputs |= {f"{name} {inner}": table[inner].to_numpy() for inner in table}
            continue
        array = _array(values)
        outputs |= {name: array.ravel()} if array.ndim < 2 else _split(name, array.reshape(len(array), -1), ())
    return RawAnswers({"": next(iter(outputs.values()))} if len(outputs) == 1 else outputs)


def _label_with_chances(columns: Mapping[str, Any]) -> RawAnswers | None:
    """Classifiers in ONNX give a label beside a mapping from each class to its chance."""
    maps = [name for name, values in columns.items() if _are_mappings(values)]
    if len(columns) != 2 or len(maps) != 1:
        return None
    (label,) = set(columns) - set(maps)
    labels, chances = _array(columns[label]), pd.DataFrame(list(columns[maps[0]]))
    if labels.ndim != 1 or len(labels) != len(chances) or not all(map(pd.api.types.is_numeric_dtype, chances.dtypes)):
        return None
    return RawAnswers({"": labels}, chances) if set(labels.tolist()) <= set(chances.columns) else None


def _are_mappings(values: Any) -> bool:
    return not isinstance(values, str | Mapping) and len(values) > 0 and all(isinstance(one, Mapping) for one in values)


def _split(name: str, table: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    if table.shape[1] == 1:
        return {name: table[:, 0]}
    if len(names) != table.shape[1]:
        names = [f"{name} {place}".strip() for place in range(1, table.shape[1] + 1)]
    return {own: table[:, place] for place, own in enumerate(names)}


def _array(values: Any) -> np.ndarray:
    """Return values as they are: NumPy would make texts of numbers beside words.

    Raises:
        ModelError: they are complex numbers, of which a part alone would say something else.
    """
    array = np.asarray(values)
    if isinstance(values, list | tuple) and not any(np.ndim(one) for one in values):
        each = np.empty(len(values), dtype=object)
        each[:] = values
        array = each if any(isinstance(one, str | bool | None) for one in values) else array
    if np.iscomplexobj(array):
        raise ModelError(
            N_("The model must answer with numbers or words, but it answered with complex numbers."),
            N_("Choose another version."),
        )
    if array.dtype == object and array.size and all(isinstance(one, Decimal | Fraction) for one in array.flat):
        return array.astype(float)
    return array
