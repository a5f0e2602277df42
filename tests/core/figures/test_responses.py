"""What the figures of one moved input, or two, say and how they are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.figures.responses import answer_span, response_curve
from core.figures.style import Style
from core.figures.surface import response_surface
from core.i18n import percent, speaking


def curves(values, **models):
    tables = [
        pd.DataFrame({"value": pd.Series(values, dtype=object), "place": range(len(values)), "model": model,
                      "answer": answers})
        for model, answers in models.items()
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def drawn(table, current, style=None, **options):
    options = {"name": "age", "answer_title": "Chance"} | options
    return response_curve(table, current, style or Style(), **options)


def texts(figure):
    return [text for trace in figure.data for text in trace.text or () if text]


AGES = [20, 40, 60]


def test_numbers_are_lines_told_apart_by_colour_dash_and_legend():
    figure = drawn(curves(AGES, v1=[0.1, 0.2, 0.3], v2=[0.3, 0.2, 0.1]), 40)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [line.name for line in lines] == ["v1: 0.2", "v2: 0.2"]
    assert len({line.line.color for line in lines}) == 2
    assert len({line.line.dash for line in lines}) == 2
    assert figure.layout.showlegend


def test_a_single_model_needs_no_legend():
    assert not drawn(curves(AGES, v1=[0.1, 0.2, 0.3]), 40).layout.showlegend


def test_the_legend_may_be_left_to_another_figure():
    table = curves(AGES, v1=[0.1, 0.2, 0.3], v2=[0.3, 0.2, 0.1])
    assert drawn(table, 40, legend=False).layout.height < drawn(table, 40).layout.height
    assert not drawn(table, 40, legend=False).layout.showlegend


def test_the_answer_now_is_ringed_and_written():
    figure = drawn(curves(AGES, v1=[0.1, 0.25, 0.3]), 40, show=percent)
    ring = figure.data[-1]
    assert (ring.marker.symbol, ring.x, ring.y, ring.text) == ("circle-open", (40,), (0.25,), ("25%",))
    assert figure.layout.shapes[0].x0 == 40


def test_two_answers_are_written_above_and_below_so_that_both_are_read():
    figure = drawn(curves(AGES, v1=[0.1, 0.2, 0.3], v2=[0.1, 0.21, 0.3]), 40)
    written = {trace.text[0]: trace.textposition for trace in figure.data if trace.text and trace.text[0]}
    assert written == {"0.21": "top center", "0.2": "bottom center"}


@pytest.mark.parametrize(("current", "side"), [(20, "right"), (60, "left")])
def test_at_the_edge_the_answer_is_written_inwards(current, side):
    figure = drawn(curves(AGES, v1=[0.1, 0.2, 0.3]), current)
    assert figure.data[-1].textposition == f"top {side}"


def test_what_is_empty_now_has_no_mark():
    figure = drawn(curves(AGES, v1=[0.1, 0.2, 0.3]), None)
    assert texts(figure) == []
    assert not figure.layout.shapes


def test_categories_are_points_beside_each_other_with_the_shape_of_their_model():
    figure = drawn(curves(["a", "b"], v1=[0.1, 0.2], v2=[0.3, 0.4]), "b")
    points = [trace for trace in figure.data if trace.showlegend]
    assert [trace.mode for trace in points] == ["markers", "markers"]
    assert len({trace.marker.symbol for trace in points}) == 2
    assert points[0].x[0] < 0 < points[1].x[0]
    assert figure.layout.xaxis.ticktext == ("a", "b")


def test_yes_and_no_are_words_in_the_readers_language():
    table = curves([False, True], v1=[0.1, 0.2])
    with speaking("en"):
        figure = drawn(table, True)
    assert figure.layout.xaxis.ticktext == ("no", "yes")
    assert figure.data[-1].x == (1,)


def test_names_that_do_not_fit_beside_each_other_are_turned():
    few = drawn(curves(["a", "b", "c"], v1=[1, 2, 3]), "a")
    long = drawn(curves(["from month to month", "one year", "two years"], v1=[1, 2, 3]), "one year")
    many = drawn(curves([f"region {place}" for place in range(13)], v1=range(13)), "region 1")
    assert [figure.layout.xaxis.tickangle for figure in (few, long, many)] == [0, -40, -90]


def test_figures_beside_each_other_share_their_answers_axis():
    one, other = curves(AGES, v1=[0.1, 0.2, 0.3]), curves(["a", "b"], v1=[0.8, 0.9])
    span = answer_span(pd.concat([one, other])["answer"])
    assert span == (0.1, 0.9)
    figures = [drawn(one, 40, span=span, show=percent), drawn(other, "a", span=span, show=percent)]
    assert figures[0].layout.yaxis.range == figures[1].layout.yaxis.range
    assert figures[0].layout.yaxis.ticktext == ("20%", "40%", "60%", "80%")


def test_without_any_number_there_is_nothing_to_share():
    assert answer_span(pd.Series([np.nan, np.inf])) is None


def test_percent_ticks_stay_between_nothing_and_all():
    figure = drawn(curves(AGES, v1=[0.0, 0.5, 0.9999]), 40, show=percent)
    assert figure.layout.yaxis.ticktext == ("0%", "25%", "50%", "75%", "100%")


def test_a_model_keeps_its_colour_where_another_has_no_curve():
    alone = drawn(curves(AGES, v2=[0.1, 0.2, 0.3]), 40, models=["v1", "v2"])
    both = drawn(curves(AGES, v1=[0.1, 0.2, 0.3], v2=[0.1, 0.2, 0.3]), 40, models=["v1", "v2"])
    assert alone.data[0].line == both.data[1].line
    assert alone.data[0].name.startswith("v2")


def test_six_figures_fit_a_page():
    assert drawn(curves(AGES, v1=[0.1, 0.2, 0.3]), 40).layout.height <= 225


def surface(xs, ys, answers=None):
    pairs = [(x, y) for x in xs for y in ys]
    values = answers or list(np.linspace(0, 1, len(pairs)))
    return pd.DataFrame({"x": [x for x, _ in pairs], "y": [y for _, y in pairs], "answer": values})


def surfaced(table, **options):
    options = {"x_name": "age", "y_name": "price", "answer_title": "Chance"} | options
    return response_surface(table, Style(), **options)


def test_a_surface_has_a_bar_that_says_what_its_colours_are():
    figure = surfaced(surface([1, 2, 3], [0.5, 1.5]), show=percent)
    bar = figure.data[0].colorbar
    assert bar.ticktext == ("0%", "25%", "50%", "75%", "100%")
    assert figure.data[0].z.shape == (2, 3)


def test_each_cell_has_its_own_answer():
    table = surface([1, 2, 3], ["b", "a"])
    heat = surfaced(table.sample(frac=1, random_state=0)).data[0]
    rows = list(dict.fromkeys(table.sample(frac=1, random_state=0)["y"]))
    for x, y, answer in table.itertuples(index=False):
        assert heat.z[rows.index(y)][list(heat.x).index(x)] == answer


def test_few_cells_have_all_their_answers_written_and_many_some():
    assert len(texts(surfaced(surface(["a", "b"], ["c", "d"])))) == 4
    assert len(texts(surfaced(surface(range(15), range(15))))) == 32


@pytest.mark.parametrize(
    ("xs", "ys", "current", "at"),
    [
        (range(5), range(5), (2.5, 1), (2.5, 1)),
        (["a", "b"], range(5), ("b", 3), (1, 3)),
        (["a", "b"], [False, True], ("a", True), (0, 1)),
    ],
)
def test_the_point_now_is_marked_on_any_kind_of_axis(xs, ys, current, at):
    figure = surfaced(surface(xs, ys), current=current, answer=0.35, show=percent)
    assert (figure.data[-1].marker.symbol, figure.data[-1].x[0], figure.data[-1].y[0]) == ("diamond", *at)
    assert figure.layout.annotations[0].text == "now: 35%"


@pytest.mark.parametrize("current", [(99, 1), (None, 1), ("else", 1)])
def test_a_point_that_is_not_on_the_surface_has_no_mark(current):
    figure = surfaced(surface(range(5), range(5)), current=current)
    assert "diamond" not in [trace.marker.symbol for trace in figure.data if trace.type == "scatter"]
    assert not figure.layout.annotations


def test_no_answer_is_written_under_the_point():
    table = surface(["a", "b"], ["c", "d"], [1, 2, 3, 4])
    assert sorted(texts(surfaced(table, current=("b", "c")))) == ["1", "2", "4"]


def test_answers_that_are_all_the_same_have_a_colour():
    heat = surfaced(surface([1, 2], [1, 2], [0.5] * 4)).data[0]
    assert heat.zmin < 0.5 < heat.zmax
