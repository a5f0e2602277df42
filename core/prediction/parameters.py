"""Parameters of a model's signature: asked beside its inputs, and given apart from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.answers import Predictions


def by_parameters(rows: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
    """Yield the places of rows that have the same parameters, with these; what is missing has the model's default."""
    values = rows[list(names)].astype(object).where(rows[list(names)].notna(), None)
    order: dict[tuple[Any, ...], list[int]] = {}
    for place, line in enumerate(values.itertuples(index=False, name=None)):
        order.setdefault(line, []).append(place)
    for line, places in order.items():
        given = {name: value for name, value in zip(names, line, strict=True) if value is not None}
        yield (
            np.array(places),
            {name: value.item() if hasattr(value, "item") else value for name, value in given.items()},
        )


def joined(parts: Sequence[tuple[np.ndarray, Predictions]]) -> Predictions:
    """Return answers to some rows each as those to all, in the order of their places.

    Raises:
        ModelError: they are of different kinds.
    """
    if len(parts) == 1:
        return parts[0][1]
    order = np.argsort(np.concatenate([places for places, _said in parts]), kind="stable")
    all_said = [said for _places, said in parts]
    kinds = {(said.is_class, tuple(said.outputs), said.probabilities is None, tuple(said.chances)) for said in all_said}
    if len(kinds) > 1:
        raise ModelError(
            N_("With these parameters the model gives rows answers of different kinds, so they are no table."),
            N_("Use the same parameters for all rows."),
        )
    first = all_said[0]
    return Predictions(
        np.concatenate([said.values for said in all_said])[order],
        None if first.probabilities is None else _tables([said.probabilities for said in all_said], order),
        {name: np.concatenate([said.outputs[name] for said in all_said])[order] for name in first.outputs},
        {name: _tables([said.chances[name] for said in all_said], order) for name in first.chances},
    )


def _tables(tables: Sequence[Any], order: np.ndarray) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True).iloc[order].reset_index(drop=True)
