"""Every column in a line: what it holds, its gaps, its different values, their spread, the most frequent ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.training.findings.look import SAMPLE_ROWS, Column, Look, text

FREQUENT = 3
COUNTED_AT_MOST = 200_000  # rows in which different values are counted; of larger tables a sample is taken

NUMBERS = ["mean", "deviation", "lowest", "25%", "median", "75%", "highest"]


def overview(look: Look) -> pd.DataFrame:
    """Return column, holds, missing, share (of rows, 0 to 1), different, the spread of numbers, and frequent.

    ``frequent`` lists (value, count), at most three, most frequent first; of a column without repetitions it is empty.
    Missing, mean, deviation, lowest and highest are of all rows. The others are of the sample where the table has more
    than 200,000 rows, which ``counted_rows`` tells.
    """
    rows = [_line(look, column) for column in look.columns.values()]
    return pd.DataFrame(rows, columns=["column", "holds", "missing", "share", "different", *NUMBERS, "frequent"])


def counted_rows(look: Look) -> int:
    """Return in how many rows different values, quantiles and frequent values were counted."""
    return look.rows if look.rows <= COUNTED_AT_MOST else SAMPLE_ROWS


def _line(look: Look, column: Column) -> list[object]:
    looked = column.whole if look.rows <= COUNTED_AT_MOST else column.sample
    counts = looked.value_counts()
    frequent = [(_shown(column, value), int(count)) for value, count in counts.head(FREQUENT).items() if count > 1]
    spread = _spread(column, looked) if column.holds == "number" else [np.nan] * len(NUMBERS)
    share = column.missing / look.rows if look.rows else 0.0
    return [column.name, column.holds, column.missing, share, len(counts), *spread, frequent]


def _shown(column: Column, value: object) -> object:
    if column.holds != "date":
        return value
    return text(pd.Timestamp(0) + pd.Timedelta(days=float(value)))  # type: ignore[arg-type]


def _spread(column: Column, looked: pd.Series) -> list[float]:
    whole, some = (values.to_numpy()[np.isfinite(values)] for values in (column.whole, looked))
    if not len(whole) or not len(some):
        return [np.nan] * len(NUMBERS)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(whole.mean()), float(whole.std(ddof=1)) if len(whole) > 1 else np.nan
        low, middle, high = (float(one) for one in np.quantile(some, [0.25, 0.5, 0.75]))
    return [mean, deviation, float(whole.min()), low, middle, high, float(whole.max())]
