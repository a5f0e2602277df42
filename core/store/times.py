"""Times as MLflow keeps them: milliseconds since 1970, and of other programs any whole number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

LONGEST = 15  # digits of milliseconds: thirty thousand years
FARTHEST = 9_223_286_400_000.0  # from 1970, in milliseconds: what pandas holds in nanoseconds, less a day for zones

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(milliseconds: float) -> datetime:
    """Return a time in UTC, also one before 1970, of which Windows itself knows nothing.

    >>> time_of(-1500)
    datetime.datetime(1969, 12, 31, 23, 59, 58, 500000, tzinfo=datetime.timezone.utc)
    """
    return BEGIN + timedelta(milliseconds=milliseconds)


def read_time(milliseconds: float | None) -> datetime | None:
    """Return a time in UTC, to the millisecond; None where there is none, or none that a table can hold.

    >>> read_time(1_700_000_000_000), read_time(10**17), read_time(None)
    (datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc), None, None)
    """
    if not milliseconds or not abs(milliseconds) <= FARTHEST:
        return None
    return time_of(milliseconds)


def read_times(milliseconds: Sequence[float] | np.ndarray | pd.Series) -> pd.DatetimeIndex:
    """Return times in UTC; NaT where there is none, or none that a table can hold."""
    known = pd.Series(milliseconds, dtype=float)
    return pd.DatetimeIndex(pd.to_datetime(known.where(known.abs() <= FARTHEST), unit="ms", utc=True))


def written_time(text: str) -> float:
    """Return the milliseconds that a tag says, NaN where it says none.

    >>> written_time("1700000000000"), written_time("soon"), written_time("9" * 5000)
    (1700000000000.0, nan, nan)
    """
    return float(text) if text.isdecimal() and len(text) <= LONGEST else math.nan
