"""What the folds of a cross-validation say of two runs that share them: the corrected resampled t-test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy

from core.comparison.measures import TESTED
from core.comparison.noise import CONFIDENCE, Difference, Outcome
from core.i18n import _, number
from core.store.record import FOLD, FOLD_TEST_ROWS, FOLD_TRAINING_ROWS, REPEAT

CV = "cv_"
NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class FoldDifference:
    """How much better the leader is than another run over the same folds, on average; below 0 the other is.

    "better" and "worse" are those of the leader, where ``p_value`` is below ``level``.
    """

    outcome: Literal["better", "worse", "close", "identical"]
    gap: float
    folds: int
    p_value: float = 1.0
    level: float = 1 - CONFIDENCE


def corrected_t(differences: np.ndarray, training_rows: float, test_rows: float) -> tuple[float, float]:
    """Return t and the two-sided p of differences over folds, NaN where they do not vary.

    Training rows of the folds overlap, so the plain test calls chance a difference. The variance of the mean is taken
    as (1/folds + test rows / training rows) times that of the folds: Nadeau and Bengio (2003), "Inference for the
    generalization error", for repeated cross-validation Bouckaert and Frank (2004).
    """
    count = len(differences)
    variance = float(np.var(differences, ddof=1)) if count > 1 else 0.0
    if variance <= NEGLIGIBLE**2:
        return np.nan, np.nan
    t = float(np.mean(differences)) / np.sqrt(variance * (1 / count + test_rows / training_rows))
    return float(t), float(2 * scipy.stats.t.sf(abs(t), count - 1))


def fold_differences(
    tables: Mapping[str, pd.DataFrame], leader: str, metric: str, better: bool
) -> dict[str, FoldDifference]:
    """Return what the folds say of the leader beside each other run; ``tables`` are of the same folds, by run.

    ``better`` is True where higher is better. All of it holds together (Holm 1979); where the leader was picked by its
    mean over the same folds, as many comparisons count as there are pairs of runs.
    """
    score = score_of(metric)
    known = {run_id: table for run_id, table in tables.items() if score and _is_told(table, score)}
    others = [run_id for run_id in known if run_id != leader and _same_folds(known[run_id], known.get(leader))]
    if leader not in known or not others:
        return {}
    sign, lead = 1 if better else -1, known[leader]
    found: dict[str, tuple[float, float]] = {}
    for run_id in others:
        gaps = sign * (lead[score] - known[run_id][score]).to_numpy(dtype=float)
        rows = (float(lead[name].mean()) for name in (FOLD_TRAINING_ROWS, FOLD_TEST_ROWS))
        found[run_id] = float(gaps.mean()), corrected_t(gaps, *rows)[1]
    more = (len(others) + 1) / 2 if metric.startswith(CV) else 1.0
    levels = _levels({run_id: p for run_id, (_gap, p) in found.items()}, more)
    return {
        run_id: FoldDifference(_outcome(gap, p, levels[run_id]), gap, len(lead), p, levels[run_id])
        for run_id, (gap, p) in found.items()
    }


def score_of(metric: str) -> str:
    """Return which score of the folds a metric is about; empty where it is about none.

    >>> score_of("test_f1"), score_of("cv_rmse"), score_of("train_f1")
    ('f1', 'rmse', '')
    """
    return next((metric.removeprefix(prefix) for prefix in (TESTED, CV) if metric.startswith(prefix)), "")


def together(test: Difference, folds: FoldDifference | None) -> Outcome:
    """Return what is known of a leader by test rows and folds: the folds decide, and are never overruled.

    Where these see no difference, or the opposite one, the luck of one split may be all there is.
    """
    if folds is None:
        return test.outcome
    if folds.outcome == "better":
        return "better"
    return "identical" if folds.outcome == "identical" and test.outcome in {"identical", "unknown"} else "close"


def method_words(found: FoldDifference) -> str:
    """Say how folds were judged."""
    return _(
        "Both were trained {folds} times on parts of the training rows and tried on others, the same ones for both. "
        "The lead over these folds decides, by the corrected resampled t-test (Nadeau and Bengio), which allows for "
        "the rows that the parts share: here p = {p}, and less than {level} is needed."
    ).format(folds=number(found.folds, 0), p=number(found.p_value), level=number(found.level))


def _levels(p_values: Mapping[str, float], more: float) -> dict[str, float]:
    """Return below what each p must be, by Holm's steps; after one that is not, none is."""
    levels: dict[str, float] = {}
    go_on = True
    for place, run_id in enumerate(sorted(p_values, key=lambda one: np.nan_to_num(p_values[one], nan=np.inf))):
        level = (1 - CONFIDENCE) / (more * (len(p_values) - place))
        levels[run_id] = level if go_on else min(levels.values())
        go_on = go_on and p_values[run_id] < level
    return levels


def _outcome(gap: float, p: float, level: float) -> Literal["better", "worse", "close", "identical"]:
    if np.isnan(p):
        return "identical" if abs(gap) <= NEGLIGIBLE else "close"
    return "close" if p >= level else "better" if gap > 0 else "worse"


def _is_told(table: pd.DataFrame, score: str) -> bool:
    numbers = {REPEAT, FOLD, FOLD_TRAINING_ROWS, FOLD_TEST_ROWS, score}
    if not table.columns.is_unique or not numbers <= set(table.columns) or len(table) < 2:
        return False
    if not all(pd.api.types.is_numeric_dtype(table[name]) for name in numbers):
        return False
    return bool(np.isfinite(table[list(numbers)].to_numpy(dtype=float)).all() and (table[FOLD_TRAINING_ROWS] > 0).all())


def _same_folds(a: pd.DataFrame, b: pd.DataFrame | None) -> bool:
    names = [REPEAT, FOLD, FOLD_TRAINING_ROWS, FOLD_TEST_ROWS]
    return b is not None and len(a) == len(b) and bool((a[names].to_numpy() == b[names].to_numpy()).all())
