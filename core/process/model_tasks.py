"""Which tasks the models of the registry learned, as the runs of their versions say."""

from __future__ import annotations

from collections.abc import Sequence

from core.process import cache
from core.store.registry.registered_models import RegisteredModel

LOOKED_AT = 20  # versions of a model, the newest


def tasks_of(model: RegisteredModel) -> set[str]:
    """Return the tasks of a model's versions; empty where no run says one."""
    newest = sorted(model.versions, key=lambda version: -version.number)[:LOOKED_AT]
    known = cache.known_runs([version.run_id for version in newest if version.run_id])
    return {str(task) for task in known.info["task"] if task}


def models_of(models: Sequence[RegisteredModel], task: str) -> list[RegisteredModel]:
    """Return the models that have versions of a task, those with no other task first."""
    found = [(len(tasks), model) for model in models if task and task in (tasks := tasks_of(model))]
    return [model for _count, model in sorted(found, key=lambda one: one[0])]
