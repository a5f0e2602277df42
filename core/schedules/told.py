"""What came of a run, kept so that each reader gets it in their own language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import PizarraError
from core.foreign_json import read_json
from core.i18n import DEFAULT_LANGUAGE, number, speaking, translate

LONGEST = 2000  # characters of one value


@dataclass(frozen=True)
class Told:
    """A sentence that is marked with ``N_``, and what fills its places: texts, or numbers for the reader's signs.

    >>> str(Told("{rows} rows", {"rows": 12000.0}))
    '12,000 rows'
    """

    message: str
    values: Mapping[str, str | float] = field(default_factory=dict)

    def __str__(self) -> str:
        return translate(self.message).format_map(
            {name: value if isinstance(value, str) else number(value, 0) for name, value in self.values.items()}
        )


def told_of(error: PizarraError) -> Told:
    """Return what an error says, in the language in which reasons are kept."""
    with speaking(DEFAULT_LANGUAGE):
        return Told("{text}", {"text": str(error)})


def as_text(told: Told) -> str:
    """Return it as the file keeps it."""
    values = {name: value[:LONGEST] if isinstance(value, str) else value for name, value in told.values.items()}
    return json.dumps({"message": told.message, "values": values}, ensure_ascii=False)


def from_text(text: str) -> str:
    """Return what the file keeps in the reader's language, empty where it cannot be read."""
    try:
        kept = read_json(text)
        return str(Told(kept["message"], kept["values"]))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):  # of another version of us, or damaged
        return ""
