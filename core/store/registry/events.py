"""What happened to a model's versions, as data: one event a change, as text for a store and as a table for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pandas as pd

from core.foreign_json import read_json
from core.store.registry.stages import Stage

Kind = Literal["move", "undo", "settle", "outside", "gates", "cutoff", "delete", "alert", "rule"]
TABLE_COLUMNS = ["entry", "time_utc", "kind", "who", "version", "from", "to", "why", "gates", "judged_on", "override",
                 "undoes", "finished"]  # fmt: skip


LOGGED = "logged"  # judged on the metrics that the runs logged


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
    ``judged_on`` says what the gates were judged on: ``LOGGED``, or the id of the run whose stored test rows were asked
    about; it is empty where nobody wrote it down. ``about`` is what an alert or a rule is about, as data, where ``why``
    says it in English. ``finished`` is False where the program that began it never said
    that it was done.
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
    judged_on: str = ""
    override: str = ""
    undoes: int = 0
    deleted: tuple[int, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    finished: bool = True


def staged_before(events: Sequence[Event], version: int) -> bool:
    """Say whether a version was in Staging at some time, as far as the timeline knows."""
    return any("Staging" in (c.before, c.after) for event in events for c in event.changes if c.version == version)


def as_text(event: Event) -> str:
    """Return an event as text; its model, number and end are kept beside it."""
    known = asdict(event)
    for name, changes in (("changes", event.changes), ("noticed", event.noticed)):
        known[name] = [[c.version, c.before, c.after, dict(c.tags)] for c in changes]
    known["gates"] = [[g.rule, g.passed, g.measured] for g in event.gates]
    known["at"] = event.at.isoformat(timespec="milliseconds")
    document = {key: value for key, value in known.items() if value and key not in {"model", "number", "finished"}}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str, model: str, number: int, *, finished: bool) -> Event:
    """Return the event that was written as ``text``; the model may have had another name then."""
    known: dict[str, Any] = read_json(text)
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


def as_table(events: Sequence[Event]) -> pd.DataFrame:
    """Return entries as a table with one line for each version that an entry moved, deleted or found moved."""
    lines: list[list[object]] = []
    for event in events:
        gates = "; ".join(f"{'passed' if g.passed else 'FAILED'}: {g.rule} ({g.measured})" for g in event.gates)
        rest = [event.why, gates, event.judged_on, event.override, event.undoes or "", event.finished]
        about: list[object] = [event.number or "", event.at.isoformat(timespec="seconds")]
        lines += [
            [*about, "outside", "", c.version, c.before, c.after, "", "", "", "", "", True] for c in event.noticed
        ]
        lines += [[*about, event.kind, event.by, c.version, c.before, c.after, *rest] for c in event.changes]
        lines += [[*about, event.kind, event.by, version, "", "", *rest] for version in event.deleted]
        if not event.changes and not event.deleted:
            lines.append([*about, event.kind, event.by, "", "", "", *rest])
    return pd.DataFrame(lines, columns=TABLE_COLUMNS)
