from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log10
from statistics import median
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.specs import Value
from core.training.sweeps.asking import FEWEST_TO_PRUNE, bars, next_cell
from core.training.sweeps.plan import SAMPLERS, Sampler, SweepPlan
from core.training.sweeps.space import Cell, Range, Values, holds, key
from core.training.sweeps.trials import Outcome, Trial, best, newest

GRID = SweepPlan(
    "t", "a", (Values("depth", (5, 10, None)), Values("trees", (50, 100))), "accuracy", sampler="grid", trials=100
)
WIDE = replace(GRID, varied=(Values("depth", (5, None)), Range("C", 0.01, 100, log=True), Range("k", 1, 9, whole=True)))


def trial(number: int, cell: Cell, outcome: Outcome = "finished", value: float | None = 0.5) -> Trial:
    return Trial(number, f"run{number}", cell, outcome, value if outcome == "finished" else None)


def carried_out(
    plan: SweepPlan, value: Callable[[Cell], float] = lambda _cell: 0.5, outcome: Outcome = "finished"
) -> list[Trial]:
    trials: list[Trial] = []
    while (cell := next_cell(plan, trials)) is not None:
        trials.append(replace(trial(len(trials) + 1, cell, outcome), value=value(cell)))
        assert len(trials) <= plan.trials
    return trials


def test_a_grid_tries_every_combination_once_in_order() -> None:
    trials = carried_out(GRID)
    assert [one.cell for one in trials][:3] == [
        {"depth": 5, "trees": 50},
        {"depth": 5, "trees": 100},
        {"depth": 10, "trees": 50},
    ]
    assert len({one.key for one in trials}) == len(trials) == 6


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_finite_space_is_tried_whole_and_nothing_twice(sampler: Sampler) -> None:
    trials = carried_out(replace(GRID, sampler=sampler))
    assert len({one.key for one in trials}) == len(trials) == 6
    assert all(holds(GRID.varied, one.cell) for one in trials)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_wide_space_is_tried_as_often_as_was_said_and_within_its_bounds(sampler: Sampler) -> None:
    trials = carried_out(replace(WIDE, sampler=sampler, trials=25))
    assert len({one.key for one in trials}) == len(trials) == 25
    assert all(holds(WIDE.varied, one.cell) for one in trials)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_same_trials_are_followed_by_the_same_cell(sampler: Sampler) -> None:
    plan = replace(GRID if sampler == "grid" else WIDE, sampler=sampler)
    trials = [trial(number, cell) for number, cell in enumerate([c.cell for c in carried_out(replace(plan, trials=4))])]
    assert next_cell(plan, trials) == next_cell(plan, trials) is not None


@pytest.mark.long
def test_tpe_finds_better_cells_than_chance() -> None:
    def score(cell: Cell) -> float:
        return -abs(log10(float(cell["C"] or 1) / 3)) - abs(float(cell["k"] or 0) - 7) / 4

    plan = replace(WIDE, trials=40)
    by_tpe = [score(one.cell) for one in carried_out(replace(plan, sampler="tpe"), score)]
    by_chance = [score(one.cell) for one in carried_out(replace(plan, sampler="random"), score)]
    assert median(by_tpe[20:]) > median(by_chance[20:])


@pytest.mark.part(2)
@pytest.mark.parametrize("lower", [{"objective": "rmse"}, {"direction": "lower"}], ids=["known", "chosen"])
def test_tpe_seeks_what_is_lower_where_that_is_better(lower: dict[str, Any]) -> None:
    plan = replace(WIDE, sampler="tpe", trials=40, **lower)
    trials = carried_out(plan, lambda cell: abs(float(cell["k"] or 0) - 7))
    assert sum(float(one.cell["k"] or 0) >= 5 for one in trials[20:]) > 12
    found = best(trials, plan)
    assert found is not None
    assert found.cell["k"] == 7


def test_a_trial_that_was_lost_is_tried_again_first() -> None:
    first, second = trial(1, {"depth": 5, "trees": 50}, "lost"), trial(2, {"depth": 5, "trees": 100})
    assert next_cell(GRID, [first, second]) == first.cell
    again = replace(first, number=3)
    assert newest([first, second, replace(again, outcome="finished")])[0].outcome == "finished"
    assert next_cell(GRID, [first, second, replace(again, outcome="finished")]) == {"depth": 10, "trees": 50}
    assert next_cell(GRID, [first, second, replace(again, outcome="running")]) == {"depth": 10, "trees": 50}


@pytest.mark.parametrize("outcome", ["failed", "stopped", "pruned", "running", "waiting"])
def test_any_other_trial_counts_as_tried(outcome: Outcome) -> None:
    assert next_cell(GRID, [trial(1, {"depth": 5, "trees": 50}, outcome)]) == {"depth": 5, "trees": 100}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_space_that_was_widened_counts_what_was_tried_in_it(sampler: Sampler) -> None:
    before = carried_out(replace(GRID, sampler=sampler))
    wider = replace(GRID, sampler=sampler, varied=(Values("depth", (5, 10, 15)), Values("trees", (50, 100, 200))))
    trials = list(before)
    while (cell := next_cell(wider, trials)) is not None:
        trials.append(trial(len(trials) + 1, cell))
    assert {one.key for one in trials[6:]} == {
        key({"depth": depth, "trees": trees})
        for depth in (5, 10, 15)
        for trees in (50, 100, 200)
        if depth == 15 or trees == 200
    }


def test_of_equal_trials_the_first_is_best_and_what_is_no_number_never() -> None:
    cells: list[dict[str, Value]] = [{"depth": depth, "trees": 50} for depth in (5, 10, None)]
    trials = [trial(1, cells[0], value=None), trial(2, cells[1], value=0.9), trial(3, cells[2], value=0.9)]
    found = best(trials, GRID)
    assert found is not None
    assert found.number == 2
    assert best([trial(1, cells[0], "pruned")], GRID) is None


def test_nothing_is_given_up_before_some_have_finished() -> None:
    few = [replace(trial(number, {}), folds=(0.5, 0.6, 0.7)) for number in range(FEWEST_TO_PRUNE - 1)]
    assert bars(replace(GRID, prunes=True), few) == ()
    enough = [*few, replace(trial(9, {}), folds=(0.5, 0.6, 0.7))]
    assert bars(replace(GRID, prunes=True), enough) == pytest.approx((0.5, 0.55))
    assert bars(GRID, enough) == ()


@pytest.mark.long
@given(
    st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=FEWEST_TO_PRUNE, max_size=9),
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
)
def test_a_trial_is_given_up_where_optuna_would(before: list[list[float]], folds: list[float]) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    trials = [replace(trial(number, {"depth": 5}), folds=tuple(values)) for number, values in enumerate(before)]
    ours = bars(replace(GRID, prunes=True), trials)
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.MedianPruner(n_startup_trials=5))
    for values in before:
        means = {at: sum(values[: at + 1]) / (at + 1) for at in range(5)}
        study.add_trial(optuna.trial.create_trial(value=means[4], intermediate_values=means))
    asked = study.ask()
    seen = []
    for at, bar in enumerate(ours):
        seen.append(sum(folds[: at + 1]) / (at + 1))
        asked.report(seen[-1], at)
        if at == 0:  # Optuna looks at the best mean so far, we at the last one: the same at the first fold
            assert asked.should_prune() == (seen[-1] < bar)
        elif asked.should_prune():
            assert seen[-1] < bar


def test_a_grid_of_hundreds_of_millions_costs_no_more_than_its_trials() -> None:
    many = tuple(range(50))
    plan = replace(GRID, varied=tuple(Values(f"p{number}", many) for number in range(6)), trials=3)
    assert [one.cell["p5"] for one in carried_out(plan)] == [0, 1, 2]
