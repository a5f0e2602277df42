"""How fast a fitted model answers: rows a millisecond, asked about many at once."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import pandas as pd
from sklearn.pipeline import Pipeline

from core.store.runs.tables import ASKED_ROWS_TAG, SPEED_TAG

ROWS, ASKS, SECONDS = 1_000, 3, 0.1
ALIKE = 1.1  # two asks of which the longer one took so many times as long as the other tell enough


def speed_tags(pipeline: Pipeline, rows: pd.DataFrame) -> dict[str, str]:
    """Return the tags that say how many rows a millisecond it answers, and how many it was asked about at once.

    It is the median of a few asks, of fewer where they take their time or the same. It is no metric, as it is no score.
    """
    asked = rows.head(ROWS)
    taken: list[float] = []
    while len(taken) < ASKS and sum(taken) < SECONDS and not (len(taken) > 1 and max(taken) <= ALIKE * min(taken)):
        began = perf_counter()
        pipeline.predict(asked)
        taken.append(perf_counter() - began)
    rate = len(asked) / (1000 * max(median(taken), 1e-9))
    return {SPEED_TAG: f"{rate:.3g}", ASKED_ROWS_TAG: str(len(asked))}
