"""Few rows of a request, answered by the fast way: the text is the one that MLflow's server would give."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.prediction.fast.way import CannotSayError
from core.prediction.schema import LARGEST_WHOLE, InputField
from core.serving.served import Served
from core.store.scoring import Scored

AS_THEY_ARE = {"double": (float, int), "long": (int,), "string": (str,)}  # what MLflow takes for a type unchanged


def answer(served: Served, document: Any) -> Scored | None:
    """Return the answer to a request that was read as JSON; None where MLflow's own code has to say it.

    That is so of many rows, of models without a fast way, and of whatever is not plainly what the signature says.
    """
    way, fields = served.asked.predictor.fast, served.asked.fields
    if way is None or not served.asked.files.columns or served.asked.files.answers_by != "predict":
        return None
    rows = _rows(document, [field.name for field in fields], way.most)
    if rows is None or not all(_are_plain(row, fields) for row in rows):
        return None
    try:
        said = way.predict_values(rows).tolist()
    except CannotSayError:
        return None
    columns = dict(zip((field.name for field in fields), map(list, zip(*rows, strict=True)), strict=True))
    return Scored(json.dumps({"predictions": said}), columns, said, len(rows))


def _rows(document: Any, names: Sequence[str], most: int) -> list[Sequence[Any]] | None:
    """Return the rows of a request in the order of the inputs; None where it has another form than the usual ones."""
    if not isinstance(document, dict) or len(document) != 1:
        return None
    form, table = next(iter(document.items()))
    columns: Any = None
    if form == "dataframe_split" and isinstance(table, dict) and table.keys() <= {"columns", "data", "index"}:
        columns, table = table.get("columns", names), table.get("data")
    elif form not in {"dataframe_records", "instances", "inputs"}:
        return None
    if not isinstance(table, list) or not 0 < len(table) <= most or len(set(map(type, table))) > 1:
        return None
    if columns is not None and columns != list(names):
        return None
    rows = [_in_order(row, names, form) for row in table]
    return None if None in rows else rows  # type: ignore[return-value]


def _in_order(row: Any, names: Sequence[str], form: str) -> Sequence[Any] | None:
    if isinstance(row, list):
        return row if len(row) == len(names) and form != "dataframe_records" else None
    if not isinstance(row, dict) or form == "dataframe_split" or len(row) != len(names):
        return None
    try:
        return [row[name] for name in names]
    except KeyError:
        return None


def _are_plain(row: Sequence[Any], fields: Sequence[InputField]) -> bool:
    return all(
        type(value) in AS_THEY_ARE.get(field.dtype, ()) and (type(value) is not int or abs(value) < LARGEST_WHOLE)
        for value, field in zip(row, fields, strict=True)
    )
