"""What became of the answers when the world moved: counted, and no chance taken for a change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.monitoring.aftermath import Change, aftermath, conclusion_words, fact_words
from core.prediction.answers import Predictions
from core.store.record import ANSWER, PREDICTION, PROBABILITY, ROW

WORDS = pd.Series(["no", "yes"] * 50)
TESTED = pd.DataFrame({ROW: range(100), ANSWER: WORDS, PREDICTION: WORDS})
NUMBERS = pd.Series(np.arange(100.0))
TESTED_NUMBERS = pd.DataFrame({ROW: range(100), ANSWER: NUMBERS, PREDICTION: NUMBERS})


def said(truths: pd.Series, wrong: int) -> Predictions:
    """Answer with so many wrong ones at the beginning."""
    return Predictions(np.array(["yes" if one == "no" else "no" for one in truths[:wrong]] + truths[wrong:].tolist(),
                                dtype=object))  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "change"), [(10, 40, "worse"), (40, 10, "better"), (10, 10, "same"), (10, 13, "alike")]
)
def test_right_answers_are_counted_and_chance_is_no_change(before: int, after: int, change: Change) -> None:
    found = aftermath(TESTED, (said(WORDS, before), WORDS), (said(WORDS, after), WORDS))
    assert (found.before, found.after, found.rows, found.change) == (100 - before, 100 - after, 100, change)
    assert fact_words(found) == f"{100 - after} of 100 answers are right; before the change it was {100 - before}."


def test_a_row_without_an_answer_is_not_right() -> None:
    silent = Predictions(np.array([None] * 30 + WORDS[30:].tolist(), dtype=object))
    assert aftermath(TESTED, (said(WORDS, 0), WORDS), (silent, WORDS)).after == 70


def test_true_answers_that_turn_round_make_right_answers_wrong() -> None:
    turned = WORDS.where(WORDS.index >= 30, WORDS.map({"no": "yes", "yes": "no"}))
    found = aftermath(TESTED, (said(WORDS, 0), WORDS), (said(WORDS, 0), turned))
    assert (found.before, found.after, found.change) == (100, 70, "worse")


@pytest.mark.parametrize(("off", "change"), [(5.0, "worse"), (1.0, "same"), (0.5, "better")])
def test_numbers_are_told_by_how_far_they_are_off(off: float, change: Change) -> None:
    before, after = (Predictions(NUMBERS.to_numpy() + one) for one in (1.0, off))
    found = aftermath(TESTED_NUMBERS, (before, NUMBERS), (after, NUMBERS))
    assert (found.before, found.after, found.change) == (1.0, off, change)


def test_class_names_of_probabilities_are_read_as_in_the_test_rows() -> None:
    chances = pd.DataFrame({"no": [0.5] * 100, "yes": [0.5] * 100})
    tested = TESTED.assign(**{f"{PROBABILITY}no": 0.5, f"{PROBABILITY}yes": 0.5})
    found = aftermath(tested, (Predictions(said(WORDS, 0).values, chances), WORDS), (said(WORDS, 50), WORDS))
    assert (found.before, found.after) == (100, 50)


def test_an_alarm_and_silence_are_said_with_what_they_are_worth() -> None:
    worse = aftermath(TESTED, (said(WORDS, 0), WORDS), (said(WORDS, 50), WORDS))
    assert conclusion_words(worse, alarm=True) == "An alarm, and the answers are worse."
    assert conclusion_words(worse, alarm=False) == "No alarm, though the answers are worse."
