"""The model registry: versions, stages, and aliases that follow them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from core.errors import StoreError
from core.i18n import N_
from core.store.artifacts import list_folder
from core.store.connection import Store, answering
from core.store.tracking import get_run

Stage = Literal["None", "Staging", "Production", "Archived"]
STAGES: tuple[Stage, ...] = ("None", "Staging", "Production", "Archived")
# MLflow will drop stages one day; these aliases keep a store useful then
ALIASES: Mapping[Stage, str] = {"Production": "champion", "Staging": "challenger"}


@dataclass(frozen=True)
class Version:
    """One version of a registered model. ``source`` is where its files were; they may be gone."""

    model: str
    number: int
    stage: Stage
    run_id: str
    source: str
    created: datetime
    description: str
    tags: Mapping[str, str]

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
        raise StoreError(
            N_("Model {model} has no version {number}."),
            N_("Choose one of its versions on the Registry page."),
            model=self.name,
            number=number,
        )


def list_models(store: Store) -> list[RegisteredModel]:
    """Return every registered model with its versions, by name.

    Raises:
        StoreError: the store no longer answers.
    """
    versions: dict[str, list[Version]] = {}
    with answering(store.uri), _stages_allowed():
        for version in _pages(store.client.search_model_versions, max_results=1000):
            versions.setdefault(version.name, []).append(_version(version))
        models = list(_pages(store.client.search_registered_models, max_results=100))
    return [
        RegisteredModel(
            model.name,
            model.description or "",
            dict(model.tags),
            sorted(versions.get(model.name, []), key=lambda version: -version.number),
        )
        for model in models
    ]


def find_model(store: Store, name: str) -> RegisteredModel:
    """Return the registered model called ``name``.

    Raises:
        StoreError: there is none.
    """
    for model in list_models(store):
        if model.name == name:
            return model
    raise StoreError(
        N_("There is no registered model {name}."), N_("Choose one on the Registry page."), name=repr(name)
    )


def register(
    store: Store, run_id: str, name: str, *, tags: Mapping[str, str] | None = None, description: str = ""
) -> int:
    """Register the run's model as a new version of ``name`` and return its number.

    Raises:
        StoreError: the run logged no model, or MLflow refuses the name.
    """
    source = run_model_uri(store, run_id)
    if source is None:
        raise StoreError(
            N_("Registering needs a run with a model, but run {run} logged none."),
            N_("Choose a run that finished training."),
            run=get_run(store, run_id).name or run_id,
        )
    try:
        if not _exists(store, name):
            store.client.create_registered_model(name)
        mlflow.set_tracking_uri(store.uri)  # MLflow looks the model up in its process-wide store, not in the client's
        with _stages_allowed():
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
            N_("Choose a name without slashes, colons or a leading blank."),
            name=repr(name),
            reason=error.message,
        ) from error
    return int(version.version)


def run_model_uri(store: Store, run_id: str) -> str | None:
    """Return the address of the model a run logged (the last one, if several), or None."""
    experiment_id = get_run(store, run_id).experiment_id
    logged = store.client.search_logged_models([experiment_id], filter_string=f"source_run_id = '{run_id}'")
    if logged:
        return f"models:/{logged[0].model_id}"
    # MLflow 2 kept models among the run's artifacts
    for entry in list_folder(store, run_id):
        if entry.is_dir and any(file.path.endswith("/MLmodel") for file in list_folder(store, run_id, entry.path)):
            return f"runs:/{run_id}/{entry.path}"
    return None


def versions_of_run(models: Sequence[RegisteredModel], run_id: str) -> list[Version]:
    """Return the versions that were registered from this run."""
    return [version for model in models for version in model.versions if version.run_id == run_id]


def move(store: Store, version: Version, stage: Stage, *, archive_others: bool) -> Mapping[int, Stage]:
    """Move a version to ``stage``; with ``archive_others`` the stage's other versions become Archived.

    Aliases follow. Returns the stages that were, of every version that changed: what ``restore`` takes to undo.
    """
    with _stages_allowed():
        before = _stages(store, version.model)
        store.client.transition_model_version_stage(
            version.model, str(version.number), stage, archive_existing_versions=archive_others
        )
        after = _stages(store, version.model)
        _follow(store, version.model, after, just_moved=version.number)
    return {number: was for number, was in before.items() if after.get(number) != was}


def restore(store: Store, model: str, stages: Mapping[int, Stage]) -> None:
    """Put versions back into the stages they had."""
    with _stages_allowed():
        for number, stage in stages.items():
            store.client.transition_model_version_stage(model, str(number), stage)
        after = _stages(store, model)
        champions = [number for number, stage in stages.items() if stage == "Production"]
        _follow(store, model, after, just_moved=champions[0] if champions else None)


def _follow(store: Store, model: str, stages: Mapping[int, Stage], just_moved: int | None) -> None:
    """Set each stage's alias to the version just moved there, else the newest there; remove it where none is."""
    current = store.client.get_registered_model(model).aliases
    for stage, alias in ALIASES.items():
        there = [number for number, is_in in stages.items() if is_in == stage]
        if there:
            number = just_moved if just_moved in there else max(there)
            store.client.set_registered_model_alias(model, alias, str(number))
        elif alias in current:
            store.client.delete_registered_model_alias(model, alias)


def _stages(store: Store, model: str) -> dict[int, Stage]:
    named = f'name = "{model}"' if '"' not in model else ""  # MLflow's filters know no escape for quotes
    found = _pages(store.client.search_model_versions, filter_string=named, max_results=1000)
    return {int(version.version): version.current_stage for version in found if version.name == model}


def _exists(store: Store, model: str) -> bool:
    try:
        store.client.get_registered_model(model)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise
        return False
    return True


def _version(version: ModelVersion) -> Version:
    return Version(
        model=version.name,
        number=int(version.version),
        stage=version.current_stage,
        run_id=version.run_id or "",
        source=version.source or "",
        created=datetime.fromtimestamp(version.creation_timestamp / 1000, tz=UTC),
        description=version.description or "",
        tags=dict(version.tags),
    )


def _pages(search, **arguments) -> Iterator:  # type: ignore[no-untyped-def, type-arg]
    token = None
    while True:
        page = search(page_token=token, **arguments)
        yield from page
        token = page.token
        if not token:
            return


@contextmanager
def _stages_allowed() -> Iterator[None]:
    """Silence MLflow's notice that stages are deprecated: showing them is what we are for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="mlflow.*")
        warnings.filterwarnings("ignore", message=".*stage.*", category=FutureWarning)
        yield
