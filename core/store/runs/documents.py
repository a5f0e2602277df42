"""JSON documents that people add to a run after it ended, in a folder among its files."""

from __future__ import annotations

import json
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store
from core.store.places import PlaceError, bring
from core.store.refusals import words_of
from core.store.runs.artifacts import list_folder

LONGEST_SLUG = 40  # characters


def add_document(
    store: Store, actor: Actor, run_id: str, folder: str, name: str, document: Mapping[str, Any], at: datetime
) -> str:
    """Keep a document in a folder of a run's files and return its path, which is new: nothing is replaced.

    Paths begin with the time ``at``, so that they sort by age.

    Raises:
        StoreError: the run is gone, or its files cannot be written to.
        PizarraError: ``actor`` may not.
    """
    actor.check("add_document")
    path = f"{folder}/{at:%Y%m%d-%H%M%S}-{slug(name)}-{secrets.token_hex(2)}.json"
    content = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        with tempfile.TemporaryDirectory() as here:
            file = Path(here) / path.rpartition("/")[2]
            file.write_text(content, encoding="utf-8", errors="replace")
            # MLflow's own client remembers the place of a run's files by the run's id alone, whatever the store: what
            # is meant for a copy of a store would go to the original
            place = store.client.get_run(run_id).info.artifact_uri
            files = get_artifact_repository(place, tracking_uri=store.uri)
            bring(store, place, partial(list_folder, store, run_id), partial(files.log_artifact, str(file), folder))
    except PlaceError:
        raise
    except Exception as error:  # each kind of place (a disk, S3, HDFS, …) has errors of its own
        raise StoreError(
            N_("This could not be saved among the files of the run: {reason}"),
            N_("Check that the run exists and that its files may be changed from here, then try again."),
            reason=str(words_of(error))[:300],
        ) from error
    return path


def list_documents(store: Store, run_id: str, folder: str) -> list[str]:
    """Return the paths of the JSON documents in a folder of a run's files, newest first.

    Raises:
        StoreError: the place cannot be reached.
    """
    entries = list_folder(store, run_id, folder)
    return sorted((e.path for e in entries if not e.is_dir and e.path.lower().endswith(".json")), reverse=True)


def slug(name: str) -> str:
    """Return a name as a file may be called on every system.

    >>> slug("¿Qué pasa si…? / 2"), slug("数")
    ('que-pasa-si-2', 'unnamed')
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:LONGEST_SLUG].strip("-") or "unnamed"
