from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from core.errors import ModelError
from core.prediction.cutoffs import (
    KINDS,
    Costs,
    Outcomes,
    answered_at,
    cheapest,
    cost_curve,
    cost_on_other_rows,
    outcomes,
    people,
    two_classes,
)
from core.prediction.predict import Predictor
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import read_table
from tests.fixtures.stores import FLOWERS, SUGAR


def answered(answers: Sequence[bool], chances: Sequence[float], dtype: str = "float64", **more: Any) -> pd.DataFrame:
    """An evaluation table of rows that are Yes or No, and how likely Yes is."""
    likely = np.asarray(chances, dtype=dtype)
    words = np.where(np.asarray(answers, dtype=bool), "Yes", "No").astype(object)
    columns = {"row": np.arange(len(words)), "answer": words, "prediction": words}
    return pd.DataFrame(columns | {"probability_No": 1 - likely, "probability_Yes": likely} | more)


EQUAL = Costs(1, 1)
# Probabilities with ties, at both ends, and between hundredths
CHANCES = some.one_of(some.sampled_from([0.0, 0.25, 0.35, 0.5, 1.0]), some.floats(0, 1))
ROWS = some.lists(some.tuples(some.booleans(), CHANCES), min_size=1, max_size=60)
TABLES = some.builds(
    lambda rows, dtype: answered([is_yes for is_yes, _ in rows], [chance for _, chance in rows], dtype),
    ROWS,
    some.sampled_from(["float64", "float32"]),
)
COSTS = some.builds(Costs, some.sampled_from([0.0, 0.1, 1.0, 3.0]), some.sampled_from([0.0, 0.3, 1.0, 5.0]))


def cost_of(table: pd.DataFrame, cutoff: float, costs: Costs) -> float:
    return outcomes(table, "Yes", cutoff).cost(costs)


# Outcomes


@pytest.mark.long
@given(TABLES, CHANCES)
@settings(deadline=None)
def test_outcomes_are_scikit_learns_confusion_matrix(table: pd.DataFrame, cutoff: float) -> None:
    found = outcomes(table, "Yes", cutoff)
    said = np.where(table["probability_Yes"].astype(float) >= cutoff, "Yes", "No")
    matrix = confusion_matrix(table["answer"], said, labels=["No", "Yes"])
    assert [
        found.true_negative,
        found.false_positive,
        found.false_negative,
        found.true_positive,
    ] == matrix.ravel().tolist()
    assert found.rows == len(table)
    scores = {"y_true": table["answer"], "y_pred": said, "pos_label": "Yes", "zero_division": nan}
    for mine, theirs in ((found.precision, precision_score(**scores)), (found.recall, recall_score(**scores))):
        assert mine == pytest.approx(theirs) if mine is not None else np.isnan(theirs)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_row_at_the_cutoff_counts_as_a_predictor_counts_it(dtype: str) -> None:
    class Sure(LogisticRegression):
        def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
            likely = rows["x"].to_numpy(dtype=dtype)
            return np.column_stack([1 - likely, likely])

    rows = pd.DataFrame({"x": [0.1, 0.35, 0.36]})
    model = Sure().fit(rows, ["No", "Yes", "Yes"])
    said = Predictor(model, cutoff=0.35).ask(rows)
    table = answered([True, True, True], rows["x"], dtype)
    assert outcomes(table, "Yes", 0.35).true_positive == list(said.values).count("Yes")
    assert list(said.values)[1:] == [{"float64": "Yes", "float32": "No"}[dtype], "Yes"]  # 0.35 is 0.34999999 in single


def test_a_share_of_nothing_is_undefined() -> None:
    nobody = outcomes(answered([False, False], [0.1, 0.2]), "Yes", 0.5)
    assert (nobody.precision, nobody.recall) == (None, None)


def test_costs_are_those_of_100_rows() -> None:
    found = Outcomes(true_positive=10, false_positive=3, false_negative=2, true_negative=35)
    assert found.cost(Costs(1, 5)) == 26
    assert Outcomes(0, 0, 0, 0).cost(EQUAL) == 0


def test_a_row_whose_answer_is_not_known_is_not_counted() -> None:
    table = answered([True, False, True], [0.9, 0.1, 0.8])
    table.loc[2, "answer"] = None
    assert outcomes(table, "Yes", 0.5) == Outcomes(1, 0, 0, 1)
    assert cost_curve(table, "Yes", EQUAL).filter(KINDS).sum(axis="columns").unique() == [2]


def test_a_row_without_a_probability_is_never_positive() -> None:
    table = answered([True, False, True], [0.9, 0.1, nan])
    assert outcomes(table, "Yes", 0.0) == Outcomes(1, 1, 1, 0)
    first = cost_curve(table, "Yes", EQUAL).iloc[0]
    assert (first["true_positive"], first["false_positive"], first["false_negative"]) == (1, 1, 1)


@pytest.mark.parametrize("cost", [-1.0, nan, inf])
def test_a_cost_is_zero_or_more(cost: float) -> None:
    with pytest.raises(ModelError, match="cost of an error must be zero or more, but it is"):
        Costs(1, cost)


def test_a_class_without_probabilities_is_refused() -> None:
    with pytest.raises(ModelError, match="must say how likely 'Maybe' is, but they do not"):
        outcomes(answered([True], [0.5]), "Maybe", 0.5)


def test_no_answers_are_refused() -> None:
    with pytest.raises(ModelError, match="must be test answers, but there is none"):
        cost_curve(answered([], []), "Yes", EQUAL)


# The curve and its cheapest cut-off


@pytest.mark.long
@given(TABLES, COSTS)
@settings(deadline=None)
def test_a_curve_says_what_each_of_its_cutoffs_costs(table: pd.DataFrame, costs: Costs) -> None:
    curve = cost_curve(table, "Yes", costs)
    assert set(table["probability_Yes"]) | {0} < set(curve["cutoff"])
    assert curve["cutoff"].is_monotonic_increasing
    assert curve["cutoff"].is_unique
    for line in curve.itertuples():
        found = outcomes(table, "Yes", line.cutoff)
        assert {kind: getattr(line, kind) for kind in KINDS} == found.counts
        assert line.cost == pytest.approx(found.cost(costs))


@pytest.mark.long
@given(TABLES, COSTS)
@settings(deadline=None)
def test_nothing_is_cheaper_than_the_cheapest(table: pd.DataFrame, costs: Costs) -> None:
    best = cheapest(cost_curve(table, "Yes", costs))
    tried = [*table["probability_Yes"], 0.0, *np.linspace(0, 1, 51)]
    assert cost_of(table, best, costs) == pytest.approx(min(cost_of(table, cutoff, costs) for cutoff in tried))
    assert 0 <= best <= 1


def test_a_cheapest_cutoff_below_the_first_hundredth_is_found() -> None:
    rows = [*[(False, 0.001)] * 200, (True, 0.004), *[(False, 0.006)] * 40, *[(False, 0.02)] * 26, (True, 0.03)]
    table = answered([is_yes for is_yes, _ in rows], [chance for _, chance in rows])
    best = cheapest(cost_curve(table, "Yes", Costs(1, 1000)))
    assert 0.001 < best <= 0.004
    assert cost_of(table, best, Costs(1, 1000)) == pytest.approx(100 * 66 / len(table))


def test_where_the_model_is_certain_the_cheapest_is_still_a_cutoff() -> None:
    table = answered([False, False, True], [1.0, 0.4, 0.3])
    curve = cost_curve(table, "Yes", Costs(100, 1))
    assert cheapest(curve) <= 1
    assert curve["cost"].iloc[-1] < cost_of(table, cheapest(curve), Costs(100, 1))  # never saying yes


def test_of_equally_cheap_cutoffs_it_is_the_middle_of_the_widest_stretch() -> None:
    table = answered([False, False, True, False, True], [0.1, 0.2, 0.3, 0.31, 0.81])
    # One error from 0.2 to 0.3, and from 0.31 to 0.81, where the next row is far
    assert cheapest(cost_curve(table, "Yes", EQUAL)) == 0.56


def test_costs_that_differ_in_their_last_digit_only_are_equally_cheap() -> None:
    curve = pd.DataFrame({"cutoff": [0.0, 0.2, 0.5, 0.8, 1.1], "cost": [9.0, 0.3, 9.0, 0.1 + 0.2, 9.0]})
    assert curve["cost"].nunique() == 3  # as sums of floats go
    assert cheapest(curve) == 0.65  # in the wider of the two cheap stretches


def test_a_stretch_narrower_than_a_hundredth_keeps_the_digits_it_needs() -> None:
    table = answered([False, True], [0.1234, 0.1239])
    assert cheapest(cost_curve(table, "Yes", EQUAL)) in {0.1236, 0.1237}


def test_errors_that_cost_nothing_leave_the_cutoff_in_the_middle() -> None:
    assert cheapest(cost_curve(answered([True, False], [0.9, 0.2]), "Yes", Costs(0, 0))) == 0.5


def test_the_dearer_a_missed_case_the_lower_the_cheapest_cutoff() -> None:
    draw = np.random.default_rng(0)
    answers = draw.random(2000) < 0.3
    table = answered(answers, 1 / (1 + np.exp(-draw.normal(np.where(answers, 1, -1), 1.5))))
    best = [cheapest(cost_curve(table, "Yes", Costs(1, dear))) for dear in (0.2, 1, 5, 25)]
    assert best == sorted(best, reverse=True)
    assert best[0] > 0.5 > best[-1]


# What it costs on rows that did not choose it


@pytest.mark.long
@given(TABLES, COSTS)
@settings(deadline=None, max_examples=40)
def test_on_other_rows_it_never_costs_less_than_where_it_was_chosen(table: pd.DataFrame, costs: Costs) -> None:
    on_others = cost_on_other_rows(table, "Yes", costs)
    if len(table) == 1:
        assert on_others is None
    else:
        assert on_others is not None
        assert on_others >= cost_of(table, cheapest(cost_curve(table, "Yes", costs)), costs) - 1e-9


def drawn(draw: np.random.Generator, rows: int) -> pd.DataFrame:
    """Rows as a model of modest worth answers them."""
    answers = draw.random(rows) < 0.3
    return answered(answers, 1 / (1 + np.exp(-draw.normal(np.where(answers, 0.4, -0.6), 1))))


@pytest.mark.long
def test_the_price_on_other_rows_is_what_fresh_rows_cost() -> None:
    draw, costs = np.random.default_rng(13), Costs(1, 3)
    fresh = drawn(draw, 20_000)
    chosen_on = [drawn(draw, 60) for _draw in range(80)]
    best = [cheapest(cost_curve(table, "Yes", costs)) for table in chosen_on]
    truth = np.array([cost_of(fresh, cutoff, costs) for cutoff in best])
    naive = np.array([cost_of(table, cutoff, costs) for table, cutoff in zip(chosen_on, best, strict=True)])
    fair = np.array([cost_on_other_rows(table, "Yes", costs) for table in chosen_on], dtype=float)

    def in_standard_errors(off: np.ndarray) -> float:
        return float(off.mean() / (off.std(ddof=1) / np.sqrt(len(off))))

    assert abs(in_standard_errors(fair - truth)) < 2.5
    assert in_standard_errors(naive - truth) < -4


def test_a_lone_row_has_no_others() -> None:
    assert cost_on_other_rows(answered([True], [0.3]), "Yes", EQUAL) is None


def test_rows_are_parted_the_same_way_each_time() -> None:
    table = drawn(np.random.default_rng(1), 200)
    assert cost_on_other_rows(table, "Yes", EQUAL) == cost_on_other_rows(table, "Yes", EQUAL)


# People


@given(some.tuples(*[some.integers(0, 5000)] * 4), some.sampled_from([10, 100]))
@settings(deadline=None)
def test_figures_add_up_and_are_near_the_true_share(counts: tuple[int, int, int, int], of: int) -> None:
    found = Outcomes(*counts)
    shown = people(found, of)
    assert set(shown.counts) == set(KINDS)
    assert sum(shown.counts.values()) == (of if found.rows else 0)
    for kind, count in found.counts.items():
        makes_up = count == max(counts)
        assert abs(shown.counts[kind] - count * of / max(1, found.rows)) < (3 if makes_up else 1)
        assert count or not shown.counts[kind]
        assert (kind in shown.too_rare) == (count > 0 and shown.counts[kind] == 0)


def test_a_kind_that_rounds_to_nobody_is_named() -> None:
    shown = people(Outcomes(true_positive=3, false_positive=400, false_negative=1, true_negative=596))
    assert shown.counts == {"true_positive": 0, "false_negative": 0, "false_positive": 40, "true_negative": 60}
    assert shown.too_rare == ("true_positive", "false_negative")


def test_equally_rare_kinds_are_shown_alike() -> None:
    shown = people(Outcomes(true_positive=4, false_positive=4, false_negative=4, true_negative=1397))
    assert shown.counts == {"true_positive": 0, "false_negative": 0, "false_positive": 0, "true_negative": 100}
    assert shown.too_rare == ("true_positive", "false_negative", "false_positive")
    assert list(people(Outcomes(3, 0, 3, 594)).counts.values()) == [1, 1, 0, 98]
    assert list(people(Outcomes(1, 1, 99, 99)).counts.values()) == [1, 49, 1, 49]


def test_kinds_that_cannot_be_alike_still_add_up() -> None:
    assert sorted(people(Outcomes(7, 7, 7, 0)).counts.values()) == [0, 33, 33, 34]


def test_hundred_rows_are_themselves() -> None:
    found = Outcomes(20, 11, 6, 63)
    assert people(found).counts == found.counts


# Which tables have a cut-off


def test_the_second_of_two_classes_is_positive() -> None:
    table = answered([True, False], [0.9, 0.1])
    assert two_classes(table) == ("No", "Yes")


def test_a_feature_called_like_a_probability_is_none() -> None:
    table = answered([True, False], [0.9, 0.1], probability_of_rain=[0.3, 0.0])
    assert two_classes(table) == ("No", "Yes")


@pytest.mark.parametrize("model", [FLOWERS, SUGAR])
def test_a_model_of_three_classes_or_of_numbers_has_no_cutoff(populated: Store, model: str) -> None:
    table = read_table(populated, find_model(populated, model).versions[0].run_id, EVALUATION_TABLE)
    assert two_classes(table) is None


def test_answers_of_a_third_sort_are_not_of_two_classes() -> None:
    assert two_classes(answered([True, False], [0.9, 0.1]).assign(answer=["Yes", "Maybe"])) is None


@pytest.mark.parametrize("table", [pd.DataFrame(), pd.DataFrame({"answer": ["a"], "probability_a": [0.5]})])
def test_a_table_of_something_else_has_no_classes(table: pd.DataFrame) -> None:
    assert two_classes(table) is None


def test_test_rows_are_answered_anew_by_a_cutoff() -> None:
    table = answered([True, False, True, True], [0.3, 0.29, 0.9, nan])
    found = answered_at(table, "Yes", 0.3)
    assert found["prediction"].tolist() == ["Yes", "No", "Yes", "Yes"]
    assert answered_at(table, "Yes", 0.95)["prediction"].tolist() == ["No", "No", "No", "Yes"]
    assert answered_at(table, "No", 0.5)["prediction"].tolist() == ["No", "No", "Yes", "Yes"]
    with pytest.raises(ModelError, match="how likely 'Perhaps' is, but they do not"):
        answered_at(table, "Perhaps", 0.5)
