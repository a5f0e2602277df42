"""What there is to ask, as plain data: registered models, their versions, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.errors import ModelError, StoreError
from core.foreign_json import read_json
from core.process import cache
from core.process.asked import live
from core.serving.answers import plain
from core.serving.references import known_as
from core.store.registry.registered_models import RegisteredModel, Version, own_tags
from core.store.registry.stages import GATES_TAG
from core.store.runs.tables import Run


def model_in_list(model: RegisteredModel) -> dict[str, Any]:
    """Return a registered model as the list of all has it."""
    return {
        "name": model.name,
        "description": model.description,
        "stages": {version.stage: version.number for version in live(model)},
        "aliases": dict(model.aliases),
        "versions": len(model.versions),
        "latest_version": model.versions[0].number if model.versions else None,
    }


def model_whole(model: RegisteredModel) -> dict[str, Any]:
    """Return a registered model with its versions, newest first, and its gates."""
    return {
        **model_in_list(model),
        "tags": own_tags(model.tags),
        "gates": _gates(model),
        "asked_as": known_as(model),
        "versions": [_standing(version) for version in model.versions],
    }


def version_whole(model: RegisteredModel, version: Version) -> dict[str, Any]:
    """Return a version with what its run measured and what it wants to know.

    What cannot be read now is null: the run may be deleted, the files on a machine that is off.
    """
    run = _run(version)
    return {
        "model": model.name,
        **_standing(version),
        "description": version.description,
        "tags": own_tags(version.tags),
        "status": version.status,
        "gates": _gates(model),
        "run": None if run is None else _run_told(run),
        "algorithm": None if run is None else run.tags.get("pizarra.algorithm"),
        "task": None if run is None else run.tags.get("pizarra.task"),
        "metrics": None if run is None else {name: plain(value) for name, value in run.metrics.items()},
        "signature": _signature(version),
    }


def _standing(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "stage": version.stage,
        "aliases": list(version.aliases),
        "created": _time(version.created),
        "updated": _time(version.updated),
        "run_id": version.run_id or None,
    }


def _gates(model: RegisteredModel) -> Sequence[str]:
    return [line for line in model.tags.get(GATES_TAG, "").splitlines() if line.strip()]


def _run(version: Version) -> Run | None:
    try:
        return cache.run(version.run_id) if version.run_id else None
    except StoreError:
        return None


def _run_told(run: Run) -> Mapping[str, Any]:
    return {"run_id": run.run_id, "name": run.called, "params": dict(run.params)}


def _signature(version: Version) -> Mapping[str, Any] | None:
    try:
        said = cache.model_files(version).signature
    except (ModelError, StoreError):
        return None
    if said is None:
        return None
    return {side: read_json(str(said[side])) if said.get(side) else None for side in ("inputs", "outputs", "params")}


def _time(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
