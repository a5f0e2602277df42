from __future__ import annotations

import pandas as pd
import pytest

from core.figures.style import Style
from core.figures.waterfall import waterfall, waterfall_data
from core.i18n import number, percent, speaking

MOVED = pd.Series({"tenure": 0.12, "contract": -0.21, "charges": 0.05})


def drawn(moved=MOVED, base=0.25, **options):
    return waterfall(moved, base, base + moved.sum(), options.pop("style", Style()), show=percent, **options)


def test_the_steps_lead_from_the_typical_answer_to_this_one_largest_first():
    table = waterfall_data(MOVED, 0.25)
    assert list(table["input"]) == ["contract", "tenure", "charges"]
    assert table["before"].tolist() == pytest.approx([0.25, 0.04, 0.16])
    assert table["after"].tolist() == pytest.approx([0.04, 0.16, 0.21])


def test_a_step_is_told_by_text_colour_and_pattern():
    figure = drawn()
    bars, texts = figure.data[1], [text.strip() for text in figure.data[3].text]
    assert texts == ["25%", "▼ −21%", "▲ +12%", "▲ +5%", "21%"]
    assert list(bars.marker.pattern.shape) == ["/", "", ""]
    assert bars.marker.color[0] != bars.marker.color[1] == bars.marker.color[2]


def test_a_text_stands_on_the_side_where_its_step_ends():
    assert list(drawn().data[3].textposition)[1:3] == ["middle left", "middle right"]


def test_a_bar_reaches_from_the_answer_before_to_the_answer_after():
    bars = drawn().data[1]
    assert list(bars.base) == pytest.approx([0.25, 0.04, 0.16])
    assert list(bars.x) == pytest.approx([-0.21, 0.12, 0.05])


def test_names_stand_above_with_what_the_row_has():
    names = drawn(values={"contract": "Two year", "tenure": "72"}).layout.yaxis.ticktext
    assert names == ("Typical answer", "contract = Two year", "tenure = 72", "charges", "This answer")


def test_inputs_beyond_the_most_are_one_step():
    table = waterfall_data(pd.Series({"a": 0.4, "b": -0.3, "c": 0.2, "d": -0.1}), 0.0, at_most=2)
    assert list(table["input"]) == ["a", "b", "2 other inputs"]
    assert table["contribution"].iloc[-1] == pytest.approx(0.1)
    assert table["after"].iloc[-1] == pytest.approx(0.2)


def test_a_step_of_nothing_has_no_sign():
    figure = drawn(pd.Series({"a": 0.0, "b": 0.0001}))
    assert [text.strip() for text in figure.data[3].text] == ["25%", "0%", "0%", "25%"]


def test_every_text_has_room_on_a_phone():
    figure = drawn(pd.Series({"a": -0.3, "b": 0.31}), 0.3)
    low, high = figure.layout.xaxis.range
    pixels = 330 / (high - low)
    for end, text, side in zip(figure.data[3].x, figure.data[3].text, figure.data[3].textposition, strict=True):
        room = (end - low if side == "middle left" else high - end) * pixels
        assert room >= len(text.strip()) * Style().font_size * 0.55


@pytest.mark.parametrize(("base", "moved"), [(0.25, MOVED), (15000.0, MOVED * 10_000), (-3.0, MOVED * 1e-6)])
def test_the_axis_has_a_few_round_answers(base, moved):
    figure = waterfall(moved, base, base + moved.sum(), Style(), show=lambda value: number(value, 9))
    ticks = figure.layout.xaxis.tickvals
    assert 1 <= len(ticks) <= 5
    assert list(figure.layout.xaxis.ticktext) == [number(tick, 9) for tick in ticks]


def test_inputs_that_cannot_be_weighed_are_left_out():
    assert list(waterfall_data(pd.Series({"a": float("nan"), "b": 1.0}), 0.0)["input"]) == ["b"]


def test_an_answer_that_is_no_number_asks_for_another():
    figure = waterfall(MOVED, 0.2, float("nan"), Style(), show=percent)
    assert not figure.data
    assert "ask the model again" in figure.layout.annotations[0].text.replace("<br>", " ")


def test_spanish_steps_have_a_decimal_comma():
    with speaking("es"):
        assert "0,12" in waterfall(MOVED, 0.25, 0.21, Style(), show=number).data[3].text[2]


def test_names_of_other_programs_read_as_text():
    figure = drawn(pd.Series({"<b>x</b>": 0.1}), values={"<b>x</b>": "%{y}"})
    assert "<b>" not in "".join(figure.layout.yaxis.ticktext)
    assert "%{y}" not in "".join(figure.data[1].customdata)
