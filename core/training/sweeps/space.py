"""What a sweep tries of a parameter: some values, or all between two; written and read as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from core.errors import ParameterError
from core.i18n import N_
from core.training.specs import Integer, Parameter, Real, Value, written

Cell = Mapping[str, Value]  # a value for each parameter that varies

LOG = "log"
MOST_VALUES = 50  # of one parameter


@dataclass(frozen=True)
class Values:
    """Some values of a parameter, in the order in which a grid tries them."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Range:
    """All numbers from ``low`` to ``high``; ``log`` where steps are factors, ``whole`` where there are no fractions."""

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False


Dimension = Values | Range


def parse_dimension(parameters: Sequence[Parameter], words: str) -> Dimension:
    """Read what is tried of a parameter: ``name=a,b,c``, ``name=low:high`` or ``name=low:high:log``.

    Raises:
        ParameterError: it is neither, or not what the parameter allows.

    >>> depth = Integer("max_depth", "", None, 1, 50, optional=True)
    >>> parse_dimension([depth], "max_depth=5,10,none")
    Values(name='max_depth', values=(5, 10, None))
    >>> parse_dimension([Real("C", "", 1.0, 0.001, 1000.0)], "C=0.1:10:log")
    Range(name='C', low=0.1, high=10.0, log=True, whole=False)
    """
    name, equals, said = words.partition("=")
    if not equals:
        raise ParameterError(
            N_("What is tried of a parameter must read param=values, but it is {words}."),
            N_("Write for example max_depth=5,10,none or C=0.01:100:log."),
            words=repr(words),
        )
    parameter = _parameter(parameters, name.strip())
    parts = said.split(":")
    if len(parts) == 1:
        return checked(
            parameters, Values(parameter.name, tuple(parameter.parse(one.strip()) for one in said.split(",")))
        )
    low, high = parameter.parse(parts[0]), parameter.parse(parts[1])
    if not (_is_number(low) and _is_number(high)) or parts[2:] not in ([], [LOG]):
        raise ParameterError(
            N_("A range must read low:high, or low:high:log, with two numbers, but that of {name} is {words}."),
            N_("Write for example C=0.01:100:log."),
            name=name,
            words=repr(said),
        )
    assert isinstance(low, int | float) and isinstance(high, int | float)  # noqa: S101, PT018 - told to mypy
    whole = isinstance(parameter, Integer)
    return checked(parameters, Range(parameter.name, float(low), float(high), log=len(parts) == 3, whole=whole))


def written_dimension(dimension: Dimension) -> str:
    """Write what is tried of a parameter as ``parse_dimension`` reads it.

    >>> written_dimension(Values("max_depth", (5, 10, None))), written_dimension(Range("C", 0.1, 10.0, log=True))
    ('max_depth=5,10,none', 'C=0.1:10:log')
    """
    if isinstance(dimension, Values):
        return f"{dimension.name}={','.join(written(value) for value in dimension.values)}"
    ends = (int(dimension.low), int(dimension.high)) if dimension.whole else (dimension.low, dimension.high)
    return f"{dimension.name}={':'.join([*map(written, ends), *([LOG] if dimension.log else [])])}"


def checked(parameters: Sequence[Parameter], dimension: Dimension) -> Dimension:
    """Return what is tried of a parameter, if the parameter allows all of it.

    Raises:
        ParameterError: there is no such parameter, it does not allow a value, or nothing is left to vary.
    """
    parameter = _parameter(parameters, dimension.name)
    if isinstance(dimension, Values):
        for value in dimension.values:
            parameter.validate(value)
        if len(set(map(written, dimension.values))) < len(dimension.values) or not dimension.values:
            raise ParameterError(
                N_("The values tried of {name} must be there once each, but they are {values}."),
                N_("Leave out what is there twice."),
                name=dimension.name,
                values=", ".join(map(written, dimension.values)) or repr(""),
            )
        if len(dimension.values) > MOST_VALUES:
            raise ParameterError(
                N_("At most {most} values of {name} may be tried, but there are {count}."),
                N_("Leave some out, or give a range."),
                most=MOST_VALUES,
                name=dimension.name,
                count=len(dimension.values),
            )
        return dimension
    if not isinstance(parameter, Integer | Real):
        raise ParameterError(
            N_("A range must be of a number, but {name} is {allowed}."),
            N_("Write its values with commas between them."),
            name=dimension.name,
            allowed=parameter.allowed,
        )
    for end in (dimension.low, dimension.high):
        parameter.validate(int(end) if dimension.whole and end == int(end) else end)
    if not dimension.low < dimension.high or (dimension.log and dimension.low <= 0):
        raise ParameterError(
            N_("A range must go up, and begin above 0 where steps are factors, but that of {name} is {low} to {high}."),
            N_("Give the smaller number first."),
            name=dimension.name,
            low=written(dimension.low),
            high=written(dimension.high),
        )
    return dimension


def cells(dimensions: Iterable[Dimension]) -> Iterator[dict[str, Value]]:
    """Return every combination of some values one by one, as there may be millions; the last parameter changes first.

    Raises:
        ParameterError: one of them is a range, of which there is no end of values.
    """
    dimensions = list(dimensions)
    for dimension in dimensions:
        if isinstance(dimension, Range):
            raise ParameterError(
                N_("A grid needs the values of {name} one by one, but it has a range."),
                N_("Write values with commas between them, or draw them at random."),
                name=dimension.name,
            )
    names = [dimension.name for dimension in dimensions]
    found = product(*(dimension.values for dimension in dimensions if isinstance(dimension, Values)))
    return (dict(zip(names, values, strict=True)) for values in found)


def size(dimensions: Iterable[Dimension]) -> int | None:
    """Return how many combinations there are; None where numbers with fractions have no end of them.

    >>> size([Values("a", (1, 2, 3)), Range("b", 1, 4, whole=True)]), size([Range("c", 0, 1)])
    (12, None)
    """
    counts = [_count(dimension) for dimension in dimensions]
    return None if None in counts else prod(count for count in counts if count is not None)


def key(cell: Cell) -> str:
    """Return what two equal cells have in common, however their numbers are written.

    >>> key({"b": 1.0, "a": None}) == key({"a": None, "b": 1})
    True
    """
    return " ".join(f"{name}={written(cell[name])}" for name in sorted(cell))


def holds(dimensions: Iterable[Dimension], cell: Cell) -> bool:
    """Tell whether a cell is of this space: it has a value of each of these parameters and of no other."""
    dimensions = list(dimensions)
    return {one.name for one in dimensions} == set(cell) and all(_holds(one, cell[one.name]) for one in dimensions)


def _holds(dimension: Dimension, value: Value) -> bool:
    if isinstance(dimension, Values):
        return written(value) in map(written, dimension.values)
    return _is_number(value) and dimension.low <= float(value or 0) <= dimension.high


def _count(dimension: Dimension) -> int | None:
    if isinstance(dimension, Values):
        return len(dimension.values)
    return int(dimension.high) - int(dimension.low) + 1 if dimension.whole else None


def _parameter(parameters: Sequence[Parameter], name: str) -> Parameter:
    for parameter in parameters:
        if parameter.name == name:
            return parameter
    raise ParameterError(
        N_("There is no parameter {name}."),
        N_("Choose one of {names}."),
        name=repr(name),
        names=", ".join(parameter.name for parameter in parameters),
    )


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
