"""How a sweep stands: how much of it is done, what is best so far, and how honest its choice is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from statistics import fmean

from core.training.sweeps.conductor import ALL_FAIL
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import holds
from core.training.sweeps.trials import OPEN, Outcome, Trial, best, newest

OUTCOMES: tuple[Outcome, ...] = ("running", "waiting", "finished", "pruned", "failed", "stopped", "lost")


@dataclass(frozen=True)
class Standing:
    """How far a sweep is. ``counts`` are of the last trial of each cell; ``done`` of ``most`` have been tried."""

    done: int
    most: int
    counts: Mapping[Outcome, int]

    @property
    def left(self) -> int:
        """How many have not been tried yet; those that are under way are among them."""
        return max(0, self.most - self.done)

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return min(1.0, self.done / self.most) if self.most else 1.0

    @property
    def again(self) -> int:
        """How many failed or were stopped, which can be tried again."""
        return self.counts.get("failed", 0) + self.counts.get("stopped", 0)


def standing(trials: Sequence[Trial], plan: SweepPlan) -> Standing:
    """Return how far a sweep is."""
    of_it = [trial for trial in newest(trials) if holds(plan.varied, trial.cell)]
    counts = Counter(trial.outcome for trial in of_it)
    done = sum(trial.outcome not in OPEN and trial.outcome != "lost" for trial in of_it)
    return Standing(done, max(plan.most, done), {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]})


def would_fail(trials: Sequence[Trial]) -> bool:
    """Tell whether a sweep that goes on would end at once, as its trials all failed; those can be tried again."""
    ended = [trial for trial in newest(trials) if trial.outcome in ("finished", "pruned", "failed")]
    return len(ended) >= ALL_FAIL and all(trial.outcome == "failed" for trial in ended)


def seconds_of_one(trials: Sequence[Trial]) -> float | None:
    """Return how long a trial takes, by those that ended by themselves; None where none has."""
    took = [one.seconds for one in trials if one.outcome in ("finished", "pruned") and one.seconds is not None]
    return fmean(took) if took else None


def seconds_left(
    left: int, trials: Sequence[Trial], plan: SweepPlan, passed: float, workers: int
) -> float | None:  # fmt: skip
    """Return how long a sweep goes on at the most, by its trials so far and its minutes; None where nobody knows yet.

    ``left`` is how many trials are, ``passed`` for how many seconds it has been under way, ``workers`` how many trials
    may really run at once.
    """
    one = seconds_of_one(trials)
    if one is None:
        return None
    at_once = max(1, min(plan.at_once, workers))
    return min(left * one / at_once, max(0.0, 60 * plan.minutes - passed))


def history(trials: Sequence[Trial], plan: SweepPlan) -> list[tuple[int, float, float]]:
    """Return number, value and the best value until then of every finished trial, by what chooses."""
    found: list[tuple[int, float, float]] = []
    leads = min if plan.is_lower_better else max
    for trial in trials:
        value = _score(trial, plan.test_rows == "choose")
        if trial.outcome == "finished" and value is not None:
            found.append((trial.number, value, leads(value, found[-1][2]) if found else value))
    return found


def equally_good(trials: Sequence[Trial], plan: SweepPlan, *, on_test: bool = False) -> list[Trial]:
    """Return the best trials, of which there are several where they share a score; none is better than the first."""
    first = best(trials, plan, on_test=on_test)
    if first is None:
        return []
    return [
        trial
        for trial in newest(trials)
        if trial.outcome == "finished" and _is_same(_score(trial, on_test), _score(first, on_test))
    ]


@dataclass(frozen=True)
class Winners:
    """Who wins by cross-validation and who on the test rows, each with those that are as good; ``tried`` were asked."""

    by_folds: tuple[Trial, ...]
    on_test: tuple[Trial, ...]
    tried: int

    @property
    def agree(self) -> bool:
        """Tell whether both ways choose the same settings."""
        return bool({one.key for one in self.by_folds} & {one.key for one in self.on_test})


def winners(trials: Sequence[Trial], plan: SweepPlan) -> Winners:
    """Return both winners of a sweep that asks the test rows."""
    asked = [trial for trial in newest(trials) if trial.outcome == "finished" and trial.test_value is not None]
    return Winners(
        tuple(equally_good(trials, plan)), tuple(equally_good(trials, plan, on_test=True)), len(asked)
    )  # fmt: skip


def flattery(winner: Trial, plan: SweepPlan) -> float | None:
    """Return by how much a trial's score on the test rows is better than by its own folds; negative where worse."""
    if winner.value is None or winner.test_value is None:
        return None
    better = winner.test_value - winner.value
    return -better if plan.is_lower_better else better


def estimate(
    trials: int, plan: SweepPlan, seconds_a_trial: float | None, workers: int
) -> tuple[float | None, int]:  # fmt: skip
    """Return how many seconds so many ``trials`` of a sweep take, and how many are done within its minutes."""
    if seconds_a_trial is None or seconds_a_trial <= 0:
        return None, trials
    at_once = max(1, min(plan.at_once, workers, trials))
    whole, within = trials * seconds_a_trial / at_once, 60 * plan.minutes
    if whole <= within:
        return whole, trials
    return within, min(trials, max(1, int(within * at_once / seconds_a_trial)))


def _score(trial: Trial, on_test: bool) -> float | None:
    return trial.test_value if on_test else trial.value


def _is_same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
