"""What a sweep is to do, said before it begins: what varies, who asks, how many trials, and how the best is chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from core.errors import ParameterError
from core.foreign_json import read_json
from core.i18n import N_
from core.training.efforts import PLANS, Effort
from core.training.specs import Value, complete
from core.training.sweeps.space import Dimension, Range, Values, cells, checked, size
from core.training.tasks import Kind, Task

Sampler = Literal["grid", "random", "tpe"]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
TestRows = Literal["once", "shown", "choose"]
TEST_ROWS: tuple[TestRows, ...] = get_args(TestRows)

Direction = Literal["higher", "lower"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

OBJECTIVES: Mapping[Kind, tuple[str, ...]] = {
    "classification": ("accuracy", "f1", "precision", "recall", "roc_auc"),
    "regression": ("rmse", "mae", "r2"),
}
LOWER_IS_BETTER = frozenset({"rmse", "mae"})

MOST_TRIALS, MOST_MINUTES, MOST_AT_ONCE = 1000, 24 * 60, 16
MOST_COUNTED = 1e15  # beyond which no number of a plan is one that we wrote
LONGEST_TEXT = 7500  # characters of a plan as it is kept; MLflow refuses tags over 8,000


@dataclass(frozen=True)
class SweepPlan:
    """A sweep of one algorithm on one task.

    ``varied`` is what is tried, ``fixed`` what other parameters are where not their defaults. ``objective`` is a score
    without prefix, which ``effort`` measures by cross-validation. The test rows are asked ``once`` (by the run that is
    trained of the best), are ``shown`` for each trial, or ``choose`` the best. ``direction`` is empty where the better
    way of the objective is the known one and nobody said another.
    """

    task: str
    algorithm: str
    varied: tuple[Dimension, ...]
    objective: str
    fixed: Mapping[str, Value] = field(default_factory=dict)
    sampler: Sampler = "tpe"
    trials: int = 30
    minutes: float = 30.0
    trial_minutes: float = 5.0
    at_once: int = 2
    effort: Effort = "fair"
    test_rows: TestRows = "once"
    prunes: bool = False
    seed: int = 42
    direction: Literal["", "higher", "lower"] = ""

    @property
    def is_lower_better(self) -> bool:
        """Tell whether a smaller objective is a better one."""
        return (self.direction or known_direction(self.objective)) == "lower"

    @property
    def is_turned(self) -> bool:
        """Tell whether the better way is another than what is known of the objective."""
        return self.direction not in ("", known_direction(self.objective))

    @property
    def most(self) -> int:
        """How many trials there are at the most: no more than there are combinations."""
        combinations = size(self.varied)
        return self.trials if combinations is None else min(self.trials, combinations)

    @property
    def fits(self) -> int:
        """How many models a trial fits."""
        folds = PLANS[self.effort]
        return (folds.fits if folds else 0) + (self.test_rows != "once")


def known_direction(objective: str) -> Direction:
    """Return which way of an objective is better, as everybody knows."""
    return "lower" if objective in LOWER_IS_BETTER else "higher"


def said_direction(plan: SweepPlan, said: Mapping[str, bool | None]) -> Direction | None:
    """Return which way of the objective is better by what people ``said`` in the experiment, else the known one.

    What chooses goes first of its two metrics. None where people said that neither way is.
    """
    names = [f"cv_{plan.objective}", f"test_{plan.objective}"]
    for name in reversed(names) if plan.test_rows == "choose" else names:
        if name in said:
            better = said[name]
            return None if better is None else "higher" if better else "lower"
    return known_direction(plan.objective)


def directed(plan: SweepPlan, direction: Direction | None, said: Mapping[str, bool | None]) -> SweepPlan:
    """Return ``plan`` with the better way that somebody chose, or, where nobody did, that of the experiment.

    Raises:
        ParameterError: neither says one.
    """
    usual, known = said_direction(plan, said), known_direction(plan.objective)
    chosen = direction or usual
    if chosen is None:
        raise ParameterError(
            N_("Which way of {objective} is better must be said, as its experiment says that neither is."),
            N_("Choose higher or lower."),
            objective=plan.objective,
        )
    return replace(plan, direction="" if chosen == usual == known else chosen)


def check(plan: SweepPlan, task: Task) -> SweepPlan:
    """Return ``plan``, if it can be carried out on ``task``.

    Raises:
        ParameterError: something in it is not so; says what.
    """
    parameters = task.algorithm(plan.algorithm).parameters
    if not plan.varied:
        raise ParameterError(N_("A sweep must vary something, but nothing is chosen."), N_("Choose a parameter."))
    names = [dimension.name for dimension in plan.varied]
    for dimension in plan.varied:
        checked(parameters, dimension)
        if names.count(dimension.name) > 1 or dimension.name in plan.fixed:
            raise ParameterError(
                N_("Each parameter must be varied once or have one value, but {name} is there twice."),
                N_("Leave one of them out."),
                name=dimension.name,
            )
    complete(parameters, plan.fixed)
    if plan.sampler == "grid":
        cells(plan.varied)
    _check_word("objective", plan.objective, OBJECTIVES[task.kind])
    if plan.objective == "roc_auc" and len(task.class_names) != 2:
        _check_word("objective", plan.objective, tuple(one for one in OBJECTIVES[task.kind] if one != "roc_auc"))
    _check_word("sampler", plan.sampler, SAMPLERS)
    _check_word("test_rows", plan.test_rows, TEST_ROWS)
    _check_word("direction", plan.direction, ("", *DIRECTIONS))
    _check_word("effort", plan.effort, tuple(effort for effort, folds in PLANS.items() if folds))
    _check_number("trials", plan.trials, 1, MOST_TRIALS)
    _check_number("minutes", plan.minutes, 0.1, MOST_MINUTES)
    _check_number("trial_minutes", plan.trial_minutes, 0.1, MOST_MINUTES)
    _check_number("at_once", plan.at_once, 1, MOST_AT_ONCE)
    if len(to_text(plan)) > LONGEST_TEXT:
        raise ParameterError(
            N_("What a sweep tries must fit into {most} characters, but it has {count}."),
            N_("Vary fewer parameters, or give ranges for values one by one."),
            most=LONGEST_TEXT,
            count=len(to_text(plan)),
        )
    return plan


def to_text(plan: SweepPlan) -> str:
    """Write a plan as its run keeps it."""
    told = asdict(plan) | {"varied": [_told(one) for one in plan.varied]}
    if not plan.direction:  # versions before there were any read it too
        del told["direction"]
    return json.dumps(told, ensure_ascii=False)


def from_text(text: str) -> SweepPlan:
    """Read a plan as its run keeps it.

    Raises:
        ValueError: it is none.
    """
    told = read_json(text)
    try:
        plan = SweepPlan(**{**told, "varied": tuple(_read(one) for one in told["varied"])})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(text[:200]) from error
    if not _is_readable(plan):
        raise ValueError(text[:200])
    return plan


def _is_readable(plan: SweepPlan) -> bool:
    """Tell whether what any program may have written into a run is of the kinds that a plan has."""
    words = (plan.task, plan.algorithm, plan.objective)
    counts = (plan.trials, plan.at_once, plan.seed)
    return (
        all(isinstance(one, str) for one in (*words, plan.sampler, plan.test_rows, plan.effort))
        and plan.sampler in SAMPLERS
        and plan.test_rows in TEST_ROWS
        and PLANS.get(plan.effort) is not None
        and plan.direction in ("", *DIRECTIONS)
        and all(isinstance(one, int) and abs(one) < MOST_COUNTED for one in counts)
        and all(_is_finite(one) for one in (plan.minutes, plan.trial_minutes))
        and isinstance(plan.fixed, Mapping)
        and all(_is_plain(value) for value in plan.fixed.values())
        and all(_is_dimension(one) for one in plan.varied)
    )


def _is_dimension(dimension: Dimension) -> bool:
    if isinstance(dimension, Values):
        return all(_is_plain(value) for value in dimension.values)
    return _is_finite(dimension.low) and _is_finite(dimension.high)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str) or _is_finite(value)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < MOST_COUNTED


def _told(dimension: Dimension) -> dict[str, Any]:
    return asdict(dimension)


def _read(told: Mapping[str, Any]) -> Dimension:
    if "values" in told:
        return Values(str(told["name"]), tuple(told["values"]))
    return Range(str(told["name"]), float(told["low"]), float(told["high"]), bool(told["log"]), bool(told["whole"]))


def _check_word(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ParameterError(
            N_("{name} must be one of {allowed}, but it is {value}."),
            N_("Choose one of them."),
            name=what,
            allowed=", ".join(allowed),
            value=repr(value),
        )


def _check_number(what: str, value: float, low: float, high: float) -> None:
    if not (isinstance(value, int | float) and low <= value <= high):
        raise ParameterError(
            N_("{name} must be from {low} to {high}, but it is {value}."),
            N_("Choose another number."),
            name=what,
            low=low,
            high=high,
            value=repr(value),
        )
