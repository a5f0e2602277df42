"""Which version a reference means: NAME (in Production), NAME/Staging, NAME/3 or NAME@alias, here as in addresses."""

from __future__ import annotations

import re

from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store
from core.store.registry.cutoffs import read_cutoff
from core.store.registry.registered_models import RegisteredModel, Version, find_model
from core.store.registry.stages import STAGES, Stage

BY_STAGE: dict[str, Stage] = {stage.lower(): stage for stage in STAGES}
_NAMED = re.compile(r"(?:models:/)?(?P<model>[^/@]+)(?:/(?P<which>[^/@]+)|(?P<alias>@[^/@]+))?")


def found_version(model: RegisteredModel, which: str) -> Version | None:
    """Return the version that a number, a stage or an ``@alias`` names; of a stage with several the newest."""
    if which.isdecimal() and which.isascii() and len(which) < 10:
        return next((version for version in model.versions if version.number == int(which)), None)
    if which.startswith("@"):
        number = model.aliases.get(which[1:])
        return next((version for version in model.versions if version.number == number), None)
    stage = BY_STAGE.get(which.lower())
    return None if stage is None else next(iter(model.in_stage(stage)), None)


def called(which: str) -> str:
    """Return the one way to write which version is meant.

    >>> called("production"), called("007"), called("@champion")
    ('Production', '7', '@champion')
    """
    if which.isdecimal() and which.isascii():
        return str(int(which))
    return BY_STAGE.get(which.lower(), which)


def which_named(named: str) -> str:
    """Return which of its versions a reference to a model means, in the one way to write it.

    >>> which_named("wine"), which_named("models:/wine/staging"), which_named("wine@best")
    ('Production', 'Staging', '@best')
    """
    read = _NAMED.fullmatch(named.strip())
    return called((read and (read["which"] or read["alias"])) or "Production")


def version_named(store: Store, named: str) -> tuple[Version, float | None]:
    """Return the version that is meant, and its model's cut-off.

    Raises:
        StoreError: there is no such model or version, or the store does not answer.
    """
    read = _NAMED.fullmatch(named.strip())
    if read is None:
        raise StoreError(
            N_("A model is named NAME, NAME/Staging, NAME/3 or NAME@alias, but this was given: {named}."),
            N_("Name it in one of these ways."),
            named=repr(named),
        )
    model, which = find_model(store, read["model"]), read["which"] or read["alias"] or "Production"
    version = found_version(model, which)
    if version is None:
        numbers = [str(one.number) for one in model.versions]
        raise StoreError(
            N_("Model {model} has nothing that is called {which}."),
            N_("Ask for one of these: {known}."),
            model=model.name,
            which=repr(which),
            known=", ".join([*(stage for stage in STAGES[1:] if model.in_stage(stage)), *numbers]) or "–",
        )
    return version, read_cutoff(model.tags)
