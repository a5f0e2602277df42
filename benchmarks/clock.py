"""How long something takes, and how that is told beside what others take."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

REPEATS = 5
RATIO = "Ours / theirs"  # the heading above every ratio: below 1 is faster than theirs


def seconds(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median duration of ``action``."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def in_turns(ours: Callable[[], object], theirs: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median duration of each, taken in turns, so that both meet the same moods of the machine."""
    taken = [(seconds(ours, 1), seconds(theirs, 1)) for _ in range(repeats)]
    return median(a for a, _ in taken), median(b for _, b in taken)


def ratio(ours: float, theirs: float) -> str:
    """Return ours / theirs in words.

    >>> ratio(3, 2), ratio(0.0123, 1), ratio(1, 1), ratio(123, 10)
    ('1.5×', '0.012×', '1.0×', '12.3×')
    """
    value = ours / theirs
    return f"{value:.1f}×" if value >= 10 else f"{value:#.2g}×"
