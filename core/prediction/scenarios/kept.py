"""Shelves kept in this process for a time, by the browser that pinned them: after a reload they are there again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from core.prediction.scenarios.pinned import Scenario

HOURS = 12  # without a look at them
MOST_OF_ONE, MOST_OF_ALL = 1_000_000, 20_000_000  # characters, as the scenarios read in Python
EACH = 200  # characters that a shelf counts for beside what is on it

Pins = Mapping[str, Scenario]


@dataclass
class _Browser:
    seen: float
    shelves: dict[str, Pins] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(self.sizes.values())


class KeptShelves:
    """Scenarios by an id, for each browser and shelf; who came longest ago goes first where there is no more room."""

    def __init__(
        self, most_of_one: int = MOST_OF_ONE, most_of_all: int = MOST_OF_ALL, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most_of_one, self._most_of_all, self._now = most_of_one, most_of_all, now
        self._browsers: OrderedDict[str, _Browser] = OrderedDict()  # who came last is last
        self._lock = Lock()

    def get(self, browser: str, shelf: str) -> Pins | None:
        """Return what is kept, None where nothing is; without a word for the browser nothing ever is."""
        with self._lock:
            self._forget_old()
            known = self._browsers.get(browser)
            if known is None:
                return None
            self._came(browser, known)
            return known.shelves.get(shelf)

    def keep(self, browser: str, shelf: str, pins: Pins) -> None:
        """Keep a shelf as it is now; of one that is too large for it nothing is kept, also not what was before."""
        if not browser:
            return
        with self._lock:
            self._forget_old()
            known = self._browsers.setdefault(browser, _Browser(self._now()))
            self._came(browser, known)
            known.shelves[shelf], known.sizes[shelf] = dict(pins), EACH + len(shelf) + len(repr(pins))
            if known.size > self._most_of_one:
                del known.shelves[shelf], known.sizes[shelf]
            while sum(each.size for each in self._browsers.values()) > self._most_of_all:
                self._browsers.popitem(last=False)

    def _came(self, browser: str, known: _Browser) -> None:
        known.seen = self._now()
        self._browsers.move_to_end(browser)

    def _forget_old(self) -> None:
        while self._browsers and next(iter(self._browsers.values())).seen < self._now() - HOURS * 3600:
            self._browsers.popitem(last=False)
