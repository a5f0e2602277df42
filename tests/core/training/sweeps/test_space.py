import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ParameterError
from core.training.specs import Choice, Flag, Integer, Parameter, Real
from core.training.sweeps.space import (
    Dimension,
    Range,
    Values,
    cells,
    checked,
    holds,
    key,
    parse_dimension,
    size,
    written_dimension,
)

DEPTH = Integer("max_depth", "", None, low=1, high=50, optional=True)
FREEDOM = Real("C", "", 1.0, low=0.0001, high=1000.0, log=True)
WEIGHT = Choice("class_weight", "", None, choices=(None, "balanced"))
SCALE = Flag("scale", "", default=False)
PARAMETERS: tuple[Parameter, ...] = (DEPTH, FREEDOM, WEIGHT, SCALE)


@pytest.mark.parametrize(
    ("words", "dimension"),
    [
        ("max_depth=5,10,none", Values("max_depth", (5, 10, None))),
        ("max_depth= 5 , 10 ", Values("max_depth", (5, 10))),
        ("max_depth=2:20", Range("max_depth", 2, 20, whole=True)),
        ("C=0.01:100:log", Range("C", 0.01, 100, log=True)),
        ("C=1e-3:1e2", Range("C", 0.001, 100)),
        ("class_weight=none,balanced", Values("class_weight", (None, "balanced"))),
        ("scale=yes,no", Values("scale", (True, False))),
        ("C=1", Values("C", (1.0,))),
        ("max_depth=", Values("max_depth", (None,))),
    ],
)
def test_what_is_tried_is_read_as_people_write_it(words: str, dimension: Dimension) -> None:
    assert parse_dimension(PARAMETERS, words) == dimension
    assert parse_dimension(PARAMETERS, written_dimension(dimension)) == dimension


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("max_depth", "must read param=values"),
        ("depth=1,2", "There is no parameter 'depth'. Choose one of max_depth"),
        ("max_depth=0,5", "max_depth must be a whole number from 1 to 50 or none, but it is 0"),
        ("max_depth=5,5", "must be there once each"),
        ("C=1,1.0", "must be there once each"),
        ("max_depth=5.5,6", "whole number"),
        ("max_depth=20:2", "A range must go up"),
        ("max_depth=5:5", "A range must go up"),
        ("max_depth=0:5", "from 1 to 50"),
        ("max_depth=1:none", "two numbers"),
        ("max_depth=1:2:3", "or low:high:log"),
        ("max_depth=1:2:log:log", "or low:high:log"),
        ("C=nan:1", "from 0.0001"),
        ("C=0.01:inf", "to 1000.0"),
        ("class_weight=none:balanced", "two numbers"),
        ("scale=0:1", "two numbers"),
        ("class_weight=heavy", "one of none, balanced"),
        (
            "C=" + ",".join(str(number) for number in range(1, 60)),
            "At most 50 values of C may be tried, but there are 59",
        ),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(words: str, why: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse_dimension(PARAMETERS, words)
    assert why in str(refused.value)


def test_a_range_of_what_is_no_number_is_refused() -> None:
    with pytest.raises(ParameterError, match="A range must be of a number"):
        checked(PARAMETERS, Range("class_weight", 0, 1))


def test_a_grid_is_every_combination_and_none_twice() -> None:
    grid = list(cells([Values("max_depth", (5, None)), Values("C", (1.0, 2.0, 3.0))]))
    assert len(grid) == len({key(cell) for cell in grid}) == 6
    assert grid[:2] == [{"max_depth": 5, "C": 1.0}, {"max_depth": 5, "C": 2.0}]


def test_a_grid_has_no_ranges() -> None:
    with pytest.raises(ParameterError, match="A grid needs the values of C one by one"):
        cells([Range("C", 0.1, 1)])


def test_how_many_there_are_is_known_where_there_is_an_end_of_them() -> None:
    assert size([Range("max_depth", 2, 5, whole=True), Values("scale", (True, False))]) == 8
    assert size([Range("C", 0.1, 1), Values("scale", (True, False))]) is None


@given(st.floats(0.0001, 1000.0), st.floats(0.0001, 1000.0))
def test_numbers_keep_every_digit_of_theirs(one: float, other: float) -> None:
    dimension = Values("C", tuple(dict.fromkeys((one, other))))
    assert parse_dimension(PARAMETERS, written_dimension(dimension)) == dimension
    assert (key({"C": one}) == key({"C": other})) == (one == other)


def test_a_cell_is_of_a_space_that_has_its_values_and_no_other_parameters() -> None:
    space = [Values("max_depth", (5, None)), Range("C", 0.1, 1)]
    assert holds(space, {"max_depth": None, "C": 0.5})
    assert not holds(space, {"max_depth": 6, "C": 0.5})
    assert not holds(space, {"max_depth": 5, "C": 2})
    assert not holds(space, {"max_depth": 5})
    assert not holds(space, {"max_depth": 5, "C": 0.5, "scale": True})
