"""The model registry: what is in it, and how things get in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, accepting, answering, pages
from core.store.refusals import advice_of, words_of
from core.store.registry.stages import (
    GATES_TAG,
    READY,
    Stage,
    has_stages,
    last_move,
    model_versions,
    no_model,
    no_version,
    stage_of,
)
from core.store.runs.artifacts import list_place
from core.store.runs.run_models import run_model_uri
from core.store.runs.tracking import get_run
from core.store.times import time_of

NO_SUCH_MODEL = {ErrorCode.Name(code) for code in (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)}
MODELS_A_PAGE, VERSIONS_A_PAGE = 1000, 10_000  # so that one page is enough for nearly everybody


@dataclass(frozen=True)
class Version:
    """One version of a registered model. ``source`` is where its files were; they may be gone.

    ``updated`` is when anything about it changed last. ``status`` is how far its registration is, as MLflow calls it,
    and ``status_message`` why it is no further.
    """

    model: str
    number: int
    stage: Stage
    run_id: str
    source: str
    created: datetime
    updated: datetime
    description: str
    tags: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    status: str = READY
    status_message: str = ""

    @property
    def ready(self) -> bool:
        """Whether its registration ended well: only then may it be used."""
        return self.status == READY

    @property
    def moved(self) -> Mapping[str, str]:
        """Who moved it last (``by``) and when (``at``); empty where that was not done from here."""
        said = last_move(self.tags)
        return said if said.get("to") == self.stage else {}

    @property
    def uri(self) -> str:
        """The version's address in MLflow."""
        return f"models:/{self.model}/{self.number}"


@dataclass(frozen=True)
class RegisteredModel:
    """A registered model with all of its versions, newest first; there may be none."""

    name: str
    description: str
    tags: Mapping[str, str]
    versions: Sequence[Version]
    aliases: Mapping[str, int] = field(default_factory=dict)

    def in_stage(self, stage: Stage) -> list[Version]:
        """Return the versions in ``stage``, newest first; other programs may leave several in Production."""
        return [version for version in self.versions if version.stage == stage]

    def version(self, number: int) -> Version:
        """Return version ``number``.

        Raises:
            StoreError: the model has no such version.
        """
        for version in self.versions:
            if version.number == number:
                return version
        raise no_version(self.name, number)


def list_models(store: Store) -> list[RegisteredModel]:
    """Return every registered model with its versions, by name.

    Raises:
        StoreError: the store no longer answers.
    """
    staged = has_stages(store)
    with answering(store.uri):
        models = list(pages(store.client.search_registered_models, max_results=MODELS_A_PAGE))
        aliases = {model.name: {a: int(number) for a, number in model.aliases.items()} for model in models}
        versions: dict[str, list[Version]] = {}
        for version in pages(store.client.search_model_versions, max_results=VERSIONS_A_PAGE):
            named = aliases.get(version.name, {})
            versions.setdefault(version.name, []).append(_version(version, named, staged=staged))
    return [
        RegisteredModel(
            model.name,
            model.description or "",
            dict(model.tags),
            sorted(versions.get(model.name, []), key=lambda version: -version.number),
            aliases[model.name],
        )
        for model in models
    ]


def find_model(store: Store, name: str) -> RegisteredModel:
    """Return the registered model called ``name`` as the store has it now; nothing of other models is read.

    Raises:
        UnknownModelError: there is none.
        StoreError: the store does not answer.
    """
    staged = has_stages(store)
    with answering(store.uri):
        try:
            model = store.client.get_registered_model(name)
        except MlflowException as error:
            if error.error_code not in NO_SUCH_MODEL:
                raise
            raise no_model(name) from error
        if model.name != name:  # as in read_standing
            raise no_model(name)
        versions = model_versions(store, name)
    aliases = {alias: int(number) for alias, number in model.aliases.items()}
    found = [_version(version, aliases, staged=staged) for version in versions]
    found.sort(key=lambda version: -version.number)
    return RegisteredModel(model.name, model.description or "", dict(model.tags), found, aliases)


def register(
    store: Store,
    actor: Actor,
    run_id: str,
    name: str,
    *,
    tags: Mapping[str, str] | None = None,
    description: str = "",
) -> int:
    """Register the run's model as a new version of ``name`` and return its number.

    Raises:
        StoreError: the run logged no model, MLflow refuses the name, or the store takes it for another model's.
        PizarraError: ``actor`` may not.
    """
    actor.check("register")
    source = run_model_uri(store, run_id)
    if source is None:
        raise StoreError(
            N_("Registering needs a run with a model, but run {run} logged none."),
            N_("Choose a run that finished training."),
            run=get_run(store, run_id).called or run_id,
        )
    try:
        if not _exists(store, name):
            store.client.create_registered_model(name)
        mlflow.set_tracking_uri(store.uri)  # MLflow looks the model up in its process-wide store, not in the client's
        version = store.client.create_model_version(
            name,
            source,
            run_id,
            tags=dict(tags or {}),
            description=description or None,
            model_id=source.removeprefix("models:/") if source.startswith("models:/") else None,  # servers insist
        )
    except MlflowException as error:
        raise StoreError(
            N_("The model could not be registered as {name}: {reason}"),
            advice_of(error, N_("Choose a name without slashes, colons or a leading blank.")),
            name=repr(name),
            reason=words_of(error),
        ) from error
    return int(version.version)


def versions_of_run(models: Sequence[RegisteredModel], run_id: str) -> list[Version]:
    """Return the versions that were registered from this run."""
    return [version for model in models for version in model.versions if version.run_id == run_id]


def _exists(store: Store, model: str) -> bool:
    """Say whether there is such a model.

    Raises:
        StoreError: there is one whose name the store does not tell from this one.
    """
    try:
        found = store.client.get_registered_model(model)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise
        return False
    if found.name != model:
        raise StoreError(
            N_("This store does not tell the name {name} from {other}, the name of a model that it has."),
            N_("Choose that model, or a name that differs in more than capitals, accents and blanks at its end."),
            name=repr(model),
            other=repr(found.name),
        )
    return True


def _version(version: ModelVersion, aliases: Mapping[str, int], *, staged: bool) -> Version:
    number = int(version.version)
    return Version(
        model=version.name,
        number=number,
        stage=stage_of(version, aliases, staged=staged),
        run_id=version.run_id or "",
        source=version.source or "",
        created=time_of(version.creation_timestamp),
        updated=time_of(version.last_updated_timestamp or version.creation_timestamp),
        description=version.description or "",
        tags=dict(version.tags),
        aliases=tuple(sorted(alias for alias, named in aliases.items() if named == number)),
        status=str(version.status),
        status_message=version.status_message or "",
    )


def mentions(version: Version, text: str, about_run: str = "") -> bool:
    """Say whether all words of ``text`` occur in what is known of a version, in any order and without regard to case.

    ``about_run`` is what is known of its run, such as its name. A number, or ``v3``, is the version's own.
    """
    known = " ".join(
        (version.model, version.stage, version.description, about_run, *version.aliases,
         *own_tags(version.tags).values(), version.run_id, version.moved.get("by", ""))
    ).casefold()  # fmt: skip
    return all(
        word.lstrip("v") == str(version.number) if word.lstrip("v").isdecimal() else word in known
        for word in text.casefold().split()
    )


def files_are_there(store: Store, version: Version) -> bool:
    """Say whether the files of a version's model can be reached from here."""
    try:
        found = list_place(store, version.uri)
    except Exception:  # noqa: BLE001 - each kind of place (a disk, S3, HDFS, …) has errors of its own
        return False
    return any(PurePosixPath(path).name == "MLmodel" for path in found)


def set_gates(store: Store, actor: Actor, model: str, rules: Sequence[str]) -> None:
    """Keep a model's gates, one line each; none takes them away.

    Raises:
        StoreError: the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("edit_gates")
    with accepting():
        if rules:
            store.client.set_registered_model_tag(model, GATES_TAG, "\n".join(rules))
        elif GATES_TAG in store.client.get_registered_model(model).tags:
            store.client.delete_registered_model_tag(model, GATES_TAG)


def own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that people write, without those that programs keep for themselves."""
    return {name: value for name, value in sorted(tags.items()) if not name.startswith(("mlflow.", "pizarra."))}
