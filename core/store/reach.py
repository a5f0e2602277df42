"""Whether a store, and the place where it has its files, can be reached now: asked shortly, and nothing is changed."""

from __future__ import annotations

from pathlib import Path

from mlflow.entities import ViewType
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from core.store.connection import Store
from core.store.places import local_folder

NOTHING = "pizarra-is-it-there"  # a folder that nobody has: listing it costs little, and fails where nobody answers


def look_at_store(store: Store) -> None:
    """Ask a store for one experiment; it raises whatever keeps it from answering."""
    store.client.search_experiments(max_results=1, view_type=ViewType.ALL)


def look_at_artifacts(store: Store) -> None:
    """Look at the place where the newest experiment has its files.

    Raises:
        OSError: it is a folder that is not there.
        Exception: whatever keeps another place from answering.
    """
    for experiment in store.client.search_experiments(max_results=1):
        place = str(experiment.artifact_location)
        folder = local_folder(place)
        if folder is None:
            get_artifact_repository(place, tracking_uri=store.uri).list_artifacts(NOTHING)
        elif not _may_be_made(folder):
            raise FileNotFoundError(str(folder))


def _may_be_made(folder: Path) -> bool:
    """Tell whether a folder is there, or the one that holds the folders of all experiments, or the one around that."""
    return any(one.is_dir() for one in (folder, folder.parent, folder.parent.parent))
