"""Cross-validation beside the test rows: the training rows in folds, each of which is asked once by the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

import numpy as np
import pandas as pd
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

from core.errors import DataError
from core.i18n import N_
from core.store.record import CV, FOLD, FOLD_TEST_ROWS, FOLD_TRAINING_ROWS, REPEAT
from core.training.dividing import can_be_learned, folded, needed
from core.training.efforts import EFFORT_PARAM, PLANS, Effort, Plan
from core.training.tasks import Task

Score = Callable[[np.ndarray, np.ndarray], Mapping[str, float]]


def plan_of(effort: Effort, task: Task, answers: np.ndarray, keys: np.ndarray | None = None) -> Plan | None:
    """Return how training rows with these ``answers`` are divided, with fewer folds where a class has fewer rows.

    ``keys`` belong to a task whose rows are divided by a column: there are as many folds then as each has something of
    every class to learn from. In time rows can be divided in one way only, so nothing is repeated.

    Raises:
        DataError: there are too few rows.
    """
    plan = PLANS[effort]
    if plan is None:
        return None
    if task.division.column:
        return _plan_by_column(plan, task, answers, keys)
    fewest = int(np.unique(answers, return_counts=True)[1].min()) if task.kind == "classification" else len(answers)
    if fewest < 2:
        raise DataError(
            N_("Cross-validation needs at least 2 training rows of each answer, but {name} has {rows} of one."),
            N_("Choose the quick look, or use a larger file."),
            name=task.dataset.name,
            rows=fewest,
        )
    return Plan(min(plan.folds, fewest), plan.repeats)


def _plan_by_column(plan: Plan, task: Task, answers: np.ndarray, keys: np.ndarray | None) -> Plan:
    known = needed(task.division, keys)
    most = min(plan.folds, len(np.unique(known)))
    for folds in range(most, 1, -1):
        fewer = Plan(folds, 1 if task.division.ordered_by else plan.repeats)
        found = list(splits(fewer, task, answers, known))
        if len(found) == fewer.fits and all(can_be_learned(task.kind, answers, *sides) for sides in found):
            return fewer
    raise DataError(
        N_("Cross-validation needs 2 parts of the training rows or more, each with something of every answer to learn "
           "from, but divided by {column} {name} has none such."),
        N_("Choose the quick look, or use a larger file."),
        column=repr(task.division.column),
        name=task.dataset.name,
    )  # fmt: skip


def splits(
    plan: Plan, task: Task, answers: np.ndarray, keys: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the places of the rows to learn from and of those to ask, a fold each; always the same ones.

    Of classes each fold has as many as the whole. No group is on both sides; in time each fold is asked by what learned
    from all that came before it.
    """
    if task.division.column:
        yield from folded(
            task.division, task.kind, answers, needed(task.division, keys),
            folds=plan.folds, repeats=plan.repeats, seed=task.random_state,
        )  # fmt: skip
        return
    of_kind = RepeatedStratifiedKFold if task.kind == "classification" else RepeatedKFold
    made = of_kind(n_splits=plan.folds, n_repeats=plan.repeats, random_state=task.random_state)
    yield from made.split(answers, answers)


def fold_scores(
    plan: Plan, task: Task, answers: np.ndarray, score: Score, keys: np.ndarray | None = None
) -> pd.DataFrame:
    """Return a line a fold: repeat, fold (from 1 on), how many rows learned and were asked, then its scores.

    ``score`` fits on the rows at the first places and scores those at the second.
    """
    lines = []
    for place, (learned, asked) in enumerate(splits(plan, task, answers, keys)):
        numbers = {REPEAT: place // plan.folds + 1, FOLD: place % plan.folds + 1}
        rows = {FOLD_TRAINING_ROWS: len(learned), FOLD_TEST_ROWS: len(asked)}
        lines.append(numbers | rows | dict(score(learned, asked)))
    return pd.DataFrame(lines)


def means(scores: pd.DataFrame) -> dict[str, float]:
    """Return the mean over the folds of each score that all of them have, as ``cv_<score>``."""
    counts = {REPEAT, FOLD, FOLD_TRAINING_ROWS, FOLD_TEST_ROWS}
    return {f"{CV}{name}": float(scores[name].mean()) for name in scores if name not in counts and _whole(scores[name])}


def params_of(effort: Effort, plan: Plan | None, task: Task) -> dict[str, object]:
    """Return the parameters that say how a run was cross-validated: none where it was not."""
    if plan is None:
        return {}
    return {EFFORT_PARAM: effort, "cv_folds": plan.folds, "cv_repeats": plan.repeats, "cv_seed": task.random_state}


def fingerprint(plan: Plan, task: Task, rows: pd.Index, answers: np.ndarray, keys: np.ndarray | None = None) -> str:
    """Return what two runs have in common whose folds are of the same rows: the ``rows`` with their answers, divided.

    A model may have been given fewer of the columns than the other.
    """
    told = pd.util.hash_pandas_object(pd.Series(answers, rows)).to_numpy().tobytes()
    same = f"{plan.folds}x{plan.repeats} seed {task.random_state} rows {sha256(told).hexdigest()[:16]}"
    if not task.division.column:
        return same
    by = np.asarray(needed(task.division, keys), dtype=np.int64).tobytes()
    return f"{same} {'groups' if task.division.groups else 'time'} {sha256(by).hexdigest()[:16]}"


def _whole(values: pd.Series) -> bool:
    return bool(np.isfinite(values.to_numpy(dtype=float)).all())
