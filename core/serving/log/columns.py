"""Values of all kinds as columns of Arrow: numbers, whole numbers, words and flags keep what they are.

The log's own columns have plain names; an input's begins with ``INPUT``, which none of ours has, so that no column of a
model can be taken for one of ours.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa

from core.prediction.names import normal
from core.serving.log.entries import Entry, TrueAnswers, in_utc

INPUT, CHANCE = "input:", "chance:"
MASKED = b"masked"  # of a field whose values are written nowhere
MOMENT = pa.timestamp("us", tz="UTC")
KEY = {"request_id": pa.string(), "row": pa.int32(), "at": MOMENT}
OWN = {
    **KEY, "version": pa.int64(), "stage": pa.string(), "origin": pa.string(), "milliseconds": pa.float64(),
}  # fmt: skip
OF_SHADOW = {**KEY, "version": pa.int64(), "origin": pa.string(), "shadow_version": pa.int64()}
NOTHING = {"NAType", "NaTType"}  # of pandas, which need not be imported to know them
SIZES = (-(2**63), 2**63 - 1)


def asked_table(entries: Sequence[Entry], masks: Collection[str] = ()) -> pa.Table:
    """Return a row for each row that was asked; what is masked is a column without values.

    Raises:
        ValueError: an entry has not as many values of each column as answers.
    """
    lengths = [len(entry.answers) for entry in entries]
    own = _key([(entry.request_id, entry.at) for entry in entries], lengths)
    for name in ("version", "stage", "origin", "milliseconds"):
        own[name] = _repeated([getattr(entry, name) for entry in entries], lengths, OWN[name])
    own["prediction"] = _joined([entry.answers for entry in entries], lengths)
    own |= _chances(entries, lengths)
    fields = [pa.field(name, values.type) for name, values in own.items()]
    columns = list(own.values())
    for name, (parts, counts) in _inputs(entries, lengths).items():
        hidden = is_masked(name, entries[0].model, masks)
        values = pa.nulls(sum(lengths)) if hidden else _joined(parts, counts)
        fields.append(pa.field(text(INPUT + name), values.type, metadata={MASKED: b"1"} if hidden else None))
        columns.append(values)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _inputs(
    entries: Sequence[Entry], lengths: Sequence[int]
) -> dict[str, tuple[Sequence[Sequence[Any] | None], Sequence[int]]]:
    """Return the values of each input in parts, and how many rows each part has.

    Requests of one row each, all of the same columns, are most of what comes: their rows are turned over at once.
    """
    columns = entries[0].columns
    if all(isinstance(one.rows, list) and one.columns == columns for one in entries):
        if [len(entry.rows) for entry in entries] != list(lengths):
            raise ValueError("an entry must have a row for each answer")
        turned = zip(*(row for entry in entries for row in entry.rows), strict=True)
        whole = list(turned) or [()] * len(columns)
        return {str(name): ([part], [sum(lengths)]) for name, part in zip(columns, whole, strict=True)}
    given = [{str(name): values for name, values in entry.inputs.items()} for entry in entries]
    names = dict.fromkeys(name for one in given for name in one)
    return {name: ([one.get(name) for one in given], lengths) for name in names}


def shadow_table(entries: Sequence[Entry], _masks: Collection[str] = ()) -> pa.Table:
    """Return a row for each row of which it is known what another version would have answered.

    Raises:
        ValueError: an entry has not as many differences as answers.
    """
    lengths = [len(entry.shadow_answers) for entry in entries]
    own = _key([(entry.request_id, entry.at) for entry in entries], lengths)
    for name in ("version", "origin", "shadow_version"):
        own[name] = _repeated([getattr(entry, name) for entry in entries], lengths, OF_SHADOW[name])
    own["shadow_prediction"] = _joined([entry.shadow_answers for entry in entries], lengths)
    own["shadow_differs"] = _joined([entry.shadow_differs for entry in entries], lengths).cast(pa.bool_())
    return pa.table(own)


def truth_table(told: Sequence[TrueAnswers], _masks: Collection[str] = ()) -> pa.Table:
    """Return a row for each true answer."""
    lengths = [len(one.values) for one in told]
    return pa.table(
        {
            "request_id": pa.array([text(one) for each in told for one in each.request_ids], pa.string()),
            "row": pa.array([row for each in told for row in each.rows], pa.int32()),
            "at": _repeated([in_utc(one.at) for one in told], lengths, MOMENT),
            "truth": _joined([one.values for one in told], lengths),
        }
    )


def is_masked(column: str, model: str, masks: Collection[str]) -> bool:
    """Tell whether a column is never written: masks are names of columns, or of a model, a dot and a column.

    >>> is_masked("Age", "cars", ["age"]), is_masked("age", "cars", ["iris.age"])
    (True, False)
    """
    names = {_key_of(column), _key_of(f"{model}.{column}")}
    return any(_key_of(mask) in names for mask in masks)


def _key_of(name: str) -> str:
    return normal(name).casefold()  # rather one column too many than one that somebody meant


def common_type(types: Iterable[pa.DataType]) -> pa.DataType:
    """Return the type in which values of these types keep what they are: words where they are of several kinds.

    >>> print(common_type([pa.int64(), pa.null(), pa.float64()]), common_type([pa.bool_(), pa.int64()]))
    double string
    """
    return reduce(_common, types, pa.null())


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    numbers = {pa.int64(), pa.float64()}
    return pa.float64() if {one, other} <= numbers else pa.string()


def fitted(table: pa.Table, schema: pa.Schema) -> pa.Table | None:
    """Return rows in the columns of a schema, None where one has no place there, or would not stay what it is."""
    if not set(table.column_names) <= set(schema.names):
        return None
    columns = []
    for field in schema:
        given = table[field.name] if field.name in table.column_names else pa.nulls(len(table))
        is_wider = pa.types.is_null(given.type) or (given.type, field.type) == (pa.int64(), pa.float64())
        if given.type != field.type and not is_wider:
            return None
        try:
            columns.append(given if given.type == field.type else given.cast(field.type))
        except pa.ArrowInvalid:  # a whole number that no float is
            return None
    return pa.Table.from_arrays(columns, schema=schema)


def widened(schema: pa.Schema, before: pa.Schema) -> pa.Schema:
    """Return a schema for rows of two, but of the first where a column is something else in each."""
    fields = {field.name: field for field in before}
    for field in schema:
        kind = field.type
        if field.name in fields and not pa.types.is_string(common := common_type([kind, fields[field.name].type])):
            kind = common
        fields[field.name] = pa.field(field.name, kind, metadata=field.metadata)
    return pa.schema(list(fields.values()))


def as_array(values: Any) -> pa.Array:
    """Return values as a column of the type that they have; whole numbers among others are numbers, too.

    >>> print(as_array([1, 2]).type, as_array([1, 2.5, None]).type, as_array(["a", True]).type)
    int64 double string
    """
    if not isinstance(values, list):
        values = np.asarray(values)
        if values.dtype.kind == "f":
            return pa.array(values.astype(np.float64))
        if values.dtype.kind in "biu" and values.dtype != np.uint64:
            return pa.array(values if values.dtype.kind == "b" else values.astype(np.int64))
        values = values.tolist()
    kinds = set(map(type, values)) - {type(None)}
    try:
        if kinds <= {int, float} or (len(kinds) == 1 and kinds <= {bool, str}):
            return pa.array(values, common_type(_TYPES[kind] for kind in kinds))
    except (OverflowError, UnicodeEncodeError, pa.ArrowException):  # larger than 64 bits, or half a character
        pass
    plain = [plain_value(value) for value in values]
    kind = common_type(_TYPES[type(value)] for value in plain if value is not None)
    return pa.array([_words(value) for value in plain] if pa.types.is_string(kind) else plain, kind)


_TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


def plain_value(value: Any) -> bool | int | float | str | None:
    """Return a value as a flag, a number or a word; a moment is written as ISO 8601, and anything else as JSON.

    >>> plain_value(2**70), plain_value(date(2026, 3, 1)), plain_value({"a": 1.0})
    (1.1805916207174113e+21, '2026-03-01', '{"a": 1.0}')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return text(value)
    if value is None or type(value).__name__ in NOTHING:
        return None
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        if SIZES[0] <= value <= SIZES[1]:
            return int(value)
        try:
            return float(value)
        except OverflowError:
            return str(value) if abs(value) < 10**4000 else "∞"  # Python writes no longer ones
    if isinstance(value, date | datetime):
        return value.isoformat()
    return text(json.dumps(value, default=str, ensure_ascii=False))


def text(words: str) -> str:
    r"""Return a text that can be written: half a character, as JSON may hold one, becomes the sign for that.

    >>> text("a\ud800")
    'a�'
    """
    try:
        words.encode()
    except UnicodeEncodeError:
        return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return words


def _words(value: bool | int | float | str | None) -> str | None:
    if value is None or value != value:  # nothing is no word
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _key(asked: Sequence[tuple[str, datetime]], lengths: Sequence[int]) -> dict[str, pa.Array]:
    places = [np.arange(length, dtype=np.int32) for length in lengths]
    return {
        "request_id": _repeated([text(request_id) for request_id, _at in asked], lengths, KEY["request_id"]),
        "row": pa.array(np.concatenate(places) if places else [], KEY["row"]),
        "at": _repeated([in_utc(at) for _id, at in asked], lengths, MOMENT),
    }


def _repeated(values: Sequence[Any], lengths: Sequence[int], kind: pa.DataType) -> pa.Array:
    """Return each value as often as its entry has rows."""
    clean = [text(value) if isinstance(value, str) else value for value in values]
    return pa.array(clean, kind).take(pa.array(np.repeat(np.arange(len(values)), lengths)))


def _joined(parts: Sequence[Any], lengths: Sequence[int]) -> pa.Array:
    """Return the values of all entries as one column; an entry that has none of it has nothing there.

    Raises:
        ValueError: an entry has another number of them.
    """
    wrong = [(len(part), length) for part, length in zip(parts, lengths, strict=True)
             if part is not None and len(part) != length]  # fmt: skip
    if wrong:
        raise ValueError(f"a column has {wrong[0][0]} values for {wrong[0][1]} rows")
    if len(parts) == 1 and isinstance(parts[0], list | tuple):
        return as_array(list(parts[0]))
    if all(part is None or isinstance(part, list | tuple) for part in parts):
        whole = [value for part, length in zip(parts, lengths, strict=True) for value in part or [None] * length]
        return as_array(whole)
    arrays = [pa.nulls(length) if part is None else as_array(part)
              for part, length in zip(parts, lengths, strict=True)]  # fmt: skip
    kind = common_type(array.type for array in arrays)
    return pa.concat_arrays([array.cast(kind, safe=False) for array in arrays])


def _chances(entries: Sequence[Entry], lengths: Sequence[int]) -> dict[str, pa.Array]:
    """Return how likely each answer was, and each class where that is known."""
    by_class = [entry.chances if isinstance(entry.chances, Mapping) else {} for entry in entries]
    found: dict[str, pa.Array] = {}
    if any(entry.chances is not None for entry in entries):
        of_answer = [_of_answers(entry) if isinstance(entry.chances, Mapping) else entry.chances for entry in entries]
        found["chance"] = _joined(of_answer, lengths).cast(pa.float64())
    for name in dict.fromkeys(name for one in by_class for name in one):
        values = _joined([one.get(name) for one in by_class], lengths)
        found[text(f"{CHANCE}{name}")] = values.cast(pa.float64())
    return found


def _of_answers(entry: Entry) -> list[float | None]:
    chances = {str(name): list(values) for name, values in dict(entry.chances or {}).items()}  # type: ignore[arg-type]
    return [
        float(chances[str(answer)][place]) if str(answer) in chances else None
        for place, answer in enumerate(entry.answers)
    ]
