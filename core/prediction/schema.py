"""What a model wants to know, from whatever its makers left: a profile, a signature, an example, or the model."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.model_inputs import choices_of_model, columns_of_model
from core.prediction.names import by_name, matches
from core.prediction.told import are_fields
from core.store.foreign.pool import ForeignModel
from core.store.foreign.process import unreadable
from core.store.models import InputColumn, ModelFiles, Parameter

FieldKind = Literal["number", "integer", "category", "boolean", "date", "text"]
Answer = float | int | str | bool | None

NUMPY_TYPES = {
    "double": "float64", "float": "float32", "long": "int64", "integer": "int32", "boolean": "bool",
    "string": "str", "datetime": "datetime64[ns]",
}  # fmt: skip
PYTHON_TYPES = {"double": float, "long": int, "string": str, "boolean": bool}  # that pandas makes these types of
LARGEST_WHOLE = 2**53  # beyond it a float is another number
WHOLE_TYPES = {"long", "integer"}
NUMBER_TYPES = {"double", "float", *WHOLE_TYPES}
TRUE_WORDS = {"true", "yes", "1", "1.0", "sí", "si", "verdadero"}
FALSE_WORDS = {"false", "no", "0", "0.0", "falso"}


@dataclass(frozen=True)
class InputField:
    """One input of a model.

    ``low``, ``median`` and ``high`` are of the training rows, None where nobody kept them. ``choices`` are the
    categories seen in training, most frequent first. ``start`` is a typical value (median or most frequent), or the
    logged example's; dates are ISO 8601 texts. An ``optional`` one may be left empty (None): the signature says so, or
    training rows lacked it too; ``never_missing``: no known training row did. A parameter (``is_parameter``) is
    given apart from the inputs, and has a default.
    """

    name: str
    kind: FieldKind
    dtype: str
    start: Answer
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    median: float | None = None
    optional: bool = False
    is_parameter: bool = False
    never_missing: bool = False

    @property
    def is_number(self) -> bool:
        """Tell whether its values are numbers."""
        return self.kind in {"number", "integer"}

    @property
    def only_whole(self) -> bool:
        """Tell whether its values are whole numbers."""
        return self.kind == "integer" or self.dtype in WHOLE_TYPES

    @property
    def has_range(self) -> bool:
        """Tell whether training saw different numbers of it, so that it can be moved between them."""
        return self.is_number and self.low is not None and self.high is not None and self.low < self.high


def input_fields(files: ModelFiles, model: Any = None, row: Mapping[str, Any] | None = None) -> list[InputField]:
    """Return the model's inputs in the order it expects them; ``row`` is one that a person gave where nothing tells.

    Raises:
        ModelError: neither profile nor signature nor example nor the model itself nor a row tells.
    """
    if isinstance(model, ForeignModel):
        told = model.run(_input_fields, files, row, known=(InputField, UnknownInputsError))
        if not are_fields(told, InputField, get_args(FieldKind), NUMPY_TYPES):
            raise unreadable()
        return list(told)
    columns = list(files.columns) or _columns_of_example(files.example) or _as_in_row(columns_of_model(model), row)
    if not columns:
        raise UnknownInputsError(
            N_("This model does not say what it wants to know: it has no signature and no input example."),
            N_("Log it again with a signature or an input example, or choose another version."),
        )
    unsupported = [column for column in columns if column.required and column.type not in NUMPY_TYPES]
    if unsupported:
        raise ModelError(
            N_("This model wants to know things that cannot be entered here: {names}."),
            N_("Only numbers, words, dates and yes/no can be entered. Choose another model."),
            names=", ".join(f"{column.name} ({column.type})" for column in unsupported),
        )
    twice = [name for name, count in Counter(column.name for column in columns).items() if count > 1]
    if twice:
        raise ModelError(
            N_("The inputs of a model must have different names, but its signature has these twice: {names}."),
            N_("Log it again with other names, or choose another version."),
            names=", ".join(map(repr, twice)),
        )
    known = choices_of_model(model, columns, signed=bool(files.columns))
    names = [column.name for column in columns]
    profiled = by_name(names, {f["name"]: f for f in (files.profile or {}).get("features", [])})
    first = by_name(names, {} if files.example is None else files.example.iloc[0].to_dict()) | by_name(names, row or {})
    return [
        replace(
            _field(column, profiled.get(column.name), first.get(column.name), known.get(column.name, ())),
            never_missing=_never_missing(column, profiled.get(column.name)),
        )
        for column in columns
        if column.type in NUMPY_TYPES
    ] + [_parameter(one) for one in files.parameters if one.name not in {column.name for column in columns}]


def _parameter(one: Parameter) -> InputField:
    bare = InputField(one.name, _kind(one.type), one.type, None, optional=True, is_parameter=True)
    return replace(bare, start=form_value(one.default, bare))


class UnknownInputsError(ModelError):
    """Nothing says what a model wants to know; a row that a person gives may."""


def _input_fields(model: Any, files: ModelFiles, row: Mapping[str, Any] | None) -> list[InputField]:
    return input_fields(files, model, row)


def names_of(fields: Sequence[InputField]) -> list[str]:
    """Return what the inputs are called."""
    return [field.name for field in fields]


def starting_values(fields: Sequence[InputField], row: Mapping[str, Any] | None = None) -> dict[str, Answer]:
    """Return what the form shows first: typical values, or those of a real ``row``."""
    if row is None:
        return {field.name: field.start for field in fields}
    given = by_name(names_of(fields), row)
    return {
        field.name: form_value(given[field.name], field) if field.name in given else field.start for field in fields
    }


def input_frame(fields: Sequence[InputField], answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Return one row with the columns and types the model expects.

    Raises:
        ModelError: an answer does not fit its column's type.
    """
    given = by_name(names_of(fields), answers)
    row = {field.name: _as_float(given.get(field.name), field) for field in fields}
    table = pd.DataFrame({name: [value] for name, value in row.items()})
    # Values that have their types need nothing more: column by column it takes as long as asking the model
    return table if all(_is_typed(row[field.name], field) for field in fields) else typed_frame(fields, table)


def _as_float(value: Answer, field: InputField) -> Answer:
    return float(value) if type(value) is int and abs(value) < LARGEST_WHOLE and field.dtype == "double" else value


def _is_typed(value: Answer, field: InputField) -> bool:
    return type(value) is PYTHON_TYPES.get(field.dtype) and (type(value) is not int or abs(value) < LARGEST_WHOLE)


def typed_frame(fields: Sequence[InputField], table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of ``table`` that the model wants, under its names, in its order and with its types.

    Raises:
        ModelError: a column is missing, or one of its values does not fit.
    """
    places = matches(names_of(fields), table.columns)
    if missing := [field.name for field in fields if field.name not in places and not field.optional]:
        raise ModelError(
            N_("The rows lack columns that this version wants to know: {names}."),
            N_("Use rows that have them."),
            names=", ".join(missing[:10]),
        )
    nothing = pd.Series([None] * len(table), index=table.index, dtype=object)
    columns = {
        field.name: typed(table[places[field.name]] if field.name in places else nothing, field) for field in fields
    }
    return pd.DataFrame(columns, index=table.index)


def typed(values: pd.Series, field: InputField) -> pd.Series:
    """Return values in the type that the model expects; what is missing stays missing where it may.

    Raises:
        ModelError: one of them does not fit; it is named.
    """
    fitting, bad = fit_values(values, field)
    if bad.any():
        raise ModelError(
            N_("{name} must be of type {type}, but it is {value}."),
            N_("Enter another value."),
            name=field.name,
            type=field.dtype,
            value=repr(values[bad].tolist()[0]),
        )
    return fitting


def fit_values(values: pd.Series, field: InputField) -> tuple[pd.Series, pd.Series]:
    """Return values in the type that the model expects, and which of them do not fit (those are missing there).

    Whole numbers may be written as 3.0, and yes/no in words. A value that is missing does not fit where the type has
    no room for it, unless the field is optional: then it stays missing.
    """
    numpy_type = NUMPY_TYPES[field.dtype]
    missing = values.isna()
    if field.dtype in NUMBER_TYPES:
        numbers = pd.to_numeric(values, errors="coerce").astype("float64") if values.dtype != numpy_type else values
        bad = numbers.isna() & ~missing
        if field.dtype not in WHOLE_TYPES:
            return numbers.astype(numpy_type), bad
        whole = numbers % 1 == 0
        if numbers is not values:
            info = np.iinfo(numpy_type)  # the largest of 64 bits is no float, and the next one is beyond it
            whole &= numbers.between(float(info.min), np.nextafter(float(info.max) + 1, 0))
        bad = bad | (~whole & ~missing) | (missing & (not field.optional))
        if bad.any() or missing.any():
            return numbers.where(~bad), bad
        # An integer beyond 2**53 would change on the way through a float
        return (values if pd.api.types.is_integer_dtype(values) else numbers).astype(numpy_type), bad
    if field.dtype == "boolean":
        words = values.astype("str").str.normalize("NFC").str.strip().str.lower()
        true = words.isin(TRUE_WORDS)
        bad = ~(true | words.isin(FALSE_WORDS)) & ~(missing & field.optional)
        return (true.astype(object).where(~missing, None) if missing.any() else true), bad
    if field.dtype == "datetime":
        # What has a time zone is that moment in UTC, as in Parquet; years beyond 1677 and 2262 have no nanoseconds
        times = pd.to_datetime(values, errors="coerce", format="mixed", utc=True).dt.tz_localize(None)
        times = times.where(times.between(pd.Timestamp.min, pd.Timestamp.max))
        return times.astype(numpy_type), (times.isna() & ~missing)
    return values.astype("str").where(~missing), pd.Series(False, index=values.index)


def is_outside(field: InputField, value: Answer) -> bool:
    """Tell whether training saw no such value."""
    if field.has_range and isinstance(value, int | float):
        return not (field.low or 0) <= value <= (field.high or 0)
    return bool(field.choices) and value is not None and value not in field.choices


def inside(field: InputField, value: Answer) -> Answer:
    """Return the nearest value that training saw."""
    if not is_outside(field, value):
        return value
    if field.choices:
        return field.start
    nearest = min(max(float(value or 0), field.low or 0), field.high or 0)
    return round(nearest) if field.kind == "integer" else nearest


def form_value(value: Any, field: InputField) -> Answer:
    """Turn a NumPy or missing value into what a form can hold; what cannot be read becomes the field's start."""
    if is_missing(value):
        return None if field.optional else _start_of(field)
    if field.kind == "boolean":
        return str(value).strip().lower() in TRUE_WORDS
    if field.is_number:
        try:
            read = float(value)
        except (ValueError, TypeError, OverflowError):  # an address that somebody wrote
            return _start_of(field)
        if not math.isfinite(read):
            return _start_of(field)
        return round(read) if field.kind == "integer" else read
    if field.kind == "date":
        read_time = pd.to_datetime(value, errors="coerce")
        return _start_of(field) if pd.isna(read_time) else read_time.isoformat()
    return str(value)


def _start_of(field: InputField) -> Answer:
    if field.start is not None or field.optional:
        return field.start
    nothing: dict[FieldKind, Answer] = {"boolean": False, "integer": 0, "number": 0.0, "date": "2000-01-01T00:00:00"}
    return nothing.get(field.kind, field.choices[0] if field.choices else "")


def is_missing(value: Any) -> bool:
    """Tell whether there is no value."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _field(
    column: InputColumn, profile: Mapping[str, Any] | None, example: Any, known: tuple[str, ...] = ()
) -> InputField:
    optional = not column.required or bool((profile or {}).get("missing"))
    if profile is None and known:
        first = known[0] if is_missing(example) else str(example)
        return InputField(column.name, "category", column.type, first, choices=known, optional=optional)
    if profile is None or (profile["type"] != "category" and profile.get("median") is None):
        kind = _kind(column.type)
        bare = InputField(column.name, kind, column.type, None, optional=optional)
        start = None if optional and example is None else _start_of(bare) if example is None else example
        return InputField(column.name, kind, column.type, form_value(start, bare), optional=optional)
    if profile["type"] == "category":
        choices = tuple(str(category["value"]) for category in profile["categories"])
        mode = profile.get("mode") or (choices[0] if choices else "")
        return InputField(column.name, "category", column.type, str(mode), choices=choices, optional=optional)
    whole = profile["type"] == "integer"
    median = float(profile["median"])
    return InputField(
        column.name,
        "integer" if whole else "number",
        column.type,
        round(median) if whole else median,
        low=float(profile["min"]),
        high=float(profile["max"]),
        median=median,
        optional=optional,
    )


def _never_missing(column: InputColumn, profile: Mapping[str, Any] | None) -> bool:
    return column.required if profile is None or "missing" not in profile else not profile["missing"]


def _kind(dtype: str) -> FieldKind:
    if dtype in WHOLE_TYPES:
        return "integer"
    kinds: dict[str, FieldKind] = {"boolean": "boolean", "double": "number", "float": "number", "datetime": "date"}
    return kinds.get(dtype, "text")


def _columns_of_example(example: pd.DataFrame | None) -> list[InputColumn]:
    if example is None:
        return []
    return [InputColumn(str(name), _type_of(example[name]), required=True) for name in example.columns]


def _as_in_row(columns: list[InputColumn], row: Mapping[str, Any] | None) -> list[InputColumn]:
    """Return what a model knows of its columns with the types of a row that a person gave, who knows more."""
    if not row:
        return columns
    told = _columns_of_example(pd.DataFrame([dict(row)]))
    types = by_name([one.name for one in columns], {column.name: column.type for column in told})
    return [replace(one, type=types.get(one.name, one.type)) for one in columns] or told


def _type_of(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "long"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "datetime"
    return "double" if pd.api.types.is_float_dtype(values) else "string"
