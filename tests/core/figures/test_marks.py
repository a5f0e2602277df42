"""Runs keep their colours, names and ids on every figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from core.comparison.grounds import Pair
from core.comparison.noise import Difference
from core.figures import bars, behind, curves, parallel, pareto, scatter
from core.figures.marks import (
    enclosed_ids,
    evenly,
    first_and_highlighted,
    name_points,
    places_of,
    selected_ids,
    spaced,
)
from core.figures.style import Style
from core.store.runs.tables import INFO_COLUMNS, Runs


def made_runs(count):
    ids = [f"id{place}" for place in range(count)]
    values = np.linspace(0.1, 0.9, count)
    params = pd.DataFrame({"depth": [str(place) for place in range(count)], "kind": ["gini", "auto"] * (count // 2)},
                          index=ids, dtype=object)  # fmt: skip
    metrics = pd.DataFrame({"accuracy": values, "rmse": values}, index=ids)
    return Runs(pd.DataFrame("", index=ids, columns=INFO_COLUMNS, dtype=object), params, metrics)


RUNS = made_runs(12)
HISTORY = pd.DataFrame([(i, step, 1.0) for i in RUNS.ids for step in range(3)], columns=["run_id", "step", "value"])
PAIRS = [Pair("id11", f"id{place}", Difference("close", gap=0.1, low=-0.1, high=0.3)) for place in range(11)]
PLACES = {"id3": 4, "id7": 0}
FIGURES = {
    "bars": lambda marked: bars.metric_bars(RUNS, "accuracy", {}, Style(), highlight=marked),
    "behind": lambda marked: behind.behind(RUNS, "accuracy", PAIRS, {}, Style(), highlight=marked),
    "scatter": lambda marked: scatter.scatter(RUNS, "depth", "rmse", {}, Style(), highlight=marked),
    "categories": lambda marked: scatter.scatter(RUNS, "kind", "rmse", {}, Style(), highlight=marked),
    "pareto": lambda marked: pareto.pareto(RUNS, "accuracy", "rmse", {}, Style(), highlight=marked),
    "curves": lambda marked: curves.metric_curves(HISTORY, "loss", {}, Style(), highlight=marked),
}


def drawn_ids(figure):
    """Every run with a mark, as choosing all points would find them."""
    points = []
    for curve, trace in enumerate(figure.data):
        rows = len(trace.customdata) if trace.customdata is not None else 1
        points += [{"curve_number": curve, "point_index": row} for row in range(rows)]
    return selected_ids(figure, points)


@pytest.mark.part(2)
@pytest.mark.parametrize("marked", [None, PLACES], ids=["plain", "highlighted"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_run_can_be_chosen_on_every_figure(name, marked):
    assert set(drawn_ids(FIGURES[name](marked))) == set(RUNS.ids)


@pytest.mark.parametrize("name", ["scatter", "categories", "pareto", "curves"])
def test_a_run_keeps_its_colour_and_shape_on_every_figure(name):
    figure = FIGURES[name](PLACES)
    colors, symbols = {}, {}
    for curve, trace in enumerate(figure.data):
        chosen = selected_ids(figure, [{"curve_number": curve, "point_index": 0}])
        if chosen:
            colors[chosen[0]], symbols[chosen[0]] = trace.marker.color, trace.marker.symbol
    assert {run_id: colors[run_id] for run_id in PLACES} == {"id3": Style().color(4), "id7": Style().color(0)}
    assert {run_id: symbols[run_id] for run_id in PLACES} == {"id3": "cross", "id7": "circle"}
    assert any("id3" in note.text and Style().mark(4) in note.text for note in figure.layout.annotations)


def test_highlighted_bars_have_their_colours_and_the_others_none():
    figure = FIGURES["bars"](PLACES)
    colors = dict(zip([row[1] for row in figure.data[0].customdata], figure.data[0].marker.color, strict=True))
    assert colors.pop("id3") == Style().color(4)
    assert colors.pop("id7") == Style().color(0)
    assert set(colors.values()) == {Style().muted}
    assert Style().mark(4) + "id3" in figure.layout.yaxis.ticktext


def test_a_highlighted_run_is_drawn_though_it_ranks_below_the_others():
    figure = bars.metric_bars(RUNS, "accuracy", {}, Style(), at_most=3, highlight={"id0": 0})
    assert [row[1] for row in figure.data[0].customdata] == ["id11", "id10", "id9", "id0"]


def test_highlighted_lines_stand_above_grey_ones_among_many():
    runs = made_runs(300)
    figure = parallel.parallel_coordinates(runs, ["depth"], "accuracy", {}, Style(), at_most=20, highlight=PLACES)
    (trace,) = figure.data
    order = dict(zip([row[1] for row in trace.customdata], trace.line.color, strict=True))
    assert order["id7"] == 1
    assert order["id3"] == 2
    assert list(order.values()).count(0) == len(order) - 2
    assert trace.line.colorscale[-1][1] == Style().color(4)


def test_at_most_six_runs_are_told_apart():
    marked = {f"id{place}": place for place in range(9)}
    assert list(places_of(marked, RUNS.ids)) == ["id0", "id1", "id2", "id3", "id4", "id5"]
    assert places_of(None, RUNS.ids) == {}


def test_the_highlighted_are_kept_beyond_the_first():
    table = pd.DataFrame({"a": range(4)}, index=list("wxyz"))
    assert list(first_and_highlighted(table, 1, {"y": 0}).index) == ["w", "y"]


def test_a_choice_names_each_run_once_and_only_those_on_the_figure():
    figure = FIGURES["bars"](None)
    points = [{"customdata": ["text", "id3"]}, {"customdata": ["text", "id3"]}, {"customdata": ["text", "other"]}]
    assert selected_ids(figure, points) == ["id3"]


@pytest.mark.parametrize(
    "point", [{}, {"curve_number": 99}, {"curve_number": 0}, {"curve_number": 0, "point_index": 99}, {"customdata": 1}]
)
def test_a_choice_that_means_nothing_chooses_nothing(point):
    assert selected_ids(FIGURES["bars"](None), [point]) == []


def test_names_are_moved_apart_and_keep_their_order():
    placed = spaced(np.array([0.5, 0.5, 0.1]), 0.1)
    assert np.diff(np.sort(placed)).min() >= 0.1 - 1e-12
    assert placed[2] == placed.min()


def test_names_of_points_in_one_place_do_not_cover_each_other():
    same = np.full(6, 0.5)
    annotations = name_points(list("abcdef"), same, same, same, same, Style())
    spots = {(note["ax"], note["ay"]) for note in annotations}
    assert len(spots) == 6


def test_values_are_drawn_evenly_with_both_ends_and_those_that_are_kept():
    values = pd.Series(np.arange(100.0)[::-1], index=[f"id{place}" for place in range(100)])
    drawn = values[evenly(values, 10, ["id50"])]
    assert list(drawn) == [99, 88, 77, 66, 55, 49, 44, 33, 22, 11, 0]
    assert evenly(values, 100).all()


def test_a_box_and_a_lasso_enclose_runs_on_any_axes():
    ids = [f"id{place}" for place in range(5)]
    points = pd.DataFrame({"x": [1.0, 10.0, 100.0, 1000.0, 10.0], "y": [1.0, 2.0, 3.0, 4.0, 0.0]}, index=ids)
    figure = go.Figure(layout={"xaxis": {"type": "log"}, "yaxis": {"autorange": "reversed"}})
    box = {"x": [500.0, 5.0], "y": [1.5, 3.5]}
    triangle = {"x": [1.0, 2000.0, 2000.0], "y": [-1.0, -1.0, 8.0]}  # its long side is straight on the drawn axes
    assert enclosed_ids(figure, points, [box]) == ["id1", "id2"]
    assert enclosed_ids(figure, points, [triangle]) == ["id2", "id3", "id4"]
    assert enclosed_ids(figure, points, [box, triangle]) == ["id1", "id2", "id3", "id4"]
    assert enclosed_ids(figure, points, []) == []


def test_of_very_many_runs_some_are_drawn_and_the_marked_ones_always():
    runs = made_runs(3000)
    marked = {"id1": 0, "id1500": 1}
    figure = scatter.scatter(runs, "depth", "accuracy", {}, Style(), highlight=marked)
    shown = {row[1] for trace in figure.data if trace.customdata is not None for row in trace.customdata}
    assert {"id0", "id2999", *marked} <= shown
    assert len(shown) <= 1000
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert "of 3000 runs are drawn" in figure.layout.title.subtitle.text.replace("<br>", " ")


def test_marks_that_are_moved_apart_stay_around_where_they_were() -> None:
    assert spaced(np.array([5.0, 5.0, 5.0]), 1.0).tolist() == [4.0, 5.0, 6.0]
    assert spaced(np.array([3.0, 0.0, 9.0]), 1.0).tolist() == [3.0, 0.0, 9.0]
