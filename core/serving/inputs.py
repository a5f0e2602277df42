"""What a program may ask of a model: each input as a JSON Schema, and a record read by them, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.i18n import N_, translate
from core.prediction.given import readable_cells
from core.prediction.names import matches
from core.prediction.schema import Answer, InputField, is_missing
from core.prediction.tables.cells import IS_MISSING, NO_NUMBER
from core.serving.problems import WrongField, WrongInputsError
from core.training.tasks import Limit

MOST_CHOICES = 200  # words of an input that its schema lists
MOST_NAMES = 50  # inputs that are named to whoever asks for another
UNKNOWN = N_("is no input of this model")
OF_KIND = {"number": "number", "integer": "integer", "boolean": "boolean", "date": "string"}


def json_schema(field: InputField, limit: Limit | None = None) -> dict[str, Any]:
    """Return an input as JSON Schema (2020-12) says it.

    What the model was trained on stands under ``x-trained-on``: a value beyond it is answered, and called untypical.
    """
    kind = OF_KIND.get(field.kind, "string")
    schema: dict[str, Any] = {"type": [kind, "null"] if field.optional else kind}
    if kind == "string" and not field.optional:
        schema["minLength"] = 1
    if field.kind == "date":
        schema["format"] = "date-time"
    if limit is not None and limit.low is not None:
        schema["minimum"] = limit.low
    if limit is not None and limit.high is not None:
        schema["maximum"] = limit.high
    if field.low is not None and field.high is not None:
        schema["x-trained-on"] = {"from": field.low, "to": field.high}
    elif field.choices:
        schema["x-trained-on"] = {"values": list(field.choices[:MOST_CHOICES])}
    if field.start is not None:
        schema["examples"] = [field.start]
    return schema


def record_schema(fields: Sequence[InputField], limits: Sequence[Limit] = ()) -> dict[str, Any]:
    """Return the JSON Schema of one record."""
    by_input = {limit.input: limit for limit in limits}
    return {
        "type": "object",
        "properties": {field.name: json_schema(field, by_input.get(field.name)) for field in fields},
        "required": [field.name for field in fields if not field.optional],
        "additionalProperties": False,
    }


def read_record(
    record: Mapping[str, Any], fields: Sequence[InputField], limits: Sequence[Limit] = ()
) -> dict[str, Answer]:
    """Return the inputs of a record, by the names that the model has for them.

    Cells are read as those of a file are: ``"1234.5"`` is a number too, and what reads in two ways is refused.

    Raises:
        WrongInputsError: an input is missing, is not known, or has a value that it cannot have; each is named.
    """
    names = matches([field.name for field in fields], record)
    row = {name: record[given] for name, given in names.items()}
    found, problems = readable_cells(row, fields)
    by_input = {limit.input: limit for limit in limits}
    wrong = []
    for field in fields:
        limit, value = by_input.get(field.name), row.get(field.name)
        problem = NO_NUMBER if isinstance(value, bool) and field.is_number else ""  # a file's column of them counts
        problem = problem or problems.get(field.name, "")
        if not problem and not field.optional and is_missing(found.get(field.name)):
            problem = IS_MISSING
        if not problem and limit is not None and not _within(found.get(field.name), limit):
            problem = limit.message
        if problem:
            wrong.append(WrongField(field.name, value, translate(problem), json_schema(field, limit)))
    known = {"inputs": [field.name for field in fields[:MOST_NAMES]]}
    used = set(names.values())
    wrong += [WrongField(str(name), record[name], translate(UNKNOWN), known) for name in record if name not in used]
    if wrong:
        raise WrongInputsError(wrong)
    return {field.name: found.get(field.name) for field in fields if field.name in found or not field.is_parameter}


def _within(value: Answer, limit: Limit) -> bool:
    if not isinstance(value, int | float):
        return True
    return (limit.low is None or value >= limit.low) and (limit.high is None or value <= limit.high)
