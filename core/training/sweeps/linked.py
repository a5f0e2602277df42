"""A sweep as an address holds it, so that a link fills the form; and ranges that were narrowed elsewhere, as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil, floor
from typing import Any, cast

from core.errors import ParameterError
from core.i18n import N_
from core.training.specs import Integer, Parameter, Real, Value, departures, parse_settings
from core.training.sweeps.plan import SweepPlan, check
from core.training.sweeps.proposals import proposed_plan
from core.training.sweeps.space import Dimension, Range, Values, parse_dimension, written_dimension
from core.training.tasks import Task

APART = ";"  # between what is tried of two parameters
WORDS = ("objective", "direction", "sampler", "effort", "test_rows")
NUMBERS: Mapping[str, type] = {"trials": int, "minutes": float, "trial_minutes": float, "at_once": int, "seed": int}
PRUNES = "prunes"


def form(plan: SweepPlan, task: Task) -> dict[str, str]:
    """Return what the address of the form holds, so that it begins with ``plan``."""
    parameters = task.algorithm(plan.algorithm).parameters
    return {
        "task": plan.task,
        "algorithm": plan.algorithm,
        "params": ",".join(departures(parameters, plan.fixed)),
        "vary": vary(plan.varied),
        "how": how(plan, task),
    }


def vary(varied: Iterable[Dimension]) -> str:
    """Write what is tried of each parameter as one text."""
    return APART.join(map(written_dimension, varied))


def how(plan: SweepPlan, task: Task) -> str:
    """Write how a sweep goes about it, as far as that is not as usual."""
    usual = proposed_plan(task, plan.algorithm, {})
    told = [
        f"{name}={getattr(plan, name):g}" if name in NUMBERS else f"{name}={getattr(plan, name)}"
        for name in (*WORDS, *NUMBERS)
        if getattr(plan, name) != getattr(usual, name)
    ]
    return ",".join([*told, *([PRUNES] if plan.prunes else [])])


def read(
    task: Task, algorithm: str, *, params: str = "", vary: str | None = None, how: str = ""
) -> tuple[SweepPlan, list[ParameterError]]:
    """Return the sweep of an address, and what of it cannot be: that is as usual then.

    ``vary`` is None where the address does not say what varies.
    """
    parameters, problems = task.algorithm(algorithm).parameters, []
    fixed: dict[str, Value] = {}
    try:
        fixed = parse_settings(parameters, params.split(",") if params else [])
    except ParameterError as error:
        problems.append(error)
    plan = proposed_plan(task, algorithm, fixed)
    if vary is not None:
        varied: dict[str, Dimension] = {}
        for words in filter(None, vary.split(APART)):
            try:
                one = parse_dimension(parameters, words)
                varied[one.name] = one
            except ParameterError as error:
                problems.append(error)
        kept = {name: value for name, value in fixed.items() if name not in varied}
        plan = replace(plan, varied=tuple(varied.values()), fixed=kept)
    for words in filter(None, how.split(",")):
        try:
            plan = _with(plan, words, task)
        except ParameterError as error:
            problems.append(error)
    return plan, problems


def _with(plan: SweepPlan, words: str, task: Task) -> SweepPlan:
    name, _equals, said = words.partition("=")
    if words == PRUNES:
        return replace(plan, prunes=True)
    changed: Any
    if name in WORDS:
        changed = said
    elif name in NUMBERS:
        try:
            changed = NUMBERS[name](said)
        except ValueError:
            changed = said
    else:
        raise ParameterError(
            N_("A sweep has no setting {name}."),
            N_("Choose one of {names}."),
            name=repr(words),
            names=", ".join((*WORDS, *NUMBERS, PRUNES)),
        )
    asked = replace(plan, **cast(Any, {name: changed}))
    check(replace(asked, varied=_some(task, plan.algorithm), fixed={}, sampler=_sampler(asked)), task)
    return asked


def _some(task: Task, algorithm: str) -> tuple[Dimension, ...]:
    """Return something that can vary, so that the rest of a sweep is looked at alone."""
    return proposed_plan(task, algorithm, {}).varied[:1]


def _sampler(plan: SweepPlan) -> Any:
    """Return its sampler, another for a grid, which not everything can be tried by."""
    return "random" if plan.sampler == "grid" else plan.sampler


def narrowed(
    parameters: Sequence[Parameter], constraints: Mapping[str, tuple[float, float] | Sequence[str]]
) -> tuple[list[Dimension], list[str]]:
    """Return ranges and choices of runs as what a sweep tries, clipped to the specs, and the names of what cannot be.

    >>> narrowed([Real("C", "", 1.0, 0.01, 10.0, log=True)], {"C": (0.001, 2.0), "cv_f1": (0.5, 0.7)})
    ([Range(name='C', low=0.01, high=2.0, log=True, whole=False)], ['cv_f1'])
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    found = {
        name: _dimension(by_name[name], constraint) if name in by_name else None
        for name, constraint in constraints.items()
    }
    return [one for one in found.values() if one], [name for name, one in found.items() if one is None]


def _dimension(parameter: Parameter, constraint: tuple[float, float] | Sequence[str]) -> Dimension | None:
    if all(isinstance(one, str) for one in constraint):
        values = _values(parameter, [str(one) for one in constraint])
        return Values(parameter.name, values) if values else None
    if not isinstance(parameter, Integer | Real):
        return None
    low, high = (float(end) for end in constraint)
    low, high = max(low, float(parameter.low)), min(high, float(parameter.high))
    whole = isinstance(parameter, Integer)
    if whole:
        low, high = float(ceil(low)), float(floor(high))
    if low > high:
        return None
    if low == high:
        return Values(parameter.name, (int(low) if whole else low,))
    return Range(parameter.name, low, high, log=parameter.log and low > 0, whole=whole)


def _values(parameter: Parameter, texts: Sequence[str]) -> tuple[Value, ...]:
    """Return which of these texts, as runs log them, are values of a parameter."""
    read = [parameter.parse(_plain_number(text)) for text in texts]
    return tuple(dict.fromkeys(value for value in read if parameter.accepts(value)))


def _plain_number(text: str) -> str:
    return text.removesuffix(".0")
