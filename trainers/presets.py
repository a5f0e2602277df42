"""Sweeps that tasks come with, as data: the Sweep page fills its form with one by a press."""

from __future__ import annotations

from core.i18n import N_
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.presets import Preset
from core.training.sweeps.space import Values

PRESETS: tuple[Preset, ...] = (
    Preset(
        N_("The churn workshop's grid"),
        N_("36 forests, every combination of three settings. The test rows are shown, to see what choosing by them "
           "would have chosen."),
        SweepPlan(
            "telco_churn",
            "random_forest",
            (
                Values("n_estimators", (50, 100, 200)),
                Values("max_depth", (5, 10, 15, None)),
                Values("min_samples_split", (2, 5, 10)),
            ),
            "f1",
            sampler="grid",
            trials=36,
            test_rows="shown",
        ),
    ),
)  # fmt: skip


def presets_of(task: str) -> list[Preset]:
    """Return the sweeps that a task comes with."""
    return [preset for preset in PRESETS if preset.plan.task == task]
