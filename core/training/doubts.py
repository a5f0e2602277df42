"""Runs of which nobody knows whether they were created, as their store went away meanwhile: none reads as running."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock, Thread
from time import sleep
from uuid import uuid4

from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, answering, pages
from core.store.ends import settle
from core.store.runs.tables import LAUNCH_TAG

logger = logging.getLogger(__name__)

UNLAUNCHED = N_("The store went away while this run was being created, so it was never trained.")
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 15.0  # seconds between two looks at a store that is away

_lock = Lock()
_words: dict[str, set[str]] = {}  # of each store, those of the runs that are in doubt


@contextmanager
def findable(store: Store) -> Iterator[Mapping[str, str]]:
    """Yield what marks a run that is created in the block; where that fails, it is ended should it be there.

    Raises:
        StoreError: as the block.
    """
    word = uuid4().hex
    try:
        yield {LAUNCH_TAG: word}
    except StoreError:
        _settle_later(store, word)
        raise


def _settle_later(store: Store, word: str) -> None:
    """End the run that was launched under ``word``, should it be there, once its store answers; returns at once."""
    with _lock:
        is_first = store.uri not in _words
        _words.setdefault(store.uri, set()).add(word)
    if is_first:
        Thread(target=_work, args=[store], name="doubts", daemon=True).start()


def _work(store: Store) -> None:
    pause = SHORTEST_PAUSE
    while True:
        with _lock:
            words = set(_words[store.uri])
            if not words:
                del _words[store.uri]
                return
        try:
            for word in words:
                _settle(store, word)
        except StoreError as error:
            logger.warning("Whether a run was created cannot be told and will be asked again: %s", error)
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            with _lock:
                _words[store.uri] -= words


def _settle(store: Store, word: str) -> None:
    with answering(store.uri):
        experiments = [one.experiment_id for one in pages(store.client.search_experiments)]
        wanted = f"tags.`{LAUNCH_TAG}` = '{word}'"
        for run in pages(store.client.search_runs, experiment_ids=experiments, filter_string=wanted):
            settle(store, run.info.run_id, status="FAILED", reason=UNLAUNCHED)
