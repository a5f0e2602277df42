"""A sweep's trials as the store has them: MLflow is the record, and a sweep that was killed goes on from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Literal

from core.foreign_json import read_json
from core.i18n import N_
from core.store.abandoned import ABANDONED
from core.store.connection import Store
from core.store.record import CV
from core.store.runs import tables
from core.store.runs.tables import ENDED, FAILURE_TAG, PARENT_TAG, STARTED_TAG, Run, Runs
from core.store.runs.tracking import get_run, read_page
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Cell, key

SWEEP_TAG = tables.SWEEP_TAG  # of a sweep's run: its plan
STATE_TAG = "pizarra.sweep.state"
DATA_TAG = "pizarra.sweep.data"  # SHA-256 of what it learns from
ACTIVE_TAG = "pizarra.sweep.seconds"  # how long it has been under way, without the time it was paused
REFIT_TAG = "pizarra.sweep.refit"  # the run that was trained of its best
TRIAL_TAG = tables.TRIAL_TAG  # of a trial's run: its number and its cell
FOLDS_SEEN_TAG = "pizarra.trial.folds"  # its objective in each fold, in their order
PRUNED_TAG = "pizarra.trial.pruned"  # after how many folds it was given up

SWEEP_ENDED = N_("Its sweep ended while it was under way.")

Outcome = Literal["waiting", "running", "finished", "pruned", "failed", "stopped", "lost"]
OPEN: frozenset[Outcome] = frozenset({"waiting", "running"})


@dataclass(frozen=True)
class Trial:
    """One trial. ``value`` is its objective by cross-validation, ``test_value`` that on the test rows, as far as known.

    ``lost`` is one that was under way as its dashboard or its sweep ended: nobody knows what would have come of it.
    """

    number: int
    run_id: str
    cell: Cell
    outcome: Outcome
    value: float | None = None
    test_value: float | None = None
    folds: tuple[float, ...] = ()
    seconds: float | None = None
    started: datetime | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        """What two trials of the same cell have in common."""
        return key(self.cell)


def trial_text(number: int, cell: Cell) -> str:
    """Write what a trial's run keeps of it."""
    return json.dumps({"number": number, "cell": dict(cell)}, ensure_ascii=False)


def trial_of(run: Run, objective: str) -> Trial | None:
    """Return the trial that a run is; None where it is none."""
    return _trial(run.run_id, run.status, run.tags, run.metrics, run.seconds, objective, run.start)


def trials_of(runs: Runs, parent_id: str, objective: str) -> list[Trial]:
    """Return a sweep's trials among ``runs``, oldest first."""
    children = runs.info.index[runs.info["parent_id"] == parent_id]
    if not len(children) or TRIAL_TAG not in runs.tags:
        return []
    info = runs.info.loc[children, ["status", "seconds", "start"]]
    tags = runs.tags.loc[children].to_dict("index")
    metrics = runs.metrics.loc[children].to_dict("index")
    found = []
    for run_id, status, seconds, start in zip(children, info["status"], info["seconds"], info["start"], strict=True):
        known = {name: value for name, value in tags[run_id].items() if isinstance(value, str)}
        took = None if seconds != seconds else seconds  # NaN
        when = start.to_pydatetime() if start == start else None
        found.append(_trial(str(run_id), str(status), known, metrics[run_id], took, objective, when))
    return sorted((trial for trial in found if trial), key=lambda trial: trial.number)


def read_trials(store: Store, parent_id: str, objective: str) -> list[Trial]:
    """Return a sweep's trials, oldest first, as the store has them now; deleted ones are none.

    Raises:
        StoreError: it has no such sweep, or does not answer.
    """
    parent = get_run(store, parent_id)
    found: list[Trial] = []
    token = None
    while True:
        page, token = read_page(
            store, [parent.experiment_id], filter_string=f"tags.`{PARENT_TAG}` = '{parent_id}'", token=token
        )
        found.extend(trial for run in page if (trial := trial_of(run, objective)))
        if not token:
            return sorted(found, key=lambda trial: trial.number)


def newest(trials: Iterable[Trial]) -> list[Trial]:
    """Return the last trial of each cell: those before it were lost, or failed and were tried again."""
    return list({trial.key: trial for trial in trials}.values())


def best(trials: Sequence[Trial], plan: SweepPlan, *, on_test: bool = False) -> Trial | None:
    """Return the best finished trial, by cross-validation or on the test rows; of equal ones the first."""
    sign = -1.0 if plan.is_lower_better else 1.0
    scored = [
        (sign * value, trial)
        for trial in trials
        if trial.outcome == "finished" and (value := trial.test_value if on_test else trial.value) is not None
    ]
    return max(scored, key=lambda one: one[0])[1] if scored else None


def chosen(trials: Sequence[Trial], plan: SweepPlan) -> Trial | None:
    """Return the best trial by what the plan says chooses."""
    return best(trials, plan, on_test=plan.test_rows == "choose")


def _trial(
    run_id: str,
    status: str,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
    seconds: float | None,
    objective: str,
    started: datetime | None,
) -> Trial | None:
    try:
        told = read_json(tags.get(TRIAL_TAG, ""))
        number, cell = int(told["number"]), dict(told["cell"])
    except (ValueError, TypeError, KeyError):
        return None
    return Trial(
        number,
        run_id,
        cell,
        _outcome(status, tags),
        _finite(metrics.get(f"{CV}{objective}")),
        _finite(metrics.get(f"test_{objective}")),
        _folds(tags.get(FOLDS_SEEN_TAG, "")),
        seconds,
        started if STARTED_TAG in tags else None,
        tags.get(FAILURE_TAG, ""),
    )


def _outcome(status: str, tags: Mapping[str, str]) -> Outcome:
    if PRUNED_TAG in tags and status in ENDED:
        return "pruned"
    if status in ENDED and tags.get(FAILURE_TAG) in (ABANDONED, SWEEP_ENDED):
        return "lost"
    known: dict[str, Outcome] = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "stopped", "RUNNING": "running"}
    return known.get(status, "waiting")


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _folds(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(one) for one in text.split(",")) if text else ()
    except ValueError:
        return ()
