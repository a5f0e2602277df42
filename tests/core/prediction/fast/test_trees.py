from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from core.prediction.fast import trees
from core.prediction.fast.preparing import CannotSayError, UnsupportedError
from core.prediction.fast.way import same_bits

ROWS, CLASSES = make_classification(300, 6, n_informative=4, n_classes=3, random_state=0)
AMOUNTS = make_regression(300, 6, random_state=0)[1]


@pytest.mark.part(8)
@pytest.mark.parametrize("most", [0, 10_000_000])
@pytest.mark.parametrize("count", [1, trees.BY_ONE, trees.BY_ONE + 1])
def test_forests_say_the_same_whether_or_not_numpy_walks_through_them(
    most: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "MOST_NODES", most)
    classifier = RandomForestClassifier(12, random_state=0).fit(ROWS, CLASSES)
    regressor = RandomForestRegressor(12, random_state=0).fit(ROWS, AMOUNTS)
    assert (trees.forest(classifier).walk is None) == (most == 0)
    for at in range(0, 60, count):
        some = ROWS[at : at + count] + 0.01
        assert same_bits(trees.forest(classifier)(some), classifier.predict_proba(some))
        assert same_bits(trees.forest(regressor)(some)[:, 0], regressor.predict(some))


@pytest.mark.part(2)
@pytest.mark.parametrize("gaps", [False, True])
def test_boosted_trees_send_gaps_to_the_same_side(gaps: bool) -> None:
    rows = np.where(ROWS > 1.5, np.nan, ROWS) if gaps else ROWS
    for model in (
        HistGradientBoostingClassifier(max_iter=9).fit(rows, CLASSES),
        HistGradientBoostingClassifier(max_iter=9).fit(rows, CLASSES > 0),
        HistGradientBoostingRegressor(max_iter=9, loss="poisson").fit(rows, np.abs(AMOUNTS)),
    ):
        walk = trees.boosted(model)
        asked = np.where(np.random.default_rng(0).random(ROWS.shape) < 0.2, np.nan, ROWS)
        assert same_bits(walk(asked), model._raw_predict(asked))


def test_what_is_too_large_for_a_forest_or_missing_is_not_said() -> None:
    forest = trees.forest(RandomForestRegressor(3).fit(ROWS, AMOUNTS))
    for odd in (1e39, np.nan, np.inf):
        with pytest.raises(CannotSayError, match="missing, or too large"):
            forest(np.full((1, 6), odd))


def test_several_answers_and_categories_are_not_known_here() -> None:
    several: Any = RandomForestRegressor(3).fit(ROWS, np.column_stack([AMOUNTS, AMOUNTS]))
    with pytest.raises(UnsupportedError, match="several answers"):
        trees.forest(several)
    whole = np.abs(ROWS).round()
    with pytest.raises(UnsupportedError, match="categories"):
        trees.boosted(HistGradientBoostingRegressor(categorical_features=[0], max_iter=5).fit(whole, AMOUNTS))
