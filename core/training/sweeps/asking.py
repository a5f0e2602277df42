"""What a sweep tries next: a grid's next cell, or what Optuna asks for, from the trials that there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from statistics import median
from typing import TYPE_CHECKING, Any

from core.training.specs import Value
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Dimension, Range, Values, cells, holds, key, size
from core.training.sweeps.trials import OPEN, Trial, newest

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

FEWEST_TO_PRUNE = 5  # finished trials, before one is given up; as Optuna's MedianPruner
DRAWS = 50  # times that something new is asked for, where what was tried comes up again
EVERY_CELL = 2000  # combinations, up to which those that are left are listed where draws find none


def next_cell(plan: SweepPlan, trials: Sequence[Trial]) -> dict[str, Value] | None:
    """Return what is tried next; None where all has been tried, or as often as the plan says.

    Nothing is tried twice, but for trials that were lost. The same trials give the same answer.
    """
    tried = [trial for trial in newest(trials) if trial.outcome != "lost" and holds(plan.varied, trial.cell)]
    for trial in newest(trials):
        if trial.outcome == "lost" and holds(plan.varied, trial.cell):
            return dict(trial.cell)
    if len(tried) >= plan.most:
        return None
    known = {trial.key for trial in tried}
    if plan.sampler == "grid":
        return next((cell for cell in cells(plan.varied) if key(cell) not in known), None)
    return _drawn(plan, tried, known)


def bars(plan: SweepPlan, trials: Sequence[Trial]) -> tuple[float, ...]:
    """Return, for each fold, what the mean of the folds so far must not be worse than for a trial to go on.

    It is the median of the finished trials' means up to that fold, as Optuna's MedianPruner has it; none where the
    plan does not prune or too few have finished. What is given up after the last fold saves nothing: that one is free.
    """
    finished = [trial for trial in trials if trial.outcome == "finished" and trial.folds]
    if not plan.prunes or len(finished) < FEWEST_TO_PRUNE:
        return ()
    so_far = [[sum(trial.folds[:count]) / count for count in range(1, len(trial.folds))] for trial in finished]
    return tuple(median(value for value in values if value is not None) for values in zip_longest(*so_far))


def _drawn(plan: SweepPlan, tried: Sequence[Trial], known: set[str]) -> dict[str, Value] | None:
    import optuna  # takes a while, and most never sweep

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    seed = plan.seed + len(tried)  # another one each time, the same one after a restart
    of_kind = optuna.samplers.RandomSampler if plan.sampler == "random" else optuna.samplers.TPESampler
    study = optuna.create_study(
        sampler=of_kind(seed=seed), direction="minimize" if plan.is_lower_better else "maximize"
    )
    distributions = {dimension.name: _distribution(dimension) for dimension in plan.varied}
    study.add_trials([_told(trial, plan, distributions) for trial in tried])
    for _draw in range(DRAWS):
        cell = _cell(plan.varied, study.ask(distributions).params)
        if key(cell) not in known:
            return cell
    combinations = size(plan.varied)
    if combinations is None or combinations > EVERY_CELL:
        return cell
    return next((cell for cell in _all_cells(plan.varied) if key(cell) not in known), None)


def _told(trial: Trial, plan: SweepPlan, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    """Return what Optuna is told of a trial: one that is under way has no value yet, one that failed never."""
    from optuna.trial import TrialState, create_trial

    value = trial.test_value if plan.test_rows == "choose" else trial.value
    states = {"pruned": TrialState.PRUNED, "finished": TrialState.COMPLETE}
    state = TrialState.RUNNING if trial.outcome in OPEN else states.get(trial.outcome, TrialState.FAIL)
    if state == TrialState.COMPLETE and value is None:
        state = TrialState.FAIL
    params = {one.name: _index(one, trial.cell[one.name]) for one in plan.varied}
    return create_trial(
        state=state,
        params=params,
        distributions=distributions,
        value=value if state == TrialState.COMPLETE else None,
        intermediate_values=dict(enumerate(trial.folds)),
    )


def _distribution(dimension: Dimension) -> BaseDistribution:
    """Return a parameter's distribution: values are known to Optuna by their place, as it wants plain kinds."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Values):
        return CategoricalDistribution(range(len(dimension.values)))
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _index(dimension: Dimension, value: Value) -> Any:
    if isinstance(dimension, Values):
        return next(place for place, one in enumerate(dimension.values) if key({"": one}) == key({"": value}))
    return value


def _cell(varied: Sequence[Dimension], drawn: dict[str, Any]) -> dict[str, Value]:
    return {one.name: one.values[drawn[one.name]] if isinstance(one, Values) else drawn[one.name] for one in varied}


def _all_cells(varied: Sequence[Dimension]) -> Iterator[dict[str, Value]]:
    listed = [
        Values(one.name, tuple(range(int(one.low), int(one.high) + 1))) if isinstance(one, Range) else one
        for one in varied
    ]
    return cells(listed)
