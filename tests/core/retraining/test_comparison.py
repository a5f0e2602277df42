"""What is said of a new version and the old one, and that no single number hides a worse one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.i18n import speaking
from core.retraining.comparison import FairComparison, OnRows, Outcome, Score, judged
from core.retraining.sentences import comparison_words, left_out_words
from core.training.evaluation import evaluation_table
from core.training.tasks import Dataset, Task

TASK = Task(
    name="shop", title="Shop", question="?", kind="classification", dataset=Dataset("shop", "Shop", ""), target="buys",
    algorithms=(), experiment="shop", class_names=("no", "yes"),
)  # fmt: skip
ON = OnRows(100, "accuracy", Score(0.8, 0.7, 0.9), Score(0.7, 0.6, 0.8), "better", 0.1, 0.05, 0.15, {})


def answers(share: float, right: float, never: bool = False, rows: int = 600) -> pd.DataFrame:
    """Test answers of which so many are ``right``; with ``never`` the second class is not said."""
    chance = np.random.default_rng(0)
    true = (chance.random(rows) < share).astype(int)
    said = np.where(chance.random(rows) < right, true, 1 - true)
    said = np.zeros(rows, dtype=int) if never else said
    sure = np.column_stack([1 - 0.8 * said, 0.8 * said])
    return evaluation_table(pd.DataFrame({"age": np.arange(rows)}), true, said, sure, TASK.class_names)


def test_one_that_never_says_the_rarer_class_is_more_accurate_and_not_better() -> None:
    found = judged(TASK, answers(0.1, 1, never=True), answers(0.1, 0.8))
    assert found.outcome == "better"
    assert {"recall", "f1"} <= set(found.worse_in)
    whole = FairComparison("shop", 1, new=found, old=ON)
    assert not whole.is_better
    first, on_new, _on_old = comparison_words(whole)
    assert "But worse for certain in recall, f1" in first
    assert "recall 0, version 1 0.7" in on_new


def test_one_that_is_right_more_often_is_better_in_all() -> None:
    found = judged(TASK, answers(0.4, 0.95), answers(0.4, 0.7))
    assert (found.outcome, found.worse_in) == ("better", ())
    assert found.gap == pytest.approx(found.mine.value - found.theirs.value)
    assert found.mine.low is not None
    assert found.mine.low < found.mine.value


def test_the_same_answers_are_no_different() -> None:
    found = judged(TASK, answers(0.4, 0.8), answers(0.4, 0.8))
    assert (found.outcome, found.worse_in, found.gap) == ("identical", (), 0.0)
    assert comparison_words(FairComparison("shop", 1, new=found, old=found))[0].startswith("No different")


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        ("better", "close", "Better on the new rows, and not known to be worse on those of before."),
        ("better", "worse", "Better on the new rows, but worse on those of before."),
        ("unknown", "identical", "Not known to be better or worse"),
        ("worse", "better", "Worse on the new rows, but better on those of before."),
    ],
)
def test_both_sets_of_rows_are_in_the_conclusion(new: Outcome, old: Outcome, said: str) -> None:
    found = FairComparison("shop", 3, new=replace(ON, outcome=new), old=replace(ON, outcome=old))
    assert comparison_words(found)[0].startswith(said)
    assert "accuracy 0.8 (0.7–0.9), version 3 0.7 (0.6–0.8)" in comparison_words(found)[1]


def test_too_close_says_how_much_worse_it_may_be_and_a_problem_is_said() -> None:
    close = replace(ON, outcome="close", low=-0.02, high=0.1)
    assert (
        "It is between 0.02 worse and 0.1 better (95 %)." in comparison_words(FairComparison("a", 1, close, close))[1]
    )
    assert comparison_words(FairComparison("a", 1, problem="No model."))[0].endswith("is better: No model.")


def test_rows_that_are_left_out_are_counted_in_both_languages() -> None:
    assert left_out_words(3, 0, 2, 0) == [
        "Left out: the same as old test rows, which nobody may learn from: 3; without a true answer: 2."
    ]
    with speaking("es"):
        assert left_out_words(0, 0, 0, 1) == ["Quedan fuera: con un valor que no encaja: 1."]
    assert left_out_words(0, 0, 0, 0) == []
