"""The test rows in two halves by a fixed seed: the public one, and the one that stays hidden until the reveal."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import train_test_split

from core.errors import DataError
from core.i18n import N_
from core.training.dividing import in_two, needed
from core.training.division import BY_CHANCE, Division
from core.training.tasks import Kind

SEED = 7  # for ever: the hidden half of an old run is found again by it
FEWEST = 2


def halves(
    kind: Kind, answers: np.ndarray, division: Division = BY_CHANCE, keys: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of the public half of test rows and of the hidden one, each in the rows' order.

    Both have the same share of each class, where each class has two rows or more. Where rows are divided by a
    column, no group is in both, or the hidden half is the later one.

    Raises:
        DataError: there are too few rows.
    """
    if len(answers) < FEWEST:
        raise DataError(
            N_("A board needs {fewest} test rows or more, but there are {rows}."),
            N_("Use a larger file."),
            fewest=FEWEST,
            rows=len(answers),
        )
    if division.column:
        found = in_two(division, kind, answers, needed(division, keys), seed=SEED)
        if found is None:
            raise DataError(
                N_("A board needs test rows of 2 different {column} or more, but all have the same one."),
                N_("Use a larger file, or divide the rows by another column."),
                column=repr(division.column),
            )
        return found
    _classes, counts = np.unique(answers, return_counts=True)
    even = kind == "classification" and counts.min() >= FEWEST and len(counts) <= len(answers) // 2
    hidden, public = train_test_split(
        np.arange(len(answers)), test_size=0.5, random_state=SEED, stratify=answers if even else None
    )
    return np.sort(public), np.sort(hidden)
