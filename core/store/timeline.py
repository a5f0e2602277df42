"""The memory of every model: who changed what, when and why, in the order in which it happened.

MLflow keeps no such history, but it never lets a run's parameter change, and that is all a journal needs. Each model
has a run in an experiment of its own; entry 17 is the parameter ``000017``. Of several programs that write entry 17 at
once MLflow lets one succeed, which makes the journal a lock too: an entry is *claimed* by being written, before what it
says is done, and closed by ``000017.end``. Nobody claims the next one before that. Full runs name the one that goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import Any, Literal
from uuid import uuid4

import pandas as pd
from mlflow.entities import Run as MlflowRun
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_ALREADY_EXISTS, ErrorCode
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME

from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, answering
from core.store.runs import TIMELINE_EXPERIMENT
from core.store.stages import Stage

Kind = Literal["move", "undo", "settle", "outside", "gates", "delete"]
MODEL_TAG, KEY_TAG = "pizarra.model", "pizarra.timeline"
BEFORE_TAG, START_TAG = "pizarra.timeline_before", "pizarra.timeline_start"
ENTRIES_A_RUN = 200
PATIENCE = 30.0  # seconds that another program has to finish what it began

TABLE_COLUMNS = ["entry", "time_utc", "kind", "who", "version", "from", "to", "why", "gates", "override", "undoes",
                 "finished"]  # fmt: skip

_INDEX = "index"
_NEXT = "next"
_PART = 5000  # characters; MLflow keeps 6,000 of a parameter
_FOUND_WITHIN = 10.0  # seconds
_local: dict[tuple[str, str], Lock] = {}


@dataclass(frozen=True)
class Change:
    """What became of one version: its stage, and the tags of ours that it had before."""

    version: int
    before: Stage
    after: Stage
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GateOutcome:
    """Whether a version fulfils a rule; ``measured`` is the number, or the words, that it was judged by."""

    rule: str
    passed: bool
    measured: str = ""


@dataclass(frozen=True)
class Event:
    """One entry of a model's timeline. ``at`` is UTC; ``aliases`` are (before, after), also of those that stayed.

    ``number`` counts from 1; it is 0 for what was noticed and not written. ``noticed`` is what other programs had
    changed before. ``undoes`` is the entry that an undo took back, ``deleted`` are versions that are no more.
    ``finished`` is False where the program that began it never said that it was done.
    """

    model: str
    kind: Kind
    by: str
    at: datetime
    why: str = ""
    changes: tuple[Change, ...] = ()
    aliases: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    noticed: tuple[Change, ...] = ()
    gates: tuple[GateOutcome, ...] = ()
    override: str = ""
    undoes: int = 0
    deleted: tuple[int, ...] = ()
    number: int = 0
    finished: bool = True


@dataclass(frozen=True)
class Page:
    """Some entries of a timeline, newest first; ``older`` leads to those before them, empty at the beginning."""

    events: tuple[Event, ...] = ()
    older: str = ""


class _Taken(Exception):  # noqa: N818 - not an error: somebody else was quicker
    pass


def read_page(store: Store, model: str, older: str = "") -> Page:
    """Return the newest entries of a model's timeline, or those that an earlier page's ``older`` leads to.

    Raises:
        StoreError: the store does not answer.
    """
    with answering(store.uri):
        if older:
            run = store.client.get_run(older)
        else:
            found = _newest(store, model)
            if found is None:
                return Page()
            run = found
        events = tuple(reversed(_events(run, model)))
        page = Page(events, run.data.tags.get(BEFORE_TAG, ""))
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
            with _writing():
                run, number = _turn(store, model)
            event = replace(plan(), number=number)
            try:
                with _writing():
                    _claim(store, run, event)
            except _Taken:
                continue
            try:
                act(event)
            except BaseException:
                _end(store, run, number, finished=False)
                raise
            _end(store, run, number, finished=True)
            return event


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except (MlflowException, OSError) as error:
        raise StoreError(
            N_("The timeline cannot be written: {reason}"),
            N_("Nothing was changed. Check that the store is running and that you may write to it, then try again."),
            reason=getattr(error, "message", str(error)),
        ) from error


def _turn(store: Store, model: str) -> tuple[str, int]:
    """Wait until nothing is under way and return the run and the number of the next entry."""
    run = _newest(store, model) or _first(store, model)
    if run.info.lifecycle_stage != "active":
        store.client.restore_run(run.info.run_id)
    waiting: dict[int, float] = {}
    while True:
        entries = _entries(run)
        last = max(entries, default=_start(run))
        if last in entries and f"{_key(last)}.end" not in run.data.params:
            begun = waiting.setdefault(last, time.monotonic())
            if time.monotonic() - begun < PATIENCE:
                time.sleep(0.05)
                run = store.client.get_run(run.info.run_id)
                continue
            _end(store, run.info.run_id, last, finished=False)
        if last - _start(run) < ENTRIES_A_RUN:
            return run.info.run_id, last + 1
        run = _go_on(store, model, run, last)


def _claim(store: Store, run_id: str, event: Event) -> None:
    text = json.dumps(_document(event), ensure_ascii=False, separators=(",", ":"))
    name, key = uuid4().hex, _key(event.number)
    parts = [text[begin : begin + _PART] for begin in range(0, len(text), _PART)]
    for place, part in enumerate(parts[1:], start=1):
        store.client.log_param(run_id, f"{key}.{name}.{place}", part)
    _write_once(store, run_id, key, f"{name}{len(parts):03}{parts[0]}")


def _write_once(store: Store, run_id: str, key: str, value: str) -> None:
    """Write a parameter that only one can write; the values of two are never the same."""
    try:
        store.client.log_param(run_id, key, value)
    except MlflowException as error:
        written = store.client.get_run(run_id).data.params.get(key)
        if written == value:  # it was written, only the answer was lost
            return
        if written is None or error.error_code != ErrorCode.Name(INVALID_PARAMETER_VALUE):
            raise
        raise _Taken from error


def _end(store: Store, run_id: str, number: int, *, finished: bool) -> None:
    try:
        store.client.log_param(run_id, f"{_key(number)}.end", "done" if finished else "not finished")
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
        events.append(_event(json.loads(text), model, number, finished=params.get(f"{_key(number)}.end") == "done"))
    return events


def _entries(run: MlflowRun) -> dict[int, str]:
    return {int(key): value for key, value in run.data.params.items() if key.isdecimal()}


def _key(number: int) -> str:
    return f"{number:06}"


def _start(run: MlflowRun) -> int:
    """Return the number of the last entry before a run's first one."""
    return int(run.data.tags.get(START_TAG, "0"))


def _document(event: Event) -> dict[str, Any]:
    known = asdict(event)
    for name, changes in (("changes", event.changes), ("noticed", event.noticed)):
        known[name] = [[c.version, c.before, c.after, dict(c.tags)] for c in changes]
    known["gates"] = [[g.rule, g.passed, g.measured] for g in event.gates]
    known["at"] = event.at.isoformat(timespec="milliseconds")
    return {key: value for key, value in known.items() if value and key not in {"model", "number", "finished"}}


def _event(document: Mapping[str, Any], model: str, number: int, *, finished: bool) -> Event:
    known = dict(document)
    return Event(
        **known
        | {
            "model": model,
            "at": datetime.fromisoformat(known["at"]).astimezone(UTC),
            "by": known.get("by", ""),
            "changes": tuple(Change(*change) for change in known.get("changes", ())),
            "noticed": tuple(Change(*change) for change in known.get("noticed", ())),
            "deleted": tuple(known.get("deleted", ())),
            "gates": tuple(GateOutcome(*gate) for gate in known.get("gates", ())),
            "aliases": {alias: (was, now) for alias, (was, now) in known.get("aliases", {}).items()},
            "number": number,
            "finished": finished,
        }
    )


# Which run a model's entries are in


def _newest(store: Store, model: str) -> MlflowRun | None:
    """Return the run that a model's last entries are in, None where it has none."""
    experiment = _experiment(store)
    if experiment is None:
        return None
    found = store.client.search_runs(
        [experiment], f"tags.`{KEY_TAG}` = '{_hash(model)}'", ViewType.ALL, max_results=1, order_by=["start_time DESC"]
    )
    if not found:
        return None
    run = found[0]
    while further := run.data.params.get(_NEXT):  # clocks of two machines may disagree about which one is newest
        run = store.client.get_run(further)
    return run


def _first(store: Store, model: str) -> MlflowRun:
    """Make a model's first run; of several that are made at once the index says which one counts."""
    index = _index(store)
    made = _make_run(store, {MODEL_TAG: model, MLFLOW_RUN_NAME: model, KEY_TAG: f"offered {_hash(model)}"})
    chosen = _agreed(store, index, _hash(model), made)
    store.client.set_tag(chosen, KEY_TAG, _hash(model))
    return store.client.get_run(chosen)


def _go_on(store: Store, model: str, full: MlflowRun, last: int) -> MlflowRun:
    made = _make_run(
        store,
        {
            MODEL_TAG: model,
            MLFLOW_RUN_NAME: model,
            KEY_TAG: f"offered {_hash(model)}",
            BEFORE_TAG: full.info.run_id,
            START_TAG: str(last),
        },
    )
    chosen = _agreed(store, full.info.run_id, _NEXT, made)
    store.client.set_tag(chosen, KEY_TAG, _hash(model))
    return store.client.get_run(chosen)


def _agreed(store: Store, run_id: str, key: str, offered: str) -> str:
    """Write ``offered`` under ``key`` and return it, or what another program had written; then ours is deleted."""
    try:
        _write_once(store, run_id, key, offered)
    except _Taken:
        store.client.delete_run(offered)
        return str(store.client.get_run(run_id).data.params[key])
    return offered


def _index(store: Store) -> str:
    """Return the run that names each model's first one. Whoever makes the experiment makes it, others wait for it."""
    experiment, ours = _experiment_to_write(store)
    if ours:
        return _make_run(store, {KEY_TAG: _INDEX, MLFLOW_RUN_NAME: _INDEX})
    begun = time.monotonic()
    while time.monotonic() - begun < _FOUND_WITHIN:
        found = store.client.search_runs(
            [experiment], f"tags.`{KEY_TAG}` = '{_INDEX}'", ViewType.ALL, 1, order_by=["start_time ASC"]
        )
        if found:
            if found[0].info.lifecycle_stage != "active":
                store.client.restore_run(found[0].info.run_id)
            return str(found[0].info.run_id)
        time.sleep(0.05)
    return _make_run(store, {KEY_TAG: _INDEX, MLFLOW_RUN_NAME: _INDEX})  # its maker has gone


def _make_run(store: Store, tags: Mapping[str, str]) -> str:
    experiment, _ours = _experiment_to_write(store)
    run_id = store.client.create_run(experiment, tags=dict(tags)).info.run_id
    store.client.set_terminated(run_id)  # nothing is under way here; parameters may be added all the same
    return str(run_id)


def _experiment(store: Store) -> str | None:
    try:
        return _known_experiment(store)
    except LookupError:
        return None


@cache
def _known_experiment(store: Store) -> str:
    """Return the id of the timelines' experiment, which never changes.

    Raises:
        LookupError: there is none yet.
    """
    experiment = store.client.get_experiment_by_name(TIMELINE_EXPERIMENT)
    if experiment is None:
        raise LookupError
    return str(experiment.experiment_id)


def _experiment_to_write(store: Store) -> tuple[str, bool]:
    """Return the experiment's id and whether it was made just now; one that was deleted is brought back."""
    experiment = store.client.get_experiment_by_name(TIMELINE_EXPERIMENT)
    if experiment is None:
        try:
            return str(store.client.create_experiment(TIMELINE_EXPERIMENT)), True
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                raise
            experiment = store.client.get_experiment_by_name(TIMELINE_EXPERIMENT)
    if experiment.lifecycle_stage != "active":
        store.client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id), False


def _hash(model: str) -> str:
    """Return a name without signs that MLflow's filters stumble over."""
    return sha256(model.encode()).hexdigest()[:32]


def as_table(events: Sequence[Event]) -> pd.DataFrame:
    """Return entries as a table with one line for each version that an entry moved, deleted or found moved."""
    lines: list[list[object]] = []
    for event in events:
        gates = "; ".join(f"{'passed' if g.passed else 'FAILED'}: {g.rule} ({g.measured})" for g in event.gates)
        rest = [event.why, gates, event.override, event.undoes or "", event.finished]
        about: list[object] = [event.number or "", event.at.isoformat(timespec="seconds")]
        lines += [[*about, "outside", "", c.version, c.before, c.after, "", "", "", "", True] for c in event.noticed]
        lines += [[*about, event.kind, event.by, c.version, c.before, c.after, *rest] for c in event.changes]
        lines += [[*about, event.kind, event.by, version, "", "", *rest] for version in event.deleted]
        if not event.changes and not event.deleted:
            lines.append([*about, event.kind, event.by, "", "", "", *rest])
    return pd.DataFrame(lines, columns=TABLE_COLUMNS)
