"""What a model's timeline has beside changes of its versions: alerts, and rules that were carried out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store
from core.store.registry import timeline
from core.store.registry.events import Event


class AlreadyDoneError(StoreError):
    """Another program carried out a rule for this first."""


def note(
    store: Store, actor: Actor, model: str, kind: Literal["alert", "rule"], by: str, why: str, about: Mapping[str, Any]
) -> Event:
    """Write into a model's timeline what happened: ``about`` as data, and as an English sentence in ``why``.

    Raises:
        StoreError: the store does not answer, or refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("schedule")
    return timeline.record(
        store, model, lambda: Event(model, kind, by, datetime.now(UTC), why, about=about), lambda _event: None
    )


def note_fired(
    store: Store, actor: Actor, model: str, by: str, why: str, about: Mapping[str, Any], since: datetime
) -> Event:
    """Write into a timeline that a rule is carried out, unless one was for this version ``since`` then.

    The timeline is the store's own, so of dashboards that share nothing but the store one alone carries it out: those
    of one ``about["folder"]`` have agreed among themselves.

    Raises:
        AlreadyDoneError: it was.
        StoreError: the store does not answer, or refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("schedule")

    def plan() -> Event:
        for event in timeline.read_page(store, model).events:
            said = event.about
            is_same = (event.kind, said.get("step"), said.get("version")) == ("rule", "fired", about["version"])
            if is_same and event.at >= since and said.get("folder") != about["folder"]:
                raise AlreadyDoneError(
                    N_("A rule retrained for version {version} of {model} already, from another dashboard."),
                    N_("Look at the timeline of the model."),
                    version=about["version"],
                    model=model,
                )
        return Event(model, "rule", by, datetime.now(UTC), why, about=about)

    return timeline.record(store, model, plan, lambda _event: None)
