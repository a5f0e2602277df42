"""What a model wants to know, from whatever its makers left: a profile, a signature, an example, or the model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.store.models import InputColumn, ModelFiles

FieldKind = Literal["number", "integer", "category", "boolean", "text"]
Answer = float | int | str | bool | None

NUMPY_TYPES = {
    "double": "float64", "float": "float32", "long": "int64", "integer": "int32", "boolean": "bool",
    "string": "str", "datetime": "datetime64[ns]",
}  # fmt: skip
WHOLE_TYPES = {"long", "integer"}


@dataclass(frozen=True)
class InputField:
    """One input of a model.

    ``low`` and ``high`` are the range seen in training, None where nobody kept it. ``choices`` are the categories
    seen in training. ``start`` is a typical value (median or most frequent), or the logged example's.
    """

    name: str
    kind: FieldKind
    dtype: str
    start: Answer
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def input_fields(files: ModelFiles, model: Any = None) -> list[InputField]:
    """Return the model's inputs in the order it expects them.

    Raises:
        ModelError: neither profile nor signature nor example nor the model itself tells.
    """
    columns = list(files.columns) or _columns_of_example(files.example) or _columns_of_model(model)
    if not columns:
        raise ModelError(
            N_("This model does not say what it wants to know: it has no signature and no input example."),
            N_("Log it again with a signature or an input example, or choose another version."),
        )
    unsupported = [column.name for column in columns if column.type not in NUMPY_TYPES]
    if unsupported:
        raise ModelError(
            N_("This model wants to know things that cannot be entered here: {names}."),
            N_("Only numbers, words, dates and yes/no can be entered. Choose another model."),
            names=", ".join(unsupported),
        )
    profiled = {f["name"]: f for f in (files.profile or {}).get("features", [])}
    first = {} if files.example is None else files.example.iloc[0].to_dict()
    return [_field(column, profiled.get(column.name), first.get(column.name)) for column in columns]


def starting_values(fields: Sequence[InputField], row: Mapping[str, Any] | None = None) -> dict[str, Answer]:
    """Return what the form shows first: typical values, or those of a real ``row``."""
    if row is None:
        return {field.name: field.start for field in fields}
    return {field.name: _plain(row.get(field.name), field) for field in fields}


def input_frame(fields: Sequence[InputField], answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Return one row with the columns and types the model expects.

    Raises:
        ModelError: an answer does not fit its column's type.
    """
    columns = {}
    for field in fields:
        value = answers.get(field.name)
        try:
            columns[field.name] = pd.Series([value], dtype=NUMPY_TYPES[field.dtype])
        except (ValueError, TypeError) as error:
            raise ModelError(
                N_("{name} must be of type {type}, but it is {value}."),
                N_("Enter another value."),
                name=field.name,
                type=field.dtype,
                value=repr(value),
            ) from error
    return pd.DataFrame(columns)


def _field(column: InputColumn, profile: Mapping[str, Any] | None, example: Any) -> InputField:
    if profile is None:
        kind = _kind(column.type)
        field = InputField(column.name, kind, column.type, None)
        return InputField(column.name, kind, column.type, _plain(example, field))
    if profile["type"] == "category":
        choices = tuple(str(category["value"]) for category in profile["categories"])
        start = profile.get("mode") or (choices[0] if choices else "")
        return InputField(column.name, "category", column.type, str(start), choices=choices)
    whole = profile["type"] == "integer"
    start = float(profile["median"])
    return InputField(
        column.name,
        "integer" if whole else "number",
        column.type,
        round(start) if whole else start,
        low=float(profile["min"]),
        high=float(profile["max"]),
    )


def _kind(dtype: str) -> FieldKind:
    if dtype == "boolean":
        return "boolean"
    if dtype in WHOLE_TYPES:
        return "integer"
    return "number" if dtype in {"double", "float"} else "text"


def _plain(value: Any, field: InputField) -> Answer:
    """Turn a NumPy or missing value into what a form can hold."""
    missing = value is None or (not isinstance(value, str) and bool(pd.isna(value)))
    if field.kind == "boolean":
        return False if missing else bool(value)
    if field.kind in {"integer", "number"}:
        whole = field.kind == "integer"
        try:
            read = float("nan") if missing else float(value)
        except (ValueError, TypeError):  # an address that somebody wrote
            read = float("nan")
        if not math.isfinite(read):
            return field.start if field.start is not None else 0 if whole else 0.0
        return round(read) if whole else read
    return (field.start or "") if missing else str(value)


def _columns_of_example(example: pd.DataFrame | None) -> list[InputColumn]:
    if example is None:
        return []
    return [InputColumn(str(name), _type_of(example[name]), required=True) for name in example.columns]


def _columns_of_model(model: Any) -> list[InputColumn]:
    """scikit-learn estimators remember the names of the columns they were fitted on, not their types."""
    return [InputColumn(str(name), "double", required=True) for name in getattr(model, "feature_names_in_", ())]


def _type_of(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "long"
    return "double" if pd.api.types.is_float_dtype(values) else "string"
