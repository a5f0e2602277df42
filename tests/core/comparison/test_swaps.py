from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.comparison.measures import measure_of, recompute
from core.comparison.swaps import mcnemar, swap_test
from core.training.evaluation import evaluation_table
from tests.fixtures.answers import class_tables, number_tables

CLASSES = ["test_accuracy", "test_precision", "test_recall", "test_f1", "test_roc_auc"]


def p_value(a: pd.DataFrame, b: pd.DataFrame, metric: str) -> float:
    return swap_test(measure_of(a, metric), measure_of(b, metric))


def by_hand(a: pd.DataFrame, b: pd.DataFrame, metric: str, rows: list[int]) -> float:
    """Swap these rows of two tables in every way and measure both each time."""
    names = [name for name in a if name == "prediction" or str(name).startswith("probability_")]
    leads = []
    for ways in product([False, True], repeat=len(rows)):
        mine, theirs = a.copy(), b.copy()
        swap = [row for row, way in zip(rows, ways, strict=True) if way]
        mine.loc[swap, names], theirs.loc[swap, names] = b.loc[swap, names], a.loc[swap, names]
        leads.append(abs(recompute(mine, metric) - recompute(theirs, metric)))
    return float(np.mean(np.array(leads) >= leads[0] - 1e-12))


@pytest.mark.long
@pytest.mark.parametrize("metric", CLASSES)
@pytest.mark.parametrize("seed", [1, 2])
def test_of_few_differing_rows_every_way_to_swap_them_is_measured(metric: str, seed: int) -> None:
    a, b = class_tables(seed, rows=60)
    rows = list(range(5, 40, 5))
    alike = [row for row in range(60) if row not in rows]
    names = [name for name in a if name == "prediction" or str(name).startswith("probability_")]
    b.loc[alike, names] = a.loc[alike, names]
    assert p_value(a, b, metric) == pytest.approx(by_hand(a, b, metric, rows))


@pytest.mark.long
@pytest.mark.parametrize("metric", ["test_rmse", "test_mae", "test_r2"])
def test_numbers_are_swapped_too(metric: str) -> None:
    a, b = number_tables(0, 20)
    b.loc[8:, "prediction"] = a.loc[8:, "prediction"]
    assert p_value(a, b, metric) == pytest.approx(by_hand(a, b, metric, list(range(8))))


def test_many_rows_give_about_what_the_paired_t_test_gives() -> None:
    for seed in range(5):
        a, b = number_tables(seed, 300, (0.5, 0.54))
        squared = [(table["answer"] - table["prediction"]) ** 2 for table in (a, b)]
        assert p_value(a, b, "test_rmse") == pytest.approx(stats.ttest_rel(*squared).pvalue, abs=0.02, rel=0.2)


def test_a_chance_too_small_for_the_draws_is_that_of_a_normal_distribution() -> None:
    a, b = number_tables(0, 300, (0.5, 0.8))
    squared = [(table["answer"] - table["prediction"]) ** 2 for table in (a, b)]
    assert 0 < p_value(a, b, "test_rmse") < 1e-4
    assert np.log10(p_value(a, b, "test_rmse")) == pytest.approx(np.log10(stats.ttest_rel(*squared).pvalue), abs=2)


def test_models_that_are_sure_on_scales_of_their_own_are_ranked_first() -> None:
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 2, 300)
    hints = answers + rng.normal(size=300), answers + rng.normal(size=300)
    features = pd.DataFrame({"size": np.arange(300)})

    def table(hint: np.ndarray, bold: float) -> pd.DataFrame:
        chances = 1 / (1 + np.exp(-bold * (hint - 0.5)))
        both = np.column_stack([1 - chances, chances])
        return evaluation_table(features, answers, (chances > 0.5).astype(int), both, ("no", "yes"))

    alike = p_value(table(hints[0], 1), table(hints[1], 1), "test_roc_auc")
    assert p_value(table(hints[0], 0.01), table(hints[1], 9), "test_roc_auc") == pytest.approx(alike)


def test_equal_answers_are_no_evidence() -> None:
    table = class_tables(0)[0]
    assert p_value(table, table, "test_f1") == 1
    assert mcnemar(table, table) == (0, 0, 1.0)


@pytest.mark.parametrize(("more", "fewer"), [(5, 0), (4, 0), (9, 2), (3, 3)])
def test_mcnemars_test_counts_what_is_observed_by_half(more: int, fewer: int) -> None:
    answers = np.zeros(40, dtype=int)
    wrong = [np.zeros(40, dtype=int), np.zeros(40, dtype=int)]
    wrong[1][:more] = wrong[0][more : more + fewer] = 1
    a, b = (
        pd.DataFrame({"row": range(40), "answer": answers.astype(str), "prediction": each.astype(str)})
        for each in wrong
    )
    both = more + fewer
    smaller = stats.binom.cdf(fewer, both, 0.5) - stats.binom.pmf(fewer, both, 0.5) / 2
    expected = 2 * smaller if more != fewer else 1 - stats.binom.pmf(fewer, both, 0.5)
    assert mcnemar(a, b) == (more, fewer, pytest.approx(expected))
