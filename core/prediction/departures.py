"""A row as far as it departs from typical values: short enough for a code that phones read from the last row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from core.prediction.schema import Answer, InputField


def departures(fields: Sequence[InputField], row: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return what of a row differs from typical values, and what no field asks for."""
    typical = {field.name: field.start for field in fields}
    return {name: value for name, value in row.items() if name not in typical or typical[name] != value}


def mark_of(fields: Sequence[InputField]) -> str:
    """Return a mark of the typical values, by which a row that leaves them out says which it meant.

    >>> mark_of([InputField("age", "number", "double", 41.0)]), mark_of([InputField("age", "number", "double", 42.0)])
    ('23933a', '9993ee')
    """
    typical = [(field.name, field.start) for field in sorted(fields, key=lambda field: field.name)]
    written = json.dumps(typical, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:6]
