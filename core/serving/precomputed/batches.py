"""What is kept of answers made before: a batch for each name by which a model is asked, and what keeps it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from core.errors import PizarraError
from core.foreign_json import read_json
from core.i18n import N_
from core.prediction.tables.identified import IdentifiedRow

UNTOUCHED = 3600.0  # seconds after which a batch that nobody wrote on was left behind by a program that ended


@dataclass(frozen=True)
class Place:
    """Whose answers they are: a store, by a name that has no password, its model, and how that is asked for."""

    store: str
    model: str
    which: str


@dataclass(frozen=True)
class Batch:
    """Answers that came together, by which version, which run of it, with which cut-off, and when.

    ``column`` had the ids; ``rows`` are all that are kept, ``answered`` those with an answer.
    """

    version: int
    run_id: str
    cutoff: float | None
    at: datetime
    by: str
    column: str
    rows: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Found:
    """The batch that is in force at a place, and the row that was looked for, None where it has none of that id."""

    batch: Batch
    row: IdentifiedRow | None


class Table(Protocol):
    """What keeps batches. A batch is seen by nobody until it is put in force, then at once and whole."""

    def begin(self) -> str:
        """Begin a batch, and return what it is called here."""

    def add(self, batch: str, rows: Sequence[IdentifiedRow]) -> Sequence[str]:
        """Add rows to it; where ids are there already, add none and return some of them."""

    def put_in_force(self, place: Place, batch: str, about: Batch) -> None:
        """Have it answer at a place from now on, in the stead of the one before."""

    def drop(self, batch: str) -> None:
        """Forget one that is not in force."""

    def find(self, place: Place, row_id: str) -> Found | None:
        """Return what is kept at a place of an id, None where nothing is kept there at all."""

    def an_id(self, place: Place) -> str | None:
        """Return the id of a row that is answered at a place, None where there is none."""

    def close(self) -> None:
        """Let it go."""


def written(about: Batch) -> str:
    """Return what is kept of a batch beside its rows, as JSON."""
    return json.dumps(asdict(about) | {"at": about.at.isoformat()})


def read(about: str | bytes) -> Batch:
    """Return what was kept of a batch beside its rows."""
    said = read_json(about)
    return Batch(**said | {"at": datetime.fromisoformat(said["at"])})


def gone() -> PizarraError:
    """Return the error that a batch was taken for one that a program had left behind."""
    return PizarraError(
        N_("Answers must be written without a pause of an hour, but these were. They were forgotten."),
        N_("Have them made again."),
    )
