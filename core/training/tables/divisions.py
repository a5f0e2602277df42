"""By what a table's rows are divided before it becomes a task: what is proposed and why, and whether it can be done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import DataError
from core.i18n import N_
from core.training.division import BY_CHANCE, Division, keys_of
from core.training.findings.sentences import Finding, Name
from core.training.findings.single import parts
from core.training.tables.targets import TEST_SIZE, Target

SEED = 42  # a task's own
FEWEST_DAYS = 10
BIRTH = {"birth", "birthday", "birthdate", "born", "dob", "nacimiento", "nacido", "nacida", "cumpleaños"}
TOGETHER = N_(
    "{column} names what several rows share: rows with the same one are kept on one side, as a model that knows one of "
    "them looks better than it is."
)
LATER = N_("{column} holds dates: the later rows are tested on, as a model is asked about what comes after it learned.")


def proposed_division(frame: pd.DataFrame, target: Target, found: Sequence[Finding]) -> tuple[Division, Finding | None]:
    """Return by what rows had better be divided, with why: names that repeat, else dates; by chance where neither is.

    ``found`` are the findings about the table.
    """
    groups = [name for one in found if one.code == "groups" for name in one.columns]
    dates = [str(name) for name, values in frame.items() if _are_days_of_rows(str(name), values)]
    candidates = [(Division(groups=name), TOGETHER) for name in groups]
    candidates += [(Division(ordered_by=name), LATER) for name in dates]
    for division, why in candidates:
        if division.column != target.column and refusal(frame, target, division) is None:
            return division, Finding("division", (division.column,), why, {"column": Name(division.column)})
    return BY_CHANCE, None


def refusal(frame: pd.DataFrame, target: Target, division: Division) -> DataError | None:
    """Return why a table's rows cannot be divided so; None where they can."""
    from core.training.dividing import divided  # scikit-learn is slow to import

    if not division.column:
        return None
    if division.column == target.column:
        return DataError(
            N_("Rows cannot be divided by what is to be predicted, {column}."),
            N_("Choose another column, or divide by chance."),
            column=repr(division.column),
        )
    known = frame[frame[target.column].notna()]
    is_class = target.kind == "classification"
    answers = pd.factorize(known[target.column])[0] if is_class else np.zeros(len(known))
    try:
        keys = keys_of(division, known)
        if keys is not None:
            divided(division, target.kind, answers, keys.to_numpy(), test_size=TEST_SIZE, seed=SEED)
    except DataError as error:
        return error
    return None


def _are_days_of_rows(name: str, values: pd.Series) -> bool:
    if not pd.api.types.is_datetime64_any_dtype(values) or set(parts(name)) & BIRTH:
        return False
    return bool(values.notna().all()) and values.nunique() >= FEWEST_DAYS
