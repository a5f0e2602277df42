"""The sweeps of the open store: which there are, how their trials stand, and how long one may take here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.access import Actor
from core.comparison.importance import FEWEST_RUNS, Importances, importances
from core.i18n import current_language
from core.process import cache, durations, shared
from core.process.memory import kept
from core.settings import settings
from core.store.abandoned import ABANDONED
from core.store.owner import is_gone, machine, owner
from core.store.record import CV
from core.store.runs.tables import (
    ALGORITHM_TAG,
    FAILURE_TAG,
    OWNER_TAG,
    STUDENT_TAG,
    SWEEP_TAG,
    TASK_TAG,
    TRIAL_TAG,
    Run,
    Runs,
)
from core.training.efforts import EFFORT_PARAM, PLANS
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.standing import Standing, equally_good, standing, would_fail
from core.training.sweeps.sweeps import Sweep, sweep_of
from core.training.sweeps.trials import Trial, trials_of

LOOKED_AT = 50  # trials of the past, the newest
NEWS = timedelta(days=7)  # for which an interrupted sweep is brought up on other pages than its own


@dataclass(frozen=True)
class Listed:
    """A sweep as the list of sweeps shows it; ``best`` are its best trials so far."""

    sweep: Sweep
    standing: Standing
    best: tuple[Trial, ...]


def _version(_runs: Runs, *about: object) -> object:
    """Return what is another as soon as runs may be; who asks has read them, as the mirror looks only then."""
    return shared.store_name(), shared.mirror().state().version, shared.boards().names_are_hidden(), about


def listed() -> list[Listed]:
    """Return the sweeps of the store that can be read, newest first; shared, so never change the list."""
    return _listed_of(_everything())


@kept(_version, max_entries=2)
def _listed_of(runs: Runs) -> list[Listed]:
    if SWEEP_TAG not in runs.tags:
        return []
    ids = runs.tags.index[runs.tags[SWEEP_TAG].notna()]
    found = [sweep for run_id in ids if (sweep := sweep_of(_run(runs, str(run_id))))]
    return [_standing(runs, sweep) for sweep in found]


def was_interrupted(sweep: Sweep) -> bool:
    """Tell whether a sweep that nobody carries out here was under way as its dashboard stopped."""
    if sweep.has_ended:
        return sweep.run.status == "FAILED" and sweep.run.tags.get(FAILURE_TAG) == ABANDONED
    trainer = sweep.run.tags.get(OWNER_TAG, "")
    return trainer == owner() or is_gone(trainer)


def interrupted(actor: Actor) -> list[Listed]:
    """Return the sweeps that were interrupted of late and that somebody may have go on now, newest first."""
    runs = _everything()
    if SWEEP_TAG not in runs.tags:
        return []
    could = runs.tags[SWEEP_TAG].notna() & runs.info["status"].isin(["FAILED", "RUNNING", "SCHEDULED"])
    found = [sweep for run_id in runs.tags.index[could] if (sweep := sweep_of(_run(runs, str(run_id))))]
    waiting = [one for one in found if _is_news(one) and was_interrupted(one) and _may_go_on_now(actor, one)]
    listed = [_standing(runs, sweep) for sweep in waiting]
    return [one for one in listed if one.standing.left and not would_fail(look(one.sweep).trials)]


def _is_news(sweep: Sweep) -> bool:
    since = sweep.run.end or sweep.run.start
    return since is None or datetime.now(UTC) - since < NEWS


def _may_go_on_now(actor: Actor, sweep: Sweep) -> bool:
    has_time = sweep.seconds < 60 * sweep.plan.minutes
    return has_time and shared.sweeps().get(sweep.run.run_id) is None and may_go_on(actor, sweep.run.run_id)


def _standing(runs: Runs, sweep: Sweep) -> Listed:
    found = _look(runs, sweep.run.run_id, sweep.plan)
    return Listed(sweep, found.standing, found.best)


@dataclass(frozen=True)
class Look:
    """A sweep's trials as far as they have been read, oldest first, how far it is, and its best trials so far."""

    trials: tuple[Trial, ...]
    standing: Standing
    best: tuple[Trial, ...]


def look(sweep: Sweep) -> Look:
    """Return how a sweep stands, worked out once for all who look."""
    return _look(cache.runs([sweep.run.experiment_id]), sweep.run.run_id, sweep.plan)


@kept(_version, max_entries=64)
def _look(runs: Runs, run_id: str, plan: SweepPlan) -> Look:
    found = trials_of(runs, run_id, plan.objective)
    on_test = plan.test_rows == "choose"
    return Look(tuple(found), standing(found, plan), tuple(equally_good(found, plan, on_test=on_test)))


def children(run_id: str, experiment_id: str) -> Runs:
    """Return the child runs of a run, ours or not."""
    runs = cache.runs([experiment_id])
    return runs.select(runs.info.index[runs.info["parent_id"] == run_id])


def finished(experiment_id: str, tried: Sequence[Trial]) -> Runs:
    """Return a sweep's finished trials as runs, oldest first."""
    wanted = [trial.run_id for trial in tried if trial.outcome == "finished" and trial.value is not None]
    return cache.runs([experiment_id]).select(wanted)


def weighed(runs: Runs, objective: str, *, going: bool) -> tuple[Importances, int]:
    """Return how much each parameter matters by a sweep's finished trials, and by how many of them.

    While more come they are weighed anew only after some more: a forest is fitted each time.
    """
    count = enough(len(runs)) if going else len(runs)
    return _weighed(runs.select(runs.ids[:count]), f"{CV}{objective}"), count


def enough(count: int) -> int:
    """Return of how many trials importances are worked out, where there are ``count``: an eighth more each time.

    >>> [enough(count) for count in (3, 8, 9, 12, 100, 103, 104)]
    [3, 8, 8, 12, 96, 96, 104]
    """
    if count <= FEWEST_RUNS:
        return count
    step = max(4, 1 << max(0, count.bit_length() - 4))
    return count - count % step


@kept(lambda runs, metric: (shared.store_name(), tuple(runs.ids), metric, current_language()), max_entries=16)
def _weighed(runs: Runs, metric: str) -> Importances:
    return importances(runs, metric)


def may_go_on(actor: Actor, run_id: str) -> bool:
    """Tell whether somebody may have a sweep go on that nobody carries out: it is theirs, or they lead."""
    if not actor.may("train"):
        return False
    if actor.may("stop_others"):
        return True
    tags = shared.mirror().some_runs([run_id]).tags  # with whose it is, also while names are hidden from others
    whose = tags[STUDENT_TAG].get(run_id) if STUDENT_TAG in tags else None
    return bool(actor.name) and whose == actor.name


def workers() -> int:
    """Return how many trials may really run at once, as far as this process knows."""
    chosen = settings()
    return 10_000 if chosen.dask_scheduler else chosen.workers


def seconds_a_trial(plan: SweepPlan) -> tuple[float | None, bool]:
    """Return how long a trial of a sweep may take on this machine, and whether trials of the past say so.

    Else runs of the past do, by the number of models that are fitted, which is rather too long than too short.
    """
    tried = _past(_everything(), plan.task, plan.algorithm)
    if tried is not None:
        return tried * plan.fits, True
    run = durations.seconds(plan.task, plan.algorithm, plan.effort)
    folds = PLANS[plan.effort]
    return (None, False) if run is None or folds is None else (run * plan.fits / (1 + folds.fits), False)


@kept(_version, max_entries=32)
def _past(runs: Runs, task: str, algorithm: str) -> float | None:
    """Return how many seconds a fit took in the newest trials that this machine tried; None where it tried none."""
    if not len(runs) or not {TRIAL_TAG, TASK_TAG, ALGORITHM_TAG, OWNER_TAG} <= set(runs.tags):
        return None
    tags = runs.tags
    here = tags[OWNER_TAG].fillna("").astype(str).str.rpartition(":")[0].str.rpartition(":")[0] == machine()
    alike = here & tags[TRIAL_TAG].notna() & (tags[TASK_TAG] == task) & (tags[ALGORITHM_TAG] == algorithm)
    newest = runs.info[alike & (runs.info["status"] == "FINISHED")].head(LOOKED_AT)
    asked_test = runs.metrics.columns[runs.metrics.columns.str.startswith("test_")]
    tested = runs.metrics.loc[newest.index, asked_test].notna().any(axis=1)
    efforts = runs.params.get(EFFORT_PARAM, {})
    took = []
    for run_id, seconds in newest["seconds"].dropna().items():
        folds = PLANS.get(_effort(efforts.get(run_id)))
        if folds is not None and seconds >= 0:
            took.append(float(seconds) / (folds.fits + bool(tested[run_id])))
    return sum(took) / len(took) if took else None


def _effort(said: object) -> Any:
    return said if isinstance(said, str) else "fair"


def _everything() -> Runs:
    return cache.runs([experiment.experiment_id for experiment in cache.experiments()])


def _run(runs: Runs, run_id: str) -> Run:
    """Return a run of a table as far as a sweep needs it."""
    info = runs.info.loc[run_id]
    tags = {name: value for name, value in runs.tags.loc[run_id].items() if isinstance(value, str)}
    start, end = (None if value != value else value.to_pydatetime() for value in (info["start"], info["end"]))
    return Run(
        run_id, str(info["experiment_id"]), str(info["name"]), str(info["status"]), start, start, end, False, "",
        {}, {}, tags,
    )  # fmt: skip
