from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.figures.cutoffs import OUTCOMES, cost_data, cost_figure, cutoff_words, people_data, people_figure
from core.figures.style import MANY_POINTS, Style
from core.figures.tables import with_headings
from core.i18n import LANGUAGES, speaking

PEOPLE = {"true_positive": 21, "false_negative": 5, "false_positive": 11, "true_negative": 63}
CURVE = pd.DataFrame({"cutoff": [0.0, 0.2, 0.6, 1.0000001], "cost": [70.0, 40.0, 30.0, 130.0]})
STYLES = [Style(), Style(dark=True), Style(projector=True)]


def places(figure) -> list[tuple[float, float]]:
    return [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True) if x is not None]


def test_each_of_a_hundred_figures_has_a_place_of_its_own():
    figure = people_figure(PEOPLE, "Yes", "No", Style())
    assert len(set(places(figure))) == 100
    assert {x for x, _ in places(figure)} == {y for _, y in places(figure)} == set(range(10))
    assert [len(trace.x) for trace in figure.data] == [21, 5, 11, 63]


@pytest.mark.parametrize("style", STYLES)
def test_outcomes_differ_in_shape_and_in_colour(style):
    markers = [trace.marker for trace in people_figure(PEOPLE, "Yes", "No", style).data]
    assert len({(marker.symbol, marker.size) for marker in markers}) == len(OUTCOMES)
    assert len({marker.color for marker in markers}) == len(OUTCOMES)


def test_the_legend_says_each_outcome_with_its_class_and_count():
    names = [trace.name for trace in people_figure(PEOPLE, "Yes", "No", Style()).data]
    assert names == [
        "rightly said “Yes”: 21",
        "missed: was “Yes”: 5",
        "wrongly said “Yes”: 11",
        "rightly said “No”: 63",
    ]


def test_an_outcome_too_rare_for_a_figure_is_not_said_to_be_nobody():
    counts = PEOPLE | {"false_negative": 0, "true_negative": 68}
    rare = people_figure(counts, "Yes", "No", Style(), too_rare=["false_negative"])
    assert rare.data[1].name == "missed: was “Yes”: fewer than 1"
    assert people_figure(counts, "Yes", "No", Style()).data[1].name == "missed: was “Yes”: 0"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_of_the_legend_fits_a_phone(language):
    with speaking(language):
        figure = people_figure(PEOPLE, "a malignant tumour of its kind", "benign", Style(), too_rare=OUTCOMES)
        assert all(len(trace.name) < 46 for trace in figure.data)


def test_fewer_figures_take_fewer_lines():
    small = people_figure(dict.fromkeys(OUTCOMES, 5), "Yes", "No", Style())
    assert {y for _, y in places(small)} == {0, 1}
    assert small.layout.height < people_figure(PEOPLE, "Yes", "No", Style()).layout.height


def test_the_table_of_figures_has_the_rows_that_they_stand_for():
    rows = dict.fromkeys(OUTCOMES, 300)
    table = with_headings(people_data(PEOPLE, "Yes", "No", rows))
    assert list(table) == ["What happens", "Figures", "Rows"]
    assert table["Rows"].tolist() == [300] * 4


def test_costs_are_drawn_as_steps_that_hold_up_to_their_cutoff():
    line = cost_figure({"v1": CURVE}, 0.35, {}, Style()).data[0]
    assert line.line.shape == "vh"
    assert list(line.y) == [70, 40, 30, 130]


def test_models_differ_in_colour_and_in_dashes():
    lines = cost_figure({"v1": CURVE, "v2": CURVE}, 0.35, {}, Style()).data
    assert lines[0].line.color != lines[1].line.color
    assert lines[0].line.dash != lines[1].line.dash


def test_the_axis_of_cutoffs_has_its_quarters_in_percent():
    with speaking("es"):
        ticks = cost_figure({"v1": CURVE}, 0.35, {}, Style()).layout.xaxis.ticktext
    assert list(ticks) == ["0%", "25%", "50%", "75%", "100%"]


def test_the_star_stands_on_the_curve_and_the_legend_says_where():
    figure = cost_figure({"v1": CURVE, "v2": CURVE}, 0.35, {"v1": 0.4}, Style())
    stars = [trace for trace in figure.data if trace.mode == "markers"]
    assert [(star.x[0], star.y[0], star.marker.symbol) for star in stars] == [(0.4, 30.0, "star")]
    assert [trace.name for trace in figure.data if trace.mode == "lines"] == ["v1 · ★ 40%", "v2"]
    assert "★ marks the cheapest" in figure.layout.title.subtitle.text


def test_a_cutoff_that_is_not_0_or_1_does_not_read_so():
    written = [0.0, 0.35, 0.1236, 0.003, 0.00031, 1 - 0.00031, 1e-9, 1.0]
    assert [cutoff_words(cutoff) for cutoff in written] == [
        "0%", "35%", "12.36%", "0.3%", "0.031%", "99.969%", "0.0000001%", "100%",
    ]  # fmt: skip
    with speaking("es"):
        assert cutoff_words(0.003) == "0,3%"


def test_stars_that_meet_are_both_seen():
    figure = cost_figure({"v1": CURVE, "v2": CURVE}, 0.35, {"v1": 0.4, "v2": 0.4}, Style())
    first, second = (trace.marker.size for trace in figure.data if trace.mode == "markers")
    assert first > second + 4


@pytest.mark.parametrize(("cutoff", "side"), [(0.01, "left"), (0.35, "left"), (0.5, "right"), (0.99, "right")])
def test_the_present_cutoff_is_a_line_with_its_words_inside_the_figure(cutoff, side):
    figure = cost_figure({"v1": CURVE}, cutoff, {}, Style())
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (cutoff, cutoff)
    assert (figure.layout.annotations[0].x, figure.layout.annotations[0].xanchor) == (cutoff, side)
    assert figure.layout.annotations[0].text == f"cut-off {cutoff:.0%}"


def test_a_curve_of_many_rows_is_thinned_without_losing_its_shape():
    cutoffs = np.sort(np.random.default_rng(0).random(20_000))
    curve = pd.DataFrame({"cutoff": cutoffs, "cost": (cutoffs - 0.3) ** 2})
    line = cost_figure({"v1": curve}, 0.5, {}, Style()).data[0]
    assert len(line.x) <= MANY_POINTS + 2
    assert (line.x[0], line.x[-1]) == (cutoffs[0], cutoffs[-1])
    assert min(line.y) == pytest.approx(0, abs=1e-5)
    assert len(cost_data({"v1": curve})) == 20_000


def test_the_star_of_a_curve_of_many_rows_stands_on_its_line():
    cutoffs = np.linspace(0, 1, 20_001)
    curve = pd.DataFrame({"cutoff": cutoffs, "cost": np.where(np.arange(20_001) == 3337, 1.0, 50.0)})
    line, star = cost_figure({"v1": curve}, 0.5, {"v1": cutoffs[3337]}, Style()).data
    assert star.y[0] == 1
    assert dict(zip(line.x, line.y, strict=True))[star.x[0]] == 1


def test_models_that_are_not_drawn_are_counted():
    figure = cost_figure({f"v{place}": CURVE for place in range(8)}, 0.5, {}, Style())
    assert len([trace for trace in figure.data if trace.mode == "lines"]) == 6
    assert "2 more models are in the table" in figure.layout.title.subtitle.text


def test_money_is_written_as_asked():
    figure = cost_figure({"v1": CURVE}, 0.5, {"v1": 0.4}, Style(), show=lambda cost: f"{cost:.2f} €")
    assert figure.data[0].customdata[1] == "40.00 €"
    assert "40%: 30.00 €" in figure.data[1].hovertemplate


def test_costs_of_nothing_still_have_an_axis():
    figure = cost_figure({"v1": CURVE.assign(cost=0.0)}, 0.5, {}, Style())
    assert figure.layout.yaxis.range[1] > 0
