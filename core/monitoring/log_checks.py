"""Check rows of the prediction log, and those of which the truth was told since: for watches, whose workers do it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from core.errors import PizarraError
from core.monitoring.checks import Check, check, cut_alike, listens_to
from core.monitoring.labelled import labelled_log
from core.monitoring.logged import rows_of
from core.monitoring.opened import OpenedForCheck, open_for_check, reference_of
from core.monitoring.scores import OF_CLASSES, OF_NUMBERS, Score, score_windows
from core.monitoring.windows import as_given
from core.prediction.reference import training_rows
from core.prediction.typicality import reference as typical_rows
from core.store.connection import open_store

JUDGED = {"worse", "not_known_worse"}  # outcomes of a window that was held against the test rows


@dataclass(frozen=True)
class LogCheck:
    """What the check of logged rows found, None where there were none to check or nothing to hold them against.

    ``score`` is how good the answers were of which the truth was told, None likewise. ``problems`` say why.
    """

    found: Check | None = None
    score: Score | None = None
    problems: tuple[PizarraError, ...] = ()

    @property
    def scored(self) -> int:
        """How many rows with a true answer were judged, 0 where those were too few."""
        return self.score.known if self.score is not None and self.score.outcome in JUDGED else 0

    @property
    def worse(self) -> bool:
        """Tell whether the answers were worse than to the test rows for certain."""
        return self.score is not None and self.score.outcome == "worse"


def check_log(
    store_uri: str,
    named: str,
    log: pd.DataFrame,
    told: pd.DataFrame,
    masked: Collection[str] = (),
    allow_code: Collection[str] = (),
) -> LogCheck:
    """Check rows of the log (``read_log``) of the version that ``named`` means, and those whose truth was ``told``.

    Raises:
        StoreError: there is no such model or version, or the store does not answer.
        ModelError: the version cannot be opened.
    """
    opened = open_for_check(open_store(store_uri, make=False), named, allow_code)
    problems: list[PizarraError] = []
    found = score = None
    try:
        found = _checked(opened, log, masked) if len(log) else None
    except PizarraError as problem:  # such as: the run stored no rows
        problems.append(problem)
    try:
        score = _scored(opened, told) if len(told) else None
    except PizarraError as problem:  # such as: true answers are no classes of the model
        problems.append(problem)
    return LogCheck(found, score, tuple(problems))


def _checked(opened: OpenedForCheck, log: pd.DataFrame, masked: Collection[str]) -> Check:
    asked = opened.asked
    logged = rows_of(log, asked.fields, masked=masked, classes=asked.predictor.classes)
    learned = training_rows(asked.files, asked.fields)
    return check(
        asked, reference_of(opened), logged.rows, said=logged.said, tested=opened.tested,
        weights=None if learned is None else listens_to(asked.predictor, learned),
        known=typical_rows(asked.files, asked.fields),
    )  # fmt: skip


def _scored(opened: OpenedForCheck, told: pd.DataFrame) -> Score:
    tested = cut_alike(opened.asked.predictor, opened.tested)
    known = labelled_log(told, tested)
    metric = (OF_CLASSES if known.classes else OF_NUMBERS)[0]
    return score_windows(known, as_given(len(told), len(told)), metric, tested).together
