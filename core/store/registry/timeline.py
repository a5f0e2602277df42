"""The memory of every model: who changed what, when and why, in the order in which it happened.

MLflow keeps no such history, but it never lets a run's parameter change, and that is all a journal needs. Each model
has a run in an experiment of its own; entry 17 is the parameter ``000017``. Of several programs that write entry 17 at
once MLflow lets one succeed, which makes the journal a lock too: an entry is *claimed* by being written, before what it
says is done, and closed by ``000017.end``. Nobody claims the next one before that, unless the process that began it has
gone, or for ``PATIENCE`` where nobody can tell. Full runs name the one that goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from uuid import uuid4

from mlflow.entities import Run as MlflowRun
from mlflow.exceptions import MlflowException

from core.i18n import N_
from core.store.connection import Store, accepting, answering
from core.store.owner import is_gone, owner
from core.store.patience import patiently
from core.store.registry import journals
from core.store.registry.events import Event, as_text, from_text

ENTRIES_A_RUN = 200
PATIENCE = 30.0  # seconds that another program has to finish what it began
AWAY = 10.0  # seconds for which each step waits for a store that is away

_UNWRITTEN = (
    N_("The timeline cannot be written: {reason}"),
    N_("Nothing was changed. {advice}"),
    N_("Check that the store is running and that you may write to it, then try again."),
)
_PART = 5000  # characters; MLflow keeps 6,000 of a parameter
_local: dict[tuple[str, str], Lock] = {}


@dataclass(frozen=True)
class Page:
    """Some entries of a timeline, newest first; ``older`` leads to those before them, empty at the beginning."""

    events: tuple[Event, ...] = ()
    older: str = ""


def read_page(store: Store, model: str, older: str = "") -> Page:
    """Return the newest entries of a model's timeline, or those that an earlier page's ``older`` leads to.

    Raises:
        StoreError: the store does not answer.
    """
    with answering(store.uri):
        if older:
            run = store.client.get_run(older)
        else:
            found = journals.newest(store, model)
            if found is None:
                return Page()
            run = found
        events = tuple(reversed(_events(run, model)))
        page = Page(events, run.data.tags.get(journals.BEFORE_TAG, ""))
    return read_page(store, model, page.older) if not events and page.older else page


def read_all(store: Store, model: str) -> list[Event]:
    """Return a model's whole timeline, newest first."""
    page = read_page(store, model)
    events = list(page.events)
    while page.older:
        page = read_page(store, model, page.older)
        events += page.events
    return events


def find(store: Store, model: str, number: int) -> Event | None:
    """Return one entry of a model's timeline, None where there is no such."""
    page = read_page(store, model)
    while page.older and page.events and page.events[-1].number > number:
        page = read_page(store, model, page.older)
    return next((event for event in page.events if event.number == number), None)


def record(store: Store, model: str, plan: Callable[[], Event], act: Callable[[Event], None]) -> Event:
    """Write an entry and do what it says, after everything that was begun before and before anything else.

    ``plan`` looks at the store and says what is to be done; it may be asked again when another program was quicker.
    ``act`` does it. Where ``act`` raises, the entry stays as one that was not finished.

    Raises:
        StoreError: the store does not answer, or refuses.
        Exception: whatever ``plan`` and ``act`` raise.
    """
    with _local.setdefault((store.uri, model), Lock()):  # threads wait here: only other programs must be asked about
        while True:
            with accepting(*_UNWRITTEN):
                run, number = patiently(partial(_turn, store, model), AWAY)
            event = replace(patiently(plan, AWAY), number=number)
            try:
                with accepting(*_UNWRITTEN):
                    _claim(store, run, event)
            except journals.Taken:
                continue
            try:
                act(event)
            except BaseException:
                _end(store, run, number, finished=False)
                raise
            _end(store, run, number, finished=True)
            return event


def _turn(store: Store, model: str) -> tuple[str, int]:
    """Wait until nothing is under way and return the run and the number of the next entry."""
    run = journals.newest(store, model) or journals.first(store, model)
    if run.info.lifecycle_stage != "active":
        store.client.restore_run(run.info.run_id)
    waiting: dict[int, float] = {}
    while True:
        entries = _entries(run)
        last = max(entries, default=_start(run))
        if last in entries and f"{_key(last)}.end" not in run.data.params:
            begun = waiting.setdefault(last, time.monotonic())
            by = _beginner(run, last)
            # Of ours none is under way, as their turn is ours: its end was not written when the store was away
            if by != owner() and time.monotonic() - begun < PATIENCE and not is_gone(by):
                time.sleep(0.05)
                run = store.client.get_run(run.info.run_id)
                continue
            _end(store, run.info.run_id, last, finished=False)
        if last - _start(run) < ENTRIES_A_RUN:
            return run.info.run_id, last + 1
        run = journals.go_on(store, model, run, last)


def _claim(store: Store, run_id: str, event: Event) -> None:
    text = as_text(event)
    name, key = uuid4().hex, _key(event.number)
    parts = [text[begin : begin + _PART] for begin in range(0, len(text), _PART)]
    patiently(partial(store.client.log_param, run_id, f"{key}.{name}.owner", owner()), AWAY)
    for place, part in enumerate(parts[1:], start=1):
        patiently(partial(store.client.log_param, run_id, f"{key}.{name}.{place}", part), AWAY)
    patiently(partial(journals.write_once, store, run_id, key, f"{name}{len(parts):03}{parts[0]}"), AWAY)


def _beginner(run: MlflowRun, number: int) -> str:
    """Return which process began an entry, as ``owner`` names it; empty where that was not written."""
    key = _key(number)
    return str(run.data.params.get(f"{key}.{run.data.params[key][:32]}.owner", ""))


def _end(store: Store, run_id: str, number: int, *, finished: bool) -> None:
    try:
        said = "done" if finished else "not finished"
        patiently(partial(store.client.log_param, run_id, f"{_key(number)}.end", said), AWAY)
    except MlflowException:
        # Another program lost its patience with us, or the store is gone. In both cases the entry is there, and
        # what was done is done: nothing of it may be lost by an error now.
        return


def _events(run: MlflowRun, model: str) -> list[Event]:
    """Return the entries in a run, oldest first; the model may have had another name then."""
    params = run.data.params
    events = []
    for number, value in sorted(_entries(run).items()):
        name, count = value[:32], value[32:35]
        text = value[35:] + "".join(params.get(f"{_key(number)}.{name}.{n}", "") for n in range(1, int(count)))
        events.append(from_text(text, model, number, finished=params.get(f"{_key(number)}.end") == "done"))
    return events


def _entries(run: MlflowRun) -> dict[int, str]:
    return {int(key): value for key, value in run.data.params.items() if key.isdecimal()}


def _key(number: int) -> str:
    return f"{number:06}"


def _start(run: MlflowRun) -> int:
    """Return the number of the last entry before a run's first one."""
    return int(run.data.tags.get(journals.START_TAG, "0"))
