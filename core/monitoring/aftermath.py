"""What became of the answers when the world moved, and whether a check said so: in numbers and in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.i18n import N_, _, number
from core.monitoring.labelled import labelled
from core.prediction.answers import Predictions
from core.store.record import ANSWER, PREDICTION, ROW

Change = Literal["worse", "better", "same", "alike"]
LEVEL = 0.05
ALARM: Mapping[Change, str] = {
    "worse": N_("An alarm, and the answers are worse."),
    "better": N_("An alarm, though the answers are better."),
    "same": N_("An alarm, though the answers are as good as before."),
    "alike": N_("An alarm, though the answers are about as good as before."),
}
SILENCE: Mapping[Change, str] = {
    "worse": N_("No alarm, though the answers are worse."),
    "better": N_("No alarm, and the answers are better."),
    "same": N_("No alarm, and the answers are as good as before."),
    "alike": N_("No alarm, and the answers are about as good as before."),
}


@dataclass(frozen=True)
class Aftermath:
    """How good a model's answers to the same ``rows`` were ``before`` the world moved and are ``after``.

    Of classes it is how many are right, of numbers the mean absolute error. ``change`` is "alike" where chance alone
    does as much, by McNemar's exact test or Wilcoxon's.
    """

    is_class: bool
    before: float
    after: float
    rows: int
    change: Change


def aftermath(
    tested: pd.DataFrame, before: tuple[Predictions, pd.Series], after: tuple[Predictions, pd.Series]
) -> Aftermath:
    """Hold answers and true ones after a shift against those before it; ``tested`` are the run's test rows.

    A row without an answer is not right.

    Raises:
        ModelError: the true answers are none that the model could give.
    """
    is_class = before[0].is_class
    were, are = (_badness(tested, said, truths) for said, truths in (before, after))
    known = ~np.isnan(were) & ~np.isnan(are)
    were, are = were[known], are[known]
    if is_class:
        return Aftermath(True, float((were == 0).sum()), float((are == 0).sum()), len(were), _changed(were, are, True))
    return Aftermath(False, _mean(were), _mean(are), len(were), _changed(were, are, False))


def _badness(tested: pd.DataFrame, said: Predictions, truths: pd.Series) -> np.ndarray:
    """Return of each row, (rows,), whether its answer is wrong, or how far it is off; NaN where that is not known."""
    table = labelled(pd.Series(said.values), truths, said.probabilities, tested).table
    found = np.where(truths.notna() & said.is_class, 1.0, np.nan)
    off = table[ANSWER] != table[PREDICTION] if said.is_class else (table[ANSWER] - table[PREDICTION]).abs()
    found[table[ROW].to_numpy(dtype=int)] = off.to_numpy(dtype=float)
    return found


def _changed(were: np.ndarray, are: np.ndarray, is_class: bool) -> Change:
    moved = (are - were)[are != were]
    if not len(moved):
        return "same"
    if is_class:
        p_value = scipy.stats.binomtest(int((moved > 0).sum()), len(moved)).pvalue
    else:
        p_value = scipy.stats.wilcoxon(moved).pvalue
    if p_value > LEVEL:
        return "alike"
    return "worse" if moved.mean() > 0 else "better"


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def fact_words(found: Aftermath) -> str:
    """Say how good the answers are, and were."""
    if found.is_class:
        return _("{after} of {rows} answers are right; before the change it was {before}.").format(
            after=number(found.after, 0), before=number(found.before, 0), rows=number(found.rows, 0)
        )
    return _("The answers are off by {after} on the mean; before the change it was {before}.").format(
        after=number(found.after), before=number(found.before)
    )


def conclusion_words(found: Aftermath, *, alarm: bool) -> str:
    """Say whether an alarm, or its silence, was right."""
    return _((ALARM if alarm else SILENCE)[found.change])
