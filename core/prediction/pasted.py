"""A row that a person pastes: a CSV line, with or without its heading, or JSON as MLflow's servers take it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ModelError
from core.foreign_json import read_json
from core.i18n import N_
from core.prediction.names import by_name, matches
from core.prediction.schema import InputField, names_of
from core.prediction.tables.headings import refuse_repeated
from core.tables.dialects import SEPARATOR_LINE, as_pandas

LONGEST = 100_000  # characters
DELIMITERS = ",;\t|"
DEEPEST = 4  # objects and lists inside each other: {"dataframe_split": {"data": [[…]]}}


@dataclass(frozen=True)
class Pasted:
    """What was pasted, by the inputs' own names; ``unknown`` names are no input's, ``missing`` inputs not given."""

    values: Mapping[str, Any]
    unknown: Sequence[str] = ()
    missing: Sequence[str] = ()


def read_pasted(text: str, fields: Sequence[InputField]) -> Pasted:
    """Read one row from a text; of several rows the first. Without ``fields`` its own names are taken.

    Raises:
        ModelError: it is no row, names a value twice, or has no names and not as many values as there are inputs.
    """
    text = text.lstrip("\ufeff").strip(" \r\n")  # a tab at an end has an empty cell beside it
    if not text.strip() or len(text) > LONGEST:
        raise _unreadable()
    row = _from_json(text) if text.strip()[0] in "{[" else _from_csv(text, names_of(fields))
    if isinstance(row, Mapping):
        return _matched(row, fields)
    if not fields:
        raise ModelError(
            N_("Nothing is known of this model's inputs, so the row must name them, but it has only values."),
            N_("Paste the heading with it."),
        )
    if len(row) != len(fields):
        raise ModelError(
            N_("A row without names must have {expected} values in the model's order, but it has {got}."),
            N_("Paste the heading with it, or correct the row."),
            expected=len(fields),
            got=len(row),
        )
    return Pasted({field.name: value for field, value in zip(fields, row, strict=True)})


def _matched(row: Mapping[str, Any], fields: Sequence[InputField]) -> Pasted:
    if not fields:
        return Pasted({str(name): value for name, value in row.items()})
    values, known = by_name(names_of(fields), row), set(matches(names_of(fields), row).values())
    if not values:
        raise ModelError(
            N_("The row must name inputs of the model, but none of its names is one: {names}."),
            N_("The model wants to know: {wanted}."),
            names=", ".join(list(row)[:10]),
            wanted=", ".join(field.name for field in fields[:20]),
        )
    return Pasted(values, [name for name in row if name not in known], [f.name for f in fields if f.name not in values])


def _from_json(text: str) -> Mapping[str, Any] | Sequence[Any]:
    try:
        read = read_json(text, pairs=_object)
    except ValueError as error:
        raise _unreadable() from error
    if _is_deep(read):
        raise ModelError(
            N_("A row may have objects and lists up to {most} deep, but this one has more."),
            N_("Paste an object with a value for each input."),
            most=DEEPEST,
        )
    if isinstance(read, dict):
        for name in ("dataframe_records", "dataframe_split", "inputs", "instances"):
            if name in read:
                read = read[name]
                break
    if isinstance(read, dict) and isinstance(read.get("columns"), list) and isinstance(read.get("data"), list):
        first = read["data"][0] if read["data"] else []
        if not isinstance(first, list):
            raise _unreadable()
        return dict(zip(map(str, read["columns"]), first, strict=False))
    if isinstance(read, list) and read and isinstance(read[0], dict | list):
        read = read[0]
    if isinstance(read, dict):
        return {str(name): value[0] if isinstance(value, list) and value else value for name, value in read.items()}
    if isinstance(read, list) and read:
        return read
    raise _unreadable()


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    refuse_repeated([name for name, _value in pairs], ())
    return dict(pairs)


def _is_deep(read: Any) -> bool:
    level = [read]
    for _depth in range(DEEPEST + 1):
        level = [one for one in level if isinstance(one, dict | list)]
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return bool(level)


def _from_csv(text: str, wanted: Sequence[str]) -> Mapping[str, Any] | Sequence[Any]:
    told = SEPARATOR_LINE.match(text)
    text = text[told.end() :].lstrip("\r\n") if told else text
    if not text:
        raise _unreadable()
    first = text.splitlines()[0]
    # 30<tab>45,000 has one of each
    likely = max(DELIMITERS, key=lambda sign: (first.count(sign), sign != ","))
    delimiter = told[1] if told and told[1] in DELIMITERS else likely
    try:
        lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if line][:2]
    except csv.Error as error:
        raise _unreadable() from error
    row = [cell.strip() or None for cell in lines[-1]]
    if len(lines) == 1:
        return row
    if len(lines[0]) != len(row):
        raise ModelError(
            N_("The row must have as many values as its heading has names, {expected}, but it has {got}."),
            N_("Correct it and paste it again."),
            expected=len(lines[0]),
            got=len(row),
        )
    refuse_repeated(lines[0], wanted)
    return dict(zip(as_pandas(lines[0]), row, strict=True))


def _unreadable() -> ModelError:
    return ModelError(
        N_("What is pasted must be one row, as CSV or as JSON, but it cannot be read as one."),
        N_("For example: a line of a CSV file with its heading above, or an object with a value for each input."),
    )
