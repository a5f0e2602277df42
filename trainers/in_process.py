"""Train in this process, as the command line does: the same path as the Train page's, without Dask."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.access import Actor
from core.errors import PizarraError
from core.i18n import N_, translate
from core.settings import settings
from core.store.runs.tables import BASELINE, BASELINE_NAME
from core.training.efforts import Effort
from core.training.tasks import Task

if TYPE_CHECKING:  # MLflow and scikit-learn are slow to import
    from core.store.connection import Store
    from core.training.execution import Job

STAGE_WORDS = {
    "loading": N_("loading the data"),
    "cross-validating": N_("cross-validating"),
    "fitting": N_("learning"),
    "evaluating": N_("testing"),
    "saving": N_("saving"),
}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a run came to. ``version`` is the registered version, or None."""

    run_id: str
    metrics: Mapping[str, float]
    model_uri: str
    version: int | None
    status: str = "FINISHED"


def train_baseline(store: Store, actor: Actor, task: Task, experiment: str, effort: Effort, say: Say) -> None:
    """Train a task's run 0 where the experiment has none; where that fails, it is said, and nothing else stops.

    Raises:
        PizarraError: ``actor`` may not train.
    """
    actor.check("train")
    from core.training import baselines
    from core.training.datasets import load_dataset
    from core.training.launching import schedule

    def data() -> str:
        chosen = settings()
        loaded = load_dataset(
            task.dataset, data_dir=chosen.data_dir, cache_dir=chosen.cache_dir, downloads=chosen.downloads
        )
        return loaded.sha256

    try:
        if baselines.is_missing(store, task, experiment, data):
            say(f"{translate(N_('run 0, the baseline, which always gives the same answer'))} …")
            job = schedule(
                store, baselines.NOBODY, task, BASELINE, {}, name=BASELINE_NAME, experiment=experiment, effort=effort
            )
            carry_out(store, job, lambda _text: None)
    except PizarraError as error:  # what is wrong with the data, the run itself says again
        sys.stderr.write(f"{error}\n")


def carry_out(
    store: Store, job: Job, say: Say, logged: Mapping[str, str] | None = None
) -> tuple[Mapping[str, float], str]:
    """Train a scheduled run, and return its metrics and its model's address; ``logged`` parameters stay as they are."""
    from core.store.writer import writing
    from core.training.fit import Stage, train

    with writing(store, job.run_id) as writer:

        def report(stage: Stage) -> None:
            writer.progress(stage)
            say(f"{translate(STAGE_WORDS[stage])} …")

        record = train(
            job.task, job.algorithm, job.params, settings=settings(), report=report, effort=job.effort,
            watch=writer.log_steps,
        )  # fmt: skip
        report("saving")
        news = {name: value for name, value in record.params.items() if name not in (logged or {})}
        return record.metrics, writer.write(replace(record, params=news))
