"""One row of answers with some inputs changed: which values an input may take, and the rows that result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.prediction.names import by_name, matches, word_among
from core.prediction.schema import (
    WHOLE_TYPES,
    Answer,
    InputField,
    fit_values,
    form_value,
    input_frame,
    typed,
)

STEPS = 20  # about so many round numbers between the smallest and the largest of training
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FEW = 12  # a number that training saw in so few sizes has no others
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Variations:
    """One row of answers, and other values for some of its inputs.

    ``now`` is the row with the model's types. ``values`` are the other values by input; ``fitting`` has the same in
    the model's types.
    """

    now: pd.DataFrame
    values: Mapping[str, Sequence[Answer]]
    fitting: Mapping[str, pd.Series]

    def frames(self, codes: np.ndarray) -> Iterator[tuple[np.ndarray, pd.DataFrame]]:
        """Yield rows to ask a model, with their places in ``codes``; together they are all of them.

        ``codes`` has shape (rows, inputs in the order of ``values``): 0 leaves the input as it is, n gives it its n-th
        value. It is one table, unless an input is empty now: rows that fill it come apart from rows that do not, so
        that each row has the types that it would have alone.
        """
        empty = [place for place, name in enumerate(self.values) if self.now[name].isna().iloc[0]]
        patterns, groups = np.unique(codes[:, empty] > 0, axis=0, return_inverse=True)
        for group in range(len(patterns)):
            places = np.flatnonzero(groups.ravel() == group)
            yield places, self._frame(codes[places])

    def _frame(self, codes: np.ndarray) -> pd.DataFrame:
        whole = self.now.take(np.zeros(len(codes), dtype=np.intp)).reset_index(drop=True)
        changed = {}
        for place, name in enumerate(self.values):
            wanted = codes[:, place]
            if not wanted.any():
                continue
            pool = pd.concat([self.now[name], self.fitting[name]], ignore_index=True) if not wanted.all() else None
            column = self.fitting[name].take(wanted - 1) if pool is None else pool.take(wanted)
            changed[name] = column.reset_index(drop=True)
        return whole.assign(**changed)


def vary(
    fields: Sequence[InputField], answers: Mapping[str, Answer], values: Mapping[str, Sequence[Answer]]
) -> Variations:
    """Return a row of answers with other ``values`` for some of its inputs, by the names that ``fields`` have.

    Raises:
        ModelError: an answer, or one of the values, does not fit its column's type.
    """
    by = {field.name: field for field in fields}
    fitting = {name: typed(pd.Series(list(some), dtype=object), by[name]) for name, some in values.items()}
    return Variations(input_frame(fields, answers), values, fitting)


def answer_now(field: InputField, answers: Mapping[str, Answer]) -> Answer:
    """Return the answer to one field as a number, word or yes/no; None where it is empty."""
    value = by_name([field.name], answers).get(field.name)
    return None if value is None or value != value else form_value(value, field)


def is_yes_no(field: InputField) -> bool:
    """Tell whether an input is true or false."""
    return field.dtype == "boolean" and not field.choices


def is_whole(field: InputField) -> bool:
    """Tell whether an input's numbers have no decimals."""
    return field.kind == "integer" or field.dtype in WHOLE_TYPES


def can_vary(field: InputField) -> bool:
    """Tell whether it is known what else an input could be; it is not for texts, dates and numbers without range."""
    return bool(field.choices) or is_yes_no(field) or field.has_range


def known_values(field: InputField, reference: pd.DataFrame | None) -> pd.Series:
    """Return an input's values in training rows, in the model's type; none where the rows do not have them."""
    places = matches([field.name], reference.columns) if reference is not None else {}
    if reference is None or field.name not in places:
        return pd.Series([], dtype=float)
    fitting, bad = fit_values(reference[places[field.name]], field)
    return fitting[~bad].dropna()


def other_values(field: InputField, now: Answer, known: pd.Series) -> list[Answer]:
    """Return what an input could be beside what it is, nothing outside of what training saw.

    Numbers are about 20 round ones, the smallest and the largest of training, and some quantiles of the ``known``
    training values; where these are of a few sizes only, exactly those. Of a category it is each choice.
    """
    values: list[Answer]
    if field.choices:
        same = None if now is None else word_among(str(now), field.choices)
        return [choice for choice in field.choices if choice != same]
    if is_yes_no(field):
        return [value for value in (False, True) if now is None or value != bool(now)]
    if field.low is None or field.high is None or not field.has_range:
        return []
    numbers = _numbers(field.low, field.high, is_whole(field), known.to_numpy(dtype=float))
    values = [round(value) if is_whole(field) else value for value in numbers.tolist()]
    span = field.high - field.low
    return [value for value in values if not isinstance(now, int | float) or abs(float(value or 0) - now) > span * 1e-9]


def _numbers(low: float, high: float, whole: bool, known: np.ndarray) -> np.ndarray:
    known = np.sort(known[(known >= low) & (known <= high)])
    sizes = np.unique(known)
    if 1 < len(sizes) <= FEW and len(known) > 2 * len(sizes):
        return sizes
    quantiles = np.quantile(known, QUANTILES, method="inverted_cdf") if len(known) else known
    ends = np.array([math.ceil(low), math.floor(high)] if whole else [low, high], dtype=float)
    numbers = np.unique(np.concatenate([round_numbers(low, high, whole), quantiles, ends]))
    return numbers[(numbers >= low) & (numbers <= high)]


def round_numbers(low: float, high: float, whole: bool = False, steps: int = STEPS) -> np.ndarray:
    """Return the multiples of a round step between both ends, at most ``steps`` + 1 and about half of that or more.

    >>> round_numbers(0.4, 2.1, steps=5).tolist(), round_numbers(18, 21, whole=True).tolist()
    ([0.5, 1.0, 1.5, 2.0], [18.0, 19.0, 20.0, 21.0])
    """
    least = (high - low) / steps
    if not math.isfinite(least) or least <= 0:
        return np.array([])
    power = 10.0 ** math.floor(math.log10(least))
    step = next(one * power for one in ROUND if one * power >= least * (1 - 1e-9))
    if whole and (step < 1 or step % 1):
        step = float(math.ceil(step))
    decimals = max(0, 2 - math.floor(math.log10(step)))
    counts = np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    numbers = np.round(counts * step, min(decimals, 300))
    return np.asarray(numbers[(numbers >= low) & (numbers <= high)], dtype=float)
