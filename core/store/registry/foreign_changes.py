"""What other programs changed in the registry without us, as far as the store tells."""

from __future__ import annotations

from collections.abc import Sequence

from core.store.registry.events import Change, Event
from core.store.registry.registered_models import RegisteredModel
from core.store.registry.stages import alias_of, following, remembered_stage


def outside_changes(model: RegisteredModel, events: Sequence[Event] = ()) -> list[Event]:
    """Return what other programs changed since the last change from here, as far as the store tells, newest first.

    ``events`` are what is known of the timeline, newest first. The time is when the version was changed last; who did
    it, MLflow does not know.
    """
    known = {c.version: c.after for event in reversed(events) for c in (*event.noticed, *event.changes)}
    found = []
    for version in model.versions:
        before = remembered_stage(version.tags)
        if version.stage not in {before, known.get(version.number)}:
            change = Change(version.number, known.get(version.number, before), version.stage)
            found.append(Event(model.name, "outside", "", version.updated, changes=(change,)))
    return sorted(found, key=lambda event: event.at, reverse=True)


def misplaced_aliases(model: RegisteredModel) -> dict[str, tuple[int | None, int | None]]:
    """Return which of our aliases are not where their stage is: where each is now and where it belongs."""
    belong = following({version.number: version.stage for version in model.versions})
    if not belong and not any(version.moved for version in model.versions):
        return {}  # somebody who uses neither stages nor this dashboard may call any version champion
    now = {alias: model.aliases[alias] for alias in alias_of().values() if alias in model.aliases}
    return {
        alias: (now.get(alias), belong.get(alias))
        for alias in alias_of().values()
        if now.get(alias) != belong.get(alias)
    }
