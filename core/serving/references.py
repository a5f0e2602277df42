"""Which version an address names: a number, a stage, or an alias behind an @."""

from __future__ import annotations

from core.i18n import N_
from core.process.asked import live
from core.serving.problems import NotReadyError, NotThereError
from core.store.registry.references import BY_STAGE, found_version
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import USED


def version_of(model: RegisteredModel, which: str) -> Version:
    """Return the version of a model that ``which`` names; of a stage with several the newest.

    Raises:
        NotThereError: the model has no such version, or nothing is in that stage.
    """
    found = found_version(model, which)
    if found is None:
        raise NotThereError(
            N_("Model {model} has nothing that is called {which}."),
            N_("Ask for one of these: {known}."),
            model=model.name,
            which=repr(which),
            known=", ".join(known_as(model)) or "–",
        )
    return found


def answering_version(model: RegisteredModel, which: str) -> Version:
    """Return the version that answers: what ``version_of`` does, but nothing that an archived stage holds.

    Raises:
        NotThereError: as ``version_of``, or the stage is not one that answers.
        NotReadyError: its registration did not end well.
    """
    stage = BY_STAGE.get(which.lower())
    if stage is not None and stage not in USED:
        raise NotThereError(
            N_("Only Production and Staging answer by their stage, but {which} was asked."),
            N_("Ask for one of these: {known}."),
            which=repr(which),
            known=", ".join(known_as(model)) or "–",
        )
    version = version_of(model, which)
    if not version.ready:
        raise NotReadyError(
            N_("Version {number} of {model} is not registered to its end: {status}."),
            N_("Ask for another version."),
            number=version.number,
            model=model.name,
            status=version.status,
        )
    return version


def known_as(model: RegisteredModel, at_most: int = 12) -> list[str]:
    """Return the names by which a model's versions are asked: live stages, aliases, then numbers, newest first."""
    names = [*(version.stage for version in live(model)), *(f"@{alias}" for alias in sorted(model.aliases))]
    names += [str(version.number) for version in model.versions]
    return names[:at_most] + (["…"] if len(names) > at_most else [])
