"""How far off a model that answers with numbers is, by what it answers: from its errors on test rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from core.comparison.measures import readable
from core.i18n import N_, _, number
from core.monitoring.calibration import spread_of
from core.prediction.intervals import group_ends
from core.store.record import ANSWER, PREDICTION, group_codes

FEWEST_ROWS = 10  # of test rows, to say anything
GROUP_ROWS = 50  # a mean takes fewer rows than the ends of an interval

Flaw = Literal["", "no_table", "not_numbers", "too_few_rows"]
FLAWS: dict[Flaw, str] = {
    "no_table": N_("The run stored no test rows that tell how far off its model is."),
    "not_numbers": N_("The test rows have classes, or nothing that can be read, where these answers are numbers."),
    "too_few_rows": N_("The run has {rows} test rows, too few to tell how far off its model is."),
}


def _none() -> np.ndarray:
    return np.empty(0)


@dataclass(frozen=True)
class Residuals:
    """Errors on test rows in groups of like predictions, which end at ``ends``; ``flaw`` says why there are none.

    Of each group ``rows``, and the mean and variance of absolute and squared errors, in the unit of the answers and
    its square. ``low`` and ``high`` are the smallest and largest prediction; ``spread`` as for ``Calibration``.
    """

    ends: np.ndarray = field(default_factory=_none)
    rows: np.ndarray = field(default_factory=_none)
    absolute: np.ndarray = field(default_factory=_none)
    absolute_variance: np.ndarray = field(default_factory=_none)
    squared: np.ndarray = field(default_factory=_none)
    squared_variance: np.ndarray = field(default_factory=_none)
    low: float = np.nan
    high: float = np.nan
    spread: float = 1.0
    flaw: Flaw = ""
    tested: int = 0

    def groups_of(self, predictions: np.ndarray) -> np.ndarray:
        """Return the group of each prediction."""
        return np.asarray(self.ends.searchsorted(predictions))

    @property
    def words(self) -> str:
        """How errors are told, or the flaw, in the reader's language."""
        if self.flaw:
            return _(FLAWS[self.flaw]).format(rows=number(self.tested, 0))
        if len(self.rows) == 1:
            return _(
                "{rows} test rows are too few to tell errors apart by what is answered, so the estimate is the same "
                "for all answers."
            ).format(rows=number(self.tested, 0))
        return _(
            "Each answer is taken to be as far off as those to test rows with like answers: {groups} groups of the "
            "{rows} test rows."
        ).format(groups=number(len(self.rows), 0), rows=number(self.tested, 0))


def residuals_of(tested: pd.DataFrame | None) -> Residuals:
    """Return how far off a model was on the test rows of its run, ``tested``, whichever program wrote them."""
    if tested is None or not readable(tested):
        return Residuals(flaw="no_table")
    answers, predictions = tested[ANSWER], tested[PREDICTION]
    if not all(pd.api.types.is_numeric_dtype(one) and one.dtype != bool for one in (answers, predictions)):
        return Residuals(flaw="not_numbers", tested=len(tested))
    predicted = predictions.to_numpy(dtype=float, na_value=np.nan)
    errors = answers.to_numpy(dtype=float, na_value=np.nan) - predicted
    known = np.isfinite(errors)
    predicted, errors, groups = predicted[known], errors[known], group_codes(tested)
    if len(errors) < FEWEST_ROWS:
        return Residuals(flaw="too_few_rows", tested=len(errors))
    ends = group_ends(predicted, GROUP_ROWS)
    places = ends.searchsorted(predicted)
    # A model that often says the same leaves groups that are small, or empty
    rows = np.bincount(places, minlength=len(ends) + 1)
    if rows.min() < GROUP_ROWS // 2:
        ends, places, rows = np.empty(0), np.zeros(len(errors), dtype=int), np.array([len(errors)])
    absolute, squared = np.abs(errors), errors**2
    of_absolute, of_squared = (np.bincount(places, one) / rows for one in (absolute, squared))
    variances = [
        np.bincount(places, (one - means[places]) ** 2) / (rows - 1)
        for one, means in ((absolute, of_absolute), (squared, of_squared))
    ]
    gaps = absolute - of_absolute[places]
    spread = spread_of(gaps, None if groups is None else groups[known])
    return Residuals(
        ends, rows, of_absolute, variances[0], of_squared, variances[1], float(predicted.min()),
        float(predicted.max()), spread, "", len(errors),
    )  # fmt: skip
