"""How often somebody may ask within a minute: two counts for each, which is enough to know when they may again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

MINUTE = 60.0
KEPT = 10_000  # of those who ask; who asked longest ago for the first time is forgotten


@dataclass
class Rates:
    """Counts the requests of each who asks, for one thread.

    The last minute is reckoned from this minute's count and the share of the minute before that still lies in it: a
    window that slides, for the price of two numbers (Cloudflare, "How we built rate limiting", 2017).
    """

    a_minute: int
    now: Callable[[], float] = time.monotonic
    _known: dict[Hashable, tuple[int, int, int]] = field(default_factory=dict)  # minute, count before it, count in it

    def wait(self, who: Hashable) -> float:
        """Count a request and return 0, or return how many seconds are left until one may come.

        >>> clock = [0.0]
        >>> rates = Rates(2, lambda: clock[0])
        >>> rates.wait("a"), rates.wait("a"), rates.wait("a"), rates.wait("b")
        (0.0, 0.0, 60.0, 0.0)
        """
        minute, within = divmod(self.now(), MINUTE)
        last, before, count = self._known.get(who, (int(minute), 0, 0))
        if last != minute:
            before, count = count if last == minute - 1 else 0, 0
        left = 1 - within / MINUTE  # of the minute before, in the last 60 seconds
        if count >= self.a_minute:
            return MINUTE - within
        if before * left + count >= self.a_minute:
            return MINUTE * (left - (self.a_minute - count) / before) or 1.0
        self._known[who] = int(minute), before, count + 1
        while len(self._known) > KEPT:
            self._known.pop(next(iter(self._known)))
        return 0.0
