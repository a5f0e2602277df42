"""How far runs are behind the best: the verdict's own intervals, and what it says of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.folds import FoldDifference
from core.comparison.grounds import Pair
from core.comparison.noise import Difference
from core.figures.behind import behind, behind_data
from core.figures.style import Style
from core.i18n import speaking
from core.store.runs.tables import INFO_COLUMNS, Runs

IDS = ["best", "worse", "close", "same", "foreign"]
PAIRS = [
    Pair("best", "worse", Difference("better", gap=0.0178, low=0.005, high=0.031)),
    Pair("best", "close", Difference("close", gap=0.02, low=-0.01, high=0.05)),
    Pair("best", "same", Difference("identical", gap=0.0, low=0.0, high=0.0)),
    Pair("best", "foreign", Difference("unknown", "no_table")),
]


def made_runs(metric="r2", values=(0.8091, 0.7913, 0.7891, 0.8091, 0.7)):
    info = pd.DataFrame("", index=IDS, columns=INFO_COLUMNS, dtype=object)
    return Runs(info, pd.DataFrame(index=IDS), pd.DataFrame({metric: values}, index=IDS))


def test_the_intervals_are_those_of_the_differences_not_differences_of_intervals() -> None:
    table = behind_data(made_runs(), "r2", PAIRS, {})
    assert table.loc["worse", ["behind", "low", "high"]].tolist() == [0.0178, 0.005, 0.031]
    drawn = behind(made_runs(), "r2", PAIRS, {}, Style()).data[0]
    low, high = drawn.x - drawn.error_x.arrayminus, drawn.x + drawn.error_x.array
    assert (low[1], high[1]) == pytest.approx((0.005, 0.031))
    assert (low[2], high[2]) == pytest.approx((-0.01, 0.05))


def test_the_table_says_what_the_verdict_says_of_each_run() -> None:
    said = behind_data(made_runs(), "r2", PAIRS, {})["standing"]
    assert said.to_dict() == {
        "best": "the best", "worse": "really worse", "close": "too close to call", "same": "equally good",
        "foreign": "not known",
    }  # fmt: skip


def test_outcomes_are_told_apart_by_shape_and_word() -> None:
    figure = behind(made_runs(), "r2", PAIRS, {}, Style())
    assert len(set(figure.data[0].marker.symbol)) == 5
    names = [name.strip() for name in figure.layout.yaxis.ticktext]
    assert names[:3] == ["★ best · the best", "worse · really worse", "close · too close to call"]
    assert [text.strip() for text in figure.data[1].text[1:3]] == ["0.0178", "0.02"]


def test_zero_is_on_the_axis_and_its_line_is_drawn_at_each_mark_and_through_no_name() -> None:
    figure = behind(made_runs(), "r2", PAIRS, {}, Style())
    axis, rows = figure.layout.xaxis, figure.data[0].y
    assert axis.range[0] <= 0 < axis.range[1]
    assert [(line.x0, line.x1) for line in figure.layout.shapes] == [(0, 0)] * len(rows)
    for line, row in zip(figure.layout.shapes, rows, strict=True):
        assert line.y0 < row < line.y1
        assert all(not line.y0 <= name <= line.y1 for name in figure.layout.yaxis.tickvals)


def test_a_run_whose_noise_is_not_known_has_its_logged_gap_and_no_interval() -> None:
    row = behind_data(made_runs(), "r2", PAIRS, {}).loc["foreign"]
    assert row["behind"] == pytest.approx(0.1091)
    assert np.isnan([row["low"], row["high"]]).all()


def test_behind_is_a_distance_whichever_way_is_better() -> None:
    table = behind_data(made_runs("rmse", (1, 3, 2, 1, 4)), "rmse", PAIRS[3:], {})
    assert table.loc["foreign", "behind"] == 3.0


def test_spanish_readers_read_words_of_their_own() -> None:
    with speaking("es"):
        assert behind_data(made_runs(), "r2", PAIRS, {}).loc["worse", "standing"] == "realmente peor"


def test_names_stand_where_they_stand_beside_the_bars() -> None:
    axis = behind(made_runs(), "r2", PAIRS, {}, Style()).layout.yaxis
    assert np.diff(axis.tickvals) == pytest.approx(1.82)


def test_where_folds_speak_too_it_is_said_that_the_lines_are_of_the_test_rows_alone() -> None:
    folds = FoldDifference("better", 0.02, 5, 0.01)
    pairs = [Pair("best", "close", PAIRS[1].difference, folds)]
    figure = behind(made_runs(), "r2", pairs, {}, Style())
    assert "of the test rows" in figure.layout.title.subtitle.text.replace("<br>", " ")
    assert behind_data(made_runs(), "r2", pairs, {}).at["close", "standing"] == "really worse"
    assert "of the test rows" not in behind(made_runs(), "r2", PAIRS, {}, Style()).layout.title.subtitle.text
