"""How long something takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

REPEATS = 5


def seconds(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median duration of ``action``."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begun)
    return median(taken)
