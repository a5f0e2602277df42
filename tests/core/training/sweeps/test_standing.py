"""How a sweep stands: counts, time left, ties, and how honest its choice is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Range, Values
from core.training.sweeps.standing import (
    equally_good,
    estimate,
    flattery,
    history,
    seconds_left,
    standing,
    winners,
    would_fail,
)
from core.training.sweeps.trials import Outcome, Trial

GRID = SweepPlan("iris", "forest", (Values("depth", (1, 2, 3, 4)),), "accuracy", sampler="grid", trials=100)


def trial(
    number: int, depth: int, outcome: Outcome = "finished", value: float | None = 0.5, test: float | None = None,
    seconds: float | None = 2.0,
) -> Trial:  # fmt: skip
    return Trial(number, f"run{number}", {"depth": depth}, outcome, value, test, (0.4, 0.6), seconds)


def test_the_last_trial_of_each_cell_counts_and_what_is_under_way_or_lost_is_left() -> None:
    tried = [trial(1, 1, "failed"), trial(2, 1), trial(3, 2, "lost"), trial(4, 3, "running"), trial(5, 9, "finished")]
    now = standing(tried, GRID)
    assert (now.done, now.most, now.left, now.again) == (1, 4, 3, 0)
    assert now.counts == {"finished": 1, "running": 1, "lost": 1}
    assert standing([], GRID).share == 0
    assert standing([trial(1, 1, "failed"), trial(2, 2, "stopped")], GRID).again == 2


def test_what_all_failed_would_fail_again_unless_it_is_tried_again() -> None:
    assert would_fail([trial(number, number, "failed") for number in range(1, 6)])
    assert not would_fail([trial(number, number, "failed") for number in range(1, 5)])
    assert not would_fail([*(trial(number, number, "failed") for number in range(1, 6)), trial(6, 6)])


def test_time_left_follows_finished_trials_and_never_exceeds_the_minutes() -> None:
    tried = [trial(1, 1, seconds=10.0), trial(2, 2, "pruned", seconds=20.0), trial(3, 3, "failed", seconds=1.0)]
    assert seconds_left(4, [], GRID, 0, 2) is None
    assert seconds_left(1, tried, GRID, 0, 1) == 15.0
    assert seconds_left(1, tried, replace(GRID, minutes=1), 55, 1) == 5.0
    assert seconds_left(1, tried, replace(GRID, minutes=1), 500, 1) == 0.0


def test_before_pressing_the_minutes_bound_how_many_are_done() -> None:
    endless = replace(GRID, varied=(Range("C", 0, 1),), sampler="random", trials=100, minutes=1, at_once=2)
    assert estimate(4, GRID, None, 2) == (None, 4)
    assert estimate(4, GRID, 3.0, 2) == (6.0, 4)
    assert estimate(4, GRID, 3.0, 1) == (12.0, 4)
    assert estimate(1, GRID, 3.0, 2) == (3.0, 1)
    assert estimate(100, endless, 3.0, 16) == (60.0, 40)
    assert estimate(100, endless, 300.0, 16) == (60.0, 1)


def test_settings_that_share_the_best_score_are_a_tie() -> None:
    tried = [trial(1, 1, value=0.1 + 0.2), trial(2, 2, value=0.3), trial(3, 3, value=0.2)]
    assert [one.number for one in equally_good(tried, GRID)] == [1, 2]
    assert [one.number for one in equally_good(tried, replace(GRID, objective="rmse"))] == [3]
    assert equally_good([trial(1, 1, "running", None)], GRID) == []


def test_history_is_of_what_chooses() -> None:
    tried = [trial(1, 1, value=0.3, test=0.2), trial(2, 2, "failed"), trial(3, 3, value=0.2, test=0.4)]
    assert history(tried, GRID) == [(1, 0.3, 0.3), (3, 0.2, 0.3)]
    assert history(tried, replace(GRID, objective="mae")) == [(1, 0.3, 0.3), (3, 0.2, 0.2)]
    assert history(tried, replace(GRID, test_rows="choose")) == [(1, 0.2, 0.2), (3, 0.4, 0.4)]


@pytest.mark.parametrize(("objective", "above"), [("accuracy", 0.2), ("rmse", -0.2)])
def test_both_winners_and_by_how_much_the_test_flatters(objective: str, above: float) -> None:
    plan = replace(GRID, test_rows="shown", objective=objective)
    tried = [trial(1, 1, value=0.6, test=0.5), trial(2, 2, value=0.5, test=0.7), trial(3, 3, value=0.55)]
    found = winners(tried, plan)
    assert found.tried == 2
    assert found.agree is False
    assert flattery(trial(2, 2, value=0.5, test=0.7), plan) == pytest.approx(above)
    assert winners([trial(1, 1, value=0.6, test=0.5)], plan).agree
    assert flattery(trial(3, 3), plan) is None


def test_a_direction_that_was_chosen_decides_who_is_best_who_ties_and_what_flatters() -> None:
    turned = replace(GRID, direction="lower")
    tried = [trial(1, 1, value=0.4, test=0.3), trial(2, 2, value=0.2, test=0.5), trial(3, 3, value=0.2, test=0.6)]
    assert [one.number for one in equally_good(tried, turned)] == [2, 3]
    assert [one.number for one in winners(tried, turned).on_test] == [1]
    assert [best for _number, _value, best in history(tried, turned)] == [0.4, 0.2, 0.2]
    assert flattery(tried[0], turned) == pytest.approx(0.1)
