"""Test rows of one group are alike: whole groups are drawn and swapped, so that chance is not called a difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.comparison import measures, noise
from core.store.record import GROUP, group_codes
from core.training.evaluation import evaluation_table
from tests.fixtures.draws import draws

SIMULATIONS, DRAWS = 1000, 400
TRUE_ACCURACY = 0.75


def alike(seed: int, groups: int = 40, models: int = 2, told: bool = True, numbers: bool = False) -> list[pd.DataFrame]:
    """Test answers of equally good models, each right or wrong on most rows of a group at once."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(groups), rng.integers(1, 12, groups))
    rows = len(codes)
    features = pd.DataFrame({"size": np.arange(rows)})
    kept = codes + 7 if told else None
    if numbers:
        answers = rng.normal(50, 3, rows)
        off = [0.3 * rng.normal(size=rows) + rng.normal(size=groups)[codes] for _model in range(models)]
        return [evaluation_table(features, answers, answers + one, groups=kept) for one in off]
    answers = rng.integers(0, 2, rows)
    tables = []
    for _model in range(models):
        luck = np.sqrt(0.8) * rng.normal(size=groups)[codes] + np.sqrt(0.2) * rng.normal(size=rows)
        said = np.where(luck < stats.norm.ppf(1 - TRUE_ACCURACY), 1 - answers, answers)
        chances = np.column_stack([1 - said, said]) * 0.6 + 0.2
        tables.append(evaluation_table(features, answers, said, chances, ("no", "yes"), groups=kept))
    return tables


def most_false(simulations: int) -> float:
    return float(stats.binom.ppf(0.999, simulations, 0.05)) / simulations


@pytest.mark.long
@pytest.mark.parametrize(("metric", "better"), [("test_accuracy", True), ("test_f1", True), ("test_rmse", False)])
def test_equal_models_are_rarely_told_apart_by_alike_rows(metric: str, better: bool) -> None:
    simulations = draws(SIMULATIONS, 14)

    def false_calls(told: bool) -> float:
        found = [
            noise.paired_difference(*alike(seed, told=told, numbers=not better), metric, better, resamples=DRAWS)
            for seed in range(simulations)
        ]
        return float(np.mean([one.outcome == "better" for one in found]))

    assert false_calls(told=True) <= most_false(simulations)
    assert false_calls(told=False) > 0.2  # as if each row counted for itself


@pytest.mark.long
def test_an_interval_of_alike_rows_holds_the_true_value_as_often_as_it_says() -> None:
    simulations = draws(SIMULATIONS, 5)

    def holds(told: bool) -> float:
        found = [
            noise.metric_interval(alike(seed, told=told)[0], "test_accuracy", DRAWS) for seed in range(simulations)
        ]
        return float(np.mean([one is not None and one.low <= TRUE_ACCURACY <= one.high for one in found]))

    assert 1 - most_false(simulations) - 0.02 <= holds(told=True)
    assert holds(told=False) < 0.8


def test_one_group_a_row_is_nearly_as_without_groups() -> None:
    told, untold = ([one.drop(columns=GROUP) if drop else one for one in singles()] for drop in (False, True))
    ours = noise.paired_difference(*told, "test_f1", True)
    plain = noise.paired_difference(*untold, "test_f1", True)
    assert (ours.gap, ours.rows, plain.groups) == (plain.gap, plain.rows, 0)
    assert (ours.low, ours.high) == (pytest.approx(plain.low), pytest.approx(plain.high))
    assert ours.groups == len(told[0])


def singles() -> list[pd.DataFrame]:
    tables = alike(3, told=False)
    for table in tables:
        table.insert(1, GROUP, np.arange(len(table)))
    return tables


def test_what_tells_of_groups_is_no_feature_and_whichever_run_tells_it_counts() -> None:
    a, b = alike(1)
    without = b.drop(columns=GROUP)
    assert measures.same_test_set(a, without)
    both, one = (noise.paired_difference(a, other, "test_accuracy", True) for other in (b, without))
    assert both == one
    assert both.groups == 40
    mixed = noise.paired_difference(a, b.sample(frac=1, random_state=0), "test_accuracy", True)
    assert (mixed.gap, mixed.groups, mixed.differing_rows) == (both.gap, both.groups, both.differing_rows)
    other = b.assign(**{GROUP: np.arange(len(b)) // 2})
    assert noise.paired_difference(a, other, "test_accuracy", True).groups == 0  # they contradict


def test_few_groups_tell_nothing_and_that_is_said() -> None:
    a, b = alike(1, groups=9)
    assert len(a) > 20
    for found in (
        noise.paired_difference(a, b, "test_accuracy", True),
        noise.differences(a, b, {"test_accuracy": True})["test_accuracy"],
    ):
        assert (found.outcome, found.reason, found.groups) == ("unknown", "too_few_groups", 9)
    assert noise.metric_interval(a, "test_accuracy") is None


def test_groups_are_kept_as_numbers_that_tell_nothing_else() -> None:
    table = evaluation_table(
        pd.DataFrame({"row_group": [1.5, 2.5, 3.5]}), np.zeros(3), np.ones(3), groups=np.array([901, 7, 901])
    )
    assert list(table) == ["row", GROUP, "answer", "prediction", "row_group (feature)"]
    assert list(group_codes(table)) == [0, 1, 0]
    foreign = pd.DataFrame({"row": [1], "answer": [0.0], "prediction": [0.0], GROUP: [3]})  # a feature of that name
    assert group_codes(foreign) is None
