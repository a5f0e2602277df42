"""Move versions through their stages, take that back, and remember both: one version in Production, never two."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, accepting
from core.store.registry import timeline
from core.store.registry.cutoffs import check_cutoff, save_cutoff
from core.store.registry.events import Change, Event, GateOutcome, Kind
from core.store.registry.registered_models import RegisteredModel, set_gates
from core.store.registry.stages import (
    MOVED_TAG,
    STAGE_TAG,
    Stage,
    Standing,
    alias_of,
    check_one_production,
    check_ready,
    following,
    no_version,
    read_standing,
    remembered_stage,
    write_standing,
)

LONGEST_NAME, LONGEST_REASON = 80, 500  # characters
GATES_CHANGED = N_("Somebody changed the gates of {model} while you were deciding. Nothing was moved.")
STAGES_CHANGED = N_("Somebody changed the stages of {model} while you were deciding. Nothing was moved.")


class ChangedMeanwhileError(StoreError):
    """Somebody moved a version between the evidence and the decision; nothing was changed."""


@dataclass(frozen=True)
class Move:
    """A version on its way to a stage: why, and what the person saw who moves it.

    ``seen`` is where the version and those in ``stage`` were when the person decided. What is in Production then goes
    to ``others_to`` when another version enters it. ``gates`` are how the version did against the model's rules,
    ``rules`` is their text (None where it was not judged), and ``judged_on`` is as in ``Event``; where one of them
    failed, ``override`` says why it may pass all the same.
    """

    model: str
    version: int
    stage: Stage
    why: str = ""
    seen: Mapping[int, Stage] = field(default_factory=dict)
    others_to: Stage = "Archived"
    gates: tuple[GateOutcome, ...] = ()
    rules: str | None = None
    judged_on: str = ""
    override: str = ""


def seen(model: RegisteredModel, version: int, stage: Stage) -> dict[int, Stage]:
    """Return what somebody who looks at ``model`` bases a move of ``version`` to ``stage`` on."""
    return seen_in(Standing({v.number: v.stage for v in model.versions}), version, stage)


def move(store: Store, actor: Actor, asked: Move) -> Event:
    """Move a version, the one in Production out of its way, the aliases along, and write all of it down.

    Raises:
        ChangedMeanwhileError: the versions are not where ``asked.seen`` says.
        StoreError: a gate failed and nobody said why it may pass, it was not judged by one, a name is missing, or the
            store refuses.
        PizarraError: ``actor`` may not move versions, or not let one pass that fails a gate.
    """
    actor.check("move")
    if asked.override.strip():
        actor.check("override_gates")
    _check(actor, asked)

    def plan(standing: Standing) -> Event:
        if asked.version not in standing.stages:
            raise no_version(asked.model, asked.version)
        now = seen_in(standing, asked.version, asked.stage)
        if asked.seen and dict(asked.seen) != now:
            raise _changed(asked.model, STAGES_CHANGED)
        if asked.stage == "Production":
            _check_judged(asked, standing.gates)
        others = standing.in_stage("Production") if asked.stage == "Production" else []
        targets: dict[int, Stage] = {asked.version: asked.stage}
        targets |= dict.fromkeys((n for n in others if n != asked.version), asked.others_to)
        event = _event(asked.model, "move", actor, asked.why, standing, targets)
        override = asked.override.strip()[:LONGEST_REASON]
        return replace(event, gates=asked.gates, judged_on=asked.judged_on, override=override)

    return _change(store, asked.model, plan)


def undo(store: Store, actor: Actor, model: str, number: int, why: str = "") -> Event:
    """Take an entry of the timeline back: every version it touched is exactly as it was before.

    Raises:
        ChangedMeanwhileError: a version it touched was moved again.
        StoreError: the entry moved nothing, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("undo")
    undone = timeline.find(store, model, number)
    if undone is None or not undone.changes or undone.kind not in {"move", "undo", "settle"}:
        raise StoreError(
            N_("Entry {number} of the timeline of {model} moved nothing that can be taken back."),
            N_("Move the versions themselves."),
            number=number,
            model=model,
        )

    def plan(standing: Standing) -> Event:
        moved = [c.version for c in undone.changes if standing.stages.get(c.version) != c.after]
        if moved:
            raise ChangedMeanwhileError(
                N_("This can no longer be taken back: version {versions} of {model} was moved again since."),
                N_("Take back the later change first, or move the version itself."),
                versions=", ".join(map(str, moved)),
                model=model,
            )
        event = _event(model, "undo", actor, why, standing, {c.version: c.before for c in undone.changes})
        # An alias that nobody moved since goes back to where it was, even if that was not where it belonged
        untouched = {
            alias: (now, was) for alias, (was, now) in undone.aliases.items() if standing.aliases.get(alias) == now
        }
        return replace(event, undoes=number, aliases={**event.aliases, **untouched})

    tags = {change.version: change.tags for change in undone.changes}
    return _change(store, model, plan, tags)


def settle(
    store: Store, actor: Actor, model: str, keep: int | None, why: str = "", others_to: Stage = "Archived"
) -> Event:
    """Leave one version in Production where another program made it several, and put the aliases right.

    Raises:
        StoreError: version ``keep`` is not in Production (None: no version is), or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("settle")

    def plan(standing: Standing) -> Event:
        there = standing.in_stage("Production")
        if (keep is None and there) or (keep is not None and keep not in there):
            raise _changed(model, STAGES_CHANGED)
        if keep is not None:  # it is there already, but must not be what is left
            check_ready(model, Standing({}, unready=standing.unready), {keep: "Production"})
        others: dict[int, Stage] = {number: others_to for number in there if number != keep}
        return _event(model, "settle", actor, why, standing, others)

    return _change(store, model, plan)


def change_gates(store: Store, actor: Actor, model: str, rules: Sequence[str]) -> Event:
    """Give a model other gates, and remember who did.

    Raises:
        StoreError: the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("edit_gates")
    return timeline.record(
        store,
        model,
        lambda: Event(model, "gates", _signed(actor), _now(), "; ".join(rules)[:LONGEST_REASON]),
        lambda _event: set_gates(store, actor, model, rules),
    )


def change_cutoff(store: Store, actor: Actor, model: str, cutoff: float | None) -> Event:
    """Give a model another cut-off, or with None take it away, and remember who did.

    Raises:
        StoreError: it is not from 0 to 1, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("save_cutoff")
    check_cutoff(cutoff)
    return timeline.record(
        store,
        model,
        lambda: Event(model, "cutoff", _signed(actor), _now(), "" if cutoff is None else repr(cutoff)),
        lambda _event: save_cutoff(store, actor, model, cutoff),
    )


def delete_version(store: Store, actor: Actor, model: str, number: int, why: str) -> Event:
    """Delete a version for good and remember that it was there; its run and its files stay.

    Raises:
        StoreError: there is no such version, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    return _delete(store, actor, model, (number,), why)


def delete_model(store: Store, actor: Actor, model: str, why: str) -> Event:
    """Delete a model with all of its versions for good; its timeline, the runs and their files stay.

    Raises:
        StoreError: there is no such model, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    return _delete(store, actor, model, None, why)


def _delete(store: Store, actor: Actor, model: str, numbers: tuple[int, ...] | None, why: str) -> Event:
    """Delete versions; None is all of them and the model itself."""
    actor.check("delete_versions")

    def plan() -> Event:
        there = read_standing(store, model).stages
        if missing := [number for number in numbers or () if number not in there]:
            raise no_version(model, missing[0])
        deleted = tuple(sorted(there)) if numbers is None else numbers
        return Event(model, "delete", _signed(actor), _now(), why.strip()[:LONGEST_REASON], deleted=deleted)

    def act(event: Event) -> None:
        with accepting():
            if numbers is None:
                store.client.delete_registered_model(model)
            else:
                for number in event.deleted:
                    store.client.delete_model_version(model, str(number))

    return timeline.record(store, model, plan, act)


def seen_in(standing: Standing, version: int, stage: Stage) -> dict[int, Stage]:
    """Return of ``standing`` what ``seen`` returns of a model."""
    return {n: there for n, there in standing.stages.items() if n == version or there == stage == "Production"}


def _change(
    store: Store,
    model: str,
    plan: Callable[[Standing], Event],
    tags: Mapping[int, Mapping[str, str]] | None = None,
) -> Event:
    """Do what ``plan`` makes of where the versions stand; ``tags`` are what they get instead of a note of the move."""
    standing = Standing({})

    def look() -> Event:
        nonlocal standing
        standing = read_standing(store, model)
        return plan(standing)

    def act(event: Event) -> None:
        write_standing(store, model, standing, _target(standing, event, tags))

    return timeline.record(store, model, look, act)


def _event(model: str, kind: Kind, actor: Actor, why: str, standing: Standing, targets: Mapping[int, Stage]) -> Event:
    changes = tuple(
        Change(number, standing.stages[number], stage, standing.tags.get(number, {}))
        for number, stage in targets.items()
        if standing.stages.get(number) != stage
    )
    after = {**standing.stages, **targets}
    check_ready(model, standing, targets)
    check_one_production(standing.stages, after)
    belong = following(after)
    if not changes and belong == standing.aliases:
        raise _changed(model, N_("Nothing would change: the versions of {model} are there already."))
    noticed = tuple(
        Change(c.version, before, c.before)
        for c in changes
        if (before := remembered_stage(standing.tags.get(c.version, {}))) != c.before
    )
    # Those that stay are noted too: an undo then knows that they were there, also where they did not belong
    aliases = {alias: (standing.aliases.get(alias), belong.get(alias)) for alias in alias_of().values()}
    return Event(model, kind, _signed(actor), _now(), why.strip()[:LONGEST_REASON], changes, aliases, noticed)


def _target(standing: Standing, event: Event, tags: Mapping[int, Mapping[str, str]] | None) -> Standing:
    stages = {change.version: change.after for change in event.changes}
    aliases = dict(standing.aliases)
    for alias, (_before, number) in event.aliases.items():
        aliases.pop(alias, None)
        if number is not None:
            aliases[alias] = number
    noted = {number: _tags(event, stage) for number, stage in stages.items()} if tags is None else tags
    return Standing(stages, aliases, noted)


def _tags(event: Event, stage: Stage) -> dict[str, str]:
    moved = {"by": event.by, "at": event.at.isoformat(timespec="seconds"), "to": stage}
    return {STAGE_TAG: stage, MOVED_TAG: json.dumps(moved, ensure_ascii=False)}


def _check(actor: Actor, asked: Move) -> None:
    if not actor.name.strip():
        raise StoreError(N_("A change needs a name, but none was written."), N_("Write who you are, then try again."))
    if asked.stage != "Production":
        return
    if asked.others_to == "Production":
        raise StoreError(N_("Only one version of a model may be in Production."), N_("Say where the other goes."))
    if not asked.why.strip():
        raise StoreError(
            N_("Moving a version to Production needs a reason, but none was written."), N_("Write why, then try again.")
        )
    failed = sum(not gate.passed for gate in asked.gates)
    if failed and not asked.override.strip():
        raise StoreError(
            N_("Version {version} must pass every gate of its model, but it fails {failed} of {count}."),
            N_("Choose another version, or have the presenter let it pass all the same."),
            version=asked.version,
            count=len(asked.gates),
            failed=failed,
        )


def _check_judged(asked: Move, rules: str) -> None:
    """Check that a version was judged by each of the rules that hold now, whoever asks for the move."""
    if asked.rules not in {None, rules}:
        raise _changed(asked.model, GATES_CHANGED)
    count = len({line.strip() for line in rules.splitlines() if line.strip()})
    if len({outcome.rule for outcome in asked.gates}) < count:
        raise StoreError(
            N_("Version {version} must be judged by all {count} gates of its model before it may go to Production, but "
               "was by {judged}."),
            N_("Have it judged on the board, then decide."),
            version=asked.version,
            count=count,
            judged=len(asked.gates),
        )  # fmt: skip


def _signed(actor: Actor) -> str:
    return actor.name.strip()[:LONGEST_NAME]


def _changed(model: str, what: str) -> ChangedMeanwhileError:
    return ChangedMeanwhileError(what, N_("Look at the board again, then decide."), model=model)


def _now() -> datetime:
    return datetime.now(UTC)
