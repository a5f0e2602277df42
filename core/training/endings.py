"""How runs ended, told to their store: at once, or as soon as it answers again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Event, Lock, Thread, current_thread
from time import sleep

from core.access import Actor
from core.i18n import N_
from core.store.connection import Store, answering, open_store
from core.store.ends import settle
from core.store.owner import is_gone, owner
from core.store.runs.tables import ENDED, OWNER_TAG
from core.store.runs.tracking import get_run

logger = logging.getLogger(__name__)

STOPPED = N_("Stopped by hand.")  # kept in a tag as it stands here; pages translate the tag's text
PATIENCE = 3.0  # seconds that somebody waits for a store to take note
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 15.0  # seconds between two tries


class Stopped(Enum):
    """What became of a run that somebody asked to stop."""

    NOW = "now"
    LATER = "later"  # it is trained no more; its store does not answer and will be told
    ENDED = "ended"  # it had ended before
    ELSEWHERE = "elsewhere"  # another program trains it


def stop_left_behind(store: Store, actor: Actor, run_id: str) -> Stopped:
    """End a run that nobody trains any more as KILLED; one that another program may be training is left alone.

    Raises:
        StoreError: the store has no such run, or does not answer.
        PizarraError: ``actor`` may not.
    """
    actor.check("stop_others")  # nobody knows any more whose it is
    run = get_run(store, run_id)
    if run.status in ENDED:
        return Stopped.ENDED
    trainer = run.tags.get(OWNER_TAG, "")
    if trainer != owner() and not is_gone(trainer):
        return Stopped.ELSEWHERE
    with answering(store.uri):
        settle(store, run_id, status="KILLED", reason=STOPPED)
    return Stopped.NOW


@dataclass(frozen=True)
class _Ending:
    store_uri: str
    run_id: str
    status: str
    reason: str
    then: Callable[[], None]
    told: Event = field(default_factory=Event)


class Endings:
    """Tells stores how runs ended, in a thread of its own for as long as there is something to tell."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, _Ending] = {}
        self._away: set[str] = set()  # stores that did not answer when they were asked last
        self._thread: Thread | None = None

    def tell(self, store_uri: str, run_id: str, *, status: str, reason: str, then: Callable[[], None]) -> bool:
        """End a run in its store, then call ``then``; False where the store does not answer now and is told later.

        What is told later gives way to what is told of the same run meanwhile. A run that ended stays as it is.
        """
        ending = _Ending(store_uri, run_id, status, reason, then)
        with self._lock:
            self._waiting[run_id] = ending
            is_away = store_uri in self._away
            if self._thread is None:
                self._thread = Thread(target=self._work, name="endings", daemon=True)
                self._thread.start()
        mine = current_thread() is self._thread  # what follows an ending may end others
        return ending.told.wait(0 if is_away or mine else PATIENCE)

    def is_waiting(self, run_id: str) -> bool:
        """Tell whether a run's store has yet to be told of its end."""
        with self._lock:
            return run_id in self._waiting

    def _work(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                ending = next((one for one in self._waiting.values() if one.store_uri not in self._away), None)
            if ending is None:
                sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                with self._lock:
                    self._away.clear()
            elif self._is_told(ending):
                pause = SHORTEST_PAUSE
                self._finish(ending)

    def _is_told(self, ending: _Ending) -> bool:
        try:
            settle(open_store(ending.store_uri, make=False), ending.run_id, status=ending.status, reason=ending.reason)
        except Exception as error:  # noqa: BLE001 - whatever a store that is away raises: it is asked again
            self._note_away(ending, error)
        else:
            return True
        return False

    def _note_away(self, ending: _Ending, error: Exception) -> None:
        """Leave its store alone for a while."""
        logger.warning("The end of run %s cannot be written and will be tried again: %s", ending.run_id, error)
        with self._lock:
            self._away.add(ending.store_uri)
            if self._waiting.get(ending.run_id) is ending:  # the others come first: it may be this run, not the store
                self._waiting[ending.run_id] = self._waiting.pop(ending.run_id)

    def _finish(self, ending: _Ending) -> None:
        with self._lock:
            if self._waiting.get(ending.run_id) is ending:
                del self._waiting[ending.run_id]
        ending.then()
        ending.told.set()
