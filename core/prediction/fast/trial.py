"""The rows on which a fast way has to equal the library: as they are stored, alone and together, and as people send."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.prediction.fast.preparing import UNKNOWN

MOST = 64  # rows that a fast way is for; of more the library says as much in the time
ALONE, TOGETHER = 4, (2, 3, 9)  # questions of one row, and of several
MANY = 256  # rows that are tried
ODD_NUMBERS = (-0.0, -1.0, 1e300)


def trial(rows: pd.DataFrame, most: int = MOST) -> list[pd.DataFrame]:
    """Return questions of up to ``most`` rows: single rows, then more and more, then rows with gaps and odd values."""
    rows = rows.head(MANY)
    tried = [rows.iloc[[at]] for at in range(min(len(rows), ALONE))]
    begin = 0
    for size in (*TOGETHER, *([MOST] * (MANY // MOST))):
        tried.append(rows.iloc[begin : begin + size])
        begin += size
    return [one for one in (*tried, *_spoilt(rows)) if 0 < len(one) <= most]


def _spoilt(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Return rows with a gap or a new word in one column each, and rows that are odd altogether."""
    first = rows.head(1)
    words = [name for name in rows if not pd.api.types.is_numeric_dtype(rows[name])]
    numbers = [name for name in rows if name not in words]
    spoilt = [first.mask(np.full(first.shape, True))]
    spoilt += [first.assign(**dict.fromkeys(numbers, number)) for number in ODD_NUMBERS if numbers]
    if words:
        spoilt.append(first.assign(**dict.fromkeys(words, UNKNOWN)))
    some = rows.iloc[np.arange(min(rows.shape[1], MOST)) % len(rows)]
    return [*spoilt, some.mask(np.eye(*some.shape) == 1)]
