"""What the log takes in: a request that was answered, and true answers that came later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any, Literal

Kind = Literal["asked", "shadow", "truth"]


@dataclass(frozen=True)
class Entry:
    """One request that was answered.

    ``rows`` are lists of plain values under the names of ``columns``, or else values by the name of their column (lists
    or arrays). ``answers`` are numbers or words for classes, one a row; ``chances`` how likely each answer was, or
    each class by its word. ``stage`` is what was asked for, empty where that was a version. ``origin`` says by which
    way it came: "api", "predict page", "light page". ``shadow_…`` is what another version would have answered, and
    whether that contradicts the answer (None where nobody can tell), for as many rows.
    """

    request_id: str
    at: datetime
    model: str
    version: int
    rows: Sequence[Sequence[Any]] | Mapping[str, Any]
    answers: Sequence[Any]
    columns: Sequence[str] = ()
    stage: str = ""
    origin: str = "api"
    chances: Sequence[float] | Mapping[str, Sequence[float]] | None = None
    milliseconds: float | None = None
    shadow_version: int | None = None
    shadow_answers: Sequence[Any] = ()
    shadow_differs: Sequence[bool | None] = ()

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The values of each column, by its name."""
        if isinstance(self.rows, Mapping):
            return self.rows
        if not self.rows:
            return {name: [] for name in self.columns}
        columns = zip(*self.rows, strict=True)
        return {str(name): list(values) for name, values in zip(self.columns, columns, strict=True)}


@dataclass(frozen=True)
class TrueAnswers:
    """What turned out to be true of rows that were asked, and since when that is known: one value a row."""

    at: datetime
    model: str
    request_ids: Sequence[str]
    rows: Sequence[int]
    values: Sequence[Any]


def is_sampled(request_id: str, share: float) -> bool:
    """Tell whether a request is among a share of all, by its id: whoever asks of the same request gets the same word.

    A smaller share is part of a larger one.

    >>> is_sampled("a", 1.0), is_sampled("a", 0.0)
    (True, False)
    """
    digest = blake2b(request_id.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64


def day_of(at: datetime) -> date:
    """Return the day of a moment, in UTC; without a zone it is UTC.

    >>> day_of(datetime(2026, 3, 1, 23, 30))
    datetime.date(2026, 3, 1)
    """
    return in_utc(at).date()


def in_utc(at: datetime) -> datetime:
    """Return a moment in UTC; without a zone it is UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
