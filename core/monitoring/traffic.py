"""How much a version was asked, how fast it answered, and how often Staging would have said something else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np
import pandas as pd

from core.monitoring.windows import Span, by_calendar
from core.serving.log.reading import read_parts

BY_HOUR = timedelta(days=2)  # so long at most
ASKED = ["row", "at", "milliseconds", "origin"]
PAIR = ["at", "origin", "shadow_differs"]


@dataclass(frozen=True)
class Stretch:
    """An hour or a day: its requests and their rows, and the milliseconds in which half, and 95 in 100, were answered.

    Of ``shadowed`` rows it is known what Staging would have answered; on so many it would ``differ``. Milliseconds are
    NaN where none are known.
    """

    begin: datetime
    requests: int
    rows: int
    p50: float
    p95: float
    shadowed: int
    differ: int


@dataclass(frozen=True)
class Traffic:
    """What came since a moment, by ``span``; ``together`` is all of it as one stretch."""

    span: Span
    stretches: tuple[Stretch, ...]
    together: Stretch


def traffic(
    folder: Path,
    model: str,
    version: int,
    since: datetime,
    now: datetime,
    *,
    origins: Collection[str] = (),
    zone: tzinfo | None = None,
) -> Traffic:
    """Return how a version was asked since then, by all ways or by these ``origins``.

    Hours and days are those of ``zone``, by default of this computer.
    """
    asked = _of(read_parts(folder, model, "asked", since, version=version, columns=ASKED).to_pandas(), origins)
    pairs = _of(read_parts(folder, model, "shadow", since, version=version, columns=PAIR).to_pandas(), origins)
    told = pairs[pairs["shadow_differs"].notna()]
    span: Span = "hour" if now - since <= BY_HOUR else "day"
    found = []
    for window in by_calendar(asked["at"], span, zone=zone, now=now):
        if window.begin is not None and window.end is not None:
            inside = told[(told["at"] >= window.begin) & (told["at"] < window.end)]
            found.append(_stretch(window.begin, asked.iloc[window.rows], inside))
    return Traffic(span, tuple(found), _stretch(since, asked, told))


def _of(table: pd.DataFrame, origins: Collection[str]) -> pd.DataFrame:
    return table[table["origin"].isin(list(origins))] if origins else table


def _stretch(begin: datetime, asked: pd.DataFrame, told: pd.DataFrame) -> Stretch:
    requests = asked[asked["row"] == 0]
    took = requests["milliseconds"].dropna().to_numpy(dtype=float)
    p50, p95 = np.quantile(took, [0.5, 0.95]) if len(took) else (np.nan, np.nan)
    return Stretch(
        begin, len(requests), len(asked), float(p50), float(p95), len(told), int(told["shadow_differs"].sum())
    )  # fmt: skip
