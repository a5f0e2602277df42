"""By what rows are divided into those to learn from and to test on: by chance, by a column's groups, or in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import DataError
from core.i18n import N_
from core.store.runs.tables import GROUPS_PARAM, ORDER_PARAM

LOGGED = (GROUPS_PARAM, ORDER_PARAM)
# What a column of sides says of a row: it was there before or is new, and is learned from or tested on
OLD_LEARNED, OLD_TESTED, NEW_LEARNED, NEW_TESTED = "old, learned", "old, tested", "new, learned", "new, tested"
TESTED = (OLD_TESTED, NEW_TESTED)


@dataclass(frozen=True)
class Division:
    """By what rows are divided: by chance where neither column is named.

    Rows with the same value of ``groups`` are never on both sides. With ``ordered_by`` the later rows are tested on,
    by dates (with times of day, where they have some) or numbers. Neither column is learned from. Where a column of
    ``sides`` says of each row what it is for, that decides, and the others divide only those to learn from.
    """

    groups: str = ""
    ordered_by: str = ""
    sides: str = ""

    def __post_init__(self) -> None:
        """Refuse both at once: the later rows of a group cannot be asked for while it is on one side only."""
        if self.groups and self.ordered_by:
            raise DataError(
                N_("Rows are divided by groups or in time, but both were asked for: {groups} and {ordered_by}."),
                N_("Choose one of them."),
                groups=repr(self.groups),
                ordered_by=repr(self.ordered_by),
            )

    @property
    def column(self) -> str:
        """The column that rows are divided by; empty where it is chance, or only written down."""
        return self.groups or self.ordered_by

    @property
    def is_by_chance(self) -> bool:
        """Tell whether nothing but a seed decides which rows are tested on."""
        return not (self.column or self.sides)

    def logged(self) -> dict[str, str]:
        """Return the parameters of a run that say by what its rows were divided: none where by chance."""
        return {name: column for name, column in zip(LOGGED, (self.groups, self.ordered_by), strict=True) if column}


BY_CHANCE = Division()


def keys_of(division: Division, frame: pd.DataFrame) -> pd.Series | None:
    """Return a whole number for each row of a table: which group it is of, or how early it is; None where by chance.

    Rows without a group are one group together, as nobody knows whose they are. Where sides are written down the number
    is odd for rows that are tested on, and its half is the rest.

    Raises:
        DataError: there is no such column, or a row has no place in time.
    """
    keys = _keys_of_column(division, frame)
    if not division.sides:
        return keys
    tested = frame[division.sides].isin(TESTED).astype("int64")
    return tested if keys is None else 2 * keys + tested


def written_sides(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of the rows to learn from and of the test rows, by keys that say so."""
    return np.flatnonzero(keys % 2 == 0), np.flatnonzero(keys % 2 == 1)


def _keys_of_column(division: Division, frame: pd.DataFrame) -> pd.Series | None:
    if not division.column:
        return None
    if division.column not in frame.columns:
        raise DataError(
            N_("The table has no column {column}."),
            N_("Choose one of {names}."),
            column=repr(division.column),
            names=", ".join(repr(str(name)) for name in frame.columns),
        )
    values = frame[division.column]
    if division.groups:
        return pd.Series(pd.factorize(values, use_na_sentinel=False)[0], frame.index)
    moments = _moments(values)
    unknown = int(moments.isna().sum())
    if unknown:
        raise DataError(
            N_("To test on later rows, {column} must hold a date or a number in every row, but {count} of {rows} have "
               "none."),
            N_("Choose another column, or leave those rows out."),
            column=repr(division.ordered_by),
            count=unknown,
            rows=len(values),
        )  # fmt: skip
    return pd.Series(np.unique(moments.to_numpy(), return_inverse=True)[1], frame.index)


def _moments(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    if pd.api.types.is_bool_dtype(values):
        return pd.Series(np.nan, values.index)
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float).replace([np.inf, -np.inf], np.nan)
    return pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)
