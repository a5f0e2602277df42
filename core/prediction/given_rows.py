"""Rows in the shape that a model takes: with the categories it keeps, as texts, or as MLflow's type hints want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.prediction.classes import class_word

TWO_TEXTS = ("a good thing", "another word")


def with_categories(rows: pd.DataFrame, kept: Mapping[int, tuple[Any, ...]]) -> pd.DataFrame:
    """Return rows whose columns at these places are pandas' categories; what is none of them is missing."""
    columns = {}
    for place, name in enumerate(rows.columns):
        if place in kept:
            known = {class_word(category): category for category in kept[place]}
            values = [known.get(class_word(value)) if pd.notna(value) else None for value in rows.iloc[:, place]]
            columns[name] = pd.Categorical(values, categories=list(kept[place]))
        else:
            columns[name] = rows.iloc[:, place]
    return pd.DataFrame(columns, index=rows.index)


def takes_texts(model: Any, rows: pd.DataFrame) -> bool:
    """Tell whether an estimator of one column of words wants them as texts, without a table around them.

    A vectorizer that is given a table reads the names of its columns, and whatever is around it may hide that. What
    wants a table refuses texts without one, so two texts are tried.
    """
    if rows.shape[1] != 1 or not _are_words(rows.iloc[:, 0]) or not hasattr(model, "get_params"):
        return False
    try:
        return bool(np.shape(model.predict(pd.Series(TWO_TEXTS, name=rows.columns[0])))[:1] == (2,))
    except Exception:  # noqa: BLE001 - a model may refuse what is no table in any way
        return False


def _are_words(column: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def as_hinted(rows: pd.DataFrame) -> Any:
    """Return rows as a function with type hints takes them: a list of values, or of mappings where they have names."""
    plain = rows.astype(object).where(rows.notna(), None)
    if list(plain.columns) == ["1"]:
        return plain.iloc[:, 0].tolist()
    return [{name: value for name, value in row.items() if value is not None} for row in plain.to_dict("records")]
