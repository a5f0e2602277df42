"""Old rows and new ones in one table, each said what it is for: nothing that a test row tells is learned from.

How, and why so, says decision 042.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from core.errors import DataError, ModelError
from core.i18n import N_
from core.prediction.classes import as_classes
from core.retraining.new_rows import NewRows
from core.retraining.parents import OldRows
from core.training.division import NEW_LEARNED, NEW_TESTED, OLD_LEARNED, OLD_TESTED, keys_of
from core.training.tasks import Task

SIDES = "learned or tested"  # what the column is called, unless one of the task's is
HELD_OUT = 0.3  # of the new rows: more than usual, as they are few and have to judge
FEWEST_TESTED, FEWEST_LEARNED, FEWEST = 10, 25, 40


@dataclass(frozen=True)
class Combined:
    """The table of all rows, its column of sides, and what became of the new ones.

    Of ``new`` rows ``learned`` are learned from and ``tested`` held out; ``test_rows`` are the same as old test rows,
    ``known`` the same as rows that the version learned from already; both are left out, but ``known`` ones are learned
    from again where only new rows are. ``others`` is how many rows are learned from beside the ``learned`` ones.
    """

    frame: pd.DataFrame
    sides: str
    new: int
    learned: int
    tested: int
    test_rows: int
    known: int
    others: int


def combined(task: Task, old: OldRows, new: NewRows, *, only_new: bool) -> Combined:
    """Return what is learned from and tested on.

    Old test rows stay test rows. Of the new rows, ``HELD_OUT`` are held out: by chance with the task's seed, or whole
    groups, or the latest, as the task divides its rows. Rows that are the same as others are all on one side.

    Raises:
        DataError: the columns do not match, an answer is no class of the task, or too few rows are left.
    """
    rows = _as_task(task, old, new)
    names = sorted(map(str, task.features(old.frame).columns))
    before = _told(old.frame, names, task.target)
    told = _told(rows, names, task.target)
    is_test = np.isin(told, before[old.tested])
    is_known = np.isin(told, before[old.learned]) & ~is_test
    left = rows[~(is_test | is_known)].reset_index(drop=True)
    _refuse_few(task, len(left), new, int(is_test.sum()), int(is_known.sum()))
    learned, tested = _held_out(task, old, left, names)
    sides = SIDES
    while sides in rows.columns:
        sides = f"{sides} (row)"
    first = rows[is_known] if only_new else old.frame.iloc[old.learned]
    parts = [
        (first, NEW_LEARNED if only_new else OLD_LEARNED),
        (old.frame.iloc[old.tested], OLD_TESTED),
        (left.iloc[learned], NEW_LEARNED),
        (left.iloc[tested], NEW_TESTED),
    ]
    frame = pd.concat([part[list(rows.columns)].assign(**{sides: side}) for part, side in parts], ignore_index=True)
    frame[sides] = frame[sides].astype("str")
    _refuse_one_sided(task, frame[frame[sides].isin([OLD_LEARNED, NEW_LEARNED])])
    return Combined(
        frame, sides, new.known, len(learned), len(tested), int(is_test.sum()), int(is_known.sum()), len(first)
    )


def _as_task(task: Task, old: OldRows, new: NewRows) -> pd.DataFrame:
    """Return new rows with the columns and types that the task's table has: what is learned from, then the rest."""
    features = task.features(old.frame)
    lacking = [str(name) for name in features.columns if name not in new.features]
    if lacking or len(new.features.columns) != len(features.columns):
        raise DataError(
            N_("New rows must have the columns of {task}, but these do not match: {names}."),
            N_("Choose the model that belongs to these rows."),
            task=task.name,
            names=", ".join(map(repr, lacking or list(map(str, new.features.columns)))),
        )
    columns = {str(name): _like(new.features[name], values) for name, values in features.items()}
    columns[task.target] = _answers(task, new.answers)
    by = task.division.column
    if by and by not in columns:
        if new.by is None or (task.division.ordered_by and is_numeric_dtype(old.frame[by]) and new.source == "log"):
            raise DataError(
                N_("The rows of {task} are divided by {column}, which these rows do not have."),
                N_("Bring a table with that column."),
                task=task.name,
                column=repr(by),
            )
        if task.division.groups and new.source == "log":
            raise DataError(
                N_("The rows of {task} are divided by {column}, which the log does not have."),
                N_("Bring a table with that column."),
                task=task.name,
                column=repr(by),
            )
        columns[by] = _like(new.by, old.frame[by])
    return pd.DataFrame(columns).reset_index(drop=True)


def _like(values: pd.Series, known: pd.Series) -> pd.Series:
    if is_numeric_dtype(known):
        return pd.to_numeric(values, errors="coerce").astype(float)
    return values.astype("str")


def _answers(task: Task, answers: pd.Series) -> pd.Series:
    if task.kind == "regression":
        numbers = pd.to_numeric(answers, errors="coerce").astype(float)
        wrong = answers[numbers.isna()]
        if len(wrong):
            raise DataError(
                N_("{target} must be a number in every new row, but one has {value}."),
                N_("Correct the answers, or leave those rows out."),
                target=task.target,
                value=repr(wrong.iloc[0]),
            )
        return numbers
    try:
        words = as_classes(answers, task.class_names, task.class_names).astype("str")
    except ModelError as error:
        raise DataError(
            N_("{target} must be one of {classes}, but the new rows hold {strangers}."),
            N_("Correct the answers, leave those rows out, or bring all rows as a new table."),
            target=task.target,
            classes=", ".join(task.class_names),
            strangers=", ".join(map(str, answers.unique()[:5])),
        ) from error
    strangers = sorted(set(words) - set(task.class_names))
    if strangers:
        raise DataError(
            N_("{target} must be one of {classes}, but the new rows hold {strangers}."),
            N_("Correct the answers, leave those rows out, or bring all rows as a new table."),
            target=task.target,
            classes=", ".join(task.class_names),
            strangers=", ".join(strangers[:5]),
        )
    return words


def _told(frame: pd.DataFrame, inputs: Sequence[str], target: str) -> np.ndarray:
    """Return a number for each row that two rows have in common where all inputs and the answer are the same."""
    return np.asarray(pd.util.hash_pandas_object(frame[[*inputs, target]], index=False))


def _refuse_few(task: Task, left: int, new: NewRows, test_rows: int, known: int) -> None:
    if left >= FEWEST:
        return
    if new.known >= FEWEST and (test_rows or known):
        raise DataError(
            N_("Of {new} new rows {test} are the same as test rows of {task} and {known} the same as rows it learned "
               "from already, so only {left} are left. It takes {fewest}."),
            N_("Bring rows that are really new."),
            new=new.known,
            test=test_rows,
            known=known,
            left=left,
            task=task.name,
            fewest=FEWEST,
        )  # fmt: skip
    raise DataError(
        N_("To train anew takes {fewest} new rows with true answers, some of them to judge by, but there are {left}."),
        N_("Tell more true answers, or bring more rows."),
        fewest=FEWEST,
        left=left,
    )


def _held_out(
    task: Task, old: OldRows, left: pd.DataFrame, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return the places of the new rows to learn from and of those that are held out."""
    if task.division.column:
        learned, tested = _by_column(task, old, left)
    else:
        learned, tested = _by_chance(task, left, _told(left, names, task.target))
    if len(learned) < FEWEST_LEARNED or len(tested) < FEWEST_TESTED:
        raise DataError(
            N_("Of the new rows {least} or more must be held out and {most} or more learned from, but they can only be "
               "divided into {tested} and {learned}."),
            N_("Bring more rows."),
            least=FEWEST_TESTED,
            most=FEWEST_LEARNED,
            tested=len(tested),
            learned=len(learned),
        )  # fmt: skip
    return learned, tested


def _by_chance(task: Task, left: pd.DataFrame, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hold out of each class its share, and of rows that are the same all or none."""
    chance = np.random.default_rng(task.random_state)
    is_class = task.kind == "classification"
    answers = left[task.target].to_numpy() if is_class else np.zeros(len(left))
    tested: list[np.ndarray] = []
    for answer in sorted(set(answers.tolist())):
        own = np.flatnonzero(answers == answer)
        different, counts = np.unique(told[own], return_counts=True)
        order = chance.permutation(len(different))
        enough = np.cumsum(counts[order]) <= round(HELD_OUT * len(own))
        tested.append(own[np.isin(told[own], different[order[enough]])])
    held = np.sort(np.concatenate(tested))
    return np.setdiff1d(np.arange(len(left)), held), held


def _by_column(task: Task, old: OldRows, left: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    from core.training.dividing import divided  # scikit-learn is slow to import
    from core.training.fit import numbered

    division, answers = replace(task.division, sides=""), numbered(task, left[task.target])
    together = pd.concat([old.frame[[division.column]], left[[division.column]]], ignore_index=True)
    keys = keys_of(division, together)
    assert keys is not None  # noqa: S101 - they are divided by a column
    of_old, of_new = keys.to_numpy()[: len(old.frame)], keys.to_numpy()[len(old.frame) :]
    places = np.arange(len(left))
    if division.ordered_by:
        learned, tested = divided(division, task.kind, answers, of_new, test_size=HELD_OUT, seed=task.random_state)
        return places[learned], places[tested]
    # A group that is known stays on the side where it was
    was_tested, was_learned = np.isin(of_new, of_old[old.tested]), np.isin(of_new, of_old[old.learned])
    is_free = ~(was_tested | was_learned)
    learned, tested = places[was_learned], places[was_tested]
    if is_free.any() and len(np.unique(of_new[is_free])) > 1:
        parts = divided(
            division, task.kind, answers[is_free], of_new[is_free], test_size=HELD_OUT, seed=task.random_state
        )
        learned, tested = (np.sort(np.concatenate([known, places[is_free][part]]))
                           for known, part in zip((learned, tested), parts, strict=True))  # fmt: skip
    elif is_free.any():
        learned = np.sort(np.concatenate([learned, places[is_free]]))
    return learned, tested


def _refuse_one_sided(task: Task, learned: pd.DataFrame) -> None:
    counts = learned[task.target].value_counts()
    missing = [name for name in task.class_names if counts.get(name, 0) < 2]
    if missing:
        raise DataError(
            N_("To learn from these rows alone, some of each class must be among them, but of these there are too few: "
               "{names}."),
            N_("Learn from old and new rows together, or bring more rows."),
            names=", ".join(map(repr, missing)),
        )  # fmt: skip
