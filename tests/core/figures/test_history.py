from __future__ import annotations

import pytest

from core.figures.history import history, history_data
from core.figures.style import Style
from core.i18n import speaking

ROWS = [(1, 0.5, 0.5), (2, 0.4, 0.5), (4, 0.7, 0.7)]


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_trial_is_a_circle_and_the_best_until_then_a_line(language: str) -> None:
    with speaking(language):
        figure = history(ROWS, "cv_f1", Style(dark=False))
    trials, best = figure.data
    assert list(trials.y) == [0.5, 0.4, 0.7]
    assert list(best.y) == [0.5, 0.5, 0.7]
    assert best.line.shape == "hv"
    assert "cv_f1" in figure.layout.title.text


def test_its_table_has_a_row_a_trial() -> None:
    assert history_data(ROWS).to_dict("list") == {
        "number": [1, 2, 4],
        "value": [0.5, 0.4, 0.7],
        "best": [0.5, 0.5, 0.7],
    }


def test_without_a_finished_trial_it_says_so() -> None:
    figure = history([], "cv_f1", Style(dark=True))
    assert not figure.data
    assert "No trial has" in figure.layout.annotations[0].text
