"""Move the world: rows whose true answers are known, changed as it might change, to see what a check makes of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from core.i18n import N_, _, percent
from core.prediction.schema import NUMPY_TYPES, InputField
from core.text import plain

Kind = Literal["scaled", "never_seen", "missing", "turned"]

KINDS: Mapping[Kind, str] = {
    "scaled": N_("Numbers go up or down"),
    "never_seen": N_("A word that it has never seen"),
    "missing": N_("Values go missing"),
    "turned": N_("The same inputs come to mean something else"),
}
NEW_WORD = "Atlantis"
LOWEST = -0.5  # of a number's change; shares of rows begin at none, and all end at the whole
USUAL: Mapping[Kind, float] = {"scaled": 0.3, "never_seen": 0.3, "missing": 0.5, "turned": 0.15}


@dataclass(frozen=True)
class Shift:
    """What changes, and how much.

    ``amount`` is by how much numbers of a ``column`` go up (0.3 is 30 %), else the share of the rows that change.
    ``turned`` changes true answers, and no column: a class becomes another, a number is mirrored in the middle of all.
    """

    kind: Kind
    column: str
    amount: float


def columns_for(kind: Kind, fields: Sequence[InputField]) -> list[str]:
    """Return the inputs that can change so."""
    inputs = [one for one in fields if not one.is_parameter]
    if kind == "scaled":
        return [one.name for one in inputs if one.is_number]
    if kind == "never_seen":
        return [one.name for one in inputs if one.kind in {"category", "text"} and one.dtype == "string"]
    return [one.name for one in inputs] if kind == "missing" else []


def kinds_for(fields: Sequence[InputField]) -> list[Kind]:
    """Return in which ways these inputs, or what they mean, can change."""
    return [kind for kind in get_args(Kind) if kind == "turned" or columns_for(kind, fields)]


def some_of(tested: pd.DataFrame, count: int, draw: int = 1) -> pd.DataFrame:
    """Return so many test rows by chance, the same ones for each ``draw``: all of them where there are no more."""
    return tested.sample(min(count, len(tested)), random_state=draw).reset_index(drop=True)


def shifted(
    rows: pd.DataFrame, truths: pd.Series, fields: Sequence[InputField], shift: Shift
) -> tuple[pd.DataFrame, pd.Series]:
    """Return rows with the model's columns and types, and their true answers, as they would be after a shift.

    What changes in some of the rows changes in these too where it changes in more.
    """
    order = np.random.default_rng(0).permutation(len(rows))
    struck = order[: round(abs(shift.amount) * len(rows))]
    if shift.kind == "turned":
        return rows, _turned(truths, struck)
    field = next(one for one in fields if one.name == shift.column)
    values = rows[shift.column]
    if shift.kind == "scaled":
        return rows.assign(**{shift.column: _scaled(values, field, 1 + shift.amount)}), truths
    changed = values.astype(object)
    changed.iloc[struck] = _new_word(field) if shift.kind == "never_seen" else None
    if values.isna().all() or not len(struck):
        typed = changed if len(struck) else values
    elif field.is_number:
        typed = changed.astype("float64")  # whole numbers have no room for what is missing
    elif field.kind == "date":
        typed = pd.to_datetime(changed)
    else:
        typed = changed if field.dtype == "boolean" else changed.astype(values.dtype)
    return rows.assign(**{shift.column: typed}), truths


def _scaled(values: pd.Series, field: InputField, factor: float) -> pd.Series:
    scaled = values.astype("float64") * factor
    if not field.only_whole:
        return scaled.astype(values.dtype)
    whole = scaled.round()
    if field.dtype in {"long", "integer"} and not whole.isna().any():
        info = np.iinfo(NUMPY_TYPES[field.dtype])
        return whole.clip(float(info.min), np.nextafter(float(info.max), 0)).astype(values.dtype)
    return whole


def _new_word(field: InputField) -> str:
    word = NEW_WORD
    while word in field.choices:
        word += "!"
    return word


def _turned(truths: pd.Series, struck: np.ndarray) -> pd.Series:
    turned = truths.copy()
    if pd.api.types.is_numeric_dtype(truths) and not pd.api.types.is_bool_dtype(truths):
        turned = turned.astype("float64")
        turned.iloc[struck] = 2 * float(truths.median()) - turned.iloc[struck]
        return turned
    classes = sorted(truths.dropna().unique(), key=str)
    following = dict(zip(classes, [*classes[1:], *classes[:1]], strict=True))
    turned.iloc[struck] = [following.get(one, one) for one in truths.iloc[struck]]
    return turned


def shift_words(shift: Shift) -> str:
    """Say what changed, in the reader's language."""
    share = percent(abs(shift.amount), 0)
    if not shift.amount:
        return _("Nothing is changed yet.")
    if shift.kind == "scaled":
        words = _("{column} is {share} higher in every row.") if shift.amount > 0 else _(
            "{column} is {share} lower in every row."
        )  # fmt: skip
    elif shift.kind == "never_seen":
        words = _("In {share} of the rows {column} is a word that no row had before.")
    elif shift.kind == "missing":
        words = _("In {share} of the rows {column} is missing.")
    else:
        words = _("The inputs stay as they are, but in {share} of the rows the true answer has become another one.")
    return words.format(column=plain(shift.column, 40), share=share)
