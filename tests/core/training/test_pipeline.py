from __future__ import annotations

import numpy as np
import pandas as pd

from core.training.pipeline import build_pipeline, original_columns
from core.training.specs import complete
from trainers.algorithms import linear_regression

FEATURES = pd.DataFrame(
    {
        "city": ["Lima", "Quito", None, "Lima"],
        "age": [30.0, np.nan, 50.0, 40.0],
        "empty": [np.nan] * 4,
    }
).astype({"city": "str"})
ANSWERS = np.arange(4.0)


def fitted(scale: bool) -> object:
    algorithm = linear_regression(scale=scale)
    return build_pipeline(algorithm, complete(algorithm.parameters, {}), FEATURES).fit(FEATURES, ANSWERS)


def test_numbers_come_before_words_and_no_category_is_dropped() -> None:
    assert original_columns(fitted(scale=False)) == ["age", "empty", "city", "city"]


def test_gaps_become_the_median_and_the_most_frequent_word() -> None:
    columns = fitted(scale=False).named_steps["columns"].transform(FEATURES)  # type: ignore[attr-defined]
    assert columns.tolist() == [[30, 0, 1, 0], [40, 0, 0, 1], [50, 0, 1, 0], [40, 0, 1, 0]]


def test_scaled_numbers_have_mean_zero() -> None:
    columns = fitted(scale=True).named_steps["columns"].transform(FEATURES)  # type: ignore[attr-defined]
    assert np.allclose(columns[:, 0].mean(), 0)


def test_a_word_never_seen_counts_as_none() -> None:
    stranger = pd.DataFrame({"city": ["Cuzco"], "age": [30.0], "empty": [np.nan]})
    columns = fitted(scale=False).named_steps["columns"].transform(stranger)  # type: ignore[attr-defined]
    assert columns.tolist() == [[30, 0, 0, 0]]
