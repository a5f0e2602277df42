"""Divide rows by a column: no group on both sides, or the later rows asked of what learned from the earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, TimeSeriesSplit

from core.errors import DataError
from core.i18n import N_
from core.training.division import Division
from core.training.tasks import Kind

MANY_GROUPS = 10_000  # of which each side gets its share of everything by chance, and stratifying takes seconds

Sides = tuple[np.ndarray, np.ndarray]  # places of the rows to learn from, and of those to ask


def needed(division: Division, keys: np.ndarray | None) -> np.ndarray:
    """Return the keys of rows, which nobody may forget: rows divided by chance instead would be wrong unseen.

    Raises:
        ValueError: they are missing.
    """
    if keys is None:
        raise ValueError(f"rows that are divided by {division.column!r} need their keys")
    return keys


def divided(
    division: Division, kind: Kind, answers: np.ndarray, keys: np.ndarray, *, test_size: float, seed: int
) -> Sides:
    """Return the places of the rows to learn from and of the test rows; always the same.

    In time the cut lies between two moments, where the test rows are nearest to ``test_size``. Of groups, as many are
    tested on as come nearest to it.

    Raises:
        DataError: it cannot be done so that both sides have rows of every class.
    """
    if division.ordered_by:
        sides = _later(division, keys, test_size)
        if not _is_whole(kind, answers, *sides):
            raise _one_sided(division, kind)
        return sides
    groups = len(np.unique(keys))
    if groups < 2:
        raise DataError(
            N_("To keep each group on one side, {column} must name 2 groups or more, but it names {count}."),
            N_("Choose another column, or divide by chance."),
            column=repr(division.groups),
            count=groups,
        )
    for folds in range(min(groups, max(2, round(1 / test_size))), 1, -1):
        whole = [sides for sides in _group_folds(kind, answers, keys, folds, seed) if _is_whole(kind, answers, *sides)]
        if whole:
            return min(whole, key=lambda sides: abs(len(sides[1]) - test_size * len(answers)))
    raise _one_sided(division, kind)


def folded(
    division: Division, kind: Kind, answers: np.ndarray, keys: np.ndarray, *, folds: int, repeats: int, seed: int
) -> Iterator[Sides]:
    """Yield the places of the rows to learn from and of those to ask, a fold each; always the same ones.

    In time each fold learns from all that came before it, and the earliest rows are not asked.
    """
    for repeat in range(repeats):
        if division.ordered_by:
            yield from _time_folds(keys, folds)
        else:
            yield from _group_folds(kind, answers, keys, folds, seed + repeat)


def can_be_learned(kind: Kind, answers: np.ndarray, learned: np.ndarray, asked: np.ndarray) -> bool:
    """Tell whether a fold has rows on both sides, and of every class some to learn from."""
    if not len(learned) or not len(asked):
        return False
    return kind == "regression" or len(np.unique(answers[learned])) == len(np.unique(answers))


def in_two(division: Division, kind: Kind, answers: np.ndarray, keys: np.ndarray, *, seed: int) -> Sides | None:
    """Return two halves of rows, of groups or in time (the earlier one first); None where all are of one."""
    if len(np.unique(keys)) < 2:
        return None
    if division.ordered_by:
        return _cut(keys, len(keys) / 2)
    sides = list(_group_folds(kind, answers, keys, 2, seed))
    return sides[0] if sides and len(sides[0][0]) and len(sides[0][1]) else None


def _later(division: Division, keys: np.ndarray, test_size: float) -> Sides:
    rows = len(keys)
    if len(np.unique(keys)) < 2:
        raise DataError(
            N_("To test on later rows, they must be of different times, but {column} is the same in all of them."),
            N_("Choose another column, or divide by chance."),
            column=repr(division.ordered_by),
        )
    learned, tested = _cut(keys, rows - ceil(test_size * rows))
    if len(learned) < rows / 2:
        raise DataError(
            N_("To test on later rows, half of them must come before, but {count} of {rows} are of the latest time in "
               "{column}."),
            N_("Choose another column, or divide by chance."),
            count=len(tested),
            rows=rows,
            column=repr(division.ordered_by),
        )  # fmt: skip
    return learned, tested


def _cut(keys: np.ndarray, wanted: float) -> Sides:
    """Return the rows before and after the moment at which about ``wanted`` of them have passed."""
    moments, counts = np.unique(keys, return_counts=True)
    passed = np.cumsum(counts)[:-1]
    last = moments[int(np.argmin(np.abs(passed - wanted)))]
    return np.flatnonzero(keys <= last), np.flatnonzero(keys > last)


def _group_folds(kind: Kind, answers: np.ndarray, keys: np.ndarray, folds: int, seed: int) -> Iterator[Sides]:
    classes = answers if kind == "classification" else np.zeros(len(keys), dtype=int)
    fewest = int(np.unique(classes, return_counts=True)[1].min())
    if fewest < folds:
        classes = np.zeros(len(keys), dtype=int)
    of_kind = StratifiedGroupKFold if len(np.unique(keys)) <= MANY_GROUPS else GroupKFold
    made = of_kind(n_splits=folds, shuffle=True, random_state=seed)
    yield from made.split(classes, classes, keys)


def _time_folds(keys: np.ndarray, folds: int) -> Iterator[Sides]:
    if folds >= len(keys):
        return
    order = np.argsort(keys, kind="stable")
    for before, after in TimeSeriesSplit(folds).split(order):
        learned, asked = order[before], order[after]
        yield learned[keys[learned] < keys[asked].min()], asked


def _is_whole(kind: Kind, answers: np.ndarray, learned: np.ndarray, tested: np.ndarray) -> bool:
    return can_be_learned(kind, answers, learned, tested) and can_be_learned(kind, answers, tested, learned)


def _one_sided(division: Division, kind: Kind) -> DataError:
    column = repr(division.column)
    if kind == "regression":
        return DataError(
            N_("Rows must be on both sides, but nearly all have the same {column}."),
            N_("Choose another column, or divide by chance."),
            column=column,
        )
    return DataError(
        N_("Both sides must have rows of every class, but divided by {column} a class is on one of them only."),
        N_("Choose another column, or divide by chance."),
        column=column,
    )
