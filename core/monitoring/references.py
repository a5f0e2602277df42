"""What a window of rows is held against: the rows that a run learned from, as far as it stored them, or one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from core.errors import ModelError
from core.prediction.reference import evaluated_rows
from core.prediction.schema import InputField, typed_frame

Source = Literal["training", "tested", "past", "table"]


@dataclass(frozen=True)
class Reference:
    """Rows with a model's columns and types, and what they are."""

    rows: pd.DataFrame
    source: Source


def training_reference(
    fields: Sequence[InputField],
    training: pd.DataFrame | None,
    sample: pd.DataFrame | None,
    tested: pd.DataFrame | None,
    *,
    by_chance: bool = True,
) -> Reference | None:
    """Return the rows that a model learned from, None where none of its inputs are known.

    ``training`` are those that a run stores of more than 500. Older runs have a ``sample`` of 500 only; where rows were
    divided ``by_chance``, the ``tested`` ones are like them and counted with them, as so few differ by chance alone.
    Of a run that stored no training rows the tested ones have to do.
    """
    known = _typed(fields, training)
    if known is not None:
        return Reference(known, "training")
    learned, asked = _typed(fields, sample), _tested(fields, tested)
    if learned is None or asked is None:
        found = asked if learned is None else learned
        return None if found is None else Reference(found, "tested" if learned is None else "training")
    return Reference(pd.concat([learned, asked], ignore_index=True) if by_chance else learned, "training")


def _typed(fields: Sequence[InputField], table: pd.DataFrame | None) -> pd.DataFrame | None:
    if table is None or table.empty:
        return None
    try:
        return typed_frame(fields, table).reset_index(drop=True)
    except ModelError:  # the run's rows are of other columns than its model's
        return None


def _tested(fields: Sequence[InputField], table: pd.DataFrame | None) -> pd.DataFrame | None:
    if table is None or table.empty:
        return None
    try:
        return evaluated_rows(fields, table).reset_index(drop=True)
    except ModelError:
        return None
