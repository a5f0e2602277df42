"""A row that a person gives, read cell by cell as the rows of a file are: each is read, or refused by its name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from core.errors import ModelError
from core.i18n import N_, translate
from core.prediction.schema import LARGEST_WHOLE, Answer, InputField, form_value, is_missing
from core.prediction.tables.cells import IN_TWO_WAYS, IS_MISSING, NO_NUMBER, reason_of, typed_cells
from core.tables.cells import MISSING, numbers
from core.tables.signs import NUMBER, TwoWays, signs_of

LONGEST = 60  # characters of a cell in a sentence
NO_SINGLE_VALUE = N_("is a list or an object")
LEADING_ZERO = re.compile(r"[+-]?0\d")  # 007 is a word


def read_cells(row: Mapping[str, Any], fields: Sequence[InputField]) -> dict[str, Answer]:
    """Return the values of a row, by the names of the inputs; empty ones that may not be so are left out.

    Raises:
        ModelError: a cell cannot be read, or in two ways; each is named.
    """
    found, wrong = readable_cells(row, fields)
    _refuse([_named(name, row[name], reason) for name, reason in wrong.items()])
    return found


def readable_cells(row: Mapping[str, Any], fields: Sequence[InputField]) -> tuple[dict[str, Answer], dict[str, str]]:
    """Return the values of a row as ``read_cells``, and of each that cannot be read why, as a msgid."""
    found: dict[str, Answer] = {}
    wrong: dict[str, str] = {}
    for field in fields:
        if field.name not in row:
            continue
        value = row[field.name]
        reason = NO_SINGLE_VALUE if isinstance(value, list | dict) else _read(value, field, found)
        if reason:
            wrong[field.name] = reason
    return found, wrong


def read_unknown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of whose inputs nothing is known: texts that read as numbers become such, all else stays.

    Raises:
        ModelError: a cell is empty, so that it tells no type, reads in two ways, or is no single value; each is named.
    """
    found: dict[str, Any] = {}
    wrong = []
    for name, value in row.items():
        reason = ""
        if isinstance(value, list | dict):
            reason = NO_SINGLE_VALUE
        elif is_missing(value) or (isinstance(value, str) and value.strip() in MISSING):
            reason = IS_MISSING
        elif isinstance(value, float) and not np.isfinite(value):
            reason = NO_NUMBER
        elif isinstance(value, str):
            reason, value = _number_or_word(value, name)
        found[name] = value
        if reason:
            wrong.append(_named(name, value, reason))
    _refuse(wrong)
    return found


def _number_or_word(text: str, name: str) -> tuple[str, Any]:
    """Return why a text cannot be read, as a msgid, and what it is."""
    cells = pa.array([text])
    if not NUMBER.fullmatch(text.strip()) or LEADING_ZERO.match(text.strip()):
        return "", text
    signs = signs_of(cells, name, np.array([1]))
    if isinstance(signs, TwoWays):
        return IN_TWO_WAYS, text
    values, bad = numbers(cells, signs)
    return (NO_NUMBER, text) if bad[0] else ("", values.iloc[0].item())


def _named(name: str, value: Any, reason: str) -> str:
    told = "" if reason in (NO_SINGLE_VALUE, IS_MISSING) else f": {str(value)[:LONGEST]!r}"
    return f"{name}{told or ':'} {translate(reason)}"


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        raise ModelError(
            N_("Every value must be one that its input can have, but these are not: {cells}."),
            N_("Correct them and try again; thousands are written without a sign, and dates like 2026-03-25."),
            cells="; ".join(wrong[:10]),
        )


def _read(value: Any, field: InputField, found: dict[str, Answer]) -> str:
    """Put a value where the others are; return why that cannot be, as a msgid."""
    if _is_plain(value, field):
        found[field.name] = form_value(value, field)
        return ""
    try:
        cells = pa.array([value])
    except OverflowError:  # a whole number of more than 64 bits
        return NO_NUMBER
    except UnicodeEncodeError:  # half a character
        return NO_SINGLE_VALUE
    except pa.ArrowException:
        return NO_SINGLE_VALUE
    if cells.type == pa.null():
        cells = cells.cast(pa.string())
    try:
        signs = signs_of(cells, field.name, np.array([1]), field if field.is_number else None)
    except ModelError:
        return IN_TWO_WAYS
    if isinstance(signs, TwoWays):
        if field.is_number:
            return IN_TWO_WAYS
        signs = signs_of(cells, field.name, np.array([1]), None, ".")
    typed = typed_cells(cells, field, signs)  # type: ignore[arg-type]
    if typed.missing[0]:
        if field.optional:
            found[field.name] = None
        return ""
    endless = field.is_number and not np.isfinite(float(typed.values.iloc[0] if not typed.bad[0] else 0))
    if typed.bad[0] or endless or is_missing(typed.values.iloc[0]):
        return reason_of(field, signs, str(value))  # type: ignore[arg-type]
    found[field.name] = form_value(typed.values.iloc[0], field)
    return ""


def _is_plain(value: Any, field: InputField) -> bool:
    """Tell whether a value needs no reading: a number for a number, or one of the words that training saw."""
    if field.dtype == "string":
        return type(value) is str and value in field.choices
    if type(value) is float:
        return field.dtype == "double" and math.isfinite(value)
    return type(value) is int and field.dtype in {"double", "long"} and abs(value) < LARGEST_WHOLE
