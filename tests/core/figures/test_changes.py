from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.noise import Interval
from core.figures.changes import PLACES, WORDS, shares, shares_data
from core.figures.scores import scores, scores_data
from core.figures.style import Style
from core.monitoring.scores import Score, Scores
from core.monitoring.windows import Window


def words(*counts: tuple[str | None, int]) -> pd.Series:
    return pd.Series([word for word, count in counts for _ in range(count)], dtype=object)


def test_words_come_with_their_shares_and_what_is_missing() -> None:
    table = shares_data(words(("Lima", 3), ("Lugo", 1)), words(("Lima", 1), (None, 1)))
    assert table.set_index("place").to_dict("index") == {
        "Lima": {"before": 0.75, "now": 0.5},
        "(missing)": {"before": 0.0, "now": 0.5},
        "Lugo": {"before": 0.25, "now": 0.0},
    }


def test_rare_words_are_drawn_together() -> None:
    many = words(*((f"word {place}", 30 - place) for place in range(20)))
    table = shares_data(many, many)
    assert len(table) == WORDS
    assert table["place"].iloc[-1] == "others"
    assert table["before"].sum() == pytest.approx(1)


def test_numbers_are_put_into_the_same_places_and_the_ends_take_the_rest() -> None:
    made = np.random.default_rng(0)
    before, now = pd.Series(made.normal(size=1000)), pd.Series([*made.normal(1, 1, 499), 1e9])
    table = shares_data(before, now)
    assert len(table) == PLACES
    assert table[["before", "now"]].sum().tolist() == pytest.approx([1, 1])
    assert table["now"].iloc[-1] > table["before"].iloc[-1]


def test_few_different_numbers_are_drawn_one_by_one_in_their_order() -> None:
    table = shares_data(pd.Series([3.0, 1.0, 2.0, 1.0]), pd.Series([2.0, 10.0]))
    assert table["place"].tolist() == ["1", "2", "3", "10"]
    assert table["before"].tolist() == [0.5, 0.25, 0.25, 0.0]


def test_missing_numbers_have_a_place() -> None:
    numbers = pd.Series([*map(float, range(30)), np.nan, np.nan])
    assert shares_data(numbers, numbers)["place"].iloc[-1] == "(missing)"


def test_nothing_to_draw_says_so() -> None:
    figure = shares(pd.Series([np.nan]), pd.Series([np.nan]), "size", Style(), ("before", "now"))
    assert not figure.data
    assert "There are no values to draw." in str(figure.layout.annotations)


def test_both_sides_are_told_apart_without_colour() -> None:
    figure = shares(words(("a", 2)), words(("b", 2)), "word", Style(), ("before", "now"))
    assert [bar.name for bar in figure.data] == ["before", "now"]
    assert figure.data[0].marker.pattern.shape != figure.data[1].marker.pattern.shape


def test_a_worse_window_has_a_shape_and_a_name_of_its_own() -> None:
    window = Window(None, None, np.arange(10))
    good = Score(window, 10, 10, Interval(0.9, 0.6, 1.0), 1.0, "not_known_worse")
    bad = Score(window, 10, 10, Interval(0.2, 0.1, 0.4), 0.001, "worse")
    none = Score(window, 10, 0, None, np.nan, "no_truth")
    found = Scores("accuracy", Interval(0.9, 0.8, 1.0), 50, (good, bad, none), good)
    assert scores_data(found, ["1", "2", "3"])["worse"].tolist() == [False, True]
    figure = scores(found, ["1", "2", "3"], "accuracy", Style())
    assert [(trace.name, list(trace.x)) for trace in figure.data] == [
        ("on the test rows", ["1", "2"]), ("not known to be worse", ["1"]), ("worse for certain", ["2"]),
    ]  # fmt: skip
    assert len({trace.marker.symbol for trace in figure.data}) == 3
