"""What people ask on pages, marked apart in the log: only inputs that stayed on screen, each once a visitor.

A slider that is moved asks of every place on its way. What is noted is where it stayed for a second; what a form shows
first nobody has asked.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from threading import Condition, Thread
from time import monotonic
from typing import Any, Literal
from uuid import uuid4

from core.errors import PizarraError
from core.prediction.schema import Answer, starting_values
from core.process.asked import AskedVersion, Given, contradict
from core.process.held import held
from core.serving.log.entries import Entry
from core.serving.logged import prediction_log

STAYS = 1.0  # seconds
MOST_VISITORS, MOST_REMEMBERED = 1000, 500  # inputs of each
_log = logging.getLogger(__name__)


class Settling:
    """Entries that are noted once nothing has come in their place for a while, and each only once a visitor."""

    def __init__(self, seconds: float = STAYS) -> None:
        self._seconds = seconds
        self._changed = Condition()
        self._waiting: dict[str, tuple[float, str, Callable[[], None]]] = {}
        self._noted: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._thread: Thread | None = None
        self._is_closed = False

    def note(self, who: str, what: str, do: Callable[[], None]) -> None:
        """Do something for what somebody asks, unless they ask something else within the time, or asked it before."""
        with self._changed:
            known = self._noted.get(who, ())
            if self._is_closed or what in known:
                self._waiting.pop(who, None)  # they have gone on
                return
            if who in self._waiting and self._waiting[who][1] == what:
                return
            if len(self._waiting) >= MOST_VISITORS:
                return
            self._waiting[who] = monotonic() + self._seconds, what, do
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="pizarra-settling", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Note no more."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                if self._is_closed:
                    return
                self._changed.wait(max(0.0, min(due for due, _what, _do in self._waiting.values()) - monotonic()))
                stayed = [who for who, (due, _what, _do) in self._waiting.items() if due <= monotonic()]
                deeds = [self._taken(who) for who in stayed]
            for do in deeds:
                try:
                    do()
                except Exception:  # noqa: BLE001 - the thread goes on
                    _log.exception("What somebody asked on a page was not logged")

    def _taken(self, who: str) -> Callable[[], None]:
        _due, what, do = self._waiting.pop(who)
        known = self._noted.setdefault(who, OrderedDict())
        known[what] = None
        self._noted.move_to_end(who)
        while len(known) > MOST_REMEMBERED:
            known.popitem(last=False)
        while len(self._noted) > MOST_VISITORS:
            self._noted.popitem(last=False)
        return do


@held(lambda settling: settling.close())
def _settling() -> Settling:
    return Settling()


def note(
    who: str, origin: Literal["predict page", "light page"], given: Sequence[Given], inputs: Mapping[str, Answer]
) -> None:
    """Have it logged what somebody asked on a page and read there; ``who`` tells visitors apart. Never waits.

    A run's model is no version, and what is shown before anything was chosen is no question: neither is logged.
    """
    if not given or not isinstance(given[0].asked, AskedVersion):
        return
    if dict(inputs) == starting_values(given[0].asked.fields):
        return
    try:
        log = prediction_log()
    except PizarraError:  # the store is away; the page says so
        return
    if not log.limits.share:
        return
    version = given[0].asked.version
    what = f"{log.folder} {version.model} {version.number} {sorted(inputs.items(), key=str)!r}"
    key = blake2b(what.encode("utf-8", "replace"), digest_size=12).hexdigest()
    entry = entry_of(given, inputs, origin)
    _settling().note(f"{origin} {who}", key, lambda: log.note(entry))


def entry_of(given: Sequence[Given], inputs: Mapping[str, Answer], origin: str) -> Entry:
    """Return an entry of what versions answered to the same inputs: the first one's answer.

    Where that is in Production, what Staging answered beside it is its shadow.
    """
    first = given[0]
    asked = first.asked
    if not isinstance(asked, AskedVersion):
        raise TypeError("Only versions are logged.")
    said = first.prediction
    shadow: dict[str, Any] = {}
    beside = next((one for one in given[1:] if _stage(one) == "Staging"), None)
    if _stage(first) == "Production" and beside is not None and isinstance(beside.asked, AskedVersion):
        shadow = {
            "shadow_version": beside.asked.version.number,
            "shadow_answers": [_answer(beside)],
            "shadow_differs": [contradict(first, beside) if _can_tell(first, beside) else None],
        }
    return Entry(
        uuid4().hex,
        datetime.now(UTC),
        asked.version.model,
        asked.version.number,
        {name: [value] for name, value in inputs.items()},
        [_answer(first)],
        stage=asked.version.stage,
        origin=origin,
        chances={name: [chance] for name, chance in said.probabilities.items()} if said.probabilities else None,
        **shadow,
    )


def _stage(given: Given) -> str:
    return given.asked.version.stage if isinstance(given.asked, AskedVersion) else ""


def _answer(given: Given) -> Any:
    return dict(given.prediction.outputs) or given.prediction.answer


def _can_tell(first: Given, second: Given) -> bool:
    """Say whether it is known if two answers contradict each other: of numbers their intervals tell it."""
    numbers = [isinstance(one.prediction.answer, float) for one in (first, second)]
    if first.prediction.outputs or second.prediction.outputs or numbers[0] != numbers[1]:
        return False
    return not numbers[0] or (first.interval is not None and second.interval is not None)
