"""The models that runs left behind, to be asked or registered: things of their own, or folders among a run's files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import StoreError
from core.store.connection import Store
from core.store.runs.artifacts import list_folder
from core.store.runs.logged_models import logged_models
from core.store.runs.tables import Run
from core.store.runs.tracking import get_run


@dataclass(frozen=True)
class RunModel:
    """A model that a run left behind, as it is, whether or not a version was made of it.

    ``run`` is what the run is called, else its id. ``key`` tells the model from others of its run; ``status`` is how
    far its logging is, as MLflow calls it.
    """

    run_id: str
    run: str
    name: str
    key: str
    uri: str
    status: str = "READY"

    @property
    def source(self) -> str:
        """Where its files are."""
        return self.uri

    @property
    def ready(self) -> bool:
        """Whether it may be asked: MLflow does not say that its logging goes on, or failed."""
        return self.status not in {"PENDING", "FAILED"}


def run_models(store: Store, run_id: str) -> list[RunModel]:
    """Return the models that a run left behind, newest first.

    Raises:
        StoreError: there is no such run, or none was found and some of its folders cannot be read.
    """
    return list(_found(store, run_id))


def run_model_uri(store: Store, run_id: str) -> str | None:
    """Return the address of the model a run logged (the last one, if several), or None."""
    return next((model.uri for model in _found(store, run_id)), None)


def _found(store: Store, run_id: str) -> Iterator[RunModel]:
    run = get_run(store, run_id)
    logged = logged_models(store, run.experiment_id, run_id)
    for model in logged:
        yield RunModel(run_id, run.called or run_id, model.name, model.model_id, model.uri, model.status)
    if not logged:
        yield from _among_its_files(store, run)


def _among_its_files(store: Store, run: Run) -> Iterator[RunModel]:
    """Yield the models in a run's folders, where MLflow 2 kept them."""
    run_id, named = run.run_id, run.called or run.run_id
    unread: StoreError | None = None
    found = False
    for entry in list_folder(store, run_id):
        try:
            files = list_folder(store, run_id, entry.path) if entry.is_dir else ()
            if any(file.path.endswith("/MLmodel") for file in files):
                found = True
                yield RunModel(run_id, named, entry.path, entry.path, f"runs:/{run_id}/{entry.path}")
        except StoreError as error:
            unread = error
    if unread and not found:
        raise unread
