"""Filters in the reader's words, and what a click or a day stands for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from core.store.runs.filters import Condition
from core.ui.experiments import filters
from core.ui.experiments.filters import FIELDS, Filter

STATUS = FIELDS[0]
DAY = date(2026, 3, 5)


def begin_of(day: date, hour: int = 0) -> int:
    return round(datetime.combine(day, time(hour)).astimezone().timestamp() * 1000)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition("metric", "accuracy", ">=", 0.5), "accuracy ≥ 0.5"),
        (Condition("metric", "accuracy", "!=", 0.5), "accuracy ≠ 0.5"),
        (Condition("parameter", "depth", "IN", ("3", "4")), "depth: 3, 4"),
        (Condition("tag", "student", "=", "ana"), "student: ana"),
        (Condition("parameter", "depth", "IS NULL"), "without depth"),
        (Condition("tag", "note", "IS NOT NULL"), "with note"),
        (Condition("attribute", "status", "=", "FAILED"), "status = FAILED"),
        (Condition("parameter", "kind", "LIKE", "a%"), "params.kind LIKE 'a%'"),
        (Condition("attribute", "start_time", ">=", 1e99), "start_time ≥ 1.000e+99"),
    ],
)
def test_a_condition_is_said_in_words(condition: Condition, said: str) -> None:
    assert filters.in_words(condition) == said


def test_a_time_is_said_as_a_moment() -> None:
    said = filters.in_words(Condition("attribute", "start_time", "<", begin_of(DAY)))
    assert said.startswith("started before ")
    assert "2026" in said


@pytest.mark.parametrize(
    ("comparator", "begin", "day"),
    [
        (">=", begin_of(DAY), DAY),
        ("<", begin_of(DAY), DAY - timedelta(days=1)),  # before the fifth is until the fourth
        (">=", begin_of(DAY, hour=7), None),
        (">=", 0, None),
        (">=", 1e99, None),
    ],
)
def test_a_bound_means_a_day_where_it_is_the_begin_of_one(comparator: str, begin: float, day: date | None) -> None:
    assert filters._day(Condition("attribute", "start_time", comparator, begin), comparator) == day


def test_clicks_stand_for_one_condition() -> None:
    one, several = Condition("attribute", "status", "=", "FAILED"), Condition("attribute", "status", "IN", ("A", "B"))
    assert STATUS.asked([Condition("tag", "status", "=", "x"), one]) == one
    assert STATUS.asked([several]) == several
    assert STATUS.asked([one, several]) is None  # more than clicks can say
    assert STATUS.asked([Condition("attribute", "status", "!=", "FAILED")]) is None


def test_one_value_is_asked_for_by_name_and_more_as_a_list() -> None:
    assert filters._one_of("tag", "student", ["ana"]) == Condition("tag", "student", "=", "ana")
    assert filters._one_of("tag", "student", ["ana", "bea"]) == Condition("tag", "student", "IN", ("ana", "bea"))


def test_spaces_are_no_search() -> None:
    assert not Filter(search="  ")
    assert Filter(search="x")
    assert Filter((Condition("metric", "f1", ">", 0.5),)).text == "metrics.f1 > 0.5"
