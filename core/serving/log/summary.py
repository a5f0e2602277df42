"""What pages say of the log at a glance: how much was asked and how fast it was, and how often two versions differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from core.serving.log.files import models_in
from core.serving.log.reading import first_moment, read_parts

HOUR = timedelta(hours=1)
LATENCY = ["row", "at", "milliseconds", "origin"]
PAIR = ["at", "origin", "version", "shadow_version", "shadow_differs"]


@dataclass(frozen=True)
class Usage:
    """How a model was asked since a moment: requests, rows in them, and the milliseconds of half, and of 95 in 100.

    Of ``shadowed`` rows it is known whether another version would have contradicted the answer: it would ``differ`` of
    them.
    """

    since: datetime
    requests: int = 0
    rows: int = 0
    p50: float | None = None
    p95: float | None = None
    shadowed: int = 0
    differ: int = 0


@dataclass(frozen=True)
class Disagreement:
    """On how many of the rows that were asked two versions differ, and since when such rows are known.

    ``origins`` says by which ways they came: of each, how many rows there are and on how many of them they differ.
    """

    rows: int = 0
    differ: int = 0
    since: datetime | None = None
    origins: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def hours(folder: Path, since: datetime | None = None, origin: str | None = None) -> dict[str, Usage]:
    """Return how each model that has a log was asked since then, in the last hour where nothing is said.

    ``origin`` is the way by which requests came, where only some are meant.
    """
    since = since or datetime.now(UTC) - HOUR
    return {model: usage(folder, model, since, origin) for model in models_in(folder)}


def usage(folder: Path, model: str, since: datetime, origin: str | None = None) -> Usage:
    """Return how a model was asked since then."""
    asked = _of_origin(read_parts(folder, model, "asked", since, columns=LATENCY), origin)
    shadowed = _told(_of_origin(read_parts(folder, model, "shadow", since, columns=PAIR), origin))
    requests = asked.filter(pc.equal(asked["row"], 0))
    took = requests["milliseconds"].drop_null() if len(requests) else []
    p50, p95 = pc.quantile(took, [0.5, 0.95]).to_pylist() if len(took) else (None, None)
    return Usage(since, len(requests), len(asked), p50, p95, len(shadowed), _differing(shadowed))


def disagreement(
    folder: Path, model: str, production: int, staging: int, since: datetime | None = None
) -> Disagreement:
    """Return how often what is in Staging would have contradicted Production, on rows that were asked of both.

    Only rows of exactly these two versions count, and of them those on which it can be told.
    """
    table = read_parts(folder, model, "shadow", since, columns=PAIR, version=production)
    table = _told(table.filter(pc.equal(table["shadow_version"], staging)) if len(table) else table)
    origins = {}
    for origin in pc.unique(table["origin"]).to_pylist() if len(table) else []:
        some = _of_origin(table, origin)
        origins[str(origin)] = (len(some), _differing(some))
    return Disagreement(len(table), _differing(table), first_moment(table), origins)


def _of_origin(table: pa.Table, origin: str | None) -> pa.Table:
    return table if origin is None or not len(table) else table.filter(pc.equal(table["origin"], origin))


def _told(table: pa.Table) -> pa.Table:
    """Return the rows of which it can be told whether the answers contradict each other."""
    return table.filter(pc.is_valid(table["shadow_differs"])) if len(table) else table


def _differing(table: pa.Table) -> int:
    return int(pc.sum(table["shadow_differs"]).as_py() or 0) if len(table) else 0
