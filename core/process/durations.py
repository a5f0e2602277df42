"""How long a run may take on this machine, by those of the past that the store has."""

from __future__ import annotations

from core.process import cache, shared
from core.process.memory import kept
from core.store.owner import machine
from core.training import efforts
from core.training.efforts import Effort


@kept(lambda *about: (shared.store_name(), shared.mirror().state().version, about), max_entries=64)
def seconds(task: str, algorithm: str, effort: Effort) -> float | None:
    """Return how many seconds a run may take; None where none of the kind was trained on this machine."""
    runs = cache.runs([experiment.experiment_id for experiment in cache.experiments()])
    return efforts.estimate(runs, task, algorithm, effort, machine())
