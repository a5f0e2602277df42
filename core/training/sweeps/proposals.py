"""What a sweep begins with where nobody has said more: which parameters vary, and between what."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10

from core.training.specs import Choice, Flag, Integer, Parameter, Real, Value
from core.training.sweeps.plan import OBJECTIVES, SweepPlan
from core.training.sweeps.space import Dimension, Range, Values
from core.training.tasks import Task

STEPS = 4  # values of a range that are tried one by one
TIMES_WHOLE, TIMES, TIMES_FROM_THE_LOWEST = 4, 10, 20
MOST_VARIED = 3  # parameters that vary to begin with


def proposed(parameter: Parameter) -> Dimension:
    """Return what may be tried of a parameter: around its default, by factors where its spec says so.

    >>> proposed(Real("C", "", 1.0, 0.0001, 1000.0, log=True))
    Range(name='C', low=0.1, high=10.0, log=True, whole=False)
    >>> proposed(Integer("max_depth", "", None, 1, 50, optional=True))
    Values(name='max_depth', values=(2, 5, 10, 20, None))
    """
    if isinstance(parameter, Choice):
        return Values(parameter.name, parameter.choices)
    if isinstance(parameter, Integer):
        return _whole(parameter)
    if isinstance(parameter, Real):
        return _real(parameter)
    assert isinstance(parameter, Flag)  # noqa: S101 - there is no other kind
    return Values(parameter.name, (False, True))


def as_values(dimension: Dimension) -> Values:
    """Return a range as some of its numbers, for a grid.

    >>> as_values(Range("C", 0.1, 100.0, log=True)).values, as_values(Range("n", 1, 3, whole=True)).values
    ((0.1, 1.0, 10.0, 100.0), (1, 2, 3))
    """
    if isinstance(dimension, Values):
        return dimension
    low, high = (log10(end) if dimension.log else end for end in (dimension.low, dimension.high))
    steps = [low + (high - low) * step / (STEPS - 1) for step in range(STEPS)]
    numbers = [float(f"{10**step if dimension.log else step:.3g}") for step in steps]
    numbers[0], numbers[-1] = dimension.low, dimension.high
    if dimension.whole:
        return Values(dimension.name, tuple(dict.fromkeys(round(one) for one in numbers)))
    return Values(dimension.name, tuple(dict.fromkeys(numbers)))


def proposed_plan(task: Task, algorithm: str, fixed: Mapping[str, Value]) -> SweepPlan:
    """Return the sweep that a form begins with: the parameters that matter most vary, and nobody asks the test rows."""
    parameters = task.algorithm(algorithm).parameters
    leading = [parameter for parameter in parameters if parameter.leading] or list(parameters)
    varied = tuple(proposed(parameter) for parameter in leading[:MOST_VARIED])
    names = {dimension.name for dimension in varied}
    kept = {name: value for name, value in fixed.items() if name not in names}
    return SweepPlan(task.name, algorithm, varied, OBJECTIVES[task.kind][0], kept)


def _whole(parameter: Integer) -> Dimension:
    if parameter.optional:
        most = min(parameter.high, 500)
        numbers = [one for one in (2, 5, 10, 20, 50, 100, 200) if parameter.low <= one <= most]
        return Values(parameter.name, (*numbers[:4], None))
    default = int(parameter.default) if isinstance(parameter.default, int) else parameter.low
    if default <= parameter.low:
        low, high = parameter.low, parameter.low * TIMES_FROM_THE_LOWEST
    elif parameter.log:
        low, high = default // TIMES_WHOLE, default * TIMES_WHOLE
    else:
        low, high = default // 2, default * 2
    low, high = max(parameter.low, low), min(parameter.high, max(high, low + 1))
    return Range(parameter.name, float(low), float(high), log=parameter.log and low > 0, whole=True)


def _real(parameter: Real) -> Dimension:
    low, high, default = parameter.low, parameter.high, parameter.default
    if parameter.log and isinstance(default, int | float) and default > 0:
        low, high = max(low, float(f"{default / TIMES:.12g}")), min(high, float(f"{default * TIMES:.12g}"))
    return Range(parameter.name, float(low), float(high), log=parameter.log and low > 0)
