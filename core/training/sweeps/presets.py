"""A sweep that a task comes with: declared as data, offered as one press that fills the form."""

from __future__ import annotations

from dataclasses import dataclass

from core.training.sweeps.plan import SweepPlan


@dataclass(frozen=True)
class Preset:
    """A sweep that is offered for its task. ``title`` and ``why`` are msgids."""

    title: str
    why: str
    plan: SweepPlan
