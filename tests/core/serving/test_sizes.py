from __future__ import annotations

import threading

import numpy as np
import pytest

from core.serving.sizes import size_of


def test_the_memory_of_a_model_is_what_its_data_come_to() -> None:
    arrays = {"trees": [np.ones(100_000), np.ones((300, 10), dtype="float32")]}
    known = 100_000 * 8 + 3000 * 4
    assert known <= (size_of(arrays) or 0) < known + 2000


def test_data_that_two_parts_share_count_once() -> None:
    shared = np.ones(100_000)
    assert (size_of([shared, shared]) or 0) < 900_000


def test_what_cannot_be_pickled_has_no_size() -> None:
    assert size_of(threading.Lock()) is None


@pytest.mark.long
def test_a_forests_size_is_near_that_of_its_file() -> None:
    from pickle import dumps

    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    rows, classes = load_iris(return_X_y=True)
    forest = RandomForestClassifier(50).fit(rows, classes)
    assert size_of(forest) == pytest.approx(len(dumps(forest, 5)), rel=0.1)
