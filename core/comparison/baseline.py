"""What always giving the same answer gets on a run's test rows: the line that every model has to be above."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.comparison.measures import readable, recompute, same_test_set
from core.comparison.noise import paired_difference
from core.i18n import _, number
from core.store.record import ANSWER, PREDICTION, PROBABILITY, probability_columns
from core.store.runs.tables import ALGORITHM_TAG, ORIGIN_TAG, SOURCE_TAG, TASK_TAG, Runs


@dataclass(frozen=True, eq=False)
class Baseline:
    """The same answer to every test row, as a table of test answers."""

    table: pd.DataFrame

    @cached_property
    def answer(self) -> str:
        """The answer: a class's word as it is (escape it where it is shown), or a number in the reader's language."""
        answer = self.table[PREDICTION].iloc[0]
        return number(float(answer)) if pd.api.types.is_numeric_dtype(self.table[PREDICTION]) else f"“{answer}”"

    def value(self, metric: str) -> float:
        """Return what it gets on a metric of the test rows; NaN where they do not give it."""
        return recompute(self.table, metric)


def baseline_of(table: pd.DataFrame | None, trained: pd.DataFrame | None = None) -> Baseline | None:
    """Return what always giving the same answer is on the test rows of ``table``; None where nobody can tell.

    ``trained`` are the test answers of a run that learned it. Where these are of other rows, or there are none, the
    answer is the most frequent one of the test rows, or their mean.
    """
    if table is None or not readable(table) or table.empty:
        return None
    constant = trained is not None and readable(trained) and trained[PREDICTION].nunique() == 1
    if trained is not None and constant and same_test_set(table, trained):
        return Baseline(trained)
    answers = table[ANSWER]
    if pd.api.types.is_numeric_dtype(answers):
        if not np.isfinite(answers.to_numpy(dtype=float)).all():
            return None
        return Baseline(table.assign(**{PREDICTION: float(answers.mean())}))
    shares = answers.astype(str).value_counts(normalize=True)
    chances = {name: shares.get(name.removeprefix(PROBABILITY), 0.0) for name in probability_columns(table)}
    return Baseline(table.assign(**{PREDICTION: str(answers.astype(str).mode().iloc[0])}, **chances))


def no_better_words(
    table: pd.DataFrame | None, metric: str, better: bool, value: float, name: str, trained: pd.DataFrame | None = None
) -> str:
    """Say that a run is no better than always giving the same answer; empty where it is, or nobody can tell.

    ``better`` is True where higher is better, ``value`` what the run logged and ``name`` what it is called.
    """
    baseline = baseline_of(table, trained)
    if table is None or baseline is None:
        return ""
    same = baseline.value(metric)
    found = paired_difference(table, baseline.table, metric, better, (value, same))
    if found.outcome == "unknown" or (found.outcome == "better" and found.gap > 0):
        return ""
    words = (
        _("Always answering {answer} gets {same} on {metric}: {run} with {value} is not known to be better.")
        if found.outcome == "close" and found.gap > 0
        else _("Always answering {answer} gets {same} on {metric}: {run} with {value} is no better.")
    )
    return words.format(answer=baseline.answer, same=number(same), metric=metric, run=f"“{name}”", value=number(value))


def are_of_one_test(runs: Runs, test_rows: str) -> bool:
    """Tell whether all runs say that they learned the same task from the same data; ``test_rows`` is their parameter.

    Then one baseline is that of all.
    """
    if not {TASK_TAG, ALGORITHM_TAG} <= set(runs.tags) or not len(runs):
        return False
    said = [runs.tags[tag] for tag in (TASK_TAG, ORIGIN_TAG, SOURCE_TAG) if tag in runs.tags]
    said += [runs.params[test_rows]] if test_rows in runs.params else []
    return bool(runs.tags[TASK_TAG].notna().all()) and all(values.nunique(dropna=False) == 1 for values in said)
