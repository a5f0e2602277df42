"""One check of a model: a window of rows held against its reference, what is asked and what is answered together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.monitoring.answers import AnswerChange, answer_change
from core.monitoring.drift import LEVEL, Drift, drift
from core.monitoring.references import Reference
from core.prediction.answers import Predictions
from core.prediction.cutoffs import answered_at
from core.prediction.open_version import OpenVersion
from core.prediction.predict import Predictor
from core.prediction.reference import influence
from core.prediction.typicality import Reference as Known
from core.prediction.typicality import typicality

ANSWERS_LEVEL = 0.02  # of checks in which nothing changed, the share in which the answers seem to; beside LEVEL
ROWS_HELD = 200  # of a window, whose rows are held one by one against the training rows
# What nothing in this page can see
BLIND = N_("It cannot see that the same inputs have come to mean something else: only true answers show that.")


@dataclass(frozen=True)
class Odd:
    """How many of the rows that were looked at are unusual, and how many never seen, as the Predict page says it."""

    rows: int
    unusual: int
    never_seen: int


@dataclass(frozen=True)
class Check:
    """What a check found; ``odd`` is None where the run stored no sample of its training rows."""

    drift: Drift
    answers: AnswerChange
    odd: Odd | None = None

    @property
    def drifted(self) -> bool:
        """Tell whether inputs or answers changed more than by chance."""
        return bool(self.drift.drifted) or self.answers_changed

    @property
    def answers_changed(self) -> bool:
        """Tell whether the answers changed more than by chance."""
        return self.answers.p_value <= ANSWERS_LEVEL

    @property
    def false_alarms(self) -> float:
        """Of such checks with nothing changed, the share that finds something, at most."""
        return LEVEL + (0.0 if self.answers.reason else ANSWERS_LEVEL)


def check(
    asked: OpenVersion,
    reference: Reference,
    rows: pd.DataFrame,
    *,
    said: Predictions | None = None,
    tested: pd.DataFrame | None = None,
    weights: Mapping[str, float] | None = None,
    known: Known | None = None,
) -> Check:
    """Check a window of ``rows``, which have the model's columns and types, against a reference.

    ``said`` are the model's answers to them, by default asked now. ``tested`` are the test rows that the run stored,
    ``weights`` what the model listens to (``listens_to``), ``known`` the training rows that each row is held against.

    Raises:
        ModelError: the model refuses the rows.
    """
    found = drift(asked.fields, reference.rows, rows, weights)
    if said is None and len(rows):
        said = asked.predictor.ask(rows)
    change = (
        AnswerChange(0, 0 if tested is None else len(tested), "too_few")
        if said is None
        else answer_change(said, cut_alike(asked.predictor, tested))
    )
    # A row of which the log masks an input is no odd one
    is_whole = {one.name for one in asked.fields if not one.is_parameter} <= set(rows.columns)
    return Check(found, change, odd_rows(known, rows) if known is not None and is_whole and len(rows) else None)


def listens_to(predictor: Predictor, rows: pd.DataFrame) -> dict[str, float]:
    """Return the share of each input in what moves a model's answers, the largest first; they add up to 1."""
    moved = influence(predictor, rows)
    total = float(moved.sum())
    return {str(name): float(value / total) if total > 0 else 0.0 for name, value in moved.items()}


def odd_rows(known: Known, rows: pd.DataFrame) -> Odd:
    """Hold rows one by one against training rows; of many, those that lie evenly among them."""
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), ROWS_HELD)).astype(int))
    lines = rows.iloc[places].astype(object).where(rows.iloc[places].notna(), None).to_dict("records")
    verdicts = [typicality(known, {str(name): value for name, value in line.items()}).verdict for line in lines]
    return Odd(len(verdicts), verdicts.count("unusual"), verdicts.count("never seen"))


def cut_alike(predictor: Predictor, tested: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return test answers by the cut-off that counts now, as the run may have given them by another."""
    if tested is None or predictor.cutoff is None:
        return tested
    try:
        return answered_at(tested, predictor.classes[1], predictor.cutoff) if len(predictor.classes) == 2 else tested
    except ModelError:  # the test rows have no probabilities
        return tested
