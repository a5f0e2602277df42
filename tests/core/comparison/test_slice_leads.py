from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.comparison.slice_leads import leads, losing
from core.comparison.slices import divide, divide_by_each
from core.store.record import GROUP
from tests.fixtures.answers import class_tables
from tests.fixtures.draws import draws, is_long
from tests.fixtures.grouped import class_answers, number_answers

BOTH = {"test_accuracy": True, "test_recall": True}


def test_a_group_that_loses_for_certain_is_named_though_all_the_others_gain() -> None:
    mine, theirs = class_answers(3, 1200, 0.15, worse=0.2)
    rest = np.flatnonzero((mine["word 0"] != "a") & (mine["prediction"] != mine["answer"]))
    mine.loc[rest[::2], "prediction"] = mine.loc[rest[::2], "answer"]
    found = leads(mine, theirs, divide(mine, ["word 0"]), {"test_accuracy": True})
    assert [lead.slice.words for lead in losing(found)] == ["a"]
    assert found[0].mine < found[0].theirs
    assert found[0].high < 0
    assert any(lead.standing == "better" for lead in found[1:])


def test_the_two_models_changed_round_change_the_sign() -> None:
    a, b = class_answers(0, 300)
    groups = divide(a, ["word 1"])
    one, other = ({(lead.slice, lead.metric): lead for lead in leads(*pair, groups, BOTH)} for pair in ((a, b), (b, a)))
    for group in one:
        assert one[group].gap == pytest.approx(-other[group].gap, nan_ok=True)
        assert (one[group].low, one[group].only_mine) == (
            pytest.approx(-other[group].high, nan_ok=True),
            other[group].only_theirs,
        )
        assert one[group].p_value == other[group].p_value


def test_lower_errors_are_better_and_a_group_of_larger_ones_loses() -> None:
    mine, theirs = number_answers(0, 900, worse=1.0)
    for metric in ("test_mae", "test_rmse"):
        found = leads(mine, theirs, divide(mine, ["word 0"]), {metric: False})
        assert (found[0].slice.words, found[0].standing) == ("a", "worse")
        assert found[0].gap == pytest.approx(found[0].theirs - found[0].mine)
        assert found[0].low < found[0].gap < found[0].high < 0


def test_few_rows_are_judged_by_the_exact_sign_test() -> None:
    mine, theirs = class_answers(0, 100)
    mine["place"] = theirs["place"] = ["here"] * 12 + ["there"] * 88
    mine.loc[:11, "prediction"] = theirs.loc[:11, "prediction"] = mine.loc[:11, "answer"]
    mine.loc[:6, "prediction"] = mine.loc[:6, "answer"].map({"Yes": "No", "No": "Yes"})
    here, *_there = leads(mine, theirs, divide(mine, ["place"])[1:], {"test_accuracy": True})
    assert (here.only_mine, here.only_theirs, here.rows) == (0, 7, 12)
    assert here.p_value == pytest.approx(stats.binomtest(0, 7).pvalue)
    assert here.standing == "worse"


def test_groups_of_few_rows_and_equal_answers_are_told_apart_from_what_is_close() -> None:
    mine, theirs = class_answers(0, 200)
    mine["place"] = theirs["place"] = ["few"] * 8 + ["same"] * 92 + ["other"] * 100
    mine.loc[8:99, "prediction"] = theirs.loc[8:99, "prediction"]
    found = {lead.slice.words: lead for lead in leads(mine, theirs, divide(mine, ["place"]), {"test_accuracy": True})}
    assert {name: lead.standing for name, lead in found.items()} == {
        "few": "few",
        "same": "identical",
        "other": "close",
    }


@pytest.mark.parametrize("metric", ["f1", "precision", "roc_auc"])
def test_metrics_that_are_no_mean_are_drawn_and_swapped(metric: str) -> None:
    a, b = class_tables(0, 300, wrong=0.35, others_wrong=0.05, shared=0.1)
    rng = np.random.default_rng(0)
    for table in (a, b):
        table["probability_b"] = np.where(table["prediction"] == "b", 0.9, 0.1) - rng.random(300) / 20
        table["probability_a"] = 1 - table["probability_b"]
    found = leads(a, b, divide(a, ["size"])[:2], {f"test_{metric}": True})
    assert {lead.standing for lead in found} == {"worse"}
    assert all(lead.low <= lead.gap <= lead.high < 0 for lead in found)


def test_rows_that_hang_together_are_swapped_together() -> None:
    mine, theirs = class_answers(3, 1200, 0.15, worse=0.2)
    for table in (mine, theirs):
        table.insert(1, GROUP, np.arange(1200) // 150)
    assert {lead.standing for lead in leads(mine, theirs, divide(mine, ["word 0"]), {"test_accuracy": True})} == {"few"}
    for table in (mine, theirs):
        table[GROUP] = np.arange(1200) // 3
    assert losing(leads(mine, theirs, divide(mine, ["word 0"]), {"test_accuracy": True}))


def test_other_rows_or_other_metrics_say_nothing() -> None:
    a, b = class_answers(0, 100)
    groups = divide(a, ["word 0"])
    assert leads(a, b.iloc[:-1], groups, BOTH) == []
    assert leads(a, b, groups, {"test_mae": False}) == []


def test_rows_in_another_order_are_the_same_rows() -> None:
    a, b = class_answers(0, 200)
    groups = divide(a, ["word 0"])
    assert {(o.slice, o.gap, o.p_value) for o in leads(a, b.sample(frac=1, random_state=0), groups, BOTH)} == {
        (o.slice, o.gap, o.p_value) for o in leads(a, b, groups, BOTH)
    }


@pytest.mark.parametrize("rows", [25, *(pytest.param(rows, marks=pytest.mark.long) for rows in (100, 400, 1500))])
@pytest.mark.parametrize("of", ["classes", "numbers"])
def test_chance_alone_seldom_makes_any_group_lose(rows: int, of: str) -> None:
    """Of all groups by all columns, and both metrics: what the promotion dialog looks at."""
    alarms, looks, much = 0, draws(400, 40), {} if is_long() else {"words": 2, "numbers": 1}
    for seed in range(looks):
        if of == "classes":
            (mine, theirs), metrics = class_answers(seed, rows, (0.05, 0.2)[seed % 2], **much), BOTH
        else:
            (mine, theirs), metrics = number_answers(seed, rows, **much), {"test_mae": False}
        alarms += bool(losing(leads(mine, theirs, divide_by_each(mine), metrics)))
    assert alarms <= stats.binom.ppf(0.999, looks, 0.05)
